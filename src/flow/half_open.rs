//! A connection that carries no data yet. A flood of them is the very thing to be diagnosed, so each takes a few hundred bytes: its segments
//! are remembered without what they all have alike, and looked at one by one once the connection is one.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, PacketId};
use super::connection::SeenInFile;
use super::key::KeyEnd;
use super::limits::TableLimits;
use crate::packet::{Flags, Options, Segment};
use crate::time::{Duration, Time};

/// Segments that are remembered. Whoever repeats a SYN or its answer more often is looked at at once.
const MOST_SEGMENTS: usize = 8;

/// A segment of a handshake, without data and without the ends, which are those of its connection.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BareSegment {
    time: Time,
    frame: u64,
    sequence: u32,
    acknowledgement: u32,
    interface: u32,
    window: u16,
    ip_id: Option<u16>,
    options: Options,
    flags: Flags,
    ttl: u8,
    from_client: bool,
}

/// What was seen of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HalfOpen {
    client: SocketAddr,
    server: SocketAddr,
    /// Which end of the key the client is.
    client_end: KeyEnd,
    /// Whether the client has answered the server's SYN/ACK.
    established: bool,
    file: u32,
    stream: u32,
    first: BareSegment,
    /// Those behind the first: most floods have none.
    more: Vec<BareSegment>,
}

impl HalfOpen {
    /// Whether a connection that begins with this segment may be half-open: it is a SYN and nothing else.
    pub(super) fn may_begin_with(segment: &Segment<'_>) -> bool {
        segment.flags.opens() && is_bare(segment)
    }

    /// One that begins with a segment, which has this number among the connections of its file.
    pub(super) fn begin(segment: &Segment<'_>, client_end: KeyEnd, at: Arrival, stream: u32) -> HalfOpen {
        HalfOpen {
            client: segment.sender(),
            server: segment.receiver(),
            client_end,
            established: false,
            file: at.packet.file(),
            stream,
            first: BareSegment::of(segment, at, true),
            more: Vec::new(),
        }
    }

    /// Remembers a segment, if it leaves the connection as it is: the SYN again, the answer to it, or the client's answer to that. `false` where it
    /// has to be looked at.
    pub(super) fn take(&mut self, segment: &Segment<'_>, sender: KeyEnd, at: Arrival) -> bool {
        let from_client = sender == self.client_end;
        let begins = |flags: Flags| flags.syn();
        let mut of_sender = std::iter::once(&self.first).chain(&self.more);
        let known = of_sender.find(|known| known.from_client == from_client && begins(known.flags));
        let same = known.is_none_or(|known| known.sequence == segment.sequence);
        let answered = || self.more.iter().any(|known| !known.from_client);
        let fits = match (from_client, segment.flags.opens(), segment.flags.accepts()) {
            (true, true, _) => same,
            (false, _, true) => same && segment.acknowledgement == self.first.sequence.wrapping_add(1),
            (true, false, false) => segment.flags.ack() && answered(),
            _ => false,
        };
        if !fits || !is_bare(segment) || at.packet.file() != self.file || self.more.len() + 1 >= MOST_SEGMENTS
        {
            return false;
        }
        self.established |= from_client && !segment.flags.syn();
        self.more.push(BareSegment::of(segment, at, from_client));
        true
    }

    /// The silence after which it is given up, as of any other connection.
    pub(super) fn patience(&self, limits: &TableLimits) -> Duration {
        let answered = self.more.iter().any(|segment| !segment.from_client);
        if answered { limits.idle } else { limits.unanswered.max(limits.closed) }
    }

    /// Whether both sides have agreed to it, so that it only waits for its first data.
    pub(super) fn is_established(&self) -> bool {
        self.established
    }

    /// Client and server.
    pub(super) fn ends(&self) -> (SocketAddr, SocketAddr) {
        (self.client, self.server)
    }

    /// Its first packet.
    pub(super) fn first(&self) -> Arrival {
        self.arrival(&self.first)
    }

    /// Where it stands in its file.
    pub(super) fn seen_in(&self) -> SeenInFile {
        let first_frame = self.first.frame;
        SeenInFile { file: self.file, stream: self.stream, first_frame, last_frame: first_frame }
    }

    /// Its segments as they came, each with its sender.
    pub(super) fn segments(&self) -> impl Iterator<Item = (Segment<'static>, KeyEnd, Arrival)> {
        let whole = |bare: &BareSegment| {
            let (source, destination) =
                if bare.from_client { (self.client, self.server) } else { (self.server, self.client) };
            let segment = Segment {
                source: source.ip(),
                destination: destination.ip(),
                source_port: source.port(),
                destination_port: destination.port(),
                sequence: bare.sequence,
                acknowledgement: bare.acknowledgement,
                flags: bare.flags,
                window: bare.window,
                options: bare.options,
                payload: &[],
                length: 0,
                ttl: bare.ttl,
                ip_id: bare.ip_id,
                interface: bare.interface,
            };
            let sender = if bare.from_client { self.client_end } else { self.client_end.other() };
            (segment, sender, self.arrival(bare))
        };
        std::iter::once(&self.first).chain(&self.more).map(whole)
    }

    fn arrival(&self, segment: &BareSegment) -> Arrival {
        Arrival { time: segment.time, packet: PacketId::new(self.file, segment.frame) }
    }
}

impl BareSegment {
    fn of(segment: &Segment<'_>, at: Arrival, from_client: bool) -> BareSegment {
        BareSegment {
            time: at.time,
            frame: at.packet.frame(),
            sequence: segment.sequence,
            acknowledgement: segment.acknowledgement,
            interface: segment.interface,
            window: segment.window,
            ip_id: segment.ip_id,
            options: segment.options,
            flags: segment.flags,
            ttl: segment.ttl,
            from_client,
        }
    }
}

/// Whether a segment carries no data and ends nothing.
fn is_bare(segment: &Segment<'_>) -> bool {
    segment.length == 0 && segment.payload.is_empty() && !segment.flags.fin() && !segment.flags.rst()
}
