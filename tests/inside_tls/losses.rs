//! What one lost packet costs in the recordings of real programs, and that packets in the wrong order cost nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::captures::{Row, folder, read_rows};
use crate::support::capture::FileFormat;

/// The type of a record of application data (RFC 8446, 5.1).
const APPLICATION_DATA: u8 = 23;

/// A packet of a recording: when, and its bytes.
type Frame = (i64, Vec<u8>);

fn frames(path: &Path) -> Vec<Frame> {
    let packed = fs::File::open(path).expect("a capture");
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("a packed file");
    crate::frames(&bytes)
}

/// Bytes of TCP payload, of IPv4 behind Ethernet.
fn payload(frame: &[u8]) -> usize {
    let header = usize::from(frame[14] & 15) * 4;
    let total = usize::from(u16::from_be_bytes([frame[16], frame[17]]));
    total - header - usize::from(frame[14 + header + 12] >> 4) * 4
}

fn counted(rows: Vec<Row>) -> BTreeMap<Row, usize> {
    let mut counted = BTreeMap::new();
    rows.into_iter().for_each(|row| *counted.entry(row).or_default() += 1);
    counted
}

/// Rows of one that the other has not, as often.
fn beyond(one: &BTreeMap<Row, usize>, other: &BTreeMap<Row, usize>) -> Vec<Row> {
    let more = |(row, count): (&Row, &usize)| {
        vec![row.clone(); count.saturating_sub(other.get(row).copied().unwrap_or(0))]
    };
    one.iter().flat_map(more).collect()
}

/// Whether a message of HTTP/2 is this one, of which some fields are unknown: their compression stands on what was lost.
fn tells_less(read: &Row, whole: &Row) -> bool {
    let is_known_or_equal = |at: usize| read[at].is_empty() || read[at] == whole[at];
    read[1] != "0" && read[..2] == whole[..2] && (2..read.len()).all(is_known_or_equal)
}

/// Messages that are not read any more. None is invented.
fn lost(name: &str, whole: &BTreeMap<Row, usize>, read: &BTreeMap<Row, usize>) -> usize {
    let mut missing = beyond(whole, read);
    for row in beyond(read, whole) {
        let known = missing.iter().position(|whole| tells_less(&row, whole));
        missing.remove(known.unwrap_or_else(|| panic!("{name}: {row:?} was never said")));
    }
    missing.len()
}

/// A recording, and what is read of its packets.
struct Recording {
    all: Vec<Frame>,
    keys: PathBuf,
    out: TempDir,
}

impl Recording {
    fn of(name: &str) -> Recording {
        let all = frames(&folder().join(format!("{name}.pcap.gz")));
        let out = tempfile::tempdir().expect("a temporary folder");
        Recording { all, keys: folder().join(format!("{name}.keys")), out }
    }

    fn read<'f>(&self, frames: impl Iterator<Item = &'f Frame>) -> BTreeMap<Row, usize> {
        let path = self.out.path().join("some.pcap");
        let file = FileFormat::PcapNanoseconds.write(frames.map(|(time, bytes)| (*time, bytes.as_slice())));
        fs::write(&path, file).expect("a file");
        counted(read_rows(&[path, self.keys.clone()]))
    }
}

/// Each packet with data behind the handshake is left out once. It costs the message of which it had a part, in TLS 1.0 that of the next record too, and over
/// HTTP/2 what is unknown of later fields.
#[test]
fn one_lost_packet_costs_one_message_and_nothing_is_invented() {
    for name in [
        "tls10",
        "tls11-mac-first",
        "proxy-1",
        "proxy-2-long",
        "starttls-smtp",
        "early-data",
        "h2-tls12",
        "h2-tls13",
    ] {
        let recording = Recording::of(name);
        let whole = recording.read(recording.all.iter());
        let most = if name == "tls10" { 2 } else { 1 };
        let mut tried = 0;
        for (at, (_, bytes)) in recording.all.iter().enumerate() {
            // Without a hello nothing of its connection can be opened.
            let start = bytes.len() - payload(bytes);
            if bytes.get(start).is_none_or(|kind| *kind != APPLICATION_DATA) {
                continue;
            }
            let others = recording.all.iter().enumerate().filter(|(other, _)| *other != at);
            let lost = lost(name, &whole, &recording.read(others.map(|(_, frame)| frame)));
            assert!(lost <= most, "{name}, packet {}: {lost} lost", at + 1);
            tried += 1;
        }
        assert!(tried > 1, "{name}");
    }
}

/// Each packet with data changes places with the next one, where that is of the same side and nothing was acknowledged in between.
#[test]
fn packets_in_the_wrong_order_cost_nothing() {
    let mut tried = 0;
    for name in ["proxy-1", "early-data-retry", "h2-tls12", "h2-tls13"] {
        let recording = Recording::of(name);
        let whole = recording.read(recording.all.iter());
        let with_data: Vec<usize> =
            (0..recording.all.len()).filter(|at| payload(&recording.all[*at].1) > 0).collect();
        let ends = |at: usize| &recording.all[at].1[26..38];
        for pair in
            with_data.windows(2).filter(|pair| pair[1] == pair[0] + 1 && ends(pair[0]) == ends(pair[1]))
        {
            let mut frames = recording.all.clone();
            (frames[pair[0]].1, frames[pair[1]].1) =
                (recording.all[pair[1]].1.clone(), recording.all[pair[0]].1.clone());
            assert_eq!(recording.read(frames.iter()), whole, "{name}, packet {}", pair[0] + 1);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}
