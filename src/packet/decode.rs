//! The loop over a packet's layers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::bytes::u16_at;
use super::fragments::Fragment;
use super::icmp::{IcmpReport, TCP, icmp};
use super::internet::{Internet, extension_headers, internet};
use super::layer::{Kind, Layer};
use super::link::{self, Start, is_vlan};
use super::link_types;
use super::segment::Segment;
use super::tally::Tally;
use super::tcp::tcp;
use super::tunnel;
use crate::capture::Packet;

/// More layers than any honest packet has.
const MOST_LAYERS: usize = 32;

/// What a packet holds for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A TCP header that contradicts itself or its packet, or of which too little was captured: of whom it is.
    MalformedTcp {
        /// Its sender.
        sender: SocketAddr,
        /// Its receiver.
        receiver: SocketAddr,
    },
    /// An ICMP error about a TCP segment.
    Icmp(IcmpReport),
    /// A part of a packet: what it holds shows when the others are there ([`super::Fragments`]).
    Fragment(Fragment<'a>),
    /// Anything else.
    Other,
}

/// Decodes a packet and counts it.
#[inline]
pub fn decode<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Content<'a> {
    match plain_4(packet) {
        Some((header, layer)) => {
            tally.ipv4_packets += 1;
            tcp(&header, layer, packet.interface, tally)
        }
        None => not_plain_4(packet, tally),
    }
}

/// Sender and receiver of a segment that [`decode`] reads on its short way, without reading it: enough to tell whose it is. `None` says
/// nothing of the packet.
#[inline]
pub fn plain_ends(packet: &Packet<'_>) -> Option<[(IpAddr, u16); 2]> {
    let (header, layer) = plain_4(packet).or_else(|| plain_6(packet))?;
    let &[s0, s1, d0, d1] = layer.data.first_chunk::<4>()?;
    let ports = [u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])];
    Some([(header.source, ports[0]), (header.destination, ports[1])])
}

fn not_plain_4<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Content<'a> {
    match plain_6(packet) {
        Some((header, layer)) => {
            tally.ipv6_packets += 1;
            tcp(&header, layer, packet.interface, tally)
        }
        None => all_layers(packet, tally),
    }
}

/// Bytes of an Ethernet header.
const ETHERNET: usize = 14;

/// Nearly every packet of nearly every capture: TCP in IPv4 without options, not fragmented, in Ethernet. The way over all layers
/// comes to the same.
#[inline]
fn plain_4<'a>(packet: &Packet<'a>) -> Option<(Internet<'a>, Layer<'a>)> {
    let headers = packet.data.first_chunk::<{ ETHERNET + 20 }>()?;
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, ip @ ..] = headers else { return None };
    let [0x45, _, l0, l1, id0, id1, f0, f1, ttl, TCP, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *ip else {
        return None;
    };
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    let fragment = u16::from_be_bytes([f0, f1]) & 0x3fff != 0;
    if fragment || total < 20 {
        return None;
    }
    let header = Internet {
        version: 4,
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        ttl,
        id: Some(u16::from_be_bytes([id0, id1])),
        protocol: TCP,
        fragment: None,
        payload: None,
    };
    Some((header, behind(packet, 20, total)?))
}

/// What lies behind an Ethernet header and an IP header of `header` bytes, where the IP header says that it and the rest have `total`
/// bytes.
#[inline]
fn behind<'a>(packet: &Packet<'a>, header: usize, total: usize) -> Option<Layer<'a>> {
    if packet.link != link_types::ETHERNET || packet.fcs != 0 {
        return None;
    }
    let on_wire = (packet.original_length as usize).max(packet.data.len());
    let (start, end) = (ETHERNET + header, on_wire.min(ETHERNET + total));
    let data = packet.data.get(start..end.min(packet.data.len()))?;
    Some(Layer { kind: Kind::Ip, data, length: end - start })
}

/// The same in IPv6 without extension headers.
#[inline]
fn plain_6<'a>(packet: &Packet<'a>) -> Option<(Internet<'a>, Layer<'a>)> {
    let headers = packet.data.first_chunk::<{ ETHERNET + 40 }>()?;
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, ip @ ..] = headers else { return None };
    let [0x60..=0x6f, _, _, _, l0, l1, TCP, hops, addresses @ ..] = ip else { return None };
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    let (source, rest) = addresses.split_first_chunk::<16>()?;
    let destination = rest.first_chunk::<16>()?;
    if length == 0 {
        return None;
    }
    let header = Internet {
        version: 6,
        source: Ipv6Addr::from(*source).into(),
        destination: Ipv6Addr::from(*destination).into(),
        ttl: *hops,
        id: None,
        protocol: TCP,
        fragment: None,
        payload: None,
    };
    Some((header, behind(packet, 40, length + 40)?))
}

