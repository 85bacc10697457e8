//! Which packet it was, and when it was captured.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A packet's place: Wireshark's frame number (from 1) in one file of a capture set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PacketId {
    /// The file's index in its capture set, in time order.
    pub file: u32,
    /// Wireshark's frame number in that file, from 1.
    pub frame: u64,
}

/// A packet and the instant at which it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Arrival {
    /// When it was captured.
    pub time: Time,
    /// Where a person finds it.
    pub packet: PacketId,
}
