//! IP headers of both versions, down to the transport protocol.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{u8_at, u16_at, u32_at};
use super::layer::{Kind, Layer};

/// An IP packet: its addresses and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Internet<'a> {
    pub(super) version: u8,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) ttl: u8,
    pub(super) id: Option<u16>,
    /// Protocol number of the payload, behind all extension headers.
    pub(super) protocol: u8,
    /// Where it belongs, if it is one of several parts of a packet.
    pub(super) fragment: Option<Place>,
    /// The payload, without padding; `None` where the header contradicts itself or is cut.
    pub(super) payload: Option<Layer<'a>>,
}

/// A fragment's place in its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) identification: u32,
    /// In bytes.
    pub(super) offset: u16,
    /// Others follow.
    pub(super) more: bool,
}

/// Reads an IP header, version by its first nibble; `None` where it is neither, or too little was captured.
#[inline]
pub(super) fn internet(layer: Layer<'_>) -> Option<Internet<'_>> {
    match u8_at(layer.data, 0)? >> 4 {
        4 => version_4(layer),
        6 => version_6(layer),
        _ => None,
    }
}

#[inline]
fn version_4(layer: Layer<'_>) -> Option<Internet<'_>> {
    let header = layer.data.first_chunk::<20>()?;
    let [
        first,
        _,
        len_0,
        len_1,
        id_0,
        id_1,
        frag_0,
        frag_1,
        ttl,
        protocol,
        _,
        _,
        s0,
        s1,
        s2,
        s3,
        d0,
        d1,
        d2,
        d3,
    ] = *header;
    let header_length = usize::from(first & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([len_0, len_1]));
    let id = u16::from_be_bytes([id_0, id_1]);
    let flags_and_offset = u16::from_be_bytes([frag_0, frag_1]);
    let fragment = (flags_and_offset & 0x3fff != 0).then(|| Place {
        identification: u32::from(id),
        offset: (flags_and_offset & 0x1fff) << 3,
        more: flags_and_offset & 0x2000 != 0,
    });
    let payload = match total {
        _ if header_length < 20 => None,
        // A capture on the sender before segmentation offload: up to the end of the frame.
        0 => layer.behind(header_length, Kind::Ip),
        _ if total < header_length => None,
        _ => layer.trimmed(total).behind(header_length, Kind::Ip),
    };
    Some(Internet {
        version: 4,
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        ttl,
        id: Some(id),
        protocol,
        fragment,
        payload,
    })
}

fn version_6(layer: Layer<'_>) -> Option<Internet<'_>> {
    let header = layer.data.first_chunk::<40>()?;
    let [_, _, _, _, len_0, len_1, next, hops, addresses @ ..] = *header;
    let (source, destination) = addresses.split_first_chunk::<16>()?;
    let length = usize::from(u16::from_be_bytes([len_0, len_1]));
    // 0: a jumbo packet (RFC 2675) or one captured before segmentation offload; up to the end of the frame.
    let layer = if length == 0 { layer } else { layer.trimmed(length + 40) };
    let mut packet = Internet {
        version: 6,
        source: Ipv6Addr::from(*source).into(),
        destination: Ipv6Addr::from(*destination.first_chunk::<16>()?).into(),
        ttl: hops,
        id: None,
        protocol: next,
        fragment: None,
        payload: layer.behind(40, Kind::Ip),
    };
    extension_headers(&mut packet);
    Some(packet)
}

/// Walks over extension headers (RFC 8200, section 4; AH: RFC 4302).
pub(super) fn extension_headers(packet: &mut Internet<'_>) {
    for _ in 0..32 {
        let Some(layer) = packet.payload else { return };
        let units = |at| u8_at(layer.data, at).map(usize::from);
        let length = match packet.protocol {
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => units(1).map(|units| 8 + 8 * units),
            44 => Some(8),
            51 => units(1).map(|units| 8 + 4 * units),
            _ => return,
        };
        if packet.protocol == 43 {
            route(packet, layer.data);
        }
        if packet.protocol == 44 {
            packet.fragment = place(layer.data);
        }
        let next = u8_at(layer.data, 0);
        packet.payload = length.and_then(|length| layer.behind(length, Kind::Ip));
        packet.protocol = next.unwrap_or(59);
        if packet.fragment.is_some() {
            return;
        }
    }
    packet.payload = None;
}

/// What a fragment header says (RFC 8200, 4.5). One without offset and without more to come makes no fragment (RFC 6946).
fn place(header: &[u8]) -> Option<Place> {
    let offset_and_more = u16_at(header, 2).filter(|field| field & 0xfff9 != 0)?;
    Some(Place {
        identification: u32_at(header, 4)?,
        offset: offset_and_more & 0xfff8,
        more: offset_and_more & 1 != 0,
    })
}

/// A source route that is not finished: the connection's destination is the last address, not the one in the header
/// (types 0 and 2: RFC 5095, RFC 6275; type 4, segment routing, lists backwards: RFC 8754).
fn route(packet: &mut Internet<'_>, header: &[u8]) {
    let (Some(units), Some(kind), Some(left)) = (u8_at(header, 1), u8_at(header, 2), u8_at(header, 3)) else {
        return;
    };
    let last = match kind {
        _ if left == 0 => return,
        0 | 2 => usize::from(units / 2).checked_sub(1),
        4 => Some(0),
        _ => return,
    };
    let address = last.and_then(|last| header.get(8 + 16 * last..)?.first_chunk::<16>());
    if let Some(address) = address {
        packet.destination = Ipv6Addr::from(*address).into();
    }
}
