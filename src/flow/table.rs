//! All connections of one shard: which segment belongs to which, and when a connection is over.
//!
//! A table owns its connections. Several tables make a parallel run: segments go to them by a hash of both ends, and only
//! the `tcp.stream` numbers need all of them (see [`StreamIndex`]).

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::analysis::SegmentJudgement;
use super::application::{Applications, Opening};
use super::arrival::{Arrival, PacketId};
use super::clock::CaptureClock;
use super::early::Allowance;
use super::facts::{Conflict, Facts};
use super::half_open::HalfOpen;
use super::key::{ConnectionKey, KeyEnd};
use super::limits::TableLimits;
use super::live::LiveConnection;
use super::open_connections::{ConnectionSlot, OpenConnections};
use super::stream_index::StreamIndex;
use crate::packet::{Carried, IcmpReport, Segment};
use crate::time::{Duration, Time};

/// Connections and the protocols that read them. Those above hand themselves down with every packet: they open the protocol of a
/// connection that begins and take those that are over.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "A::Application: Serialize", deserialize = "A::Application: Deserialize<'de>"))]
pub struct ConnectionTable<A: Applications> {
    limits: TableLimits,
    open: OpenConnections<A>,
    /// The slot of the last segment.
    recent: ConnectionSlot,
    clock: CaptureClock,
    waiting_bytes: usize,
    facts: Vec<Facts>,
    index: StreamIndex,
}

