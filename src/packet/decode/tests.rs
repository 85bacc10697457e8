//! Packets built by hand, one for each encapsulation and each trap that shifts sequence numbers or hides TCP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::packet::{Options, Segment, link_types};
use crate::time::Time;

const CLIENT: Ipv4Addr = Ipv4Addr::new(172, 64, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn tcp_header(flags: u8, options: &[u8]) -> Vec<u8> {
    let mut header = vec![0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 7, 0, 0, 0, 9];
    header.push((((20 + options.len()) / 4) << 4) as u8);
    header.extend([flags, 0x10, 0, 0, 0, 0, 0]);
    header.extend(options);
    header
}

fn segment_bytes(data: &[u8]) -> Vec<u8> {
    [tcp_header(0x18, &[]), data.to_vec()].concat()
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend((20 + payload.len() as u16).to_be_bytes());
    header.extend([0, 1, 0x40, 0, 57, protocol, 0, 0]);
    header.extend(CLIENT.octets());
    header.extend(SERVER.octets());
    header.extend(payload);
    header
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend((payload.len() as u16).to_be_bytes());
    header.extend([next, 57]);
    header.extend(CLIENT.to_ipv6_mapped().octets());
    header.extend(SERVER.to_ipv6_mapped().octets());
    header.extend(payload);
    header
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2; 12][..], &ether_type.to_be_bytes(), payload].concat()
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x30, 0x39];
    header.extend(port.to_be_bytes());
    header.extend((8 + payload.len() as u16).to_be_bytes());
    header.extend([0, 0]);
    [header, payload.to_vec()].concat()
}

fn decoded<'a>(link: u16, data: &'a [u8], original: usize) -> (Carried<'a>, Tally) {
    let packet = Packet {
        frame: 1,
        time: Time(0),
        timed: true,
        original_length: original as u32,
        data,
        link,
        fcs: 0,
        interface: 0,
    };
    let mut tally = Tally::default();
    let content = decode(&packet, &mut tally);
    // The short way of plain packets must say what the way over all layers says.
    let mut other_tally = Tally::default();
    assert_eq!((content, &tally), (all_layers(&packet, &mut other_tally), &other_tally));
    (content, tally)
}

/// The segment of a packet that was captured whole.
fn segment(link: u16, data: &[u8]) -> Option<Segment<'_>> {
    match decoded(link, data, data.len()).0 {
        Carried::Tcp(segment) => Some(segment),
        _ => None,
    }
}

#[track_caller]
fn finds_tcp(link: u16, data: &[u8]) {
    let segment = segment(link, data).expect("TCP is found");
    assert_eq!((segment.payload, segment.length), (&b"GET /"[..], 5));
    assert_eq!((segment.source_port, segment.destination_port), (40_000, 443));
    assert_eq!((segment.sequence, segment.acknowledgement, segment.ttl), (7, 9, 57));
}

#[test]
fn every_way_to_capture_at_an_origin_shows_its_connections() {
    let packet = ipv4(6, &segment_bytes(b"GET /"));
    let six = ipv6(6, &segment_bytes(b"GET /"));
    finds_tcp(link_types::ETHERNET, &ethernet(0x0800, &packet));
    finds_tcp(link_types::ETHERNET, &ethernet(0x86dd, &six));
    for raw in [12, 14, 101, 228, 229] {
        finds_tcp(raw, &packet);
        finds_tcp(raw, &six);
    }
    for family in [[2, 0, 0, 0], [0, 0, 0, 2]] {
        finds_tcp(link_types::NULL, &[&family[..], &packet].concat());
    }
    for family in [10u32, 24, 28, 30] {
        finds_tcp(link_types::NULL, &[&family.to_le_bytes()[..], &six].concat());
        finds_tcp(link_types::LOOP, &[&family.to_be_bytes()[..], &six].concat());
    }
    let cooked = [&[0, 0, 0, 1, 0, 6][..], &[2; 8], &[8, 0], &packet].concat();
    finds_tcp(link_types::LINUX_SLL, &cooked);
    let cooked_2 = [&[0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6][..], &[2; 8], &six].concat();
    finds_tcp(link_types::LINUX_SLL2, &cooked_2);
    finds_tcp(link_types::C_HDLC, &[&[0x0f, 0, 8, 0][..], &packet].concat());
    finds_tcp(link_types::PPP, &[&[0xff, 0x03, 0, 0x21][..], &packet].concat());
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &packet].concat();
    finds_tcp(link_types::ETHERNET, &ethernet(snap.len() as u16, &snap));
}

