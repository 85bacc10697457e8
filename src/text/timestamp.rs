//! The ways in which logs write an instant, read by hand: this runs once for every line.

use crate::text::number::{bounded_integer, integer, leading_integer};
use crate::time::{Duration, Time};

/// An instant as a log line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The instant; where `local`, read as if it were UTC.
    pub time: Time,
    /// The size of its last digit.
    pub resolution: Duration,
    /// The line names no time zone.
    pub local: bool,
}

/// What a reader of instants gives: the instant and the bytes after it.
pub type StampAndRest<'a> = Option<(Stamp, &'a [u8])>;

fn two(text: &[u8]) -> Option<i8> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            i8::try_from((tens.wrapping_sub(b'0')).wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0')))
                .ok()
        }
        // Days and hours below ten, padded with a blank.
        [b' ', ones @ b'0'..=b'9'] => i8::try_from(ones.wrapping_sub(b'0')).ok(),
        _ => None,
    }
}

fn four(text: &[u8]) -> Option<i16> {
    i16::try_from(integer(text)?).ok()
}

/// The number of an English month name of three letters, 1 to 12.
pub fn month(name: &[u8]) -> Option<i8> {
    const NAMES: &[u8] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let lower: [u8; 3] = [
        name.first()?.to_ascii_lowercase(),
        name.get(1)?.to_ascii_lowercase(),
        name.get(2)?.to_ascii_lowercase(),
    ];
    let at = NAMES.chunks(3).position(|candidate| candidate == lower)?;
    i8::try_from(at.saturating_add(1)).ok()
}

/// Hour, minute, second.
type Civil = (i8, i8, i8);

/// `HH:MM:SS`, then a fraction after `.` or `,` if there is one: hour, minute, second, nanoseconds, resolution, rest.
pub(super) fn clock(text: &[u8]) -> Option<(Civil, i32, Duration, &[u8])> {
    let (head, rest) = text.split_at_checked(8)?;
    let [h1, h2, b':', m1, m2, b':', s1, s2] = head else { return None };
    let hour = two(&[*h1, *h2])?;
    let (minute, second) = (two(&[*m1, *m2])?, two(&[*s1, *s2])?);
    let (nanoseconds, resolution, rest) = fraction(rest);
    Some(((hour, minute, second), nanoseconds, resolution, rest))
}

/// A fraction of a second behind `.` or `,`: nanoseconds, resolution, rest. Without one all of `text` is the rest.
pub fn fraction(text: &[u8]) -> (i32, Duration, &[u8]) {
    let none = (0, Duration::SECOND, text);
    let Some((b'.' | b',', digits)) = text.split_first() else { return none };
    let (mut value, mut place, mut taken) = (0i32, 1_000_000_000i32, 0usize);
    for byte in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        place /= 10;
        value = value.saturating_add(i32::from(byte.wrapping_sub(b'0')).saturating_mul(place));
        taken = taken.saturating_add(1);
    }
    if taken == 0 {
        return none;
    }
    (value, Duration::from_nanoseconds(i64::from(place.max(1))), digits.get(taken..).unwrap_or_default())
}

/// `Z`, `+01:00`, `+0100`, with or without a blank before it: seconds east of UTC and the rest; `None` where there is no zone.
pub(super) fn zone(text: &[u8]) -> Option<(i32, &[u8])> {
    let text = match text {
        [b' ', b'+' | b'-', ..] => text.get(1..)?,
        _ => text,
    };
    match text {
        [b'Z' | b'z', rest @ ..] => Some((0, rest)),
        [sign @ (b'+' | b'-'), h1, h2, rest @ ..] => {
            let rest = rest.strip_prefix(b":").unwrap_or(rest);
            let (minutes, rest) = rest.split_at_checked(2)?;
            let seconds = i32::from(two(&[*h1, *h2])?)
                .saturating_mul(3600)
                .saturating_add(i32::from(two(minutes)?).saturating_mul(60));
            Some((if *sign == b'-' { seconds.saturating_neg() } else { seconds }, rest))
        }
        _ => None,
    }
}

