//! From a captured packet to what it carries: the short way of plain packets, else the loop over its layers.

use std::net::IpAddr;

use etherparse::ip_number;

use super::carried::Carried;
use super::ether::{behind_ether_type, ethernet, ppp, vlan_identifier};
use super::ether_types::{MPLS, is_vlan, may_hide_ip};
use super::fragment::Fragment;
use super::icmp::{icmp_4, icmp_6};
use super::internet::{Internet, IpVersion, behind_extension_headers, internet};
use super::layer::{LayerKind, PacketLayer};
use super::link::{self, FirstLayer, first_layer};
use super::passed::Passed;
use super::plain::{plain_4, plain_6};
use super::tally::{Tally, UnopenedHeader};
use super::tcp::tcp;
use super::tunnel;
use crate::capture::Packet;

/// More layers than any honest packet has.
const MOST_LAYERS: usize = 32;

/// Decodes a packet and counts it.
#[inline]
pub fn decode<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Carried<'a> {
    match plain_4(packet) {
        Some(header) => {
            tally.ipv4_packets += 1;
            tcp(&header, packet.interface, tally)
        }
        None => not_plain_4(packet, tally),
    }
}

/// Sender and receiver of a segment that [`decode`] reads on its short way, without reading it: enough to tell whose it is. `None` says
/// nothing of the packet.
#[inline]
pub fn plain_ends(packet: &Packet<'_>) -> Option<[(IpAddr, u16); 2]> {
    let header = plain_4(packet).or_else(|| plain_6(packet))?;
    let &[s0, s1, d0, d1] = header.payload.data.first_chunk::<4>()?;
    let ports = [u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])];
    Some([(header.source, ports[0]), (header.destination, ports[1])])
}

fn not_plain_4<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Carried<'a> {
    match plain_6(packet) {
        Some(header) => {
            tally.ipv6_packets += 1;
            tcp(&header, packet.interface, tally)
        }
        None => all_layers(packet, tally),
    }
}

/// Decodes a packet over all its layers.
fn all_layers<'a>(packet: &Packet<'a>, tally: &mut Tally) -> Carried<'a> {
    let check_sequence = usize::from(packet.fcs);
    let length = (packet.original_length as usize).max(packet.data.len()).saturating_sub(check_sequence);
    let data = packet.data.get(..length).unwrap_or(packet.data);
    let first = match first_layer(packet.link, data, length) {
        FirstLayer::Layer(layer) => layer,
        FirstLayer::Nothing => {
            if let Some(family) = link::unopened_family(packet.link, data) {
                *tally.unopened.entry(UnopenedHeader::LoopbackFamily(family)).or_default() += 1;
            }
            return Carried::Other;
        }
        FirstLayer::Unknown => {
            *tally.unknown_link_types.entry(packet.link).or_default() += 1;
            return Carried::Other;
        }
    };
    let nothing = Passed::nothing(link::interface(packet.link, data).unwrap_or(packet.interface));
    let mut passed = nothing;
    let carried = follow(first, &mut passed, tally);
    passed.count(nothing, tally);
    carried
}

/// Decodes what an IP packet carries that was put together of fragments; the last one's frame had `passed` some headers before.
pub(super) fn reassembled<'a>(packet: Internet<'a>, before: Passed, tally: &mut Tally) -> Carried<'a> {
    let Some(packet) = behind_extension_headers(packet) else { return Carried::Other };
    let mut passed = before;
    let carried = match payload(&packet, &mut passed, tally) {
        Next::Layer(layer) => follow(layer, &mut passed, tally),
        Next::Carried(carried) => carried,
    };
    passed.count(before, tally);
    carried
}

/// What follows a layer.
enum Next<'a> {
    /// Another.
    Layer(PacketLayer<'a>),
    /// The end of the way.
    Carried(Carried<'a>),
}

impl<'a> From<Option<PacketLayer<'a>>> for Next<'a> {
    fn from(layer: Option<PacketLayer<'a>>) -> Next<'a> {
        layer.map_or(Next::Carried(Carried::Other), Next::Layer)
    }
}

/// Goes over layers up to what a packet carries.
fn follow<'a>(mut layer: PacketLayer<'a>, passed: &mut Passed, tally: &mut Tally) -> Carried<'a> {
    for _ in 0..MOST_LAYERS {
        let next = match layer.kind {
            LayerKind::Ethernet => ethernet(layer).into(),
            LayerKind::EtherType(ether_type) => {
                if is_vlan(ether_type) {
                    passed.vlan = Some(vlan_identifier(layer));
                }
                let behind = behind_ether_type(layer, ether_type);
                if behind.is_none() && may_hide_ip(ether_type) {
                    *tally.unopened.entry(UnopenedHeader::EtherType(ether_type.0)).or_default() += 1;
                }
                behind.into()
            }
            LayerKind::Ppp => ppp(layer).into(),
            LayerKind::Gre => tunnel::gre(layer).into(),
            LayerKind::Udp => tunnel::udp(layer).into(),
            LayerKind::Ip => network(layer, passed, tally),
        };
        layer = match next {
            Next::Layer(layer) => layer,
            Next::Carried(carried) => return carried,
        };
    }
    Carried::Other
}

/// An IP header and what it carries. A header counts though it contradicts itself.
fn network<'a>(layer: PacketLayer<'a>, passed: &mut Passed, tally: &mut Tally) -> Next<'a> {
    if let Some(version) = IpVersion::of(layer.data) {
        passed.internet(version);
    }
    match internet(layer) {
        Some(packet) => payload(&packet, passed, tally),
        None => Next::Carried(Carried::Other),
    }
}

/// What an IP packet carries: the end of the way, or another layer.
fn payload<'a>(packet: &Internet<'a>, passed: &mut Passed, tally: &mut Tally) -> Next<'a> {
    let payload = packet.payload;
    if packet.fragment.is_some() {
        passed.fragment = true;
        return Next::Carried(Fragment::of(packet, *passed).map_or(Carried::Other, Carried::Fragment));
    }
    let icmp = |report: Option<_>| Next::Carried(report.map_or(Carried::Other, Carried::Icmp));
    let inner = |kind| Next::Layer(PacketLayer { kind, ..payload });
    match packet.protocol {
        ip_number::TCP => Next::Carried(tcp(packet, passed.interface, tally)),
        ip_number::ICMP => icmp(icmp_4(payload, tally)),
        ip_number::IPV6_ICMP => icmp(icmp_6(payload, tally)),
        ip_number::IPV4 | ip_number::IPV6 => inner(LayerKind::Ip),
        ip_number::UDP => inner(LayerKind::Udp),
        ip_number::GRE => inner(LayerKind::Gre),
        ip_number::MPLS_IN_IP => inner(LayerKind::EtherType(MPLS)),
        _ => Next::Carried(Carried::Other),
    }
}

#[cfg(test)]
mod tests;
