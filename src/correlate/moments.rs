//! How many of some moments, in order of time, lie in a span.

use crate::time::{Duration, Time};

/// How many lie between two moments, both included.
pub(super) fn count_between(moments: &[Time], from: Time, to: Time) -> usize {
    let before = moments.partition_point(|moment| *moment < from);
    moments.partition_point(|moment| *moment <= to).saturating_sub(before)
}

/// How many lie no further from a moment than so long.
pub(super) fn count_near(moments: &[Time], time: Time, within: Duration) -> usize {
    count_between(moments, time.plus(-within), time.plus(within))
}
