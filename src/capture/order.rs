//! Integers in the byte order of the machine that wrote the file.

/// The byte order of a pcap file or a pcapng section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Order {
    /// The 16-bit integer at `at`; `None` past the end.
    #[inline]
    pub(super) fn u16(self, data: &[u8], at: usize) -> Option<u16> {
        let bytes = data.get(at..)?.first_chunk::<2>()?;
        Some(match self {
            Order::Little => u16::from_le_bytes(*bytes),
            Order::Big => u16::from_be_bytes(*bytes),
        })
    }

    /// The 32-bit integer at `at`; `None` past the end.
    #[inline]
    pub(super) fn u32(self, data: &[u8], at: usize) -> Option<u32> {
        Some(self.read_u32(*data.get(at..)?.first_chunk::<4>()?))
    }

    /// The 32-bit integer that these bytes are.
    #[inline]
    pub(super) fn read_u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The integer whose bytes were read as if they were in little-endian order.
    pub(super) fn of_little_endian(self, read: u64) -> u64 {
        match self {
            Order::Little => read,
            Order::Big => read.swap_bytes(),
        }
    }
}
