//! All connections of one shard: which segment belongs to which, and when a connection is over.
//!
//! A table owns its connections. Several tables make a parallel run: segments go to them by a hash of both ends, and only
//! the `tcp.stream` numbers need all of them (see [`StreamIndex`]).

use std::net::SocketAddr;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::application::{Application, Arrival, PacketId};
use super::connection::Connection;
use super::facts::Facts;
use super::key::Key;
use super::limits::Limits;
use super::live::Live;
use super::stream::Allowance;
use super::streams::StreamIndex;
use crate::packet::{IcmpReport, Segment};
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
    /// For each slot the instant at which its connection is given up.
    deadlines: Vec<i64>,
    free: Vec<usize>,
    hand: usize,
    now: i64,
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
            hand: 0,
            now: i64::MIN,
            waiting_bytes: 0,
            facts: Vec::new(),
            index: StreamIndex::default(),
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
        self.now = self.now.max(time.0);
        let (key, sender_first) = Key::new(segment.sender(), segment.receiver());
        let slot = self.slot(key, sender_first, segment, at, sink);
        let Some(place) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let live = &mut place.live;
        if live.is_new_in(at) {
            let number = self.index.record(packet.file, packet.frame);
            live.seen_in(at, number);
        }
        let held = live.waiting_bytes();
        let allowance = allowance(&self.limits, live.both_sides_seen(), self.waiting_bytes, held);
        let judgement = live.segment(segment, sender_first, at, allowance);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(held).saturating_add(live.waiting_bytes());
        let deadline = time.0.saturating_add(live.patience(&self.limits));
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = deadline;
        }
        facts_of(&mut self.facts, packet.file).count(judgement);
        self.let_go(sink);
    }

    /// Takes an ICMP error about a segment. One about an unknown connection begins it, if as much is quoted as Wireshark
    /// needs to do the same.
    pub fn icmp(
        &mut self,
        report: &IcmpReport,
        packet: PacketId,
        time: Time,
        _sink: &mut impl FnMut(Connection, A),
    ) {
        let at = Arrival { time, packet };
        self.now = self.now.max(time.0);
        let quoted = &report.quoted;
        let (key, sender_first) = Key::new(quoted.sender, quoted.receiver);
        let slot = match self.slots.get(&key) {
            Some(&slot) => slot,
            None if quoted.header_quoted => {
                let roles = guess(quoted.sender, quoted.receiver);
                self.begin(key, roles, false, sender_first == (roles.0 == quoted.sender), at)
            }
            None => return,
        };
        let Some(place) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let live = &mut place.live;
        if quoted.header_quoted && live.is_new_in(at) {
            let number = self.index.record(packet.file, packet.frame);
            live.seen_in(at, number);
        }
        live.icmp(report, at);
        let deadline = time.0.saturating_add(live.patience(&self.limits));
        if let Some(place) = self.deadlines.get_mut(slot) {
            *place = deadline.max(*place);
        }
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
        if let Some(&slot) = self.slots.get(&key) {
            let live = self.connections.get(slot).and_then(Option::as_ref).map(|place| &place.live);
            if live.is_some_and(|live| !live.used_again(segment, sender_first)) {
                return slot;
            }
            self.end(slot, sink);
        }
        let (sender, receiver) = (segment.sender(), segment.receiver());
        let (roles, known) = match (segment.flags.opens(), segment.flags.accepts()) {
            (true, _) => ((sender, receiver), true),
            (_, true) => ((receiver, sender), true),
            _ => (guess(sender, receiver), false),
        };
        self.begin(key, roles, known, sender_first == (roles.0 == sender), at)
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
    fn let_go(&mut self, sink: &mut impl FnMut(Connection, A)) {
        for _ in 0..LOOKED_AT {
            if self.hand >= self.deadlines.len() {
                self.hand = 0;
            }
            let slot = self.hand;
            self.hand += 1;
            if self.deadlines.get(slot).is_some_and(|&deadline| deadline < self.now) {
                self.end(slot, sink);
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

fn facts_of(facts: &mut Vec<Facts>, file: u32) -> &mut Facts {
    let file = file as usize;
    if facts.len() <= file {
        facts.resize_with(file + 1, Facts::default);
    }
    &mut facts[file]
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
