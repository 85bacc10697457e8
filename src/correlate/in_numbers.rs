//! What is a failure only in numbers: visitors who leave.

use super::case::Case;
use super::timer::{Timer, ToldWaits, ended_by_visitors, held_when_given_up, same_timer, waited_in_vain};
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::time::Duration;

/// Takes out of the cases those that visitors ended, where packets alone tell of them: what the edge closed while an answer was due. `aborts` are those of which
/// records and lines tell.
pub(super) fn left_by_visitors(cases: &mut Vec<Case>, aborts: &[Case], evidence: &Whole) -> Vec<Case> {
    let waited = |case: &Case| {
        let is_told = case.edge.is_some() || case.har.is_some() || case.failure != Failure::GivenUp;
        // An edge that finds the rest of an earlier answer in the place of this one waits for nothing.
        let is_out_of_step = || case.exchanges(evidence).any(|(_, kept)| kept.overrun_before.is_some());
        waited_in_vain(case, evidence).filter(|_| !is_told && !is_out_of_step())
    };
    let waits: Vec<_> = cases.iter().filter_map(waited).collect();
    let of_status = |cases: &[Case], status: u16| {
        let told = cases.iter().filter(|case| case.edge_status(evidence) == Some(status));
        told.filter_map(|case| waited_in_vain(case, evidence)).collect()
    };
    let told = ToldWaits { by_visitors: of_status(aborts, 499), by_edge: of_status(cases, 524) };
    let mut by_visitors = ended_by_visitors(&waits, &told).into_iter();
    let left = cases.extract_if(.., |case| waited(case).is_some() && by_visitors.next() == Some(true));
    left.map(|case| Case { failure: Failure::ClientAbort, ..case }).collect()
}

/// Requests that were ended before they were answered, by what ended them.
pub(super) struct Aborts {
    /// The edge gave up on the origin.
    pub by_edge: Vec<Case>,
    /// Visitors left.
    pub by_visitors: Vec<Case>,
}

impl Aborts {
    /// Where no edge record tells, a 499 of the origin's log or a closed connection is the edge's doing if it came at the edge's timer, or as the other requests
    /// were left that the edge gave up on.
    pub(super) fn of(
        aborts: Vec<Case>,
        cases: &[Case],
        evidence: &Whole,
        edge_gives_up: Option<Timer>,
    ) -> Aborts {
        let held_when_given_up = held_when_given_up(cases, &aborts, evidence);
        let is_by_edge = |case: &Case| {
            let logged = case.access(evidence).find_map(|row| row.line.request_time);
            let is = |timer: Option<Timer>, waited: Option<Duration>| {
                timer.zip(waited).is_some_and(|(timer, waited)| same_timer(waited, timer.duration))
            };
            let waited = logged.or_else(|| waited_in_vain(case, evidence));
            case.edge.is_none() && (is(edge_gives_up, waited) || is(held_when_given_up, logged))
        };
        let (by_edge, by_visitors): (Vec<Case>, _) = aborts.into_iter().partition(is_by_edge);
        let by_edge = by_edge.into_iter().map(|case| Case { failure: Failure::GivenUp, ..case }).collect();
        Aborts { by_edge, by_visitors }
    }
}

/// Rule 5 of *What is a failure*: of so many `requests`, visitors who leave are a failure only in numbers.
pub(super) fn aborts_are_a_failure(aborts: &[Case], requests: u64) -> bool {
    const MANY: u64 = 20;
    let many = aborts.iter().filter(|case| case.failure == Failure::ClientAbort).count() as u64;
    many >= MANY && many * 20 >= requests
}
