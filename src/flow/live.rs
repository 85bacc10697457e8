//! A connection while it lives.

mod expected;
mod resting;

use serde::{Deserialize, Serialize};

use super::analysis::{Analysis, SegmentJudgement};
use super::application::{Applications, Opening, Output};
use super::arrival::Arrival;
use super::connection::{Connection, Reset, SeenInFile, Traffic};
use super::copies::LastPackets;
use super::early::Allowance;
use super::icmp_error::IcmpError;
use super::key::KeyEnd;
use super::limits::TableLimits;
use super::reassembly::Reassembly;
use super::receive_window::ReceiveWindow;
use super::side::{End, Side};
use crate::packet::{IcmpReport, Segment};
use crate::time::Duration;

/// What a connection has shown that a person is told of by file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remarkable {
    /// Streams of which a hole was given up.
    pub(super) streams_given_up: u64,
    /// Segments that contradict others.
    pub(super) conflicts: u64,
}

/// A connection, what it has been so far, and the protocol that reads it. `P` remembers its last packets.
#[derive(Serialize, Deserialize)]
#[serde(bound(
    serialize = "A::Application: Serialize, P: Serialize",
    deserialize = "A::Application: Deserialize<'de>, P: Deserialize<'de>"
))]
pub(super) struct LiveConnection<A: Applications, P = LastPackets> {
    pub(super) connection: Connection,
    application: A::Application,
    /// Which end of the key the client is.
    client_end: KeyEnd,
    analysis: Analysis,
    last_packets: P,
    client_stream: Reassembly,
    server_stream: Reassembly,
    client_window: ReceiveWindow,
    server_window: ReceiveWindow,
    /// The last file in which a segment of it was seen.
    last_file: Option<u32>,
    /// Opened, of both sides segments were seen, and not closed: most of its segments change no more than a few numbers.
    pub(super) under_way: bool,
}

impl<A: Applications> LiveConnection<A> {
    pub(super) fn new(
        opening: &Opening,
        client_end: KeyEnd,
        application: A::Application,
    ) -> LiveConnection<A> {
        let ends = [opening.client, opening.server];
        let connection = Connection::begun(ends, opening.initiator_known, opening.at);
        LiveConnection {
            connection,
            application,
            client_end,
            analysis: Analysis::default(),
            last_packets: LastPackets::default(),
            client_stream: Reassembly::default(),
            server_stream: Reassembly::default(),
            client_window: ReceiveWindow::default(),
            server_window: ReceiveWindow::default(),
            last_file: None,
            under_way: false,
        }
    }

    /// Which side an end of the key is.
    fn side(&self, end: KeyEnd) -> Side {
        if end == self.client_end { Side::Client } else { Side::Server }
    }

    /// Whether the connection is over but for stragglers.
    pub(super) fn closed(&self) -> bool {
        self.connection.reset.is_some()
            || (self.connection.from_client.fin.is_some() && self.connection.from_server.fin.is_some())
    }

    /// The silence after which it is given up.
    #[inline]
    pub(super) fn patience(&self, limits: &TableLimits) -> Duration {
        // A capture of one direction has data without answers; only an attempt has neither.
        let silent =
            self.client_stream.length() == 0 && self.server_stream.length() == 0 && self.waiting_bytes() == 0;
        match (self.closed(), silent && !self.both_sides_seen()) {
            (true, _) => limits.closed,
            (false, true) => limits.unanswered.max(limits.closed),
            (false, false) => limits.idle,
        }
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.client_stream.waiting_bytes().saturating_add(self.server_stream.waiting_bytes())
    }

    /// Streams of which a hole was given up, and segments that contradict others: what grows where a file must tell of it.
    pub(super) fn remarkable(&self) -> Remarkable {
        let given_up = |stream: &Reassembly| u64::from(stream.holes_given_up > 0);
        Remarkable {
            streams_given_up: given_up(&self.client_stream) + given_up(&self.server_stream),
            conflicts: u64::from(self.client_stream.conflicts) + u64::from(self.server_stream.conflicts),
        }
    }

    /// Whether a segment belongs to another connection between the same ends: a SYN with another sequence number (so does
    /// Wireshark judge), or a SYN/ACK with another one that answers another SYN.
    pub(super) fn used_again(&self, segment: &Segment<'_>, sender: KeyEnd) -> bool {
        let side = self.side(sender);
        let (sent, heard) = (self.analysis.initial(side), self.analysis.initial(side.peer()));
        let differs = |initial: Option<u32>, number: u32| initial.is_some_and(|initial| initial != number);
        if segment.flags.opens() {
            return differs(sent, segment.sequence);
        }
        segment.flags.accepts()
            && differs(sent, segment.sequence)
            && (self.closed() || differs(heard, segment.acknowledgement.wrapping_sub(1)))
    }

    /// Notes in which file the connection is seen; gives `true` where it is new there.
    pub(super) fn is_new_in(&mut self, at: Arrival) -> bool {
        self.note_last_frame();
        match self.connection.seen_in.last_mut() {
            Some(seen) if seen.file == at.packet.file() => {
                seen.last_frame = seen.last_frame.max(at.packet.frame());
                false
            }
            _ => true,
        }
    }

