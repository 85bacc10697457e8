//! Connections that nobody answers.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::{report, texts};

/// Connections of the flood, a millisecond apart.
const SYNS: u32 = 250_000;
/// Of these, those of the capture's last second may still be answered.
const STILL_CONNECTING: u64 = 1_000;
/// 2026-11-17T08:00:00Z.
const START: u32 = 1_794_902_400;

/// A capture (raw IP, microseconds) of SYNs from the edge's addresses, each of which comes once.
fn write_flood(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let header = [0xa1b2_c3d4_u32, 4 << 16 | 2, 0, 0, 65_535, 101];
    header.iter().try_for_each(|word| file.write_all(&word.to_le_bytes()))?;
    for number in 0..SYNS {
        write_segment(&mut file, number, true)?;
        if number == 0 {
            // Of an origin that says nothing at all nobody knows whether it is silent.
            write_segment(&mut file, number, false)?;
        }
    }
    file.flush()
}

/// The SYN of a connection, or the answer to it.
fn write_segment(file: &mut impl Write, number: u32, from_edge: bool) -> std::io::Result<()> {
    let record = [START + number / 1_000, number % 1_000 * 1_000, 40, 40];
    record.iter().try_for_each(|word| file.write_all(&word.to_le_bytes()))?;
    let [_, b, c, d] = (number / 50).to_be_bytes();
    let port = u16::try_from(1_024 + number % 50 * 1_291).expect("a port").to_be_bytes();
    let (edge, origin) = ([172, 68 + b, c, d], [203, 0, 113, 10]);
    let first = number.wrapping_mul(2_654_435_761);
    let (addresses, ports, numbers, flags) = match from_edge {
        true => ([edge, origin], [port, [0x01, 0xbb]], [first, 0], 0x02),
        false => ([origin, edge], [[0x01, 0xbb], port], [7, first.wrapping_add(1)], 0x12),
    };
    file.write_all(&[0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0])?;
    file.write_all(&[addresses[0], addresses[1]].concat())?;
    file.write_all(&[ports[0], ports[1]].concat())?;
    numbers.iter().try_for_each(|number| file.write_all(&number.to_be_bytes()))?;
    file.write_all(&[0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0])
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
