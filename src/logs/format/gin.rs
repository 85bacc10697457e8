//! Gin's console: `[GIN] 2026/11/17 - 08:01:01 | 502 |   36.619ms |  172.68.10.9 | GET      "/cart"` as a request ends, between messages of the application
//! (src: gin-gonic/gin logger.go, `defaultLogFormatter`). The instant has no zone; a collector's has.

use crate::logs::format::application::{ApplicationLog, Trace};
use crate::logs::line_format::{LineFormat, LogKind, Parsed};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::number::{bounded_integer, duration_with_unit};
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Gin;

impl LineFormat for Gin {
    type Memory = Trace;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| request(line).is_some()).then_some(Gin)
    }

    fn id(&self) -> &'static str {
        "gin"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], trace: &mut Trace, clock: &mut LineClock) -> Parsed {
        let Some(row) = request(line) else { return ApplicationLog.parse(line, trace, clock) };
        // A collector's instant is finer, and has a zone.
        Parsed::Access(match clock.collected() {
            Some(stamp) => row.at(stamp),
            None => row,
        })
    }
}

/// A request, as it ended.
fn request(line: &[u8]) -> Option<AccessLine> {
    let (date, rest) = split_at_sequence(line.strip_prefix(b"[GIN] ")?, b" - ")?;
    let (clock, rest) = split_at_byte(rest, b'|')?;
    let instant = [date, b" ", clock.trim_ascii()].concat();
    let (stamp, _) = timestamp::iso(&instant)?;
    let mut columns = rest.splitn(4, |byte| *byte == b'|').map(<[u8]>::trim_ascii);
    let status = bounded_integer(columns.next()?)?;
    let took = duration_with_unit(columns.next()?);
    let client = address(columns.next()?);
    let (method, target) = split_at_byte(columns.next()?, b' ')?;
    let target = target.trim_ascii_start().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let row = AccessLine {
        time_is_end: true,
        remote_address: client,
        method: Some(text_within(method, 64)),
        target: Some(field_text(target)),
        status: Some(status),
        request_time: took,
        ..AccessLine::default()
    };
    Some(row.at(stamp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    #[test]
    fn a_request_is_read_as_gin_writes_it() {
        let row = request(
            b"[GIN] 2026/11/17 - 08:01:01 | 502 |     36.619ms |      172.68.10.9 | GET      \"/cart?id=1\"",
        );
        let row = row.unwrap();
        assert_eq!(Some(row.time), Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!(
            (row.status, row.method.as_deref(), row.target.as_deref()),
            (Some(502), Some("GET"), Some("/cart?id=1"))
        );
        assert_eq!(row.request_time, Some(Duration::from_microseconds(36_619)));
        assert_eq!(request(b"[GIN-debug] Listening and serving HTTP on :8080"), None);
    }
}