/// The common log format's: `17/Nov/2026:08:01:01 +0000`; HAProxy's has a fraction and no zone.
pub fn common_log(text: &[u8]) -> StampAndRest<'_> {
    let (date, rest) = text.split_at_checked(12)?;
    let [d1, d2, b'/', m1, m2, m3, b'/', year @ .., b':'] = date else { return None };
    let (clock, nanoseconds, resolution, rest) = clock(rest)?;
    let (offset, local, rest) = match zone(rest) {
        Some((offset, rest)) => (offset, false, rest),
        None => (0, true, rest),
    };
    let date = (four(year)?, month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let time = Time::from_civil(date, clock, nanoseconds, offset)?;
    Some((Stamp { time, resolution, local }, rest))
}

/// Year, month, day of `2026-11-17` or `2026/11/17`.
fn civil_date(text: &[u8]) -> Option<(i16, i8, i8)> {
    let [y1, y2, y3, y4, a @ (b'-' | b'/'), m1, m2, b, d1, d2] = text else { return None };
    if a != b {
        return None;
    }
    Some((four(&[*y1, *y2, *y3, *y4])?, two(&[*m1, *m2])?, two(&[*d1, *d2])?))
}

/// ISO 8601 and its kin: `2026-11-17T08:01:01.123Z`, `2026-11-17 08:01:01,123`, nginx's `2026/11/17 08:01:01`.
pub fn iso(text: &[u8]) -> StampAndRest<'_> {
    let (date, rest) = text.split_at_checked(11)?;
    let [date @ .., b'T' | b't' | b' '] = date else { return None };
    let date = civil_date(date)?;
    let (clock, nanoseconds, resolution, rest) = clock(rest)?;
    let (offset, local, rest) = match zone(rest) {
        Some((offset, rest)) => (offset, false, rest),
        None => (0, true, rest),
    };
    let time = Time::from_civil(date, clock, nanoseconds, offset)?;
    Some((Stamp { time, resolution, local }, rest))
}

/// A date that stands alone (W3C's `2026-11-17`): its first instant in UTC.
pub fn date(text: &[u8]) -> Option<Time> {
    Time::from_civil(civil_date(text)?, (0, 0, 0), 0, 0)
}

/// A time of day that stands alone (W3C's `08:01:01.123`), on the first day of 1970.
pub fn time_of_day(text: &[u8]) -> Option<Stamp> {
    let (clock, nanoseconds, resolution, rest) = clock(text)?;
    let (offset, local, rest) = match zone(rest) {
        Some((offset, rest)) => (offset, false, rest),
        None => (0, true, rest),
    };
    let time = Time::from_civil((1970, 1, 1), clock, nanoseconds, offset)?;
    rest.is_empty().then_some(Stamp { time, resolution, local })
}

/// Apache's error log: `Tue Nov 17 08:01:01.123456 2026`.
pub fn apache_error(text: &[u8]) -> StampAndRest<'_> {
    let (head, rest) = text.split_at_checked(11)?;
    let [_, _, _, b' ', m1, m2, m3, b' ', d1, d2, b' '] = head else { return None };
    let (clock, nanoseconds, resolution, rest) = clock(rest)?;
    let (year, rest) = rest.strip_prefix(b" ")?.split_at_checked(4)?;
    let date = (four(year)?, month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let time = Time::from_civil(date, clock, nanoseconds, 0)?;
    Some((Stamp { time, resolution, local: true }, rest))
}

/// Apache Traffic Server's error.log: `20261117.08h01m01s`. Host-local.
pub fn traffic_server(text: &[u8]) -> StampAndRest<'_> {
    let (head, rest) = text.split_at_checked(18)?;
    let [date @ .., b'.', h1, h2, b'h', n1, n2, b'm', s1, s2, b's'] = head else { return None };
    let [year @ .., m1, m2, d1, d2] = date else { return None };
    let date = (four(year)?, two(&[*m1, *m2])?, two(&[*d1, *d2])?);
    let clock = (two(&[*h1, *h2])?, two(&[*n1, *n2])?, two(&[*s1, *s2])?);
    let time = Time::from_civil(date, clock, 0, 0)?;
    Some((Stamp { time, resolution: Duration::SECOND, local: true }, rest))
}

