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
    /// Counts of the second of the last request that are not among `counts` yet: lines that follow each other share it more often than not.
    second: i64,
    of_second: [(u16, u64); USUAL],
}

impl SecondCounts {
    /// Counts a request.
    #[inline]
    pub fn note(&mut self, second: i64, status: u16) {
        if second != self.second {
            self.settle();
            self.second = second;
        }
        // A place without a count is free for any status.
        match self.of_second.iter_mut().find(|(known, count)| *known == status || *count == 0) {
            Some(place) => *place = (status, place.1 + 1),
            None => *self.counts.entry((second, status)).or_default() += 1,
        }
    }

    fn settle(&mut self) {
        for (status, count) in std::mem::take(&mut self.of_second) {
            if count > 0 {
                *self.counts.entry((self.second, status)).or_default() += count;
            }
        }
    }

    /// The counts in the order of time.
    pub fn sorted(mut self) -> BTreeMap<(i64, u16), u64> {
        self.settle();
        let mut counts: Vec<((i64, u16), u64)> = self.counts.into_iter().collect();
        counts.sort_unstable();
        counts.into_iter().collect()
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
