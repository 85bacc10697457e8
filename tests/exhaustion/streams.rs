//! HTTP/2 as attackers speak it: streams without end, header blocks that grow when they are decompressed, and one that never ends (CVE-2023-44487,
//! CVE-2016-6581, CVE-2024-27316).

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use super::http2::{
    CANCEL, CONTINUATION, END_HEADERS, END_STREAM, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame,
};
use super::raw_capture::{RawCapture, RawSegment};
use super::report;

/// Bytes of a segment.
const SEGMENT: usize = 1_400;
/// Mebibytes that each may take: what the program has to start with, and some of the budget.
const MEBIBYTES: u64 = 160;

/// Edge and origin.
const ENDS: [SocketAddrV4; 2] = [
    SocketAddrV4::new(Ipv4Addr::new(172, 68, 0, 1), 40_000),
    SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), 80),
];
/// `GET http /` by the static table (RFC 7541, appendix A), and the name of the host without a place in the dynamic one.
const GET: &[u8] = b"\x82\x86\x84\x01\x0cshop.example";

/// A capture of one connection on which the client's part is what is said.
struct Capture {
    file: RawCapture,
    next: [u32; 2],
    microseconds: u32,
    waiting: Vec<u8>,
}

impl Capture {
    /// With the handshake, the preface of the client, and the settings of both.
    fn begun(path: &Path) -> std::io::Result<Capture> {
        let file = RawCapture::create(path)?;
        let mut capture = Capture { file, next: [1, 7_000], microseconds: 0, waiting: Vec::new() };
        capture.segment(0, 0x02, &[])?;
        capture.segment(1, 0x12, &[])?;
        capture.segment(0, 0x10, &[])?;
        capture.waiting.extend(PREFACE);
        capture.frame(SETTINGS, 0, 0, &[])?;
        capture.segment(1, 0x18, &frame(SETTINGS, 0, 0, &[]))?;
        Ok(capture)
    }

    fn segment(&mut self, side: usize, flags: u8, payload: &[u8]) -> std::io::Result<()> {
        let (from, to) = (ENDS[side], ENDS[1 - side]);
        let (sequence, acknowledged) = (self.next[side], self.next[1 - side]);
        self.microseconds += 10;
        let segment = RawSegment { from, to, sequence, acknowledged, flags, payload };
        self.file.write(self.microseconds, &segment)?;
        let counted = u32::try_from(payload.len()).expect("a segment") + u32::from(flags & 0x02 != 0);
        self.next[side] = sequence.wrapping_add(counted);
        Ok(())
    }

    /// The client says a frame; it is sent once a segment is full.
    fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        self.waiting.extend(frame(kind, flags, stream, payload));
        while self.waiting.len() >= SEGMENT {
            let rest = self.waiting.split_off(SEGMENT);
            let full = std::mem::replace(&mut self.waiting, rest);
            self.segment(0, 0x18, &full)?;
        }
        Ok(())
    }

    /// What waits is sent, and acknowledged.
    fn end(mut self) -> std::io::Result<()> {
        let last = std::mem::take(&mut self.waiting);
        self.segment(0, 0x18, &last)?;
        self.segment(1, 0x10, &[])?;
        self.file.end()
    }
}

/// The report on what a client says.
fn told(says: impl FnOnce(&mut Capture) -> std::io::Result<()>) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("http2.pcap");
    let mut capture = Capture::begun(&path).expect("the capture");
    says(&mut capture).and_then(|()| capture.end()).expect("the capture");
    report(&path, MEBIBYTES, &[])
}

fn streams(report: &serde_json::Value) -> Option<u64> {
    report["inputs"][0]["facts"]["http2_streams"].as_u64()
}

/// Each stream that is open is an exchange that waits for its answer.
#[test]
fn a_million_streams_that_nobody_answers_are_counted() {
    const STREAMS: u32 = 1_000_000;
    let told = told(|capture| {
        (0..STREAMS)
            .try_for_each(|number| capture.frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, GET))
    });
    assert_eq!(streams(&told), Some(u64::from(STREAMS)));
}

/// Requests that are taken back at once: the server is to do the work. Each failed, as the edge gave it up; of one connection the
/// first ten thousand are cases of their own.
#[test]
fn streams_that_their_client_resets_at_once_are_counted() {
    const STREAMS: u32 = 200_000;
    let told = told(|capture| {
        (0..STREAMS).try_for_each(|number| {
            capture.frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, GET)?;
            capture.frame(RST_STREAM, 0, 2 * number + 1, &CANCEL.to_be_bytes())
        })
    });
    assert_eq!(streams(&told), Some(u64::from(STREAMS)));
    assert_eq!(told["totals"]["failures"], 10_000);
    assert_eq!(told["totals"]["failed_requests"], STREAMS);
    let notes = told["coverage"]["notes"].to_string();
    assert!(notes.contains("190,000 captured requests more failed or got no answer"), "{notes}");
}

/// A field of four thousand bytes once, and then one byte each time: sixteen kilobytes become 64 megabytes, of each of a hundred requests.
#[test]
fn a_bomb_of_indices_costs_no_more_than_its_bytes() {
    const REQUESTS: u32 = 100;
    let told = told(|capture| {
        // Literal with indexing, a new name (RFC 7541, 6.2.1); 3,900 bytes of value: 127 and 3,773 more (5.1).
        let value = vec![b'v'; 3_900];
        let first = [GET, b"\x40\x04bomb\x7f\xbd\x1d", &value].concat();
        capture.frame(HEADERS, END_STREAM | END_HEADERS, 1, &first)?;
        let bomb = [GET, &[0xbe; 16_000]].concat();
        (1..=REQUESTS)
            .try_for_each(|number| capture.frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, &bomb))
    });
    assert_eq!(streams(&told), Some(u64::from(REQUESTS) + 1));
    let largest = &told["header_audit"]["largest"];
    assert!(largest.to_string().contains("bomb"), "{largest}");
}

/// A header block of 64 megabytes that does not end.
#[test]
fn a_header_block_without_end_is_not_gathered() {
    const FRAMES: usize = 4_000;
    let told = told(|capture| {
        capture.frame(HEADERS, END_STREAM, 1, GET)?;
        // Literals without indexing, each of a name and a value of 120 bytes.
        let field = [b"\x00\x05x-any\x78".as_slice(), &[b'v'; 120]].concat();
        let block = field.repeat(126);
        (0..FRAMES).try_for_each(|_| capture.frame(CONTINUATION, 0, 1, &block))
    });
    assert_eq!(told["inputs"][0]["facts"]["tcp_streams"], 1, "{}", told["inputs"][0]);
}
