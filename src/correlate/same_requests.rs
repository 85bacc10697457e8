//! Which access logs tell of the same requests: that of a proxy and that of the server behind it, or two that one server writes. Each request
//! is counted once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Bound;

use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Samples, Seen};
use crate::evidence::{InputId, InputKind};
use crate::facts::ranges::{EdgeRanges, is_internal};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Lines of one request are so near in time: either may have a whole second alone, of its begin or its end.
const NEAR: Duration = Duration::from_milliseconds(1_500);
/// So many requests of a log that would not be met by chance have to be compared to know anything.
const FEWEST: u64 = 10;
/// Of a thousand of those, so many stand in others where it tells of the same requests.
const MOST: u64 = 800;
const THOUSAND: u64 = 1_000;
/// Of so many logs the one that has most is found.
const MOST_NAMED: usize = 8;

/// A log whose requests stand in others, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SameRequests {
    /// The log that has most of them, and whose requests are counted.
    pub counted: InputId,
    /// The log whose requests are not.
    pub other: InputId,
}

/// Takes the logs one after the other: those that the edge asked first, then those that others from outside asked, then those that have most. One
/// whose requests stand in those before it is not counted.
pub(super) fn same_requests(evidence: &Whole, clocks: &Clocks, ranges: &EdgeRanges) -> Vec<SameRequests> {
    let access_logs = evidence.tallies.requests.keys().filter(|input| is_access_log(evidence, **input));
    if access_logs.count() < 2 {
        return Vec::new();
    }
    let logs = logs(evidence, clocks, ranges);
    let mut ranked: Vec<(&InputId, &RequestsOfLog<'_>)> = logs.iter().collect();
    ranked.sort_by_key(|(input, log)| (Reverse((log.asked_by(), log.requests)), **input));
    let sampled = Sampled::of(evidence);
    let mut before = CountedLogs::default();
    let mut same = Vec::new();
    for (&other, log) in ranked {
        match before.holding(log, sampled) {
            Some(counted) => same.push(SameRequests { counted, other }),
            None => before.add(other, log),
        }
    }
    same.sort_by_key(|same| same.other);
    same
}

fn is_access_log(evidence: &Whole, input: InputId) -> bool {
    evidence.kind(input) == Some(InputKind::AccessLog)
}

/// Who asks a server, as its log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AskedBy {
    /// The machine itself, or one beside it.
    Inside,
    Outside,
    Edge,
}

/// What is known of the requests of one access log: the sample of those that went well, and the rows of those that failed.
#[derive(Default)]
struct RequestsOfLog<'e> {
    requests: u64,
    by_edge: u64,
    from_outside: u64,
    rays: BTreeSet<Ray>,
    /// The times by method and path, in order.
    by_key: BTreeMap<(&'e str, &'e str), Vec<Time>>,
    span: Option<(Time, Time)>,
}

fn logs<'e>(
    evidence: &'e Whole,
    clocks: &Clocks,
    ranges: &EdgeRanges,
) -> BTreeMap<InputId, RequestsOfLog<'e>> {
    let mut logs: BTreeMap<InputId, RequestsOfLog<'e>> = BTreeMap::new();
    for request in evidence.samples.of(Seen::Access) {
        let key = request.method.as_deref().zip(request.path.as_deref());
        let time = clocks.correct(request.input, request.time);
        let log = logs.entry(request.input).or_default();
        log.add(key, request.ray, time);
        log.add_peer(request.edge_address, ranges);
    }
    for row in evidence.access.iter().filter(|row| row.line.status.is_none_or(|status| status >= 500)) {
        let line = &row.line;
        let path = line.target.as_deref().map(HealthyRequest::path_of);
        let log = logs.entry(row.place.input()).or_default();
        let time = clocks.at(row.place, line.start());
        log.add(line.method.as_deref().zip(path), line.ray.map(|ray| ray.ray), time);
        log.add_peer(line.real_peer.or(line.remote_address), ranges);
    }
    logs.values_mut().flat_map(|log| log.by_key.values_mut()).for_each(|times| times.sort_unstable());
    logs
}

