//! systemd's journal in its outputs that have fields: `journalctl -o json` (also `json-pretty`, `json-sse`, `json-seq`), `-o export` and
//! `-o verbose`. The short outputs are syslog's, but for those that count from the machine's start; `-o cat` is whatever the programs wrote.

pub(crate) mod export;
pub(crate) mod json;
pub(crate) mod monotonic;
pub(crate) mod verbose;

use crate::logs::format::access_inferred::InferredFormat;
use crate::logs::format::syslog;
use crate::logs::format::syslog::envelope::Envelope;
use crate::logs::line_format::{LogKind, Parsed, Skip};
use crate::text::clock::LineClock;
use crate::text::number::bounded_integer;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// The longest message that is kept of an entry; a journal's may be megabytes.
const LONGEST_MESSAGE: usize = 64 * 1024;

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

/// What the messages of a journal hold where most of them are requests that a server answered.
#[derive(Clone, Debug, Default)]
pub struct JournalRequests(Option<InferredFormat>);

impl JournalRequests {
    /// Learns from messages.
    fn learn(messages: &[&[u8]]) -> JournalRequests {
        JournalRequests(syslog::mostly_requests(messages))
    }

    /// Requests, or messages of the system.
    fn kind(&self) -> LogKind {
        if self.0.is_some() { LogKind::AccessLog } else { LogKind::SystemLog }
    }
}

impl JournalEntry {
    /// Takes a field in the form `KEY=value`, by its key.
    fn take(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"__REALTIME_TIMESTAMP" => self.microseconds = bounded_integer(value),
            b"__MONOTONIC_TIMESTAMP" => self.monotonic = bounded_integer(value),
            b"SYSLOG_IDENTIFIER" => self.identifier = value.get(..256).unwrap_or(value).to_vec(),
            b"_COMM" if self.identifier.is_empty() => {
                self.identifier = value.get(..256).unwrap_or(value).to_vec();
            }
            b"_PID" => self.process = bounded_integer(value),
            b"PRIORITY" => self.priority = bounded_integer(value),
            b"_TRANSPORT" => self.kernel = value == b"kernel",
            b"MESSAGE" => self.message = value.get(..LONGEST_MESSAGE).unwrap_or(value).to_vec(),
            _ => {}
        }
    }

    /// The row of a whole entry.
    fn row(&self, requests: &JournalRequests, clock: &mut LineClock) -> Parsed {
        let Some(microseconds) = self.microseconds else { return Parsed::Skip(Skip::Unparsed) };
        let time = Time::EPOCH.plus(Duration::from_microseconds(microseconds));
        let uptime = self.monotonic.filter(|_| self.kernel).map(Duration::from_microseconds);
        if let Some(uptime) = uptime {
            // The journal knows both clocks: kernel lines that only count from the start, in the same input, can be placed.
            clock.set_boot(time.plus(-uptime));
        }
        let tag: &[u8] = if self.kernel { b"kernel" } else { &self.identifier };
        let text = self.message.get(..LONGEST_MESSAGE).unwrap_or(&self.message);
        let envelope = Envelope {
            stamp: Some(Stamp { time, resolution: Duration::MICROSECOND, local: false }),
            tag,
            process: self.process,
            severity: self.priority,
            text,
        };
        let mut parsed = syslog::parse_envelope(&envelope, requests.0.as_ref(), clock);
        if let Parsed::Message(row) = &mut parsed {
            row.since_boot = row.since_boot.or(uptime);
        }
        parsed
    }
}
