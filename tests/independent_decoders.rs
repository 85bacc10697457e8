//! What our own walk and decoding make of real captures, against pcap-parser and etherparse, which other people wrote.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

use std::path::{Path, PathBuf};

use etherparse::{LaxSlicedPacket, TransportSlice};
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
use rayscope::capture::{Reader, read_slice, recognise};
use rayscope::packet::{Content, Tally, decode};

/// A packet as either side sees it: its captured bytes, and of a TCP segment ports, sequence number, flags and payload length.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    captured: usize,
    tcp: Option<(u16, u16, u32, u8, usize)>,
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of samples").flatten() {
        let path = entry.path();
        if path.is_dir() {
            captures(&path, found);
        } else if std::fs::read(&path).is_ok_and(|bytes| recognise(&bytes).is_some()) {
            found.push(path);
        }
    }
}

fn ours(bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut reader = Reader::new(recognise(bytes).expect("a capture"));
    read_slice(&mut reader, bytes, |packet| {
        let tcp = match decode(packet, &mut Tally::default()) {
            Content::Tcp(segment) => Some((
                segment.source_port,
                segment.destination_port,
                segment.sequence,
                // FIN, SYN, RST and ACK: what decides of a connection.
                segment.flags.0 & 0x17,
                segment.length as usize,
            )),
            _ => None,
        };
        seen.push(Seen { captured: packet.data.len(), tcp });
    });
    seen
}

fn theirs(bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut reader = create_reader(1 << 20, bytes).expect("pcap-parser knows the format");
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::Legacy(record) => {
                        seen.push(slice(&record.data[..record.caplen as usize]))
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(record)) => {
                        seen.push(slice(&record.data[..record.caplen as usize]));
                    }
                    _ => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Incomplete(_)) => reader.refill().expect("more bytes"),
            Err(PcapError::Eof) => return seen,
            Err(error) => panic!("pcap-parser: {error:?}"),
        }
    }
}

fn slice(data: &[u8]) -> Seen {
    let sliced = LaxSlicedPacket::from_ethernet(data).expect("Ethernet");
    let tcp = match &sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let bit = |set: bool, place: u8| u8::from(set) << place;
            let flags = bit(tcp.fin(), 0) | bit(tcp.syn(), 1) | bit(tcp.rst(), 2) | bit(tcp.ack(), 4);
            let length = tcp.payload().len();
            Some((tcp.source_port(), tcp.destination_port(), tcp.sequence_number(), flags, length))
        }
        _ => None,
    };
    Seen { captured: data.len(), tcp }
}

/// A segment that is misread is evidence that is misread.
#[test]
fn packets_of_the_samples_are_what_other_decoders_make_of_them() {
    let mut found = Vec::new();
    captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &mut found);
    assert!(found.len() >= 3, "{found:?}");
    for path in found {
        let bytes = std::fs::read(&path).expect("a sample");
        let (ours, theirs) = (ours(&bytes), theirs(&bytes));
        assert!(ours.len() > 500 && ours.iter().any(|seen| seen.tcp.is_some()), "{}", path.display());
        assert_eq!(ours.len(), theirs.len(), "{}", path.display());
        for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(ours, theirs, "{} frame {}", path.display(), number + 1);
        }
    }
}
