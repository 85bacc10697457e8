//! How far the evidence reaches: what would be in it, had it happened.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{HostKey, InputId, InputKind, InputSummary};
use crate::facts::ranges::EdgeRanges;
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Whether anything of the edge was seen, a record, a page, an address or a ray: else it is a guess that there is one, and which side is the
/// origin.
pub fn edge_seen(evidence: &Whole, ranges: &EdgeRanges) -> bool {
    let captured = || evidence.tallies.reached.keys().any(|reaching| ranges.contains(reaching.client));
    let has_records = || evidence.has(InputKind::EdgeLog) || evidence.has(InputKind::Har);
    let is_edges = |address: Option<IpAddr>| address.is_some_and(|address| ranges.contains(address));
    let logged = || {
        let sampled = evidence.samples.of(Seen::Access);
        let rows = evidence.access.iter().map(|row| &row.line);
        sampled
            .map(|request| (request.ray.is_some(), request.edge_address))
            .any(|(ray, peer)| ray || is_edges(peer))
            || rows
                .map(|line| (line.ray.is_some(), line.real_peer.or(line.remote_address)))
                .any(|(ray, peer)| ray || is_edges(peer))
    };
    let named = || evidence.messages.iter().any(|row| row.line.ray.is_some() || is_edges(row.line.client));
    captured() || has_records() || logged() || named()
}

/// Whether an access log with rays (one of `with_rays`) covers the moment of a case, so that a line for it would be there had the origin
/// taken it.
pub fn access_log_would_show(
    case: &Case,
    evidence: &Whole,
    clocks: &Clocks,
    with_rays: &BTreeSet<InputId>,
) -> bool {
    evidence.inputs.iter().any(|(&id, input)| {
        let covers = |first, last| {
            clocks.correct(id, first) <= case.time
                && case.end <= clocks.correct(id, last).plus(Duration::SECOND)
        };
        input.kind == InputKind::AccessLog
            && input.first.zip(input.last).is_some_and(|(first, last)| covers(first, last))
            && with_rays.contains(&id)
    })
}

/// The access logs that have rays in their format, by the sample of their healthy requests.
pub(super) fn logs_with_rays(evidence: &Whole) -> BTreeSet<InputId> {
    let with_ray = evidence.samples.of(Seen::Access).filter(|request| request.ray.is_some());
    with_ray.map(|request| request.input).collect()
}

/// The logs of the edge that tell what became of Workers, by any of their records.
pub(super) fn logs_with_workers(evidence: &Whole) -> BTreeSet<InputId> {
    let with_worker = evidence.edge.iter().filter(|row| row.record.worker_status.is_some());
    with_worker.map(|row| row.place.input()).collect()
}

/// What the edge's log would show of the requests that an origin logs: those of its span of time, where it is not a sample, and only of a
/// host and a time of which an access log's healthy requests are found in it. An origin may serve hosts that do not go through the edge, and
/// an edge's log may lack an hour.
#[derive(Clone, Debug, Default)]
pub struct EdgeCoverage {
    /// From the first record of each log of the edge to the end of the last one, as finely as its clock tells, by the reference clock.
    spans: Vec<(Time, Time)>,
    is_sample: bool,
    /// Healthy requests of an access log or a capture that the edge's log would show, by host, and of all hosts (`None`).
    found: FoundOfHosts,
    /// Those of them that are known by their rays: none of these is taken for another.
    found_by_ray: FoundOfHosts,
}

type FoundOfHosts = BTreeMap<(InputId, Option<HostKey>), FoundInTime>;

/// Fewer requests tell nothing.
const TELLING: usize = 5;

/// Healthy requests in order of time, each with whether the edge's log shows it.
#[derive(Clone, Debug, Default)]
struct FoundInTime(Vec<(Time, bool)>);

