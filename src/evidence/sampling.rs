//! Sampled logs, and how many requests their records stand for. With interval n, one of n records is kept at random, and stands for n
//! requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::words::thousands;

/// The most intervals that are kept apart; beyond that the smallest are kept, so that merging is associative. Cloudflare has a few dozen.
const MOST_INTERVALS: usize = 1024;

/// The number of records of one log by the interval that they state. In a log that is not sampled every interval is 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervals(BTreeMap<u32, u64>);

impl Intervals {
    /// Counts a record that stands for `interval` requests.
    pub fn note(&mut self, interval: u32) {
        self.note_all(interval, 1);
    }

    /// Counts so many records that each stand for `interval` requests.
    pub fn note_all(&mut self, interval: u32, records: u64) {
        *self.0.entry(interval).or_default() += records;
        self.trim();
    }

    /// Adds the records of another part of the log.
    pub fn merge(&mut self, other: Intervals) {
        for (interval, records) in other.0 {
            *self.0.entry(interval).or_default() += records;
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.len() > MOST_INTERVALS {
            self.0.pop_last();
        }
    }

    /// The interval that most records state; of equally common ones the smallest; 1 where there are no records.
    pub fn commonest(&self) -> u32 {
        let most = self.0.iter().rev().max_by_key(|(_, records)| **records);
        most.map_or(1, |(interval, _)| *interval)
    }

    /// What a person must know about a sampled log, in one sentence. `None` for a log that is not sampled.
    pub fn warning(&self) -> Option<String> {
        let (&least, &most) = self.0.keys().next().zip(self.0.keys().next_back())?;
        let number = |interval: u32| thousands(u64::from(interval));
        match (least, most) {
            (_, 0..=1) => None,
            (least, most) if least == most => {
                Some(format!("a sampled log: each record stands for {} requests", number(most)))
            }
            (least, most) => Some(format!(
                "a sampled log: each record stands for {} to {} requests, most for {}",
                number(least),
                number(most),
                number(self.commonest())
            )),
        }
    }
}

/// How many requests a sampled log left out, estimated from the records that it kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Their number: n − 1 for each record with interval n.
    pub requests: u64,
    /// The variance of that number: n(n − 1) for each record, since each request is kept or left out independently of the others (the
    /// Horvitz–Thompson estimator under Bernoulli sampling).
    pub variance: u128,
    /// The largest interval; 0 where nothing is sampled.
    pub interval: u32,
}

impl LeftOut {
    /// The requests that a record with this interval stands for, beside its own.
    pub fn by(interval: u32) -> LeftOut {
        let n = u64::from(interval.max(1));
        LeftOut {
            requests: n - 1,
            variance: u128::from(n) * u128::from(n - 1),
            interval: if n > 1 { interval } else { 0 },
        }
    }

    /// Adds the requests that other records stand for.
    pub fn merge(&mut self, other: LeftOut) {
        self.requests = self.requests.saturating_add(other.requests);
        self.variance = self.variance.saturating_add(other.variance);
        self.interval = self.interval.max(other.interval);
    }

    /// The same of so many requests, where this is of `of` of them.
    pub fn scaled(self, to: u64, of: u64) -> LeftOut {
        let scaled = |value: u128| value.saturating_mul(u128::from(to)) / u128::from(of.max(1));
        let requests = u64::try_from(scaled(u128::from(self.requests))).unwrap_or(u64::MAX);
        LeftOut { requests, variance: scaled(self.variance), interval: self.interval }
    }

    /// Whether any record is a sample.
    pub fn is_sampled(&self) -> bool {
        self.interval > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(records: &[u32]) -> Intervals {
        let mut intervals = Intervals::default();
        records.iter().for_each(|&interval| intervals.note(interval));
        intervals
    }

    /// Otherwise a person takes the count of a tenth of the requests for the count of all.
    #[test]
    fn a_sampled_log_says_what_its_records_stand_for() {
        assert_eq!((intervals(&[]).commonest(), intervals(&[]).warning()), (1, None));
        assert_eq!((intervals(&[1, 1]).commonest(), intervals(&[1, 1]).warning()), (1, None));
        let tenth = intervals(&[10, 10]);
        assert_eq!(tenth.commonest(), 10);
        assert_eq!(tenth.warning().as_deref(), Some("a sampled log: each record stands for 10 requests"));
        let mixed = intervals(&[1, 10, 10, 1_000, 1]);
        assert_eq!(mixed.commonest(), 1);
        let range = "a sampled log: each record stands for 1 to 1,000 requests, most for 1";
        assert_eq!(mixed.warning().as_deref(), Some(range));
    }

    /// Otherwise a report would depend on how the work was divided.
    #[test]
    fn parts_of_a_log_merge_in_any_order_however_many_intervals_they_tell() {
        let parts =
            [intervals(&(0..1_500).collect::<Vec<u32>>()), intervals(&[3, 2_000]), intervals(&[3, 1])];
        let merged = |order: [usize; 3]| {
            let mut whole = Intervals::default();
            order.iter().for_each(|&part| whole.merge(parts[part].clone()));
            whole
        };
        assert!([[0, 2, 1], [1, 0, 2], [2, 1, 0]].iter().all(|&order| merged(order) == merged([0, 1, 2])));
        assert_eq!(merged([0, 1, 2]).commonest(), 3);
    }
}
