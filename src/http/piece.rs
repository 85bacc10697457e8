//! What comes next in one direction of a connection: bytes, a hole, or the end.

use crate::flow::{Arrival, Gap};
use crate::http::exchange::Cut;

/// Bytes of a stream, and how many of them have been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamPiece<'a> {
    /// All of them.
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
pub(crate) struct StreamHole {
    /// Stream offset of the first of them.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// Why they are missing.
    pub cause: Gap,
    /// The packet that showed that they are missing.
    pub arrival: Arrival,
}

impl StreamHole {
    /// Stream offset of the first byte behind it.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// What is left of it behind its first `taken` bytes.
    pub fn behind<'a>(self, taken: u64) -> StreamStretch<'a> {
        match self.length.saturating_sub(taken) {
            0 => StreamStretch::Over,
            length => {
                StreamStretch::Hole(StreamHole { offset: self.offset.saturating_add(taken), length, ..self })
            }
        }
    }
}

/// What a reader is given; it takes what it has read out of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StreamStretch<'a> {
    /// Bytes.
    Bytes(StreamPiece<'a>),
    /// Bytes that were not captured.
    Hole(StreamHole),
    /// The stream ends here.
    End(Cut),
    /// All of it has been read.
    Over,
}
