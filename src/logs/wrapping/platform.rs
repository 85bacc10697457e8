//! What platforms put before each line of an application and of their own routers: Heroku's `2026-11-17T08:01:01.123456+00:00 heroku[router]: …`
//! (devcenter.heroku.com/articles/logging) and Fly's `2026-11-17T08:01:01Z proxy[148e21ea7e3989] fra [error]…` (fly.io/docs/monitoring/logs).

use std::borrow::Cow;

use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::timestamp::{self, Stamp};

/// Who writes on Heroku: the application's processes, and the platform.
const HEROKU: [&[u8]; 2] = [b"app", b"heroku"];
/// The same on Fly: the machine's application, its checks, its start, the proxy before it, and who runs the machine.
const FLY: [&[u8]; 5] = [b"app", b"health", b"proxy", b"runner", b"machine"];

/// How Heroku's router begins what it writes of a request.
const REQUEST: &[u8] = b"at=";

/// Whether a line without its wrapping is one of the platform's router about a request.
pub fn is_of_router(line: &[u8]) -> bool {
    timestamp::iso(line)
        .and_then(|(_, rest)| rest.strip_prefix(b" "))
        .is_some_and(|text| text.starts_with(REQUEST))
}

/// The instant before a line and the line. What Heroku's router writes of a request has no instant of its own and keeps this one.
pub(super) fn platform(line: &[u8]) -> Option<(Stamp, Cow<'_, [u8]>)> {
    let (stamp, behind) = timestamp::iso(line)?;
    let (source, rest) = split_at_byte(behind.strip_prefix(b" ")?, b'[')?;
    let (_, rest) = split_at_byte(rest, b']').filter(|(process, _)| is_name(process))?;
    let text = match rest.strip_prefix(b": ") {
        Some(text) => HEROKU.contains(&source).then_some(text)?,
        None => of_fly(rest).filter(|_| FLY.contains(&source))?,
    };
    let text = match line.strip_suffix(behind).filter(|_| text.starts_with(REQUEST)) {
        Some(instant) => Cow::Owned([instant, b" ", text].concat()),
        None => Cow::Borrowed(text),
    };
    (!stamp.local).then_some((stamp, text))
}

/// Behind the machine's number: the region, and the severity in brackets.
fn of_fly(rest: &[u8]) -> Option<&[u8]> {
    let (region, rest) = split_at_sequence(rest.strip_prefix(b" ")?, b" [")?;
    let (severity, text) = split_at_byte(rest, b']')?;
    let is_severity = matches!(severity, b"info" | b"warn" | b"error" | b"debug");
    (region.len() == 3 && region.is_ascii() && is_severity).then_some(text.trim_ascii_start())
}

/// A process (`web.1`, `router`) or a machine's number.
fn is_name(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 64 && name.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a router's own word of why it answered 503 is a line of no known program.
    #[test]
    fn what_a_platform_writes_before_a_line_is_taken_off() {
        let text = |line: &str| {
            platform(line.as_bytes()).map(|(_, text)| String::from_utf8_lossy(&text).into_owned())
        };
        for (line, inside) in [
            (
                "2026-11-17T08:01:01.123456+00:00 heroku[router]: at=error code=H12",
                Some("2026-11-17T08:01:01.123456+00:00 at=error code=H12"),
            ),
            ("2026-11-17T08:01:01.123456+00:00 app[web.1]: ready", Some("ready")),
            (
                "2026-11-17T08:01:01Z proxy[148e21ea7e3989] fra [error][PC01] instance refused",
                Some("[PC01] instance refused"),
            ),
            ("2026-11-17T08:01:01Z app[148e21ea7e3989] fra [info]ready", Some("ready")),
            ("2026-11-17T08:01:01Z web1 sshd[811]: Accepted", None),
            ("2026-11-17T08:01:01Z nginx[811]: x", None),
            ("2026-11-17 08:01:01 app[web.1]: ready", None),
        ] {
            assert_eq!(text(line).as_deref(), inside, "{line}");
        }
    }
}
