//! Link layers: from a capture's link type to the first network layer, and through tags and labels.

use super::bytes::{u8_at, u16_at, u32_at};
use super::layer::{Kind, Layer};
use super::link_types;

/// What a link type's packets begin with.
pub(super) enum Start<'a> {
    /// This layer.
    Layer(Layer<'a>),
    /// Too few bytes, or nothing that leads to IP.
    Nothing,
    /// The link type is not read.
    Unknown,
}

/// The first layer of a packet of this link type.
#[inline]
pub(super) fn start(link: u16, data: &[u8], length: usize) -> Start<'_> {
    let raw = Layer { kind: Kind::Ip, data, length };
    let layer = match link {
        // Nearly every packet of nearly every capture; the loop over layers would come to the same.
        link_types::ETHERNET if matches!(u16_at(data, 12), Some(0x0800 | 0x86dd)) => raw.behind(14, Kind::Ip),
        link_types::ETHERNET => Some(Layer { kind: Kind::Ethernet, ..raw }),
        link_types::RAW_BSD
        | link_types::RAW_OPENBSD
        | link_types::RAW
        | link_types::IPV4
        | link_types::IPV6 => Some(raw),
        link_types::NULL | link_types::LOOP => loopback(raw),
        link_types::LINUX_SLL => cooked(raw),
        link_types::LINUX_SLL2 => {
            u16_at(data, 0).and_then(|ether_type| raw.behind(20, Kind::EtherType(ether_type)))
        }
        link_types::C_HDLC => {
            u16_at(data, 2).and_then(|ether_type| raw.behind(4, Kind::EtherType(ether_type)))
        }
        link_types::PPP => {
            let framing = if data.starts_with(&[0xff, 0x03]) { 2 } else { 0 };
            raw.behind(framing, Kind::Ppp)
        }
        link_types::NFLOG => netfilter_log(raw),
        link_types::ARCNET_LINUX => arcnet(raw),
        _ => return Start::Unknown,
    };
    layer.map_or(Start::Nothing, Start::Layer)
}

/// What a cooked header tells of where a packet was seen: the interface's index (version 2), or whether it came, went or passed by
/// (version 1; <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>, <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>).
pub(super) fn interface(link: u16, data: &[u8]) -> Option<u32> {
    match link {
        link_types::LINUX_SLL2 => u32_at(data, 4),
        link_types::LINUX_SLL => u16_at(data, 0).map(u32::from),
        _ => None,
    }
}

