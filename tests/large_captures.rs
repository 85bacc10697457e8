//! A capture of many blocks is read by all threads side by side. Neither their number, nor whether blocks are read at their places or in order, nor what
//! stands between the packets may change what is told.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::capture::{ACK, FIN, FileFormat, PSH, SYN, Segment};

/// Connections that are open at one time, and requests on each.
const CONNECTIONS: u8 = 40;
const REQUESTS: u16 = 15;
/// Bytes of an answer's body, and of a packet's payload.
const BODY: usize = 20_000;
const PAYLOAD: usize = 1_400;
/// Of every tenth connection the origin cuts the last answer short.
const CUT: u8 = 4;

/// One connection of the edge: what each side has sent.
struct Talk {
    edge: (Ipv4Addr, u16),
    sent: u32,
    answered: u32,
}

const ORIGIN: (Ipv4Addr, u16) = (Ipv4Addr::new(203, 0, 113, 10), 80);

impl Talk {
    fn new(number: u8) -> Talk {
        Talk {
            edge: (Ipv4Addr::new(172, 64, 0, 1 + number), 20_000 + u16::from(number)),
            sent: 1,
            answered: 1,
        }
    }

    fn edge_sends(&mut self, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (sequence, acknowledged) = (self.sent, self.answered);
        self.sent += payload.len() as u32;
        Segment { ends: [self.edge, ORIGIN], ip_id: 1, ttl: 60, flags, sequence, acknowledged, payload }
            .frame()
    }

    fn origin_sends(&mut self, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (sequence, acknowledged) = (self.answered, self.sent);
        self.answered += payload.len() as u32;
        Segment { ends: [ORIGIN, self.edge], ip_id: 1, ttl: 64, flags, sequence, acknowledged, payload }
            .frame()
    }

    fn handshake(&mut self) -> Vec<Vec<u8>> {
        (self.sent, self.answered) = (0, 0);
        let mut frames = vec![self.edge_sends(SYN, b"")];
        self.sent = 1;
        frames.push(self.origin_sends(SYN | ACK, b""));
        self.answered = 1;
        frames.push(self.edge_sends(ACK, b""));
        frames
    }