impl<'e> RequestsOfLog<'e> {
    fn add(&mut self, key: Option<(&'e str, &'e str)>, ray: Option<Ray>, time: Time) {
        self.requests += 1;
        self.rays.extend(ray);
        if let Some(key) = key {
            self.by_key.entry(key).or_default().push(time);
        }
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
    }

    fn add_peer(&mut self, peer: Option<IpAddr>, ranges: &EdgeRanges) {
        self.by_edge += u64::from(peer.is_some_and(|peer| ranges.contains(peer)));
        self.from_outside += u64::from(peer.is_some_and(|peer| !is_internal(peer)));
    }

    fn asked_by(&self) -> AskedBy {
        let is_half = |count: u64| count > 0 && count * 2 >= self.requests;
        match (is_half(self.by_edge), is_half(self.from_outside)) {
            (true, _) => AskedBy::Edge,
            (false, true) => AskedBy::Outside,
            (false, false) => AskedBy::Inside,
        }
    }

    /// How many of its requests another log has, too.
    fn shared_with(&self, other: &RequestsOfLog<'_>) -> u64 {
        if !self.rays.is_empty() && !other.rays.is_empty() {
            return self.rays.intersection(&other.rays).count() as u64;
        }
        let of_key = |(key, times): (_, &Vec<Time>)| {
            let others: BTreeSet<_> = numbered(InputId(0), other.by_key.get(key)?).collect();
            Some(pairs(times, &others, |_| ()))
        };
        self.by_key.iter().filter_map(of_key).sum()
    }

    /// The moments of one key, each later by a part of the log's span; what would be beyond its end begins anew.
    fn later(&self, times: &[Time], part: (i64, i64)) -> Vec<Time> {
        let Some((first, last)) = self.span else { return Vec::new() };
        let span = last.since(first).max(Duration::SECOND).nanoseconds();
        let by = Duration::from_nanoseconds(span / part.1 * part.0);
        let wrapped = |time: &Time| {
            let at = time.plus(by).since(first).nanoseconds().rem_euclid(span);
            first.plus(Duration::from_nanoseconds(at))
        };
        let mut moved: Vec<Time> = times.iter().map(wrapped).collect();
        moved.sort_unstable();
        moved
    }
}

/// The requests of the logs that are counted.
#[derive(Default)]
struct CountedLogs<'e> {
    logs: BTreeMap<InputId, &'e RequestsOfLog<'e>>,
    by_ray: BTreeMap<Ray, InputId>,
    /// Those of logs with rays.
    with_rays: Moments<'e>,
    without: Moments<'e>,
}

/// When what was asked.
type Moments<'e> = BTreeMap<(&'e str, &'e str), BTreeSet<MomentInLog>>;

/// When, in which log; the number tells lines of one moment apart.
type MomentInLog = (Time, InputId, usize);

fn numbered(input: InputId, times: &[Time]) -> impl Iterator<Item = MomentInLog> {
    times.iter().enumerate().map(move |(number, time)| (*time, input, number))
}

impl<'e> CountedLogs<'e> {
    fn add(&mut self, input: InputId, log: &'e RequestsOfLog<'e>) {
        self.logs.insert(input, log);
        self.by_ray.extend(log.rays.iter().map(|ray| (*ray, input)));
        let moments = if log.rays.is_empty() { &mut self.without } else { &mut self.with_rays };
        for (key, times) in &log.by_key {
            moments.entry(*key).or_default().extend(numbered(input, times));
        }
    }

