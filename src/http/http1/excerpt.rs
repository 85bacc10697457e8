//! Excerpts around a place in a stream that is read piece by piece: the bytes before it may be gone, those after it to come.

use serde::{Deserialize, Serialize};

use crate::http::conform::{BEFORE, FROM, Finding, MOST_PER_RULE, Rule};

/// Bytes that are remembered: an excerpt's, and the few that may be held until they tell what they are.
const REMEMBERED: usize = BEFORE + 8;

/// The last bytes of a stream.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail {
    last: [u8; REMEMBERED],
    length: usize,
}

/// A break of a rule as a reader meets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    rule: Rule,
    /// Stream offset of the first offending byte.
    position: u64,
    /// Offending bytes.
    pub length: u64,
    excerpt: Excerpt,
}

/// The bytes around a place: up to `BEFORE` before it and `FROM` from it on.
#[derive(Clone, Copy, Debug)]
struct Excerpt {
    bytes: [u8; BEFORE + FROM],
    length: usize,
    /// Where in `bytes` the place is.
    mark: usize,
}

/// A finding whose excerpt waits for more bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct GrowingExcerpt {
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
    }

    /// Whether the stream so far ends with an empty line, as every whole chunked body does (RFC 9112, 7.1). `None` where too few of its last bytes were
    /// captured.
    pub fn ends_with_blank_line(&self) -> Option<bool> {
        const LINE_FEEDS: &[u8] = b"\n\n";
        const BLANK_LINE: &[u8] = b"\r\n\r\n";
        let known = &self.last[..self.length];
        match known.len() {
            0 => None,
            1..4 if known.ends_with(b"\n") => None,
            _ => Some(known.ends_with(BLANK_LINE) || known.ends_with(LINE_FEEDS)),
        }
    }

    /// A fault of `length` bytes at `piece[at]`, which is at `position` of the stream.
    pub fn fault(&self, rule: Rule, piece: &[u8], at: usize, position: u64, length: u64) -> Fault {
        let start = at.saturating_sub(BEFORE);
        let known = &self.last[..self.length];
        let from_known = BEFORE - (at - start);
        let before = [&known[known.len().saturating_sub(from_known)..], &piece[start..at]];
        Fault { rule, position, length, excerpt: Excerpt::new(before, [&piece[at..], &[]]) }
    }

    /// A fault that begins with the last `held` bytes of the stream so far, at `position`, and goes on with `rest`.
    pub fn fault_behind(&self, rule: Rule, held: usize, rest: &[u8], position: u64, length: u64) -> Fault {
        let (before, held) = self.last[..self.length].split_at(self.length.saturating_sub(held));
        let before = &before[before.len().saturating_sub(BEFORE)..];
        Fault { rule, position, length, excerpt: Excerpt::new([before, &[]], [held, rest]) }
    }
}

impl Fault {
    /// A fault with which a message begins: its bytes are `held` and then `rest`.
    pub fn at_start(rule: Rule, held: &[u8], rest: &[u8], position: u64, length: u64) -> Fault {
        Fault { rule, position, length, excerpt: Excerpt::new([&[], &[]], [held, rest]) }
    }

    /// Adds it to the findings of its message, which begins at `offset` of the stream, within the bound for one rule. The finding's place
    /// in the list if its excerpt is to grow.
    pub fn tell(&self, findings: &mut Vec<Finding>, offset: u64) -> Option<usize> {
        let told = findings.iter().filter(|known| known.rule == self.rule).count();
        if told >= usize::from(MOST_PER_RULE) {
            return None;
        }
        let mut excerpt = Vec::with_capacity(BEFORE + FROM);
        excerpt.extend_from_slice(&self.excerpt.bytes[..self.excerpt.length]);
        let finding = Finding {
            rule: self.rule,
            offset: self.position.saturating_sub(offset),
            length: u32::try_from(self.length).unwrap_or(u32::MAX),
            excerpt,
            mark: u8::try_from(self.excerpt.mark).unwrap_or(0),
            header: None,
        };
        // Behind bytes that were not captured come others.
        let grows = !finding.excerpt.is_empty() && room(&finding) > 0;
        findings.push(finding);
        grows.then_some(findings.len() - 1)
    }
}

impl Excerpt {
    /// Of the bytes before a place, of which none is too many, and those from it on.
    fn new(before: [&[u8]; 2], from: [&[u8]; 2]) -> Excerpt {
        let mut excerpt = Excerpt { bytes: [0; BEFORE + FROM], length: 0, mark: 0 };
        before.iter().for_each(|bytes| excerpt.push(bytes, BEFORE));
        excerpt.mark = excerpt.length;
        from.iter().for_each(|bytes| excerpt.push(bytes, excerpt.mark + FROM));
        excerpt
    }

    /// Takes the first of these bytes, as many as it may then hold.
    fn push(&mut self, bytes: &[u8], most: usize) {
        let end = most.min(self.length + bytes.len());
        self.bytes[self.length..end].copy_from_slice(&bytes[..end - self.length]);
        self.length = end;
    }
}

impl GrowingExcerpt {
    /// Adds the next bytes to the excerpt, which is of one of these findings; whether it wants more.
    pub fn grow(&self, findings: &mut [Finding], bytes: &[u8]) -> bool {
        findings.get_mut(self.index).is_some_and(|finding| {
            let take = room(finding).min(bytes.len());
            finding.excerpt.extend_from_slice(&bytes[..take]);
            room(finding) > 0
        })
    }
}

fn room(finding: &Finding) -> usize {
    (usize::from(finding.mark) + FROM).saturating_sub(finding.excerpt.len())
}
