//! TCP headers (RFC 9293, 3.1).

use std::net::SocketAddr;

use super::bytes::{u8_at, u16_at};
use super::carried::Carried;
use super::internet::Internet;
use super::segment::{Flags, Options, Segment};
use super::tally::Tally;

/// Up to the window field: what a connection needs to know.
const NEEDED: usize = 16;

/// Reads and counts a TCP header.
#[inline(always)]
pub(super) fn tcp<'a>(packet: &Internet<'a>, interface: u32, tally: &mut Tally) -> Carried<'a> {
    let layer = packet.payload;
    tally.tcp_packets += 1;
    let Some(header) = layer.data.first_chunk::<NEEDED>() else {
        let cut = layer.length >= 20;
        tally.tcp_cut += u64::from(cut);
        tally.tcp_malformed += u64::from(!cut);
        return Carried::Other;
    };
    let [sp0, sp1, dp0, dp1, s0, s1, s2, s3, a0, a1, a2, a3, offset, flags, w0, w1] = *header;
    let flags = Flags(flags);
    let source_port = u16::from_be_bytes([sp0, sp1]);
    let destination_port = u16::from_be_bytes([dp0, dp1]);
    let malformed = || Carried::MalformedTcp {
        sender: SocketAddr::new(packet.source, source_port),
        receiver: SocketAddr::new(packet.destination, destination_port),
    };
    let header_length = usize::from(offset >> 4) * 4;
    let Some(length) = layer.length.checked_sub(header_length).and_then(|length| u32::try_from(length).ok())
    else {
        tally.tcp_malformed += 1;
        return malformed();
    };
    tally.tcp_payload_bytes = tally.tcp_payload_bytes.saturating_add(u64::from(length));
    if header_length < 20 {
        tally.tcp_malformed += 1;
        return malformed();
    }
    if flags.controls() {
        tally.syn += u64::from(flags.opens());
        tally.syn_ack += u64::from(flags.accepts());
        tally.fin += u64::from(flags.fin());
        tally.rst += u64::from(flags.rst());
    }
    let options = if flags.syn() { options(layer.data, header_length) } else { Options::default() };
    Carried::Tcp(Segment {
        source: packet.source,
        destination: packet.destination,
        source_port,
        destination_port,
        sequence: u32::from_be_bytes([s0, s1, s2, s3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        window: u16::from_be_bytes([w0, w1]),
        options,
        payload: layer.data.get(header_length..).unwrap_or_default(),
        length,
        ttl: packet.ttl,
        ip_id: packet.id,
        interface,
    })
}

/// Reads as many options as were captured.
fn options(data: &[u8], header_length: usize) -> Options {
    let mut rest = data.get(..header_length).unwrap_or(data).get(20..).unwrap_or_default();
    let mut options = Options::default();
    loop {
        let length = match rest.first() {
            None | Some(0) => return options,
            Some(1) => 1,
            Some(&kind) => {
                let Some(length) = u8_at(rest, 1).map(usize::from).filter(|&length| length >= 2) else {
                    return options;
                };
                match (kind, length) {
                    (2, 4) => options.mss = u16_at(rest, 2),
                    (3, 3) => options.window_scale = u8_at(rest, 2).map(|shift| shift.min(14)),
                    (4, 2) => options.sack_permitted = true,
                    _ => {}
                }
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}
