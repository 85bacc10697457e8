//! How many requests were seen: by kind of source, over time, by status; inside the window that is asked about.

use std::collections::BTreeMap;

use super::clock::Clocks;
use super::filter::Filter;
use super::same_requests::SameRequests;
use super::whole::Whole;
use crate::evidence::{InputId, InputKind, LeftOut};
use crate::time::Time;

/// The counts of the evidence, read by the reference clock and inside the window of the filter.
#[derive(Clone, Copy)]
pub struct RequestCounts<'a> {
    evidence: &'a Whole,
    clocks: &'a Clocks,
    filter: &'a Filter,
    same_requests: &'a [SameRequests],
}

impl<'a> RequestCounts<'a> {
    /// The counts of `evidence`, without those of the logs whose requests others have, too.
    pub fn of(
        evidence: &'a Whole,
        clocks: &'a Clocks,
        filter: &'a Filter,
        same_requests: &'a [SameRequests],
    ) -> RequestCounts<'a> {
        RequestCounts { evidence, clocks, filter, same_requests }
    }

    /// Distinct visitors' requests, failing ones not counted twice.
    pub fn all(self) -> u64 {
        self.counted_by().map_or(0, |kind| self.of_kind(kind))
    }

    /// The kind of source that the requests are counted by: where the edge's log is there, it alone is the denominator, else the one that
    /// saw most.
    pub fn counted_by(self) -> Option<InputKind> {
        const OTHERS: [InputKind; 3] = [InputKind::Capture, InputKind::AccessLog, InputKind::Har];
        let others = || OTHERS.into_iter().rev().max_by_key(|kind| self.of_kind(*kind));
        let edge = Some(InputKind::EdgeLog).filter(|kind| self.of_kind(*kind) > 0);
        edge.or_else(others).filter(|kind| self.of_kind(*kind) > 0)
    }

    fn of_kind(self, kind: InputKind) -> u64 {
        self.over_time(kind).map(|(_, _, count)| count).sum()
    }

    /// The requests by status of the source that counts them.
    pub fn of_counting_source(self) -> BTreeMap<u16, u64> {
        self.counted_by().map_or_else(BTreeMap::new, |kind| self.by_status(kind))
    }

    /// Requests by status (0 where there was none) of all sources of one kind.
    pub fn by_status(self, kind: InputKind) -> BTreeMap<u16, u64> {
        sum_by_status(self.over_time(kind))
    }

    /// Requests of all sources of one kind: second by the reference clock, status, count.
    pub fn over_time(self, kind: InputKind) -> impl Iterator<Item = (Time, u16, u64)> {
        let requests = &self.evidence.tallies.requests;
        let is_counted = move |input: InputId| self.same_requests.iter().all(|same| same.other != input);
        let is_of_kind = move |input: InputId| self.evidence.kind(input) == Some(kind);
        let of_kind = requests.iter().filter(move |(input, _)| is_of_kind(**input) && is_counted(**input));
        of_kind.flat_map(move |(&input, seconds)| self.inside(input, seconds))
    }

    /// What the origin answered, by status (0 where it did not), as the edge's log tells it.
    pub fn by_origin_status(self) -> BTreeMap<u16, u64> {
        let told = &self.evidence.tallies.origin_statuses;
        sum_by_status(told.iter().flat_map(move |(&input, seconds)| self.inside(input, seconds)))
    }

    /// Visitors' requests that sampled logs of the edge left out.
    pub fn left_out(self) -> LeftOut {
        let mut sum = LeftOut::default();
        for (&input, seconds) in &self.evidence.tallies.left_out {
            for (&second, &left_out) in seconds {
                if self.filter.holds_time(self.begin_of(input, second)) {
                    sum.merge(left_out);
                }
            }
        }
        sum
    }

    fn inside(
        self,
        input: InputId,
        seconds: &'a BTreeMap<(i64, u16), u64>,
    ) -> impl Iterator<Item = (Time, u16, u64)> {
        let counts = seconds
            .iter()
            .map(move |(&(second, status), &count)| (self.begin_of(input, second), status, count));
        counts.filter(move |(time, _, _)| self.filter.holds_time(*time))
    }

    /// Where a second of an input begins, by the reference clock.
    fn begin_of(self, input: InputId, second: i64) -> Time {
        self.clocks.correct(input, Time::from_seconds(second, 0))
    }
}

fn sum_by_status(counts: impl Iterator<Item = (Time, u16, u64)>) -> BTreeMap<u16, u64> {
    let mut sums = BTreeMap::new();
    for (_, status, count) in counts {
        *sums.entry(status).or_default() += count;
    }
    sums
}
