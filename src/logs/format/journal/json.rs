//! `journalctl -o json`: an object a line; `json-pretty` and `json-seq`: objects behind one another; `json-sse`: each behind `data: `.
//! `__REALTIME_TIMESTAMP` is in microseconds (journalctl(1)).

use serde::Deserialize;

use super::{JournalEntry, JournalRequests};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::Splitting;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;

/// The format.
#[derive(Clone, Debug)]
pub struct JournalJson {
    requests: JournalRequests,
    splitting: Splitting,
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

impl JournalJson {
    /// For entries that are no lines but objects of a document; `None` where most objects are none of a journal.
    pub fn of_objects(objects: &[&[u8]], splitting: Splitting) -> Option<JournalJson> {
        let entries: Vec<JournalEntry> = objects.iter().filter_map(|object| entry(object)).collect();
        if entries.is_empty() || entries.len().saturating_mul(2) < objects.len() {
            return None;
        }
        let messages: Vec<&[u8]> = entries.iter().map(|entry| &*entry.message).collect();
        Some(JournalJson { requests: JournalRequests::learn(&messages), splitting })
    }
}

impl LineFormat for JournalJson {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        JournalJson::of_objects(&sample.lines, Splitting::Lines)
    }

    fn id(&self) -> &'static str {
        "journal_json"
    }

    fn kind(&self) -> LogKind {
        self.requests.kind()
    }

    fn splitting(&self) -> Splitting {
        self.splitting
    }

    fn sets_clock(&self) -> bool {
        true
    }

    fn parse(&self, line: &[u8], (): &mut (), clock: &mut LineClock) -> Parsed {
        match entry(line) {
            Some(entry) => entry.row(&self.requests, clock),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The entry that an object holds.
fn entry(object: &[u8]) -> Option<JournalEntry> {
    // `json-sse` makes events of them, `json-seq` puts a record separator before each (RFC 7464).
    let object = object.strip_prefix(b"data: ").or_else(|| object.strip_prefix(b"\x1e")).unwrap_or(object);
    if !object.starts_with(b"{") {
        return None;
    }
    let json = serde_json::from_slice::<JsonEntry<'_>>(object).ok()?;
    let identifier = json.identifier.filled().or(json.command.filled()).unwrap_or_default();
    Some(JournalEntry {
        microseconds: Some(json.realtime.integer()?),
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::row::MessageLine;
    use crate::time::Time;

    fn message(line: &[u8]) -> MessageLine {
        let format = JournalJson { requests: JournalRequests::default(), splitting: Splitting::Lines };
        match format.parse(line, &mut (), &mut LineClock::default()) {
            Parsed::Message(row) => row,
            other => panic!("{other:?}"),
        }
    }

    /// Otherwise a balancer's word on what failed is lost where its journal holds little else than requests.
    #[test]
    fn requests_of_haproxy_tell_how_they_ended() {
        let entry = br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"haproxy","MESSAGE":"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] www api/app1 0/0/0/-1/2502 504 198 - - sH-- 12/12/4/4/0 0/0 {api.example|9c1f00aa12bc34de-FRA} \"GET /price HTTP/1.1\""}"#;
        let format = JournalJson::of_objects(&[&entry[..]; 8], Splitting::Lines).unwrap();
        assert_eq!(format.kind(), LogKind::AccessLog);
        let Parsed::Access(row) = format.parse(entry, &mut (), &mut LineClock::default()) else { panic!() };
        assert_eq!(row.ending().map(|ending| ending.id), Some("haproxy-server-timed-out"));
        assert!(row.ray.is_some());
    }

    #[test]
    fn json_entries_are_read_in_microseconds_and_bytes() {
        let row = message(br#"{"__REALTIME_TIMESTAMP":"1794902461123456","PRIORITY":"3","_PID":"811","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"a.service: Main process exited, code=killed, status=11/SEGV"}"#);
        assert_eq!(row.time, Some(Time(1_794_902_461_123_456_000)));
        assert_eq!(
            (row.level.as_deref(), row.process, row.signature),
            (Some("error"), Some(811), Some("systemd-main-killed"))
        );
        let bytes = message(
            br#"{"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":[104,105,255]}"#,
        );
        assert_eq!(bytes.text, "hi\u{fffd}");
        let null =
            br#"data: {"__REALTIME_TIMESTAMP":"1794902461123456","SYSLOG_IDENTIFIER":"x","MESSAGE":null}"#;
        assert_eq!(message(null).text, "");
    }
}
