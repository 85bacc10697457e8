//! Texts that are taken as a whole, not line by line: configuration, the state of a machine or a server, and lists of events.

use crate::logs::row::{EventLine, LogFormatDirective, MessageLine, Setting};

/// What such a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentContent {
    /// How many settings, figures or events it holds that were read.
    pub records: u64,
    /// The settings that causes may turn on, in order.
    pub settings: Vec<Setting>,
    /// The formats of access logs that it defines.
    pub log_formats: Vec<LogFormatDirective>,
    /// Figures of a state that tell of a fault, each with its line from 1.
    pub faults: Vec<(u64, MessageLine)>,
    /// What changed, in the order of the file.
    pub events: Vec<EventLine>,
    /// What a person should know of it: what was taken, and what it does not tell.
    pub notes: Vec<String>,
}

/// What a text of this kind is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Configuration, or state.
    Config,
    /// What changed and when.
    Events,
}

/// One kind of text that is taken as a whole: one file in `config`, `state` or `events`, and one line in
/// [`DOCUMENTS`](crate::logs::documents::DOCUMENTS).
#[derive(Clone, Copy, Debug)]
pub struct DocumentFormat {
    /// Its name in the report (`inputs[].format`).
    pub id: &'static str,
    /// What it is evidence of.
    pub kind: DocumentKind,
    /// Whether a text of which this is the head is in it. Strict: it is asked before any format of logs.
    pub fits: fn(&str) -> bool,
    /// Reads a text. Damage ends what it stands in, not the text.
    pub read: fn(&str) -> DocumentContent,
}

impl PartialEq for DocumentFormat {
    fn eq(&self, other: &DocumentFormat) -> bool {
        self.id == other.id
    }
}

/// Lines with their numbers from 1, without what is around them; empty ones and `#` comments left out.
pub fn telling_lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1u64..)
        .zip(text.lines())
        .map(|(number, line)| (number, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Whether at least two lines, and at least `share` of a hundred, are as `known` says.
pub fn most_lines(text: &str, share: usize, known: impl Fn(&str) -> bool) -> bool {
    let (mut hits, mut total) = (0usize, 0usize);
    for (_, line) in telling_lines(text).take(400) {
        total += 1;
        hits += usize::from(known(line));
    }
    hits >= 2 && hits * 100 >= total * share
}

/// Whether a line is an instant and no more: `2026-11-17T08:01:21Z`, `Tue Nov 17 08:01:21 UTC 2026`.
pub fn is_date(line: &str) -> bool {
    const MOST_WORDS: usize = 7;
    let has_clock = line.split(|c: char| c.is_whitespace() || c == 'T').any(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.matches(':').count() == 2 && digits >= 6
    });
    has_clock && line.split_whitespace().count() <= MOST_WORDS
}

/// The first word of a line, and the rest without the blanks between.
pub fn first_word(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()))
}

/// `key = value` or `key: value`, with any blanks.
pub fn key_and_value(line: &str, between: char) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(between)?;
    Some((key.trim(), value.trim())).filter(|(key, _)| !key.is_empty())
}
