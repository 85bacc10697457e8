//! What the reader of frames tells of a direction.

use super::frame::{FrameHead, FrameStart, HEAD};
use crate::flow::{Arrival, Gap};
use crate::http::conform::Rule;

/// What is told of a direction.
#[derive(Debug)]
pub(super) enum FrameEvent<'a> {
    /// A frame that is no DATA is there; of its payload what is kept, and whether that is all of it.
    Frame { head: FrameHead, start: FrameStart, payload: &'a [u8], is_whole: bool, at: Arrival },
    /// A frame of which no more than its head is looked at.
    Passed { head: FrameHead, start: FrameStart },
    /// A part of a DATA frame: its content without padding.
    Data { head: FrameHead, start: FrameStart, part: DataPart<'a>, at: Arrival },
    /// The rule that a frame's head or its padding breaks, and where.
    Fault { rule: Rule, stream: u32, start: FrameStart, excerpt: OffendingBytes },
    /// What came first is no preface and no frame of HTTP/2.
    NotHttp2 { start: FrameStart, excerpt: OffendingBytes },
    /// The frames were found again: what was held is to be read.
    Found,
}

/// The bytes that break a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct OffendingBytes {
    bytes: [u8; HEAD],
    length: usize,
}

impl OffendingBytes {
    /// The first of these bytes.
    pub fn of(bytes: &[u8]) -> OffendingBytes {
        let mut excerpt = OffendingBytes { bytes: [0; HEAD], length: bytes.len().min(HEAD) };
        excerpt.bytes[..excerpt.length].copy_from_slice(&bytes[..excerpt.length]);
        excerpt
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A part of DATA.
#[derive(Clone, Copy, Debug)]
pub(super) enum DataPart<'a> {
    /// Its head was read.
    Begun,
    /// Content.
    Content(&'a [u8]),
    /// Content that was not captured.
    Missing(u64, Gap),
    /// The whole frame is there.
    Ended,
}
