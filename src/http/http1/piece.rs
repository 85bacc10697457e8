//! What comes next in one direction of a connection: bytes, a hole, or the end.

use crate::flow::{Arrival, Gap};
use crate::http::exchange::Cut;

/// Bytes of a stream, and how many of them have been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamPiece<'a> {
    pub bytes: &'a [u8],
    /// How many have been read.
    pub at: usize,
    /// Stream offset of `bytes[0]`.
    pub offset: u64,
    /// The packet that brought them.
    pub arrival: Arrival,
}

impl<'a> StreamPiece<'a> {
    /// What is still to be read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Whether all has been read.
    pub fn is_used_up(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Nothing of the rest is wanted.
    pub fn use_up(&mut self) {
        self.at = self.bytes.len();
    }

    /// Stream offset of the next byte.
    pub fn position(&self) -> u64 {
        self.offset.saturating_add(self.at as u64)
    }
}

/// Bytes of a stream that were not captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hole {
    /// Stream offset of the first of them.
    pub offset: u64,
    pub length: u64,
    pub cause: Gap,
    /// The packet that showed that they are missing.
    pub arrival: Arrival,
}

impl Hole {
    /// Stream offset of the first byte behind it.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// What is left of it behind its first `taken` bytes.
    pub fn behind<'a>(self, taken: u64) -> Stretch<'a> {
        match self.length.saturating_sub(taken) {
            0 => Stretch::Over,
            length => Stretch::Hole(Hole { offset: self.offset.saturating_add(taken), length, ..self }),
        }
    }
}

/// What a reader is given; it takes what it has read out of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stretch<'a> {
    /// Bytes.
    Bytes(StreamPiece<'a>),
    /// Bytes that were not captured.
    Hole(Hole),
    /// The stream ends here.
    End(Cut),
    /// All of it has been read.
    Over,
}
