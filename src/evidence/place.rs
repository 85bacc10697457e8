//! Where a person finds the evidence of a claim.

use serde::{Deserialize, Serialize};

/// The index of an input in the list of all inputs, which is sorted by the bytes of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InputId(pub u32);

impl InputId {
    /// A number for what stands at this place of the input, other than those of all other places of any input: by it what has no ray is sampled.
    pub fn numbered(self, ordinal: u64) -> u64 {
        u64::from(self.0) << 40 ^ ordinal
    }
}

/// A place in an input that a person can open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A packet.
    Packet {
        /// The capture.
        input: InputId,
        /// Wireshark's frame number in it.
        frame: u64,
        /// Wireshark's `tcp.stream` in it.
        stream: Option<u32>,
    },
    /// A line of a log.
    Line {
        /// The log.
        input: InputId,
        /// The line's number, from 1.
        line: u64,
        /// How many records begin on the line before this one: 0 but in documents of one line (JSON arrays, GraphQL).
        before: u32,
    },
    /// An entry of a HAR file.
    Entry {
        /// The HAR file.
        input: InputId,
        /// Its index in `log.entries`, from 0.
        entry: u32,
    },
}

impl Place {
    /// The input in which it lies.
    pub fn input(&self) -> InputId {
        match *self {
            Place::Packet { input, .. } | Place::Line { input, .. } | Place::Entry { input, .. } => input,
        }
    }
}
