//! Our own reading of captures, compared with that of pcap-parser and etherparse, which other people wrote.
//!
//! The program also uses both: pcap-parser reads the pcapng blocks other than packets, etherparse the headers of packets that are not
//! plain. For these tasks they are no independent check. So only what is our own code is compared here: the walk over packet records,
//! file headers, the short way for plain packets, TCP's header and options. What the two libraries do in the program is compared with
//! tshark's reading of the corpus (`corpus_facts`, `corpus_streams`), and with packets written by hand in the unit tests.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

use std::path::{Path, PathBuf};

use etherparse::{LaxSlicedPacket, PacketBuilder, TcpOptionElement, TransportSlice};
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader, parse_pcap_header};
use proptest::prelude::*;
use rayscope::capture::clock::Resolution;
use rayscope::capture::{Packet, Reader, read_slice, recognise};
use rayscope::packet::{Carried, Options, Tally, decode, link_types};

/// A packet as both readings give it: its captured bytes and, for a TCP segment, ports, sequence number, flags and payload length.
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
            Carried::Tcp(segment) => Some((
                segment.source_port,
                segment.destination_port,
                segment.sequence,
                // FIN, SYN, RST and ACK decide what becomes of a connection.
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

/// If a segment is misread, the evidence of a cause is wrong.
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

/// If the file header is misread, every time is wrong or every packet is missed. pcap-parser knows these five of the six magic numbers.
#[test]
fn file_headers_of_pcap_are_what_another_parser_makes_of_them() {
    for magic in [0xa1b2_c3d4u32, 0xa1b2_3c4d, 0xa1b2_cd34, 0xd4c3_b2a1, 0x4d3c_b2a1] {
        for (snaplen, link) in [(65_535, 1), (96, 113), (0, 276)] {
            let swapped = magic & 0xffff == 0xb2a1;
            let number = |number: u32| if swapped { number.to_be_bytes() } else { number.to_le_bytes() };
            let version = if swapped { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
            let file = [magic.to_le_bytes(), version, [0; 4], [0; 4], number(snaplen), number(link)].concat();
            let (_, theirs) = parse_pcap_header(&file).expect("pcap-parser knows the format");
            let mut reader = Reader::new(recognise(&file).expect("a capture"));
            read_slice(&mut reader, &file, |_| {});
            let ours = &reader.summary().interfaces[0];
            assert_eq!((i32::from(ours.link), ours.snaplen), (theirs.network.0, theirs.snaplen));
            let digits = if theirs.is_nanosecond_precision() { 9 } else { 6 };
            assert_eq!(ours.resolution, Resolution::Decimal(digits));
        }
    }
}

fn option() -> impl Strategy<Value = TcpOptionElement> {
    prop_oneof![
        Just(TcpOptionElement::Noop),
        any::<u16>().prop_map(TcpOptionElement::MaximumSegmentSize),
        any::<u8>().prop_map(TcpOptionElement::WindowScale),
        Just(TcpOptionElement::SelectiveAcknowledgementPermitted),
        any::<(u32, u32)>().prop_map(|(now, echo)| TcpOptionElement::Timestamp(now, echo)),
    ]
}

proptest! {
    /// If the window scale is misread, a receiver seems to be full that is not, or the reverse.
    #[test]
    fn options_of_a_handshake_are_what_another_decoder_writes(options in prop::collection::vec(option(), 0..5)) {
        let builder = PacketBuilder::ethernet2([1; 6], [2; 6])
            .ipv4([172, 64, 0, 1], [192, 0, 2, 1], 57)
            .tcp(40_000, 443, 7, 1_024)
            .syn()
            .options(&options);
        prop_assume!(builder.is_ok());
        let builder = builder.expect("options that fit");
        let mut data = Vec::new();
        builder.write(&mut data, &[]).expect("memory");
        let mut expected = Options::default();
        for option in &options {
            match *option {
                TcpOptionElement::MaximumSegmentSize(size) => expected.mss = Some(size),
                TcpOptionElement::WindowScale(shift) => expected.window_scale = Some(shift.min(14)),
                TcpOptionElement::SelectiveAcknowledgementPermitted => expected.sack_permitted = true,
                _ => {}
            }
        }
        let original_length = u32::try_from(data.len()).expect("a short packet");
        let packet = Packet {
            frame: 1,
            time: rayscope::time::Time(0),
            timed: true,
            original_length,
            data: &data,
            link: link_types::ETHERNET,
            fcs: 0,
            interface: 0,
        };
        let Carried::Tcp(segment) = decode(&packet, &mut Tally::default()) else { panic!("TCP") };
        prop_assert_eq!(segment.options, expected);
    }
}
