//! The steps in which zones of time lie apart.

use std::collections::BTreeMap;

use crate::evidence::InputId;
use crate::time::Duration;

/// Zones differ from UTC by multiples of a quarter of an hour.
pub(super) const QUARTER_HOUR: Duration = Duration::from_seconds(900);

/// No zone is farther from UTC than this, in quarters of an hour (UTC+14:00).
pub(super) const FARTHEST: i64 = 56;

/// The zone that is nearest to a difference, in quarters of an hour.
pub(super) fn quarters(ahead: Duration) -> i64 {
    (ahead + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR)
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
        let commonest = self.0.iter().filter_map(|(input, quarters)| {
            let (&quarters, _) =
                quarters.iter().max_by_key(|(quarters, count)| (**count, -quarters.abs()))?;
            Some((*input, quarters * QUARTER_HOUR))
        });
        commonest.collect()
    }
}
