//! Timers found in the data: durations that many events share are somebody's configured limit.

use std::collections::BTreeMap;

use super::case::Case;
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::server_tally::SOONEST_IDLE_CLOSE;
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::flow::{End, Side};
use crate::time::Duration;

/// Below this many equal durations a cluster is chance.
const CLUSTER: usize = 3;

/// A duration that many events share: somebody's timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The middle of the cluster.
    pub duration: Duration,
    /// Events in it.
    pub count: u64,
}

/// Whether two durations are the same timer: within five per cent or a quarter of a second.
pub fn same_timer(a: Duration, b: Duration) -> bool {
    (a - b).abs() <= (b.abs() / 20).max(Duration::SECOND / 4)
}

/// The densest cluster of durations, where it holds at least three of them and half of all.
fn cluster(durations: Vec<Duration>) -> Option<Timer> {
    let all = durations.len() as u64;
    densest(durations).filter(|timer| timer.count * 2 >= all)
}

/// How long a cluster is that begins, or has its middle, there.
fn width(at: Duration) -> Duration {
    (at / 10).max(Duration::SECOND / 4)
}

/// Whether those of a cluster lie close together, as what one timer ends does: the middle half of them within a fifth of its length. Of what is scattered some cluster is
/// always the densest, and its middle half lies within half of it.
fn is_close(timer: Timer, durations: &[Duration]) -> bool {
    let length = width(timer.duration);
    let of_cluster = durations.iter().filter(|duration| (**duration - timer.duration).abs() <= length / 2);
    let mut of_cluster: Vec<Duration> = of_cluster.copied().collect();
    of_cluster.sort_unstable();
    let quarter = of_cluster.len() / 4;
    let middle = of_cluster.get(quarter).zip(of_cluster.iter().rev().nth(quarter));
    middle.is_some_and(|(first, last)| *last - *first <= length / 5)
}

/// The densest cluster of durations, where it holds at least three of them.
fn densest(mut durations: Vec<Duration>) -> Option<Timer> {
    durations.sort_unstable();
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
    (count >= CLUSTER).then(|| Timer { duration: durations[start + count / 2], count: count as u64 })
}

/// Which of these durations are those of one timer: a cluster that holds at least three of them and half of all.
pub(super) fn alike(durations: &[Duration]) -> Vec<bool> {
    let timer = cluster(durations.to_vec());
    let is_alike = |duration: &Duration| timer.is_some_and(|timer| same_timer(*duration, timer.duration));
    durations.iter().map(is_alike).collect()
}

/// After how long the edge gives up on an answer, by the requests that it gave up: as packets and its records tell, or where too few do, as the origin's log
/// tells as well, which calls a visitor who leaves the same.
pub(super) fn edge_gives_up(cases: &[Case], aborts: &[Case], evidence: &Whole) -> Option<Timer> {
    let (mut told, mut logged) = (Vec::new(), Vec::new());
    for case in cases.iter().chain(aborts) {
        let by_packets = waited_in_vain(case, evidence);
        let by_record = || {
            let given_up = case.status_at_origin(evidence) == Some(524);
            case.took(evidence).filter(|_| given_up)
        };
        match by_packets.or_else(by_record) {
            Some(waited) => told.push(waited),
            None => logged.extend(held_until_left(case, evidence)),
        }
    }
    let timer = |waited: Vec<Duration>| {
        let timer = cluster(waited.clone()).filter(|timer| timer.duration >= Duration::SECOND);
        timer.filter(|timer| is_close(*timer, &waited))
    };
    let timer = timer(told.clone()).or_else(|| timer([told, logged].concat()))?;
    (!is_of_visitors(timer, cases, aborts, evidence)).then_some(timer)
}

/// Whether by the edge's own records it is visitors who leave after that time (an application on their side that gives up), and not the edge.
fn is_of_visitors(timer: Timer, cases: &[Case], aborts: &[Case], evidence: &Whole) -> bool {
    let lasted = |cases: &[Case], status: u16| {
        let told = cases.iter().filter(|case| case.edge.is_some());
        let of_status = told.filter(|case| case.edge_status(evidence) == Some(status));
        let alike = of_status.filter_map(|case| case.took(evidence));
        alike.filter(|took| same_timer(*took, timer.duration)).count()
    };
    lasted(aborts, 499) > lasted(cases, 524)
}

/// How long the origin had a request, by its log, that the edge gave up on by its own record: a server that takes connections late finds the edge gone at
/// once. `None` where visitors leave it in the same way.
pub(super) fn held_when_given_up(cases: &[Case], aborts: &[Case], evidence: &Whole) -> Option<Timer> {
    let held = |case: &Case| held_until_left(case, evidence);
    let of_edge = |case: &&Case| case.status_at_origin(evidence) == Some(524);
    let timer = cluster(cases.iter().filter(of_edge).filter_map(held).collect())?;
    let of_visitor = |case: &&Case| case.edge.is_some() && case.failure == Failure::ClientAbort;
    let by_visitors = aborts.iter().filter(of_visitor).filter_map(held);
    let alike = by_visitors.filter(|held| same_timer(*held, timer.duration)).count() as u64;
    (alike * 10 <= timer.count).then_some(timer)
}

/// How long the origin had a request whose peer left, by its log.
fn held_until_left(case: &Case, evidence: &Whole) -> Option<Duration> {
    let mut left = case.access(evidence).filter(|row| row.line.status == Some(499));
    left.find_map(|row| row.line.request_time)
}

