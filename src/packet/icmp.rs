//! ICMP errors (RFC 792, RFC 4443) and the TCP segment that they quote.

use std::net::SocketAddr;

use super::bytes::{u8_at, u16_at, u32_at};
use super::internet::{Internet, internet};
use super::layer::{Kind, Layer};
use super::tally::Tally;

/// The protocol number of TCP.
pub(super) const TCP: u8 = 6;

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

/// Reads and counts an ICMP message; `None` unless it is an error about TCP.
pub(super) fn icmp(packet: &Internet<'_>, layer: Layer<'_>, tally: &mut Tally) -> Option<IcmpReport> {
    let (kind, code) = (u8_at(layer.data, 0)?, u8_at(layer.data, 1)?);
    let error = match (packet.version, kind) {
        (4, 3) => {
            tally.icmp_unreachable += 1;
            true
        }
        (6, 1) => {
            tally.icmpv6_unreachable += 1;
            true
        }
        // Time exceeded, parameter problem; packet too big.
        (4, 11 | 12) | (6, 2..=4) => true,
        _ => false,
    };
    let next_hop_mtu = match (packet.version, kind, code) {
        // RFC 1191: 0 where the router does not know.
        (4, 3, 4) => u16_at(layer.data, 6).map(u32::from).filter(|&mtu| mtu != 0),
        (6, 2, _) => u32_at(layer.data, 4),
        _ => None,
    };
    let quoted = if error { quoted(layer.behind(8, Kind::Ip)?)? } else { return None };
    Some(IcmpReport { version: packet.version, kind, code, next_hop_mtu, quoted })
}

/// The quoted packet's length field speaks of the whole packet, of which often only 8 bytes of TCP are there.
fn quoted(layer: Layer<'_>) -> Option<Quoted> {
    let packet = internet(layer)?;
    let tcp = packet.payload.filter(|_| packet.protocol == TCP && packet.fragment.is_none())?;
    Some(Quoted {
        sender: SocketAddr::new(packet.source, u16_at(tcp.data, 0)?),
        receiver: SocketAddr::new(packet.destination, u16_at(tcp.data, 2)?),
        sequence: u32_at(tcp.data, 4),
        header_quoted: tcp.data.len() >= 16,
    })
}
