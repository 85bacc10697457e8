//! Ranked causes as the report tells them: summary, evidence, settings, contrast and what to change, each with the measured figures.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::checks;
use super::filling::Fillings;
use super::place::{evidence, name};
use super::serving::Serving;
use super::values::{moment, share};
use super::{certainty, figure, headline, ladder, remedies, totals, vantage};
use crate::causes::{Cause, WantedSetting, find};
use crate::correlate::{Case, Incident};
use crate::diagnose::{Contrast, Diagnosis, RankedCause, WeighedSign};
use crate::evidence::Place;
use crate::report::model::{
    self, Affected, ChainLink, ChainRole, CheckExpect, ConfidenceTerm, Decimal, Evidence, Setting, Share,
};
use crate::report::text::percent;
use crate::text::words::thousands;
use crate::time::Time;

/// At most this many pieces of evidence are shown for each cause.
const EVIDENCE_SHOWN: usize = 6;

/// The ranked causes.
pub fn causes(diagnosis: &Diagnosis) -> Vec<model::Cause> {
    let serving = Serving::of(&diagnosis.incident);
    let ranked = diagnosis.causes.iter().enumerate();
    ranked.map(|(index, ranked)| cause(diagnosis, index, ranked, &serving)).collect()
}

fn cause(diagnosis: &Diagnosis, index: usize, ranked: &RankedCause, serving: &Serving) -> model::Cause {
    let values = Fillings::of(ranked, &diagnosis.incident, serving);
    let reasons = diagnosis.reasons(ranked.telling);
    let checks = checks(diagnosis, ranked, &reasons, &values, serving);
    let incident = &diagnosis.incident;
    let cases: Vec<&Case> = ranked.cases.iter().map(|&index| &incident.cases[index]).collect();
    let telling = &incident.cases[ranked.telling];
    let signs = certainty::signs(ranked, diagnosis);
    let (requests, connections) = totals::requests_and_connections(cases.iter().copied(), incident);
    let (begin, end) = (cases.first().map(|case| case.time), cases.last().map(|case| case.time));
    let first = checks.first().cloned().unwrap_or_default();
    let affected = Affected {
        failures: ranked.failures,
        requests,
        connections,
        share_of_failures: Share::of(ranked.failures, incident.counted.failures()),
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
        first: begin.map(moment),
        last: end.map(moment),
        edge_statuses: edge_statuses(&cases, incident),
        rays: cases.iter().filter_map(|case| case.ray).map(|ray| ray.to_string()).collect(),
        chain: chain(diagnosis, ranked),
        evidence: pieces_of_evidence(diagnosis, ranked).into_iter().map(|piece| piece.told).collect(),
        settings: settings(ranked.cause, incident),
        contrast: ranked.contrast.iter().map(contrast).collect(),
        remediation: remedies::remedies(ranked.cause, &values, serving),
        check: first.command,
        check_expect: CheckExpect { confirms: first.confirms, refutes: first.refutes },
        checks,
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
    let (failed, count) = (diagnosis.incident.counted.failures(), ranked.failures);
    let (first, last) = (
        cases.first().map_or(Time::default(), |case| case.time),
        cases.last().map_or(Time::default(), |case| case.time),
    );
    // Where it lasts beyond midnight, clocks alone would lie.
    let shown =
        if first.second().div_euclid(86_400) == last.second().div_euclid(86_400) { 11..19 } else { 0..19 };
    let clock = |time: Time| time.to_string().get(shown.clone()).unwrap_or_default().replace('T', " ");
    let mut sentences = vec![format!(
        "{} of {} failures, from {} to {} UTC{}.",
        thousands(count),
        thousands(failed),
        clock(first),
        clock(last),
        headline::measured(ranked, &diagnosis.incident)
    )];
    if let Some(strongest) = reasons.first().filter(|reason| reason.weight > 0) {
        sentences.push(format!("In the clearest of them {}.", strongest.text));
    }
    if let Some(contrast) = ranked
        .contrast
        .first()
        .filter(|contrast| contrast.differs() && contrast.failing.0 * 2 >= contrast.failing.1)
    {
        let percent = |(part, whole): (u64, u64)| percent(part, whole);
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

/// The cases that a ranked cause shows by their rays: the clearest one, and those whose evidence is told.
pub fn shown(diagnosis: &Diagnosis, ranked: &RankedCause) -> BTreeSet<usize> {
    let told = pieces_of_evidence(diagnosis, ranked);
    told.into_iter().map(|piece| piece.case).chain([ranked.telling]).collect()
}

/// A piece of evidence, and where it is from.
struct Piece {
    case: usize,
    place: Place,
    told: Evidence,
}

/// All evidence of the clearest case, then the strongest piece of each other case; no place twice.
fn pieces_of_evidence(diagnosis: &Diagnosis, ranked: &RankedCause) -> Vec<Piece> {
    let incident = &diagnosis.incident;
    let mut shown: Vec<Piece> = Vec::new();
    let others = ranked.cases.iter().filter(|&&index| index != ranked.telling);
    for &index in std::iter::once(&ranked.telling).chain(others) {
        let reasons = diagnosis.reasons(index);
        let take = if index == ranked.telling { reasons.len() } else { 1 };
        let case = &incident.cases[index];
        for reason in reasons.iter().filter(|reason| reason.weight > 0).take(take) {
            let known = shown.iter().any(|piece| Some(piece.place) == reason.place);
            if let (Some(place), Some(told), false) = (reason.place, evidence(incident, reason, case), known)
            {
                shown.push(Piece { case: index, place, told });
            }
        }
        if index == ranked.telling {
            let between = vantage::evidence(case, incident);
            shown.extend(between.into_iter().map(|(place, told)| Piece { case: index, place, told }));
        }
        if shown.len() >= EVIDENCE_SHOWN {
            break;
        }
    }
    shown.truncate(EVIDENCE_SHOWN);
    shown
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
