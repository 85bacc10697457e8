//! The steps in which zones of time lie apart.

use crate::time::Duration;

/// Zones differ from UTC by multiples of a quarter of an hour.
pub(super) const QUARTER_HOUR: Duration = Duration::from_seconds(900);

/// The zone that is nearest to a difference, in quarters of an hour.
pub(super) fn quarters(ahead: Duration) -> i64 {
    (ahead + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR)
}
