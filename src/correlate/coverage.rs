//! How far the evidence reaches: what would be in it, had it happened.

use std::collections::BTreeSet;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{InputId, InputKind};
use crate::facts::ranges::EdgeRanges;
use crate::time::Duration;

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
