//! Messages that name the client's address and port, beside a capture that shows that connection.

use std::net::Ipv4Addr;

use super::capture::{ACK, FIN, FileFormat, PSH, SYN, Segment};
use super::extraction::{extracted, incident};

/// 2026-11-17T08:00:00Z, in nanoseconds.
const BEGIN: i64 = 1_794_902_400_000_000_000;
const EDGE: Ipv4Addr = Ipv4Addr::new(172, 68, 10, 9);
const ORIGIN: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
const REQUEST: &[u8] = b"GET /cart HTTP/1.1\r\nHost: shop.example\r\n\r\n";

/// A packet: milliseconds after the first, whether the edge sends it, control bits, numbers, and what it carries.
type Sent<'a> = (i64, bool, u8, u32, u32, &'a [u8]);

/// A connection from this port that begins so many milliseconds after eight, and whose request the origin answers, if at all, with `answer`
/// half a second later; then it closes.
fn connection(port: u16, begin: i64, answer: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let (edge, origin) = ((EDGE, port), (ORIGIN, 80));
    let asked = 1 + u32::try_from(REQUEST.len()).expect("a length");
    let answered = 1 + u32::try_from(answer.len()).expect("a length");
    let packets: [Sent<'_>; 6] = [
        (0, true, SYN, 0, 0, b""),
        (1, false, SYN | ACK, 0, 1, b""),
        (2, true, ACK, 1, 1, b""),
        (3, true, PSH | ACK, 1, 1, REQUEST),
        (500, false, PSH | ACK, 1, asked, answer),
        (501, false, FIN | ACK, answered, asked, b""),
    ];
    let frame = |(after, by_edge, flags, sequence, acknowledged, payload): Sent<'_>| {
        let ends = if by_edge { [edge, origin] } else { [origin, edge] };
        let segment = Segment { ends, ip_id: 1, ttl: 60, flags, sequence, acknowledged, payload };
        (BEGIN + (begin + after) * 1_000_000, segment.frame())
    };
    packets.into_iter().map(frame).collect()
}

/// The messages of each failing request by its port, where two that fail and one that does not run side by side.
fn told(name: &str, log: &str) -> Vec<(u16, Vec<String>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut packets = connection(41_022, 10_000, b"");
    packets.extend(connection(41_023, 10_010, b""));
    packets.extend(connection(41_024, 10_020, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    packets.sort();
    let capture = FileFormat::Pcap.write(packets.iter().map(|(at, frame)| (*at, frame.as_slice())));
    std::fs::write(folder.path().join("origin.pcap"), capture).expect("written");
    std::fs::write(folder.path().join(name), log).expect("written");
    let incident = incident(extracted(folder.path()));
    let evidence = &incident.evidence;
    let mut told: Vec<(u16, Vec<String>)> = Vec::new();
    for case in &incident.cases {
        let port = case.connections(evidence).next().expect("packets").connection.client.port();
        told.push((port, case.messages(evidence).map(|row| row.line.text.clone()).collect()));
    }
    told.sort();
    told
}

fn ports_with_a_message(name: &str, log: &str) -> Vec<u16> {
    let told = told(name, log);
    assert_eq!(told.iter().map(|(port, _)| *port).collect::<Vec<_>>(), [41_022, 41_023], "{told:?}");
    told.into_iter().filter(|(_, messages)| !messages.is_empty()).map(|(port, _)| port).collect()
}

/// Otherwise what a server says of one connection is told of another, or of none.
#[test]
fn a_message_goes_to_the_connection_whose_port_it_names() {
    let apache = |port: u16, at: &str| {
        format!(
            "[Tue Nov 17 {at} 2026] [proxy_fcgi:error] [pid 811:tid 9] [client 172.68.10.9:{port}] AH01075: Error dispatching request to :\n"
        )
    };
    for (log, expected) in [
        (apache(41_023, "08:00:10.500000"), &[41_023][..]),
        // It went well.
        (apache(41_024, "08:00:10.500000"), &[]),
        // No packets show it.
        (apache(41_099, "08:00:10.500000"), &[]),
        // The port was used again later.
        (apache(41_022, "08:20:10.500000"), &[]),
    ] {
        assert_eq!(ports_with_a_message("error.log", &log), expected, "{log}");
    }
    let litespeed = "2026-11-17 08:00:10.400000 [ERROR] [811] [172.68.10.9:41022#shop.example] connection to [uds://tmp/lshttpd/lsphp.sock] on request #2, confirmed, 0, associated process: 811, running: 0, error: Connection reset by peer!\n";
    assert_eq!(ports_with_a_message("stderr.log", litespeed), [41_022]);
    let haproxy = "172.68.10.9:41022 [17/Nov/2026:08:00:10.003] web/1: Timeout during SSL handshake\n";
    assert_eq!(ports_with_a_message("haproxy.log", haproxy), [41_022]);
}
