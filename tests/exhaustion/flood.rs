//! Connections that nobody answers.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use super::raw_capture::{RawCapture, RawSegment};
use super::{report, texts};

/// Connections of the flood, a millisecond apart.
const SYNS: u32 = 250_000;
/// Of these, those of the capture's last second may still be answered.
const STILL_CONNECTING: u64 = 1_000;
const ORIGIN: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), 443);

/// A capture of SYNs from the edge's addresses, each of which comes once.
fn write_flood(path: &Path) -> std::io::Result<()> {
    let mut capture = RawCapture::create(path)?;
    for number in 0..SYNS {
        let [_, b, c, d] = (number / 50).to_be_bytes();
        let port = u16::try_from(1_024 + number % 50 * 1_291).expect("a port");
        let edge = SocketAddrV4::new(Ipv4Addr::new(172, 68 + b, c, d), port);
        let (sequence, time) = (number.wrapping_mul(2_654_435_761), number * 1_000);
        let syn = RawSegment { from: edge, to: ORIGIN, sequence, acknowledged: 0, flags: 0x02, payload: &[] };
        capture.write(time, &syn)?;
        if number == 0 {
            // Of an origin that says nothing at all nobody knows whether it is silent.
            let acknowledged = sequence.wrapping_add(1);
            let answer =
                RawSegment { from: ORIGIN, to: edge, sequence: 7, acknowledged, flags: 0x12, payload: &[] };
            capture.write(time, &answer)?;
        }
    }
    capture.end()
}

/// The very thing that is to be diagnosed: each took 4 kB.
#[test]
fn a_flood_of_half_open_connections_is_read_and_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let capture = folder.path().join("flood.pcap");
    write_flood(&capture).expect("the capture");
    let report = |threads| report(&capture, 160, &["--threads", threads]);
    let told = report("1");
    assert_eq!(told, report("3"), "what is folded depends on the number of threads");
    let judged = told["totals"]["failures"].as_u64().expect("failures");
    let beside: u64 = texts(&told["coverage"]["notes"])
        .into_iter()
        .filter(|note| note.contains("more failed before any request"))
        .filter_map(|note| note.split(' ').next()?.replace(',', "").parse::<u64>().ok())
        .sum();
    assert!((10_000..100_000).contains(&judged), "{judged}");
    assert_eq!(judged + beside, u64::from(SYNS) - 1 - STILL_CONNECTING, "{}", told["coverage"]);
    let warnings = texts(&told["inputs"][0]["warnings"]);
    assert!(
        warnings.iter().any(|warning| warning.contains("half-open connections given up")),
        "{warnings:?}"
    );
}