#[test]
fn eight_stacked_tags_hide_nothing() {
    let mut frame = [&[8, 0][..], &ipv4(6, &segment_bytes(b"GET /"))].concat();
    for tag in [0x8100u16, 0x88a8, 0x9100, 0x8100, 0x88a8, 0x8100, 0x9200, 0x8100] {
        frame = [&tag.to_be_bytes()[..], &[0, 1], &frame].concat();
    }
    frame = [&[2; 12][..], &frame].concat();
    finds_tcp(link_types::ETHERNET, &frame);
    assert_eq!(decoded(1, &frame, frame.len()).1.vlan_packets, 1);
}

#[test]
fn tunnels_of_clouds_and_mirrors_are_opened() {
    let packet = ipv4(6, &segment_bytes(b"GET /"));
    let inner = ethernet(0x0800, &packet);
    let over_udp = |port, header: &[u8], inner: &[u8]| {
        ethernet(0x0800, &ipv4(17, &udp(port, &[header, inner].concat())))
    };
    finds_tcp(1, &over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0], &inner));
    finds_tcp(1, &over_udp(8472, &[8, 0, 0, 0, 0, 0, 1, 0], &inner));
    finds_tcp(1, &over_udp(6081, &[1, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 4], &inner));
    finds_tcp(1, &over_udp(2152, &[0x30, 0xff, 0, 0, 0, 0, 0, 1], &packet));
    let gre = |header: &[u8], inner: &[u8]| ethernet(0x0800, &ipv4(47, &[header, inner].concat()));
    finds_tcp(1, &gre(&[0, 0, 8, 0], &packet));
    finds_tcp(1, &gre(&[0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], &inner));
    finds_tcp(1, &gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &inner));
    finds_tcp(1, &gre(&[0, 0, 0x88, 0xbe], &inner));
    finds_tcp(1, &ethernet(0x0800, &ipv4(4, &packet)));
    finds_tcp(1, &ethernet(0x0800, &ipv4(41, &ipv6(6, &segment_bytes(b"GET /")))));
    finds_tcp(1, &ethernet(0x8847, &[&[0, 0, 0x10, 64, 0, 0, 0x11, 64][..], &packet].concat()));
    finds_tcp(1, &ethernet(0x8864, &[&[0x11, 0, 0, 1, 0, 47, 0, 0x21][..], &packet].concat()));
    let tunnel = over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0], &inner);
    let tally = decoded(1, &tunnel, tunnel.len()).1;
    assert_eq!((tally.ipv4_packets, tally.tunnelled_packets), (1, 1), "a packet counts once");
}

#[test]
fn a_snap_length_does_not_shift_sequence_numbers() {
    let whole = ethernet(0x0800, &ipv4(6, &segment_bytes(&[b'x'; 1_000])));
    let Carried::Tcp(cut) = decoded(1, &whole[..96], whole.len()).0 else { panic!("TCP") };
    assert_eq!((cut.payload.len(), cut.length, cut.missing()), (42, 1_000, 958));
    let Carried::Tcp(bare) = decoded(1, &whole[..54], whole.len()).0 else { panic!("TCP") };
    assert_eq!((bare.payload.len(), bare.length), (0, 1_000));
    let (content, tally) = decoded(1, &whole[..40], whole.len());
    assert_eq!((content, tally.tcp_cut, tally.tcp_malformed), (Carried::Other, 1, 0));
}

#[test]
fn ethernet_padding_is_no_data() {
    let mut frame = ethernet(0x0800, &ipv4(6, &segment_bytes(b"")));
    frame.resize(60, 0);
    assert_eq!(segment(1, &frame).unwrap().length, 0);
}

#[test]
fn offloaded_packets_without_a_length_reach_to_the_end_of_the_frame() {
    let mut packet = ipv4(6, &segment_bytes(&[b'x'; 3_000]));
    packet[2..4].fill(0);
    assert_eq!(segment(1, &ethernet(0x0800, &packet)).unwrap().length, 3_000);
    let mut jumbo = ipv6(6, &segment_bytes(&[b'x'; 3_000]));
    jumbo[4..6].fill(0);
    assert_eq!(segment(1, &ethernet(0x86dd, &jumbo)).unwrap().length, 3_000);
    let frame = ethernet(0x0800, &packet);
    let with_fcs = Packet {
        frame: 1,
        time: Time(0),
        timed: true,
        original_length: frame.len() as u32,
        data: &frame,
        link: 1,
        fcs: 4,
        interface: 0,
    };
    let Carried::Tcp(segment) = decode(&with_fcs, &mut Tally::default()) else { panic!("TCP") };
    assert_eq!((segment.length, segment.missing()), (2_996, 0), "a frame check sequence is no data");
}