/// hitch's: `20261117T080101.123456`. Host-local.
pub fn compact(text: &[u8]) -> StampAndRest<'_> {
    let (head, rest) = text.split_at_checked(15)?;
    let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2] = head else { return None };
    let date = (four(&[*y1, *y2, *y3, *y4])?, two(&[*m1, *m2])?, two(&[*d1, *d2])?);
    let clock = (two(&[*h1, *h2])?, two(&[*n1, *n2])?, two(&[*s1, *s2])?);
    let (nanoseconds, resolution, rest) = fraction(rest);
    let time = Time::from_civil(date, clock, nanoseconds, 0)?;
    (resolution < Duration::SECOND).then_some((Stamp { time, resolution, local: true }, rest))
}

/// PHP's: `17-Nov-2026 08:01:01`, with a fraction and a zone name (`UTC`, `Europe/Berlin`) where PHP itself writes it.
pub fn php(text: &[u8]) -> StampAndRest<'_> {
    let (date, rest) = text.split_at_checked(12)?;
    let [d1, d2, b'-', m1, m2, m3, b'-', year @ .., b' '] = date else { return None };
    let (clock, nanoseconds, resolution, rest) = clock(rest)?;
    let (local, rest) = match rest.strip_prefix(b" UTC") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let date = (four(year)?, month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let time = Time::from_civil(date, clock, nanoseconds, 0)?;
    Some((Stamp { time, resolution, local }, rest))
}

/// Java's, as java.util.logging writes it in English (SimpleFormatter): `Nov 17, 2026 8:01:01 AM`.
pub fn java(text: &[u8]) -> StampAndRest<'_> {
    let (date, rest) = text.split_at_checked(13)?;
    let [m1, m2, m3, b' ', d1, d2, b',', b' ', year @ .., b' '] = date else { return None };
    let (hour, rest) = leading_integer(rest)?;
    let (head, rest) = rest.split_at_checked(9)?;
    let [b':', n1, n2, b':', s1, s2, b' ', half @ (b'A' | b'P'), b'M'] = head else { return None };
    let hour = i8::try_from(hour).ok().filter(|hour| (1..=12).contains(hour))?;
    let hour = hour % 12 + if *half == b'P' { 12 } else { 0 };
    let date = (four(year)?, month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let time = Time::from_civil(date, (hour, two(&[*n1, *n2])?, two(&[*s1, *s2])?), 0, 0)?;
    Some((Stamp { time, resolution: Duration::SECOND, local: true }, rest))
}

/// The date of an HTTP message (RFC 9110, 5.6.7), `Tue, 17 Nov 2026 08:01:01 GMT`, or of a mail with its zone (RFC 5322, 3.3), `+0000`.
pub fn http_date(text: &[u8]) -> Option<Time> {
    let (date, rest) = text.split_at_checked(17)?;
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', year @ .., b' '] = date else { return None };
    let (clock, nanoseconds, _, rest) = clock(rest)?;
    let date = (four(year)?, month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let offset = if rest.starts_with(b" GMT") { 0 } else { zone(rest)?.0 };
    Time::from_civil(date, clock, nanoseconds, offset)
}

/// An instant without its year, as RFC 3164 writes it: `Nov 17 08:01:01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yearless {
    month: i8,
    day: i8,
    clock: Civil,
    nanoseconds: i32,
    /// The size of its last digit.
    pub resolution: Duration,
    /// The year, where the writer adds it after all (`Nov 17 2026 08:01:01`).
    year: Option<i16>,
}