impl<A: Applications> ConnectionTable<A> {
    /// An empty table.
    pub fn new(limits: TableLimits) -> ConnectionTable<A> {
        ConnectionTable {
            limits,
            open: OpenConnections::new(),
            recent: 0,
            clock: CaptureClock::default(),
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
        applications: &mut A,
        now: Duration,
        carried: &Carried<'_>,
        packet: PacketId,
        time: Time,
    ) {
        self.clock = CaptureClock::reading(now, time);
        self.packet(applications, carried, packet, time);
    }

    /// Takes a decoded packet, whatever it holds.
    #[inline]
    pub fn packet(&mut self, applications: &mut A, carried: &Carried<'_>, packet: PacketId, time: Time) {
        match carried {
            Carried::Tcp(segment) => self.segment(applications, segment, packet, time),
            Carried::MalformedTcp { sender, receiver } => {
                self.malformed(applications, (*sender, *receiver), packet, time)
            }
            Carried::Icmp(report) => self.icmp(applications, report, packet, time),
            // A fragment's turn comes when it is whole.
            Carried::Fragment(_) | Carried::Other => {}
        }
    }

    /// Takes a segment. Packets come in the order of the files of a set, and of the frames in each.
    pub fn segment(&mut self, applications: &mut A, segment: &Segment<'_>, packet: PacketId, time: Time) {
        let at = Arrival { time, packet };
        self.tick(time);
        let (key, end) = ConnectionKey::new(
            (segment.source, segment.source_port),
            (segment.destination, segment.destination_port),
        );
        let slot = match self.recent(&key, segment) {
            Some(slot) => slot,
            None => self.slot(applications, key, end, segment, at),
        };
        self.recent = slot;
        match self.open.get_mut(slot) {
            Some(live) if live.is_under_way(packet.file()) => {
                if live.expected_segment(applications, segment, end, at) {
                    self.wait_until(slot, self.limits.idle);
                } else {
                    self.any_segment(applications, slot, segment, end, at);
                }
            }
            Some(_) => self.any_segment(applications, slot, segment, end, at),
            // It has taken the segment, and waits on.
            None => {
                let patience = self.open.half_open(slot).map(|half_open| half_open.patience(&self.limits));
                patience.into_iter().for_each(|patience| self.wait_until(slot, patience));
            }
        }
        self.let_go(applications);
    }

    /// Takes a segment that may be anything.
    fn any_segment(
        &mut self,
        applications: &mut A,
        slot: ConnectionSlot,
        segment: &Segment<'_>,
        end: KeyEnd,
        at: Arrival,
    ) {
        let packet = at.packet;
        let Some(live) = self.open.get_mut(slot) else { return };
        if live.is_new_in(at) {
            let number = self.index.record(packet.file(), packet.frame());
            live.seen_in(at, number);
        }
        if let Some(first_frame) = live.first_segment_in(packet.file()) {
            self.index.note_segment(packet.file(), first_frame);
        }
        let (held, before) = (live.waiting_bytes(), live.remarkable());
        let allowance = allowance(&self.limits, live.both_sides_seen(), self.waiting_bytes, held);
        let judgement = live.segment(applications, segment, end, at, allowance);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(held).saturating_add(live.waiting_bytes());
        let (patience, after, may_rest) = (live.patience(&self.limits), live.remarkable(), live.may_rest());
        let first_frame = live.connection.seen_in.last().map_or(packet.frame(), |seen| seen.first_frame);
        self.wait_until(slot, patience);
        if judgement != SegmentJudgement::default() {
            facts_of(&mut self.facts, packet.file()).count(judgement);
        }
        if before != after {
            let facts = facts_of(&mut self.facts, packet.file());
            facts.streams_given_up += after.streams_given_up - before.streams_given_up;
            if after.conflicts > before.conflicts {
                facts.conflicts.note(Conflict { frame: packet.frame(), first_frame });
            }
        }
        if may_rest && self.open.is_crowded() {
            self.open.rest(applications, slot);
        }
    }

    /// Gives a connection so long from now on.
    #[inline]
    fn wait_until(&mut self, slot: ConnectionSlot, patience: Duration) {
        self.open.wait_until(slot, self.clock.now() + patience);
    }

    /// The connection of the segment before this one, if this one goes on with it.
    #[inline]
    fn recent(&self, key: &ConnectionKey, segment: &Segment<'_>) -> Option<ConnectionSlot> {
        let goes_on = !segment.flags.syn()
            && self.open.holds(self.recent, key)
            && !self.open.is_over(self.recent, self.clock.now());
        goes_on.then_some(self.recent)
    }

    /// Takes an ICMP error about a segment. One about an unknown connection begins it, if as much is quoted as Wireshark
    /// needs to do the same.
    pub fn icmp(&mut self, applications: &mut A, report: &IcmpReport, packet: PacketId, time: Time) {
        let quoted = &report.quoted;
        let at = Arrival { time, packet };
        if let Some(live) =
            self.mentioned(applications, (quoted.sender, quoted.receiver), at, quoted.header_quoted)
        {
            live.icmp(report, at);
        }
    }

    /// Takes a TCP header that cannot be read. It moves nothing, but Wireshark gives it a stream.
    pub fn malformed(
        &mut self,
        applications: &mut A,
        ends: (SocketAddr, SocketAddr),
        packet: PacketId,
        time: Time,
    ) {
        if let Some(live) = self.mentioned(applications, ends, Arrival { time, packet }, true)
            && let Some(first_frame) = live.first_segment_in(packet.file())
        {
            self.index.note_segment(packet.file(), first_frame);
        }
    }

    /// The connection that a packet speaks of without being a segment of it; `may_begin` tells whether it may begin with it.
    fn mentioned(
        &mut self,
        applications: &mut A,
        (sender, receiver): (SocketAddr, SocketAddr),
        at: Arrival,
        may_begin: bool,
    ) -> Option<&mut LiveConnection<A>> {
        self.tick(at.time);
        let (key, _) = ConnectionKey::new((sender.ip(), sender.port()), (receiver.ip(), receiver.port()));
        let slot = match self.open.find(&key) {
            Some(slot) => {
                self.wake(applications, slot);
                slot
            }
            None if may_begin => {
                let (client, server) = guess(sender, receiver);
                self.begin(applications, key, Opening { client, server, initiator_known: false, at })
            }
            None => return None,
        };
        let live = self.open.get_mut(slot)?;
        if may_begin && live.is_new_in(at) {
            let number = self.index.record(at.packet.file(), at.packet.frame());
            live.seen_in(at, number);
        }
        let deadline = self.clock.now() + live.patience(&self.limits);
        self.open.wait_at_least_until(slot, deadline);
        self.open.get_mut(slot)
    }

    /// No more packets: all connections leave, in the order of their first packets.
    pub fn finish(&mut self, applications: &mut A) {
        self.open.all().into_iter().for_each(|slot| self.end(applications, slot));
    }

    /// What reads its connections.
    pub fn protocols(&mut self) -> impl Iterator<Item = &mut A::Application> {
        self.open.protocols()
    }

    /// Connections that are open or wait for stragglers.
    #[cfg(test)]
    pub fn open_connections(&self) -> usize {
        self.open.len()
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

    /// The same, when there are no more packets.
    pub fn take_stream_index(&mut self) -> StreamIndex {
        std::mem::take(&mut self.index)
    }

    /// The slot of a segment's connection, which may begin with it.
    fn slot(
        &mut self,
        applications: &mut A,
        key: ConnectionKey,
        end: KeyEnd,
        segment: &Segment<'_>,
        at: Arrival,
    ) -> ConnectionSlot {
        let mut continued = None;
        if let Some(slot) = self.open.find(&key) {
            let over = self.open.is_over(slot, self.clock.now());
            if !over && self.open.stays_half_open(slot, |half_open| half_open.take(segment, end, at)) {
                return slot;
            }
            self.wake(applications, slot);
            if let Some(live) = self.open.get(slot).filter(|_| !over) {
                if !live.used_again(segment, end) {
                    return slot;
                }
                // Wireshark begins a stream with a SYN, but not with a SYN/ACK.
                continued = live.connection.seen_in.last().copied().filter(|_| !segment.flags.opens());
            }
            self.end(applications, slot);
        }
        if HalfOpen::may_begin_with(segment) {
            return self.begin_half_open(applications, key, end, segment, at);
        }
        let (sender, receiver) = (segment.sender(), segment.receiver());
        let ((client, server), initiator_known) = match (segment.flags.opens(), segment.flags.accepts()) {
            (true, _) => ((sender, receiver), true),
            (_, true) => ((receiver, sender), true),
            _ if segment.refuses_unseen() => ((receiver, sender), true),
            _ => (guess(sender, receiver), false),
        };
        let slot = self.begin(applications, key, Opening { client, server, initiator_known, at });
        if let Some(seen) = continued.filter(|seen| seen.file == at.packet.file())
            && let Some(live) = self.open.get_mut(slot)
        {
            self.index.continue_stream(seen, at.packet.frame());
            live.seen_in(at, seen.stream);
        }
        slot
    }

    fn begin(&mut self, applications: &mut A, key: ConnectionKey, opening: Opening) -> ConnectionSlot {
        let application = applications.open(&opening);
        let live = LiveConnection::new(&opening, key.end_of(opening.client), application);
        self.open.keep(key, live)
    }

    fn begin_half_open(
        &mut self,
        applications: &mut A,
        key: ConnectionKey,
        client_end: KeyEnd,
        segment: &Segment<'_>,
        at: Arrival,
    ) -> ConnectionSlot {
        let stream = self.index.record(at.packet.file(), at.packet.frame());
        self.index.note_segment(at.packet.file(), at.packet.frame());
        let slot = self.open.keep_half_open(key, HalfOpen::begin(segment, client_end, at, stream));
        if let Some(oldest) = self.open.beyond(self.limits.half_open).filter(|oldest| *oldest != slot) {
            facts_of(&mut self.facts, at.packet.file()).half_open_given_up += 1;
            self.end(applications, oldest);
        }
        slot
    }

    /// Makes a connection one that takes segments.
    fn wake(&mut self, applications: &mut A, slot: ConnectionSlot) {
        self.open.wake_resting(slot);
        self.wake_half_open(applications, slot);
    }

    /// Looks at what a half-open connection has taken so far, as at any other.
    fn wake_half_open(&mut self, applications: &mut A, slot: ConnectionSlot) {
        let Some((key, half_open)) = self.open.wake(slot) else { return };
        let (client, server) = half_open.ends();
        let opening = Opening { client, server, initiator_known: true, at: half_open.first() };
        let application = applications.open(&opening);
        let mut live = LiveConnection::new(&opening, key.end_of(client), application);
        live.connection.seen_in.push(half_open.seen_in());
        self.open.go_on(slot, key, live);
        for (segment, sender, at) in half_open.segments() {
            self.any_segment(applications, slot, &segment, sender, at);
        }
    }

    /// Looks at a few connections in turn and lets those go whose time is over: memory follows the open ones, and no
    /// packet pays for many.
    #[inline]
    fn let_go(&mut self, applications: &mut A) {
        let now = self.clock.now();
        if self.open.may_be_over(now) {
            for slot in self.open.over(now, self.limits.closed.min(self.limits.idle)) {
                self.end(applications, slot);
            }
        }
    }

    fn end(&mut self, applications: &mut A, slot: ConnectionSlot) {
        self.wake_half_open(applications, slot);
        let Some(live) = self.open.take(slot) else { return };
        self.waiting_bytes = self.waiting_bytes.saturating_sub(live.waiting_bytes());
        live.finish(applications);
    }
}

/// Client and server where no handshake tells: services have the lower ports; else who is first seen sending is the client.
fn guess(sender: SocketAddr, receiver: SocketAddr) -> (SocketAddr, SocketAddr) {
    if sender.port() < receiver.port() { (receiver, sender) } else { (sender, receiver) }
}

/// How much of one stream may wait.
fn allowance(limits: &TableLimits, both_sides_seen: bool, total: usize, held: usize) -> Allowance {
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
mod tests;
