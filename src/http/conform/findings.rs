//! What is found in one head: true offsets, excerpts, and a bound on how often one rule is told.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::grammar::lower_text;
use super::known::look_up;
use super::rules::Rule;
use super::text::Text;

/// How often one rule is told for one message; a head of a million bad lines is one fault, not a million.
pub(crate) const MOST_PER_RULE: u8 = 8;
/// Bytes of an excerpt before the offence.
pub(crate) const BEFORE: usize = 16;
/// Bytes of an excerpt from the offence on.
pub(crate) const FROM: usize = 32;
/// Bytes of a header's name that are kept.
const NAME: usize = 128;

/// One break of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The first offending byte, from the message's first byte.
    pub offset: u64,
    /// Offending bytes.
    pub length: u32,
    /// The bytes around it for a hexdump: up to 16 before and 32 from the offence.
    pub excerpt: Vec<u8>,
    /// Where in `excerpt` the offence begins.
    pub mark: u8,
    /// The name of the header line, lower case, where the offence is in one.
    pub header: Option<String>,
}

impl Finding {
    /// What the break is called in a sentence about its message: what it is, the header, the byte where it stands.
    pub fn describe(&self) -> String {
        let header = self.header.as_ref().map_or(String::new(), |name| format!(" in “{name}”"));
        format!("{}{header} at byte {}", self.rule.in_words(), self.offset)
    }

    /// What messages that break the same have in common.
    pub fn kind(&self) -> Break {
        let twice = self.header.as_ref().filter(|_| self.rule == Rule::DuplicateHeader);
        Break { rule: self.rule, twice: twice.and_then(|name| look_up(name.as_bytes()).singleton) }
    }
}

/// What is broken, so that whoever takes it once takes it always. Of headers that stand twice recipients take some and refuse others (nginx has
/// a handler for each, ngx_http_upstream.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Break {
    /// The rule.
    pub rule: Rule,
    /// Which header stands twice, by its place among the singletons.
    pub twice: Option<u8>,
}

/// How often each rule was told.
#[derive(Clone, Copy, Debug)]
struct RuleCounts([u8; 64]);

impl RuleCounts {
    /// Counts one; whether it is still within the bound.
    fn admit(&mut self, rule: Rule) -> bool {
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
        Findings { text, counts: RuleCounts([0; 64]), list: Vec::new() }
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
            header: header.map(|name| lower_text(name, NAME)),
        });
    }

    /// All of them, in the order of the message.
    pub fn into_list(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| finding.offset);
        self.list
    }
}
