//! Instants: nanoseconds since the Unix epoch, in UTC. The only file that knows the calendar library.

use std::fmt;

use jiff::Timestamp;
/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub const MILLISECOND: i64 = 1_000_000;
/// Nanoseconds in a microsecond.
pub const MICROSECOND: i64 = 1_000;

/// An instant in nanoseconds since 1970-01-01T00:00:00Z. Reaches from 1677 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// From whole seconds and a fraction in nanoseconds; saturates at the ends of the range.
    pub fn from_seconds(seconds: i64, nanoseconds: i64) -> Time {
        Time(seconds.saturating_mul(SECOND).saturating_add(nanoseconds))
    }

    /// Reads RFC 3339 (`2026-11-17T08:01:01.123Z`, any fraction, any offset).
    pub fn parse_rfc3339(text: &str) -> Option<Time> {
        let timestamp: Timestamp = text.parse().ok()?;
        Time::from_timestamp(timestamp)
    }

    /// From civil fields and an offset from UTC in seconds, as log lines write them. `None` where the date does not exist.
    pub fn from_civil(
        date: (i16, i8, i8),
        clock: (i8, i8, i8),
        nanoseconds: i32,
        utc_offset_seconds: i32,
    ) -> Option<Time> {
        let (year, month, day) = date;
        let (hour, minute, second) = clock;
        // A leap second is written as 60; no clock here knows it.
        let civil =
            jiff::civil::DateTime::new(year, month, day, hour, minute, second.min(59), nanoseconds).ok()?;
        let offset = jiff::tz::Offset::from_seconds(utc_offset_seconds).ok()?;
        Time::from_timestamp(offset.to_timestamp(civil).ok()?)
    }

    fn from_timestamp(timestamp: Timestamp) -> Option<Time> {
        i64::try_from(timestamp.as_nanosecond()).ok().map(Time)
    }

    /// Nanoseconds from `earlier` to `self`; negative where `earlier` is later.
    pub fn since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant moved by so many nanoseconds.
    pub fn plus(self, nanoseconds: i64) -> Time {
        Time(self.0.saturating_add(nanoseconds))
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC with nine digits of fraction: `2026-11-17T08:01:01.123456789Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every i64 of nanoseconds lies inside the calendar's range.
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(timestamp) => write!(f, "{timestamp:.9}"),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_times_are_rfc3339_in_utc_with_nanoseconds() {
        assert_eq!(Time(1_794_902_461_123_000_000).to_string(), "2026-11-17T08:01:01.123000000Z");
        assert_eq!(Time(-1).to_string(), "1969-12-31T23:59:59.999999999Z");
        assert!(Time(i64::MIN).to_string().starts_with("1677-"));
        assert!(Time(i64::MAX).to_string().starts_with("2262-"));
    }

    #[test]
    fn log_times_keep_their_offset() {
        let berlin = Time::from_civil((2026, 11, 17), (9, 1, 1), 0, 3600);
        assert_eq!(berlin, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!(Time::from_civil((2026, 2, 30), (0, 0, 0), 0, 0), None);
    }
}
