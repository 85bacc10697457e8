//! From when to when inputs tell: by their own words, and by the reference clock.

use crate::correlate::whole::Whole;
use crate::evidence::{InputId, InputSummary, Place};
use crate::time::{Duration, Time};

/// The first and the last instant of a log, by its own words.
pub(super) type TimesTold = ((Time, Place), (Time, Place));

/// Those of an input; `None` where it tells of none.
pub(super) fn times_told(input: InputId, summary: &InputSummary) -> Option<TimesTold> {
    let place = |line| Place::Line { input, line, before: 0 };
    Some(((summary.first?, place(1)), (summary.last?, place(u64::MAX))))
}

/// From when to when a log tells, by the reference clock, if its zone is this.
pub(super) fn in_zone(told: &TimesTold, zone: Duration, at: &dyn Fn(Place, Time) -> Time) -> (Time, Time) {
    let ((first, at_first), (last, at_last)) = *told;
    (at(at_first, first.plus(zone)), at(at_last, last.plus(zone)))
}

/// From when to when all inputs of a kind tell together, by the reference clock.
pub(super) fn span_of(
    evidence: &Whole,
    is_of_kind: impl Fn(InputId, &InputSummary) -> bool,
    at: &dyn Fn(Place, Time) -> Time,
) -> Option<(Time, Time)> {
    let of_kind = evidence.inputs.iter().filter(|(input, summary)| is_of_kind(**input, summary));
    let told = of_kind.filter_map(|(input, summary)| times_told(*input, summary));
    let spans = told.map(|told| in_zone(&told, Duration::ZERO, at));
    spans.reduce(|(first, last), span| (first.min(span.0), last.max(span.1)))
}
