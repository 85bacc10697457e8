//! Collects findings of one head: true offsets, excerpts, and a bound on how often one rule is told.

use std::ops::Range;

use super::{Finding, Rule};

/// How often one rule is told for one message; a head of a million bad lines is one fault, not a million.
pub(crate) const MOST_PER_RULE: u8 = 8;
/// Bytes of an excerpt before the offence.
pub(crate) const BEFORE: usize = 16;
/// Bytes of an excerpt from the offence on.
pub(crate) const FROM: usize = 32;

/// Bytes that a head had and that were not kept, at a place in the kept ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elision {
    /// Index of the first kept byte after them.
    pub position: usize,
    /// How many.
    pub bytes: u64,
}

/// A head's kept bytes, with the places where bytes were not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    /// What was kept.
    pub bytes: &'a [u8],
    /// What was not; ascending, empty for every head within the bound.
    pub elisions: &'a [Elision],
}

impl<'a> Text<'a> {
    /// A head that was kept whole.
    pub fn whole(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, elisions: &[] }
    }

    /// The offset in the message of a kept byte.
    pub fn offset(&self, position: usize) -> u64 {
        let before = self.elisions.partition_point(|elision| elision.position <= position);
        let elided: u64 = self.elisions[..before].iter().map(|elision| elision.bytes).sum();
        (position as u64).saturating_add(elided)
    }

    /// The bytes of the message that a range of kept ones stands for.
    pub fn size(&self, range: &Range<usize>) -> u64 {
        if self.elisions.is_empty() {
            return range.len() as u64;
        }
        let from = self.elisions.partition_point(|elision| elision.position <= range.start);
        let to = self.elisions.partition_point(|elision| elision.position <= range.end);
        let elided: u64 = self.elisions[from..to.max(from)].iter().map(|elision| elision.bytes).sum();
        (range.len() as u64).saturating_add(elided)
    }
}

/// How often each rule was told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RuleCounts([u8; 32]);

impl RuleCounts {
    /// Counts one; whether it is still within the bound.
    pub fn admit(&mut self, rule: Rule) -> bool {
        match self.0.get_mut(rule as usize) {
            Some(count) if *count < MOST_PER_RULE => {
                *count += 1;
                true
            }
            _ => false,
        }
    }
}

/// The findings of one head.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    text: Text<'a>,
    counts: RuleCounts,
    list: Vec<Finding>,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub fn new(text: Text<'a>) -> Findings<'a> {
        Findings { text, counts: RuleCounts::default(), list: Vec::new() }
    }

    /// One more: the offending range of the kept bytes, and the header it is in.
    pub fn add(&mut self, rule: Rule, range: Range<usize>, header: Option<&[u8]>) {
        if !self.counts.admit(rule) {
            return;
        }
        let start = range.start.saturating_sub(BEFORE);
        let end = range.start.saturating_add(FROM).min(self.text.bytes.len());
        self.list.push(Finding {
            rule,
            offset: self.text.offset(range.start),
            length: u32::try_from(range.len()).unwrap_or(u32::MAX),
            excerpt: self.text.bytes.get(start..end).unwrap_or_default().to_vec(),
            mark: u8::try_from(range.start.saturating_sub(start)).unwrap_or(0),
            header: header.map(|name| super::grammar::lower_text(name, 128)),
        });
    }

    /// All of them, in the order of the message.
    pub fn into_list(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| finding.offset);
        self.list
    }
}

impl Finding {
    /// What the break is called in a sentence about its message: what it is, the header, the byte where it stands.
    pub fn describe(&self) -> String {
        let what = match self.rule {
            Rule::BareLf => "a line that ends with LF alone",
            Rule::BareCr => "a CR without LF",
            Rule::NoStatusLine => "bytes that are no HTTP status line",
            Rule::BadVersion => "a version that is not HTTP/1.0 or HTTP/1.1",
            Rule::BadStatusCode => "an impossible status code",
            Rule::BadReason => "a malformed reason phrase",
            Rule::BadRequestLine => "a malformed request line",
            Rule::LeadingBlankLine => "a blank line before the start line",
            Rule::NoColon => "a header line without a colon",
            Rule::EmptyHeaderName => "a header line without a name",
            Rule::SpaceBeforeColon => "a blank before the colon",
            Rule::BadHeaderName => "a byte that a header name may not hold",
            Rule::ControlInValue => "a control byte in a header value",
            Rule::FoldedLine => "a folded header line",
            Rule::SpaceBeforeFirstHeader => "blanks before the first header",
            Rule::BadContentLength => "a Content-Length that is no number",
            Rule::ConflictingContentLength => "Content-Length values that differ",
            Rule::LengthWithTransferEncoding => "Content-Length beside Transfer-Encoding",
            Rule::BadTransferEncoding => "a Transfer-Encoding that leaves the end unknown",
            Rule::DuplicateHeader => "a header that may appear once and appears again",
            Rule::BadChunkSize => "a chunk size that is none",
            Rule::BadChunkEnd => "no CRLF after a chunk",
            Rule::BytesAfterBody => "bytes after the end of the response",
            Rule::NoHeaders => "no header lines",
        };
        let header = self.header.as_ref().map_or(String::new(), |name| format!(" in “{name}”"));
        format!("{what}{header} at byte {}", self.offset)
    }
}
