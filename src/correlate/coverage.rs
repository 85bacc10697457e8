//! How far the evidence reaches: what would be in it, had it happened.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId, InputKind};
use crate::facts::ranges::EdgeRanges;
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Whether any address of the edge was seen: else the roles are a guess.
pub fn edge_seen(evidence: &Whole, ranges: &EdgeRanges) -> bool {
    let captured = || evidence.tallies.reached.keys().any(|(address, _)| ranges.contains(*address));
    let has_edge_log = || evidence.inputs.values().any(|input| input.kind == InputKind::EdgeLog);
    !evidence.has(InputKind::Capture) || has_edge_log() || captured()
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

/// What the edge's log would show of the requests that an origin logs: those of its span of time, where it is not a sample, and only of
/// logs whose healthy requests are found in it. An origin may serve hosts that do not go through the edge.
#[derive(Clone, Debug, Default)]
pub struct EdgeCoverage {
    /// From the first to the last record of each log of the edge, by the reference clock.
    spans: Vec<(Time, Time)>,
    is_sample: bool,
    /// Of the healthy requests of an access log that the edge's log would show, those that it shows, and all.
    found: BTreeMap<InputId, (u64, u64)>,
}

impl EdgeCoverage {
    /// Of the logs among the evidence.
    pub fn of(evidence: &Whole, clocks: &Clocks) -> EdgeCoverage {
        let logs = || evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::EdgeLog);
        let span = |(id, input): (&InputId, &crate::evidence::InputSummary)| {
            Some((clocks.correct(*id, input.first?), clocks.correct(*id, input.last?)))
        };
        let rows = evidence.edge.iter().filter_map(|row| row.record.ray);
        let rays: BTreeSet<Ray> =
            evidence.samples.of(Seen::Edge).filter_map(|request| request.ray).chain(rows).collect();
        let mut found: BTreeMap<InputId, (u64, u64)> = evidence.keys.found_at_edge();
        for request in evidence.samples.of(Seen::Access) {
            let ray = request.ray.filter(|ray| evidence.samples.would_hold(Seen::Edge, *ray));
            if let Some(ray) = ray {
                let (shown, all) = found.entry(request.input).or_default();
                *shown += u64::from(rays.contains(&ray));
                *all += 1;
            }
        }
        EdgeCoverage {
            spans: logs().filter_map(span).collect(),
            is_sample: logs().any(|(_, input)| input.intervals.commonest() > 1),
            found,
        }
    }

    /// Whether the edge's log would show the request of a line that began at an instant, by the reference clock.
    pub fn would_show(&self, row: &AccessRow, time: Time) -> bool {
        // Where little of it is found, the log is of other hosts or of another time. A few requests tell nothing.
        const TELLING: u64 = 5;
        let covers = |(first, last): &(Time, Time)| *first <= time && time <= *last;
        let (shown, all) = self.found.get(&row.place.input()).copied().unwrap_or_default();
        !self.is_sample && self.spans.iter().any(covers) && (all < TELLING || shown * 2 >= all)
    }
}