/// NULL and LOOP: an address family in either byte order, whose numbers differ by system
/// (2: IPv4; 10 Linux, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 Darwin: IPv6).
fn loopback(layer: Layer<'_>) -> Option<Layer<'_>> {
    let family = u32_at(layer.data, 0)?;
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    matches!(family, 2 | 10 | 24 | 28 | 30).then(|| layer.behind(4, Kind::Ip))?
}

/// Linux cooked capture, version 1; netlink (ARPHRD 824) writes its family where the EtherType stands.
fn cooked(layer: Layer<'_>) -> Option<Layer<'_>> {
    let ether_type = u16_at(layer.data, 14)?;
    (u16_at(layer.data, 2)? != 824).then(|| layer.behind(16, Kind::EtherType(ether_type)))?
}

/// Netfilter log: type-length-value records in the capturing machine's byte order (little-endian wherever seen), of which
/// number 9 is the packet.
fn netfilter_log(layer: Layer<'_>) -> Option<Layer<'_>> {
    let mut at = 4usize;
    // A message has about twenty attributes.
    for _ in 0..64 {
        let length = usize::from(u16_at(layer.data, at)?.swap_bytes());
        let kind = u16_at(layer.data, at.checked_add(2)?)?.swap_bytes() & 0x7fff;
        if length < 4 {
            return None;
        }
        if kind == 9 {
            let payload = layer.behind(at.checked_add(4)?, Kind::Ip)?;
            return Some(payload.trimmed(length - 4));
        }
        at = at.checked_add(length.next_multiple_of(4))?;
    }
    None
}

/// ARCNET as Linux captures it: two addresses of a byte, two of padding, a protocol; RFC 1201 adds a split flag and a sequence
/// number, RFC 1051 nothing.
fn arcnet(layer: Layer<'_>) -> Option<Layer<'_>> {
    match u8_at(layer.data, 4)? {
        240 => layer.behind(5, Kind::Ip),
        // Anything but 0 is a part of a packet.
        196 | 212 if u8_at(layer.data, 5)? == 0 => layer.behind(8, Kind::Ip),
        _ => None,
    }
}

/// The layer behind an Ethernet header.
#[inline]
pub(super) fn ethernet(layer: Layer<'_>) -> Option<Layer<'_>> {
    layer.behind(14, Kind::EtherType(u16_at(layer.data, 12)?))
}

/// Whether an EtherType is a VLAN tag's: 802.1Q, 802.1ad, and what was used before it.
#[inline]
pub(super) fn is_vlan(ether_type: u16) -> bool {
    matches!(ether_type, 0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300)
}

/// The layer behind what an EtherType announces, where that is no IP.
#[inline]
pub(super) fn ether_type(layer: Layer<'_>, ether_type: u16) -> Option<Layer<'_>> {
    match ether_type {
        0x0800 | 0x86dd => Some(Layer { kind: Kind::Ip, ..layer }),
        tag if is_vlan(tag) => layer.behind(4, Kind::EtherType(u16_at(layer.data, 2)?)),
        // Transparent Ethernet bridging, in GRE.
        0x6558 => Some(Layer { kind: Kind::Ethernet, ..layer }),
        0x880b => Some(Layer { kind: Kind::Ppp, ..layer }),
        // PPPoE session: version, code, session, length.
        0x8864 => layer.behind(6, Kind::Ppp),
        // VN-Tag of Cisco.
        0x8926 => layer.behind(6, Kind::EtherType(u16_at(layer.data, 4)?)),
        0x8847 | 0x8848 => labels(layer),
        0x88be | 0x22eb => mirrored(layer, ether_type),
        0..=1535 => sub_network_access(layer, ether_type),
        _ => None,
    }
}

/// IEEE 802.2 with SNAP (RFC 1042): AA AA 03, an organisation of zeros, an EtherType.
fn sub_network_access(layer: Layer<'_>, length: u16) -> Option<Layer<'_>> {
    let header = layer.data.first_chunk::<8>()?;
    let [0xaa, 0xaa, 0x03, 0, 0, 0, high, low] = *header else { return None };
    // In cooked captures the field is no length but a mark (1: 802.3, 4: 802.2).
    let layer = if length >= 8 { layer.trimmed(usize::from(length)) } else { layer };
    layer.behind(8, Kind::EtherType(u16::from_be_bytes([high, low])))
}

/// MPLS: labels of four bytes up to the one with the bottom bit; what follows is guessed by its first nibble (RFC 4928).
fn labels(layer: Layer<'_>) -> Option<Layer<'_>> {
    let mut at = 0;
    for _ in 0..16 {
        let label = u32_at(layer.data, at)?;
        at += 4;
        if label & 0x100 != 0 {
            return match u8_at(layer.data, at)? >> 4 {
                4 | 6 => layer.behind(at, Kind::Ip),
                // A pseudowire's control word (RFC 4448).
                0 => layer.behind(at + 4, Kind::Ethernet),
                1 => None,
                _ => layer.behind(at, Kind::Ethernet),
            };
        }
    }
    None
}

/// ERSPAN, an Ethernet frame mirrored over GRE (draft-foschiano-erspan): type II has a header of 8 bytes, type III 12 and an
/// optional subheader of 8. Type I has none and cannot be told here, so its version nibble must not look like one.
fn mirrored(layer: Layer<'_>, ether_type: u16) -> Option<Layer<'_>> {
    let header = match (ether_type, u8_at(layer.data, 0)? >> 4) {
        (0x22eb, 2) => {
            let optional = u8_at(layer.data, 11)? & 1 != 0;
            if optional { 20 } else { 12 }
        }
        (_, 1) => 8,
        _ => 0,
    };
    layer.behind(header, Kind::Ethernet)
}

/// PPP: a protocol number of one or two bytes (RFC 1661): IPv4, IPv6, MPLS.
pub(super) fn ppp(layer: Layer<'_>) -> Option<Layer<'_>> {
    let (protocol, header) = match u8_at(layer.data, 0)? {
        short if short & 1 == 1 => (u16::from(short), 1),
        _ => (u16_at(layer.data, 0)?, 2),
    };
    match protocol {
        0x0021 | 0x0057 => layer.behind(header, Kind::Ip),
        0x0281 => layer.behind(header, Kind::EtherType(0x8847)),
        _ => None,
    }
}
