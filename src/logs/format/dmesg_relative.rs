//! `dmesg -H`, `dmesg --reltime`: `[Nov17 08:01] text` where a minute begins, then `[  +0.000023] text`, the time since the line before
//! (util-linux sys-utils/dmesg.c, `record_ctime` and `iso_8601`). The second within the minute is nowhere, so no line is placed nearer than to
//! a minute: the resolution says so.

use crate::logs::format::kernel;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::number::bounded_integer;
use crate::text::timestamp::{self, Stamp};
use crate::time::{Duration, Time};

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct DmesgRelative;

/// The instant of the last line, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastLine(Option<Time>);

/// What stands in a line's brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RelativeStamp<'a> {
    /// Month, day, hour and minute.
    Minute(&'a [u8]),
    /// Since the line before.
    Since(Duration),
}

fn stamp_of(line: &[u8]) -> Option<(RelativeStamp<'_>, &[u8])> {
    let (inside, text) = split_at_byte(line.strip_prefix(b"[")?, b']')?;
    let text = text.strip_prefix(b" ").unwrap_or(text);
    if let Some(delta) = inside.trim_ascii_start().strip_prefix(b"+") {
        let (seconds, part) = delta.split_at_checked(memchr::memchr(b'.', delta)?)?;
        let (nanoseconds, resolution, b"") = timestamp::fraction(part) else { return None };
        let seconds = Duration::SECOND.checked_mul(bounded_integer::<i64>(seconds)?)?;
        let since = seconds.checked_add(Duration::from_nanoseconds(i64::from(nanoseconds)))?;
        return (resolution == Duration::MICROSECOND).then_some((RelativeStamp::Since(since), text));
    }
    let [m1, m2, m3, b'0'..=b'9' | b' ', b'0'..=b'9', b' ', h1, h2, b':', n1, n2] = inside else {
        return None;
    };
    timestamp::month(&[*m1, *m2, *m3])?;
    if ![h1, h2, n1, n2].into_iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((RelativeStamp::Minute(inside), text))
}

/// `Nov17 08:01` with what is left out of it, as far as the clock knows the year.
fn minute(inside: &[u8], clock: &LineClock) -> Option<Time> {
    let (month, rest) = inside.split_at_checked(3)?;
    let whole = [month, b" ", rest, b":00"].concat();
    clock.place(&timestamp::yearless(&whole)?.0)
}

impl LineFormat for DmesgRelative {
    type Memory = LastLine;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let begins = |line: &&[u8]| matches!(stamp_of(line), Some((RelativeStamp::Minute(_), _)));
        sample.lines.iter().any(begins).then_some(DmesgRelative)
    }

    fn id(&self) -> &'static str {
        "kernel"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], last: &mut LastLine, clock: &mut LineClock) -> Parsed {
        let Some((stamp, text)) = stamp_of(line) else { return Parsed::Skip(Skip::Unparsed) };
        last.0 = match stamp {
            RelativeStamp::Minute(inside) => minute(inside, clock),
            RelativeStamp::Since(since) => last.0.map(|time| time.plus(since)),
        };
        let resolution = Duration::from_seconds(60);
        let stamp = last.0.map(|time| Stamp { time, resolution, local: true });
        Parsed::Message(MessageLine::at(kernel::parse_text(text), stamp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_add_up_from_the_minute_and_are_no_nearer_than_it() {
        let mut clock = LineClock::near(Time::parse_rfc3339("2026-12-01T00:00:00Z"));
        let mut last = LastLine::default();
        let mut read = |line: &str| match DmesgRelative.parse(line.as_bytes(), &mut last, &mut clock) {
            Parsed::Message(row) => (row.time, row.resolution, row.signature),
            other => panic!("{other:?}"),
        };
        assert_eq!(read("[  +1.000000] no minute yet").0, None);
        let minute = Duration::from_seconds(60);
        assert_eq!(read("[Nov17 08:01] x"), (Time::parse_rfc3339("2026-11-17T08:01:00Z"), minute, None));
        let killed = read("[  +1.500000] Out of memory: Killed process 811 (php-fpm) total-vm:1kB");
        assert_eq!(
            killed,
            (Time::parse_rfc3339("2026-11-17T08:01:01.5Z"), minute, Some("kernel-oom-killed"))
        );
        assert_eq!(stamp_of(b"[Tue Nov 17 08:01:01 2026] x"), None);
        assert_eq!(stamp_of(b"[ 8123.456789] x"), None);
    }
}
