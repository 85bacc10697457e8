//! Captures with holes: what lies behind a hole is part of the incident, what lies inside packets is not.

use proptest::prelude::*;

use crate::capture::{Reader, Summary, read_slice, read_stream, recognise};

const START: u32 = 1_700_000_000;

fn file_header() -> Vec<u8> {
    let words = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 262_144, 1];
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn record(number: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let words = [START + number / 100, number % 100 * 10_000, length, length];
    words.into_iter().flat_map(u32::to_le_bytes).chain(data.iter().copied()).collect()
}

/// Bytes that are no header's, and tell packets apart.
fn data(number: u32, length: usize) -> Vec<u8> {
    let digits = (0..4).map(|digit| 0x80 | (number >> (7 * digit) & 0x7f) as u8);
    digits.chain((0..length).map(|at| 0x80 | at as u8)).collect()
}

fn packets(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|number| data(number, 32 + (number as usize * 37) % 1_400)).collect()
}

/// The file, and where each record begins.
fn file(packets: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
    let mut file = file_header();
    let mut starts = Vec::new();
    for (number, data) in (0..).zip(packets) {
        starts.push(file.len());
        file.extend(record(number, data));
    }
    (file, starts)
}

/// The packets' bytes; the same whether the file is mapped or comes in blocks.
fn read(file: &[u8]) -> (Vec<Vec<u8>>, Summary) {
    let mut reader = Reader::new(recognise(file).unwrap());
    let mut packets = Vec::new();
    read_slice(&mut reader, file, |packet| packets.push(packet.data.to_vec()));
    for block in [1_000, 1 << 20] {
        let mut again = Vec::new();
        let mut streamed = Reader::new(recognise(file).unwrap());
        read_stream(&mut streamed, file, block, |packet| again.push(packet.data.to_vec())).unwrap();
        assert!(packets == again, "{} packets of a map, {} in blocks", packets.len(), again.len());
        assert_eq!(reader.summary(), streamed.summary());
    }
    (packets, reader.summary().clone())
}

/// The first packet that is read where records are found again from this one on.
fn resumed(packets: &[Vec<u8>], starts: &[usize], hole: usize, found: usize) -> usize {
    let largest = packets[..hole].iter().map(Vec::len).max().unwrap();
    starts.iter().position(|&start| start >= starts[found] + 16 + largest).unwrap()
}

#[test]
fn a_hole_costs_the_packets_that_lie_in_it_and_not_the_rest_of_the_incident() {
    let packets = packets(1_500);
    let (whole, starts) = file(&packets);
    for fill in [0, 0xff] {
        let mut holed = whole.clone();
        // From the header of packet 700 into packet 720.
        holed[starts[700]..starts[720] + 20].fill(fill);
        let (read, summary) = read(&holed);
        let on = resumed(&packets, &starts, 700, 721);
        assert!(on < 740, "{on}");
        assert!(read[..700] == packets[..700] && read[700..] == packets[on..], "{} packets", read.len());
        assert_eq!(summary.damaged_places, 1);
        let skipped = starts[on] - starts[700];
        let warning = &summary.warnings()[0];
        assert!(warning.starts_with("damaged after packet 700: "), "{warning}");
        assert!(warning.contains(&format!("; read on after {skipped} bytes")), "{warning}");
    }
}

#[test]
fn a_capture_inside_a_packet_is_nothing_that_was_captured() {
    // Somebody downloads a capture of the same day, in offloaded packets of 60,000 bytes, of which the second is its end.
    let inner: Vec<Vec<u8>> = (0..1_200).map(|number| data(1 << 20 | number, 80)).collect();
    let (inner, _) = file(&inner);
    let (first, second) = inner.split_at(60_000);
    for last in [second, &second[..50_000]] {
        let mut packets = packets(1_500);
        packets[698] = [data(698, 100), first.to_vec()].concat();
        packets[700] = [data(700, 100), last.to_vec()].concat();
        let (mut holed, starts) = file(&packets);
        holed[starts[699]..starts[700] + 1_000].fill(0);
        let (read, summary) = read(&holed);
        assert!(read[..699] == packets[..699], "{} packets", read.len());
        let on = packets.iter().position(|packet| packet == &read[699]);
        assert!(on.is_some_and(|on| on > 700 && read[699..] == packets[on..]), "{on:?}");
        assert_eq!(summary.damaged_places, 1);
    }
}