impl EdgeCoverage {
    /// Of the logs among the evidence.
    pub fn of(evidence: &Whole, clocks: &Clocks) -> EdgeCoverage {
        let logs = || evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::EdgeLog);
        let mut coverage = EdgeCoverage {
            spans: spans_of_edge(evidence, clocks),
            is_sample: logs().any(|(_, input)| input.is_sample()),
            found: BTreeMap::new(),
            found_by_ray: BTreeMap::new(),
        };
        for (sighting, found) in evidence.keys.found_at_edge() {
            if let Some(time) = sighting.start.or(sighting.end) {
                let time = clocks.at(sighting.place, time);
                add(&mut coverage.found, (sighting.place.input(), sighting.host), (time, found));
            }
        }
        let rows = evidence.edge.iter().filter_map(|row| row.record.ray);
        let rays: BTreeSet<Ray> =
            evidence.samples.of(Seen::Edge).filter_map(|request| request.ray).chain(rows).collect();
        for request in [Seen::Access, Seen::Capture].into_iter().flat_map(|seen| evidence.samples.of(seen)) {
            if let Some(ray) = request.ray.filter(|ray| evidence.samples.would_hold(Seen::Edge, *ray)) {
                let host = request.host.as_deref().map(HostKey::of);
                let time = clocks.correct(request.input, request.time);
                let found = (time, rays.contains(&ray));
                add(&mut coverage.found, (request.input, host), found);
                add(&mut coverage.found_by_ray, (request.input, host), found);
            }
        }
        let found = coverage.found.values_mut().chain(coverage.found_by_ray.values_mut());
        found.for_each(|found| found.0.sort_unstable());
        coverage
    }

    /// Whether the edge's log holds most of what the origin saw around an instant, by the reference clock, as far as that is known.
    pub fn is_whole_at(&self, time: Time) -> bool {
        let of_all_hosts = self.found.iter().filter(|((_, host), _)| host.is_none());
        let around = of_all_hosts.flat_map(|(_, found)| found.around(time));
        let (all, found) = around.fold((0, 0), |(all, met), (_, found)| (all + 1, met + usize::from(*found)));
        !self.is_sample && (all < TELLING || found * 2 >= all)
    }

    /// Whether an instant, by the reference clock, lies between the first and the last record of a log of the edge.
    pub fn spans(&self, time: Time) -> bool {
        self.spans.iter().any(|(first, last)| *first <= time && time <= *last)
    }

    /// Whether the edge's logs are of another time than an instant, by the reference clock: not of that hour, nor of the one before or after.
    pub fn is_of_another_time(&self, time: Time) -> bool {
        const NEAR: Duration = Duration::from_seconds(3600);
        let is_near = |(first, last): &(Time, Time)| first.plus(-NEAR) <= time && time <= last.plus(NEAR);
        !self.spans.is_empty() && !self.spans.iter().any(is_near)
    }

    /// Whether the edge's log would show a request of an input that began at an instant, by the reference clock.
    pub fn would_show(&self, input: InputId, host: Option<&str>, time: Time) -> bool {
        if self.is_sample || !self.spans(time) {
            return false;
        }
        let host = host.map(HostKey::of);
        let counts = |found: &FoundOfHosts| {
            let of = |host| found.get(&(input, host)).filter(|found| found.0.len() >= TELLING);
            of(host).or_else(|| of(None)).map(|found| found.counts_around(time))
        };
        // Where little is found of those around it, the log is of other hosts or of another time; where nearly all should be, it is a sample that does not say so.
        counts(&self.found).is_none_or(|(met, all)| met * 2 >= all)
            && counts(&self.found_by_ray).is_none_or(|(met, all)| met * 5 >= all * 4)
    }

    /// Whether the edge's log shows nearly every request that one of these inputs tells of around an instant, by the reference clock.
    pub fn has_all_of(&self, inputs: impl IntoIterator<Item = InputId>, time: Time) -> bool {
        const ENOUGH: usize = 20;
        const NEARLY_ALL: usize = 98;
        !self.is_sample
            && inputs.into_iter().any(|input| {
                let found = self.found.get(&(input, None));
                let (met, all) = found.map_or((0, 0), |found| found.counts_around(time));
                all >= ENOUGH && met * 100 >= all * NEARLY_ALL
            })
    }
}

fn add(found: &mut FoundOfHosts, (input, host): (InputId, Option<HostKey>), request: (Time, bool)) {
    found.entry((input, None)).or_default().0.push(request);
    if host.is_some() {
        found.entry((input, host)).or_default().0.push(request);
    }
}

/// Whether a log of the edge is at hand, and none that is a sample.
pub fn has_whole_edge_log(evidence: &Whole) -> bool {
    let logs = || evidence.inputs.values().filter(|input| input.kind == InputKind::EdgeLog);
    logs().next().is_some() && !logs().any(InputSummary::is_sample)
}

/// From the first record of each log of the edge to the last one, by the reference clock. A record of whole seconds is of any moment of its second.
fn spans_of_edge(evidence: &Whole, clocks: &Clocks) -> Vec<(Time, Time)> {
    let sampled = evidence.samples.of(Seen::Edge).map(|request| (request.input, request.resolution));
    let kept = evidence.edge.iter().map(|row| (row.place.input(), row.record.resolution));
    let mut resolutions: BTreeMap<InputId, Duration> = BTreeMap::new();
    for (input, resolution) in sampled.chain(kept) {
        resolutions.entry(input).and_modify(|known| *known = resolution.max(*known)).or_insert(resolution);
    }
    let logs = evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::EdgeLog);
    logs.filter_map(|(id, input)| {
        let resolution = resolutions.get(id).copied().unwrap_or_default();
        Some((clocks.correct(*id, input.first?), clocks.correct(*id, input.last?.plus(resolution))))
    })
    .collect()
}

/// From the first to the last record of each of these inputs, by the reference clock.
pub(super) fn spans<'e>(
    inputs: impl Iterator<Item = (&'e InputId, &'e InputSummary)>,
    clocks: &Clocks,
) -> Vec<(Time, Time)> {
    let span = |(id, input): (&InputId, &InputSummary)| {
        Some((clocks.correct(*id, input.first?), clocks.correct(*id, input.last?)))
    };
    inputs.filter_map(span).collect()
}

impl FoundInTime {
    /// How many of the requests around an instant the edge's log shows, and how many there are.
    fn counts_around(&self, time: Time) -> (usize, usize) {
        let around = self.around(time);
        (around.iter().filter(|(_, found)| *found).count(), around.len())
    }

    /// The requests of the minute around an instant; where these are few, the nearest ones.
    fn around(&self, time: Time) -> &[(Time, bool)] {
        const HALF_A_MINUTE: Duration = Duration::from_seconds(30);
        const ENOUGH: usize = 20;
        let mut from = self.0.partition_point(|(other, _)| *other < time.plus(-HALF_A_MINUTE));
        let mut to = self.0.partition_point(|(other, _)| *other <= time.plus(HALF_A_MINUTE));
        while to - from < ENOUGH.min(self.0.len()) {
            let before = from.checked_sub(1).and_then(|index| self.0.get(index));
            let before = before.map(|(other, _)| time.since(*other));
            let after = self.0.get(to).map(|(other, _)| other.since(time));
            match (before, after) {
                (Some(before), Some(after)) if before <= after => from -= 1,
                (Some(_), None) => from -= 1,
                _ => to += 1,
            }
        }
        self.0.get(from..to).unwrap_or_default()
    }
}
