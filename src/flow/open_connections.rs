//! Where a table keeps its connections: found by their ends, each with the time at which it is given up.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::application::Applications;
use super::arrival::PacketId;
use super::copies::RestingPackets;
use super::half_open::HalfOpen;
use super::key::ConnectionKey;
use super::live::LiveConnection;
use super::sweep::Sweep;
use crate::time::Duration;

/// Connections up to which all may keep what they have: putting one to rest and waking it costs as much as some twenty packets.
const FEW: usize = 128;

/// A connection and what it is found by.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "A::Application: Serialize", deserialize = "A::Application: Deserialize<'de>"))]
struct Kept<A: Applications> {
    key: ConnectionKey,
    live: LiveConnection<A>,
}

/// What a slot holds.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "A::Application: Serialize", deserialize = "A::Application: Deserialize<'de>"))]
enum KeptAs<A: Applications> {
    Nothing,
    HalfOpen(Box<(ConnectionKey, HalfOpen)>),
    Live(Box<Kept<A>>),
    Resting(Box<LiveConnection<A, RestingPackets>>),
}

/// The index of a connection as long as it is kept.
pub(super) type ConnectionSlot = usize;

/// A connection by the hash of its ends.
#[derive(Clone, Copy)]
struct SlotByHash {
    hash: u32,
    slot: u32,
}

impl SlotByHash {
    fn slot(self) -> ConnectionSlot {
        self.slot as usize
    }

    /// The hash as the table takes it, which looks at either end of it.
    fn spread(self) -> u64 {
        u64::from(self.hash) << 32 | u64::from(self.hash)
    }
}

/// Connections that are open or wait for stragglers.
pub(super) struct OpenConnections<A: Applications> {
    // Keyed by chance, so that nobody can choose colliding addresses; its order is never used. The keys are with the connections.
    by_key: HashTable<SlotByHash>,
    hasher: RandomState,
    slots: Vec<KeptAs<A>>,
    /// For each slot the reading of the clock at which its connection is given up.
    deadlines: Vec<Duration>,
    free: Vec<ConnectionSlot>,
    sweep: Sweep,
    /// Connections that nobody has answered, or whose client has not answered the answer.
    half_open: usize,
    /// Where the search for one of them goes on.
    hand: ConnectionSlot,
}

impl<A: Applications> OpenConnections<A> {
    pub(super) fn new() -> OpenConnections<A> {
        OpenConnections {
            by_key: HashTable::new(),
            hasher: RandomState::default(),
            slots: Vec::new(),
            deadlines: Vec::new(),
            free: Vec::new(),
            sweep: Sweep::default(),
            half_open: 0,
            hand: 0,
        }
    }

    /// The number of connections.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The connection between two ends.
    pub(super) fn find(&self, key: &ConnectionKey) -> Option<ConnectionSlot> {
        let sought = self.found(key, 0);
        let is_it =
            |found: &SlotByHash| found.hash == sought.hash && self.key_of(found.slot()).as_ref() == Some(key);
        self.by_key.find(sought.spread(), is_it).map(|found| found.slot())
    }

    /// How a connection in this slot is found by its ends.
    fn found(&self, key: &ConnectionKey, slot: ConnectionSlot) -> SlotByHash {
        // More slots than there are numbers would not fit into any memory.
        SlotByHash { hash: self.hasher.hash_one(key) as u32, slot: u32::try_from(slot).unwrap_or(u32::MAX) }
    }

    /// Between which ends the connection of a slot is.
    fn key_of(&self, slot: ConnectionSlot) -> Option<ConnectionKey> {
        match self.slots.get(slot)? {
            KeptAs::Nothing => None,
            KeptAs::HalfOpen(kept) => Some(kept.0),
            KeptAs::Live(kept) => Some(kept.key),
            KeptAs::Resting(resting) => Some(resting.key()),
        }
    }

    /// Whether a slot holds the connection between two ends, and it is neither half-open nor at rest.
    #[inline]
    pub(super) fn holds(&self, slot: ConnectionSlot, key: &ConnectionKey) -> bool {
        matches!(self.slots.get(slot), Some(KeptAs::Live(kept)) if kept.key == *key)
    }

