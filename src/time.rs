//! Instants, in nanoseconds since the Unix epoch and in UTC, and the durations between them. The only file that knows the calendar library.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Rem, Sub};

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

/// A signed length of time in whole nanoseconds: up to 292 years each way. Arithmetic stops at the ends of that range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);
    /// The shortest there is.
    pub const NANOSECOND: Duration = Duration(1);
    /// 1,000 nanoseconds.
    pub const MICROSECOND: Duration = Duration(1_000);
    /// 1,000 microseconds.
    pub const MILLISECOND: Duration = Duration(1_000_000);
    /// 1,000 milliseconds.
    pub const SECOND: Duration = Duration(1_000_000_000);
    /// The longest there is: a wait that does not end.
    pub const MAX: Duration = Duration(i64::MAX);
    /// The longest backwards.
    pub const MIN: Duration = Duration(i64::MIN);

    /// So many nanoseconds.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Duration {
        Duration(nanoseconds)
    }

    /// So many microseconds; saturates.
    pub const fn from_microseconds(microseconds: i64) -> Duration {
        Duration(microseconds.saturating_mul(Duration::MICROSECOND.0))
    }

    /// So many milliseconds; saturates.
    pub const fn from_milliseconds(milliseconds: i64) -> Duration {
        Duration(milliseconds.saturating_mul(Duration::MILLISECOND.0))
    }

    /// So many seconds; saturates.
    pub const fn from_seconds(seconds: i64) -> Duration {
        Duration(seconds.saturating_mul(Duration::SECOND.0))
    }

    /// So many seconds, cut to the nanosecond; saturates.
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float saturates")]
    pub fn from_seconds_f64(seconds: f64) -> Duration {
        Duration((seconds * Duration::SECOND.0 as f64) as i64)
    }

    /// In nanoseconds.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// In units of another, as near as a float gets.
    #[expect(clippy::cast_precision_loss, reason = "only durations of over 104 days lose nanoseconds")]
    pub fn in_units_of(self, unit: Duration) -> f64 {
        self.0 as f64 / unit.0 as f64
    }

    /// The same length forwards.
    pub const fn abs(self) -> Duration {
        Duration(self.0.saturating_abs())
    }

    /// The sum, unless it is out of range.
    pub fn checked_add(self, other: Duration) -> Option<Duration> {
        self.0.checked_add(other.0).map(Duration)
    }

    /// So many times as long, unless that is out of range.
    pub fn checked_mul(self, times: i64) -> Option<Duration> {
        self.0.checked_mul(times).map(Duration)
    }

    /// How many whole `units` go into it, rounded down.
    pub const fn div_euclid(self, units: Duration) -> i64 {
        self.0.div_euclid(units.0)
    }
}

impl Add for Duration {
    type Output = Duration;

    fn add(self, other: Duration) -> Duration {
        Duration(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Sub for Duration {
    type Output = Duration;

    fn sub(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }
}

impl Neg for Duration {
    type Output = Duration;

    fn neg(self) -> Duration {
        Duration(self.0.saturating_neg())
    }
}

impl Mul<i64> for Duration {
    type Output = Duration;

    fn mul(self, times: i64) -> Duration {
        Duration(self.0.saturating_mul(times))
    }
}

impl Mul<Duration> for i64 {
    type Output = Duration;

    fn mul(self, duration: Duration) -> Duration {
        duration * self
    }
}

impl Div<i64> for Duration {
    type Output = Duration;

    fn div(self, parts: i64) -> Duration {
        Duration(self.0.saturating_div(parts))
    }
}

impl Div for Duration {
    type Output = i64;

    /// How many whole `units` go into it, rounded towards zero.
    fn div(self, units: Duration) -> i64 {
        self.0.saturating_div(units.0)
    }
}

impl Rem for Duration {
    type Output = Duration;

    /// What is left of it after whole `units`.
    fn rem(self, units: Duration) -> Duration {
        Duration(self.0.wrapping_rem(units.0))
    }
}

/// An instant in nanoseconds since 1970-01-01T00:00:00Z. Reaches from 1677 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Time = Time(0);

    /// From whole seconds and a fraction in nanoseconds; saturates at the ends of the range.
    pub fn from_seconds(seconds: i64, nanoseconds: i64) -> Time {
        Time(seconds.saturating_mul(Duration::SECOND.0).saturating_add(nanoseconds))
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

    /// How long after `earlier` this is; negative where `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// This instant moved by so much; saturates at the ends of the range.
    pub fn plus(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(duration.0))
    }

    /// The whole second since the epoch that it lies in.
    pub fn second(self) -> i64 {
        self.0.div_euclid(Duration::SECOND.0)
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

    #[test]
    fn durations_stop_at_the_ends_of_their_range_instead_of_turning_negative() {
        assert_eq!(Duration::MAX + Duration::SECOND, Duration::MAX);
        assert_eq!(Duration::MIN - Duration::SECOND, Duration::MIN);
        assert_eq!(-Duration::MIN, Duration::MAX);
        assert_eq!(Duration::MIN.abs(), Duration::MAX);
        assert_eq!(i64::MAX * Duration::SECOND, Duration::MAX);
        assert_eq!(Duration::from_seconds_f64(f64::INFINITY), Duration::MAX);
        assert_eq!(Duration::MIN % -Duration::NANOSECOND, Duration::ZERO);
        assert_eq!(Time(i64::MAX).plus(Duration::SECOND), Time(i64::MAX));
    }

    #[test]
    fn an_instant_before_1970_lies_in_the_second_that_began_before_it() {
        assert_eq!((Time(-1).second(), Time::EPOCH.second()), (-1, 0));
        assert_eq!((-Duration::NANOSECOND).div_euclid(Duration::SECOND), -1);
        assert_eq!(-Duration::NANOSECOND / Duration::SECOND, 0);
    }
}
