//! Requests as each source saw them, by their rays: what clocks are compared by.

use std::collections::BTreeMap;

use crate::correlate::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, HarRow, InputId, KeptExchange};
use crate::ray::{Ray, RayAtColo};
use crate::time::{Duration, Time};

/// A request at one source: where, when it began and was over there, and how finely the source tells time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SeenRequest {
    pub input: InputId,
    /// By the source's own clock.
    pub start: Time,
    pub end: Option<Time>,
    /// Of the source's clock.
    pub resolution: Duration,
}

/// The requests of each ray, each input's first: of several attempts the first is the one that the edge's start belongs to. `apart`
/// corrects captures to the clock of their folder.
pub(super) fn seen_requests(
    evidence: &Whole,
    apart: impl Fn(InputId) -> Duration,
) -> BTreeMap<Ray, Vec<SeenRequest>> {
    let healthy = [Seen::Edge, Seen::Capture, Seen::Access, Seen::Har]
        .into_iter()
        .flat_map(|seen| evidence.samples.of(seen))
        .filter_map(of_sample);
    let exchanges =
        evidence.connections.iter().flat_map(|row| row.exchanges.iter().map(move |kept| (row, kept)));
    let all = healthy
        .chain(evidence.edge.iter().filter_map(of_edge))
        .chain(evidence.access.iter().filter_map(of_access))
        .chain(evidence.har.iter().filter_map(of_har))
        .chain(exchanges.filter_map(|(row, kept)| of_exchange(row, kept)));
    let mut requests: BTreeMap<Ray, Vec<SeenRequest>> = BTreeMap::new();
    for (ray, seen) in all {
        let apart = apart(seen.input);
        let end = seen.end.map(|end| end.plus(apart));
        requests.entry(ray).or_default().push(SeenRequest { start: seen.start.plus(apart), end, ..seen });
    }
    for seen in requests.values_mut() {
        seen.sort_unstable();
        seen.dedup_by_key(|seen| seen.input);
    }
    requests
}

fn of_sample(request: &HealthyRequest) -> Option<(Ray, SeenRequest)> {
    let &HealthyRequest { ray, input, time, end, resolution, .. } = request;
    Some((ray?, SeenRequest { input, start: time, end, resolution }))
}

fn of_edge(EdgeRow { place, record }: &EdgeRow) -> Option<(Ray, SeenRequest)> {
    let (start, end, resolution) = (record.start, record.end, record.resolution);
    Some((record.ray?, SeenRequest { input: place.input(), start, end, resolution }))
}

fn of_access(AccessRow { place, line }: &AccessRow) -> Option<(Ray, SeenRequest)> {
    let (start, end, resolution) = (line.start(), line.end(), line.resolution);
    Some((line.ray?.ray, SeenRequest { input: place.input(), start, end, resolution }))
}

fn of_har(HarRow { place, entry }: &HarRow) -> Option<(Ray, SeenRequest)> {
    let start = entry.start?;
    let end = entry.duration.map(|duration| start.plus(duration));
    Some((entry.ray?.ray, SeenRequest { input: place.input(), start, end, resolution: Duration::NANOSECOND }))
}

fn of_exchange(row: &ConnectionRow, kept: &KeptExchange) -> Option<(Ray, SeenRequest)> {
    let request = kept.exchange.request.as_ref()?;
    let RayAtColo { ray, .. } = request.ray?;
    let end = kept.exchange.response.as_ref().map(|response| response.last.time);
    let input = row.place(request.first).input();
    Some((ray, SeenRequest { input, start: request.first.time, end, resolution: Duration::NANOSECOND }))
}
