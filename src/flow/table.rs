//! All connections of one shard: which segment belongs to which, and when a connection is over.
//!
//! A table owns its connections. Several tables make a parallel run: segments go to them by a hash of both ends, and only
//! the `tcp.stream` numbers need all of them (see [`StreamIndex`]).

use std::net::SocketAddr;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::analysis::Judgement;
use super::application::{Application, Arrival, PacketId};
use super::clock::{Clock, Sweep};
use super::connection::Connection;
use super::facts::{Conflict, Facts};
use super::key::Key;
use super::limits::Limits;
use super::live::Live;
use super::stream::Allowance;
use super::streams::StreamIndex;
use crate::packet::{Carried, IcmpReport, Segment};
use crate::time::Time;

/// With each packet so many connections are looked at, whether their time is over.
const LOOKED_AT: usize = 4;

/// A connection that begins to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The side that opened it, or is taken to have.
    pub client: SocketAddr,
    /// The other side.
    pub server: SocketAddr,
    /// Whether a SYN or SYN/ACK told who opened it.
    pub initiator_known: bool,
    /// Its first packet.
    pub at: Arrival,
}

/// Connections and the protocols that read them. Finished ones leave through the sink that every call takes.
pub struct Table<A> {
    make: Box<dyn FnMut(&Opening) -> A + Send>,
    limits: Limits,
    // Keyed by chance, so that nobody can choose colliding addresses; its order is never used.
    slots: HashMap<Key, usize, RandomState>,
    connections: Vec<Option<Box<Place<A>>>>,
    /// For each slot the reading of the clock at which its connection is given up.
    deadlines: Vec<i64>,
    free: Vec<usize>,
    /// The slot of the last segment.
    recent: usize,
    sweep: Sweep,
    clock: Clock,
    waiting_bytes: usize,
    facts: Vec<Facts>,
    index: StreamIndex,
}

struct Place<A> {
    key: Key,
    live: Live<A>,
}

impl<A: Application> Table<A> {
    /// An empty table; `make` gives the protocol that will read a connection.
    pub fn new(limits: Limits, make: impl FnMut(&Opening) -> A + Send + 'static) -> Table<A> {
        Table {
            make: Box::new(make),
            limits,
            slots: HashMap::with_hasher(RandomState::default()),
            connections: Vec::new(),
            deadlines: Vec::new(),
            free: Vec::new(),
            recent: 0,
            sweep: Sweep::default(),
            clock: Clock::default(),
            waiting_bytes: 0,
            facts: Vec::new(),
            index: StreamIndex::default(),
        }
    }

    /// Moves the clock by which connections are given up.
    fn tick(&mut self, time: Time) {
        self.clock.tick(time);
    }

    /// Takes a decoded packet where several tables share the work: `now` is the reading of one clock that has ticked with every
    /// packet of them all, so that the number of tables does not show in the result.
    pub fn packet_at(
        &mut self,
        now: i64,
        carried: &Carried<'_>,
        packet: PacketId,
        time: Time,
        sink: &mut impl FnMut(Connection, A),
    ) {
        self.clock = Clock { now, last: Some(time) };
        self.packet(carried, packet, time, sink);
    }

    /// Takes a decoded packet, whatever it holds.
    #[inline]
    pub fn packet(
        &mut self,
        carried: &Carried<'_>,
        packet: PacketId,
        time: Time,
        sink: &mut impl FnMut(Connection, A),
    ) {
        match carried {
            Carried::Tcp(segment) => self.segment(segment, packet, time, sink),
            Carried::MalformedTcp { sender, receiver } => self.malformed(*sender, *receiver, packet, time),
            Carried::Icmp(report) => self.icmp(report, packet, time),
            // A fragment's turn comes when it is whole.
            Carried::Fragment(_) | Carried::Other => {}
        }
    }

