//! Incidents drawn from live recordings, with what can be known of each request from the inputs that the draw left. If this breaks, the
//! program is right less often, or sure of what is wrong more often, than when `held.toml` was written. It was fitted with these incidents
//! in sight, so its figures say nothing of others: docs/accuracy.md has those.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod laws;
mod marks;
#[path = "../support/mod.rs"]
mod support;

use marks::{First, Marks, marks};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use support::certainty::broken_laws;
use support::extraction::reported;
use support::recorded::{self, Incident};

/// What `held.toml` holds, and what is measured. Shares are in thousandths.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    first_cause_right: usize,
    wrong_and_sure: usize,
    false_alarms: usize,
    rays_precision: usize,
    rays_recall: usize,
    /// Lines of a request given to one that was never sent.
    law_1_broken: usize,
    /// Lines of a request given to two.
    law_2_broken: usize,
    /// Figures in a cause's sentence that no sign carries.
    law_6_broken: usize,
    /// Laws of certainty (`support/certainty.rs`) that a report breaks.
    certainty_broken: usize,
}

/// One incident's marks, and the laws that it breaks.
struct Outcome {
    name: String,
    marks: Marks,
    /// Lines of requests that were given to requests.
    given: usize,
    broken: Vec<String>,
}

fn outcome(incident: &Incident) -> Outcome {
    let report = reported(&incident.evidence());
    let (given, mut broken) = laws::joins(&incident.evidence());
    broken.extend(laws::figures_without_sign(&report));
    broken.extend(broken_laws(&report).into_iter().map(|law| format!("certainty: {law}")));
    let report = serde_json::to_value(&report).expect("JSON");
    let marks = marks(&report, &incident.expected(), &incident.truth());
    Outcome { name: incident.name.clone(), marks, given, broken }
}

fn figures(outcomes: &[Outcome]) -> Figures {
    let count =
        |wanted: &dyn Fn(&Marks) -> bool| outcomes.iter().filter(|outcome| wanted(&outcome.marks)).count();
    let sum = |of: &dyn Fn(&Marks) -> usize| outcomes.iter().map(|outcome| of(&outcome.marks)).sum::<usize>();
    let broken = |law: &str| {
        let all = outcomes.iter().flat_map(|outcome| &outcome.broken);
        all.filter(|line| line.starts_with(law)).count()
    };
    let failing = count(&|marks| !matches!(marks.first, First::Quiet | First::Alarm));
    let share = |part: usize, whole: usize| part * 1000 / whole.max(1);
    Figures {
        first_cause_right: share(count(&|marks| marks.first == First::Right), failing),
        wrong_and_sure: share(count(&|marks| marks.first == First::Wrong && marks.sure), failing),
        false_alarms: count(&|marks| marks.first == First::Alarm),
        rays_precision: share(sum(&|marks| marks.right), sum(&|marks| marks.named)),
        rays_recall: share(sum(&|marks| marks.found), sum(&|marks| marks.knowable)),
        law_1_broken: broken("law 1"),
        law_2_broken: broken("law 2"),
        law_6_broken: broken("law 6"),
        certainty_broken: broken("certainty"),
    }
}

/// Where `now` is worse than what is held.
fn worse(now: &Figures, held: &Figures) -> Vec<String> {
    let at_least = [
        ("first_cause_right", now.first_cause_right, held.first_cause_right),
        ("rays_precision", now.rays_precision, held.rays_precision),
        ("rays_recall", now.rays_recall, held.rays_recall),
    ];
    let at_most = [
        ("wrong_and_sure", now.wrong_and_sure, held.wrong_and_sure),
        ("false_alarms", now.false_alarms, held.false_alarms),
        ("law_1_broken", now.law_1_broken, held.law_1_broken),
        ("law_2_broken", now.law_2_broken, held.law_2_broken),
        ("law_6_broken", now.law_6_broken, held.law_6_broken),
        ("certainty_broken", now.certainty_broken, held.certainty_broken),
    ];
    let less = at_least.into_iter().filter(|(_, now, held)| now < held);
    let more = at_most.into_iter().filter(|(_, now, held)| now > held);
    less.chain(more).map(|(figure, now, held)| format!("{figure} is {now}, held at {held}")).collect()
}

#[test]
fn drawn_incidents_are_judged_no_worse_than_is_held() {
    let held: Figures = toml::from_str(include_str!("held.toml")).expect("held.toml");
    let recorded = recorded::drawn();
    assert!(recorded.incidents.len() >= 120, "{} drawn incidents", recorded.incidents.len());
    let outcomes: Vec<Outcome> = recorded.incidents.par_iter().map(outcome).collect();
    for Outcome { name, marks, broken, .. } in &outcomes {
        let Marks { first, right, named, found, knowable, .. } = marks;
        println!("{name:12} {first:7?} {right:4} of {named:4} rays right, {found:4} of {knowable:4} found");
        broken.iter().for_each(|line| println!("    {line}"));
    }
    let now = figures(&outcomes);
    let given: usize = outcomes.iter().map(|outcome| outcome.given).sum();
    assert!(given >= 500, "{given} lines were given to requests: too few to hold a law by");
    println!("{} drawn incidents, {given} lines given to requests; figures for held.toml:", outcomes.len());
    println!("{}", toml::to_string(&now).expect("TOML"));
    let worse = worse(&now, &held);
    assert!(worse.is_empty(), "{worse:#?}");
}