    #[inline]
    pub(super) fn get(&self, slot: ConnectionSlot) -> Option<&LiveConnection<A>> {
        match self.slots.get(slot)? {
            KeptAs::Live(kept) => Some(&kept.live),
            KeptAs::Nothing | KeptAs::HalfOpen(_) | KeptAs::Resting(_) => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: ConnectionSlot) -> Option<&mut LiveConnection<A>> {
        match self.slots.get_mut(slot)? {
            KeptAs::Live(kept) => Some(&mut kept.live),
            KeptAs::Nothing | KeptAs::HalfOpen(_) | KeptAs::Resting(_) => None,
        }
    }

    /// The connection of a slot, where it is half-open.
    #[inline]
    pub(super) fn half_open(&self, slot: ConnectionSlot) -> Option<&HalfOpen> {
        match self.slots.get(slot)? {
            KeptAs::HalfOpen(kept) => Some(&kept.1),
            KeptAs::Nothing | KeptAs::Live(_) | KeptAs::Resting(_) => None,
        }
    }

    /// Has a half-open connection take a segment; `false` where it is none, or has to be looked at.
    pub(super) fn stays_half_open(
        &mut self,
        slot: ConnectionSlot,
        take: impl FnOnce(&mut HalfOpen) -> bool,
    ) -> bool {
        let Some(KeptAs::HalfOpen(kept)) = self.slots.get_mut(slot) else { return false };
        let was_established = kept.1.is_established();
        let stays = take(&mut kept.1);
        self.half_open -= usize::from(kept.1.is_established() && !was_established);
        stays
    }

    /// Takes a half-open connection out of its slot, which waits for what becomes of it.
    pub(super) fn wake(&mut self, slot: ConnectionSlot) -> Option<(ConnectionKey, HalfOpen)> {
        let place = self.slots.get_mut(slot).filter(|place| matches!(place, KeptAs::HalfOpen(_)))?;
        let KeptAs::HalfOpen(kept) = std::mem::replace(place, KeptAs::Nothing) else { return None };
        self.half_open -= usize::from(!kept.1.is_established());
        Some(*kept)
    }

    /// Puts what a half-open connection has become into its slot.
    pub(super) fn go_on(&mut self, slot: ConnectionSlot, key: ConnectionKey, live: LiveConnection<A>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = KeptAs::Live(Box::new(Kept { key, live }));
        }
    }

    /// Whether there are so many connections that those which wait should rest.
    #[inline]
    pub(super) fn is_crowded(&self) -> bool {
        self.by_key.len() > FEW
    }

    /// Has a connection wait at rest for what may yet come.
    pub(super) fn rest(&mut self, applications: &mut A, slot: ConnectionSlot) {
        let Some(place) = self.slots.get_mut(slot) else { return };
        *place = match std::mem::replace(place, KeptAs::Nothing) {
            KeptAs::Live(kept) => KeptAs::Resting(Box::new(kept.live.rest(applications))),
            other => other,
        };
    }

    /// Has a connection that rests take segments again.
    pub(super) fn wake_resting(&mut self, slot: ConnectionSlot) {
        let Some(place) = self.slots.get_mut(slot) else { return };
        *place = match std::mem::replace(place, KeptAs::Nothing) {
            KeptAs::Resting(resting) => {
                KeptAs::Live(Box::new(Kept { key: resting.key(), live: resting.wake() }))
            }
            other => other,
        };
    }

    /// One of the half-open connections that have waited longest, where there are more of them than may be.
    pub(super) fn beyond(&mut self, most: usize) -> Option<ConnectionSlot> {
        if self.half_open <= most {
            return None;
        }
        let waits =
            |slot: &KeptAs<A>| matches!(slot, KeptAs::HalfOpen(half_open) if !half_open.1.is_established());
        // Slots are filled from the first on, and those that become free before the others.
        let from = |hand: usize| self.slots.get(hand..)?.iter().position(waits).map(|ahead| hand + ahead);
        let found = from(self.hand).or_else(|| from(0))?;
        self.hand = found + 1;
        Some(found)
    }

    /// Whether a connection's time is over.
    #[inline]
    pub(super) fn is_over(&self, slot: ConnectionSlot, now: Duration) -> bool {
        self.deadlines.get(slot).is_some_and(|&deadline| deadline < now)
    }

