//! A path with a smaller MTU sends packets in fragments. A capture taken there must lead to the same cause as any other.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayscope::capture::{Reader, read_slice, recognise};
use serde_json::Value;
use support::capture::FileFormat;
use support::folder::copy;
use support::series::{cut, goes_on_between_files};

/// Bytes that the link carries in one packet, without Ethernet's header.
const MTU: usize = 100;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// The fragments of an Ethernet frame's IPv4 packet, the last one first; `None` where the packet is not IPv4, or is small.
fn pieces(frame: &[u8], id: u16) -> Option<Vec<Vec<u8>>> {
    let (ethernet, ip) = frame.split_at_checked(14)?;
    let header_length = usize::from(ip.first()? & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?]));
    let (header, payload) = ip.get(..total)?.split_at_checked(header_length)?;
    let room = (MTU - header_length) / 8 * 8;
    if !ethernet.ends_with(&[8, 0]) || payload.len() <= room {
        return None;
    }
    let last = (payload.len() - 1) / room;
    let cut = payload.chunks(room).enumerate().map(|(number, piece)| {
        let mut header = header.to_vec();
        let more = if number < last { 0x2000 } else { 0 };
        header[2..4].copy_from_slice(&((header_length + piece.len()) as u16).to_be_bytes());
        header[4..6].copy_from_slice(&id.to_be_bytes());
        header[6..8].copy_from_slice(&(more | (number * room / 8) as u16).to_be_bytes());
        [ethernet, &header, piece].concat()
    });
    Some(cut.rev().collect())
}

/// The capture with every packet that is larger than the MTU in fragments, and the number of such packets.
fn fragmented(capture: &[u8]) -> (Vec<u8>, u64) {
    let (mut frames, mut fragments) = (Vec::new(), 0);
    let mut reader = Reader::new(recognise(capture).expect("a capture"));
    read_slice(&mut reader, capture, |packet| {
        assert_eq!(packet.original_length as usize, packet.data.len(), "the sample holds whole packets");
        let cut = pieces(packet.data, packet.frame as u16);
        fragments += cut.as_ref().map_or(0, |pieces| pieces.len() as u64);
        let cut = cut.unwrap_or_else(|| vec![packet.data.to_vec()]);
        frames.extend(cut.into_iter().map(|frame| (packet.time.0, frame)));
    });
    let packets = frames.iter().map(|(time, frame)| (*time, frame.as_slice()));
    (FileFormat::PcapNanoseconds.write(packets), fragments)
}

fn report(folder: &Path, threads: &str) -> String {
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .args(["diagnose", "--threads", threads, "--out"])
        .args([out.path(), folder])
        .output()
        .expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    fs::read_to_string(out.path().join("report.json")).expect("a report")
}

fn capture_facts(report: &Value) -> &Value {
    let inputs = report["inputs"].as_array().expect("inputs");
    &inputs.iter().find(|input| input["kind"] == "capture").expect("the capture")["facts"]
}

/// The causes, and how many rays each explains.
fn causes(report: &Value) -> Vec<(&Value, &Value)> {
    let causes = report["causes"].as_array().expect("causes");
    causes.iter().map(|cause| (&cause["slug"], &cause["rays"])).collect()
}

/// Parts of a packet that lie in two files of a series.
#[test]
fn a_stop_between_fragments_changes_no_byte() {
    let capture = fs::read(sample("keepalive-race").join("origin/cap.pcap")).expect("the sample's capture");
    let folder = tempfile::tempdir().expect("a temporary folder");
    cut(&fragmented(&capture).0, 9, 520, folder.path());
    assert!(goes_on_between_files(folder.path()).len() > 4);
}

#[test]
fn an_incident_behind_a_small_mtu_has_the_same_cause() {
    for name in ["keepalive-race", "mixed-keepalive-and-worker-crash"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&sample(name), folder.path());
        let whole = report(folder.path(), "2");
        let capture = folder.path().join("origin/cap.pcap");
        let (bytes, fragments) = fragmented(&fs::read(&capture).expect("the sample's capture"));
        fs::write(&capture, bytes).expect("a file");
        let cut = report(folder.path(), "2");
        assert!(cut == report(folder.path(), "1"), "{name}: threads change the report");

        let [whole, cut]: [Value; 2] = [whole, cut].map(|text| serde_json::from_str(&text).expect("JSON"));
        assert_eq!(capture_facts(&cut)["ip_fragments"], fragments, "{name}");
        assert!(fragments > 1_000, "{name}: {fragments} fragments");
        for fact in ["tcp_packets", "syn", "fin", "rst", "tcp_payload_bytes", "tcp_streams", "http1_requests"]
        {
            assert_eq!(capture_facts(&cut)[fact], capture_facts(&whole)[fact], "{name}: {fact}");
        }
        assert_eq!(causes(&cut), causes(&whole), "{name}");
        assert_eq!(cut["totals"], whole["totals"], "{name}");
    }
}
