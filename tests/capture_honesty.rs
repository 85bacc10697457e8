//! Defects of a capture are reported as such, and the origin is never blamed for them.

#![allow(clippy::expect_used, reason = "a test that cannot write its capture has failed")]

mod support;

use std::net::Ipv4Addr;

use rayscope::compose;
use rayscope::diagnose::diagnose;
use rayscope::evidence::{CaptureFacts, Partial};
use rayscope::flow::Facts as Segments;
use support::capture::{ACK, FIN, FileFormat, RST, SYN, Segment};
use support::extraction;

const EDGE: (Ipv4Addr, u16) = (Ipv4Addr::new(172, 64, 0, 1), 40_000);
const ORIGIN: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 80);
/// Where an Ethernet frame holds its IPv4 packet's time to live.
const TTL: usize = 14 + 8;
/// When the first packet is captured; each comes 200 µs after the one before.
const START: i64 = 1_700_000_000_000_000_000;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: example.com\r\nCF-RAY: 7d1234567890abcd-FRA\r\n\r\n";

/// One connection from the edge to the origin.
struct Wire {
    /// Nanoseconds since 1970, and the frame.
    packets: Vec<(i64, Vec<u8>)>,
    origin_ttl: u8,
}

impl Wire {
    /// With a handshake and a request, which the origin acknowledges.
    fn new() -> Wire {
        let mut wire = Wire { packets: Vec::new(), origin_ttl: 64 };
        wire.edge(SYN, 99, 0, b"");
        wire.origin(SYN | ACK, 499, 100, b"");
        wire.edge(ACK, 100, 500, b"");
        wire.edge(ACK, 100, 500, REQUEST);
        wire.origin(ACK, 500, after_request(), b"");
        wire
    }

    fn edge(&mut self, flags: u8, sequence: u32, acknowledged: u32, payload: &[u8]) {
        self.packet([EDGE, ORIGIN], 56, flags, [sequence, acknowledged], payload);
    }

    fn origin(&mut self, flags: u8, sequence: u32, acknowledged: u32, payload: &[u8]) {
        self.packet([ORIGIN, EDGE], self.origin_ttl, flags, [sequence, acknowledged], payload);
    }

    fn packet(
        &mut self,
        ends: [(Ipv4Addr, u16); 2],
        ttl: u8,
        flags: u8,
        [sequence, acknowledged]: [u32; 2],
        payload: &[u8],
    ) {
        let number = u16::try_from(self.packets.len()).expect("few packets");
        let (time, ip_id) = (START + i64::from(number) * 200_000, 100 + number);
        let segment = Segment { ends, ip_id, ttl, flags, sequence, acknowledged, payload };
        self.packets.push((time, segment.frame()));
    }

    /// What is extracted from a capture of these packets.
    fn read(&self) -> Partial {
        let packets = self.packets.iter().map(|(time, frame)| (*time, frame.as_slice()));
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("origin.pcap"), FileFormat::Pcap.write(packets)).expect("a file");
        extraction::extracted(folder.path())
    }
}

fn after_request() -> u32 {
    100 + u32::try_from(REQUEST.len()).expect("a request")
}

fn warnings(partial: &Partial) -> Vec<String> {
    partial.inputs.values().flat_map(|input| input.warnings.clone()).collect()
}

fn facts(partial: &Partial) -> &CaptureFacts {
    partial.inputs.values().find_map(|input| input.facts.as_deref()).expect("a capture")
}

/// If the report says "0 streams" of a capture full of HTTP/2, its reader looks for the fault elsewhere.
#[test]
fn http2_is_counted_from_the_request_on_that_asks_for_it() {
    let mut wire = Wire::new();
    assert_eq!(facts(&wire.read()).http2_streams(), Some(0));
    wire.origin(ACK, 500, after_request(), b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
    let partial = wire.read();
    assert_eq!(facts(&partial).http2_streams(), Some(1));
    let report = compose::report(&diagnose(extraction::incident(partial)), compose::Redaction::On);
    let json = serde_json::to_value(report).expect("a report");
    assert_eq!(json["inputs"][0]["facts"]["http2_streams"], 1);
    assert_eq!(json["inputs"][0]["facts"]["http1_requests"], 1);
}

fn causes(partial: Partial) -> Vec<&'static str> {
    diagnose(extraction::incident(partial)).causes.iter().map(|ranked| ranked.cause.slug.as_str()).collect()
}

