//! What one thread read of a log. Until all are done a line is known by its block and its number within it, since nobody can know how many
//! lines stand before a block that another thread reads.

use super::nameless::Nameless;
use crate::evidence::input::InputSummary;
use crate::evidence::partial::Partial;

/// The most messages that are kept of one input. A log with more says the same again and again; a warning tells that the rest is left out.
pub const MOST_MESSAGES: usize = 200_000;

/// A line number before the lines of earlier blocks are known: the block's number, and behind it the line's number in the block. Such
/// numbers have the order of the lines.
pub const BITS_OF_LINE: u32 = 32;

/// The number of a line as long as only its block is known. `line` is its number in the block, from 1.
pub fn line_in_block(block: u32, line: u64) -> u64 {
    u64::from(block) << BITS_OF_LINE | line
}

/// A part of the evidence of one log. In it, lines of blocks that were read by themselves have the numbers of `merging::line_in_block`.
pub struct LogPart {
    /// Rows, counts and samples.
    pub partial: Partial,
    /// What was counted of the lines.
    pub summary: InputSummary,
    /// Number and lines of each block.
    pub blocks: Vec<(u32, u32)>,
    /// Messages that were not kept.
    pub messages_beyond: u64,
    /// Lines that are kept although they tell of no failure themselves.
    pub nameless: Nameless,
}
