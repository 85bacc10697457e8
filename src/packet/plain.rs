//! The short way of nearly every packet of nearly every capture: TCP in IP, in Ethernet, with nothing between them. It comes to the same
//! as the way over all layers and takes a fraction of its time.

use std::net::{Ipv4Addr, Ipv6Addr};

use etherparse::{Ethernet2Header, Ipv4Header, Ipv6Header, ip_number};

use super::internet::Internet;
use super::layer::{LayerKind, PacketLayer};
use super::link_types;
use crate::capture::Packet;

/// TCP's protocol number, for patterns of bytes.
const TCP: u8 = ip_number::TCP.0;

/// A packet that is TCP in IPv4 without options, not fragmented, in Ethernet.
#[inline]
pub(super) fn plain_4<'a>(packet: &Packet<'a>) -> Option<Internet<'a>> {
    let headers = packet.data.first_chunk::<{ Ethernet2Header::LEN + Ipv4Header::MIN_LEN }>()?;
    // The EtherType of IPv4, then version 4 with a header of five words.
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, ip @ ..] = headers else { return None };
    let [0x45, _, l0, l1, id0, id1, f0, f1, ttl, TCP, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *ip else {
        return None;
    };
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    // More fragments, or an offset.
    let fragment = u16::from_be_bytes([f0, f1]) & 0x3fff != 0;
    if fragment || total < Ipv4Header::MIN_LEN {
        return None;
    }
    Some(Internet {
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        ttl,
        id: Some(u16::from_be_bytes([id0, id1])),
        protocol: ip_number::TCP,
        fragment: None,
        payload: behind(packet, Ipv4Header::MIN_LEN, total)?,
    })
}

/// A packet that is TCP in IPv6 without extension headers, in Ethernet.
#[inline]
pub(super) fn plain_6<'a>(packet: &Packet<'a>) -> Option<Internet<'a>> {
    let headers = packet.data.first_chunk::<{ Ethernet2Header::LEN + Ipv6Header::LEN }>()?;
    // The EtherType of IPv6, then version 6.
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, ip @ ..] = headers else { return None };
    let [0x60..=0x6f, _, _, _, l0, l1, TCP, hops, addresses @ ..] = ip else { return None };
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    let (source, rest) = addresses.split_first_chunk::<16>()?;
    let destination = rest.first_chunk::<16>()?;
    if length == 0 {
        return None;
    }
    Some(Internet {
        source: Ipv6Addr::from(*source).into(),
        destination: Ipv6Addr::from(*destination).into(),
        ttl: *hops,
        id: None,
        protocol: ip_number::TCP,
        fragment: None,
        payload: behind(packet, Ipv6Header::LEN, Ipv6Header::LEN + length)?,
    })
}

/// What lies behind an Ethernet header and an IP header of `header` bytes, where the IP header says that it and the rest have `total`
/// bytes.
#[inline]
fn behind<'a>(packet: &Packet<'a>, header: usize, total: usize) -> Option<PacketLayer<'a>> {
    if packet.link != link_types::ETHERNET || packet.fcs != 0 {
        return None;
    }
    let on_wire = (packet.original_length as usize).max(packet.data.len());
    let (start, end) = (Ethernet2Header::LEN + header, on_wire.min(Ethernet2Header::LEN + total));
    let data = packet.data.get(start..end.min(packet.data.len()))?;
    Some(PacketLayer { kind: LayerKind::Ip, data, length: end - start })
}