    /// A request and its answer, of which the origin sends `length` bytes of the body; then it closes, where these are not all.
    fn exchange(&mut self, number: u16, length: usize) -> Vec<Vec<u8>> {
        let ray = u64::from(self.edge.1) << 32 | u64::from(number) << 8 | 0x9c1f_0000_0000_0007;
        let request = format!(
            "GET /item/{number} HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: {ray:016x}-FRA\r\nCF-Connecting-IP: 198.51.100.7\r\n\r\n"
        );
        let mut frames = vec![self.edge_sends(PSH | ACK, request.as_bytes())];
        let answer =
            [format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").into_bytes(), vec![b'x'; length]]
                .concat();
        for piece in answer.chunks(PAYLOAD) {
            frames.push(self.origin_sends(PSH | ACK, piece));
        }
        frames.push(self.edge_sends(ACK, b""));
        if length < BODY {
            frames.push(self.origin_sends(FIN | ACK, b""));
            self.answered += 1;
            frames.push(self.edge_sends(FIN | ACK, b""));
            self.sent += 1;
            frames.push(self.origin_sends(ACK, b""));
        }
        frames
    }
}

/// The frames of all connections, which take turns, in the order of time; 12 million bytes.
fn frames() -> Vec<(i64, Vec<u8>)> {
    let mut talks: Vec<Talk> = (0..CONNECTIONS).map(Talk::new).collect();
    let mut frames: Vec<Vec<u8>> = talks.iter_mut().flat_map(Talk::handshake).collect();
    for number in 0..REQUESTS {
        let mut side_by_side: Vec<_> = (0..CONNECTIONS)
            .zip(&mut talks)
            .map(|(connection, talk)| {
                let is_cut = connection % 10 == CUT && number + 1 == REQUESTS;
                talk.exchange(number, if is_cut { BODY / 3 } else { BODY }).into_iter()
            })
            .collect();
        loop {
            let before = frames.len();
            frames.extend(side_by_side.iter_mut().filter_map(Iterator::next));
            if frames.len() == before {
                break;
            }
        }
    }
    let began = 1_763_366_400_000_000_000_i64;
    (0..).map(|number: i64| began + number * 200_000).zip(frames).collect()
}

fn report(capture: &[u8], name: &str, threads: &str) -> String {
    let [folder, out] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    fs::write(folder.path().join(name), capture).expect("a file");
    diagnose(folder.path(), out.path(), threads);
    fs::read_to_string(out.path().join("report.json")).expect("a report")
}

fn diagnose(folder: &Path, out: &Path, threads: &str) {
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .args(["diagnose", "--threads", threads, "--out"])
        .args([out, folder])
        .output()
        .expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

/// That all requests are counted, and those that were cut short are named.
fn assert_whole(report: &str) {
    let report: Value = serde_json::from_str(report).expect("JSON");
    let requests = u64::from(CONNECTIONS) * u64::from(REQUESTS);
    assert_eq!(report["totals"]["requests"], requests);
    assert_eq!(report["totals"]["failed_requests"], 4);
    assert_eq!(report["causes"][0]["slug"], "truncated-response", "{:#}", report["causes"]);
}

#[test]
fn the_number_of_threads_changes_no_byte_of_what_a_large_capture_tells() {
    let frames = frames();
    let capture = FileFormat::Pcap.write(frames.iter().map(|(at, frame)| (*at, frame.as_slice())));
    let one = report(&capture, "capture.pcap", "1");
    assert_whole(&one);
    for threads in ["2", "3", "8", "16"] {
        assert!(one == report(&capture, "capture.pcap", threads), "{threads} threads tell something else");
    }
}

// A packed capture can only be read in order.
#[test]
fn a_packed_capture_tells_the_same_with_any_number_of_threads() {
    let frames = frames();
    let capture =
        FileFormat::PcapngNanoseconds.write(frames.iter().map(|(at, frame)| (*at, frame.as_slice())));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&capture).expect("memory");
    let packed = packed.finish().expect("memory");
    let one = report(&packed, "capture.pcapng.gz", "1");
    assert_whole(&one);
    assert!(one == report(&packed, "capture.pcapng.gz", "5"), "threads tell something else");
}

/// A block of pcapng.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (12 + body.len().next_multiple_of(4)) as u32;
    let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
    [&kind.to_le_bytes(), &length.to_le_bytes(), body, &padding, &length.to_le_bytes()].concat()
}

// The secrets hold for what follows, so that no thread may run ahead of them; a block that is no packet may be larger than what is read at a time.
#[test]
fn secrets_and_large_blocks_between_the_packets_change_nothing_else() {
    let frames = frames();
    let packets: Vec<(i64, &[u8])> = frames.iter().map(|(at, frame)| (*at, frame.as_slice())).collect();
    let mut capture = FileFormat::Pcapng.write(packets.iter().copied());
    let header = FileFormat::Pcapng.write([]).len();
    let secret = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
    let secrets = |number: u32| {
        let secret = secret.replacen("abab", &format!("{number:04x}"), 1);
        block(
            0x0a,
            &[&0x544c_534b_u32.to_le_bytes(), &(secret.len() as u32).to_le_bytes(), secret.as_bytes()]
                .concat(),
        )
    };
    // Behind the header and behind each part of the packets: secrets, and once a block of 5 million bytes.
    let packets_behind = capture.split_off(header);
    let mut rest = packets_behind.as_slice();
    let mut number = 0;
    while let Some(length) =
        rest.get(4..8).map(|length| u32::from_le_bytes(length.try_into().expect("four bytes")))
    {
        if number % 500 == 0 {
            capture.extend(secrets(number));
        }
        if number == 4_000 {
            capture.extend(block(0x0bad, &vec![7; 5_000_000]));
        }
        capture.extend(&rest[..length as usize]);
        rest = &rest[length as usize..];
        number += 1;
    }
    let one = report(&capture, "capture.pcapng", "1");
    assert_whole(&one);
    assert!(
        one.contains(&format!("TLS sessions whose secrets it has: {}", number.div_ceil(500))),
        "the secrets are not counted"
    );
    for threads in ["2", "8"] {
        assert!(one == report(&capture, "capture.pcapng", threads), "{threads} threads tell something else");
    }
}