#[test]
fn extension_headers_lead_to_tcp() {
    let tcp = segment_bytes(b"GET /");
    let hop_by_hop = [&[60, 0, 1, 4, 0, 0, 0, 0][..], &[6, 0, 1, 4, 0, 0, 0, 0], &tcp].concat();
    finds_tcp(1, &ethernet(0x86dd, &ipv6(0, &hop_by_hop)));
    let atomic = [&[6, 0, 0, 0, 0, 0, 0, 1][..], &tcp].concat();
    finds_tcp(1, &ethernet(0x86dd, &ipv6(44, &atomic)));
    let last = Ipv6Addr::LOCALHOST;
    let route = [&[6, 2, 0, 1, 0, 0, 0, 0][..], &last.octets(), &tcp].concat();
    let frame = ethernet(0x86dd, &ipv6(43, &route));
    assert_eq!(segment(1, &frame).unwrap().destination, IpAddr::V6(last));
}

#[test]
fn an_extension_header_out_of_its_place_or_of_a_rare_kind_hides_nothing() {
    let tcp = segment_bytes(b"GET /");
    // etherparse's own walk stops at hop-by-hop options that are not first, and at mobility, HIP and shim6 headers.
    for rare in [0, 135, 139, 140] {
        let headers = [&[rare, 0, 1, 4, 0, 0, 0, 0][..], &[6, 0, 1, 4, 0, 0, 0, 0], &tcp].concat();
        finds_tcp(1, &ethernet(0x86dd, &ipv6(60, &headers)));
    }
}

#[test]
fn authenticated_connections_are_read_in_both_versions_of_ip() {
    let authenticated = [&[6, 4, 0, 0][..], &[0; 20], &segment_bytes(b"GET /")].concat();
    finds_tcp(1, &ethernet(0x0800, &ipv4(51, &authenticated)));
    finds_tcp(1, &ethernet(0x86dd, &ipv6(51, &authenticated)));
}

#[test]
fn macsec_hides_connections_only_where_it_encrypts() {
    let check_value = [0xcc; 16];
    let packet = [&ipv4(6, &segment_bytes(b"GET /"))[..], &check_value].concat();
    let short_tag = [&[0x00, 0, 0, 0, 0, 1, 8, 0][..], &packet].concat();
    finds_tcp(1, &ethernet(0x88e5, &short_tag));
    let with_channel = [&[0x20, 0, 0, 0, 0, 1][..], &[9; 8], &[8, 0], &packet].concat();
    finds_tcp(1, &ethernet(0x88e5, &with_channel));
    let encrypted = ethernet(0x88e5, &[&[0x0c, 0, 0, 0, 0, 1][..], &packet].concat());
    assert_eq!(decoded(1, &encrypted, encrypted.len()).0, Carried::Other);
}

#[test]
fn fragments_are_counted_and_not_taken_for_segments() {
    let mut first = ipv4(6, &segment_bytes(b"GET /"));
    first[6] = 0x20;
    let frame = ethernet(0x0800, &first);
    let (content, tally) = decoded(1, &frame, frame.len());
    assert!(matches!(content, Carried::Fragment(_)), "{content:?}");
    assert_eq!((tally.ip_fragments, tally.tcp_packets), (1, 0));
    let six =
        ethernet(0x86dd, &ipv6(44, &[&[6, 0, 0, 1, 0, 0, 0, 1][..], &segment_bytes(b"GET /")].concat()));
    assert_eq!(decoded(1, &six, six.len()).1.ip_fragments, 1);
}

#[test]
fn options_of_the_handshake_are_read() {
    let options = [2, 4, 5, 180, 4, 2, 1, 3, 3, 60, 0, 0];
    let frame = ethernet(0x0800, &ipv4(6, &tcp_header(0x02, &options)));
    let read = segment(1, &frame).unwrap().options;
    assert_eq!(read, Options { mss: Some(1_460), window_scale: Some(14), sack_permitted: true });
    // Linux writes a signature (RFC 2385) before all others; etherparse gives up at options that it does not know.
    let signed = [&[19, 18][..], &[7; 16], &[1, 1], &options].concat();
    let frame = ethernet(0x0800, &ipv4(6, &tcp_header(0x02, &signed)));
    assert_eq!(segment(1, &frame).unwrap().options, read);
    let broken = ethernet(0x0800, &ipv4(6, &tcp_header(0x02, &[2, 0, 3, 3])));
    assert_eq!(segment(1, &broken).unwrap().options, Options::default());
}

