//! ICMP errors (RFC 792, RFC 4443) and the TCP segment that they quote. etherparse reads the messages; of the quoted packet it reads the
//! IP header, but not TCP's, of which a router need not quote more than 8 bytes.

use std::net::SocketAddr;

use etherparse::icmpv4::DestUnreachableHeader::FragmentationNeeded;
use etherparse::{Icmpv4Slice, Icmpv4Type, Icmpv6Slice, icmpv4, icmpv6, ip_number};

use super::bytes::{u16_at, u32_at};
use super::internet::internet;
use super::layer::{LayerKind, PacketLayer};
use super::tally::Tally;

/// Bytes of an ICMP error before the packet that it quotes.
const ERROR_HEADER: usize = 8;

/// The TCP segment that an error quotes; of its header at least the ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Who sent the segment that caused the error.
    pub sender: SocketAddr,
    /// Where it was to go.
    pub receiver: SocketAddr,
    /// Its sequence number, if quoted.
    pub sequence: Option<u32>,
    /// Enough of the header is quoted for Wireshark to give it a `tcp.stream` (up to the window field).
    pub header_quoted: bool,
}

/// An ICMP error about a TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpReport {
    /// IP version 4 or 6: types and codes differ.
    pub version: u8,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// The largest packet that the next hop takes, where the error says so.
    pub next_hop_mtu: Option<u32>,
    /// The segment that caused it.
    pub quoted: Quoted,
}

/// Reads and counts an ICMP message of IPv4; `None` unless it is an error about TCP.
pub(super) fn icmp_4(layer: PacketLayer<'_>, tally: &mut Tally) -> Option<IcmpReport> {
    let message = Icmpv4Slice::from_slice(layer.data).ok()?;
    match message.type_u8() {
        icmpv4::TYPE_DEST_UNREACH => tally.icmp_unreachable += 1,
        icmpv4::TYPE_TIME_EXCEEDED | icmpv4::TYPE_PARAMETER_PROBLEM => {}
        _ => return None,
    }
    let next_hop_mtu = match message.icmp_type() {
        // RFC 1191: 0 where the router does not know.
        Icmpv4Type::DestinationUnreachable(FragmentationNeeded { next_hop_mtu: 0 }) => None,
        Icmpv4Type::DestinationUnreachable(FragmentationNeeded { next_hop_mtu }) => Some(next_hop_mtu.into()),
        _ => None,
    };
    let quoted = quoted(layer.behind(ERROR_HEADER, LayerKind::Ip)?)?;
    Some(IcmpReport { version: 4, kind: message.type_u8(), code: message.code_u8(), next_hop_mtu, quoted })
}

/// Reads and counts an ICMPv6 message; `None` unless it is an error about TCP.
pub(super) fn icmp_6(layer: PacketLayer<'_>, tally: &mut Tally) -> Option<IcmpReport> {
    let message = Icmpv6Slice::from_slice(layer.data).ok()?;
    let next_hop_mtu = match message.type_u8() {
        icmpv6::TYPE_DST_UNREACH => {
            tally.icmpv6_unreachable += 1;
            None
        }
        // Whatever the code is: receivers ignore it (RFC 4443, 3.2), etherparse's typed message does not.
        icmpv6::TYPE_PACKET_TOO_BIG => Some(u32::from_be_bytes(message.bytes5to8())),
        icmpv6::TYPE_TIME_EXCEEDED | icmpv6::TYPE_PARAMETER_PROBLEM => None,
        _ => return None,
    };
    let quoted = quoted(layer.behind(ERROR_HEADER, LayerKind::Ip)?)?;
    Some(IcmpReport { version: 6, kind: message.type_u8(), code: message.code_u8(), next_hop_mtu, quoted })
}

/// The quoted packet's length field speaks of the whole packet, of which often only 8 bytes of TCP are there.
fn quoted(layer: PacketLayer<'_>) -> Option<Quoted> {
    let packet = internet(layer)?;
    let is_tcp = packet.protocol == ip_number::TCP && packet.fragment.is_none();
    let tcp = packet.payload.data;
    is_tcp.then_some(Quoted {
        sender: SocketAddr::new(packet.source, u16_at(tcp, 0)?),
        receiver: SocketAddr::new(packet.destination, u16_at(tcp, 2)?),
        sequence: u32_at(tcp, 4),
        header_quoted: tcp.len() >= 16,
    })
}
