//! TCP segments as records of a classic pcap file: Ethernet, IPv4 or IPv6, TCP with timestamps, checksums as they should be.

use std::net::{IpAddr, SocketAddr};

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

/// The most data in a segment: 1500 less the headers and the timestamps of IPv6.
pub const MOST_DATA: usize = 1428;

/// A segment to be captured.
pub struct Segment {
    /// Microseconds since the capture began.
    pub time: u64,
    pub from_edge: bool,
    pub sequence: u32,
    pub acknowledged: u32,
    pub flags: u8,
    pub data: Vec<u8>,
}

/// The file's header: microseconds, Ethernet.
pub fn file_header() -> Vec<u8> {
    let mut header = 0xa1b2_c3d4u32.to_le_bytes().to_vec();
    header.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.extend(262_144u32.to_le_bytes());
    header.extend(1u32.to_le_bytes());
    header
}

/// Appends the record of a segment between these two; `start` is the capture's beginning in seconds since the epoch.
pub fn record(
    out: &mut Vec<u8>,
    segment: &Segment,
    edge: SocketAddr,
    origin: SocketAddr,
    start: u64,
    number: u16,
) {
    let (source, target) = if segment.from_edge { (edge, origin) } else { (origin, edge) };
    let tcp = tcp(segment, source, target);
    let ip_length = if source.is_ipv4() { 20 } else { 40 };
    let length = (14 + ip_length + tcp.len()) as u32;
    out.extend(((start + segment.time / 1_000_000) as u32).to_le_bytes());
    out.extend(((segment.time % 1_000_000) as u32).to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(length.to_le_bytes());
    let (router, server) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let (to, from) = if segment.from_edge { (server, router) } else { (router, server) };
    out.extend(to);
    out.extend(from);
    let hops = if segment.from_edge { 57 } else { 64 };
    match (source.ip(), target.ip()) {
        (IpAddr::V4(source), IpAddr::V4(target)) => {
            out.extend([0x08, 0x00]);
            let mut header = vec![0x45, 0];
            header.extend((20 + tcp.len() as u16).to_be_bytes());
            header.extend(number.to_be_bytes());
            header.extend([0x40, 0, hops, 6, 0, 0]);
            header.extend(source.octets());
            header.extend(target.octets());
            let sum = checksum(add(0, &header));
            header[10..12].copy_from_slice(&sum);
            out.extend(header);
        }
        (source, target) => {
            out.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            out.extend((tcp.len() as u16).to_be_bytes());
            out.extend([6, hops]);
            out.extend(octets(source));
            out.extend(octets(target));
        }
    }
    out.extend(tcp);
}

fn tcp(segment: &Segment, source: SocketAddr, target: SocketAddr) -> Vec<u8> {
    let mut tcp = Vec::with_capacity(40 + segment.data.len());
    tcp.extend(source.port().to_be_bytes());
    tcp.extend(target.port().to_be_bytes());
    tcp.extend(segment.sequence.to_be_bytes());
    tcp.extend(segment.acknowledged.to_be_bytes());
    let clock = (segment.time / 1000) as u32;
    let mut options = Vec::new();
    if segment.flags & SYN != 0 {
        options.extend([2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 9, 1, 1]);
    } else {
        options.extend([1, 1]);
    }
    if segment.flags & RST == 0 {
        options.extend([8, 10]);
        options.extend(clock.wrapping_add(if segment.from_edge { 77_000 } else { 0 }).to_be_bytes());
        options.extend(clock.to_be_bytes());
    } else {
        options.clear();
    }
    while options.len() % 4 != 0 {
        options.push(1);
    }
    let words = (20 + options.len() as u8) / 4;
    tcp.extend([words << 4, segment.flags]);
    let window: u16 = if segment.flags & RST == 0 { 2048 } else { 0 };
    tcp.extend(window.to_be_bytes());
    tcp.extend([0, 0, 0, 0]);
    tcp.extend(options);
    tcp.extend(&segment.data);
    let mut sum = add(0, &octets(source.ip()));
    sum = add(sum, &octets(target.ip()));
    sum = add(sum, &tcp) + 6 + tcp.len() as u64;
    let sum = checksum(sum);
    tcp[16..18].copy_from_slice(&sum);
    tcp
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The internet checksum's sum (RFC 1071), not yet folded.
fn add(sum: u64, bytes: &[u8]) -> u64 {
    let pairs = bytes.chunks(2).map(|pair| u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0)));
    sum + pairs.sum::<u64>()
}

fn checksum(mut sum: u64) -> [u8; 2] {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
