//! `journalctl -o export`: `KEY=value` lines, entries end with an empty line (systemd.io/JOURNAL_EXPORT_FORMATS).

use super::{JournalEntry, JournalRequests};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;

/// The format.
#[derive(Clone, Debug, Default)]
pub struct JournalExport {
    requests: JournalRequests,
}

impl LineFormat for JournalExport {
    /// The fields so far of the entry that is being read.
    type Memory = JournalEntry;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        if !sample.holds(b"__REALTIME_TIMESTAMP=") {
            return None;
        }
        let messages: Vec<&[u8]> =
            sample.lines.iter().filter_map(|line| line.strip_prefix(b"MESSAGE=")).collect();
        Some(JournalExport { requests: JournalRequests::learn(&messages) })
    }

    fn id(&self) -> &'static str {
        "journal_export"
    }

    fn empty_lines_matter(&self) -> bool {
        true
    }

    fn kind(&self) -> LogKind {
        self.requests.kind()
    }

    fn parse(&self, line: &[u8], entry: &mut JournalEntry, clock: &mut LineClock) -> Parsed {
        if line.is_empty() {
            let entry = std::mem::take(entry);
            if entry.microseconds.is_none() {
                return Parsed::Skip(Skip::Empty);
            }
            return entry.row(&self.requests, clock);
        }
        // A binary field stands on lines of its own; its key has no `=` and its bytes are passed over.
        if let Some((key, value)) = split_at_byte(line, b'=') {
            entry.take(key, value);
        }
        Parsed::Skip(Skip::Partial)
    }

    fn finish(&self, entry: &mut JournalEntry, clock: &mut LineClock) -> Parsed {
        // Where the file was cut, its last entry has no empty line.
        self.parse(b"", entry, clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    #[test]
    fn export_entries_end_with_an_empty_line_and_tell_the_start_of_the_machine() {
        let (mut entry, mut clock) = (JournalEntry::default(), LineClock::default());
        let mut last = Parsed::Skip(Skip::Empty);
        for line in [
            "__REALTIME_TIMESTAMP=2000000000000000",
            "__MONOTONIC_TIMESTAMP=1000000",
            "_TRANSPORT=kernel",
            "MESSAGE=php-fpm[811]: segfault at 0 ip 0 sp 0",
            "",
        ] {
            last = JournalExport::default().parse(line.as_bytes(), &mut entry, &mut clock);
        }
        let Parsed::Message(row) = last else { panic!() };
        assert_eq!((row.signature, row.since_boot), (Some("kernel-segfault"), Some(Duration::SECOND)));
        assert_eq!(clock.at_uptime(Duration::ZERO), Some(Time(1_999_999_999_000_000_000)));
    }
}
