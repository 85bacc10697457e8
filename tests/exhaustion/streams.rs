//! HTTP/2 as attackers speak it: streams without end, header blocks that grow when they are decompressed, and one that never ends (CVE-2023-44487,
//! CVE-2016-6581, CVE-2024-27316).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::report;

/// Bytes of a segment.
const SEGMENT: usize = 1_400;
/// 2026-11-17T08:00:00Z.
const START: u32 = 1_794_902_400;
/// Mebibytes that each may take: what the program has to start with, and some of the budget.
const MEBIBYTES: u64 = 160;

/// Types of frames, and flags (RFC 9113, 6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `GET http /` by the static table (RFC 7541, appendix A), and the name of the host without a place in the dynamic one.
const GET: &[u8] = b"\x82\x86\x84\x01\x0cshop.example";

/// A capture (raw IP, microseconds) of one connection on which the client's part is what is said.
struct Capture {
    file: BufWriter<File>,
    next: [u32; 2],
    microseconds: u32,
    waiting: Vec<u8>,
}

impl Capture {
    /// With the handshake, the preface of the client, and the settings of both.
    fn begun(path: &Path) -> std::io::Result<Capture> {
        let mut file = BufWriter::new(File::create(path)?);
        let header = [0xa1b2_c3d4_u32, 4 << 16 | 2, 0, 0, 65_535, 101];
        header.iter().try_for_each(|word| file.write_all(&word.to_le_bytes()))?;
        let mut capture = Capture { file, next: [1, 7_000], microseconds: 0, waiting: Vec::new() };
        capture.segment(0, 0x02, &[])?;
        capture.segment(1, 0x12, &[])?;
        capture.segment(0, 0x10, &[])?;
        capture.waiting.extend(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        capture.frame(SETTINGS, 0, 0, &[])?;
        capture.segment(1, 0x18, &[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0])?;
        Ok(capture)
    }

    fn segment(&mut self, side: usize, flags: u8, payload: &[u8]) -> std::io::Result<()> {
        let (ends, ports) = ([[172, 68, 0, 1], [203, 0, 113, 10]], [[0x9c, 0x40], [0, 80]]);
        let length = 40 + u32::try_from(payload.len()).expect("a segment");
        self.microseconds += 10;
        let record = [START + self.microseconds / 1_000_000, self.microseconds % 1_000_000, length, length];
        record.iter().try_for_each(|word| self.file.write_all(&word.to_le_bytes()))?;
        self.file.write_all(&[0x45, 0])?;
        self.file.write_all(&u16::try_from(length).expect("a segment").to_be_bytes())?;
        self.file.write_all(&[0, 0, 0x40, 0, 64, 6, 0, 0])?;
        self.file.write_all(&[ends[side], ends[1 - side]].concat())?;
        self.file.write_all(&[ports[side], ports[1 - side]].concat())?;
        self.file.write_all(&self.next[side].to_be_bytes())?;
        self.file.write_all(&self.next[1 - side].to_be_bytes())?;
        self.file.write_all(&[0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0])?;
        self.file.write_all(payload)?;
        self.next[side] = self.next[side].wrapping_add(length - 40 + u32::from(flags & 0x02 != 0));
        Ok(())
    }

    /// The client says a frame; it is sent once a segment is full.
    fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(payload.len()).expect("a frame").to_be_bytes();
        self.waiting.extend(&length[1..]);
        self.waiting.extend([kind, flags]);
        self.waiting.extend(stream.to_be_bytes());
        self.waiting.extend(payload);
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
        self.file.flush()
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

/// Requests that are taken back at once: the server is to do the work. Each failed, as the edge gave it up, and is a case of its own.
#[test]
fn streams_that_their_client_resets_at_once_are_counted() {
    const STREAMS: u32 = 20_000;
    let told = told(|capture| {
        (0..STREAMS).try_for_each(|number| {
            capture.frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, GET)?;
            capture.frame(RST_STREAM, 0, 2 * number + 1, &[0, 0, 0, 8])
        })
    });
    assert_eq!(streams(&told), Some(u64::from(STREAMS)));
    assert_eq!(told["totals"]["failed_requests"], u64::from(STREAMS));
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
