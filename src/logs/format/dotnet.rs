//! .NET's console logger (Kestrel, ASP.NET Core): `fail: Microsoft.AspNetCore.Server.Kestrel[13]`, then the message and its exception,
//! six blanks before each line (src: dotnet/runtime Microsoft.Extensions.Logging.Console, SimpleConsoleFormatter). An instant stands before
//! the level only where the application's settings ask for one.

use crate::facts::messages::Program;
use crate::logs::format::application::exception;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::number::bounded_integer;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Dotnet;

/// The levels as the console writes them.
const LEVELS: [(&[u8], &str); 6] = [
    (b"trce: ", "debug"),
    (b"dbug: ", "debug"),
    (b"info: ", "info"),
    (b"warn: ", "warning"),
    (b"fail: ", "error"),
    (b"crit: ", "critical"),
];

/// Where in an event the reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventPart {
    /// Behind its message, or before any event.
    #[default]
    Trace,
    /// Behind its first line: the message comes next.
    Head,
}

impl LineFormat for Dotnet {
    type Memory = EventPart;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| head(line).is_some()).then_some(Dotnet)
    }

    fn id(&self) -> &'static str {
        "dotnet_console"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], part: &mut EventPart, _: &mut LineClock) -> Parsed {
        if let Some((row, alone)) = head(line) {
            *part = if alone { EventPart::Trace } else { EventPart::Head };
            return Parsed::Message(row);
        }
        if !line.starts_with(b"      ") {
            return Parsed::Skip(Skip::Continuation);
        }
        let text = line.trim_ascii();
        if std::mem::take(part) == EventPart::Head {
            return Parsed::Cause(MessageLine::of(text, Some(Program::Dotnet)));
        }
        match exception(text) {
            Some(exception) => Parsed::Cause(MessageLine::of(exception, Some(Program::Dotnet))),
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

/// The first line of an event, and whether the message stands on it (`SingleLine`).
fn head(line: &[u8]) -> Option<(MessageLine, bool)> {
    let (stamp, rest) = match timestamp::iso(line) {
        Some((stamp, rest)) => (Some(stamp), rest.trim_ascii_start()),
        None => (None, line),
    };
    let (word, level) = LEVELS.iter().find(|(word, _)| rest.starts_with(word))?;
    let text = rest.get(word.len()..)?;
    let (category, after) = split_at_byte(text, b'[')?;
    let (event, message) = split_at_byte(after, b']')?;
    bounded_integer::<u32>(event)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'`');
    if category.is_empty() || !category.iter().all(plain) {
        return None;
    }
    let row = MessageLine {
        level: Some((*level).to_owned()),
        program: Some("dotnet".to_owned()),
        ..MessageLine::of(text, Some(Program::Dotnet))
    };
    Some((row.at(stamp), !message.trim_ascii().is_empty()))
}
