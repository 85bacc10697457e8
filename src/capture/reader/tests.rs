//! Captures built by hand, one for each oddity that other readers get wrong.

use pcap_parser::{CB_MAGIC, DSB_MAGIC, EPB_MAGIC, IDB_MAGIC, ISB_MAGIC, NRB_MAGIC, SHB_MAGIC, SPB_MAGIC};
use proptest::prelude::*;

use super::*;
use crate::capture::order::Order;
use crate::capture::pcapng::OLD_PACKET;
use crate::capture::{read_slice, read_stream, recognise};
use crate::time::{Duration, Time};

#[derive(Clone, Copy)]
struct Builder(Order);

impl Builder {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.0 == Order::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        if self.0 == Order::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn pcap(self, magic: u32, link: u32) -> Vec<u8> {
        let mut file = self.u32(magic).to_vec();
        file.extend(self.u16(2));
        file.extend(self.u16(4));
        file.extend([0; 8]);
        file.extend(self.u32(65_535));
        file.extend(self.u32(link));
        file
    }

    fn record(self, seconds: u32, fraction: u32, data: &[u8], original: u32) -> Vec<u8> {
        let lengths = [seconds, fraction, data.len() as u32, original];
        let mut record: Vec<u8> = lengths.into_iter().flat_map(|word| self.u32(word)).collect();
        record.extend(data);
        record
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0xee);
        let length = self.u32(body.len() as u32 + 12);
        [&self.u32(kind)[..], &length, &body, &length].concat()
    }

    fn section(self) -> Vec<u8> {
        let body = [&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &[0xff; 8]].concat();
        self.block(SHB_MAGIC, &body)
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut option = [self.u16(code), self.u16(value.len() as u16)].concat();
        option.extend(value);
        option.resize(option.len().next_multiple_of(4), 0);
        option
    }

    fn interface(self, link: u16, snaplen: u32, options: &[Vec<u8>]) -> Vec<u8> {
        let body = [&self.u16(link)[..], &[0; 2], &self.u32(snaplen), &options.concat()].concat();
        self.block(IDB_MAGIC, &body)
    }

    fn enhanced(self, interface: u32, units: u64, data: &[u8], original: u32) -> Vec<u8> {
        let words = [interface, (units >> 32) as u32, units as u32, data.len() as u32, original];
        let mut body: Vec<u8> = words.into_iter().flat_map(|word| self.u32(word)).collect();
        body.extend(data);
        self.block(EPB_MAGIC, &body)
    }

    fn simple(self, data: &[u8], original: u32) -> Vec<u8> {
        self.block(SPB_MAGIC, &[&self.u32(original)[..], data].concat())
    }
}

const ORDERS: [Builder; 2] = [Builder(Order::Little), Builder(Order::Big)];

/// Frame number, time, data and original length of all packets, and the summary.
type WholeFile = (Vec<(u64, Time, Vec<u8>, u32)>, Summary);

fn read(file: &[u8]) -> WholeFile {
    let mut reader = Reader::new(recognise(file).unwrap());
    let mut packets = Vec::new();
    read_slice(&mut reader, file, |packet| {
        packets.push((packet.frame, packet.time, packet.data.to_vec(), packet.original_length));
    });
    (packets, reader.summary().clone())
}

/// The same, one step at a time.
fn stepped(file: &[u8]) -> WholeFile {
    let mut reader = Reader::new(recognise(file).unwrap());
    let mut packets = Vec::new();
    let mut rest = file;
    loop {
        let (used, step) = reader.next(rest, true);
        rest = &rest[used..];
        match step {
            WalkStep::Packet(packet) => {
                packets.push((packet.frame, packet.time, packet.data.to_vec(), packet.original_length));
            }
            WalkStep::Damage(_) => {}
            WalkStep::More(_) | WalkStep::End => return (packets, reader.summary().clone()),
        }
    }
}

fn streamed(file: &[u8], block: usize) -> WholeFile {
    let mut reader = Reader::new(recognise(file).unwrap());
    let mut packets = Vec::new();
    read_stream(&mut reader, file, block, |packet| {
        packets.push((packet.frame, packet.time, packet.data.to_vec(), packet.original_length));
    })
    .unwrap();
    (packets, reader.summary().clone())
}