#[test]
fn holes_far_apart_are_told_one_by_one() {
    let packets = packets(3_000);
    let (mut holed, starts) = file(&packets);
    for at in [500, 1_500, 2_500] {
        holed[starts[at] + 8..starts[at] + 12].fill(0xff);
    }
    let (read, summary) = read(&holed);
    assert_eq!(summary.damaged_places, 3);
    let mut want = Vec::new();
    let mut from = 0;
    for at in [500, 1_500, 2_500] {
        want.extend_from_slice(&packets[from..at]);
        from = resumed(&packets, &starts, at, at + 1);
    }
    want.extend_from_slice(&packets[from..]);
    assert!(read == want, "{} packets, not {}", read.len(), want.len());
}

#[test]
fn zeros_to_the_end_are_no_packets() {
    let packets = packets(10);
    let (mut file, starts) = file(&packets);
    file.truncate(starts[9]);
    file.resize(starts[9] + 10_000, 0);
    let (read, summary) = read(&file);
    assert_eq!(read, packets[..9]);
    assert_eq!(
        summary.warnings(),
        ["damaged after packet 9: zeros where the next begins; the rest of the file cannot be read"]
    );
}

#[test]
fn too_little_to_be_believed_is_not_read() {
    let packets: Vec<Vec<u8>> = (0..100).map(|number| data(number, 100)).collect();
    let (whole, starts) = file(&packets);
    // Of three records the first is left out.
    for (hole, found) in [(96, 98), (97, 97)] {
        let mut holed = whole.clone();
        holed[starts[hole] + 8..starts[hole] + 12].fill(0xff);
        let (read, summary) = read(&holed);
        assert_eq!((read.len(), summary.damaged_places), (found, 1), "damage in packet {hole}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a hole is: what lies before it and well behind it is read, each packet once and in order, and nothing is invented.
    #[test]
    fn any_hole_costs_what_it_touches(
        count in 30u32..60,
        from in any::<prop::sample::Index>(),
        length in 1usize..3_000,
        zeros in any::<bool>(),
    ) {
        let packets: Vec<Vec<u8>> = (0..count).map(|number| data(number, 32 + (number as usize * 37) % 200)).collect();
        let (mut holed, starts) = file(&packets);
        let end = starts[count as usize - 12];
        let from = starts[1] + from.index(end - starts[1]);
        let to = (from + length).min(end);
        // A length that only became larger, not too large, is believed: it swallows what it covers.
        let believed = starts.iter().any(|&start| (start + 9..=start + 10).contains(&to));
        prop_assume!(zeros || !believed);
        holed[from..to].fill(if zeros { 0 } else { 0xff });
        let (read, _) = read(&holed);
        let behind = starts.iter().position(|&start| start >= to).unwrap();
        let before = starts.partition_point(|&start| start < from) - 1;
        // What the hole touches, or what follows it too closely, may be read or not, and its data may be damaged.
        prop_assert!(read[..before] == packets[..before]);
        let sure = &packets[behind + 6..];
        prop_assert!(read.ends_with(sure), "{} packets, hole from {} to {}", read.len(), before, behind);
        // A packet whose data the hole touches, and one whose length it changed.
        let odd = read.iter().filter(|data| !packets.contains(data)).count();
        prop_assert!(odd <= 2, "{} odd packets", odd);
        prop_assert!(read.len() <= packets.len());
    }
}
