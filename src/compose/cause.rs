//! Ranked causes as the report tells them: summary, evidence, settings, contrast and what to change, each with the measured figures.

use std::collections::BTreeMap;

use super::filling::filled;
use super::place::{evidence, name};
use super::values::{moment, share};
use super::{certainty, figure, ladder, vantage};
use crate::causes::{Cause, Remedy, WantedSetting, find};
use crate::correlate::{Case, Incident};
use crate::diagnose::{Contrast, Diagnosis, RankedCause, VerdictKind, WeighedSign};
use crate::evidence::Place;
use crate::report::model::{
    self, Affected, ChainLink, ChainRole, CheckExpect, ConfidenceTerm, Decimal, Evidence, Remediation,
    Setting, Share,
};
use crate::text::words::{capitalised, thousands};
use crate::time::Time;

/// At most this many pieces of evidence are shown for each cause.
const EVIDENCE_SHOWN: usize = 6;

/// The ranked causes.
pub fn causes(diagnosis: &Diagnosis) -> Vec<model::Cause> {
    diagnosis.causes.iter().enumerate().map(|(index, ranked)| cause(diagnosis, index, ranked)).collect()
}

/// One sentence that a person can paste into a postmortem.
pub fn headline(diagnosis: &Diagnosis) -> String {
    let incident = &diagnosis.incident;
    let failed = incident.cases.len();
    let requests = incident.requests().max(failed as u64);
    match (diagnosis.verdict.kind, diagnosis.causes.first()) {
        (VerdictKind::Healthy, _) => format!("Nothing failed in {} requests", thousands(requests)),
        (VerdictKind::Act(_), Some(first)) => {
            let more = match diagnosis.causes.len() {
                1 => String::new(),
                2 => format!("; a second cause is {}", diagnosis.causes[1].cause.slug),
                count => format!("; {} further causes follow", count - 1),
            };
            // Where more stay unexplained than any cause explains, the sentence must not hide it.
            let rest = match (diagnosis.unexplained.cases.len() as u64, diagnosis.unexplained_rank()) {
                (1, 1) => "; 1 stays unexplained".to_owned(),
                (rest @ 1.., 1) => format!("; {} stay unexplained", thousands(rest)),
                _ => String::new(),
            };
            let (count, failed) = (thousands(first.cases.len() as u64), thousands(failed as u64));
            let share = if count == failed && failed != "1" {
                format!("all {failed} failures")
            } else {
                format!("{count} of {failed} failures")
            };
            format!("{}{}: {share}{more}{rest}", capitalised(&first.cause.title), measured(first, incident))
        }
        _ if failed == 0 => "No request was seen, so nothing can be said of failures".to_owned(),
        (_, first) => of_unexplained(diagnosis, first),
    }
}

/// Where most failures stay unexplained: what is certain of them all the same, and what explains the others.
fn of_unexplained(diagnosis: &Diagnosis, first: Option<&RankedCause>) -> String {
    let (failed, rest) = (diagnosis.incident.cases.len() as u64, diagnosis.unexplained.cases.len() as u64);
    let steps = certainty::of_unexplained(diagnosis);
    let only = match (diagnosis.unexplained.certainty.families.as_slice(), steps.first()) {
        ([_], Some(step)) => format!("; all that is certain is that {}", step.title),
        _ => String::new(),
    };
    match first {
        Some(first) if rest > 0 => format!(
            "{} of {} failures stay unexplained{only}; of the others {} have {}",
            thousands(rest),
            thousands(failed),
            thousands(first.cases.len() as u64),
            first.cause.slug
        ),
        _ => {
            format!("{} requests failed, and the evidence does not name the cause{only}", thousands(failed))
        }
    }
}

/// The figure that is decisive for a cause, as the end of a sentence; empty where it was not measured.
fn measured(ranked: &RankedCause, incident: &Incident) -> String {
    ranked.cause.measured(incident).map_or(String::new(), |measured| format!(", {measured}"))
}