    /// Gives a connection time until the clock reads `deadline`.
    #[inline]
    pub(super) fn wait_until(&mut self, slot: ConnectionSlot, deadline: Duration) {
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = deadline;
        }
    }

    /// Gives a connection time until the clock reads `deadline`, if it has no longer.
    pub(super) fn wait_at_least_until(&mut self, slot: ConnectionSlot, deadline: Duration) {
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = deadline.max(*place);
        }
    }

    /// Keeps a connection that nothing else is kept for between the same ends.
    pub(super) fn keep(&mut self, key: ConnectionKey, live: LiveConnection<A>) -> ConnectionSlot {
        self.fill(key, KeptAs::Live(Box::new(Kept { key, live })))
    }

    /// The same for one that is half-open.
    pub(super) fn keep_half_open(&mut self, key: ConnectionKey, half_open: HalfOpen) -> ConnectionSlot {
        self.half_open += 1;
        self.fill(key, KeptAs::HalfOpen(Box::new((key, half_open))))
    }

    fn fill(&mut self, key: ConnectionKey, with: KeptAs<A>) -> ConnectionSlot {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(KeptAs::Nothing);
                self.deadlines.push(Duration::MAX);
                self.slots.len() - 1
            }
        };
        if let Some(empty) = self.slots.get_mut(slot) {
            *empty = with;
        }
        self.make_known(&key, slot);
        slot
    }

    fn make_known(&mut self, key: &ConnectionKey, slot: ConnectionSlot) {
        let found = self.found(key, slot);
        self.by_key.insert_unique(found.spread(), found, |found| found.spread());
    }

    /// Lets a connection go that is more than half-open.
    pub(super) fn take(&mut self, slot: ConnectionSlot) -> Option<LiveConnection<A>> {
        let place = self.slots.get_mut(slot)?;
        let (key, live) = match std::mem::replace(place, KeptAs::Nothing) {
            KeptAs::Live(kept) => (kept.key, kept.live),
            KeptAs::Resting(resting) => (resting.key(), resting.wake()),
            other => {
                *place = other;
                return None;
            }
        };
        self.wait_until(slot, Duration::MAX);
        let found = self.found(&key, slot);
        if let Ok(entry) = self.by_key.find_entry(found.spread(), |other| other.slot == found.slot) {
            entry.remove();
        }
        self.free.push(slot);
        Some(live)
    }

    /// All connections, in the order of their first packets.
    pub(super) fn all(&self) -> Vec<ConnectionSlot> {
        let first = |(slot, held): (ConnectionSlot, &KeptAs<A>)| match held {
            KeptAs::Nothing => None,
            KeptAs::HalfOpen(kept) => Some((kept.1.first().packet, slot)),
            KeptAs::Live(kept) => Some((kept.live.connection.first.packet, slot)),
            KeptAs::Resting(resting) => Some((resting.connection.first.packet, slot)),
        };
        let mut all: Vec<(PacketId, ConnectionSlot)> =
            self.slots.iter().enumerate().filter_map(first).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, slot)| slot).collect()
    }

    /// What reads those that are more than half-open.
    pub(super) fn protocols(&mut self) -> impl Iterator<Item = &mut A::Application> {
        self.slots.iter_mut().filter_map(|slot| match slot {
            KeptAs::Live(kept) => Some(kept.live.protocol()),
            KeptAs::Resting(resting) => Some(resting.protocol()),
            KeptAs::Nothing | KeptAs::HalfOpen(_) => None,
        })
    }

    /// Whether any connection's time can be over.
    #[inline]
    pub(super) fn may_be_over(&self, now: Duration) -> bool {
        self.sweep.has_work(now)
    }

    /// Some connections whose time is over, so few that no packet pays for many. `shortest` is how long any connection has at least.
    pub(super) fn over(
        &mut self,
        now: Duration,
        shortest: Duration,
    ) -> impl Iterator<Item = ConnectionSlot> + use<A> {
        self.sweep.look(&self.deadlines, now, shortest).into_iter().flatten()
    }

    /// Slots, whether they hold a connection or not.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Has all connections rest that take segments.
    #[cfg(test)]
    pub(super) fn rest_all(&mut self, applications: &mut A) {
        (0..self.slots.len()).for_each(|slot| self.rest(applications, slot));
    }

    /// All connections that take segments.
    #[cfg(test)]
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut LiveConnection<A>> {
        self.slots.iter_mut().filter_map(|slot| match slot {
            KeptAs::Live(kept) => Some(&mut kept.live),
            KeptAs::Nothing | KeptAs::HalfOpen(_) | KeptAs::Resting(_) => None,
        })
    }
}

impl<A: Applications> Serialize for OpenConnections<A>
where
    A::Application: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OpenConnections { slots, deadlines, free, sweep, half_open, hand, .. } = self;
        (slots, deadlines, free, sweep, half_open, hand).serialize(serializer)
    }
}

/// By what connections are found is made anew: its hashes are of this process.
impl<'de, A: Applications> Deserialize<'de> for OpenConnections<A>
where
    A::Application: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OpenConnections<A>, D::Error> {
        let (slots, deadlines, free, sweep, half_open, hand) = Deserialize::deserialize(deserializer)?;
        let mut open =
            OpenConnections { slots, deadlines, free, sweep, half_open, hand, ..OpenConnections::new() };
        for slot in 0..open.slots.len() {
            if let Some(key) = open.key_of(slot) {
                open.make_known(&key, slot);
            }
        }
        Ok(open)
    }
}
