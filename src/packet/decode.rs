//! The loop over a packet's layers.

use std::net::SocketAddr;

use super::icmp::{IcmpReport, TCP, icmp};
use super::internet::internet;
use super::layer::{Kind, Layer};
use super::link::{self, Start, is_vlan};
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
    /// Anything else.
    Other,
}

/// Decodes a packet and counts it.
pub fn decode<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Content<'a> {
    let check_sequence = usize::from(packet.fcs);
    let length = (packet.original_length as usize).max(packet.data.len()).saturating_sub(check_sequence);
    let data = packet.data.get(..length).unwrap_or(packet.data);
    match link::start(packet.link, data, length) {
        Start::Layer(layer) => layers(layer, tally),
        Start::Nothing => Content::Other,
        Start::Unknown => {
            *tally.unknown_link_types.entry(packet.link).or_default() += 1;
            Content::Other
        }
    }
}

/// Which headers were passed on the way; each counts once a packet.
#[derive(Default)]
struct Passed {
    version_4: bool,
    version_6: bool,
    vlan: bool,
    fragment: bool,
    tunnelled: bool,
}

#[inline]
fn layers<'a>(first: Layer<'a>, tally: &mut Tally) -> Content<'a> {
    let mut passed = Passed::default();
    let mut next = Some(first);
    let mut content = Content::Other;
    for _ in 0..MOST_LAYERS {
        let Some(layer) = next else { break };
        next = match layer.kind {
            Kind::Ethernet => link::ethernet(layer),
            Kind::EtherType(ether_type) => {
                passed.vlan |= is_vlan(ether_type);
                link::ether_type(layer, ether_type)
            }
            Kind::Ppp => link::ppp(layer),
            Kind::Gre => tunnel::gre(layer),
            Kind::Udp => tunnel::udp(layer),
            Kind::Ip => network(layer, &mut passed, &mut content, tally),
        };
    }
    tally.ipv4_packets += u64::from(passed.version_4);
    tally.ipv6_packets += u64::from(passed.version_6);
    tally.vlan_packets += u64::from(passed.vlan);
    tally.ip_fragments += u64::from(passed.fragment);
    tally.tunnelled_packets += u64::from(passed.tunnelled);
    content
}

/// An IP header and what it carries: the end of the way, or another layer.
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
    if packet.fragment {
        passed.fragment = true;
        return None;
    }
    let payload = packet.payload?;
    match packet.protocol {
        TCP => {
            *content = tcp(&packet, payload, tally);
            None
        }
        1 | 58 => {
            *content = icmp(&packet, payload, tally).map_or(Content::Other, Content::Icmp);
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