/// RFC 3164's instant, with a fraction or a year where they are written.
pub fn yearless(text: &[u8]) -> Option<(Yearless, &[u8])> {
    let (head, mut rest) = text.split_at_checked(7)?;
    let [m1, m2, m3, b' ', d1, d2, b' '] = head else { return None };
    let (month, day) = (month(&[*m1, *m2, *m3])?, two(&[*d1, *d2])?);
    let mut year = None;
    if let [y1 @ b'0'..=b'9', y2 @ b'0'..=b'9', y3 @ b'0'..=b'9', y4 @ b'0'..=b'9', b' ', after @ ..] = rest {
        year = four(&[*y1, *y2, *y3, *y4]);
        rest = after;
    }
    let (clock, nanoseconds, resolution, rest) = clock(rest)?;
    Some((Yearless { month, day, clock, nanoseconds, resolution, year }, rest))
}

impl Yearless {
    /// The instant in the year that puts it nearest to `reference`, which lies in `reference_year` (UTC).
    pub fn nearest(&self, reference: Time, reference_year: i16) -> Option<Time> {
        let in_year = |year| Time::from_civil((year, self.month, self.day), self.clock, self.nanoseconds, 0);
        if let Some(year) = self.year {
            return in_year(year);
        }
        [0i16, -1, 1]
            .iter()
            .filter_map(|step| in_year(reference_year.saturating_add(*step)))
            .min_by_key(|candidate| candidate.since(reference).abs())
    }
}

/// An instant as a number since 1970: seconds, milliseconds, microseconds or nanoseconds by its size
/// (Cloudflare's `unixnano` and `unix`, `$msec`, journal's µs). Below 1e11 seconds, 1e14 ms, 1e17 µs, above that ns.
pub fn epoch(text: &[u8]) -> Option<Stamp> {
    let (whole, part) = match memchr::memchr(b'.', text) {
        Some(at) => (text.get(..at)?, text.get(at..)?),
        None => (text, &b""[..]),
    };
    let value = i64::try_from(integer(whole)?).ok()?;
    let stamp = epoch_number(value)?;
    if part.is_empty() {
        return Some(stamp);
    }
    let (nanoseconds, resolution, rest) = fraction(part);
    if !rest.is_empty() || resolution == Duration::SECOND || stamp.resolution != Duration::SECOND {
        return None;
    }
    Some(Stamp {
        time: stamp.time.plus(Duration::from_nanoseconds(i64::from(nanoseconds))),
        resolution,
        local: false,
    })
}

/// [`epoch`] of a whole number; `None` below 1e8 (before 1973), which is no instant of any log.
pub fn epoch_number(value: i64) -> Option<Stamp> {
    let unit = match value {
        ..100_000_000 => return None,
        100_000_000..100_000_000_000 => Duration::SECOND,
        100_000_000_000..100_000_000_000_000 => Duration::MILLISECOND,
        100_000_000_000_000..100_000_000_000_000_000 => Duration::MICROSECOND,
        _ => Duration::NANOSECOND,
    };
    Some(Stamp { time: Time::EPOCH.plus(unit.checked_mul(value)?), resolution: unit, local: false })
}

/// Any of the forms above that fill all of `text`: for values whose form is not known beforehand.
pub fn any(text: &[u8]) -> Option<Stamp> {
    let whole = |read: StampAndRest<'_>| read.filter(|(_, rest)| rest.is_empty()).map(|(stamp, _)| stamp);
    whole(iso(text)).or_else(|| whole(common_log(text))).or_else(|| epoch(text))
}

