//! Moments in order of time: how many lie in a span, and when the seconds are by which captures count connections.

use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::InputKind;
use crate::time::{Duration, Time};

/// When a second begins, by the reference clock, in which captures count connections: by their own clock, of which there is one but where several machines
/// captured.
pub(super) fn counted_seconds(evidence: &Whole, clocks: &Clocks) -> impl Fn(i64) -> Time {
    let mut captures = evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::Capture);
    let capture = captures.next().map(|(&capture, _)| capture);
    move |second| {
        let time = Time::from_seconds(second, 0);
        capture.map_or(time, |capture| clocks.correct(capture, time))
    }
}

/// How many lie between two moments, both included.
pub(super) fn count_between(moments: &[Time], from: Time, to: Time) -> usize {
    let before = moments.partition_point(|moment| *moment < from);
    moments.partition_point(|moment| *moment <= to).saturating_sub(before)
}

/// How many lie no further from a moment than so long.
pub(super) fn count_near(moments: &[Time], time: Time, within: Duration) -> usize {
    count_between(moments, time.plus(-within), time.plus(within))
}
