//! Builds the report's model from a diagnosis: typed values become the words and figures that people and scripts read. Nothing is
//! decided here. What others wrote becomes a text of the model through the redactor alone.

mod audit;
mod case;
mod causality;
mod cause;
mod certainty;
mod certificates;
mod chains;
mod checks;
mod estimate;
mod figure;
mod filling;
mod headline;
mod input;
mod ladder;
mod listing;
mod pem;
mod place;
mod publicity;
mod remedies;
mod serving;
mod story;
mod story_event;
mod timeline;
mod totals;
mod undecided;
mod values;
mod vantage;
mod words;

use crate::correlate::Incident;
use crate::diagnose::Diagnosis;
use crate::evidence::InputKind;
use crate::facts::roots;
use crate::ray::Ray;
use crate::report::model::{self, Decimal, Report};
use crate::report::redaction::{Redactor, ReportText};
use crate::time::Duration;

pub use crate::report::redaction::Redaction;
pub use pem::certificate_files;
pub use publicity::redactor;
use values::{decimal, seconds, share};

/// The story of a request that did not fail, line by line; empty where no input shows its ray.
pub fn sightings(incident: &Incident, ray: Ray, redactor: &Redactor<'_>) -> Vec<ReportText> {
    let case = incident.asked_for.get(&ray);
    let lines = case.map_or(Vec::new(), |case| story::story(case, incident, redactor.redaction()));
    redactor.texts(lines)
}

/// Builds the report.
pub fn report(diagnosis: &Diagnosis, redaction: Redaction) -> Report {
    report_with(diagnosis, &redactor(&diagnosis.incident, redaction))
}

/// Builds the report, with the pseudonyms that what is written beside it has, too.
pub fn report_with(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Report {
    listing(listing::listed(diagnosis), diagnosis, redactor)
}

/// The report that lists the failing requests of one ray alone. A visitor is called in it as in the whole report, where the redactor made that before.
pub fn report_about(diagnosis: &Diagnosis, ray: Ray, redactor: &Redactor<'_>) -> Report {
    listing(case::of_ray(ray, diagnosis), diagnosis, redactor)
}

/// The report with these cases. Texts are made in the order of these lines: so are pseudonyms.
fn listing(cases: Vec<usize>, diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Report {
    let incident = &diagnosis.incident;
    Report {
        redacted: redactor.redaction() == Redaction::On,
        cases_omitted: incident.cases.len().saturating_sub(cases.len()) as u64,
        cases: case::cases(cases, diagnosis, redactor),
        causes: cause::causes(diagnosis, redactor),
        certificates: chains::chains(incident, redactor),
        certificates_cut: incident.evidence.tallies.certificates.is_cut(),
        clocks: clocks(incident, redactor),
        coverage: totals::coverage(diagnosis, redactor),
        header_audit: audit::header_audit(incident, redactor),
        hosts: redactor.texts(totals::hosts(incident)),
        inputs: input::inputs(incident, redactor),
        profile: profile(incident, redactor),
        thresholds: audit::thresholds(diagnosis, redactor),
        timeline: timeline::timeline(diagnosis, redactor),
        totals: totals::totals(diagnosis),
        unexplained: unexplained(diagnosis, redactor),
        verdict: verdict(diagnosis, redactor),
        warnings: redactor.texts(warnings(incident)),
        window: totals::window(incident),
        ..Report::default()
    }
}

fn profile(incident: &Incident, redactor: &Redactor<'_>) -> model::Profile {
    let profile = &incident.profile;
    let limits = serde_json::to_value(&profile.limits).unwrap_or_default();
    let limits = limits.as_object().into_iter().flatten().map(|(name, value)| {
        (redactor.text(name), model::Limit::Number(decimal(value.as_f64().unwrap_or_default())))
    });
    model::Profile {
        name: redactor.text(&profile.name),
        date: redactor.text(&profile.date),
        limits: limits.chain([("root_store".into(), model::Limit::Text(roots::DATE.into()))]).collect(),
    }
}

fn verdict(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> model::Verdict {
    model::Verdict {
        kind: diagnosis.verdict.kind.into(),
        headline: redactor.text(headline::headline(diagnosis)),
        confidence: share(diagnosis.verdict.confidence),
    }
}

fn unexplained(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> model::Unexplained {
    let rank = u32::try_from(diagnosis.unexplained_rank()).ok();
    let incident = &diagnosis.incident;
    let judged = incident.cases.iter().zip(&diagnosis.judgements);
    let cases = judged.filter(|(_, judgement)| judgement.cause.is_none()).map(|(case, _)| case);
    let (requests, connections) = totals::requests_and_connections(cases, incident);
    model::Unexplained {
        failures: diagnosis.unexplained.failures(),
        requests,
        connections,
        rank: rank.filter(|_| !diagnosis.unexplained.cases.is_empty()),
        certainty: certainty::of_unexplained(diagnosis),
        candidates: certainty::candidates(&diagnosis.unexplained.certainty.candidates),
        contrast: cause::contrasts(&diagnosis.unexplained.contrast, redactor),
        why: redactor.texts(&diagnosis.unexplained.why),
        collect_next: redactor.texts(&diagnosis.unexplained.collect_next),
    }
}

fn clocks(incident: &Incident, redactor: &Redactor<'_>) -> Vec<model::Clock> {
    let stretches = |name: &str| incident.clocks.offsets().filter(|(other, _)| *other == name).count();
    let clock = |(name, offset): (&str, &crate::correlate::clock::Offset)| model::Clock {
        a: redactor.text(&offset.reference),
        b: redactor.text(name),
        offset_s: seconds(offset.ahead),
        spread_s: seconds(offset.spread),
        pairs: offset.pairs,
        // Nanoseconds a second, by 60 seconds a minute, in millionths of a millisecond.
        drift_ms_per_min: (offset.drift != 0)
            .then(|| Decimal::from_millionths(offset.drift.saturating_mul(60))),
        from: (stretches(name) > 1).then(|| values::moment(offset.from)),
    };
    incident.clocks.offsets().map(clock).collect()
}

/// A time zone by how far it is ahead of UTC: `UTC+05:30`.
fn zone_name(ahead: Duration) -> String {
    let minutes = ahead / Duration::from_seconds(60);
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// Time zones that a log does not tell and that other inputs showed, and what is wrong with single inputs; each under the input's name.
fn warnings(incident: &Incident) -> Vec<String> {
    let mut warnings = Vec::new();
    for (&id, summary) in &incident.evidence.inputs {
        let zone = incident.clocks.zone(id);
        if zone != Duration::ZERO {
            warnings.push(format!(
                "{}: its lines carry no time zone; read as {}, by what other inputs show of that time",
                summary.name,
                zone_name(-zone)
            ));
        }
        // A README among the evidence needs no warning; it is listed with the inputs.
        if summary.kind == InputKind::Ignored && summary.format == "text" {
            continue;
        }
        warnings.extend(summary.warnings.iter().map(|warning| format!("{}: {warning}", summary.name)));
    }
    warnings.extend(certificates::warnings(incident));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_told_as_clocks_show_it() {
        let ahead = |minutes: i64| zone_name(minutes * Duration::from_seconds(60));
        assert_eq!([ahead(330), ahead(-300), ahead(60)], ["UTC+05:30", "UTC-05:00", "UTC+01:00"]);
    }
}
