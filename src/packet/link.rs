//! Link types: from the first byte of a captured packet to its first layer. etherparse knows version 1 of Linux' cooked captures alone,
//! and of that neither tunnels nor loopback, so these few headers are read here.

use etherparse::{ArpHardwareId, EtherType};

use super::bytes::{u8_at, u16_at, u32_at};
use super::layer::{LayerKind, PacketLayer};
use super::link_types;

/// What a link type's packets begin with.
pub(super) enum FirstLayer<'a> {
    /// This layer.
    Layer(PacketLayer<'a>),
    /// Too few bytes, or nothing that leads to IP.
    Nothing,
    /// The link type is not read.
    Unknown,
}

/// The first layer of a packet of this link type, of which `length` bytes were on the wire.
#[inline]
pub(super) fn first_layer(link: u16, data: &[u8], length: usize) -> FirstLayer<'_> {
    let raw = PacketLayer { kind: LayerKind::Ip, data, length };
    let layer = match link {
        link_types::ETHERNET => Some(PacketLayer { kind: LayerKind::Ethernet, ..raw }),
        link_types::RAW_BSD
        | link_types::RAW_OPENBSD
        | link_types::RAW
        | link_types::IPV4
        | link_types::IPV6 => Some(raw),
        link_types::NULL | link_types::LOOP => loopback(raw),
        link_types::LINUX_SLL => cooked(raw),
        link_types::LINUX_SLL2 => behind_protocol(raw, 0, 20),
        link_types::C_HDLC => behind_protocol(raw, 2, 4),
        link_types::PPP => {
            // An address and a control field, which a link may leave out (RFC 1662, 3.1).
            let framing = if data.starts_with(&[0xff, 0x03]) { 2 } else { 0 };
            raw.behind(framing, LayerKind::Ppp)
        }
        link_types::NFLOG => netfilter_log(raw),
        link_types::ARCNET_LINUX => arcnet(raw),
        _ => return FirstLayer::Unknown,
    };
    layer.map_or(FirstLayer::Nothing, FirstLayer::Layer)
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

/// The layer behind `header` bytes, of which those at `at` are an EtherType.
fn behind_protocol(layer: PacketLayer<'_>, at: usize, header: usize) -> Option<PacketLayer<'_>> {
    layer.behind(header, LayerKind::EtherType(EtherType(u16_at(layer.data, at)?)))
}

/// NULL and LOOP: an address family in either byte order, whose numbers differ by system
/// (2: IPv4; 10 Linux, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 Darwin: IPv6).
fn loopback(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let family = family(layer.data)?;
    matches!(family, 2 | 10 | 24 | 28 | 30).then(|| layer.behind(4, LayerKind::Ip))?
}

fn family(data: &[u8]) -> Option<u32> {
    let family = u32_at(data, 0)?;
    Some(if family > 0xffff { family.swap_bytes() } else { family })
}

/// The address family of a loopback header of which the packet behind it was not read; 65535 for all above.
pub(super) fn unopened_family(link: u16, data: &[u8]) -> Option<u16> {
    let has_family = matches!(link, link_types::NULL | link_types::LOOP);
    family(data).filter(|_| has_family).map(|family| u16::try_from(family).unwrap_or(u16::MAX))
}

/// Linux cooked capture, version 1; netlink writes its family where the EtherType stands. etherparse refuses what comes from other
/// hardware than five kinds of it, such as a tunnel or a loopback interface.
fn cooked(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    let hardware = ArpHardwareId(u16_at(layer.data, 2)?);
    (hardware != ArpHardwareId::NETLINK).then(|| behind_protocol(layer, 14, 16))?
}

/// Netfilter log: type-length-value records in the capturing machine's byte order (little-endian wherever seen), of which
/// number 9 is the packet.
fn netfilter_log(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    const PAYLOAD: u16 = 9;
    let mut at = 4usize;
    // A message has about twenty attributes.
    for _ in 0..64 {
        let length = usize::from(u16_at(layer.data, at)?.swap_bytes());
        let kind = u16_at(layer.data, at.checked_add(2)?)?.swap_bytes() & 0x7fff;
        if length < 4 {
            return None;
        }
        if kind == PAYLOAD {
            let payload = layer.behind(at.checked_add(4)?, LayerKind::Ip)?;
            return Some(payload.trimmed(length - 4));
        }
        at = at.checked_add(length.next_multiple_of(4))?;
    }
    None
}

/// ARCNET as Linux captures it: two addresses of a byte, two of padding, a protocol; RFC 1201 adds a split flag and a sequence
/// number, RFC 1051 nothing.
fn arcnet(layer: PacketLayer<'_>) -> Option<PacketLayer<'_>> {
    const IPV4_OF_RFC_1051: u8 = 240;
    const IPV4_OF_RFC_1201: u8 = 212;
    const IPV6: u8 = 196;
    match u8_at(layer.data, 4)? {
        IPV4_OF_RFC_1051 => layer.behind(5, LayerKind::Ip),
        // Anything but 0 is a part of a packet.
        IPV6 | IPV4_OF_RFC_1201 if u8_at(layer.data, 5)? == 0 => layer.behind(8, LayerKind::Ip),
        _ => None,
    }
}
