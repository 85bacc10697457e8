//! What syslog writes before a message: RFC 3164 (no year, no zone), RFC 5424, and an ISO instant before the host (rsyslog's default in
//! newer systems).

use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::number::{bounded_integer, leading_integer};
use crate::text::quote::closing_quote;
use crate::text::timestamp::{self, Stamp, StampAndRest};
use crate::time::Duration;

/// A line without its syslog prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// When, where the prefix says it or the context knows the year.
    pub stamp: Option<Stamp>,
    /// The program (`haproxy` of `haproxy[811]:`), if there is one.
    pub tag: &'a [u8],
    /// Its process id.
    pub process: Option<u32>,
    /// Severity by RFC 5424's number.
    pub severity: Option<u8>,
    /// The message.
    pub text: &'a [u8],
}

/// Takes the prefix off; `None` where there is none.
pub fn open_envelope<'a>(line: &'a [u8], clock: &LineClock) -> Option<Envelope<'a>> {
    let (severity, rest) = priority(line);
    if let Some(rest) = rest.strip_prefix(b"1 ")
        && severity.is_some()
    {
        return open_5424(rest, severity);
    }
    let (stamp, rest) = instant(rest, clock)?;
    open_at_host(rest.strip_prefix(b" ")?, stamp, severity)
}

/// The same from the host on.
pub fn open_at_host(rest: &[u8], stamp: Option<Stamp>, severity: Option<u8>) -> Option<Envelope<'_>> {
    // Some writers add `<auth.info>` before the host.
    let rest = match rest.strip_prefix(b"<").and_then(|inner| split_at_sequence(inner, b"> ")) {
        Some((word, after)) if word.len() < 24 => after,
        _ => rest,
    };
    let (host, rest) = split_at_byte(rest, b' ')?;
    // Where a level stands in the host's place the line is an application's.
    let level = [&b"trace"[..], b"debug", b"info", b"warn", b"warning", b"error", b"fatal", b"critical"]
        .iter()
        .any(|level| host.eq_ignore_ascii_case(level));
    if level || host.is_empty() || host.len() > 255 || host.ends_with(b":") || host.starts_with(b"[") {
        return None;
    }
    let (tag, process, text) = tag_of(rest)?;
    Some(Envelope { stamp, tag, process, severity, text })
}

/// The instant before the host, as far as it is known, and what follows it.
fn instant<'a>(rest: &'a [u8], clock: &LineClock) -> Option<(Option<Stamp>, &'a [u8])> {
    if let Some((yearless, after)) = timestamp::yearless(rest) {
        let resolution = yearless.resolution;
        return Some((clock.place(&yearless).map(|time| Stamp { time, resolution, local: true }), after));
    }
    // rsyslog writes RFC 3339 with its zone; an instant without is an application's own.
    let rfc3339 = || timestamp::iso(rest).filter(|(stamp, _)| !stamp.local && rest.get(10) == Some(&b'T'));
    rfc3339().or_else(|| with_weekday(rest)).or_else(|| unix(rest)).map(|(stamp, after)| (Some(stamp), after))
}

/// `journalctl -o short-full` and `-o with-unit`: `Tue 2026-11-17 08:01:01 CET`. Only of UTC it is known where it lies.
pub fn with_weekday(text: &[u8]) -> StampAndRest<'_> {
    let (weekday, rest) = text.split_at_checked(4)?;
    if !matches!(weekday, b"Mon " | b"Tue " | b"Wed " | b"Thu " | b"Fri " | b"Sat " | b"Sun ") {
        return None;
    }
    let (stamp, rest) = timestamp::iso(rest)?;
    let (zone, _) = split_at_byte(rest.strip_prefix(b" ")?, b' ')?;
    if !stamp.local {
        return Some((stamp, rest));
    }
    let named = zone.len() <= 6 && zone.iter().all(|byte| byte.is_ascii_uppercase());
    let after = rest.get(zone.len().checked_add(1)?..)?;
    named.then_some((Stamp { local: !matches!(zone, b"UTC" | b"GMT"), ..stamp }, after))
}

/// `journalctl -o short-unix`: `1794902461.123456`.
fn unix(text: &[u8]) -> StampAndRest<'_> {
    let (seconds, _) = split_at_byte(text.get(..text.len().min(24))?, b' ')?;
    let stamp = timestamp::epoch(seconds).filter(|stamp| stamp.resolution == Duration::MICROSECOND)?;
    Some((stamp, text.get(seconds.len()..)?))
}