fn cause(diagnosis: &Diagnosis, index: usize, ranked: &RankedCause) -> model::Cause {
    let incident = &diagnosis.incident;
    let cases: Vec<&Case> = ranked.cases.iter().map(|&index| &incident.cases[index]).collect();
    let telling = &incident.cases[ranked.telling];
    let reasons = diagnosis.reasons(ranked.telling);
    let signs = certainty::signs(ranked, diagnosis);
    let connections = cases.iter().filter(|case| case.is_connection_only(&incident.evidence)).count() as u64;
    let (first, last) = (cases.first().map(|case| case.time), cases.last().map(|case| case.time));
    let affected = Affected {
        requests: cases.len() as u64 - connections,
        connections,
        share_of_failures: Share::of(cases.len() as u64, incident.cases.len() as u64),
    };
    model::Cause {
        rank: u32::try_from(index + 1).unwrap_or(u32::MAX),
        slug: ranked.cause.slug.clone(),
        title: ranked.cause.title.clone(),
        layer: ranked.cause.layer.into(),
        who: ranked.cause.who.into(),
        confidence: share(ranked.confidence),
        confidence_interval: None,
        confidence_terms: reasons
            .iter()
            .map(|reason| ConfidenceTerm { text: reason.text.clone(), weight: i64::from(reason.weight) })
            .collect(),
        missing: certainty::missing(&signs),
        certainty: certainty::of_cause(ranked),
        candidates: certainty::candidates(&ranked.certainty.candidates),
        otherwise: certainty::candidates(&ranked.certainty.otherwise),
        form: ranked.form.map(str::to_owned),
        signs,
        summary: summary(ranked, &cases, &reasons, diagnosis),
        affected,
        first: first.map(moment),
        last: last.map(moment),
        edge_statuses: edge_statuses(&cases, incident),
        rays: cases.iter().filter_map(|case| case.ray).map(|ray| ray.to_string()).collect(),
        chain: chain(diagnosis, ranked),
        evidence: pieces_of_evidence(diagnosis, ranked),
        settings: settings(ranked.cause, incident),
        contrast: ranked.contrast.iter().map(contrast).collect(),
        remediation: ranked
            .cause
            .remedies
            .iter()
            .map(|remedy| remediation(remedy, telling, incident))
            .collect(),
        check: filled(&ranked.cause.check, telling, incident),
        check_expect: CheckExpect {
            confirms: ranked.cause.confirms.clone(),
            refutes: ranked.cause.refutes.clone(),
        },
        ladder_case: telling.ray.map(|ray| ray.to_string()),
        ladder: ladder::ladder(telling, &reasons, incident),
        figures: figure::figures(ranked, incident),
    }
}

fn edge_statuses(cases: &[&Case], incident: &Incident) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for status in cases.iter().filter_map(|case| case.edge_status(&incident.evidence)) {
        *counts.entry(status.to_string()).or_default() += 1;
    }
    counts
}

/// A few sentences: how many failures, when, what the clearest case shows, and what sets the failures apart.
fn summary(ranked: &RankedCause, cases: &[&Case], reasons: &[WeighedSign], diagnosis: &Diagnosis) -> String {
    let failed = diagnosis.incident.cases.len() as u64;
    let count = cases.len() as u64;
    let clock = |time: Time| time.to_string().get(11..19).unwrap_or_default().to_owned();
    let (first, last) = (
        cases.first().map_or(Time::default(), |case| case.time),
        cases.last().map_or(Time::default(), |case| case.time),
    );
    let mut sentences = vec![format!(
        "{} of {} failures, from {} to {} UTC{}.",
        thousands(count),
        thousands(failed),
        clock(first),
        clock(last),
        measured(ranked, &diagnosis.incident)
    )];
    if let Some(strongest) = reasons.first().filter(|reason| reason.weight > 0) {
        sentences.push(format!("In the clearest of them {}.", strongest.text));
    }
    if let Some(contrast) = ranked
        .contrast
        .first()
        .filter(|contrast| contrast.differs() && contrast.failing.0 * 2 >= contrast.failing.1)
    {
        let percent = |(part, whole): (u64, u64)| part * 100 / whole.max(1);
        sentences.push(format!(
            "{} % of them, but {} % of the healthy requests, {}.",
            percent(contrast.failing),
            percent(contrast.healthy),
            in_words(contrast)
        ));
    }
    sentences.join(" ")
}

/// An attribute and its value as the end of a sentence about requests.
fn in_words(contrast: &Contrast) -> String {
    let value = &contrast.value;
    match contrast.attribute {
        "edge_range" => format!("come from {value}"),
        "colo" => format!("go through {value}"),
        "country" => format!("are of visitors in {value}"),
        "host" => format!("are to {value}"),
        "method" => format!("are {value}"),
        "path" => format!("ask for {value}"),
        "origin" => format!("go to {value}"),
        "connection" if value == "new" => "go over a new connection".to_owned(),
        "connection" => format!("go over a connection {value}"),
        attribute => format!("have {attribute} {value}"),
    }
}

