//! The unit of durations whose name leaves it open: `request_time` is seconds for nginx and microseconds where Apache's `%D` was given
//! that name. The values of many lines tell.

use crate::text::number::{duration, integer};
use crate::time::Duration;

/// What a plain number under a name such as `duration` counts, by the values of the lines that were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainUnit {
    /// Nothing tells: a value is taken only where it has a fraction, which is one of seconds.
    #[default]
    Unknown,
    /// This unit.
    Known(Duration),
}

/// No answer that an edge waits for takes longer, by a wide margin, in milliseconds.
const LONGEST_MILLISECONDS: u64 = 120_000;

/// No request is served faster, in microseconds.
const FASTEST_MICROSECONDS: u64 = 50;

impl PlainUnit {
    /// The unit of these values.
    pub fn of<'v>(values: impl Iterator<Item = &'v [u8]>) -> PlainUnit {
        let (mut smallest, mut largest, mut fractions) = (u64::MAX, 0u64, false);
        for value in values {
            let whole = value.split(|byte| *byte == b'.').next().unwrap_or_default();
            let Some(number) = integer(whole) else { continue };
            fractions |= whole.len() < value.len();
            largest = largest.max(number);
            smallest = smallest.min(if number == 0 { u64::MAX } else { number });
        }
        let unit = match largest {
            // A quarter of an hour is no request.
            0..1_000 if fractions => Duration::SECOND,
            _ if fractions => Duration::MILLISECOND,
            0..100 => return PlainUnit::Unknown,
            100..=LONGEST_MILLISECONDS if smallest < FASTEST_MICROSECONDS => Duration::MILLISECOND,
            100..10_000 => return PlainUnit::Unknown,
            _ if largest <= LONGEST_MILLISECONDS.saturating_mul(1000) => Duration::MICROSECOND,
            _ => Duration::NANOSECOND,
        };
        PlainUnit::Known(unit)
    }

    /// A duration in this unit.
    pub fn duration(self, value: &[u8]) -> Option<Duration> {
        match self {
            PlainUnit::Known(unit) => duration(value, unit),
            PlainUnit::Unknown => {
                memchr::memchr(b'.', value)?;
                duration(value, Duration::SECOND).filter(|time| *time < Duration::from_seconds(1_000))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_not_taken_for_seconds() {
        let unit = |values: &[&str]| PlainUnit::of(values.iter().map(|value| value.as_bytes()));
        assert_eq!(unit(&["0.402", "0.000", "3"]), PlainUnit::Known(Duration::SECOND));
        assert_eq!(unit(&["402123", "811", "120"]), PlainUnit::Known(Duration::MICROSECOND));
        assert_eq!(unit(&["3", "402", "3002"]), PlainUnit::Known(Duration::MILLISECOND));
        assert_eq!(unit(&["12.5", "3002.25"]), PlainUnit::Known(Duration::MILLISECOND));
        assert_eq!(unit(&["402123000", "350000"]), PlainUnit::Known(Duration::NANOSECOND));
        for open in [&["402", "811"][..], &["3"], &[]] {
            assert_eq!(unit(open), PlainUnit::Unknown, "{open:?}");
        }
        assert_eq!(PlainUnit::Unknown.duration(b"402"), None);
        assert_eq!(PlainUnit::Unknown.duration(b"0.402"), Some(Duration::from_milliseconds(402)));
    }
}