#[test]
fn pcap_of_either_byte_order_and_unit_gives_the_same_packets() {
    for builder in ORDERS {
        for (magic, fraction) in [(0xa1b2_c3d4, 250_000), (0xa1b2_3c4d, 250_000_000)] {
            let mut file = builder.pcap(magic, 1);
            file.extend(builder.record(10, fraction, b"abc", 60));
            file.extend(builder.record(9, 0, b"", 0));
            let (packets, summary) = read(&file);
            let first = (1, Time::from_seconds(10, 250_000_000), b"abc".to_vec(), 60);
            assert_eq!(packets, [first, (2, Time::from_seconds(9, 0), vec![], 0)]);
            assert_eq!((summary.packets, summary.bytes, summary.captured_bytes), (2, 60, 3));
            assert_eq!((summary.cut_packets, summary.time_goes_back), (1, 1));
            assert_eq!(summary.last, Some(Time::from_seconds(9, 0)));
            let warnings = summary.warnings();
            assert!(matches!(&warnings[..], [only] if only.contains("1.2 s")), "{warnings:?}");
        }
    }
}

#[test]
fn the_modified_pcap_keeps_its_longer_record_header_apart_from_the_data() {
    for builder in ORDERS {
        let mut file = builder.pcap(0xa1b2_cd34, 1);
        let mut record = builder.record(1, 0, b"", 3);
        record.splice(8..12, builder.u32(3));
        file.extend([record, vec![9; 8], b"xyz".to_vec()].concat());
        assert_eq!(read(&file).0, [(1, Time::from_seconds(1, 0), b"xyz".to_vec(), 3)]);
    }
}

#[test]
fn a_cut_file_says_after_which_packet_and_keeps_the_packets_before() {
    let builder = Builder(Order::Little);
    let mut file = builder.pcap(0xa1b2_c3d4, 1);
    file.extend(builder.record(1, 0, &[7; 48], 48));
    file.extend(builder.record(2, 0, &[7; 48], 48));
    let (packets, summary) = read(&file[..file.len() - 47]);
    assert_eq!(packets.len(), 1);
    assert_eq!(summary.warnings(), ["cut short after packet 1: 17 of 64 bytes"]);
    let (packets, summary) = read(&file[..24 + 64 + 3]);
    assert_eq!(packets.len(), 1);
    assert_eq!(summary.warnings(), ["cut short after packet 1: 3 of 16 bytes"]);
    assert_eq!(read(&file[..20]).1.warnings(), ["cut short before the first packet: 20 of 24 bytes"]);
}

#[test]
fn a_record_of_impossible_length_ends_a_pcap_with_a_warning() {
    let builder = Builder(Order::Little);
    let mut file = builder.pcap(0xa1b2_c3d4, 1);
    file.extend(builder.record(1, 0, b"abc", 3));
    file.extend([1u32, 0, 4_325_376, 60].into_iter().flat_map(|word| builder.u32(word)));
    let (packets, summary) = read(&file);
    assert_eq!(packets.len(), 1);
    assert_eq!(summary.damaged_places, 1);
    assert!(summary.warnings()[0].starts_with("damaged after packet 1: the next claims 4325376 bytes"));
}

#[test]
fn pcapng_clocks_follow_their_own_interface() {
    for builder in ORDERS {
        let offset = if builder.0 == Order::Little { 3_600i64.to_le_bytes() } else { 3_600i64.to_be_bytes() };
        let mut file = builder.section();
        file.extend(builder.interface(1, 0, &[]));
        file.extend(builder.interface(113, 0, &[builder.option(9, &[9]), builder.option(14, &offset)]));
        file.extend(builder.interface(1, 0, &[builder.option(2, b"eth0"), builder.option(9, &[0x94])]));
        file.extend(builder.enhanced(0, 1_500_000, b"one", 3));
        file.extend(builder.enhanced(1, 1_500_000_000, b"three", 5));
        file.extend(builder.enhanced(2, 3 << 19, &[1; 61], 61));
        let (packets, summary) = read(&file);
        let times: Vec<Time> = packets.iter().map(|packet| packet.1).collect();
        let half = Time::from_seconds(1, 500_000_000);
        assert_eq!(times, [half, half.plus(Duration::from_seconds(3_600)), half]);
        assert_eq!(packets[2].2.len(), 61, "padding is no data");
        assert_eq!(summary.link_types.iter().copied().collect::<Vec<_>>(), [1, 113]);
        assert_eq!(summary.interfaces[2].name, "eth0");
    }
}

