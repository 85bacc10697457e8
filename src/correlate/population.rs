//! What only the whole incident can tell: timers found in the data, ranges that fail alone, marks that only failing requests bear.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::Incident;
use super::case::Case;
use crate::evidence::Partial;
use crate::evidence::failure::Failure;
use crate::evidence::sample::Seen;
use crate::facts::ranges::EdgeRanges;
use crate::flow::{End, Side};
use crate::http::conform::Rule;
use crate::time::{MILLISECOND, SECOND};

/// Below this many equal durations a cluster is chance.
const CLUSTER: usize = 3;
/// Below this many healthy responses their silence about a mark says nothing.
const ENOUGH_HEALTHY: u64 = 20;

/// A duration that many events share: somebody's timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The middle of the cluster, in nanoseconds.
    pub nanoseconds: i64,
    /// Events in it.
    pub count: u64,
}

/// How failures without an answer spread over connections used again and new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// Failures whose record tells whether the connection was new.
    pub failing: u64,
    /// Of these, on connections used again.
    pub failing_reused: u64,
}

/// A range of the edge that alone goes unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selective {
    /// The range.
    pub range: IpNet,
    /// Connections of other ranges that completed meanwhile.
    pub others_established: u64,
}

/// What the incident's requests have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// After how long the edge gives up on an answer.
    pub edge_gives_up: Option<Timer>,
    /// After how long the origin closes an idle connection.
    pub origin_idle: Option<Timer>,
    /// Failures without an answer happen on connections used again, and on those alone.
    pub only_reused_fail: Option<Reuse>,
    broken_by_failing: BTreeSet<Rule>,
    broken_by_healthy: BTreeMap<Rule, u64>,
    healthy_responses: u64,
    selective: BTreeMap<IpNet, Selective>,
    fail_alone: BTreeSet<IpNet>,
}

impl Population {
    /// Looks at all cases and counts once.
    pub fn of(cases: &[Case], aborts: &[Case], partial: &Partial, ranges: &EdgeRanges) -> Population {
        let mut population = Population {
            edge_gives_up: edge_gives_up(cases, aborts, partial),
            origin_idle: origin_idle(cases, partial),
            only_reused_fail: only_reused_fail(cases, partial),
            broken_by_healthy: partial.tallies.broken_by_healthy.clone(),
            healthy_responses: partial.tallies.healthy_responses,
            selective: selective_ranges(partial, ranges),
            fail_alone: ranges_that_only_fail(cases, partial, ranges),
            broken_by_failing: BTreeSet::new(),
        };
        let kept = partial.connections.iter().flat_map(|row| &row.exchanges);
        for response in kept.filter_map(|kept| kept.exchange.response.as_ref()) {
            population.broken_by_failing.extend(response.findings.iter().map(|finding| finding.rule));
        }
        population
    }

    /// Whether failing responses break this rule and healthy ones, of which there are enough, never do.
    pub fn sets_failing_apart(&self, rule: Rule) -> bool {
        self.broken_by_failing.contains(&rule)
            && !self.broken_by_healthy.contains_key(&rule)
            && self.healthy_responses >= ENOUGH_HEALTHY
    }

    /// The range of `address`, where its SYNs go unanswered while other ranges connect.
    pub fn selective_range(&self, address: Option<IpAddr>, incident: &Incident) -> Option<Selective> {
        self.selective.get(&incident.ranges.find(address?)?).copied()
    }

    /// The range of `address`, where the edge's log has nothing but failures to connect from it, and others are well.
    pub fn range_that_only_fails(&self, address: IpAddr, incident: &Incident) -> Option<IpNet> {
        let range = incident.ranges.find(address)?;
        self.fail_alone.contains(&range).then_some(range)
    }
}