    /// Segments on the short way do not tell their frames one by one.
    fn note_last_frame(&mut self) {
        let last = self.connection.last.packet;
        if let Some(seen) = self.connection.seen_in.last_mut().filter(|seen| seen.file == last.file()) {
            seen.last_frame = seen.last_frame.max(last.frame());
        }
    }

    /// With its first segment in a file, what ICMP quotes apart: its first frame there.
    pub(super) fn first_segment_in(&mut self, file: u32) -> Option<u64> {
        let first = self.last_file.replace(file) != Some(file);
        self.connection.seen_in.last().filter(|_| first).map(|seen| seen.first_frame)
    }

    pub(super) fn seen_in(&mut self, at: Arrival, stream: u32) {
        let (file, frame) = (at.packet.file(), at.packet.frame());
        self.connection.seen_in.push(SeenInFile { file, stream, first_frame: frame, last_frame: frame });
    }

    /// Takes a segment; gives Wireshark's judgement of it. A copy of a packet seen before changes nothing but their number.
    pub(super) fn segment(
        &mut self,
        applications: &mut A,
        segment: &Segment<'_>,
        sender: KeyEnd,
        at: Arrival,
        allowance: Allowance,
    ) -> SegmentJudgement {
        let side = self.side(sender);
        if self.last_packets.holds(side, segment, at.time) && !self.contradicts(side, segment) {
            self.last_packets.note_copy();
            let traffic = self.traffic_mut(side);
            let copies = &mut traffic.anomalies.to_mut().copies;
            *copies = copies.saturating_add(1);
            if !segment.flags.rst() {
                traffic.note_ttl(segment.ttl);
            }
            return SegmentJudgement { copy: true, ..SegmentJudgement::default() };
        }
        let judgement = self.analysis.judge(side, segment, at.time);
        self.last_packets.remember(side, segment, at.time);
        self.connection.last = at;
        self.under_way = false;
        self.traffic_mut(side).count(segment, judgement, at);
        self.note_window(side, segment);
        if segment.flags.rst() {
            self.reset(applications, side, segment, at);
            return judgement;
        }
        self.note_handshake(side, segment, at);
        self.put_in_place(applications, side, segment, at, allowance);
        let handshake = &self.connection.handshake;
        self.under_way = !self.closed()
            && self.both_sides_seen()
            && self.analysis.is_under_way()
            && (handshake.established.is_some() || handshake.syn_ack.is_none());
        judgement
    }

    /// Gives each stream what a segment, no RST, says of it: where it begins, what arrived, its bytes, its end.
    #[inline]
    fn put_in_place(
        &mut self,
        applications: &mut A,
        side: Side,
        segment: &Segment<'_>,
        at: Arrival,
        allowance: Allowance,
    ) {
        if segment.flags.syn() {
            self.stream_mut(side).open(segment.sequence);
        }
        if segment.flags.ack() {
            let opened = side == Side::Client && self.connection.handshake.syn.is_some();
            let (stream, mut out) = self.reading(applications, side.peer(), at);
            if opened {
                stream.receiver_began(segment.acknowledgement);
            }
            stream.acknowledge(&mut out, segment.acknowledgement);
        }
        let bytes = allowance.bytes.saturating_sub(self.stream(side.peer()).waiting_bytes());
        let first_byte = segment.sequence.wrapping_add(u32::from(segment.flags.syn()));
        let (stream, mut out) = self.reading(applications, side, at);
        stream.data(&mut out, first_byte, segment.payload, segment.length, Allowance { bytes, ..allowance });
        if segment.flags.fin() {
            stream.finish(&mut out, first_byte.wrapping_add(segment.length));
        }
    }

    /// Whether a segment says something else than is known of its place in the stream.
    fn contradicts(&self, side: Side, segment: &Segment<'_>) -> bool {
        let first_byte = segment.sequence.wrapping_add(u32::from(segment.flags.syn()));
        self.stream(side).contradicts(self.last_packets.delivered(side), first_byte, segment.payload)
    }

    fn note_window(&mut self, side: Side, segment: &Segment<'_>) {
        let size = match side {
            Side::Client => self.client_window.note(&mut self.server_window, segment),
            Side::Server => self.server_window.note(&mut self.client_window, segment),
        };
        if let Some(size) = size {
            self.traffic_mut(side).note_window(size);
        }
    }

    fn note_handshake(&mut self, side: Side, segment: &Segment<'_>, at: Arrival) {
        let connection = &mut self.connection;
        connection.initiator_known |= match side {
            Side::Client => segment.flags.opens(),
            Side::Server => segment.flags.accepts(),
        };
        connection.handshake.note(&mut connection.numbers, side, segment, at);
    }

    /// Whether the client's SYN, and data with it, is what a number acknowledges.
    fn acknowledges_syn(&self, number: u32) -> bool {
        let begin = self.connection.numbers.client;
        let is_behind = |begin: u32| (1..1 << 31).contains(&number.wrapping_sub(begin));
        begin.is_some_and(is_behind) && self.stream(Side::Client).was_sent(number)
    }