#[test]
fn headers_that_contradict_themselves_are_counted_and_move_nothing() {
    for (offset, data) in [(0x30, 40), (0xf0, 0)] {
        let mut tcp = segment_bytes(&vec![0; data]);
        tcp[12] = offset;
        let frame = ethernet(0x0800, &ipv4(6, &tcp));
        let (content, tally) = decoded(1, &frame, frame.len());
        assert!(matches!(content, Carried::MalformedTcp { .. }), "{content:?}");
        assert_eq!((tally.tcp_packets, tally.tcp_malformed), (1, 1));
    }
}

#[test]
fn an_icmp_error_names_the_connection_that_it_is_about() {
    let quoted = &ipv4(6, &segment_bytes(&[0; 1_000]))[..28];
    let frame = ethernet(0x0800, &ipv4(1, &[&[3, 4, 0, 0, 0, 0, 5, 0x14][..], quoted].concat()));
    let (content, tally) = decoded(1, &frame, frame.len());
    let Carried::Icmp(report) = content else { panic!("ICMP") };
    assert_eq!((report.version, report.kind, report.code, report.next_hop_mtu), (4, 3, 4, Some(1_300)));
    assert_eq!(report.quoted.sender.to_string(), "172.64.0.1:40000");
    assert_eq!(report.quoted.receiver.to_string(), "192.0.2.1:443");
    assert_eq!((report.quoted.sequence, report.quoted.header_quoted), (Some(7), false));
    assert_eq!((tally.icmp_unreachable, tally.tcp_packets, tally.ipv4_packets), (1, 0, 1));
    let quoted = ipv6(6, &segment_bytes(b"GET /"));
    let frame = ethernet(0x86dd, &ipv6(58, &[&[2, 0, 0, 0, 0, 0, 5, 0][..], &quoted].concat()));
    let Carried::Icmp(report) = decoded(1, &frame, frame.len()).0 else { panic!("ICMPv6") };
    assert_eq!((report.kind, report.next_hop_mtu), (2, Some(1_280)));
    let echo = ethernet(0x0800, &ipv4(1, &[&[8, 0, 0, 0, 0, 0, 0, 0][..], &quoted].concat()));
    assert_eq!(decoded(1, &echo, echo.len()).0, Carried::Other);
}

#[test]
fn an_unknown_link_type_is_named_instead_of_a_silent_zero() {
    let (content, mut tally) = decoded(127, &[0; 60], 60);
    assert_eq!(content, Carried::Other);
    tally.add(&tally.clone());
    let warnings = tally.warnings();
    assert_eq!(warnings, ["2 packets of link type 127 (IEEE 802.11 with radiotap), which is not read"]);
}

proptest! {
    /// Whatever a packet holds: no panic, and no more payload than bytes.
    #[test]
    fn random_packets_are_survived(
        link in prop::sample::select(vec![0u16, 1, 9, 12, 101, 104, 108, 113, 129, 228, 239, 276, 127]),
        prefix in prop::sample::select(vec![&[][..], &[2; 12], &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x81, 0],
            &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 8, 0, 0x45], &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x88, 0x47]]),
        tail in prop::collection::vec(any::<u8>(), 0..200),
        original in 0usize..3_000,
    ) {
        let data = [prefix, &tail].concat();
        if let (Carried::Tcp(segment), _) = decoded(link, &data, original) {
            prop_assert!(segment.payload.len() <= data.len());
            prop_assert!(segment.payload.len() <= segment.length as usize);
        }
    }

    /// A good packet with a few bytes changed reaches deeper than chance does.
    #[test]
    fn damaged_packets_are_survived(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        tunnel in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let inner = ethernet(0x0800, &ipv4(6, &tcp_header(0x12, &[2, 4, 5, 180, 3, 3, 7, 0])));
        let mut frame = if tunnel {
            ethernet(0x86dd, &ipv6(17, &udp(4789, &[&[8, 0, 0, 0, 0, 0, 0, 0][..], &inner].concat())))
        } else {
            inner
        };
        for (place, value) in changes {
            let place = place.index(frame.len());
            frame[place] = value;
        }
        let length = frame.len();
        frame.truncate(1 + cut.index(length));
        decoded(1, &frame, length);
    }
}
