//! `journalctl -o verbose`: `Tue 2026-11-17 08:01:01.123456 UTC [s=…;i=…;b=…]`, then each field on a line, four blanks before it.

use super::{JournalEntry, JournalRequests};
use crate::logs::format::syslog::envelope::with_weekday;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// The format.
#[derive(Clone, Debug, Default)]
pub struct JournalVerbose {
    requests: JournalRequests,
}

/// The entry that is being read.
#[derive(Debug, Default)]
pub struct VerboseEntry {
    stamp: Option<Stamp>,
    fields: JournalEntry,
}

impl LineFormat for JournalVerbose {
    type Memory = VerboseEntry;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().find_map(|line| head(line))?;
        let messages: Vec<&[u8]> = sample
            .lines
            .iter()
            .filter_map(|line| line.trim_ascii_start().strip_prefix(b"MESSAGE="))
            .collect();
        Some(JournalVerbose { requests: JournalRequests::learn(&messages) })
    }

    fn id(&self) -> &'static str {
        "journal_verbose"
    }

    fn kind(&self) -> LogKind {
        self.requests.kind()
    }

    fn parse(&self, line: &[u8], entry: &mut VerboseEntry, clock: &mut LineClock) -> Parsed {
        if line.starts_with(b"-- ") {
            return Parsed::Skip(Skip::Comment);
        }
        if let Some(stamp) = head(line) {
            let row = self.finish(entry, clock);
            *entry = VerboseEntry { stamp: Some(stamp), ..VerboseEntry::default() };
            return match row {
                Parsed::Skip(_) => Parsed::Skip(Skip::Partial),
                row => row,
            };
        }
        match split_at_byte(line.trim_ascii_start(), b'=') {
            Some((key, value)) if entry.stamp.is_some() && line.starts_with(b" ") => {
                entry.fields.take(key, value);
                Parsed::Skip(Skip::Partial)
            }
            // A message of several lines goes on.
            _ if entry.stamp.is_some() => Parsed::Skip(Skip::Partial),
            _ => Parsed::Skip(Skip::Unparsed),
        }
    }

    fn finish(&self, entry: &mut VerboseEntry, clock: &mut LineClock) -> Parsed {
        let VerboseEntry { stamp: Some(stamp), mut fields } = std::mem::take(entry) else {
            return Parsed::Skip(Skip::Empty);
        };
        let written = fields.microseconds.is_none();
        fields.microseconds =
            fields.microseconds.or(Some(stamp.time.since(Time::EPOCH).div_euclid(Duration::MICROSECOND)));
        let mut row = fields.row(&self.requests, clock);
        match &mut row {
            Parsed::Message(row) if written => row.time_is_local = stamp.local,
            Parsed::Access(row) if written && row.time == stamp.time => row.time_is_local = stamp.local,
            _ => {}
        }
        row
    }
}

/// The instant of the line that an entry begins with.
fn head(line: &[u8]) -> Option<Stamp> {
    let (stamp, rest) = with_weekday(line)?;
    (rest.starts_with(b" [s=") && rest.ends_with(b"]")).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::row::MessageLine;

    #[test]
    fn each_entry_is_whole_and_the_last_one_too() {
        let text = "Tue 2026-11-17 08:01:01.123456 UTC [s=ab;i=1;b=cd;m=1;t=2;x=3]\n    PRIORITY=3\n    SYSLOG_IDENTIFIER=app\n    \
                    _PID=811\n    MESSAGE=first\n                goes on\n\
                    Tue 2026-11-17 08:01:02.000000 UTC [s=ab;i=2;b=cd;m=1;t=2;x=3]\n    MESSAGE=second";
        let (format, mut entry, mut clock) =
            (JournalVerbose::default(), VerboseEntry::default(), LineClock::default());
        let mut rows: Vec<MessageLine> = Vec::new();
        let mut take = |parsed| match parsed {
            Parsed::Message(row) => rows.push(row),
            Parsed::Skip(skip) => assert_eq!(skip, Skip::Partial),
            other => panic!("{other:?}"),
        };
        text.lines().for_each(|line| take(format.parse(line.as_bytes(), &mut entry, &mut clock)));
        take(format.finish(&mut entry, &mut clock));
        assert_eq!(rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["first", "second"]);
        assert_eq!(rows[0].time, Time::parse_rfc3339("2026-11-17T08:01:01.123456Z"));
        assert_eq!((rows[0].process, rows[0].level.as_deref()), (Some(811), Some("error")));
    }
}