/// Decodes a packet over all its layers.
fn all_layers<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Content<'a> {
    let check_sequence = usize::from(packet.fcs);
    let length = (packet.original_length as usize).max(packet.data.len()).saturating_sub(check_sequence);
    let data = packet.data.get(..length).unwrap_or(packet.data);
    match link::start(packet.link, data, length) {
        Start::Layer(layer) => {
            layers(layer, link::interface(packet.link, data).unwrap_or(packet.interface), tally)
        }
        Start::Nothing => Content::Other,
        Start::Unknown => {
            *tally.unknown_link_types.entry(packet.link).or_default() += 1;
            Content::Other
        }
    }
}

/// What a packet is known to have while its layers are passed; each header counts once a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Where the packet was captured.
    interface: u32,
    version_4: bool,
    version_6: bool,
    /// The innermost tag.
    pub(super) vlan: Option<u16>,
    fragment: bool,
    tunnelled: bool,
}

impl Passed {
    /// Counts what was passed since `before`.
    fn count(self, before: Passed, tally: &mut Tally) {
        tally.ipv4_packets += u64::from(self.version_4 && !before.version_4);
        tally.ipv6_packets += u64::from(self.version_6 && !before.version_6);
        tally.vlan_packets += u64::from(self.vlan.is_some() && before.vlan.is_none());
        tally.ip_fragments += u64::from(self.fragment && !before.fragment);
        tally.tunnelled_packets += u64::from(self.tunnelled && !before.tunnelled);
    }
}

#[inline]
fn layers<'a>(first: Layer<'a>, interface: u32, tally: &mut Tally) -> Content<'a> {
    let mut passed = Passed { interface, ..Passed::default() };
    let mut content = Content::Other;
    follow(Some(first), &mut passed, &mut content, tally);
    passed.count(Passed::default(), tally);
    content
}

/// Decodes what an IP packet carries that was put together of fragments; the last one's frame had `passed` some headers before.
pub(super) fn reassembled<'a>(mut packet: Internet<'a>, before: Passed, tally: &mut Tally) -> Content<'a> {
    let mut passed = before;
    let mut content = Content::Other;
    if packet.version == 6 {
        extension_headers(&mut packet);
    }
    let next = carried(&packet, &mut passed, &mut content, tally);
    follow(next, &mut passed, &mut content, tally);
    passed.count(before, tally);
    content
}

#[inline]
fn follow<'a>(
    mut next: Option<Layer<'a>>,
    passed: &mut Passed,
    content: &mut Content<'a>,
    tally: &mut Tally,
) {
    for _ in 0..MOST_LAYERS {
        let Some(layer) = next else { break };
        next = match layer.kind {
            Kind::Ethernet => link::ethernet(layer),
            Kind::EtherType(ether_type) => {
                if is_vlan(ether_type) {
                    passed.vlan = u16_at(layer.data, 0).map(|tag| tag & 0x0fff).or(Some(0));
                }
                link::ether_type(layer, ether_type)
            }
            Kind::Ppp => link::ppp(layer),
            Kind::Gre => tunnel::gre(layer),
            Kind::Udp => tunnel::udp(layer),
            Kind::Ip => network(layer, passed, content, tally),
        };
    }
}

/// An IP header and what it carries.
#[inline]
fn network<'a>(
    layer: Layer<'a>,
    passed: &mut Passed,
    content: &mut Content<'a>,
    tally: &mut Tally,
) -> Option<Layer<'a>> {
    let packet = internet(layer)?;
    passed.tunnelled |= passed.version_4 || passed.version_6;
    passed.version_4 |= packet.version == 4;
    passed.version_6 |= packet.version == 6;
    carried(&packet, passed, content, tally)
}

/// What an IP packet carries: the end of the way, or another layer.
#[inline]
fn carried<'a>(
    packet: &Internet<'a>,
    passed: &mut Passed,
    content: &mut Content<'a>,
    tally: &mut Tally,
) -> Option<Layer<'a>> {
    if packet.fragment.is_some() {
        passed.fragment = true;
        *content = Fragment::of(packet, *passed).map_or(Content::Other, Content::Fragment);
        return None;
    }
    let payload = packet.payload?;
    match packet.protocol {
        TCP => {
            *content = tcp(packet, payload, passed.interface, tally);
            None
        }
        1 | 58 => {
            *content = icmp(packet, payload, tally).map_or(Content::Other, Content::Icmp);
            None
        }
        4 | 41 => Some(payload),
        17 => Some(Layer { kind: Kind::Udp, ..payload }),
        47 => Some(Layer { kind: Kind::Gre, ..payload }),
        137 => Some(Layer { kind: Kind::EtherType(0x8847), ..payload }),
        _ => None,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
