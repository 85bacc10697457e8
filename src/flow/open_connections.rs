//! Where a table keeps its connections: found by their ends, each with the time at which it is given up.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::application::Applications;
use super::key::ConnectionKey;
use super::live::LiveConnection;
use super::sweep::Sweep;
use crate::time::Duration;

/// A connection and what it is found by.
pub(super) struct Kept<A: Applications> {
    key: ConnectionKey,
    pub(super) live: LiveConnection<A>,
}

/// The index of a connection as long as it is kept.
pub(super) type ConnectionSlot = usize;

/// Connections that are open or wait for stragglers.
pub(super) struct OpenConnections<A: Applications> {
    // Keyed by chance, so that nobody can choose colliding addresses; its order is never used.
    by_key: HashMap<ConnectionKey, ConnectionSlot, RandomState>,
    slots: Vec<Option<Box<Kept<A>>>>,
    /// For each slot the reading of the clock at which its connection is given up.
    deadlines: Vec<Duration>,
    free: Vec<ConnectionSlot>,
    sweep: Sweep,
}

impl<A: Applications> OpenConnections<A> {
    pub(super) fn new() -> OpenConnections<A> {
        OpenConnections {
            by_key: HashMap::with_hasher(RandomState::default()),
            slots: Vec::new(),
            deadlines: Vec::new(),
            free: Vec::new(),
            sweep: Sweep::default(),
        }
    }

    /// The number of connections.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The connection between two ends.
    pub(super) fn find(&self, key: &ConnectionKey) -> Option<ConnectionSlot> {
        self.by_key.get(key).copied()
    }

    /// Whether a slot holds the connection between two ends.
    #[inline]
    pub(super) fn holds(&self, slot: ConnectionSlot, key: &ConnectionKey) -> bool {
        self.slots.get(slot).and_then(Option::as_ref).is_some_and(|kept| kept.key == *key)
    }

    #[inline]
    pub(super) fn get(&self, slot: ConnectionSlot) -> Option<&LiveConnection<A>> {
        self.slots.get(slot)?.as_ref().map(|kept| &kept.live)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: ConnectionSlot) -> Option<&mut LiveConnection<A>> {
        self.slots.get_mut(slot)?.as_mut().map(|kept| &mut kept.live)
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
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                self.deadlines.push(Duration::MAX);
                self.slots.len() - 1
            }
        };
        if let Some(empty) = self.slots.get_mut(slot) {
            *empty = Some(Box::new(Kept { key, live }));
        }
        self.by_key.insert(key, slot);
        slot
    }

    /// Lets a connection go.
    pub(super) fn take(&mut self, slot: ConnectionSlot) -> Option<Box<Kept<A>>> {
        let kept = self.slots.get_mut(slot).and_then(Option::take)?;
        self.wait_until(slot, Duration::MAX);
        self.by_key.remove(&kept.key);
        self.free.push(slot);
        Some(kept)
    }

    /// Lets all connections go.
    pub(super) fn take_all(&mut self) -> Vec<Box<Kept<A>>> {
        self.by_key.clear();
        self.free.clear();
        self.deadlines.clear();
        self.slots.drain(..).flatten().collect()
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

    /// All connections.
    #[cfg(test)]
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut LiveConnection<A>> {
        self.slots.iter_mut().flatten().map(|kept| &mut kept.live)
    }
}
