//! systemd's journal: `journalctl -o json` (an object a line) and `-o export` (`KEY=value` lines, entries end with an empty line;
//! systemd.io/JOURNAL_EXPORT_FORMATS). `__REALTIME_TIMESTAMP` is in microseconds.

use serde::Deserialize;

use crate::logs::format::{Context, Kind, LineFormat, Parsed, Skip};
use crate::logs::syslog::{self, Envelope};
use crate::text::json::Scalar;
use crate::text::scan::{small, split_at_byte};
use crate::text::timestamp::Stamp;
use crate::time::{MICROSECOND, Time};

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
pub(crate) struct Entry {
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
    message: Message<'a>,
}

/// A message: text, or an array of byte numbers where it is no UTF-8, or null where it is long.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Message<'a> {
    #[serde(borrow)]
    Text(std::borrow::Cow<'a, str>),
    Bytes(Vec<u8>),
    Other(serde::de::IgnoredAny),
    #[default]
    Absent,
}

impl LineFormat for JournalJson {
    fn id(&self) -> &'static str {
        "journal_json"
    }

    fn kind(&self) -> Kind {
        Kind::SystemLog
    }

    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        let Ok(json) = serde_json::from_slice::<JsonEntry<'_>>(line) else {
            return Parsed::Skip(Skip::Unparsed);
        };
        if json.realtime.integer().is_none() {
            return Parsed::Skip(Skip::Unparsed);
        }
        let identifier = json.identifier.filled().or(json.command.filled()).unwrap_or_default();
        let entry = Entry {
            microseconds: json.realtime.integer(),
            monotonic: json.monotonic.integer(),
            identifier: identifier.as_bytes().to_vec(),
            process: json.process.number(),
            priority: json.priority.number(),
            kernel: json.transport.text() == Some("kernel"),
            message: match json.message {
                Message::Text(text) => text.as_bytes().to_vec(),
                Message::Bytes(bytes) => bytes,
                Message::Other(_) | Message::Absent => Vec::new(),
            },
        };
        finish(&entry, context)
    }
}

impl LineFormat for JournalExport {
    fn id(&self) -> &'static str {
        "journal_export"
    }

    fn is_sequential(&self) -> bool {
        true
    }

    fn empty_lines_matter(&self) -> bool {
        true
    }

    fn kind(&self) -> Kind {
        Kind::SystemLog
    }

    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        if line.is_empty() {
            let entry = std::mem::take(&mut context.journal);
            if entry.microseconds.is_none() {
                return Parsed::Skip(Skip::Empty);
            }
            return finish(&entry, context);
        }
        // A binary field stands on lines of its own; its key has no `=` and its bytes are passed over.
        let Some((key, value)) = split_at_byte(line, b'=') else { return Parsed::Skip(Skip::Partial) };
        let entry = &mut context.journal;
        match key {
            b"__REALTIME_TIMESTAMP" => entry.microseconds = small(value),
            b"__MONOTONIC_TIMESTAMP" => entry.monotonic = small(value),
            b"SYSLOG_IDENTIFIER" => entry.identifier = value.get(..256).unwrap_or(value).to_vec(),
            b"_COMM" if entry.identifier.is_empty() => {
                entry.identifier = value.get(..256).unwrap_or(value).to_vec();
            }
            b"_PID" => entry.process = small(value),
            b"PRIORITY" => entry.priority = small(value),
            b"_TRANSPORT" => entry.kernel = value == b"kernel",
            b"MESSAGE" => entry.message = value.get(..LONGEST_MESSAGE).unwrap_or(value).to_vec(),
            _ => {}
        }
        Parsed::Skip(Skip::Partial)
    }
}

fn finish(entry: &Entry, context: &mut Context) -> Parsed {
    let Some(microseconds) = entry.microseconds else { return Parsed::Skip(Skip::Unparsed) };
    let time = Time(microseconds.saturating_mul(MICROSECOND));
    if entry.kernel
        && let Some(uptime) = entry.monotonic
    {
        // The journal knows both clocks: kernel lines without an instant in other files can be placed.
        context.boot = Some(Time(time.0.saturating_sub(uptime.saturating_mul(MICROSECOND))));
    }
    let tag: &[u8] = if entry.kernel { b"kernel" } else { &entry.identifier };
    let text = entry.message.get(..LONGEST_MESSAGE).unwrap_or(&entry.message);
    let envelope = Envelope {
        stamp: Some(Stamp { time, resolution: MICROSECOND, local: false }),
        tag,
        process: entry.process,
        severity: entry.priority,
        text,
    };
    syslog::parse_envelope(&envelope, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_entries_are_read_in_microseconds_and_bytes() {
        let line = br#"{"__REALTIME_TIMESTAMP":"1794902461123456","PRIORITY":"3","_PID":"811","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"a.service: Main process exited, code=killed, status=11/SEGV"}"#;
        let Parsed::Message(row) = JournalJson.parse(line, &mut Context::default()) else { panic!() };
        assert_eq!(row.time, Some(Time(1_794_902_461_123_456_000)));
        assert_eq!(
            (row.level.as_deref(), row.process, row.signature),
            (Some("error"), Some(811), Some("systemd-main-killed"))
        );
        let bytes =
            br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":[104,105,255]}"#;
        let Parsed::Message(row) = JournalJson.parse(bytes, &mut Context::default()) else { panic!() };
        assert_eq!(row.text, "hi\u{fffd}");
        let null = br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":null}"#;
        assert!(matches!(JournalJson.parse(null, &mut Context::default()), Parsed::Message(_)));
    }

    #[test]
    fn export_entries_end_with_an_empty_line_and_tell_the_start_of_the_machine() {
        let mut context = Context::default();
        let mut last = Parsed::Skip(Skip::Empty);
        for line in [
            "__REALTIME_TIMESTAMP=2000000000000000",
            "__MONOTONIC_TIMESTAMP=1000000",
            "_TRANSPORT=kernel",
            "MESSAGE=php-fpm[811]: segfault at 0 ip 0 sp 0",
            "",
        ] {
            last = JournalExport.parse(line.as_bytes(), &mut context);
        }
        let Parsed::Message(row) = last else { panic!() };
        assert_eq!(row.signature, Some("kernel-segfault"));
        assert_eq!(context.boot, Some(Time(1_999_999_999_000_000_000)));
    }
}
