//! The time near which a log was written: what gives lines without a year their year.

use std::collections::BTreeMap;

use super::capture_sets::CaptureSet;
use super::opened::{Nature, OpenedFile};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::place::InputId;
use crate::logs::recognise;
use crate::logs::{LogKind, Parsed, RecordBody, RecordReader};
use crate::time::Time;

/// A time near which the logs of a kind were written, by what is read before them: gives lines without a year their year.
pub(super) fn reference(
    kind: LogKind,
    inputs: &BTreeMap<InputId, InputSummary>,
    opened: &[OpenedFile],
    captures: &[CaptureSet<'_>],
) -> Option<Time> {
    let is_read_before = |input: &InputKind| match input {
        InputKind::Ignored | InputKind::Config | InputKind::Events | InputKind::EdgeLog | InputKind::Har => {
            true
        }
        InputKind::AccessLog => kind != LogKind::AccessLog,
        InputKind::ErrorLog | InputKind::SystemLog | InputKind::Capture | InputKind::KeyLog => false,
    };
    let before = inputs.values().filter(|input| is_read_before(&input.kind));
    let latest = before.filter_map(|input| input.last).max();
    let first_captured = || captures.iter().flatten().find_map(|(_, first)| *first);
    match kind {
        LogKind::EdgeLog => None,
        // What a proxy says of itself stands among its requests, without the year that these have; what the kernel says stands in the journal
        // beside lines of programs that have it.
        LogKind::AccessLog => {
            latest.or_else(first_captured).or_else(|| first_told(opened, |of| of == LogKind::AccessLog))
        }
        LogKind::ErrorLog | LogKind::SystemLog => {
            latest.or_else(first_captured).or_else(|| first_told(opened, |_| true))
        }
    }
}

/// The first instant of a log of such kinds that has its whole date, as far as the heads of the files tell.
fn first_told(files: &[OpenedFile], is_asked: impl Fn(LogKind) -> bool) -> Option<Time> {
    files.iter().find_map(|file| {
        let Nature::Log(format) = &file.nature else { return None };
        if !is_asked(format.kind()) {
            return None;
        }
        let mut lines = format.reader(None);
        let mut first = None;
        let mut records = RecordReader::new(format.splitting());
        records.feed(&file.content.head(recognise::HEAD), &mut |record| {
            if let (None, RecordBody::Text(text)) = (first, record.body) {
                first = match lines.parse(text) {
                    Parsed::Access(row) => Some(row.time),
                    Parsed::Message(row) => row.time,
                    _ => None,
                };
            }
        });
        first
    })
}
