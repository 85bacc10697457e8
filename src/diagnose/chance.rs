//! What chance lets lines and failures meet. Nearness in time ties a line of a process or a host to a request, and on a busy server lines are
//! near to everything.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::causes;
use crate::correlate::{Attempt, Case, Happened, Incident, Outcome};
use crate::evidence::InputId;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::failure::Failure;
use crate::evidence::sample::Seen;
use crate::signs::{self, Death, Sign, Viewpoint};
use crate::time::{Duration, Time};

/// Moments enough to know a share to within a few per cent.
const ENOUGH: usize = 400;
/// So seldom chance lets lines and failures meet as often as they do.
const NO_CHANCE: f64 = 0.001;

/// A parent notices a death at once or within a second, and clocks that agree differ by a little.
const DEATH_BEFORE: Duration = Duration::from_milliseconds(250);
const DEATH_AFTER: Duration = Duration::from_milliseconds(1250);
/// So many failures at least go with as many deaths, and all but one in so many of either.
const FEWEST_DEATHS: usize = 4;
const ONE_WITHOUT_IN: usize = 10;

/// For each sign that nearness in time alone ties to a request: in which share of the incident's healthy moments it is seen. 0 for all
/// others, and where the failures that its causes bring about meet its lines more often than chance lets them, or go with them one to one.
pub fn by_chance(incident: &Incident, happened: &[Happened]) -> Vec<f64> {
    let moments = MomentsHeld { healthy: healthy_moments(incident), cut_and_healed: OnceCell::new() };
    signs::ALL
        .iter()
        .enumerate()
        .map(|(number, sign)| of_sign(number, sign, &moments, incident, happened))
        .collect()
}

/// When healthy requests were there, and when the origin cut off attempts that no visitor met, by the reference clock.
struct MomentsHeld {
    healthy: Vec<Time>,
    /// Looked for where enough processes died, which is seldom.
    cut_and_healed: OnceCell<Vec<Time>>,
}

