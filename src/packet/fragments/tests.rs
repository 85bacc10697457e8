//! Fragments in every order and disorder.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::packet::{Segment, link_types};

const CLIENT: Ipv4Addr = Ipv4Addr::new(172, 64, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// One fragment: identification, offset in bytes, whether others follow, its part of the payload.
#[derive(Clone, Copy, Debug)]
struct FragmentPart<'a>(u16, usize, bool, &'a [u8]);

fn ipv4(protocol: u8, FragmentPart(id, offset, more, part): FragmentPart<'_>) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend((20 + part.len() as u16).to_be_bytes());
    header.extend(id.to_be_bytes());
    header.extend((u16::from(more) << 13 | (offset / 8) as u16).to_be_bytes());
    header.extend([57, protocol, 0, 0]);
    header.extend(CLIENT.octets());
    header.extend(SERVER.octets());
    header.extend(part);
    header
}

fn ipv6(next: u8, FragmentPart(id, offset, more, part): FragmentPart<'_>) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend((8 + part.len() as u16).to_be_bytes());
    header.extend([44, 57]);
    header.extend(CLIENT.to_ipv6_mapped().octets());
    header.extend(SERVER.to_ipv6_mapped().octets());
    header.extend([next, 0]);
    header.extend((offset as u16 | u16::from(more)).to_be_bytes());
    header.extend(u32::from(id).to_be_bytes());
    header.extend(part);
    header
}

/// A TCP segment's bytes.
fn tcp(data: &[u8]) -> Vec<u8> {
    let header = [0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 7, 0, 0, 0, 9, 0x50, 0x18, 0, 0x10, 0, 0, 0, 0];
    [&header[..], data].concat()
}

fn data(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

/// Cuts bytes at these multiples of eight.
fn cuts<'a>(id: u16, bytes: &'a [u8], at: &[usize]) -> Vec<FragmentPart<'a>> {
    let ends = at.iter().copied().chain([bytes.len()]);
    let starts = [0].into_iter().chain(at.iter().copied());
    starts.zip(ends).map(|(from, to)| FragmentPart(id, from, to < bytes.len(), &bytes[from..to])).collect()
}

/// What a receiver is told, and what it counts.
#[derive(Default)]
struct Receiver {
    fragments: Fragments,
    tally: Tally,
    frame: u64,
}

/// Of a segment: frame, source port, sequence number, time to live, data, length.
type Got = (u64, u16, u32, u8, Vec<u8>, u32);

impl Receiver {
    fn takes_at(&mut self, seconds: i64, link: u16, bytes: &[u8], captured: usize) -> Option<Got> {
        self.frame += 1;
        let packet = Packet {
            frame: self.frame,
            time: Time::from_seconds(seconds, 0),
            timed: true,
            original_length: bytes.len() as u32,
            data: &bytes[..captured.min(bytes.len())],
            link,
            fcs: 0,
            interface: 0,
        };
        let frame = self.frame;
        self.fragments.decode(&packet, &mut self.tally, |content| match content {
            Carried::Tcp(Segment { source_port, sequence, ttl, payload, length, .. }) => {
                Some((frame, *source_port, *sequence, *ttl, payload.to_vec(), *length))
            }
            _ => None,
        })
    }

    fn takes(&mut self, bytes: &[u8]) -> Option<Got> {
        self.takes_at(0, link_types::RAW, bytes, usize::MAX)
    }
}

