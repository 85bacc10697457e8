//! Objects of structured loggers: `time`/`ts`/`timestamp`, `level`/`severity`, `msg`/`message`/`log`, and the exception in its own member.

use serde::Deserialize;

use super::mention::ray_named_in;
use super::said::{parse_text, take_trace};
use crate::logs::row::message::MessageLine;
use crate::logs::wrapping::stamp_of;
use crate::text::json::Scalar;

#[derive(Default, Deserialize)]
#[serde(default)]
struct LoggerObject<'a> {
    #[serde(borrow)]
    time: Scalar<'a>,
    #[serde(borrow)]
    ts: Scalar<'a>,
    #[serde(borrow)]
    timestamp: Scalar<'a>,
    #[serde(borrow, rename = "@timestamp")]
    at_timestamp: Scalar<'a>,
    /// Fluent Bit's.
    #[serde(borrow)]
    date: Scalar<'a>,
    #[serde(borrow)]
    level: Scalar<'a>,
    #[serde(borrow)]
    severity: Scalar<'a>,
    #[serde(borrow)]
    msg: Scalar<'a>,
    #[serde(borrow)]
    message: Scalar<'a>,
    #[serde(borrow)]
    log: Scalar<'a>,
    #[serde(borrow)]
    short_message: Scalar<'a>,
    #[serde(borrow)]
    error: Scalar<'a>,
    #[serde(borrow)]
    pid: Scalar<'a>,
    /// Logback's encoder for Logstash.
    #[serde(borrow)]
    stack_trace: Scalar<'a>,
    #[serde(borrow)]
    exception: Scalar<'a>,
    /// pino's.
    #[serde(borrow)]
    err: Option<ErrorObject<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorObject<'a> {
    #[serde(borrow)]
    stack: Scalar<'a>,
}

/// The row of a structured logger's line; `None` where it is none.
pub fn parse(line: &[u8]) -> Option<MessageLine> {
    if !line.starts_with(b"{") {
        return None;
    }
    let fields: LoggerObject<'_> = serde_json::from_slice(line).ok()?;
    let stamp = [&fields.time, &fields.ts, &fields.timestamp, &fields.at_timestamp, &fields.date]
        .into_iter()
        .find_map(stamp_of)?;
    let texts = [&fields.msg, &fields.message, &fields.log, &fields.short_message];
    let mut text = texts.into_iter().find_map(Scalar::filled)?.trim_end().to_owned();
    if let Some(error) = fields.error.filled() {
        text.push_str(": ");
        text.push_str(error);
    }
    let mut row = parse_text(text.as_bytes()).at(Some(stamp));
    row.level = level(&fields.level).or_else(|| level(&fields.severity)).or(row.level);
    row.process = fields.pid.number().or(row.process);
    row.ray = row.ray.or_else(|| ray_named_in(line));
    let stack = fields.err.as_ref().and_then(|error| error.stack.filled());
    for trace in [fields.stack_trace.filled(), fields.exception.filled(), stack].into_iter().flatten() {
        take_trace(&mut row, trace.as_bytes());
    }
    Some(row)
}

/// A severity by its word, or by the numbers of pino and bunyan (10 to 60) or of syslog (0 to 7, as in GELF).
fn level(value: &Scalar<'_>) -> Option<String> {
    if let Some(word) = value.filled() {
        return Some(word.to_ascii_lowercase());
    }
    let word = match value.integer()? {
        0 => "emerg",
        1 => "alert",
        2 => "critical",
        3 | 50 => "error",
        4 | 40 => "warning",
        5 => "notice",
        6 | 30 => "info",
        7 | 20 | 10 => "debug",
        60 => "fatal",
        _ => return None,
    };
    Some(word.to_owned())
}