/// How long the edge waited for an answer that was due; `None` where no packet shows that it closed first.
pub(super) fn waited_in_vain(case: &Case, evidence: &Whole) -> Option<Duration> {
    case.exchanges(evidence).find_map(|(row, kept)| waited_before_close(row, kept))
}

/// Waits of which the edge's own records tell who ended them: of a log that is a sample it is some.
#[derive(Default)]
pub(super) struct ToldWaits {
    /// The visitors.
    pub by_visitors: Vec<Duration>,
    /// The edge.
    pub by_edge: Vec<Duration>,
}

impl ToldWaits {
    /// Whether it is visitors rather than the edge that leave after this time.
    fn are_of_visitors(&self, timer: Timer) -> bool {
        let alike =
            |waits: &[Duration]| waits.iter().filter(|wait| same_timer(**wait, timer.duration)).count();
        alike(&self.by_visitors) > alike(&self.by_edge)
    }
}

/// Which of these waits visitors ended (`true`): an edge gives up after the same time always, a visitor leaves when she likes. Few waits tell
/// nothing but that no edge is told to give up within a second (Cloudflare docs: Proxy Read Timeout), and that those who left so are visitors: beside more of them,
/// what lasted longer, and not alike, is no edge's.
pub(super) fn ended_by_visitors(waits: &[Duration], told: &ToldWaits) -> Vec<bool> {
    /// So many waits that are not alike were not ended by one timer.
    const SPREAD: usize = 2 * CLUSTER;
    let timer = densest(waits.to_vec())
        .filter(|timer| timer.duration >= Duration::SECOND && timer.count * 3 >= waits.len() as u64)
        .filter(|timer| is_close(*timer, waits))
        .filter(|timer| !told.are_of_visitors(*timer));
    let surely = waits.iter().filter(|waited| **waited < Duration::SECOND).count();
    let are_visitors = waits.len() >= SPREAD || surely * 2 > waits.len();
    let is_visitors = |waited: &Duration| match timer {
        Some(timer) => *waited < timer.duration && !same_timer(*waited, timer.duration),
        None => are_visitors || *waited < Duration::SECOND,
    };
    waits.iter().map(is_visitors).collect()
}

/// How long the edge waited for an answer before it closed; `None` where it did not.
fn waited_before_close(row: &ConnectionRow, kept: &KeptExchange) -> Option<Duration> {
    let too_late = kept.failure == Some(Failure::GivenUp);
    let request = kept.exchange.request.as_ref().filter(|_| kept.exchange.response.is_none() || too_late)?;
    let ended = kept.exchange.stream.as_ref().and_then(|stream| stream.end);
    if let Some(end) = ended {
        let waited = end.at.time.since(request.acknowledged.unwrap_or(request.last).time);
        return (end.from == Side::Client).then_some(waited);
    }
    match row.connection.closed_first()? {
        (Side::Client, End::Fin | End::Reset { .. }, at) if at > request.first => {
            Some(at.time.since(request.acknowledged.unwrap_or(request.last).time))
        }
        _ => None,
    }
}

/// After how long an origin closes an idle connection, by its quiet closes (in units of 10 ms, each with how often) and by the ages of connections
/// whose requests met one.
pub(super) fn origin_idle(closes: Option<&BTreeMap<u32, u64>>, met: &[Duration]) -> Option<Timer> {
    // A busy capture has many; a hundred of each ten milliseconds weigh as much as thousands.
    let unit = Duration::from_milliseconds(10);
    let quiet = closes.into_iter().flatten();
    let quiet =
        quiet.flat_map(|(&age, &count)| std::iter::repeat_n(i64::from(age) * unit, count.min(100) as usize));
    cluster(quiet.chain(met.iter().copied()).collect()).filter(|timer| timer.duration >= SOONEST_IDLE_CLOSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_found_among_other_durations() {
        let mut durations: Vec<Duration> =
            (0..20).map(|tenth| Duration::from_seconds(125) + tenth * Duration::SECOND / 100).collect();
        durations.extend([Duration::SECOND, Duration::from_seconds(3), Duration::from_seconds(40)]);
        let timer = cluster(durations).unwrap();
        assert_eq!((timer.duration / Duration::SECOND, timer.count), (125, 20));
    }

    /// Otherwise visitors who leave an origin that takes a second and a half are an edge that gives up after one.
    #[test]
    fn visitors_who_leave_at_about_one_time_are_no_timer() {
        let hundredths = |all: std::ops::Range<i64>, step| {
            all.step_by(step).map(|at| at * Duration::SECOND / 100).collect::<Vec<_>>()
        };
        let told = ToldWaits::default();
        let left = ended_by_visitors(&hundredths(70..130, 3), &told);
        assert!(left.iter().all(|left| *left), "{left:?}");
        let timer = [hundredths(100..104, 1), hundredths(20..75, 15)].concat();
        let left = ended_by_visitors(&timer, &told);
        assert_eq!(left, [false, false, false, false, true, true, true, true]);
        let few = |waits: [i64; 3]| ended_by_visitors(&waits.map(|at| at * Duration::SECOND / 100), &told);
        assert_eq!(few([40, 70, 104]), [true, true, true]);
        assert_eq!(few([40, 104, 700]), [true, false, false], "few tell nothing");
    }

    #[test]
    fn durations_without_a_common_end_are_no_timer() {
        assert_eq!(cluster((1..40).map(|step| step * step * Duration::SECOND).collect()), None);
        assert_eq!(cluster(vec![Duration::from_seconds(125), Duration::from_seconds(125)]), None);
        assert_eq!(cluster(Vec::new()), None);
    }
}
