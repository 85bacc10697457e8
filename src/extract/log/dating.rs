//! When a message was written whose line tells no instant: between the nearest lines on both sides that tell one. Where a log is read side by side, they are looked
//! for in the block that holds the line.

use super::open_message::OpenMessage;
use crate::logs::{LONGEST_RECORD, LogReader};
use crate::text::timestamp::Stamp;

/// So many lines on either side are looked at.
const MOST_LINES: usize = 40;

/// Looks for instants around a line, in one block of lines.
pub struct Dating {
    lines: LogReader,
    /// What was found behind the last line that asked.
    behind: Option<ToldBehind>,
}

/// The first instant that is told from some line on.
#[derive(Clone, Copy)]
struct ToldBehind {
    /// Where the lines end that were looked at, in the block.
    to: usize,
    /// What they tell.
    told: Option<Stamp>,
}

impl Dating {
    /// With a reader of its own: what is looked up is not read yet.
    pub fn new(lines: LogReader) -> Dating {
        Dating { lines, behind: None }
    }

    /// Forgets the lines that were looked at.
    pub fn next_block(&mut self) {
        self.behind = None;
    }

    /// Dates the last message, whose line lies between two places of a block.
    pub fn date(&mut self, open: &mut OpenMessage, block: &[u8], (begin, end): (usize, usize)) {
        let before = self.before(block.get(..begin).unwrap_or_default());
        let behind = before.and_then(|_| self.behind(block, end));
        open.is_dated(before, behind);
    }

    fn before(&mut self, text: &[u8]) -> Option<Stamp> {
        let mut lines = text.rsplit(|byte| *byte == b'\n').skip(1).take(MOST_LINES);
        lines.find_map(|line| self.told(line))
    }

    fn behind(&mut self, block: &[u8], from: usize) -> Option<Stamp> {
        if let Some(known) = self.behind.filter(|known| from < known.to) {
            return known.told;
        }
        let mut found = ToldBehind { to: from, told: None };
        for line in block.get(from..).unwrap_or_default().split(|byte| *byte == b'\n').take(MOST_LINES) {
            found.told = self.told(line);
            if found.told.is_some() {
                break;
            }
            found.to += line.len() + 1;
        }
        self.behind = Some(found);
        found.told
    }

    fn told(&mut self, line: &[u8]) -> Option<Stamp> {
        if line.len() > LONGEST_RECORD {
            return None;
        }
        self.lines.parse(line);
        self.lines.told()
    }
}
