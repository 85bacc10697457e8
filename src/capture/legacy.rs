//! Classic pcap: a file header of 24 bytes, then records (draft-ietf-opsawg-pcap; variants: libpcap, sf-pcap.c).

use super::clock::Resolution;
use super::order::Order;
use crate::time::Time;

/// Bytes of the file header.
pub(super) const FILE_HEADER: usize = 24;
/// The largest record that libpcap and Wireshark write or read (`MAXIMUM_SNAPLEN`, `WTAP_MAX_PACKET_SIZE_STANDARD`).
pub(super) const LARGEST_PACKET: u32 = 262_144;

/// What the first four bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) order: Order,
    pub(super) resolution: Resolution,
    /// Bytes of a record's header.
    pub(super) record_header: usize,
}

impl Variant {
    pub(super) fn from_magic(head: &[u8]) -> Option<Variant> {
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            let (digits, record_header) = match order.u32(head, 0)? {
                0xa1b2_c3d4 => (6, 16),
                0xa1b2_3c4d => (9, 16),
                // Kuznetzov's patched libpcap (Linux, 1999): interface, protocol and packet type follow.
                0xa1b2_cd34 => (6, 24),
                _ => return None,
            };
            Some(Variant { order, resolution: Resolution::Decimal(digits), record_header })
        })
    }
}

/// Versions before 2.3 wrote a record's two lengths the other way round; 2.3 did both (libpcap, sf-pcap.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LengthOrder {
    InOrder,
    Swapped,
    SwappedIfLarger,
}

/// What holds for all records of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) variant: Variant,
    pub(super) version: (u16, u16),
    pub(super) snaplen: u32,
    pub(super) link: u16,
    /// Bytes of frame check sequence at the end of each packet.
    pub(super) fcs: u8,
    lengths: LengthOrder,
}

impl Header {
    /// Reads the file header; `None` where there are fewer than 24 bytes or another magic.
    pub(super) fn read(head: &[u8]) -> Option<Header> {
        let variant = Variant::from_magic(head)?;
        let order = variant.order;
        let version = (order.u16(head, 4)?, order.u16(head, 6)?);
        let snaplen = order.u32(head, 16)?;
        let network = order.u32(head, 20)?;
        let lengths = match version {
            (2, 0..=2) => LengthOrder::Swapped,
            (2, 3) => LengthOrder::SwappedIfLarger,
            _ => LengthOrder::InOrder,
        };
        // Bit 26: the top four bits hold the length of the frame check sequence in 16-bit words.
        let fcs = if network & 0x0400_0000 != 0 { (network >> 28) as u8 * 2 } else { 0 };
        Some(Header { variant, version, snaplen, link: (network & 0xffff) as u16, fcs, lengths })
    }

    /// Reads a record's header; `None` where bytes are missing.
    #[inline]
    pub(super) fn record(&self, data: &[u8]) -> Option<RecordHeader> {
        let order = self.variant.order;
        let fields = data.first_chunk::<16>()?;
        let [s0, s1, s2, s3, f0, f1, f2, f3, c0, c1, c2, c3, o0, o1, o2, o3] = *fields;
        let seconds = i64::from(order.read_u32([s0, s1, s2, s3]));
        let fraction = u64::from(order.read_u32([f0, f1, f2, f3]));
        let mut captured = order.read_u32([c0, c1, c2, c3]);
        let mut original = order.read_u32([o0, o1, o2, o3]);
        let swap = match self.lengths {
            LengthOrder::InOrder => false,
            LengthOrder::Swapped => true,
            LengthOrder::SwappedIfLarger => captured > original,
        };
        if swap {
            std::mem::swap(&mut captured, &mut original);
        }
        if data.len() < self.variant.record_header {
            return None;
        }
        Some(RecordHeader { time: self.variant.resolution.instant(fraction, seconds), captured, original })
    }

    /// Whether a record's fraction of a second is one.
    pub(super) fn is_fraction_below_a_second(&self, data: &[u8]) -> bool {
        let fraction = self.variant.order.u32(data, 4).map_or(0, u64::from);
        self.variant.resolution.instant(fraction, 0) < Time::from_seconds(1, 0)
    }
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) time: Time,
    pub(super) captured: u32,
    pub(super) original: u32,
}

impl RecordHeader {
    /// It holds nothing, or more than a packet can.
    #[inline]
    pub(super) fn is_out_of_the_ordinary(self) -> bool {
        self.captured.wrapping_sub(1) >= LARGEST_PACKET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(minor: u16, network: u32) -> Header {
        let mut bytes = 0xa1b2_c3d4u32.to_le_bytes().to_vec();
        bytes.extend(2u16.to_le_bytes());
        bytes.extend(minor.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(65_535u32.to_le_bytes());
        bytes.extend(network.to_le_bytes());
        Header::read(&bytes).unwrap()
    }

    #[test]
    fn captures_of_old_tools_keep_their_lengths_apart() {
        let mut record = vec![0; 8];
        record.extend(100u32.to_le_bytes());
        record.extend(60u32.to_le_bytes());
        let lengths = |minor| {
            let record = header(minor, 1).record(&record).unwrap();
            (record.captured, record.original)
        };
        assert_eq!(lengths(4), (100, 60));
        assert_eq!(lengths(3), (60, 100));
        assert_eq!(lengths(2), (60, 100));
    }

    #[test]
    fn a_frame_check_sequence_is_no_part_of_the_link_type() {
        let header = header(4, 0x2400_0001);
        assert_eq!((header.link, header.fcs), (1, 4));
    }
}
