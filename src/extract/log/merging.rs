//! What the threads read of one log, put together.

use super::nameless::{self, Nameless};
use super::part::{BITS_OF_LINE, LogPart, MOST_MESSAGES};
use super::together::Together;
use super::{LogFile, Look, Wanted, kind};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::evidence::place::{InputId, Place};
use crate::source::{Compression, Damage};
use crate::text::zone;

/// The evidence of one log.
pub struct Merging {
    partial: Partial,
    summary: InputSummary,
    /// The lines of each block that was read by itself, by its number.
    lines: Vec<u32>,
    messages_beyond: u64,
    /// What a person should know of how the lines are read.
    note: Option<String>,
    nameless: Nameless,
    input: InputId,
    /// Whether its bytes had to be inflated.
    is_packed: bool,
}

impl Merging {
    /// Nothing of a log yet.
    pub fn new(file: &LogFile<'_>) -> Merging {
        Merging {
            partial: Partial::default(),
            summary: InputSummary::new(file.name, kind(file.format), file.format.id(), file.bytes),
            lines: Vec::new(),
            messages_beyond: 0,
            note: file.format.note().map(str::to_owned),
            nameless: Nameless::default(),
            input: file.input,
            is_packed: file.content.compression() != Compression::None,
        }
    }

    /// Adds what one thread read.
    pub fn add(&mut self, part: LogPart) {
        let LogPart { partial, summary, blocks, messages_beyond, nameless } = part;
        self.nameless.merge(nameless);
        self.partial = std::mem::take(&mut self.partial).merge(partial);
        self.summary.merge(summary);
        self.messages_beyond += messages_beyond;
        for (block, lines) in blocks {
            let block = block as usize;
            if self.lines.len() <= block {
                self.lines.resize(block + 1, 0);
            }
            self.lines[block] = lines;
        }
    }

    /// The whole evidence of the log.
    pub fn finish(
        mut self,
        file: &LogFile<'_>,
        together: Together,
        wanted: &Wanted<'_>,
        damage: Option<Damage>,
    ) -> Partial {
        self.partial = together.complete(self.partial);
        self.number();
        let crowded = std::mem::take(&mut self.nameless).crowded();
        let line_limit = wanted.profile.warn.origin_header_line_bytes;
        nameless::take_out(&mut self.partial.access, &crowded, line_limit);
        if !crowded.is_empty() {
            self.partial.crowded.insert(self.input, crowded);
        }
        // Each thread kept the first ones that it met, so the first ones of all are among them.
        let beyond = self.partial.messages.len().saturating_sub(MOST_MESSAGES);
        self.partial.messages.truncate(MOST_MESSAGES);
        self.messages_beyond += beyond as u64;
        self.summary.warnings.extend(self.note.take());
        self.warn(damage);
        if matches!(wanted.look, Look::First) {
            // The edge is no machine that writes other logs.
            if self.summary.kind != InputKind::EdgeLog {
                self.summary.ahead_of_utc = zone::ahead_of_utc(&file.content.head(zone::HEAD));
            }
            self.partial.inputs.insert(self.input, self.summary);
        }
        self.partial
    }

    /// Gives every line its number in the file.
    fn number(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        let starts = self.lines.iter().scan(0u64, |before, lines| {
            let start = *before;
            *before = before.saturating_add(u64::from(*lines));
            Some(start)
        });
        let starts: Vec<u64> = starts.collect();
        let partial = &mut self.partial;
        let rows = partial.access.iter_mut().map(|row| &mut row.place);
        let rows = rows.chain(partial.edge.iter_mut().map(|row| &mut row.place));
        let rows = rows.chain(partial.messages.iter_mut().map(|row| &mut row.place));
        let headers = partial.tallies.headers.values_mut().map(|tally| &mut tally.largest.1);
        for place in rows.chain(headers) {
            if let Place::Line { line, .. } = place {
                let block = usize::try_from(*line >> BITS_OF_LINE).unwrap_or(usize::MAX);
                let in_block = *line & u64::from(u32::MAX);
                *line = starts.get(block).copied().unwrap_or_default().saturating_add(in_block);
            }
        }
    }

    fn warn(&mut self, damage: Option<Damage>) {
        let summary = &mut self.summary;
        if let Some(Damage { after, what }) = damage {
            summary.damaged = true;
            summary.warnings.push(match self.is_packed {
                true => format!("the compressed data are damaged after {after} bytes: {what}"),
                false => format!("the file cannot be read beyond {after} bytes: {what}"),
            });
        }
        if self.messages_beyond > 0 {
            let beyond = self.messages_beyond;
            summary
                .warnings
                .push(format!("{beyond} messages beyond the first {MOST_MESSAGES} were not kept"));
        }
        if summary.skipped > 0 {
            let (skipped, format) = (summary.skipped, &summary.format);
            let warning = format!("{skipped} lines are not in the format {format} and were skipped");
            summary.warnings.push(warning);
        }
        summary.warnings.extend(summary.intervals.warning());
    }
}
