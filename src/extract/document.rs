//! Extraction from what is taken as a whole: settings of a configuration, faults that a state tells of, events.

use std::collections::BTreeMap;

use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::evidence::place::{InputId, Place};
use crate::evidence::row::{EventRow, MessageRow, SettingRow};
use crate::logs::{DocumentFormat, DocumentKind};
use crate::source::{Content, FoundFile};

/// How much of such a text is read, in bytes.
const LONGEST: usize = 8 << 20;

/// The faults that are kept of one kind and host: a thousand servers that are down say no more than three.
const MOST_OF_EACH: usize = 3;

/// The faults that are kept of one text, which may name as many hosts as it has lines: each failing request is held against them.
const MOST_FAULTS: usize = 256;

/// Extracts a text.
pub fn extract(input: InputId, found: &FoundFile, content: &Content, format: DocumentFormat) -> Partial {
    let kind = match format.kind {
        DocumentKind::Config => InputKind::Config,
        DocumentKind::Events => InputKind::Events,
    };
    let mut summary = InputSummary::new(&found.name, kind, format.id, found.bytes);
    let bytes = content.head(LONGEST);
    if bytes.len() == LONGEST {
        summary.warnings.push(format!("only the first {LONGEST} bytes were read"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let document = (format.read)(text.strip_prefix('\u{feff}').unwrap_or(&text));
    summary.records = document.records;
    summary.warnings.extend(document.notes);
    let place = |line| Place::Line { input, line, before: 0 };
    document.events.iter().for_each(|event| summary.saw(event.time));
    let mut partial = Partial::default();
    partial.inputs.insert(input, summary);
    let settings = document.settings.into_iter();
    partial.settings = settings.map(|setting| SettingRow { place: place(setting.line), setting }).collect();
    let faults = document.faults.into_iter();
    partial.states =
        few_of_each(faults.map(|(line, message)| MessageRow { place: place(line), line: message }));
    partial.events =
        document.events.into_iter().map(|event| EventRow { place: place(event.line), event }).collect();
    partial
}

fn few_of_each(rows: impl Iterator<Item = MessageRow>) -> Vec<MessageRow> {
    let mut counts: BTreeMap<(Option<&'static str>, Option<String>), usize> = BTreeMap::new();
    rows.filter(|row| {
        let count = counts.entry((row.line.signature, row.line.host.clone())).or_default();
        *count += 1;
        *count <= MOST_OF_EACH
    })
    .take(MOST_FAULTS)
    .collect()
}