/// Seconds with a fraction since the machine started, as the kernel prints it (`[ 8123.456789]`), and the rest.
pub fn since_boot(text: &[u8]) -> Option<(Duration, &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let close = memchr::memchr(b']', inner.get(..inner.len().min(40))?)?;
    let value = inner.get(..close)?.trim_ascii_start();
    // `dmesg -d` and `journalctl -o short-delta` add the time since the line before.
    let value = match memchr::memmem::find(value, b" <") {
        Some(at) if value.ends_with(b">") => value.get(..at)?,
        _ => value,
    };
    let (seconds, part) = value.split_at_checked(memchr::memchr(b'.', value)?)?;
    let seconds: i64 = bounded_integer(seconds)?;
    let (nanoseconds, resolution, rest) = fraction(part);
    if !rest.is_empty() || resolution == Duration::SECOND {
        return None;
    }
    let after = inner.get(close.checked_add(1)?..)?;
    let fraction = Duration::from_nanoseconds(i64::from(nanoseconds));
    let total = Duration::SECOND.checked_mul(seconds)?.checked_add(fraction)?;
    Some((total, after.strip_prefix(b" ").unwrap_or(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn every_way_of_writing_one_instant_gives_that_instant() {
        let expected = at("2026-11-17T08:01:01Z");
        for (read, resolution) in [
            (common_log(b"17/Nov/2026:09:01:01 +0100] x"), Duration::SECOND),
            (common_log(b"17/Nov/2026:08:01:01.000] x"), Duration::MILLISECOND),
            (iso(b"2026-11-17T08:01:01+00:00 x"), Duration::SECOND),
            (iso(b"2026-11-17 08:01:01 +0000 x"), Duration::SECOND),
            (iso(b"2026-11-17 08:01:01,000 x"), Duration::MILLISECOND),
            (iso(b"2026/11/17 08:01:01 x"), Duration::SECOND),
            (apache_error(b"Tue Nov 17 08:01:01.000000 2026] x"), Duration::MICROSECOND),
            (php(b"17-Nov-2026 08:01:01 UTC] x"), Duration::SECOND),
        ] {
            let (stamp, rest) = read.unwrap();
            assert_eq!((stamp.time, stamp.resolution), (expected, resolution));
            assert!(rest.ends_with(b"x"), "{rest:?}");
        }
    }

    #[test]
    fn numbers_are_instants_by_their_size() {
        let expected = at("2026-11-17T08:01:01.123Z");
        for text in ["1794902461.123", "1794902461123", "1794902461123000", "1794902461123000000"] {
            assert_eq!(epoch(text.as_bytes()).unwrap().time, expected, "{text}");
        }
        assert_eq!(epoch(b"1653485126").unwrap().time, at("2022-05-25T13:25:26Z"));
        assert_eq!(epoch(b"12"), None);
        assert_eq!(epoch(b"99999999999999999999"), None);
    }

    #[test]
    fn a_date_and_a_time_of_day_in_columns_of_their_own_make_an_instant() {
        let (day, clock) = (date(b"2026-11-17").unwrap(), time_of_day(b"08:01:01.5").unwrap());
        assert_eq!(day.plus(clock.time.since(Time::EPOCH)), at("2026-11-17T08:01:01.5Z"));
        assert_eq!(clock.resolution, Duration::from_milliseconds(100));
        for text in ["2026-11/17", "2026-11-17 ", "2026-1-17", "17.11.2026", "2026-02-30"] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
        for text in ["8:01:01", "08:01:01 x", "08:61:01"] {
            assert_eq!(time_of_day(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_year_that_syslog_leaves_out_is_the_nearest_one() {
        let (december, _) = yearless(b"Dec 31 23:59:59 host").unwrap();
        let new_year = at("2026-01-01T00:10:00Z");
        assert_eq!(december.nearest(new_year, 2026), Some(at("2025-12-31T23:59:59Z")));
        let (january, _) = yearless(b"Jan  1 00:00:01 host").unwrap();
        assert_eq!(january.nearest(at("2025-12-31T23:00:00Z"), 2025), Some(at("2026-01-01T00:00:01Z")));
        let (leap, _) = yearless(b"Feb 29 00:00:01 host").unwrap();
        assert_eq!(leap.nearest(at("2025-03-01T00:00:00Z"), 2025), Some(at("2024-02-29T00:00:01Z")));
    }

    #[test]
    fn kernel_uptimes_are_read_to_the_microsecond() {
        let (uptime, rest) = since_boot(b"[ 8123.456789] Out of memory").unwrap();
        assert_eq!((uptime, rest), (Duration::from_microseconds(8_123_456_789), &b"Out of memory"[..]));
        assert_eq!(since_boot(b"[ 8123.456789 <    1.200000>] x").map(|found| found.0), Some(uptime));
        assert_eq!(since_boot(b"[pool www] x"), None);
    }
}