/// `<34>`: the severity in it.
fn priority(line: &[u8]) -> (Option<u8>, &[u8]) {
    let inner = || {
        let (number, rest) = leading_integer(line.strip_prefix(b"<")?)?;
        let rest = rest.strip_prefix(b">")?;
        (number < 192).then(|| u8::try_from(number % 8).ok()).flatten().map(|severity| (severity, rest))
    };
    match inner() {
        Some((severity, rest)) => (Some(severity), rest),
        None => (None, line),
    }
}

/// `tag[pid]: text`, `tag: text`; a tag is short and holds no blank.
fn tag_of(rest: &[u8]) -> Option<(&[u8], Option<u32>, &[u8])> {
    let head = rest.get(..128).unwrap_or(rest);
    let end = head.iter().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
    let (tag, after) = rest.split_at_checked(end)?;
    // An address or a number before a colon is no program.
    if !tag.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    let (process, after) = match after.strip_prefix(b"[").and_then(|inner| split_at_byte(inner, b']')) {
        Some((number, after)) => (bounded_integer(number), after),
        None => (None, after),
    };
    let text = after.strip_prefix(b":")?;
    Some((tag, process, text.strip_prefix(b" ").unwrap_or(text)))
}

/// RFC 5424 after its version: `TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA MSG`.
fn open_5424(rest: &[u8], severity: Option<u8>) -> Option<Envelope<'_>> {
    let (time, rest) = split_at_byte(rest, b' ')?;
    let stamp = match time {
        b"-" => None,
        _ => Some(timestamp::iso(time).filter(|(_, rest)| rest.is_empty())?.0),
    };
    let (_host, rest) = split_at_byte(rest, b' ')?;
    let (tag, rest) = split_at_byte(rest, b' ')?;
    let (process, rest) = split_at_byte(rest, b' ')?;
    let (_id, rest) = split_at_byte(rest, b' ')?;
    let text = after_structured_data(rest)?;
    let tag = if tag == b"-" { b"" } else { tag };
    Some(Envelope { stamp, tag, process: bounded_integer(process), severity, text })
}

fn after_structured_data(rest: &[u8]) -> Option<&[u8]> {
    let text = match rest.strip_prefix(b"-") {
        Some(after) => after,
        None => {
            let mut rest = rest;
            while let Some(inner) = rest.strip_prefix(b"[") {
                let mut at = 0usize;
                // Values are quoted and may hold brackets; `\]` is escaped.
                loop {
                    let found = at.checked_add(memchr::memchr2(b'"', b']', inner.get(at..)?)?)?;
                    if inner.get(found) == Some(&b']') {
                        rest = inner.get(found.checked_add(1)?..)?;
                        break;
                    }
                    at = closing_quote(inner, found.checked_add(1)?)?.checked_add(1)?;
                }
            }
            rest
        }
    };
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_have_no_envelope() {
        let clock = LineClock::default();
        for line in [
            "2026/11/17 08:01:01 [error] 7#7: *9 x: y",
            "Header1: abc",
            "",
            "2012-07-02 10:22:40,672:DEBUG:foo",
        ] {
            assert!(open_envelope(line.as_bytes(), &clock).is_none(), "{line}");
        }
    }

    #[test]
    fn every_short_output_of_journalctl_is_an_envelope() {
        let clock = LineClock::near(crate::time::Time::parse_rfc3339("2026-12-01T00:00:00Z"));
        for instant in [
            "Nov 17 08:01:01",
            "Nov 17 08:01:01.000000",
            "2026-11-17T09:01:01+0100",
            "2026-11-17T08:01:01.000000+00:00",
            "Tue 2026-11-17 08:01:01 UTC",
            "1794902461.000000",
        ] {
            let line = format!("{instant} web1 nginx.service[811]: text");
            let envelope = open_envelope(line.as_bytes(), &clock).unwrap();
            assert_eq!((envelope.tag, envelope.process), (&b"nginx.service"[..], Some(811)), "{instant}");
            let time = envelope.stamp.unwrap().time;
            assert_eq!(Some(time), crate::time::Time::parse_rfc3339("2026-11-17T08:01:01Z"), "{instant}");
        }
    }
}