    /// The log that has most of another one's requests, where nearly all of them stand in those that are counted.
    fn holding(&self, log: &RequestsOfLog<'_>, sampled: Sampled) -> Option<InputId> {
        let mut met = BTreeMap::new();
        let mut share = 0;
        if log.rays.len() as u64 >= FEWEST {
            // The samples of all logs hold the same rays.
            let known = log.rays.iter().filter_map(|ray| self.by_ray.get(ray));
            known.for_each(|input| *met.entry(*input).or_default() += 1);
            share += met.values().sum::<u64>() * THOUSAND / log.rays.len() as u64;
        }
        let comparable = [Some(&self.without), Some(&self.with_rays).filter(|_| log.rays.is_empty())];
        for moments in comparable.into_iter().flatten() {
            share += Self::share_by_key(moments, log, sampled, &mut met);
        }
        if share < MOST {
            return None;
        }
        let mut met: Vec<(InputId, u64)> = met.into_iter().collect();
        met.sort_by_key(|(input, count)| (Reverse(*count), *input));
        let most = met.into_iter().take(MOST_NAMED).max_by_key(|(input, _)| {
            let by_itself = self.logs.get(input).map(|other| log.shared_with(other));
            (by_itself, Reverse(*input))
        });
        most.map(|(input, _)| input)
    }

    /// How many of a thousand requests stand there by what was asked when, of those that would not by chance. What is so by chance is told by the
    /// same requests at moments that are not theirs.
    fn share_by_key(
        moments: &Moments<'_>,
        log: &RequestsOfLog<'_>,
        sampled: Sampled,
        met: &mut BTreeMap<InputId, u64>,
    ) -> u64 {
        let (mut all, mut there, mut by_chance) = (0, 0, [0; 2]);
        for (key, times) in &log.by_key {
            all += times.len() as u64;
            let Some(others) = moments.get(key) else { continue };
            there += pairs(times, others, |input| *met.entry(input).or_default() += 1);
            for (by_chance, part) in by_chance.iter_mut().zip([(5, 13), (8, 13)]) {
                *by_chance += pairs(&log.later(times, part), others, |_| ());
            }
        }
        let by_chance = by_chance.into_iter().max().unwrap_or_default();
        let beyond_chance = sampled.twins(all).saturating_sub(by_chance);
        let of = beyond_chance.max(FEWEST);
        there.saturating_sub(by_chance) * THOUSAND / of
    }
}

/// How many of the requests that went well are in their sample.
#[derive(Clone, Copy)]
struct Sampled {
    kept: u64,
    all: u64,
}

impl Sampled {
    fn of(evidence: &Whole) -> Sampled {
        let kept = evidence.samples.of(Seen::Access).count();
        let of_logs = evidence.tallies.requests.iter().filter(|(input, _)| is_access_log(evidence, **input));
        let all: u64 = of_logs.flat_map(|(_, seconds)| seconds.values()).sum();
        let kept = kept as u64;
        if kept < Samples::KEPT as u64 {
            Sampled { kept: 1, all: 1 }
        } else {
            Sampled { kept, all: all.max(kept) }
        }
    }

    /// Of so many requests of one sample, how many have their twin in it, too: without a ray each line is chosen by itself.
    fn twins(self, requests: u64) -> u64 {
        requests.saturating_mul(self.kept) / self.all
    }
}

