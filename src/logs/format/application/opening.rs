//! How applications' lines begin: an instant in one of the usual forms, and what stands around it.

use crate::text::line::split_at_sequence;
use crate::text::number::{bounded_integer, leading_integer};
use crate::text::timestamp::{self, Stamp, StampAndRest};

/// The beginning of a line.
#[derive(Clone, Copy, Debug)]
pub struct LineOpening<'a> {
    /// When.
    pub stamp: Stamp,
    /// The writer's process, where the beginning has it.
    pub process: Option<u32>,
    /// Severity, where it stands before the instant.
    pub level: Option<&'static str>,
    /// What follows.
    pub text: &'a [u8],
}

/// The beginning of a line; `None` where it has no instant.
pub fn opening(line: &[u8]) -> Option<LineOpening<'_>> {
    ruby(line)
        .or_else(|| passenger(line))
        .or_else(|| plain(line))
        .or_else(|| behind_severity(line))
        .or_else(|| keyed(line))
        .or_else(|| puma(line))
}

/// What Puma says as it starts and stops has the instant at its end, and its other lines have none: `[811] === puma startup: 2026-11-17 08:01:01 +0000 ===`
/// (lib/puma/runner.rb, `redirect_io`; lib/puma/launcher.rb, `graceful_stop`).
fn puma(line: &[u8]) -> Option<LineOpening<'_>> {
    /// So far into the line it begins at most, behind the process.
    const FIRST: usize = 32;
    let begins = memchr::memmem::find(line, b"=== puma ").filter(|begins| *begins <= FIRST)?;
    let (_, instant) = split_at_sequence(line.get(begins..)?, b": ")?;
    let (stamp, _) = timestamp::iso(instant)?;
    Some(LineOpening { stamp, process: process_of(line), level: None, text: line })
}

/// Logfmt whose instant is not the first pair: `level=error ts=2026-11-17T08:01:01Z caller=…` (go-kit's logger), `logger=context t=…` (Grafana's).
fn keyed(line: &[u8]) -> Option<LineOpening<'_>> {
    /// So far into the line its instant stands.
    const FIRST: usize = 160;
    let key = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if key == 0 || line.get(key) != Some(&b'=') {
        return None;
    }
    let head = line.get(..FIRST).unwrap_or(line);
    let value = [&b" ts="[..], b" time=", b" t=", b" timestamp="].iter().find_map(|key| {
        let at = memchr::memmem::find(head, key)?;
        line.get(at.checked_add(key.len())?..)
    })?;
    let (stamp, _) = instant(value.strip_prefix(b"\"").unwrap_or(value))?;
    Some(LineOpening { stamp, process: None, level: None, text: line })
}

/// A severity before the instant: `ERROR 2026-11-17 08:01:20,112 text` (Django's documentation, "verbose"; Log4j's `%-5p %d`), `[error] [2026-11-17 …`.
fn behind_severity(line: &[u8]) -> Option<LineOpening<'_>> {
    let line = line.strip_prefix(b"[").unwrap_or(line);
    let word = line.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let level = severity(line.get(..word)?)?;
    let rest = line.get(word..)?;
    let rest = rest.strip_prefix(b"]").or_else(|| rest.strip_prefix(b":")).unwrap_or(rest);
    let opening = plain(rest.trim_ascii_start())?;
    Some(LineOpening { level: Some(level), ..opening })
}

/// The instant at the start of a line, bare or in brackets, or as logfmt's `time="…"`.
fn plain(line: &[u8]) -> Option<LineOpening<'_>> {
    let inner = line.strip_prefix(b"[").unwrap_or(line);
    let inner = ["time=", "ts=", "timestamp="]
        .iter()
        .find_map(|key| inner.strip_prefix(key.as_bytes()))
        .map_or(inner, |value| value.strip_prefix(b"\"").unwrap_or(value));
    let (stamp, rest) = instant(inner)?;
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"]").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    let text = rest.trim_ascii_start();
    Some(LineOpening { stamp, process: process_of(text), level: None, text })
}

fn instant(text: &[u8]) -> StampAndRest<'_> {
    timestamp::iso(text).or_else(|| timestamp::common_log(text)).or_else(|| timestamp::php(text))
}

/// The writer's process: gunicorn's `[7] [CRITICAL] …`, Spring Boot's `ERROR 811 --- [main] …`.
pub fn process_of(text: &[u8]) -> Option<u32> {
    let bracketed =
        || text.strip_prefix(b"[").and_then(leading_integer).filter(|(_, rest)| rest.starts_with(b"]"));
    let spring = || {
        let (head, _) = split_at_sequence(text.get(..text.len().min(32))?, b" --- ")?;
        leading_integer(head.rsplit(|byte| *byte == b' ').next()?).filter(|(_, rest)| rest.is_empty())
    };
    bracketed().or_else(spring).and_then(|(process, _)| u32::try_from(process).ok())
}

/// Ruby's logger: `E, [2026-11-17T08:01:01.123 #811] ERROR -- : text`.
fn ruby(line: &[u8]) -> Option<LineOpening<'_>> {
    let (letter, rest) = line.split_first()?;
    let (stamp, rest) = timestamp::iso(rest.strip_prefix(b", [")?)?;
    let (process, rest) = split_at_sequence(rest, b"] ")?;
    let text =
        split_at_sequence(rest, b" -- ").map_or(rest, |(_, text)| text.strip_prefix(b": ").unwrap_or(text));
    let process = bounded_integer(process.trim_ascii_start().strip_prefix(b"#").unwrap_or(process));
    Some(LineOpening { stamp, process, level: letter_level(*letter), text })
}

/// Passenger's: `[ E 2026-11-17 08:01:01.1234 811/T3 age/Cor/Main.cpp:12 ]: text`, without the letter up to version 5.
pub fn passenger(line: &[u8]) -> Option<LineOpening<'_>> {
    let inner = line.strip_prefix(b"[ ")?;
    let (letter, rest) = match inner {
        [letter @ b'A'..=b'Z', b' ', rest @ ..] => (*letter, rest),
        _ => (b' ', inner),
    };
    let (stamp, rest) = timestamp::iso(rest)?;
    let (within, text) = split_at_sequence(rest, b" ]: ")?;
    let process =
        leading_integer(within.trim_ascii_start()).and_then(|(process, _)| u32::try_from(process).ok());
    Some(LineOpening { stamp, process, level: letter_level(letter), text })
}

/// A severity by the word that loggers write for it, in capitals or not.
pub fn severity(word: &[u8]) -> Option<&'static str> {
    const LEVELS: [(&str, &str); 14] = [
        ("critical", "critical"),
        ("emergency", "emerg"),
        ("warning", "warning"),
        ("notice", "notice"),
        ("severe", "error"),
        ("error", "error"),
        ("fatal", "fatal"),
        ("debug", "debug"),
        ("trace", "debug"),
        ("warn", "warning"),
        ("info", "info"),
        ("crit", "critical"),
        ("inf", "info"),
        ("err", "error"),
    ];
    let known = LEVELS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
    known.map(|(_, level)| *level)
}

/// Severities by the letter that loggers write for them.
fn letter_level(letter: u8) -> Option<&'static str> {
    match letter {
        b'C' => Some("critical"),
        b'F' => Some("fatal"),
        b'E' => Some("error"),
        b'W' => Some("warning"),
        b'N' => Some("notice"),
        b'I' => Some("info"),
        b'D' => Some("debug"),
        _ => None,
    }
}