    /// An RST. Its sender is through; what its peer had sent without knowing may still be captured behind it, so that
    /// direction ends when the connection is let go.
    fn reset(&mut self, applications: &mut A, by: Side, segment: &Segment<'_>, at: Arrival) {
        let window = self.window(by.peer()).largest();
        if !self.stream(by).reset_is_plausible(segment.sequence, window) {
            let out_of_window = &mut self.traffic_mut(by).anomalies.to_mut().out_of_window;
            *out_of_window = out_of_window.saturating_add(1);
            return;
        }
        let handshake = &self.connection.handshake;
        let answers_syn = handshake.syn.is_some();
        let refused_syn = by == Side::Server
            && (answers_syn || self.connection.from_client.packets == 0 && segment.refuses_unseen())
            && handshake.syn_ack.is_none()
            && self.connection.from_server.first_data.is_none();
        // A host that waits for an answer to its SYN takes no RST that does not acknowledge it (RFC 9293, 3.10.7.3).
        let is_taken = || segment.flags.ack() && self.acknowledges_syn(segment.acknowledgement);
        if refused_syn && answers_syn && !is_taken() {
            let out_of_window = &mut self.traffic_mut(by).anomalies.to_mut().out_of_window;
            *out_of_window = out_of_window.saturating_add(1);
            return;
        }
        if refused_syn {
            self.connection.numbers.client.get_or_insert(segment.acknowledgement.wrapping_sub(1));
        }
        let reset = Reset { by, at, ttl: segment.ttl, refused_syn };
        self.connection.reset.get_or_insert(reset);
        if segment.flags.ack() && self.stream(by.peer()).was_sent(segment.acknowledgement) {
            let (stream, mut out) = self.reading(applications, by.peer(), at);
            stream.acknowledge(&mut out, segment.acknowledgement);
        }
        // A client that says more behind its own RST did not send that: a device on the way did, and let the request pass. So a stream that
        // misses nothing ends when the connection is let go.
        if by == Side::Client && self.stream(by).ends_at(segment.sequence) {
            return;
        }
        let heard = self.window(by.peer()).largest_heard();
        let (stream, mut out) = self.reading(applications, by, at);
        stream.flush(&mut out, heard);
        stream.end(&mut out, End::Reset { by });
    }

    /// An ICMP error that quotes a segment of this connection.
    pub(super) fn icmp(&mut self, report: &IcmpReport, at: Arrival) {
        let IcmpReport { version, kind, code, .. } = *report;
        let about = if report.quoted.sender == self.connection.client { Side::Client } else { Side::Server };
        self.connection.icmp.get_or_insert(IcmpError { version, kind, code, about, at });
    }

    /// The connection is let go: what waits is delivered, both directions end, and it goes to those above.
    pub(super) fn finish(mut self, applications: &mut A) {
        self.note_last_frame();
        let last = self.connection.last;
        let (how, ended_at) = match self.connection.reset {
            Some(reset) => (End::Reset { by: reset.by }, reset.at),
            None => (End::Unseen, last),
        };
        for side in [Side::Client, Side::Server] {
            let heard = self.window(side.peer()).largest_heard();
            let (stream, mut out) = self.reading(applications, side, last);
            stream.flush(&mut out, heard);
            let (how, at) = stream.unseen_end().map_or((how, ended_at), |at| (End::Fin, at));
            out.at = at;
            stream.end(&mut out, how);
        }
        self.client_stream.tell(&mut self.connection.from_client);
        self.server_stream.tell(&mut self.connection.from_server);
        applications.closed(self.connection, self.application);
    }

    fn window(&self, side: Side) -> &ReceiveWindow {
        match side {
            Side::Client => &self.client_window,
            Side::Server => &self.server_window,
        }
    }

    /// Whether a packet of each side was captured.
    pub(super) fn both_sides_seen(&self) -> bool {
        self.connection.from_client.packets > 0 && self.connection.from_server.packets > 0
    }

    fn stream(&self, side: Side) -> &Reassembly {
        match side {
            Side::Client => &self.client_stream,
            Side::Server => &self.server_stream,
        }
    }

    fn stream_mut(&mut self, side: Side) -> &mut Reassembly {
        match side {
            Side::Client => &mut self.client_stream,
            Side::Server => &mut self.server_stream,
        }
    }

    fn traffic_mut(&mut self, side: Side) -> &mut Traffic {
        match side {
            Side::Client => &mut self.connection.from_client,
            Side::Server => &mut self.connection.from_server,
        }
    }

    /// A side's stream and where it is read.
    fn reading<'x>(
        &'x mut self,
        applications: &'x mut A,
        side: Side,
        at: Arrival,
    ) -> (&'x mut Reassembly, Output<'x, A>) {
        let delivered = self.last_packets.delivered_mut(side);
        let out = Output { applications, application: &mut self.application, delivered, side, at };
        match side {
            Side::Client => (&mut self.client_stream, out),
            Side::Server => (&mut self.server_stream, out),
        }
    }
}