/// The cause, and what followed from it in the same cases.
fn chain(diagnosis: &Diagnosis, ranked: &RankedCause) -> Vec<ChainLink> {
    let mut consequences: BTreeMap<&str, u64> = BTreeMap::new();
    for &index in &ranked.cases {
        for consequence in &diagnosis.judgements[index].consequences {
            *consequences.entry(&consequence.slug).or_default() += 1;
        }
    }
    let root = ChainLink {
        slug: ranked.cause.slug.clone(),
        role: ChainRole::Root,
        text: ranked.cause.title.clone(),
    };
    let consequences = consequences.into_iter().filter_map(|(slug, count)| {
        let text = format!("{} (in {} of these)", find(slug)?.title, thousands(count));
        Some(ChainLink { slug: slug.to_owned(), role: ChainRole::Consequence, text })
    });
    std::iter::once(root).chain(consequences).collect()
}

/// All evidence of the clearest case, then the strongest piece of each other case; no place twice.
fn pieces_of_evidence(diagnosis: &Diagnosis, ranked: &RankedCause) -> Vec<Evidence> {
    let incident = &diagnosis.incident;
    let mut shown: Vec<(Place, Evidence)> = Vec::new();
    let others = ranked.cases.iter().filter(|&&index| index != ranked.telling);
    for &index in std::iter::once(&ranked.telling).chain(others) {
        let reasons = diagnosis.reasons(index);
        let take = if index == ranked.telling { reasons.len() } else { 1 };
        let ray = incident.cases[index].ray.map(|ray| ray.to_string());
        for reason in reasons.iter().filter(|reason| reason.weight > 0).take(take) {
            let known = shown.iter().any(|(place, _)| Some(*place) == reason.place);
            if let (Some(place), Some(piece), false) =
                (reason.place, evidence(incident, reason, ray.clone()), known)
            {
                shown.push((place, piece));
            }
        }
        if index == ranked.telling {
            shown.extend(vantage::evidence(&incident.cases[index], incident));
        }
        if shown.len() >= EVIDENCE_SHOWN {
            break;
        }
    }
    shown.truncate(EVIDENCE_SHOWN);
    shown.into_iter().map(|(_, piece)| piece).collect()
}

/// The settings among the inputs that matter for a cause, with what they should be.
fn settings(cause: &Cause, incident: &Incident) -> Vec<Setting> {
    let rows = incident.evidence.settings.iter().filter_map(|row| {
        let Place::Line { input, line, .. } = row.place else { return None };
        let same = |wanted: &&WantedSetting| {
            wanted.program == row.setting.program && wanted.directive == row.setting.directive
        };
        let wanted = cause.settings.iter().find(same)?;
        Some(Setting {
            input: name(incident, input).to_owned(),
            line,
            program: row.setting.program.name().to_owned(),
            block: row.setting.block.clone(),
            directive: row.setting.directive.clone(),
            value: row.setting.value.clone(),
            wanted: wanted.wanted.clone(),
        })
    });
    rows.collect()
}

/// An attribute that sets failures apart, or does not.
pub fn contrast(contrast: &Contrast) -> model::Contrast {
    let ratio = |part: (u64, u64)| Share::of(part.0, part.1);
    let lift = || {
        let product = |a: u64, b: u64| i64::try_from(a.saturating_mul(b)).ok();
        Decimal::ratio(
            product(contrast.failing.0, contrast.healthy.1)?,
            product(contrast.failing.1, contrast.healthy.0)?,
        )
    };
    model::Contrast {
        attribute: contrast.attribute.to_owned(),
        value: contrast.value.clone(),
        failing_share: ratio(contrast.failing),
        healthy_share: ratio(contrast.healthy),
        lift: lift(),
        q: share(contrast.q),
        failing: contrast.failing.0,
        healthy: contrast.healthy.0,
        differs: contrast.differs(),
    }
}

fn remediation(remedy: &Remedy, case: &Case, incident: &Incident) -> Remediation {
    Remediation {
        title: remedy.title.clone(),
        target: remedy.target.into(),
        snippet: filled(&remedy.snippet, case, incident),
        why: remedy.why.clone(),
        risk: remedy.risk.clone(),
        rollback: remedy.rollback.clone(),
    }
}
