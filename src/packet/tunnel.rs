//! Tunnels: GRE, and over UDP VXLAN, Geneve and GTP-U. etherparse follows none.

use etherparse::{EtherType, UdpHeader, UdpHeaderSlice};

use super::bytes::{u8_at, u16_at};
use super::ether_types::ERSPAN;
use super::layer::{LayerKind, PacketLayer};

/// UDP ports of tunnels (registry: IANA, service names and port numbers).
mod port {
    pub const VXLAN: u16 = 4789;
    /// What Linux used before and flannel still does.
    pub const VXLAN_OF_LINUX: u16 = 8472;
    pub const VXLAN_GENERIC: u16 = 4790;
    pub const GENEVE: u16 = 6081;
    pub const GTP_USER: u16 = 2152;
}

/// GRE (RFC 2784, 2890; version 1: RFC 2637): a flag each for the optional fields of four bytes.
pub(super) fn gre(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    const CHECKSUM_OR_ROUTING: u16 = 0xc000;
    const KEY: u16 = 0x2000;
    const SEQUENCE_NUMBER: u16 = 0x1000;
    const ACKNOWLEDGEMENT: u16 = 0x0080;
    const VERSION: u16 = 7;
    let flags = u16_at(layer.data, 0)?;
    let protocol = EtherType(u16_at(layer.data, 2)?);
    let optional = [
        flags & CHECKSUM_OR_ROUTING != 0,
        flags & KEY != 0,
        flags & SEQUENCE_NUMBER != 0,
        flags & VERSION == 1 && flags & ACKNOWLEDGEMENT != 0,
    ];
    let header = 4 + 4 * optional.into_iter().filter(|&present| present).count();
    if protocol == ERSPAN && flags & SEQUENCE_NUMBER == 0 {
        // ERSPAN type I has no header of its own and no sequence number.
        return layer.behind(header, LayerKind::Ethernet);
    }
    layer.behind(header, LayerKind::EtherType(protocol))
}

/// The tunnel of a UDP packet, by its ports.
pub(super) fn udp(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let header = UdpHeaderSlice::from_slice(layer.data).ok()?;
    let inner = layer.behind(UdpHeader::LEN, LayerKind::Ip)?;
    match (header.source_port(), header.destination_port()) {
        (_, port::VXLAN | port::VXLAN_OF_LINUX) => vxlan(inner),
        (_, port::VXLAN_GENERIC) => vxlan_generic(inner),
        (_, port::GENEVE) => geneve(inner),
        (port::GTP_USER, _) | (_, port::GTP_USER) => gtp_user(inner),
        _ => None,
    }
}

/// VXLAN (RFC 7348): the flag I says that the network identifier holds; all others are reserved.
fn vxlan(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    (u8_at(layer.data, 0)? == 0x08).then(|| layer.behind(8, LayerKind::Ethernet))?
}

/// VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe): flags I and P, and what follows in the fourth byte.
fn vxlan_generic(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    if u8_at(layer.data, 0)? & 0x0c != 0x0c {
        return None;
    }
    match u8_at(layer.data, 3)? {
        1 | 2 => layer.behind(8, LayerKind::Ip),
        3 => layer.behind(8, LayerKind::Ethernet),
        _ => None,
    }
}

/// Geneve (RFC 8926): options in words of four bytes, then what its protocol field says.
fn geneve(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let first = u8_at(layer.data, 0)?;
    let protocol = EtherType(u16_at(layer.data, 2)?);
    let header = 8 + 4 * usize::from(first & 0x3f);
    (first >> 6 == 0).then(|| layer.behind(header, LayerKind::EtherType(protocol)))?
}

/// GTP-U version 1 (3GPP TS 29.281, 5.1): user packets are message type 255; any of three flags brings four more bytes,
/// of which the last names an extension header, each of which ends with the type of the next.
fn gtp_user(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let flags = u8_at(layer.data, 0)?;
    if flags >> 4 != 3 || u8_at(layer.data, 1)? != 0xff {
        return None;
    }
    let mut at = if flags & 7 == 0 { 8 } else { 12 };
    if flags & 4 != 0 {
        for _ in 0..16 {
            if u8_at(layer.data, at - 1)? == 0 {
                break;
            }
            at += 4 * usize::from(u8_at(layer.data, at)?.max(1));
        }
    }
    layer.behind(at, LayerKind::Ip)
}
