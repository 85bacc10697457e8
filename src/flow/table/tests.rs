//! A table with a wire to it, and an application that checks what it is told.

mod conversations;
mod copies;
mod half_open;
mod kinds;
mod lifetimes;
mod never_arrived;
mod openings;
mod properties;

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::flow::connection::{Anomalies, SeenInFile};
use crate::flow::{Application, Connection, End, Gap, Side};
use crate::packet::icmp::Quoted;
use crate::packet::{Flags, Options};
use crate::time::Duration;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 64, 0, 1));
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const SYN: u8 = Flags::SYN;
const ACK: u8 = Flags::ACK;
const FIN: u8 = Flags::FIN;
const RST: u8 = Flags::RST;

/// What an application was told, in order; checks that it is told by the rules.
#[derive(Default)]
struct Recorder {
    read: [Vec<u8>; 2],
    gaps: Vec<(Side, u64, u64, Gap)>,
    acknowledged: [u64; 2],
    ends: Vec<(Side, u64, End)>,
    events: usize,
    is_settled: bool,
}

impl Recorder {
    fn advance(&mut self, from: Side, offset: u64) {
        assert!(!self.ends.iter().any(|&(side, ..)| side == from), "nothing comes after the end");
        assert_eq!(self.read[from as usize].len() as u64, offset, "a stream has no hole but declared ones");
        assert!(!self.is_settled, "nothing comes once all is said to have come");
        self.events += 1;
    }
}

impl<C> Application<C> for Recorder {
    fn bytes(&mut self, _: &mut C, from: Side, offset: u64, data: &[u8], _: Arrival) {
        assert!(!data.is_empty());
        self.advance(from, offset);
        self.read[from as usize].extend(data);
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, cause: Gap, _: Arrival) {
        assert!(length > 0);
        self.advance(from, offset);
        // Bounded, for the gaps of random segments are large.
        let shown = self.read[from as usize].len() + usize::try_from(length).unwrap();
        self.read[from as usize].resize(shown, b'?');
        self.gaps.push((from, offset, length, cause));
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, _: Arrival) {
        assert!(offset > self.acknowledged[from as usize], "only when it grows");
        assert!(!self.is_settled, "all is acknowledged once that is said");
        assert!(offset <= self.read[from as usize].len() as u64, "not before it was delivered or declared");
        self.acknowledged[from as usize] = offset;
    }

    fn end(&mut self, _: &mut C, from: Side, offset: u64, how: End, _: Arrival) {
        self.advance(from, offset);
        self.ends.push((from, offset, how));
    }

    fn settle(&mut self, _: &mut C) {
        self.is_settled = true;
    }
}

/// Connections that are over, in the order in which they left, and what was read of them.
#[derive(Default)]
struct Done(Vec<(Connection, Recorder)>);

impl Applications for Done {
    type Application = Recorder;

    fn open(&mut self, _: &Opening) -> Recorder {
        Recorder::default()
    }

    fn closed(&mut self, connection: Connection, recorder: Recorder) {
        self.0.push((connection, recorder));
    }
}

/// A table and the packets that are fed to it.
struct Wire {
    table: ConnectionTable<Done>,
    done: Done,
    at: Arrival,
    ports: (u16, u16),
}

fn wire_with(limits: TableLimits) -> Wire {
    let at = Arrival { time: Time::from_seconds(1_000, 0), packet: PacketId::new(0, 0) };
    Wire { table: ConnectionTable::new(limits), done: Done::default(), at, ports: (40_000, 443) }
}

fn wire() -> Wire {
    wire_with(TableLimits::default())
}

fn segment<'a>(
    from: Side,
    ports: (u16, u16),
    flags: u8,
    sequence: u32,
    ack: u32,
    data: &'a [u8],
) -> Segment<'a> {
    let (ends, ports) = match from {
        Side::Client => ((CLIENT, SERVER), ports),
        Side::Server => ((SERVER, CLIENT), (ports.1, ports.0)),
    };
    Segment {
        source: ends.0,
        destination: ends.1,
        source_port: ports.0,
        destination_port: ports.1,
        sequence,
        acknowledgement: ack,
        flags: Flags(flags),
        window: 500,
        options: Options::default(),
        payload: data,
        length: data.len() as u32,
        ttl: 60,
        ip_id: None,
        interface: 0,
    }
}

/// The packet so many frames behind another.
fn beside(packet: PacketId, frames: i64) -> PacketId {
    PacketId::new(packet.file(), packet.frame().saturating_add_signed(frames))
}

impl Wire {
    fn put(&mut self, segment: &Segment<'_>) {
        self.at.packet = beside(self.at.packet, 1);
        self.at.time = self.at.time.plus(Duration::MILLISECOND);
        self.table.segment(&mut self.done, segment, self.at.packet, self.at.time);
    }

    fn client(&mut self, flags: u8, sequence: u32, ack: u32, data: &[u8]) {
        self.put(&segment(Side::Client, self.ports, flags, sequence, ack, data));
    }

    fn server(&mut self, flags: u8, sequence: u32, ack: u32, data: &[u8]) {
        self.put(&segment(Side::Server, self.ports, flags, sequence, ack, data));
    }

    /// Client at 100, server at 500.
    fn handshake(&mut self) {
        self.client(SYN, 99, 0, b"");
        self.server(SYN | ACK, 499, 100, b"");
        self.client(ACK, 100, 500, b"");
    }

    fn wait(&mut self, time: Duration) {
        self.at.time = self.at.time.plus(time);
    }

    fn finish(mut self) -> Vec<(Connection, Recorder)> {
        self.table.finish(&mut self.done);
        assert_eq!(self.table.waiting_bytes, 0);
        self.done.0
    }

    fn only(self) -> (Connection, Recorder) {
        let mut done = self.finish();
        assert_eq!(done.len(), 1);
        done.remove(0)
    }
}
