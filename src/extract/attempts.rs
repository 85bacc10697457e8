//! Requests that the edge tried again. Where a later attempt got an answer, the one that failed is counted but not reported.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ray::Ray;
use crate::time::Time;

/// What one shard saw of attempts since it was last asked.
#[derive(Default)]
pub struct Attempts {
    /// Rays of which an attempt failed.
    pub failed: BTreeSet<Ray>,
    /// Rays that got a good answer, and when they were sent.
    pub answered: Vec<(Ray, Time)>,
}

/// Rays of which an attempt failed, and those of them for which a later attempt got an answer.
#[derive(Default, Serialize, Deserialize)]
pub struct HealedAttempts {
    failed: BTreeSet<Ray>,
    healed: BTreeMap<Ray, Time>,
}

impl HealedAttempts {
    /// Takes what the shards saw during one batch of packets. A retry follows the failure in the capture's time, but within a batch the
    /// shards do not wait for each other: only at its end are their failures and answers compared.
    pub fn take(&mut self, shards: impl IntoIterator<Item = Attempts>) {
        let mut answered = Vec::new();
        for mut attempts in shards {
            // Not `append`, which goes over all that failed before.
            self.failed.extend(attempts.failed);
            answered.append(&mut attempts.answered);
        }
        for (ray, time) in answered.into_iter().filter(|(ray, _)| self.failed.contains(ray)) {
            let latest = self.healed.entry(ray).or_insert(time);
            *latest = (*latest).max(time);
        }
    }

    /// The rays for which a later attempt got an answer, and when the last of these attempts was sent.
    pub fn finish(self) -> BTreeMap<Ray, Time> {
        self.healed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(failed: &[u64], answered: &[(u64, i64)]) -> Attempts {
        Attempts {
            failed: failed.iter().copied().map(Ray).collect(),
            answered: answered
                .iter()
                .map(|&(ray, seconds)| (Ray(ray), Time::from_seconds(seconds, 0)))
                .collect(),
        }
    }

    // The edge tries again on another connection, which another shard reads.
    #[test]
    fn a_visitor_who_got_an_answer_at_the_second_attempt_is_no_failure() {
        let mut healed = HealedAttempts::default();
        healed.take([attempts(&[], &[(1, 5), (2, 5)]), attempts(&[1], &[])]);
        healed.take([attempts(&[3], &[(1, 7)]), attempts(&[], &[(3, 8)])]);
        let want = [(Ray(1), Time::from_seconds(7, 0)), (Ray(3), Time::from_seconds(8, 0))];
        assert_eq!(healed.finish(), BTreeMap::from(want));
    }

    #[test]
    fn an_answer_in_an_earlier_batch_heals_no_later_failure() {
        let mut healed = HealedAttempts::default();
        healed.take([attempts(&[], &[(1, 5)])]);
        healed.take([attempts(&[1], &[])]);
        assert_eq!(healed.finish(), BTreeMap::new());
    }
}
