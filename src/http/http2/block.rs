//! A header block: what HEADERS or PUSH_PROMISE begin and CONTINUATION goes on with (RFC 9113, 4.3).

use serde::{Deserialize, Serialize};

use super::frame::{FrameHead, FrameStart, HEAD, KEPT_BLOCK};
use crate::flow::Arrival;

/// Places of fragments that are remembered.
const MOST_FRAGMENTS: usize = 1024;

/// The frames of a block.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct BlockFrames {
    /// The head of the first of them.
    pub head: FrameHead,
    /// Where that begins.
    pub start: FrameStart,
    /// The packet that completed the last one so far.
    pub at: Arrival,
    /// The stream offset behind it.
    pub end: u64,
}

/// A header block that goes on behind its frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OpenBlock {
    /// Its frames.
    pub frames: BlockFrames,
    bytes: Vec<u8>,
    fragments: Vec<(usize, u64)>,
    /// Whether nothing of it is missing so far.
    is_whole: bool,
}

/// A header block as it can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderBlock<'b> {
    /// Its bytes, up to the first that is missing.
    pub bytes: &'b [u8],
    /// Whether these are all.
    pub is_whole: bool,
    /// Where its parts stand in the stream.
    pub places: BlockPlaces<'b>,
}

/// Where the parts of a block stand in their stream: from which byte of the block on, and the stream offset.
#[derive(Clone, Copy, Debug)]
pub(super) enum BlockPlaces<'b> {
    OneFrame(u64),
    Fragments(&'b [(usize, u64)]),
}

impl BlockPlaces<'_> {
    /// The stream offset of a byte of the block.
    pub fn offset(&self, at: usize) -> u64 {
        match self {
            BlockPlaces::OneFrame(start) => start.saturating_add(at as u64),
            BlockPlaces::Fragments(list) => {
                let index = list.partition_point(|(from, _)| *from <= at).saturating_sub(1);
                list.get(index).map_or(0, |(from, offset)| offset.saturating_add((at - from) as u64))
            }
        }
    }
}

/// A frame's part of a header block.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockFragment<'p> {
    pub bytes: &'p [u8],
    /// Stream offset of its first byte.
    pub offset: u64,
    /// Whether these are all its bytes.
    pub is_whole: bool,
}

/// The part of a header block in a frame; `None` where its padding leaves none (RFC 9113, 6.2).
pub(super) fn fragment<'p>(
    head: &FrameHead,
    start: FrameStart,
    payload: &'p [u8],
    is_whole: bool,
) -> Option<BlockFragment<'p>> {
    let before = head.before_content();
    let offset = start.offset.saturating_add((HEAD + before) as u64);
    let padding = if head.is_padded() { payload.first().map_or(0, |bytes| usize::from(*bytes)) } else { 0 };
    let end = (head.length as usize).checked_sub(padding).filter(|end| *end >= before)?;
    let shown = end.min(payload.len());
    let bytes = payload.get(before..shown).unwrap_or_default();
    // Padding may be missing without harm.
    Some(BlockFragment { bytes, offset, is_whole: is_whole || payload.len() >= end })
}

impl OpenBlock {
    /// Begins with a fragment.
    pub fn new(frames: BlockFrames, fragment: BlockFragment<'_>) -> OpenBlock {
        let mut block = OpenBlock { frames, bytes: Vec::new(), fragments: Vec::new(), is_whole: true };
        block.push(fragment);
        block
    }

    /// The next fragment. Of an endless block no more than `KEPT_BLOCK` is read.
    pub fn push(&mut self, fragment: BlockFragment<'_>) {
        if !self.is_whole || fragment.bytes.is_empty() && fragment.is_whole {
            return;
        }
        if self.fragments.len() < MOST_FRAGMENTS {
            self.fragments.push((self.bytes.len(), fragment.offset));
        }
        let room = KEPT_BLOCK - self.bytes.len();
        self.bytes.extend_from_slice(&fragment.bytes[..fragment.bytes.len().min(room)]);
        self.is_whole = fragment.is_whole && fragment.bytes.len() <= room;
    }

    /// As it can be read.
    pub fn block(&self) -> HeaderBlock<'_> {
        let places = BlockPlaces::Fragments(&self.fragments);
        HeaderBlock { bytes: &self.bytes, is_whole: self.is_whole, places }
    }
}