#[test]
fn a_segment_in_fragments_is_the_segment_of_the_last_ones_frame() {
    let (data, bytes) = (data(500), tcp(&data(500)));
    for whole in [ipv4 as fn(u8, FragmentPart<'_>) -> Vec<u8>, ipv6] {
        let mut receiver = Receiver::default();
        let parts: Vec<Vec<u8>> =
            cuts(5, &bytes, &[16, 200, 304]).into_iter().map(|cut| whole(6, cut)).collect();
        // The first holds less than a TCP header: none of it counts before the last is there.
        for part in &parts[..3] {
            assert_eq!(receiver.takes(part), None);
        }
        assert_eq!((receiver.tally.tcp_packets, receiver.tally.warnings().len()), (0, 1));
        assert_eq!(receiver.takes(&parts[3]), Some((4, 40_000, 7, 57, data.clone(), 500)));
        let tally = &receiver.tally;
        assert_eq!((tally.tcp_packets, tally.tcp_payload_bytes), (1, 500));
        assert_eq!((tally.ip_fragments, tally.ipv4_packets + tally.ipv6_packets), (4, 4));
        assert_eq!((tally.tunnelled_packets, tally.warnings()), (0, vec![]));
    }
}

#[test]
fn fragments_of_different_datagrams_do_not_mix() {
    let bytes = tcp(&data(100));
    let (one, two) = (cuts(1, &bytes, &[64]), cuts(2, &bytes, &[64]));
    let mut receiver = Receiver::default();
    assert_eq!(receiver.takes(&ipv4(6, one[0])), None);
    assert_eq!(receiver.takes(&ipv4(6, two[1])), None, "another identification");
    assert_eq!(receiver.takes(&ipv4(17, one[1])), None, "another protocol");
    let mut tagged = vec![2; 12];
    tagged.extend([0x81, 0, 0, 9, 8, 0]);
    tagged.extend(ipv4(6, one[1]));
    assert_eq!(receiver.takes_at(0, link_types::ETHERNET, &tagged, usize::MAX), None, "another VLAN");
    assert!(receiver.takes(&ipv4(6, one[1])).is_some());
    assert!(receiver.takes(&ipv4(6, two[0])).is_some());
}

#[test]
fn an_identification_used_again_takes_nothing_of_the_datagram_before() {
    let bytes = tcp(&data(100));
    let parts = cuts(1, &bytes, &[64]);
    let mut receiver = Receiver::default();
    let mut at = |seconds, part| receiver.takes_at(seconds, link_types::RAW, &ipv4(6, part), usize::MAX);
    assert_eq!(at(0, parts[1]), None);
    assert_eq!(at(31, parts[0]), None, "the other half is 31 s old");
    assert!(at(61, parts[1]).is_some());
    // A new one of the same identification, and one more in the other order, but not at once.
    assert_eq!((at(61, parts[0]), at(61, parts[1]).is_some()), (None, true));
    assert_eq!((at(70, parts[1]), at(70, parts[0]).is_some()), (None, true));
}

#[test]
fn packets_captured_twice_are_whole_once_and_leave_nothing_waiting() {
    let bytes = tcp(&data(100));
    let parts: Vec<_> = cuts(1, &bytes, &[64]).into_iter().map(|cut| ipv4(6, cut)).collect();
    let mut receiver = Receiver::default();
    let got = [0, 0, 1, 1].map(|part: usize| receiver.takes(&parts[part]).is_some());
    assert_eq!(got, [false, false, true, false]);
    assert!(receiver.tally.warnings().is_empty());
    assert_eq!(receiver.fragments.bytes, 0);
}

#[test]
fn overlaps_and_two_ends_spoil_a_datagram() {
    let bytes = tcp(&data(100));
    let spoils = |wrong: FragmentPart<'_>, first: FragmentPart<'_>| {
        [ipv4 as fn(u8, FragmentPart<'_>) -> Vec<u8>, ipv6].into_iter().all(|version| {
            let mut receiver = Receiver::default();
            let all = [
                first,
                wrong,
                FragmentPart(1, 0, true, &bytes[..64]),
                FragmentPart(1, 64, false, &bytes[64..]),
            ];
            let none = all.into_iter().all(|cut| receiver.takes(&version(6, cut)).is_none());
            none && receiver.fragments.bytes == 0 && receiver.tally.warnings().len() == 1
        })
    };
    let first = FragmentPart(1, 0, true, &bytes[..64]);
    assert!(spoils(FragmentPart(1, 56, true, &bytes[56..72]), first), "it begins inside another");
    assert!(
        spoils(FragmentPart(1, 56, true, &bytes[56..72]), FragmentPart(1, 64, true, &bytes[64..72])),
        "it ends inside another"
    );
    assert!(spoils(FragmentPart(1, 8, false, &bytes[8..16]), first), "an end before what is there");
    assert!(
        spoils(FragmentPart(1, 80, false, &bytes[80..90]), FragmentPart(1, 64, false, &bytes[64..])),
        "a second end"
    );
    assert!(
        spoils(FragmentPart(1, 120, true, &[0; 8]), FragmentPart(1, 64, false, &bytes[64..])),
        "more behind the end"
    );
    assert!(!spoils(FragmentPart(1, 8, true, &bytes[8..16]), first), "what is there already spoils nothing");
}

#[test]
fn a_snap_length_leaves_the_beginning_of_a_segment_and_its_true_length() {
    let bytes = tcp(&data(500));
    let parts: Vec<_> = cuts(1, &bytes, &[240]).into_iter().map(|cut| ipv4(6, cut)).collect();
    let mut receiver = Receiver::default();
    assert_eq!(receiver.takes_at(0, link_types::RAW, &parts[0], 96), None);
    let got = receiver.takes_at(0, link_types::RAW, &parts[1], 96);
    assert_eq!(got, Some((2, 40_000, 7, 57, data(56), 500)));
}

#[test]
fn fragments_that_no_receiver_takes_wait_for_nothing() {
    let bytes = data(65_528);
    let mut receiver = Receiver::default();
    assert_eq!(receiver.takes(&ipv4(6, FragmentPart(1, 0, true, &[]))), None);
    assert_eq!(
        receiver.takes(&ipv4(6, FragmentPart(1, 65_528, false, &bytes[..1_000]))),
        None,
        "longer than a packet can be"
    );
    assert_eq!(
        receiver.takes(&ipv6(6, FragmentPart(1, 0, true, &bytes[..12]))),
        None,
        "IPv6 does not cut to eights"
    );
    assert!(receiver.fragments.datagrams.is_empty());
    // IPv4 does.
    let bytes = tcp(&data(100));
    assert_eq!(receiver.takes(&ipv4(6, FragmentPart(1, 0, true, &bytes[..67]))), None);
    assert!(receiver.takes(&ipv4(6, FragmentPart(1, 64, false, &bytes[64..]))).is_some());
}

#[test]
fn tunnels_in_fragments_are_opened_and_what_they_carry_counts_once() {
    let bytes = tcp(&data(100));
    let inner: Vec<_> = cuts(9, &bytes, &[64]).into_iter().map(|cut| ipv6(6, cut)).collect();
    let mut receiver = Receiver::default();
    // An IPv6 fragment in a fragmented IPv4 packet, and its other half in another.
    for (id, packet) in (1..).zip(&inner) {
        for cut in cuts(id, packet, &[32, 56]) {
            let got = receiver.takes(&ipv4(41, cut));
            let last = id == 2 && !cut.2;
            assert_eq!(got.map(|got| got.4), last.then(|| data(100)));
        }
    }
    let tally = &receiver.tally;
    assert_eq!((tally.ipv4_packets, tally.ipv6_packets, tally.ip_fragments), (6, 2, 6));
    assert_eq!((tally.tunnelled_packets, tally.tcp_packets), (2, 1));
    // GRE, whose first fragment alone shows where the inner packet begins.
    let gre = [&[0, 0, 8, 0][..], &ipv4(6, FragmentPart(3, 0, false, &bytes))].concat();
    let got: Vec<_> = cuts(7, &gre, &[8, 48]).into_iter().map(|cut| receiver.takes(&ipv4(47, cut))).collect();
    assert_eq!(got.iter().filter(|got| got.is_some()).count(), 1);
}

#[test]
fn extension_headers_may_follow_in_the_fragmented_part() {
    let options = [&[6, 0, 1, 4, 0, 0, 0, 0][..], &tcp(&data(100))].concat();
    let mut receiver = Receiver::default();
    let got: Vec<_> =
        cuts(7, &options, &[8, 64]).into_iter().map(|cut| receiver.takes(&ipv6(60, cut))).collect();
    assert_eq!(got.last().and_then(Option::as_ref).map(|got| got.5), Some(100));
}

#[test]
fn a_flood_of_first_fragments_is_bounded_and_hides_no_later_datagram() {
    let bytes = tcp(&data(8_000));
    let mut receiver = Receiver::default();
    let mut first = ipv4(6, FragmentPart(0, 0, true, &bytes[..8_008]));
    for forged in 0u32..20_000 {
        first[12..16].copy_from_slice(&forged.to_be_bytes());
        receiver.takes(&first);
        assert!(receiver.fragments.bytes <= MOST_BYTES);
    }
    first.truncate(28);
    first[2..4].copy_from_slice(&28u16.to_be_bytes());
    for forged in 0u32..20_000 {
        first[12..16].copy_from_slice(&forged.to_be_bytes());
        receiver.takes(&first);
    }
    assert_eq!(receiver.fragments.datagrams.len(), MOST_DATAGRAMS);
    assert_eq!(receiver.fragments.order.len(), MOST_DATAGRAMS);
    let parts = cuts(1, &bytes, &[4_000]);
    assert_eq!(receiver.takes(&ipv4(6, parts[0])), None);
    assert!(receiver.takes(&ipv4(6, parts[1])).is_some());
}

proptest! {
    /// However a segment is cut, in whatever order its parts come and however often before it is whole: the same segment.
    #[test]
    fn any_cut_in_any_order_gives_the_same_segment(
        length in 1usize..4_000,
        places in prop::collection::btree_set(1usize..500, 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
        version_6 in any::<bool>(),
    ) {
        let bytes = tcp(&data(length));
        let places: Vec<usize> = places.into_iter().map(|place| place * 8).filter(|&place| place < bytes.len()).collect();
        let version = if version_6 { ipv6 } else { ipv4 };
        let parts: Vec<_> = cuts(3, &bytes, &places).into_iter().map(|cut| version(6, cut)).collect();
        prop_assume!(parts.len() > 1);
        let mut receiver = Receiver::default();
        let mut seen = vec![false; parts.len()];
        let drawn = order.iter().map(|index| index.index(parts.len()));
        for part in drawn.chain(0..parts.len()) {
            seen[part] = true;
            let got = receiver.takes(&parts[part]);
            if seen.iter().all(|seen| *seen) {
                let (_, port, sequence, ttl, payload, whole) = got.expect("the segment is whole");
                prop_assert_eq!((port, sequence, ttl, whole as usize), (40_000, 7, 57, length));
                prop_assert_eq!(payload, data(length));
                prop_assert_eq!(receiver.fragments.bytes, 0);
                prop_assert!(receiver.tally.warnings().is_empty());
                return Ok(());
            }
            prop_assert_eq!(got, None);
        }
    }

    /// Whatever the fragments: no panic, bounded memory, and the books balance.
    #[test]
    fn random_fragments_are_survived(
        fragments in prop::collection::vec((0u16..3, 0usize..12, any::<bool>(), 0usize..40, any::<bool>(), 0usize..70), 0..60),
    ) {
        let bytes = data(200);
        let mut receiver = Receiver::default();
        for (id, offset, more, length, version_6, captured) in fragments {
            let cut = FragmentPart(id, offset * 8, more, &bytes[..length]);
            let packet = if version_6 { ipv6(6, cut) } else { ipv4(6, cut) };
            if let Some((.., payload, length)) = receiver.takes_at(0, link_types::RAW, &packet, captured) {
                prop_assert!(payload.len() <= length as usize);
            }
            let waiting = receiver.fragments.datagrams.values().map(|entry| match &entry.state {
                DatagramAssembly::Waiting(parts) => parts.cost(COST),
                _ => 0,
            });
            prop_assert_eq!(waiting.sum::<usize>(), receiver.fragments.bytes);
            prop_assert!(receiver.tally.fragments_put_together <= receiver.tally.ip_fragments);
        }
    }
}
