//! Excerpts around a place in a stream that is read piece by piece: the bytes before it may be gone, those after it to come.

use std::ops::Range;

use super::body::Piece;
use super::conform::{BEFORE, FROM, Finding, MOST_PER_RULE, Rule};

/// Bytes that are remembered: an excerpt's, and the few that may be held until they tell what they are.
const REMEMBERED: usize = BEFORE + 8;

/// The last bytes of a stream, and the findings whose excerpts still grow.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    last: [u8; REMEMBERED],
    length: usize,
    growing: Vec<Growing>,
}

/// A finding whose excerpt waits for more bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growing {
    /// The exchange's number.
    pub number: u32,
    /// The finding's place in its message's list.
    pub index: usize,
}

impl Trail {
    /// A piece was read to its end.
    #[inline]
    pub fn advance(&mut self, piece: &[u8]) {
        if let Some(tail) = piece.last_chunk::<REMEMBERED>() {
            self.last = *tail;
            self.length = REMEMBERED;
            return;
        }
        let keep = self.length.min(REMEMBERED - piece.len());
        self.last.copy_within(self.length - keep..self.length, 0);
        self.last[keep..keep + piece.len()].copy_from_slice(piece);
        self.length = keep + piece.len();
    }

    /// Bytes are missing: what was before is no neighbour of what comes.
    pub fn break_off(&mut self) {
        self.length = 0;
        self.growing.clear();
    }

    /// Whether any excerpt still grows.
    pub fn is_growing(&self) -> bool {
        !self.growing.is_empty()
    }

    /// The next piece belongs to the excerpts that are short. `find` applies what it is given to the finding, if its message
    /// is still here.
    pub fn grow(
        &mut self,
        piece: &[u8],
        mut find: impl FnMut(Growing, &dyn Fn(&mut Finding) -> bool) -> bool,
    ) {
        self.growing.retain(|&growing| find(growing, &|finding| extend(finding, piece)));
    }

    /// A finding at `range` of the piece at hand, `offset` bytes into its message.
    pub fn finding(&self, rule: Rule, piece: &[u8], range: Range<usize>, offset: u64) -> Finding {
        let start = range.start.saturating_sub(BEFORE);
        let from_last = (BEFORE - (range.start - start)).min(self.length);
        let mut excerpt = Vec::with_capacity(BEFORE + FROM);
        excerpt.extend_from_slice(&self.last[self.length - from_last..self.length]);
        excerpt.extend_from_slice(&piece[start..range.start]);
        let mark = excerpt.len();
        excerpt.extend_from_slice(&piece[range.start..piece.len().min(range.start.saturating_add(FROM))]);
        Finding {
            rule,
            offset,
            length: u32::try_from(range.len()).unwrap_or(u32::MAX),
            excerpt,
            mark: u8::try_from(mark).unwrap_or(0),
            header: None,
        }
    }

    /// A finding that begins `held` bytes before what is left of the piece; those bytes came with earlier pieces.
    pub fn finding_behind(&self, rule: Rule, held: usize, piece: &Piece, offset: u64) -> Finding {
        if held == 0 {
            return self.finding(rule, piece.bytes, piece.at..piece.at, offset);
        }
        let known = &self.last[..self.length];
        let at = known.len().saturating_sub(held);
        let joined = [known, &piece.rest()[..piece.rest().len().min(FROM)]].concat();
        Trail::default().finding(rule, &joined, at..at, offset)
    }

    /// Adds a finding to its message's list, within the bound for one rule, and lets its excerpt grow where it is short.
    /// Whether it was added.
    pub fn add(&mut self, findings: &mut Vec<Finding>, number: u32, finding: Finding) -> bool {
        if is_told(findings, finding.rule) {
            return false;
        }
        if room(&finding) > 0 {
            self.growing.push(Growing { number, index: findings.len() });
        }
        findings.push(finding);
        true
    }
}

/// Adds the next bytes to an excerpt; whether it wants more.
fn extend(finding: &mut Finding, piece: &[u8]) -> bool {
    let take = room(finding).min(piece.len());
    finding.excerpt.extend_from_slice(&piece[..take]);
    room(finding) > 0
}

/// Whether a message's list has as many findings of this rule as are told.
pub(crate) fn is_told(findings: &[Finding], rule: Rule) -> bool {
    findings.iter().filter(|known| known.rule == rule).count() >= usize::from(MOST_PER_RULE)
}

fn room(finding: &Finding) -> usize {
    (usize::from(finding.mark) + FROM).saturating_sub(finding.excerpt.len())
}
