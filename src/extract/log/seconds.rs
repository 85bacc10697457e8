//! Requests counted by second and status, one line after the other: the table of `Tallies` in the making.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Counts by second and status.
#[derive(Default)]
pub struct SecondCounts {
    counts: HashMap<(i64, u16), u64, FixedState>,
}

impl SecondCounts {
    /// Counts a request.
    pub fn note(&mut self, second: i64, status: u16) {
        *self.counts.entry((second, status)).or_default() += 1;
    }

    /// The counts in the order of time.
    pub fn sorted(self) -> BTreeMap<(i64, u16), u64> {
        let mut counts: Vec<((i64, u16), u64)> = self.counts.into_iter().collect();
        counts.sort_unstable();
        counts.into_iter().collect()
    }
}
