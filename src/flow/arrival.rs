//! Which packet it was, and when it was captured.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Time;

/// Bits of a frame's number: a file of 2⁴⁰ frames has 17 TB in the headers of its records alone.
const FRAME_BITS: u32 = 40;
/// The largest number of a frame.
const LAST_FRAME: u64 = (1 << FRAME_BITS) - 1;
/// The largest index of a file; the bit above it stands in every packet, so that none is 0.
const LAST_FILE: u32 = (1 << (u64::BITS - 1 - FRAME_BITS)) - 1;
/// A packet's place: Wireshark's frame number (from 1) in one file of a capture set. Every fact of a connection names one, so that it takes no
/// more than eight bytes, also where it may be absent. Packets are ordered by file, then by frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(NonZeroU64);

impl PacketId {
    /// Of the file's index in its capture set, in time order, and of Wireshark's frame number in that file. Beyond 2⁴⁰ frames or 2²³ files
    /// it is the last one that can be told.
    #[inline]
    pub const fn new(file: u32, frame: u64) -> PacketId {
        let file = if file < LAST_FILE { file } else { LAST_FILE };
        let frame = if frame < LAST_FRAME { frame } else { LAST_FRAME };
        // The uppermost bit stands in all, so that none is 0.
        match NonZeroU64::new(1 << (u64::BITS - 1) | (file as u64) << FRAME_BITS | frame) {
            Some(packet) => PacketId(packet),
            None => PacketId(NonZeroU64::MIN),
        }
    }

    /// The file's index in its capture set, in time order.
    #[inline]
    pub fn file(self) -> u32 {
        // No more bits than these are left of 64.
        (self.0.get() >> FRAME_BITS) as u32 & LAST_FILE
    }

    /// Wireshark's frame number in that file, from 1.
    #[inline]
    pub fn frame(self) -> u64 {
        self.0.get() & LAST_FRAME
    }
}

impl fmt::Debug for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketId").field("file", &self.file()).field("frame", &self.frame()).finish()
    }
}

/// As the pair of file and frame.
impl Serialize for PacketId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.file(), self.frame()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PacketId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PacketId, D::Error> {
        <(u32, u64)>::deserialize(deserializer).map(|(file, frame)| PacketId::new(file, frame))
    }
}

/// A packet and the instant at which it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Arrival {
    /// When it was captured.
    pub time: Time,
    /// Where a person finds it.
    pub packet: PacketId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_may_be_absent_takes_no_more_room_than_one_that_is_there() {
        assert_eq!((size_of::<Option<Arrival>>(), size_of::<Arrival>()), (16, 16));
    }

    #[test]
    fn packets_keep_their_file_and_frame_and_are_ordered_by_both() {
        let places = [(0, 0), (0, 1), (0, LAST_FRAME), (1, 0), (1, 7), (LAST_FILE, LAST_FRAME)];
        let packets = places.map(|(file, frame)| PacketId::new(file, frame));
        assert_eq!(packets.map(|packet| (packet.file(), packet.frame())), places);
        assert!(packets.is_sorted());
        assert_eq!(PacketId::new(u32::MAX, u64::MAX), packets[5]);
    }
}