#[test]
fn sections_of_both_byte_orders_follow_each_other_and_count_interfaces_anew() {
    let mut file = Vec::new();
    for (builder, link) in ORDERS.into_iter().zip([1, 228]) {
        file.extend(builder.section());
        file.extend(builder.interface(link, 0, &[]));
        file.extend(builder.enhanced(0, 1_000_000, b"data", 4));
    }
    let mut links = Vec::new();
    let mut reader = Reader::new(CaptureFormat::Pcapng);
    read_slice(&mut reader, &file, |packet| links.push((packet.frame, packet.link, packet.interface)));
    assert_eq!(links, [(1, 1, 0), (2, 228, 1)]);
}

#[test]
fn simple_packets_are_cut_at_the_snap_length_and_have_no_time() {
    let builder = Builder(Order::Big);
    let mut file = builder.section();
    file.extend(builder.interface(1, 5, &[]));
    file.extend(builder.enhanced(0, 7_000_000, b"x", 1));
    file.extend(builder.simple(b"12345", 9));
    let (packets, summary) = read(&file);
    assert_eq!(packets[1], (2, Time::from_seconds(7, 0), b"12345".to_vec(), 9));
    assert_eq!(summary.cut_packets, 1);
    let untimed = [builder.section(), builder.interface(1, 0, &[]), builder.simple(b"12345", 5)].concat();
    assert_eq!(read(&untimed).1.first, None);
}

#[test]
fn frame_numbers_are_those_of_wireshark_also_behind_custom_blocks() {
    let builder = Builder(Order::Little);
    let old = [&[0u8; 2][..], &[0; 2], &[0; 8], &builder.u32(2), &builder.u32(2), b"ok"].concat();
    let file = [
        builder.section(),
        builder.interface(1, 0, &[]),
        builder.block(NRB_MAGIC, &[0; 8]),
        builder.block(DSB_MAGIC, &[0; 8]),
        builder.block(CB_MAGIC, &[0; 8]),
        builder.block(0x7777, b"from the future"),
        builder.enhanced(0, 0, b"x", 1),
        builder.block(OLD_PACKET, &old),
    ]
    .concat();
    let (packets, summary) = read(&file);
    let frames: Vec<u64> = packets.iter().map(|packet| packet.0).collect();
    assert_eq!(frames, [2, 3]);
    assert_eq!((summary.packets, summary.frames), (2, 3));
}

#[test]
fn packets_lost_by_the_capturing_machine_are_reported() {
    for builder in ORDERS {
        let count =
            |count: u64| if builder.0 == Order::Little { count.to_le_bytes() } else { count.to_be_bytes() };
        let statistics = |interface: u64, system: u64| {
            let options = [builder.option(5, &count(interface)), builder.option(7, &count(system))].concat();
            builder.block(ISB_MAGIC, &[&[0; 12][..], &options].concat())
        };
        let file = [builder.section(), builder.interface(1, 0, &[])].concat();
        assert_eq!(read(&file).1.dropped(), None);
        let file = [file, statistics(3, 1), statistics(17, 2)].concat();
        assert_eq!(read(&file).1.dropped(), Some(19), "statistics are running totals");
    }
}

#[test]
fn frame_check_sequences_are_known_whether_counted_in_bytes_or_bits() {
    for builder in ORDERS {
        let told = [0u8, 4, 32, 255].map(|length| builder.interface(1, 0, &[builder.option(13, &[length])]));
        let (_, summary) = read(&[builder.section(), told.concat()].concat());
        assert_eq!(
            summary.interfaces.iter().map(|interface| interface.fcs).collect::<Vec<_>>(),
            [0, 4, 4, 4]
        );
    }
}

#[test]
fn a_description_of_a_million_options_is_refused_instead_of_kept_in_memory() {
    let builder = Builder(Order::Little);
    let options = vec![builder.option(1, &[]); 1 << 19];
    let file = [builder.section(), builder.interface(1, 0, &options), builder.interface(1, 0, &[])].concat();
    let (_, summary) = read(&file);
    assert_eq!((summary.interfaces.len(), summary.damaged_places), (1, 1));
    assert_eq!(summary.warnings(), ["a description of more than 1048576 bytes"]);
}

