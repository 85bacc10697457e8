//! What chance lets lines and failures meet. Nearness in time ties a line of a process or a host to a request, and on a busy server lines are
//! near to everything.

use crate::causes;
use crate::correlate::{Happened, Incident};
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::sample::Seen;
use crate::signs::{self, Sign};
use crate::time::Time;

/// Moments enough to know a share to within a few per cent.
const ENOUGH: usize = 400;
/// So seldom chance lets lines and failures meet as often as they do.
const NO_CHANCE: f64 = 0.001;

/// For each sign that nearness in time alone ties to a request: in which share of the incident's healthy moments it is seen. 0 for all
/// others, and where the failures that its causes bring about meet its lines more often than chance lets them.
pub fn by_chance(incident: &Incident, happened: &[Happened]) -> Vec<f64> {
    let moments = healthy_moments(incident);
    signs::ALL
        .iter()
        .enumerate()
        .map(|(number, sign)| of_sign(number, sign, &moments, incident, happened))
        .collect()
}

/// Moments of healthy requests, by the reference clock: at them a line has nothing to do with a failure.
fn healthy_moments(incident: &Incident) -> Vec<Time> {
    let of = |seen| -> Vec<Time> {
        let moments = incident.evidence.samples.of(seen).take(ENOUGH);
        moments.map(|request| incident.clocks.correct(request.input, request.time)).collect()
    };
    [Seen::Edge, Seen::Capture, Seen::Access]
        .into_iter()
        .map(of)
        .find(|moments| !moments.is_empty())
        .unwrap_or_default()
}

fn of_sign(number: usize, sign: &Sign, moments: &[Time], incident: &Incident, happened: &[Happened]) -> f64 {
    let meets = |span: (Time, Time)| sign.meets(incident, span);
    let healthy = moments.iter().filter(|moment| meets((**moment, **moment))).count() as u64;
    if healthy == 0 {
        return 0.0;
    }
    let causes: Vec<_> = causes::ALL.iter().filter(|cause| cause.expectations.of(number).is_some()).collect();
    let concerned =
        |happened: &Happened| causes.iter().any(|cause| cause.expectations.brings_about(happened.outcome));
    let failing = incident.cases.iter().zip(happened).filter(|(_, happened)| concerned(happened));
    let (met, failing) =
        failing.fold((0, 0), |(met, all), (case, _)| (met + u64::from(meets(sign.span(case))), all + 1));
    let all = moments.len() as u64;
    if chance_of_more((met, failing), (healthy, all)) < NO_CHANCE { 0.0 } else { healthy as f64 / all as f64 }
}