    /// Takes a segment. Packets come in the order of the files of a set, and of the frames in each.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        packet: PacketId,
        time: Time,
        sink: &mut impl FnMut(Connection, A),
    ) {
        let at = Arrival { time, packet };
        self.tick(time);
        let (key, sender_first) =
            Key::new((segment.source, segment.source_port), (segment.destination, segment.destination_port));
        let slot = match self.recent(&key, segment) {
            Some(slot) => slot,
            None => self.slot(key, sender_first, segment, at, sink),
        };
        self.recent = slot;
        let Some(place) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let live = &mut place.live;
        if live.is_under_way(packet.file) && live.expected_segment(segment, sender_first, at) {
            self.wait_until(slot, self.limits.idle);
        } else {
            self.any_segment(slot, segment, sender_first, at);
        }
        self.let_go(sink);
    }

    /// Takes a segment that may be anything.
    fn any_segment(&mut self, slot: usize, segment: &Segment<'_>, sender_first: bool, at: Arrival) {
        let packet = at.packet;
        let Some(place) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let live = &mut place.live;
        if live.is_new_in(at) {
            let number = self.index.record(packet.file, packet.frame);
            live.seen_in(at, number);
        }
        if let Some(first_frame) = live.first_segment_in(packet.file) {
            self.index.note_segment(packet.file, first_frame);
        }
        let (held, before) = (live.waiting_bytes(), live.remarkable());
        let allowance = allowance(&self.limits, live.both_sides_seen(), self.waiting_bytes, held);
        let judgement = live.segment(segment, sender_first, at, allowance);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(held).saturating_add(live.waiting_bytes());
        let (patience, after) = (live.patience(&self.limits), live.remarkable());
        let first_frame = live.connection.seen_in.last().map_or(packet.frame, |seen| seen.first_frame);
        self.wait_until(slot, patience);
        if judgement != Judgement::default() {
            facts_of(&mut self.facts, packet.file).count(judgement);
        }
        if before != after {
            let facts = facts_of(&mut self.facts, packet.file);
            facts.streams_given_up += after.streams_given_up - before.streams_given_up;
            if after.conflicts > before.conflicts {
                facts.conflicts.note(Conflict { frame: packet.frame, first_frame });
            }
        }
    }

    /// Gives a connection so many nanoseconds from now on.
    #[inline]
    fn wait_until(&mut self, slot: usize, patience: i64) {
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = self.clock.now.saturating_add(patience);
        }
    }

    /// The connection of the segment before this one, if this one goes on with it.
    #[inline]
    fn recent(&self, key: &Key, segment: &Segment<'_>) -> Option<usize> {
        let place = self.connections.get(self.recent)?.as_ref()?;
        let over = *self.deadlines.get(self.recent)? < self.clock.now;
        (!over && !segment.flags.syn() && place.key == *key).then_some(self.recent)
    }

    /// Takes an ICMP error about a segment. One about an unknown connection begins it, if as much is quoted as Wireshark
    /// needs to do the same.
    pub fn icmp(&mut self, report: &IcmpReport, packet: PacketId, time: Time) {
        let quoted = &report.quoted;
        let at = Arrival { time, packet };
        if let Some(live) = self.mentioned(quoted.sender, quoted.receiver, at, quoted.header_quoted) {
            live.icmp(report, at);
        }
    }

    /// Takes a TCP header that cannot be read. It moves nothing, but Wireshark gives it a stream.
    pub fn malformed(&mut self, sender: SocketAddr, receiver: SocketAddr, packet: PacketId, time: Time) {
        if let Some(live) = self.mentioned(sender, receiver, Arrival { time, packet }, true)
            && let Some(first_frame) = live.first_segment_in(packet.file)
        {
            self.index.note_segment(packet.file, first_frame);
        }
    }

    /// The connection that a packet speaks of without being a segment of it; `begin` tells whether it may begin with it.
    fn mentioned(
        &mut self,
        sender: SocketAddr,
        receiver: SocketAddr,
        at: Arrival,
        begin: bool,
    ) -> Option<&mut Live<A>> {
        self.tick(at.time);
        let (key, sender_first) = Key::new((sender.ip(), sender.port()), (receiver.ip(), receiver.port()));
        let slot = match self.slots.get(&key) {
            Some(&slot) => slot,
            None if begin => {
                let roles = guess(sender, receiver);
                self.begin(key, roles, false, sender_first == (roles.0 == sender), at)
            }
            None => return None,
        };
        let live = &mut self.connections.get_mut(slot)?.as_mut()?.live;
        if begin && live.is_new_in(at) {
            let number = self.index.record(at.packet.file, at.packet.frame);
            live.seen_in(at, number);
        }
        let deadline = self.clock.now.saturating_add(live.patience(&self.limits));
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = deadline.max(*place);
        }
        Some(live)
    }

    /// No more packets: all connections leave, in the order of their first packets.
    pub fn finish(&mut self, sink: &mut impl FnMut(Connection, A)) {
        self.slots.clear();
        self.free.clear();
        self.deadlines.clear();
        self.waiting_bytes = 0;
        let mut left: Vec<Box<Place<A>>> = self.connections.drain(..).flatten().collect();
        left.sort_by_key(|place| place.live.connection.first.packet);
        for place in left {
            let (connection, application) = place.live.finish();
            sink(connection, application);
        }
    }

    /// Connections that are open or wait for stragglers.
    pub fn open(&self) -> usize {
        self.slots.len()
    }

    /// The counts of one file so far.
    pub fn facts(&self, file: u32) -> Facts {
        let facts = self.facts.get(file as usize).copied().unwrap_or_default();
        Facts { tcp_streams: self.index.count(file), ..facts }
    }

    /// First frames of all connections, for the final `tcp.stream` numbers where there are several tables. The numbers in a
    /// connection's `seen_in` are final where this is the only table.
    pub fn stream_index(&self) -> &StreamIndex {
        &self.index
    }

    /// The slot of a segment's connection, which may begin with it.
    fn slot(
        &mut self,
        key: Key,
        sender_first: bool,
        segment: &Segment<'_>,
        at: Arrival,
        sink: &mut impl FnMut(Connection, A),
    ) -> usize {
        let mut continued = None;
        if let Some(&slot) = self.slots.get(&key) {
            let over = self.deadlines.get(slot).is_some_and(|&deadline| deadline < self.clock.now);
            let live = self.connections.get(slot).and_then(Option::as_ref).map(|place| &place.live);
            if let Some(live) = live.filter(|_| !over) {
                if !live.used_again(segment, sender_first) {
                    return slot;
                }
                // Wireshark begins a stream with a SYN, but not with a SYN/ACK.
                continued = live.connection.seen_in.last().copied().filter(|_| !segment.flags.opens());
            }
            self.end(slot, sink);
        }
        let (sender, receiver) = (segment.sender(), segment.receiver());
        let (roles, known) = match (segment.flags.opens(), segment.flags.accepts()) {
            (true, _) => ((sender, receiver), true),
            (_, true) => ((receiver, sender), true),
            _ => (guess(sender, receiver), false),
        };
        let slot = self.begin(key, roles, known, sender_first == (roles.0 == sender), at);
        if let Some(seen) = continued.filter(|seen| seen.file == at.packet.file)
            && let Some(place) = self.connections.get_mut(slot).and_then(Option::as_mut)
        {
            self.index.continue_stream(seen, at.packet.frame);
            place.live.seen_in(at, seen.stream);
        }
        slot
    }

    fn begin(
        &mut self,
        key: Key,
        roles: (SocketAddr, SocketAddr),
        initiator_known: bool,
        client_first: bool,
        at: Arrival,
    ) -> usize {
        let opening = Opening { client: roles.0, server: roles.1, initiator_known, at };
        let application = (self.make)(&opening);
        let live = Live::new(roles, initiator_known, client_first, at, application);
        let place = Some(Box::new(Place { key, live }));
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.connections.push(None);
                self.deadlines.push(i64::MAX);
                self.connections.len() - 1
            }
        };
        if let Some(empty) = self.connections.get_mut(slot) {
            *empty = place;
        }
        self.slots.insert(key, slot);
        slot
    }

    /// Looks at a few connections in turn and lets those go whose time is over: memory follows the open ones, and no
    /// packet pays for many.
    #[inline]
    fn let_go(&mut self, sink: &mut impl FnMut(Connection, A)) {
        if self.clock.now > self.sweep.none_over_until {
            self.look_at_a_few(sink);
        }
    }

    fn look_at_a_few(&mut self, sink: &mut impl FnMut(Connection, A)) {
        for _ in 0..LOOKED_AT {
            let slot = self.sweep.hand;
            let Some(&deadline) = self.deadlines.get(slot) else {
                // Deadlines that were set meanwhile lie at least the shortest patience ahead of where the round began.
                let shortest = self.limits.closed.min(self.limits.idle);
                self.sweep = Sweep {
                    hand: 0,
                    began: self.clock.now,
                    earliest: i64::MAX,
                    none_over_until: self.sweep.earliest.min(self.sweep.began.saturating_add(shortest)),
                };
                return;
            };
            self.sweep.hand += 1;
            if deadline < self.clock.now {
                self.end(slot, sink);
            } else {
                self.sweep.earliest = self.sweep.earliest.min(deadline);
            }
        }
    }

    fn end(&mut self, slot: usize, sink: &mut impl FnMut(Connection, A)) {
        let Some(place) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        if let Some(deadline) = self.deadlines.get_mut(slot) {
            *deadline = i64::MAX;
        }
        self.slots.remove(&place.key);
        self.free.push(slot);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(place.live.waiting_bytes());
        let (connection, application) = place.live.finish();
        sink(connection, application);
    }
}

/// Client and server where no handshake tells: services have the lower ports; else who is first seen sending is the client.
fn guess(sender: SocketAddr, receiver: SocketAddr) -> (SocketAddr, SocketAddr) {
    if sender.port() < receiver.port() { (receiver, sender) } else { (sender, receiver) }
}

/// How much of one stream may wait.
fn allowance(limits: &Limits, both_sides_seen: bool, total: usize, held: usize) -> Allowance {
    let connection = if both_sides_seen { limits.connection_bytes } else { limits.one_sided_bytes };
    let others = total.saturating_sub(held);
    Allowance {
        bytes: connection.min(limits.total_bytes.saturating_sub(others)),
        segments: limits.stream_segments,
    }
}

/// The counts of a file.
fn facts_of(facts: &mut Vec<Facts>, file: u32) -> &mut Facts {
    let file = file as usize;
    if facts.len() <= file {
        facts.resize_with(file + 1, Facts::default);
    }
    &mut facts[file]
}

#[cfg(test)]
#[path = "table_tests/mod.rs"]
mod tests;