#[test]
fn a_damaged_block_costs_itself_and_not_the_rest_of_the_incident() {
    for builder in ORDERS {
        let head = [builder.section(), builder.interface(1, 0, &[])].concat();
        let mut broken = builder.enhanced(0, 0, b"broken", 6);
        broken.splice(4..8, builder.u32(1_000));
        let file = [head, broken, builder.enhanced(0, 5, b"good", 4)].concat();
        let (packets, summary) = read(&file);
        assert_eq!(packets.len(), 1);
        assert_eq!(packets[0].2, b"good");
        assert_eq!(summary.damaged_places, 1);
        assert!(summary.warnings()[0].contains("read on after 40 bytes"), "{:?}", summary.warnings());
    }
}

#[test]
fn zeros_behind_a_capture_are_told_once_and_end_it() {
    let builder = Builder(Order::Little);
    let mut file =
        [builder.section(), builder.interface(1, 0, &[]), builder.enhanced(0, 0, b"x", 1)].concat();
    file.extend([0; 4_096]);
    let (packets, summary) = read(&file);
    assert_eq!(packets.len(), 1);
    assert_eq!(summary.warnings(), ["4096 zero bytes follow packet 1; nothing was read there"]);
}

#[test]
fn an_unknown_section_version_is_told_and_read_on() {
    let builder = Builder(Order::Little);
    let mut section = builder.section();
    section.splice(12..14, builder.u16(2));
    let file = [section, builder.interface(1, 0, &[]), builder.enhanced(0, 0, b"x", 1)].concat();
    let (packets, summary) = read(&file);
    assert_eq!(packets.len(), 1);
    assert_eq!(summary.warnings(), ["pcapng version 2.0 is unknown; read as 1.0"]);
}

#[test]
fn a_broken_gzip_stream_keeps_what_was_inflated_before() {
    struct Broken<'a>(&'a [u8]);
    impl std::io::Read for Broken<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match std::io::Read::read(&mut self.0, buffer)? {
                0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
                count => Ok(count),
            }
        }
    }
    let builder = Builder(Order::Little);
    let mut file = builder.pcap(0xa1b2_c3d4, 1);
    file.extend(builder.record(1, 0, b"abc", 3));
    file.extend(builder.record(2, 0, b"abc", 3));
    let mut reader = Reader::new(CaptureFormat::Pcap);
    let mut count = 0;
    read_stream(&mut reader, Broken(&file[..50]), 8, |_| count += 1).unwrap();
    assert_eq!(count, 1);
    assert_eq!(reader.summary().damaged_places, 2);
    assert!(reader.summary().warnings()[0].contains("compressed data"));
}

fn any_capture() -> impl Strategy<Value = Vec<u8>> {
    let packet = (any::<bool>(), 0u32..3, any::<u64>(), prop::collection::vec(any::<u8>(), 0..90));
    (any::<bool>(), any::<bool>(), prop::collection::vec(packet, 0..12)).prop_map(
        |(big, classic, packets)| {
            let builder = ORDERS[usize::from(big)];
            let mut file = if classic {
                builder.pcap(0xa1b2_c3d4, 1)
            } else {
                [builder.section(), builder.interface(1, 64, &[]), builder.interface(1, 64, &[])].concat()
            };
            for (simple, interface, units, data) in packets {
                let original = data.len() as u32 + interface;
                file.extend(match (classic, simple) {
                    (true, _) => builder.record(units as u32, interface, &data, original),
                    (false, true) => builder.simple(&data, original),
                    (false, false) => builder.enhanced(interface, units, &data, original),
                });
            }
            file
        },
    )
}

proptest! {
    /// A gzip stream read in blocks must tell the same story as the file inflated and mapped, damage and all.
    #[test]
    fn blocks_of_any_size_give_what_the_whole_map_gives(
        mut file in any_capture(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        block in 1usize..200,
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let from = 12;
        for (place, value) in flips {
            let place = from + place.index(file.len() - from);
            file[place] = value;
        }
        if !whole {
            file.truncate(12 + cut.index(file.len() - 11));
        }
        prop_assert_eq!(read(&file), streamed(&file, block));
        prop_assert_eq!(read(&file), stepped(&file));
    }

    /// Whatever follows a magic: an end, and no panic.
    #[test]
    fn random_bytes_end_in_a_summary(tail in prop::collection::vec(any::<u8>(), 0..2_000), classic in any::<bool>()) {
        let builder = Builder(Order::Little);
        let mut file = if classic { builder.pcap(0xa1b2_3c4d, 1) } else { builder.section() };
        file.extend(&tail);
        let (packets, summary) = read(&file);
        prop_assert_eq!(packets.len() as u64, summary.packets);
    }
}