/// When captured attempts got no answer of which no case knows: the edge tried again. Who dies cuts them off as it does the others.
fn cut_and_healed(incident: &Incident) -> Vec<Time> {
    let evidence = &incident.evidence;
    let known: BTreeSet<Attempt> =
        incident.cases.iter().flat_map(|case| case.attempts.iter().copied()).collect();
    let mut ends = Vec::new();
    for (connection, row) in evidence.connections.indexed() {
        let is_cut = (0..).zip(&row.exchanges).any(|(exchange, kept)| {
            let attempt = Attempt { connection, exchange: Some(exchange) };
            kept.failure == Some(Failure::NoResponse) && !known.contains(&attempt)
        });
        let end = row.ended_by_server().filter(|_| is_cut);
        ends.extend(end.map(|at| incident.clocks.correct(row.input(), at.time)));
    }
    ends
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

fn of_sign(
    number: usize,
    sign: &Sign,
    MomentsHeld { healthy: moments, cut_and_healed }: &MomentsHeld,
    incident: &Incident,
    happened: &[Happened],
) -> f64 {
    let none = BTreeSet::new();
    let healthy = |but: &BTreeSet<InputId>| {
        moments.iter().filter(|moment| sign.meets_but(incident, (**moment, **moment), but)).count() as u64
    };
    let healthy_but_none = healthy(&none);
    if healthy_but_none == 0 {
        return 0.0;
    }
    let causes: Vec<_> = causes::ALL.iter().filter(|cause| cause.expectations.of(number).is_some()).collect();
    let concerned =
        |happened: &Happened| causes.iter().any(|cause| cause.expectations.brings_about(happened.outcome));
    let failing = incident.cases.iter().zip(happened).filter(|(_, happened)| concerned(happened));
    let failing: Vec<_> = failing.map(|(case, happened)| (case, happened.outcome)).collect();
    let deaths = sign.deaths(incident);
    if deaths.len() >= FEWEST_DEATHS {
        let ended = failing.iter().filter(|(_, outcome)| *outcome != Outcome::Status);
        let ended: Vec<Time> = ended.map(|(case, _)| case.end).collect();
        let healed = cut_and_healed.get_or_init(|| self::cut_and_healed(incident));
        let all = [&ended[..], healed].concat();
        if goes_one_to_one(ended, &deaths) || goes_one_to_one(all, &deaths) {
            return 0.0;
        }
    }
    // Of deaths each counts once, however many lines tell of it.
    if deaths.is_empty() && stands_beside(sign, &failing, incident) {
        return 0.0;
    }
    let explained = explained(deaths, &failing, incident);
    let healthy = if explained.is_empty() { healthy_but_none } else { healthy(&explained) };
    let met =
        failing.iter().filter(|(case, _)| sign.meets_but(incident, sign.span(case), &explained)).count();
    let (met, failing, all) = (met as u64, failing.len() as u64, moments.len() as u64);
    if healthy == 0 || chance_of_more((met, failing), (healthy, all)) < NO_CHANCE {
        0.0
    } else {
        healthy as f64 / all as f64
    }
}

/// Whether nearly all failures to which its lines are near are of those beside which such lines stand, one for each: so chance lays no lines.
fn stands_beside(sign: &Sign, failing: &[(&Case, Outcome)], incident: &Incident) -> bool {
    let machines = &incident.population.machines;
    let Some(kinds) = sign.kinds_of_lines().filter(|kinds| machines.stand_beside_any(kinds)) else {
        return false;
    };
    let near = failing.iter().filter(|(case, _)| sign.meets(incident, sign.span(case)));
    let (mut all, mut beside) = (0, 0);
    for (case, _) in near {
        let left = machines.left_beside(case, &incident.evidence);
        all += 1;
        beside += usize::from(left.iter().any(|(_, kind)| kinds.contains(kind)));
    }
    all > 0 && (all - beside) * ONE_WITHOUT_IN <= all
}

/// The logs that tell of processes which died one to one with failures that were their machine's own: no chance made them, whatever dies on others.
fn explained(deaths: Vec<Death>, failing: &[(&Case, Outcome)], incident: &Incident) -> BTreeSet<InputId> {
    let machines = &incident.population.machines;
    let mut of_machines: BTreeMap<Option<usize>, Vec<Death>> = BTreeMap::new();
    for death in deaths {
        of_machines.entry(machines.machine_of(death.input)).or_default().push(death);
    }
    of_machines.retain(|_, deaths| deaths.len() >= FEWEST_DEATHS);
    if of_machines.is_empty() {
        return BTreeSet::new();
    }
    let cut = failing.iter().filter(|(case, outcome)| is_cut(case, *outcome, incident));
    let cut: Vec<&Case> = cut.map(|(case, _)| *case).collect();
    let inputs = |deaths: &[Death]| deaths.iter().map(|death| death.input).collect::<BTreeSet<_>>();
    let explains = |deaths: &Vec<Death>| {
        let logs = inputs(deaths);
        let is_own = |case: &Case| {
            let evidence = &incident.evidence;
            logs.iter().any(|log| {
                machines.may_concern(*log, case, evidence) && !machines.may_be_anothers(*log, case, evidence)
            })
        };
        let own = cut.iter().filter(|case| is_own(case));
        goes_one_to_one(own.map(|case| case.end).collect(), deaths)
    };
    of_machines.values().filter(|deaths| explains(deaths)).flat_map(|deaths| inputs(deaths)).collect()
}

/// Whether whoever served it may have died. It leaves its request without an answer; for one that stands behind another the other answers, and says so.
fn is_cut(case: &Case, outcome: Outcome, incident: &Incident) -> bool {
    let says_so = || {
        let sign = signs::number_of("upstream-closed-line").map(|number| signs::ALL[number]);
        let look = Viewpoint::of(case, incident);
        sign.is_some_and(|sign| sign.observe(&look).state() == Some(true))
    };
    outcome != Outcome::Status || says_so()
}

/// Whether nearly every request ended as a process of its own died: chance makes neither as many deaths as failures nor a failure at each. Clocks of
/// whole seconds round down, so a death may be as much later as its resolution.
fn goes_one_to_one(mut ends: Vec<Time>, deaths: &[Death]) -> bool {
    let mut deaths = deaths.to_vec();
    ends.sort_unstable();
    deaths.sort_unstable();
    let mut waiting = deaths.iter().peekable();
    let mut pairs = 0;
    for end in &ends {
        let (from, to) = (end.plus(-DEATH_BEFORE), end.plus(DEATH_AFTER));
        while waiting.next_if(|death| death.at.plus(death.resolution) < from).is_some() {}
        pairs += usize::from(waiting.next_if(|death| death.at <= to).is_some());
    }
    let without = ends.len().max(deaths.len()) - pairs;
    pairs >= FEWEST_DEATHS && without * ONE_WITHOUT_IN <= ends.len().max(deaths.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(of: impl IntoIterator<Item = i64>) -> Vec<Time> {
        of.into_iter().map(|second| Time(second * 1_000_000_000)).collect()
    }

    fn died(at: Vec<Time>, resolution: Duration) -> Vec<Death> {
        at.into_iter().map(|at| Death { at, resolution, input: InputId(0) }).collect()
    }

    #[test]
    fn a_death_for_each_failure_is_no_chance_and_a_log_full_of_deaths_is() {
        let failures = || seconds((0..20).map(|number| number * 2));
        let deaths = |seconds: Vec<Time>| died(seconds, Duration::NANOSECOND);
        assert!(goes_one_to_one(failures(), &deaths(failures())));
        assert!(!goes_one_to_one(failures(), &deaths(seconds(0..40))), "twice as many deaths as failures");
        assert!(!goes_one_to_one(failures(), &deaths(seconds((0..20).map(|number| number * 2 + 100)))));
        assert!(!goes_one_to_one(seconds(0..3), &deaths(seconds(0..3))), "too few");
    }

    #[test]
    fn a_log_of_whole_seconds_dates_deaths_before_the_failures_that_they_are() {
        let ends = || (0..20).map(|number| Time(number * 2_700_000_000)).collect::<Vec<Time>>();
        let told = |resolution: Duration| {
            let floor = |at: Time| Time(at.0 / 1_000_000_000 * 1_000_000_000);
            goes_one_to_one(ends(), &died(ends().into_iter().map(floor).collect(), resolution))
        };
        assert!(told(Duration::SECOND));
        assert!(!told(Duration::NANOSECOND));
    }
}
