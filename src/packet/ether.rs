//! Ethernet, and what an EtherType announces: tags, labels, and other headers between it and IP. etherparse reads Ethernet, VLAN and
//! MACsec headers one by one: its own walk stops behind the third tag and says nothing.

use etherparse::{
    EtherType, Ethernet2Header, Ethernet2HeaderSlice, MacsecHeaderSlice, SingleVlanHeader,
    SingleVlanHeaderSlice, ether_type,
};

use super::bytes::{u8_at, u16_at, u32_at};
use super::ether_types::{
    ERSPAN, ERSPAN_III, FIRST_ETHER_TYPE, MPLS, MPLS_MULTICAST, PPP, PPPOE_SESSION, TRANSPARENT_BRIDGING,
    VN_TAG, is_vlan,
};
use super::layer::{LayerKind, PacketLayer};

/// MPLS labels that are followed.
const MOST_LABELS: usize = 16;
/// The bit of the last MPLS label (RFC 3032, 2.1).
const BOTTOM_OF_STACK: u32 = 0x100;

/// The layer behind an Ethernet header.
#[inline]
pub(super) fn ethernet(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let header = Ethernet2HeaderSlice::from_slice(layer.data).ok()?;
    layer.behind(Ethernet2Header::LEN, LayerKind::EtherType(header.ether_type()))
}

/// A VLAN tag's identifier; 0, which is none, where it was cut.
#[inline]
pub(super) fn vlan_identifier(layer: PacketLayer<'_>) -> u16 {
    SingleVlanHeaderSlice::from_slice(layer.data).map_or(0, |tag| tag.vlan_identifier().value())
}

/// The layer behind what an EtherType announces, where that is no IP.
#[inline]
pub(super) fn behind_ether_type(layer: PacketLayer<'_>, ether_type: EtherType) -> Option<PacketLayer<'_>> {
    match ether_type {
        ether_type::IPV4 | ether_type::IPV6 => Some(PacketLayer { kind: LayerKind::Ip, ..layer }),
        tag if is_vlan(tag) => {
            let tag = SingleVlanHeaderSlice::from_slice(layer.data).ok()?;
            layer.behind(SingleVlanHeader::LEN, LayerKind::EtherType(tag.ether_type()))
        }
        ether_type::MACSEC => macsec(layer),
        TRANSPARENT_BRIDGING => Some(PacketLayer { kind: LayerKind::Ethernet, ..layer }),
        PPP => Some(PacketLayer { kind: LayerKind::Ppp, ..layer }),
        // Version, code, session, length.
        PPPOE_SESSION => layer.behind(6, LayerKind::Ppp),
        VN_TAG => layer.behind(6, LayerKind::EtherType(EtherType(u16_at(layer.data, 4)?))),
        MPLS | MPLS_MULTICAST => labels(layer),
        ERSPAN | ERSPAN_III => mirrored(layer, ether_type),
        EtherType(length @ ..FIRST_ETHER_TYPE) => sub_network_access(layer, length),
        _ => None,
    }
}

/// MACsec (IEEE 802.1AE) that protects a frame without encrypting it. The check value behind the frame goes with its padding.
fn macsec(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let header = MacsecHeaderSlice::from_slice(layer.data).ok()?;
    let inner = layer.behind(header.slice().len(), LayerKind::EtherType(header.next_ether_type()?))?;
    Some(header.expected_payload_len().map_or(inner, |length| inner.trimmed(length)))
}

/// IEEE 802.2 with SNAP (RFC 1042): AA AA 03, an organisation of zeros, an EtherType.
fn sub_network_access(layer: PacketLayer<'_>, length: u16) -> Option<PacketLayer<'_>> {
    let header = layer.data.first_chunk::<8>()?;
    let [0xaa, 0xaa, 0x03, 0, 0, 0, high, low] = *header else { return None };
    // In cooked captures the field is no length but a mark (1: 802.3, 4: 802.2).
    let layer = if length >= 8 { layer.trimmed(usize::from(length)) } else { layer };
    layer.behind(8, LayerKind::EtherType(EtherType(u16::from_be_bytes([high, low]))))
}

/// MPLS: labels of four bytes up to the one with the bottom bit; what follows is guessed by its first nibble (RFC 4928).
fn labels(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let mut at = 0;
    for _ in 0..MOST_LABELS {
        let label = u32_at(layer.data, at)?;
        at += 4;
        if label & BOTTOM_OF_STACK != 0 {
            return match u8_at(layer.data, at)? >> 4 {
                4 | 6 => layer.behind(at, LayerKind::Ip),
                // A pseudowire's control word (RFC 4448).
                0 => layer.behind(at + 4, LayerKind::Ethernet),
                1 => None,
                _ => layer.behind(at, LayerKind::Ethernet),
            };
        }
    }
    None
}

/// ERSPAN, an Ethernet frame mirrored over GRE (draft-foschiano-erspan): type II has a header of 8 bytes, type III 12 and an
/// optional subheader of 8. Type I has none and cannot be told here, so its version nibble must not look like one.
fn mirrored(layer: PacketLayer<'_>, ether_type: EtherType) -> Option<PacketLayer<'_>> {
    let header = match (ether_type, u8_at(layer.data, 0)? >> 4) {
        (ERSPAN_III, 2) => {
            let optional = u8_at(layer.data, 11)? & 1 != 0;
            if optional { 20 } else { 12 }
        }
        (_, 1) => 8,
        _ => 0,
    };
    layer.behind(header, LayerKind::Ethernet)
}

/// The layer behind a PPP protocol number of one or two bytes (RFC 1661; registry: IANA, PPP DLL protocol numbers).
pub(super) fn ppp(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    const PPP_IPV4: u16 = 0x0021;
    const PPP_IPV6: u16 = 0x0057;
    const PPP_MPLS: u16 = 0x0281;
    let (protocol, header) = match u8_at(layer.data, 0)? {
        short if short & 1 == 1 => (u16::from(short), 1),
        _ => (u16_at(layer.data, 0)?, 2),
    };
    match protocol {
        PPP_IPV4 | PPP_IPV6 => layer.behind(header, LayerKind::Ip),
        PPP_MPLS => layer.behind(header, LayerKind::EtherType(MPLS)),
        _ => None,
    }
}
