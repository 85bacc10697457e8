//! systemd's journal: `journalctl -o json` (an object a line) and `-o export` (`KEY=value` lines, entries end with an empty line;
//! systemd.io/JOURNAL_EXPORT_FORMATS). `__REALTIME_TIMESTAMP` is in microseconds.

use serde::Deserialize;

use crate::logs::format::syslog;
use crate::logs::format::syslog::envelope::Envelope;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;
use crate::text::line::split_at_byte;
use crate::text::number::bounded_integer;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// The longest message that is kept of an entry; a journal's may be megabytes.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// `journalctl -o json`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalJson;

/// `journalctl -o export`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalExport;

/// The fields of an entry that rows are made of.
#[derive(Clone, Debug, Default)]
pub struct JournalEntry {
    microseconds: Option<i64>,
    monotonic: Option<i64>,
    identifier: Vec<u8>,
    process: Option<u32>,
    priority: Option<u8>,
    message: Vec<u8>,
    kernel: bool,
}

#[derive(Deserialize)]
struct JsonEntry<'a> {
    #[serde(borrow, default, rename = "__REALTIME_TIMESTAMP")]
    realtime: Scalar<'a>,
    #[serde(borrow, default, rename = "__MONOTONIC_TIMESTAMP")]
    monotonic: Scalar<'a>,
    #[serde(borrow, default, rename = "SYSLOG_IDENTIFIER")]
    identifier: Scalar<'a>,
    #[serde(borrow, default, rename = "_COMM")]
    command: Scalar<'a>,
    #[serde(borrow, default, rename = "_PID")]
    process: Scalar<'a>,
    #[serde(borrow, default, rename = "PRIORITY")]
    priority: Scalar<'a>,
    #[serde(borrow, default, rename = "_TRANSPORT")]
    transport: Scalar<'a>,
    #[serde(borrow, default, rename = "MESSAGE")]
    message: JournalMessage<'a>,
}

/// A message: text, or an array of byte numbers where it is no UTF-8, or null where it is long.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum JournalMessage<'a> {
    #[serde(borrow)]
    Text(std::borrow::Cow<'a, str>),
    Bytes(Vec<u8>),
    Other(serde::de::IgnoredAny),
    #[default]
    Absent,
}

impl LineFormat for JournalJson {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.has_line_with(b'{').then_some(JournalJson)
    }

    fn id(&self) -> &'static str {
        "journal_json"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn sets_clock(&self) -> bool {
        true
    }

    fn parse(&self, line: &[u8], (): &mut (), clock: &mut LineClock) -> Parsed {
        let Ok(json) = serde_json::from_slice::<JsonEntry<'_>>(line) else {
            return Parsed::Skip(Skip::Unparsed);
        };
        if json.realtime.integer().is_none() {
            return Parsed::Skip(Skip::Unparsed);
        }
        let identifier = json.identifier.filled().or(json.command.filled()).unwrap_or_default();
        let entry = JournalEntry {
            microseconds: json.realtime.integer(),
            monotonic: json.monotonic.integer(),
            identifier: identifier.as_bytes().to_vec(),
            process: json.process.number(),
            priority: json.priority.number(),
            kernel: json.transport.text() == Some("kernel"),
            message: match json.message {
                JournalMessage::Text(text) => text.as_bytes().to_vec(),
                JournalMessage::Bytes(bytes) => bytes,
                JournalMessage::Other(_) | JournalMessage::Absent => Vec::new(),
            },
        };
        row_of(&entry, clock)
    }
}

impl LineFormat for JournalExport {
    /// The fields so far of the entry that is being read.
    type Memory = JournalEntry;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b"__REALTIME_TIMESTAMP=").then_some(JournalExport)
    }

    fn id(&self) -> &'static str {
        "journal_export"
    }

    fn empty_lines_matter(&self) -> bool {
        true
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], entry: &mut JournalEntry, clock: &mut LineClock) -> Parsed {
        if line.is_empty() {
            let entry = std::mem::take(entry);
            if entry.microseconds.is_none() {
                return Parsed::Skip(Skip::Empty);
            }
            return row_of(&entry, clock);
        }
        // A binary field stands on lines of its own; its key has no `=` and its bytes are passed over.
        let Some((key, value)) = split_at_byte(line, b'=') else { return Parsed::Skip(Skip::Partial) };
        match key {
            b"__REALTIME_TIMESTAMP" => entry.microseconds = bounded_integer(value),
            b"__MONOTONIC_TIMESTAMP" => entry.monotonic = bounded_integer(value),
            b"SYSLOG_IDENTIFIER" => entry.identifier = value.get(..256).unwrap_or(value).to_vec(),
            b"_COMM" if entry.identifier.is_empty() => {
                entry.identifier = value.get(..256).unwrap_or(value).to_vec();
            }
            b"_PID" => entry.process = bounded_integer(value),
            b"PRIORITY" => entry.priority = bounded_integer(value),
            b"_TRANSPORT" => entry.kernel = value == b"kernel",
            b"MESSAGE" => entry.message = value.get(..LONGEST_MESSAGE).unwrap_or(value).to_vec(),
            _ => {}
        }
        Parsed::Skip(Skip::Partial)
    }
}

/// The row of a whole entry.
fn row_of(entry: &JournalEntry, clock: &mut LineClock) -> Parsed {
    let Some(microseconds) = entry.microseconds else { return Parsed::Skip(Skip::Unparsed) };
    let time = Time::EPOCH.plus(Duration::from_microseconds(microseconds));
    if entry.kernel
        && let Some(uptime) = entry.monotonic
    {
        // The journal knows both clocks: kernel lines that only count from the start, in the same input, can be placed.
        clock.set_boot(time.plus(-Duration::from_microseconds(uptime)));
    }
    let tag: &[u8] = if entry.kernel { b"kernel" } else { &entry.identifier };
    let text = entry.message.get(..LONGEST_MESSAGE).unwrap_or(&entry.message);
    let envelope = Envelope {
        stamp: Some(Stamp { time, resolution: Duration::MICROSECOND, local: false }),
        tag,
        process: entry.process,
        severity: entry.priority,
        text,
    };
    syslog::parse_envelope(&envelope, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_entries_are_read_in_microseconds_and_bytes() {
        let line = br#"{"__REALTIME_TIMESTAMP":"1794902461123456","PRIORITY":"3","_PID":"811","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"a.service: Main process exited, code=killed, status=11/SEGV"}"#;
        let Parsed::Message(row) = JournalJson.parse(line, &mut (), &mut LineClock::default()) else {
            panic!()
        };
        assert_eq!(row.time, Some(Time(1_794_902_461_123_456_000)));
        assert_eq!(
            (row.level.as_deref(), row.process, row.signature),
            (Some("error"), Some(811), Some("systemd-main-killed"))
        );
        let bytes =
            br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":[104,105,255]}"#;
        let Parsed::Message(row) = JournalJson.parse(bytes, &mut (), &mut LineClock::default()) else {
            panic!()
        };
        assert_eq!(row.text, "hi\u{fffd}");
        let null = br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":null}"#;
        assert!(matches!(JournalJson.parse(null, &mut (), &mut LineClock::default()), Parsed::Message(_)));
    }

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
            last = JournalExport.parse(line.as_bytes(), &mut entry, &mut clock);
        }
        let Parsed::Message(row) = last else { panic!() };
        assert_eq!(row.signature, Some("kernel-segfault"));
        assert_eq!(clock.at_uptime(Duration::ZERO), Some(Time(1_999_999_999_000_000_000)));
    }
}
