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
        (_, first) => of_unexplained(diagnosis, first.filter(|first| first.failures > 0)),
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

/// What the causes are called, and how many failures each has. A second one that is about as large is named, too; a manager must not learn of it
/// on the second page.
fn named(diagnosis: &Diagnosis, first: &RankedCause) -> String {
    let incident = &diagnosis.incident;
    let failed = incident.counted.failures();
    let told = capitalised(&first.cause.told(incident));
    // Where more stay unexplained than any cause explains, the sentence must not hide it.
    let rest = match (diagnosis.unexplained.failures(), diagnosis.unexplained_rank()) {
        (1, 1) => Some("1 stays unexplained".to_owned()),
        (rest @ 1.., 1) => Some(format!("{} stay unexplained", thousands(rest))),
        _ => None,
    };
    let others = others(diagnosis, first);
    let (count, noun) = (thousands(first.failures), noun(failed, incident));
    let share = match first.failures == failed {
        true if failed == 1 => format!("the only {noun}"),
        true => format!("all {count} {noun}"),
        false => format!("{count} of {} {noun}", thousands(failed)),
    };
    match (others.is_empty(), rest) {
        (true, None) => format!("{told}: {share}"),
        (true, Some(rest)) => format!("{told}: {share}; {rest}"),
        (false, rest) => {
            let parts: Vec<String> = others.into_iter().chain(rest).collect();
            format!("{told} ({share}), {}", in_a_row(&parts))
        }
    }
}

/// The causes behind the first: the second by its name where it is about as large or the only one, the others by their number; and what befell most of what
/// failed beside the failures.
fn others(diagnosis: &Diagnosis, first: &RankedCause) -> Vec<String> {
    let behind_first = diagnosis.causes.get(1..).unwrap_or_default();
    let (of_failures, beside): (Vec<&RankedCause>, Vec<&RankedCause>) =
        behind_first.iter().partition(|cause| cause.failures > 0);
    let mut rest = of_failures.as_slice();
    let mut parts = Vec::new();
    if let [second, behind @ ..] = rest
        && (behind.is_empty() || second.failures.saturating_mul(2) >= first.failures)
    {
        parts.push(format!("{} ({})", second.cause.told(&diagnosis.incident), thousands(second.failures)));
        rest = behind;
    }
    let failures = thousands(rest.iter().map(|cause| cause.failures).sum());
    match rest.len() {
        0 => {}
        1 => parts.push(format!("a further cause ({failures})")),
        count => parts.push(format!("{count} further causes ({failures})")),
    }
    parts.extend(beside.first().map(|beside| {
        let noun = Population::from(diagnosis.incident.counted.unit).beside().noun();
        let cases = counted(beside.cases.len() as u64, noun);
        format!("{} ({cases} beside these)", beside.cause.told(&diagnosis.incident))
    }));
    parts
}

/// `and a`; `b, and c`.
fn in_a_row(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => format!("and {only}"),
        [before @ .., last] => format!("{}, and {last}", before.join(", ")),
    }
}

/// What is counted, in words.
fn noun(count: u64, incident: &Incident) -> &'static str {
    match (incident.counted.unit, count) {
        (CountedIn::Requests, 1) => "failure",
        (CountedIn::Requests, _) if incident.unjudged.all() > 0 => "sampled failures",
        (CountedIn::Connections, _) if incident.unjudged.all() > 0 => "sampled failed connections",
        (CountedIn::Requests, _) => "failures",
        (CountedIn::Connections, 1) => "failed connection",
        (CountedIn::Connections, _) => "failed connections",
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
        Some(first) if rest > 0 => {
            let stay = if rest == 1 { "stays" } else { "stay" };
            let explained = failed.saturating_sub(rest);
            let others = match first.failures == explained {
                true => format!("the other {}", thousands(explained)),
                false => format!("{} of the others", thousands(first.failures)),
            };
            format!(
                "{} of {} {} {stay} unexplained{only}; {others}: {}",
                thousands(rest),
                thousands(failed),
                noun(failed, incident),
                first.cause.told(incident)
            )
        }
        _ => {
            let failed = counted(failed, Population::from(incident.counted.unit).noun());
            format!("{failed} failed, and the evidence does not name the cause{only}")
        }
    }
}