/// The densest cluster of durations, where it holds at least three of them and half of all.
fn cluster(mut durations: Vec<i64>) -> Option<Timer> {
    durations.sort_unstable();
    let width = |start: i64| (start / 10).max(SECOND / 4);
    let mut best: Option<(usize, usize)> = None;
    let mut end = 0;
    for start in 0..durations.len() {
        end = end.max(start);
        while durations
            .get(end)
            .is_some_and(|duration| *duration <= durations[start] + width(durations[start]))
        {
            end += 1;
        }
        if best.is_none_or(|(from, to)| end - start > to - from) {
            best = Some((start, end));
        }
    }
    let (start, end) = best?;
    let count = end - start;
    let is_timer = count >= CLUSTER && count * 2 >= durations.len();
    is_timer.then(|| Timer { nanoseconds: durations[start + count / 2], count: count as u64 })
}

/// Whether two durations are the same timer: within five per cent or a quarter of a second.
pub fn same_timer(a: i64, b: i64) -> bool {
    a.abs_diff(b) <= (b.unsigned_abs() / 20).max(SECOND.unsigned_abs() / 4)
}

fn edge_gives_up(cases: &[Case], aborts: &[Case], partial: &Partial) -> Option<Timer> {
    let mut waited = Vec::new();
    for case in cases.iter().chain(aborts) {
        let by_record = case
            .edge
            .as_ref()
            .filter(|row| row.record.edge_status == Some(524))
            .map(|_| case.end.since(case.time));
        let by_packets = case.attempts.iter().find_map(|attempt| {
            let row = partial.connections.get(attempt.connection)?;
            let kept = row.exchanges.get(attempt.exchange?)?;
            let request = kept.exchange.request.as_ref().filter(|_| kept.exchange.response.is_none())?;
            match row.connection.closed_first()? {
                (Side::Client, End::Fin | End::Reset { .. }, at) if at > request.first => {
                    Some(at.time.since(request.acknowledged.unwrap_or(request.last).time))
                }
                _ => None,
            }
        });
        let gave_up = || {
            case.access
                .iter()
                .filter(|row| row.line.status == Some(499))
                .find_map(|row| row.line.request_time)
        };
        waited.extend(by_packets.or(by_record).or_else(gave_up));
    }
    cluster(waited).filter(|timer| timer.nanoseconds >= SECOND)
}

fn origin_idle(cases: &[Case], partial: &Partial) -> Option<Timer> {
    let closes = &partial.tallies.idle_closes;
    // A busy capture has many; a hundred of each ten milliseconds weigh as much as thousands.
    let unit = 10 * MILLISECOND;
    let mut idle: Vec<i64> = closes
        .iter()
        .flat_map(|(&age, &count)| std::iter::repeat_n(i64::from(age) * unit, count.min(100) as usize))
        .collect();
    for case in cases {
        for attempt in &case.attempts {
            let row = partial.connections.get(attempt.connection);
            let kept = row.and_then(|row| row.exchanges.get(attempt.exchange?));
            idle.extend(
                kept.filter(|kept| kept.exchange.response.is_none()).and_then(|kept| kept.idle_before),
            );
        }
    }
    cluster(idle).filter(|timer| timer.nanoseconds >= SECOND / 2)
}

/// By the edge's own records: at least five failures without an answer, nine in ten of them on connections used again.
fn only_reused_fail(cases: &[Case], partial: &Partial) -> Option<Reuse> {
    let records = cases.iter().filter_map(|case| case.edge.as_ref()).map(|row| &row.record);
    let unanswered =
        records.filter(|record| record.edge_status == Some(520) && record.origin_status == Some(0));
    let mut reuse = Reuse { failing: 0, failing_reused: 0 };
    for milliseconds in unanswered.filter_map(|record| record.origin_tcp_ms) {
        reuse.failing += 1;
        reuse.failing_reused += u64::from(milliseconds == 0);
    }
    let fresh_are_well = partial.samples.of(Seen::Edge).any(|request| request.reused == Some(false));
    (reuse.failing >= 5 && reuse.failing_reused * 10 >= reuse.failing * 9 && fresh_are_well).then_some(reuse)
}

