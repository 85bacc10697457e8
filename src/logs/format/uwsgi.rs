//! uWSGI's log: a line for each request, with the start of the request in brackets, between messages of its own and of the application
//! (src: uwsgi core/logging.c).

use crate::logs::access::request_line::split_request;
use crate::logs::format::application::{self, ApplicationLog, Trace};
use crate::logs::line_format::{LineFormat, LogKind, Parsed};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::number::{bounded_integer, leading_integer};
use crate::text::timestamp;
use crate::time::Duration;

/// The format, by what the lines are.
#[derive(Clone, Copy, Debug)]
pub enum Uwsgi {
    /// Requests, with messages between them.
    Requests,
    /// Messages alone (`disable-logging`).
    Messages,
}

impl LineFormat for Uwsgi {
    type Memory = Trace;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        if sample.lines.iter().any(|line| request(line).is_some()) {
            return Some(Uwsgi::Requests);
        }
        (sample.holds(b"uWSGI") && sample.lines.iter().any(|line| stamped(line).is_some()))
            .then_some(Uwsgi::Messages)
    }

    fn id(&self) -> &'static str {
        "uwsgi"
    }

    fn kind(&self) -> LogKind {
        match self {
            Uwsgi::Requests => LogKind::AccessLog,
            Uwsgi::Messages => LogKind::ErrorLog,
        }
    }

    fn parse(&self, line: &[u8], trace: &mut Trace, clock: &mut LineClock) -> Parsed {
        if let Some(row) = request(line) {
            return Parsed::Access(row);
        }
        if let Some((stamp, text)) = stamped(line) {
            trace.begin(clock.collected());
            return Parsed::Message(application::parse_text(text).at(Some(stamp)));
        }
        ApplicationLog.parse(line, trace, clock)
    }
}

/// uWSGI's *verbose* messages: `Tue Nov 17 08:01:01 2026 - text`.
fn stamped(line: &[u8]) -> timestamp::StampAndRest<'_> {
    let (stamp, rest) = timestamp::apache_error(line)?;
    Some((stamp, rest.strip_prefix(b" - ")?))
}

/// A request: `[pid: 811|app: 0|req: 1/1] 172.68.10.9 () {42 vars in 812 bytes} [Tue Nov 17 08:01:01 2026] GET /cart => generated 12
/// bytes in 3 msecs (HTTP/1.1 200) 2 headers in 78 bytes (1 switches on core 0)`. The host, or uWSGI's use of memory, may stand before it.
pub fn request(line: &[u8]) -> Option<AccessLine> {
    let (before, rest) = split_at_sequence(line, b"[pid: ")?;
    let (process, rest) = leading_integer(rest)?;
    let (_, rest) = split_at_sequence(rest.strip_prefix(b"|app: ")?, b"] ")?;
    let (peer, rest) = split_at_byte(rest, b' ')?;
    let (_, rest) = split_at_sequence(rest, b"} [")?;
    let (stamp, rest) = timestamp::apache_error(rest)?;
    let (request, answer) = split_at_sequence(rest.strip_prefix(b"] ")?, b" => generated ")?;
    let mut row = AccessLine {
        time: stamp.time,
        resolution: stamp.resolution,
        time_is_local: true,
        remote_address: address(peer),
        process: u32::try_from(process).ok(),
        host: host(before),
        ..AccessLine::default()
    };
    // Where the line would pass 4 KiB, method and target are dashes.
    if let Some((method, target)) = split_request(request) {
        row.method = Some(text_within(method, 64));
        row.target = Some(field_text(target));
    }
    let (bytes, answer) = leading_integer(answer)?;
    row.body_bytes = Some(bytes);
    let (taken, answer) = leading_integer(answer.strip_prefix(b" bytes in ")?)?;
    let unit = if answer.starts_with(b" micros") { Duration::MICROSECOND } else { Duration::MILLISECOND };
    row.request_time = unit.checked_mul(i64::try_from(taken).ok()?);
    let (_, answer) = split_at_sequence(answer, b"(HTTP/")?;
    let (_, status) = split_at_byte(answer, b' ')?;
    row.status = split_at_byte(status, b')').and_then(|(status, _)| bounded_integer(status));
    Some(row)
}

/// The host before a request (`log-master` formats with `%(host)`); nothing where memory stands there.
fn host(before: &[u8]) -> Option<String> {
    let name = before.trim_ascii();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    (!name.is_empty() && name.len() < 256 && name.iter().all(plain)).then(|| text_within(name, 256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::LogFormat;

    const DIED: &[u8] = b"DAMN ! worker 3 (pid: 811) died, killed by signal 11 :( trying respawn ...";

    fn time_of(parsed: Parsed) -> Option<String> {
        match parsed {
            Parsed::Message(row) => row.time.map(|time| time.to_string()),
            other => panic!("no message: {other:?}"),
        }
    }

    #[test]
    fn a_message_without_an_instant_was_written_when_the_request_before_it_ended() {
        let mut reader = LogFormat::new(Uwsgi::Requests).reader(None);
        assert_eq!(time_of(reader.parse(DIED)), None, "nothing was written before");
        let request = b"[pid: 811|app: 0|req: 1/1] 172.68.10.9 () {42 vars in 812 bytes} [Tue Nov 17 08:01:01 2026] GET /cart => generated 12 bytes in 2500 msecs (HTTP/1.1 200) 2 headers in 78 bytes (1 switches on core 0)";
        let row = reader.parse(request);
        assert!(matches!(row, Parsed::Access(_)), "{row:?}");
        let time = time_of(reader.parse(DIED));
        assert!(time.as_deref().is_some_and(|time| time.starts_with("2026-11-17T08:01:03.5")), "{time:?}");
        let own = b"Tue Nov 17 08:05:00 2026 - DAMN ! worker 3 (pid: 811) died :( trying respawn ...";
        let own = time_of(reader.parse(own));
        assert!(own.as_deref().is_some_and(|time| time.starts_with("2026-11-17T08:05:00")), "{own:?}");
    }
}
