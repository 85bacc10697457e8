//! The verdict in one sentence.

use super::certainty;
use crate::correlate::{CountedIn, Incident};
use crate::diagnose::{Diagnosis, RankedCause, VerdictKind, refused};
use crate::report::model::Population;
use crate::report::text::counted;
use crate::text::words::{capitalised, thousands};

/// One sentence that a person can paste into a postmortem.
pub fn headline(diagnosis: &Diagnosis) -> String {
    let incident = &diagnosis.incident;
    match (diagnosis.verdict.kind, diagnosis.causes.first()) {
        (VerdictKind::Healthy, _) => healthy(incident),
        (VerdictKind::Act(_), Some(first)) => named(diagnosis, first),
        _ if incident.counted.failures() == 0 => not_seen(diagnosis),
        (_, first) => of_unexplained(diagnosis, first),
    }
}

/// Nothing failed. Where many requests were refused all the same, the sentence must not hide it.
fn healthy(incident: &Incident) -> String {
    let told = refused(incident).into_iter().map(|(status, count)| {
        let verb = if count == 1 { "was" } else { "were" };
        format!("{} {verb} answered {status}", thousands(count))
    });
    let told: Vec<String> = told.collect();
    let refused = match told.is_empty() {
        true => String::new(),
        false => format!(", but {}", told.join(" and ")),
    };
    format!("Nothing failed in {}{refused}", counted(incident.requests(), "request"))
}

/// Nothing was seen to fail, and why that says little.
fn not_seen(diagnosis: &Diagnosis) -> String {
    let requests = diagnosis.incident.requests();
    let why = diagnosis.unexplained.unseen.first().map_or("their outcomes were not seen", String::as_str);
    match requests {
        0 => format!("{}, so nothing can be said of failures", capitalised(why)),
        _ => format!("No failure was seen in {}, but {why}", counted(requests, "request")),
    }
}

fn named(diagnosis: &Diagnosis, first: &RankedCause) -> String {
    let incident = &diagnosis.incident;
    let more = match diagnosis.causes.len() {
        1 => String::new(),
        2 => format!("; a second cause is {}", diagnosis.causes[1].cause.slug),
        count => format!("; {} further causes follow", count - 1),
    };
    // Where more stay unexplained than any cause explains, the sentence must not hide it.
    let rest = match (diagnosis.unexplained.failures(), diagnosis.unexplained_rank()) {
        (1, 1) => "; 1 stays unexplained".to_owned(),
        (rest @ 1.., 1) => format!("; {} stay unexplained", thousands(rest)),
        _ => String::new(),
    };
    let (count, failed) = (thousands(first.failures), thousands(incident.counted.failures()));
    let noun = noun(incident);
    let share = if count == failed && failed != "1" {
        format!("all {failed} {noun}")
    } else {
        format!("{count} of {failed} {noun}")
    };
    format!("{}{}: {share}{more}{rest}", capitalised(&first.cause.title), measured(first, incident))
}

/// What is counted, in words.
fn noun(incident: &Incident) -> &'static str {
    match incident.counted.unit {
        CountedIn::Requests => "failures",
        CountedIn::Connections => "failed connections",
    }
}

/// Where most failures stay unexplained: what is certain of them all the same, and what explains the others.
fn of_unexplained(diagnosis: &Diagnosis, first: Option<&RankedCause>) -> String {
    let incident = &diagnosis.incident;
    let (failed, rest) = (incident.counted.failures(), diagnosis.unexplained.failures());
    let steps = certainty::of_unexplained(diagnosis);
    let only = match (diagnosis.unexplained.certainty.families.as_slice(), steps.first()) {
        ([_], Some(step)) => format!("; all that is certain is that {}", step.title),
        _ => String::new(),
    };
    match first {
        Some(first) if rest > 0 => format!(
            "{} of {} {} stay unexplained{only}; of the others {} have {}",
            thousands(rest),
            thousands(failed),
            noun(incident),
            thousands(first.failures),
            first.cause.slug
        ),
        _ => {
            let failed = counted(failed, Population::from(incident.counted.unit).noun());
            format!("{failed} failed, and the evidence does not name the cause{only}")
        }
    }
}

/// The figure that is decisive for a cause, as the end of a sentence; empty where it was not measured.
pub fn measured(ranked: &RankedCause, incident: &Incident) -> String {
    ranked.cause.measured(incident).map_or(String::new(), |measured| format!(", {measured}"))
}