/// A range is dropped where, from its first unanswered SYN to its last, none of it connected and others did, few of whose own SYNs
/// went unanswered. What connected within the second in which the dropping began does not count.
fn selective_ranges(partial: &Partial, ranges: &EdgeRanges) -> BTreeMap<IpNet, Selective> {
    let mut unanswered: BTreeMap<IpNet, (i64, i64, u64)> = BTreeMap::new();
    for (&(address, second), reached) in
        partial.tallies.reached.iter().filter(|(_, reached)| reached.unanswered > 0)
    {
        if let Some(range) = ranges.find(address) {
            let (first, last, count) = unanswered.entry(range).or_insert((second, second, 0));
            *first = (*first).min(second);
            *last = (*last).max(second);
            *count += reached.unanswered;
        }
    }
    let mut selective = BTreeMap::new();
    for (&range, &(first, last, count)) in &unanswered {
        let meanwhile =
            partial.tallies.reached.iter().filter(|((_, second), _)| (first + 1..=last).contains(second));
        let (mut own, mut others, mut others_unanswered) = (0, 0, 0);
        for (&(address, _), reached) in meanwhile {
            match ranges.find(address) {
                Some(found) if found == range => own += reached.established,
                Some(_) => {
                    others += reached.established;
                    others_unanswered += reached.unanswered;
                }
                None => {}
            }
        }
        // Where other ranges' SYNs go unanswered as often as not, it is no range's own fault.
        if count >= CLUSTER as u64 && own == 0 && others >= CLUSTER as u64 && others > others_unanswered {
            selective.insert(range, Selective { range, others_established: others });
        }
    }
    selective
}

/// By the edge's log alone: ranges all of whose requests failed to connect, while other ranges are well.
fn ranges_that_only_fail(cases: &[Case], partial: &Partial, ranges: &EdgeRanges) -> BTreeSet<IpNet> {
    let healthy: BTreeMap<IpNet, u64> = partial
        .samples
        .of(Seen::Edge)
        .filter_map(|request| ranges.find(request.edge_address?))
        .fold(BTreeMap::new(), |mut counts, range| {
            *counts.entry(range).or_default() += 1;
            counts
        });
    let mut failing: BTreeMap<IpNet, u64> = BTreeMap::new();
    let connecting =
        cases.iter().filter_map(|case| case.edge.as_ref()).filter(|row| row.record.edge_status == Some(522));
    for range in connecting.filter_map(|row| ranges.find(row.record.edge_address?)) {
        *failing.entry(range).or_default() += 1;
    }
    let others_are_well = healthy.values().sum::<u64>() >= ENOUGH_HEALTHY;
    let alone =
        failing.into_iter().filter(|(range, count)| *count >= CLUSTER as u64 && !healthy.contains_key(range));
    if others_are_well { alone.map(|(range, _)| range).collect() } else { BTreeSet::new() }
}

/// Rule 5 of *What is a failure*: visitors who leave are a failure only in numbers.
pub fn aborts_are_a_failure(aborts: &[Case], requests: u64) -> bool {
    const MANY: usize = 20;
    let many = aborts.iter().filter(|case| case.failure == Failure::ClientAbort).count();
    many >= MANY && (many as u64) * 20 >= requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_found_among_other_durations() {
        let mut durations: Vec<i64> = (0..20).map(|tenth| 125 * SECOND + tenth * SECOND / 100).collect();
        durations.extend([SECOND, 3 * SECOND, 40 * SECOND]);
        let timer = cluster(durations).unwrap();
        assert_eq!((timer.nanoseconds / SECOND, timer.count), (125, 20));
    }

    #[test]
    fn durations_without_a_common_end_are_no_timer() {
        assert_eq!(cluster((1..40).map(|step| step * step * SECOND).collect()), None);
        assert_eq!(cluster(vec![125 * SECOND, 125 * SECOND]), None);
        assert_eq!(cluster(Vec::new()), None);
    }
}