/// Otherwise a long download with one late segment is called a truncated response, and the origin is asked to repair it.
#[test]
fn a_hole_with_too_many_bytes_waiting_behind_it_is_blamed_on_the_capture() {
    let body = [b'x'; 1_400];
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_200 * body.len());
    let mut wire = Wire::new();
    let start = 500 + u32::try_from(head.len()).expect("a head");
    let place = |part: u32| start + part * 1_400;
    wire.origin(ACK, 500, after_request(), head.as_bytes());
    let mut parts: Vec<u32> = (0..1_200).collect();
    let late = parts.remove(10);
    parts.insert(1_000, late);
    for part in parts {
        wire.origin(ACK, place(part), after_request(), &body);
    }
    wire.edge(ACK, after_request(), place(1_200), b"");
    wire.origin(FIN | ACK, place(1_200), after_request(), b"");
    wire.edge(FIN | ACK, after_request(), place(1_200) + 1, b"");
    let partial = wire.read();
    assert_eq!(
        warnings(&partial),
        [
            "1 stream had more waiting behind a missing packet than is kept (1 MiB of a connection, 128 KiB where its receiver was not \
             captured, 1024 segments, 256 MiB of all connections): the hole counts as not captured"
        ]
    );
    assert_eq!(facts(&partial).application.http1_responses, 1);
    assert!(partial.connections.iter().all(|row| row.exchanges.iter().all(|kept| kept.failure.is_none())));
    assert_eq!(causes(partial), [""; 0]);
}

/// A person must be told that not all that was sent was read.
#[test]
fn bytes_that_contradict_each_other_are_told_with_their_frame() {
    let mut wire = Wire::new();
    let answer = |text: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{text}").into_bytes();
    wire.origin(
        ACK,
        500,
        after_request(),
        b"HTTP/1.1 302 Found\r\nLocation: http://ads.example/\r\nContent-Length: 0\r\n\r\n",
    );
    wire.origin(ACK, 500, after_request(), &answer("hello"));
    let partial = wire.read();
    assert_eq!(
        warnings(&partial),
        [
            "1 TCP segment has other bytes than were captured before for the same sequence numbers (frame 7 of tcp.stream 0): a device on \
             the way injects, or captures were mixed; the first bytes are read"
        ]
    );
}

/// A capture of both sides of a router has each packet twice. Taken for retransmissions, they would accuse the path of losing packets.
#[test]
fn packets_captured_twice_are_told_and_change_no_count() {
    let mut once = Wire::new();
    for part in 0..20 {
        once.origin(ACK, 500 + part, after_request(), b"x");
        once.edge(ACK, after_request(), 501 + part, b"");
    }
    let again = |(time, packet): &(i64, Vec<u8>)| {
        let mut copy = packet.clone();
        copy[TTL] -= 1;
        [(*time, packet.clone()), (*time, copy)]
    };
    let twice = Wire { packets: once.packets.iter().flat_map(again).collect(), ..once };
    let (once, twice) = (once.read(), twice.read());
    assert_eq!(warnings(&once), [""; 0]);
    assert_eq!(
        warnings(&twice),
        [
            "45 of 90 TCP packets are copies of others (captured on several interfaces, or from a mirror port): each is counted once"
        ]
    );
    let (once, twice) = (facts(&once), facts(&twice));
    assert_eq!(twice.segments, Segments { copies: 45, ..once.segments });
    assert_eq!(twice.application, once.application);
}

/// The origin's packets have these times to live, its RST has that: whether the RST is a device's.
fn reset_is_forged(ttls: &[u8], reset: u8) -> bool {
    let mut wire = Wire::new();
    for (&ttl, sequence) in ttls.iter().zip(500..) {
        wire.origin_ttl = ttl;
        wire.origin(ACK, sequence, after_request(), b"x");
    }
    wire.origin_ttl = reset;
    wire.origin(RST | ACK, 500 + u32::try_from(ttls.len()).expect("few"), after_request(), b"");
    let partial = wire.read();
    assert_eq!(partial.connections.len(), 1);
    partial.connections.iter().all(|row| row.connection.reset_is_forged())
}

/// It decides who has to act: the owner of a device on the path, or the origin.
#[test]
fn a_reset_is_forged_where_it_comes_from_another_distance_than_any_packet_of_its_sender() {
    assert!(reset_is_forged(&[64, 64], 246));
    assert!(reset_is_forged(&[64, 62], 60));
    // A host answers for a container that is gone: one hop less.
    assert!(!reset_is_forged(&[64, 64], 65));
    // Where a firewall answers SYNs for the origin, the other packets of the origin, its RST among them, come from further away.
    assert!(!reset_is_forged(&[58, 58], 58));
    assert!(!reset_is_forged(&[58, 58], 60));
}
