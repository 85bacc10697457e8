//! Captures in the making: TCP packets, and the files that hold them.

use std::net::Ipv4Addr;

/// RFC 9293, 3.1: the control bits.
pub const FIN: u8 = 0x01;
/// The first packet of each direction.
pub const SYN: u8 = 0x02;
/// The connection is reset.
pub const RST: u8 = 0x04;
/// The receiver shall be told at once.
pub const PSH: u8 = 0x08;
/// The acknowledgement number counts.
pub const ACK: u8 = 0x10;

/// A TCP segment over IPv4, neither with options.
pub struct Segment<'a> {
    /// Sender and receiver.
    pub ends: [(Ipv4Addr, u16); 2],
    /// The identification of its IP packet.
    pub ip_id: u16,
    /// Its time to live.
    pub ttl: u8,
    /// Its control bits.
    pub flags: u8,
    /// Its sequence number.
    pub sequence: u32,
    /// What it acknowledges.
    pub acknowledged: u32,
    /// What it carries.
    pub payload: &'a [u8],
}

impl Segment<'_> {
    /// The Ethernet frame that carries it, checksums left out, as a machine that offloads them captures it.
    pub fn frame(&self) -> Vec<u8> {
        let [(source, from), (destination, to)] = self.ends;
        let total = u16::try_from(40 + self.payload.len()).expect("a packet");
        let mut frame = [[0x02; 12].as_slice(), &[0x08, 0x00, 0x45, 0]].concat();
        frame.extend(total.to_be_bytes());
        frame.extend(self.ip_id.to_be_bytes());
        frame.extend([0x40, 0, self.ttl, 6, 0, 0]);
        frame.extend(source.octets());
        frame.extend(destination.octets());
        frame.extend(from.to_be_bytes());
        frame.extend(to.to_be_bytes());
        frame.extend(self.sequence.to_be_bytes());
        frame.extend(self.acknowledged.to_be_bytes());
        frame.extend([0x50, self.flags, 0xfa, 0xf0, 0, 0, 0, 0]);
        frame.extend(self.payload);
        frame
    }
}

/// An ICMP error (RFC 792) that a router or host sends about a packet of which it quotes the IP header and eight bytes.
pub struct IcmpAbout<'a> {
    /// Who sends it.
    pub from: Ipv4Addr,
    /// Type and code.
    pub kind: (u8, u8),
    /// What comes in its second word: the next hop's MTU where a packet is too big (RFC 1191).
    pub word: u32,
    /// The frame that it is about, as [`Segment::frame`] writes it.
    pub frame: &'a [u8],
}

impl IcmpAbout<'_> {
    /// The Ethernet frame that carries it to the sender of what it is about.
    pub fn frame(&self) -> Vec<u8> {
        const QUOTED: std::ops::Range<usize> = 14..42;
        let quoted = &self.frame[QUOTED];
        let mut frame = [[0x02; 12].as_slice(), &[0x08, 0x00, 0x45, 0]].concat();
        frame.extend(56u16.to_be_bytes());
        frame.extend([0, 7, 0, 0, 62, 1, 0, 0]);
        frame.extend(self.from.octets());
        frame.extend(&quoted[12..16]);
        frame.extend([self.kind.0, self.kind.1, 0, 0]);
        frame.extend(self.word.to_be_bytes());
        frame.extend(quoted);
        frame
    }
}

/// How a capture file is written.
#[derive(Clone, Copy, Debug)]
pub enum FileFormat {
    /// Classic, little-endian, microseconds.
    Pcap,
    /// Classic, little-endian, nanoseconds.
    PcapNanoseconds,
    /// Classic, big-endian, microseconds.
    PcapSwapped,
    /// The next generation, little-endian, microseconds.
    Pcapng,
    /// The same with nanoseconds (`if_tsresol`).
    PcapngNanoseconds,
}

impl FileFormat {
    /// The file of Ethernet frames, each with nanoseconds since 1970.
    pub fn write<'a>(self, packets: impl IntoIterator<Item = (i64, &'a [u8])>) -> Vec<u8> {
        self.write_snapped(packets, usize::MAX)
    }

    /// The same, with so many bytes of each frame at most.
    pub fn write_snapped<'a>(
        self,
        packets: impl IntoIterator<Item = (i64, &'a [u8])>,
        snap_length: usize,
    ) -> Vec<u8> {
        let packets = packets.into_iter().map(|(at, frame)| Captured {
            at,
            kept: &frame[..frame.len().min(snap_length)],
            length: number(frame.len()),
        });
        match self {
            FileFormat::Pcap => pcap(packets, 0xa1b2_c3d4, 1_000, u32::to_le_bytes),
            FileFormat::PcapSwapped => pcap(packets, 0xa1b2_c3d4, 1_000, u32::to_be_bytes),
            FileFormat::PcapNanoseconds => pcap(packets, 0xa1b2_3c4d, 1, u32::to_le_bytes),
            FileFormat::Pcapng => pcapng(packets, None),
            FileFormat::PcapngNanoseconds => pcapng(packets, Some(9)),
        }
    }
}

/// A frame as a file holds it.
struct Captured<'a> {
    at: i64,
    kept: &'a [u8],
    /// Of the whole frame.
    length: u32,
}

fn number(value: impl TryInto<u32>) -> u32 {
    value.try_into().ok().expect("a number of 32 bits")
}

fn pcap<'a>(
    packets: impl Iterator<Item = Captured<'a>>,
    magic: u32,
    unit: i64,
    order: fn(u32) -> [u8; 4],
) -> Vec<u8> {
    // The version's two halves have 16 bits each.
    let version = if order(1) == 1u32.to_le_bytes() { 0x0004_0002 } else { 0x0002_0004 };
    let mut file: Vec<u8> = [magic, version, 0, 0, 262_144, 1].into_iter().flat_map(order).collect();
    for Captured { at, kept, length } in packets {
        let (seconds, fraction) = (at / 1_000_000_000, at % 1_000_000_000 / unit);
        let fields = [number(seconds), number(fraction), number(kept.len()), length];
        file.extend(fields.into_iter().flat_map(order));
        file.extend(kept);
    }
    file
}

fn pcapng<'a>(packets: impl Iterator<Item = Captured<'a>>, resolution: Option<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    block(&mut file, 0x0a0d_0d0a, &section);
    // if_tsresol; without it microseconds.
    let option = resolution.map(|digits| [9, 0, 1, 0, digits, 0, 0, 0, 0, 0, 0, 0]);
    let option = option.as_ref().map_or(&[][..], |option| option);
    block(&mut file, 1, &[&[1, 0, 0, 0, 0, 0, 4, 0][..], option].concat());
    for Captured { at, kept, length } in packets {
        let ticks = if resolution.is_some() { at } else { at / 1_000 };
        let fields = [0, number(ticks >> 32), number(ticks & 0xffff_ffff), number(kept.len()), length];
        let mut body: Vec<u8> = fields.into_iter().flat_map(u32::to_le_bytes).collect();
        body.extend(kept);
        block(&mut file, 6, &body);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padding = body.len().next_multiple_of(4) - body.len();
    let length = number(12 + body.len() + padding);
    file.extend(kind.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(body);
    file.extend(vec![0; padding]);
    file.extend(length.to_le_bytes());
}