/// How many of one list's moments can be paired with one of the others' that is near, each once, and in which logs. The moments are in order.
fn pairs(times: &[Time], others: &BTreeSet<MomentInLog>, mut met: impl FnMut(InputId)) -> u64 {
    let mut count = 0;
    let mut last = None;
    for time in times {
        let near = (time.plus(-NEAR), InputId(0), 0);
        let from = match last {
            Some(last) if last >= near => Bound::Excluded(last),
            _ => Bound::Included(near),
        };
        let next =
            others.range((from, Bound::Unbounded)).next().filter(|(other, ..)| other.since(*time) <= NEAR);
        if let Some(&(other, input, number)) = next {
            last = Some((other, input, number));
            count += 1;
            met(input);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::vantage;
    use crate::evidence::sample::{HealthyRequest, mix};
    use crate::evidence::{InputSummary, Partial};

    const EDGE: &str = "172.68.10.9";
    const ITSELF: &str = "127.0.0.1";

    /// Requests, three a second, each for one of so many pages.
    struct Logged {
        peer: &'static str,
        seconds: std::ops::Range<i64>,
        pages: u64,
        /// The first ray, where the log has rays.
        rays: Option<u64>,
        turn: u64,
    }

    fn by(peer: &'static str) -> Logged {
        Logged { peer, seconds: 0..40, pages: 40, rays: None, turn: 7 }
    }

    /// Which log is not counted, and which is in its place.
    fn same(logs: &[Logged]) -> Vec<(u32, u32)> {
        let mut partial = Partial::default();
        for (input, log) in (0..).map(InputId).zip(logs) {
            partial
                .inputs
                .insert(input, InputSummary::new(&input.0.to_string(), InputKind::AccessLog, "", 1));
            for number in log.seconds.start * 3..log.seconds.end * 3 {
                let request = HealthyRequest {
                    input,
                    ray: log.rays.map(|first| Ray(first + number as u64)),
                    time: Time::from_seconds(1_700_000_000 + number / 3, 0),
                    edge_address: log.peer.parse().ok(),
                    method: Some("GET".to_owned()),
                    path: Some(format!("/{}", mix(number as u64 * log.turn) % log.pages)),
                    ..HealthyRequest::default()
                };
                let seconds = partial.tallies.requests.entry(input).or_default();
                *seconds.entry((request.time.second(), 200)).or_default() += 1;
                let (ray, place) = (request.ray, u64::from(input.0) << 32 | number as u64);
                partial.samples.offer(Seen::Access, place, || request, ray);
            }
        }
        let (evidence, same_traffic) = vantage::settle(partial);
        let clocks = Clocks::of(&evidence, &same_traffic);
        let found = same_requests(&evidence, &clocks, &EdgeRanges::with(&[]));
        found.into_iter().map(|same| (same.other.0, same.counted.0)).collect()
    }

    #[test]
    fn a_request_that_passes_two_servers_is_counted_at_the_one_that_the_edge_asks() {
        assert_eq!(same(&[by(ITSELF), by(EDGE)]), [(0, 1)]);
        let part = Logged { seconds: 10..20, ..by(ITSELF) };
        assert_eq!(same(&[by(EDGE), part]), [(1, 0)]);
    }

    #[test]
    fn one_server_behind_two_is_counted_at_neither_place_twice() {
        let [one, two] = [0..20, 20..40].map(|seconds| Logged { seconds, ..by(EDGE) });
        assert_eq!(same(&[by(ITSELF), one, two]), [(0, 1)]);
    }

    #[test]
    fn two_logs_of_one_server_count_once() {
        assert_eq!(same(&[by(EDGE), by(EDGE)]), [(1, 0)]);
    }

    #[test]
    fn servers_side_by_side_count_each() {
        assert_eq!(same(&[by(EDGE), Logged { turn: 11, ..by(EDGE) }]), []);
        let few_pages = |turn| Logged { pages: 2, turn, ..by(EDGE) };
        assert_eq!(same(&[few_pages(7), few_pages(11)]), [], "by chance most have a twin");
        assert_eq!(
            same(&[by(EDGE), Logged { seconds: 40..80, ..by(EDGE) }]),
            [],
            "a log and its rotated part"
        );
    }

    #[test]
    fn rays_say_which_requests_are_the_same_whatever_was_asked() {
        let with = |first| Logged { rays: Some(first), pages: 2, ..by(EDGE) };
        assert_eq!(same(&[with(1), with(1)]), [(1, 0)]);
        assert_eq!(same(&[with(1), with(1_000)]), []);
    }

    /// Of very many requests the sample holds a few, and each log's its own.
    #[test]
    fn a_sample_is_enough() {
        let long = |peer, rays| Logged { seconds: 0..4_000, pages: 4_000, rays, ..by(peer) };
        assert_eq!(same(&[long(EDGE, Some(1)), long(ITSELF, None)]), [(1, 0)]);
        assert_eq!(same(&[long(EDGE, None), Logged { turn: 11, ..long(EDGE, None) }]), []);
    }
}
