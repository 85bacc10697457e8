//! Requests counted by second and status, one line after the other: the table of `Tallies` in the making.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Statuses that are counted apart for the second of the last request.
const USUAL: usize = 4;

/// Counts by second and status.
#[derive(Default)]
pub struct SecondCounts {
    counts: HashMap<(i64, u16), u64, FixedState>,
    /// Counts of the last even and the last odd second that are not among `counts` yet: lines that follow each other share their second or
    /// change to and fro between two more often than not.
    recent: [RecentSecond; 2],
}

/// Counts of one second; a place without a count is free for any status.
#[derive(Default)]
struct RecentSecond {
    second: i64,
    counts: [(u16, u64); USUAL],
}

impl SecondCounts {
    /// Counts a request.
    #[inline]
    pub fn note(&mut self, second: i64, status: u16) {
        let [even, odd] = &mut self.recent;
        let recent = if second & 1 == 0 { even } else { odd };
        if second != recent.second {
            settle(recent, &mut self.counts);
            recent.second = second;
        }
        match recent.counts.iter_mut().find(|(known, count)| *known == status || *count == 0) {
            Some(place) => *place = (status, place.1 + 1),
            None => *self.counts.entry((second, status)).or_default() += 1,
        }
    }

    /// The counts in the order of time.
    pub fn sorted(mut self) -> BTreeMap<(i64, u16), u64> {
        for recent in &mut self.recent {
            settle(recent, &mut self.counts);
        }
        let mut counts: Vec<((i64, u16), u64)> = self.counts.into_iter().collect();
        counts.sort_unstable();
        counts.into_iter().collect()
    }
}

fn settle(recent: &mut RecentSecond, counts: &mut HashMap<(i64, u16), u64, FixedState>) {
    for (status, count) in std::mem::take(&mut recent.counts) {
        if count > 0 {
            *counts.entry((recent.second, status)).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Otherwise the rates over time of the report are wrong.
        #[test]
        fn every_request_is_counted_once(requests in proptest::collection::vec((0i64..4, 0u16..9), 0..200)) {
            let (mut counts, mut plain) = (SecondCounts::default(), BTreeMap::new());
            for (second, status) in requests {
                counts.note(second, status);
                *plain.entry((second, status)).or_default() += 1;
            }
            prop_assert_eq!(counts.sorted(), plain);
        }
    }
}
