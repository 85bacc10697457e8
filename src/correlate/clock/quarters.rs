//! The steps in which zones of time lie apart.

use std::collections::BTreeMap;

use crate::evidence::InputId;
use crate::time::Duration;

/// Zones differ from UTC by multiples of a quarter of an hour.
pub(super) const QUARTER_HOUR: Duration = Duration::from_seconds(900);

/// By how many quarters of an hour the clocks of some place are ahead of UTC, in order (IANA time zone database 2025b: all offsets in force in
/// 2025, in summer or winter).
const AHEAD_OF_UTC: [i64; 40] = [
    -48, -44, -40, -38, -36, -32, -28, -24, -20, -16, -14, -12, -10, -8, -4, 0, 4, 8, 12, 14, 16, 18, 20, 22,
    23, 24, 26, 28, 32, 35, 36, 38, 40, 42, 44, 48, 51, 52, 55, 56,
];

/// By how many quarters of an hour UTC may be ahead of a clock that somebody set to the time of his place, in order.
pub(super) fn zones() -> impl Iterator<Item = i64> {
    AHEAD_OF_UTC.iter().rev().map(|ahead| -ahead)
}

/// The zone that is nearest to a difference, in quarters of an hour; of two as near ones the greater.
pub(super) fn quarters(ahead: Duration) -> i64 {
    let behind = -ahead;
    let next = AHEAD_OF_UTC.partition_point(|zone| QUARTER_HOUR * *zone < behind);
    let near = AHEAD_OF_UTC.iter().take(next + 1).skip(next.saturating_sub(1));
    let nearest = near.min_by_key(|zone| ((QUARTER_HOUR * **zone - behind).abs(), **zone));
    -nearest.copied().unwrap_or_default()
}

/// By how many quarters of an hour requests elsewhere are ahead of what each input says of them, and how often.
#[derive(Default)]
pub(super) struct Differences(BTreeMap<InputId, BTreeMap<i64, u64>>);

impl Differences {
    pub fn add(&mut self, input: InputId, quarters: i64) {
        *self.0.entry(input).or_default().entry(quarters).or_default() += 1;
    }

    /// The commonest of each input; of equally common ones the one nearest to UTC.
    pub fn commonest(&self) -> BTreeMap<InputId, Duration> {
        self.commonest_where(|_, _| true)
    }

    /// The same of the inputs of which so many, by how often that one and how often any was told, are enough.
    pub fn commonest_where(&self, are_enough: impl Fn(u64, u64) -> bool) -> BTreeMap<InputId, Duration> {
        let commonest = self.0.iter().filter_map(|(input, quarters)| {
            let (&zone, &most) =
                quarters.iter().max_by_key(|(quarters, count)| (**count, -quarters.abs()))?;
            are_enough(most, quarters.values().sum()).then_some((*input, zone * QUARTER_HOUR))
        });
        commonest.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise an error log is a quarter of an hour away from its own machine's requests, since some of them happen to be as far apart.
    #[test]
    fn a_zone_is_one_in_which_somebody_lives() {
        assert!(AHEAD_OF_UTC.is_sorted());
        let minutes = |minutes: i64| quarters(Duration::from_seconds(minutes * 60)) * 15;
        assert_eq!((minutes(0), minutes(-15), minutes(14), minutes(31)), (0, 0, 0, 60));
        // Nepal, and Newfoundland.
        assert_eq!((minutes(-345), minutes(-344), minutes(210), minutes(150)), (-345, -345, 210, 150));
        assert_eq!((minutes(12 * 60), minutes(-14 * 60), minutes(-40 * 60)), (720, -840, -840));
        assert_eq!((zones().next(), zones().last()), (Some(-56), Some(48)));
    }
}
