//! IP headers of both versions, down to the transport protocol. etherparse reads the headers; here is which of them follow each other,
//! where a packet ends, and where it is to go.

use std::net::{IpAddr, Ipv6Addr};

use etherparse::{
    IpAuthHeaderSlice, IpNumber, Ipv4Header, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6Header,
    Ipv6HeaderSlice, Ipv6RawExtHeaderSlice, ip_number,
};

use super::layer::{LayerKind, PacketLayer};

/// More extension headers than any honest packet has.
const MOST_EXTENSION_HEADERS: usize = 32;

/// An IP packet: its addresses and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Internet<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// Time to live, or hop limit.
    pub(super) ttl: u8,
    /// IPv4 identification.
    pub(super) id: Option<u16>,
    /// Of the payload, behind all extension headers.
    pub(super) protocol: IpNumber,
    /// Where it belongs, if it is one of several parts of a packet.
    pub(super) fragment: Option<FragmentPlace>,
    /// Without padding.
    pub(super) payload: PacketLayer<'a>,
}

/// A fragment's place in its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FragmentPlace {
    pub(super) identification: u32,
    /// In bytes.
    pub(super) offset: u16,
    /// Others follow.
    pub(super) more: bool,
}

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IpVersion {
    Four,
    Six,
}

impl IpVersion {
    /// The version of the IP header that `data` begins with; `None` where it is neither, or too little was captured.
    #[inline]
    pub(super) fn of(data: &[u8]) -> Option<IpVersion> {
        match (data.first()? >> 4, data.len()) {
            (4, Ipv4Header::MIN_LEN..) => Some(IpVersion::Four),
            (6, Ipv6Header::LEN..) => Some(IpVersion::Six),
            _ => None,
        }
    }
}

/// Reads an IP header of either version and what extends it; `None` where they contradict themselves or are cut.
#[inline]
pub(super) fn internet(layer: PacketLayer<'_>) -> Option<Internet<'_>> {
    behind_extension_headers(match IpVersion::of(layer.data)? {
        IpVersion::Four => version_4(layer)?,
        IpVersion::Six => version_6(layer)?,
    })
}

#[inline]
fn version_4(layer: PacketLayer<'_>) -> Option<Internet<'_>> {
    let header = Ipv4HeaderSlice::from_slice(layer.data).ok()?;
    let packet = match header.total_len() {
        // A capture on the sender before segmentation offload: up to the end of the frame.
        0 => layer,
        total => layer.trimmed(total.into()),
    };
    Some(Internet {
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
        ttl: header.ttl(),
        id: Some(header.identification()),
        protocol: header.protocol(),
        fragment: header.is_fragmenting_payload().then(|| FragmentPlace {
            identification: header.identification().into(),
            offset: header.fragments_offset().byte_offset(),
            more: header.more_fragments(),
        }),
        payload: packet.behind(header.slice().len(), LayerKind::Ip)?,
    })
}

fn version_6(layer: PacketLayer<'_>) -> Option<Internet<'_>> {
    let header = Ipv6HeaderSlice::from_slice(layer.data).ok()?;
    let packet = match header.payload_length() {
        // A jumbo packet (RFC 2675) or one captured before segmentation offload: up to the end of the frame.
        0 => layer,
        length => layer.trimmed(Ipv6Header::LEN + usize::from(length)),
    };
    Some(Internet {
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
        ttl: header.hop_limit(),
        id: None,
        protocol: header.next_header(),
        fragment: None,
        payload: packet.behind(Ipv6Header::LEN, LayerKind::Ip)?,
    })
}

/// Goes over extension headers (RFC 8200, section 4) up to the transport protocol or a fragment; `None` where one is cut or
/// contradicts itself. IPv4 knows the authentication header alone (RFC 4302).
pub(super) fn behind_extension_headers(mut packet: Internet<'_>) -> Option<Internet<'_>> {
    for _ in 0..MOST_EXTENSION_HEADERS {
        if packet.fragment.is_some() {
            return Some(packet);
        }
        let data = packet.payload.data;
        let (next, length) = match packet.protocol {
            ip_number::AUTH => {
                let header = IpAuthHeaderSlice::from_slice(data).ok()?;
                (header.next_header(), header.slice().len())
            }
            _ if packet.source.is_ipv4() => return Some(packet),
            ip_number::IPV6_FRAG => {
                let header = Ipv6FragmentHeaderSlice::from_slice(data).ok()?;
                // One without offset and without more to come makes no fragment (RFC 6946).
                packet.fragment = header.is_fragmenting_payload().then(|| FragmentPlace {
                    identification: header.identification(),
                    offset: header.fragment_offset().byte_offset(),
                    more: header.more_fragments(),
                });
                (header.next_header(), header.slice().len())
            }
            // Hop-by-hop and destination options, routing, mobility, HIP, shim6.
            other if Ipv6RawExtHeaderSlice::header_type_supported(other) => {
                let header = Ipv6RawExtHeaderSlice::from_slice(data).ok()?;
                if other == ip_number::IPV6_ROUTE {
                    packet.destination = last_hop(&header).map_or(packet.destination, IpAddr::V6);
                }
                (header.next_header(), header.slice().len())
            }
            _ => return Some(packet),
        };
        packet.protocol = next;
        packet.payload = packet.payload.behind(length, LayerKind::Ip)?;
    }
    None
}

/// Where a source route that is not finished ends: the connection's destination is its last address, not the one in the IP header
/// (types 0 and 2: RFC 5095, RFC 6275; type 4, segment routing, lists backwards: RFC 8754).
fn last_hop(header: &Ipv6RawExtHeaderSlice<'_>) -> Option<Ipv6Addr> {
    let &[_, units, kind, left, _, _, _, _, ref addresses @ ..] = header.slice() else { return None };
    let last = match kind {
        _ if left == 0 => return None,
        0 | 2 => usize::from(units / 2).checked_sub(1)?,
        4 => 0,
        _ => return None,
    };
    addresses.chunks_exact(16).nth(last)?.first_chunk::<16>().map(|address| Ipv6Addr::from(*address))
}
