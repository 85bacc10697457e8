//! Ranked causes as the report tells them: summary, evidence, settings, contrast and what to change, each with the measured figures.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::checks;
use super::filling::Fillings;
use super::place::{evidence, name};
use super::serving::Serving;
use super::values::{moment, share};
use super::{certainty, figure, ladder, remedies, totals, vantage};
use crate::causes::{Cause, WantedSetting, find};
use crate::correlate::{Case, Incident};
use crate::diagnose::{Contrast, Diagnosis, RankedCause, WeighedSign};
use crate::evidence::Place;
use crate::evidence::row::Between;
use crate::report::model::{
    self, Affected, ChainLink, ChainRole, CheckExpect, ConfidenceTerm, Decimal, Evidence, Population,
    Setting, Share,
};
use crate::report::redaction::{Redactor, ReportText};
use crate::report::text::{counted, percent};
use crate::text::words::thousands;
use crate::time::Time;

/// At most this many pieces of evidence are shown for each cause.
const EVIDENCE_SHOWN: usize = 6;

/// The ranked causes.
pub fn causes(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Vec<model::Cause> {
    let serving = Serving::of(&diagnosis.incident);
    let ranked = diagnosis.causes.iter().enumerate();
    ranked.map(|(index, ranked)| cause(diagnosis, index, ranked, &serving, redactor)).collect()
}

fn cause(
    diagnosis: &Diagnosis,
    index: usize,
    ranked: &RankedCause,
    serving: &Serving,
    redactor: &Redactor<'_>,
) -> model::Cause {
    let values = Fillings::of(ranked, &diagnosis.incident, serving, redactor);
    let reasons = diagnosis.reasons(ranked.telling);
    let checks = checks(diagnosis, ranked, &reasons, &values, serving);
    let incident = &diagnosis.incident;
    let cases: Vec<&Case> = ranked.cases.iter().map(|&index| &incident.cases[index]).collect();
    let telling = &incident.cases[ranked.telling];
    let (begin, end) = (cases.first().map(|case| case.time), cases.last().map(|case| case.time));
    let first = checks.first().cloned().unwrap_or_default();
    let words = summary(ranked, &cases, &reasons, incident.counted.unit.into());
    // Texts are made in the order of these lines.
    let confidence_terms = reasons.iter().map(|reason| term(reason, redactor)).collect();
    let contrast = contrasts(&ranked.contrast, redactor);
    let evidence = pieces_of_evidence(diagnosis, ranked, redactor);
    let figures = figure::figures(ranked, incident, redactor);
    let ladder = ladder::ladder(telling, &reasons, incident, redactor);
    let signs = certainty::signs(ranked, diagnosis, redactor);
    model::Cause {
        rank: u32::try_from(index + 1).unwrap_or(u32::MAX),
        slug: ranked.cause.slug.as_str().into(),
        title: ranked.cause.title.as_str().into(),
        layer: ranked.cause.layer.into(),
        who: ranked.cause.who.into(),
        confidence: share(ranked.confidence),
        confidence_interval: None,
        confidence_terms,
        missing: certainty::missing(&signs, redactor),
        certainty: certainty::of_cause(ranked),
        candidates: certainty::candidates(&ranked.certainty.candidates),
        otherwise: certainty::candidates(&ranked.certainty.otherwise),
        form: ranked.form.map(ReportText::from),
        settings: settings(ranked.cause, incident, redactor),
        signs,
        meaning: redactor.text(ranked.cause.meaning()),
        summary: redactor.text(words),
        affected: affected(ranked, &cases, incident),
        first: begin.map(moment),
        last: end.map(moment),
        edge_statuses: edge_statuses(&cases, incident),
        rays: cases.iter().filter_map(|case| case.ray).map(ReportText::from).collect(),
        chain: chain(diagnosis, ranked, redactor),
        evidence,
        contrast,
        remediation: remedies::remedies(ranked.cause, &values, serving),
        check: first.command,
        check_expect: CheckExpect { confirms: first.confirms, refutes: first.refutes },
        checks,
        ladder_case: telling.ray.map(ReportText::from),
        ladder,
        figures,
    }
}

fn term(reason: &WeighedSign, redactor: &Redactor<'_>) -> ConfidenceTerm {
    ConfidenceTerm { text: redactor.text(&reason.text), weight: i64::from(reason.weight) }
}

fn affected(ranked: &RankedCause, cases: &[&Case], incident: &Incident) -> Affected {
    let (requests, connections) = totals::requests_and_connections(cases.iter().copied(), incident);
    Affected {
        failures: ranked.failures,
        requests,
        connections,
        share_of_failures: Share::of(ranked.failures, incident.counted.failures()),
    }
}

fn edge_statuses(cases: &[&Case], incident: &Incident) -> BTreeMap<ReportText, u64> {
    let mut counts: BTreeMap<ReportText, u64> = BTreeMap::new();
    for status in cases.iter().filter_map(|case| case.edge_status(&incident.evidence)) {
        *counts.entry(status.into()).or_default() += 1;
    }
    counts
}

/// What the clearest failure shows and what sets the failures apart; where neither is known, when they were.
fn summary(ranked: &RankedCause, cases: &[&Case], reasons: &[WeighedSign], unit: Population) -> String {
    let mut sentences = Vec::new();
    if let Some(strongest) = reasons.iter().find(|reason| reason.weight > 0) {
        let which = match ranked.failures {
            0 => format!("The clearest of {}", counted(cases.len() as u64, unit.beside().noun())),
            1 => "The failure".to_owned(),
            count => format!("The clearest of {} failures", thousands(count)),
        };
        sentences.push(format!("{which}: {}.", in_plain_words(strongest)));
    }
    if let Some(contrast) = ranked
        .contrast
        .first()
        .filter(|contrast| contrast.differs() && contrast.failing.0 * 2 >= contrast.failing.1)
    {
        let failing = match contrast.failing {
            (part, whole) if part == whole => "All of them".to_owned(),
            (part, whole) => format!("{} % of them", percent(part, whole)),
        };
        let healthy = match contrast.healthy {
            (0, _) => "and no healthy request".to_owned(),
            (part, whole) => format!("but {} % of the healthy requests", percent(part, whole)),
        };
        sentences.push(format!("{failing}, {healthy}, {}.", in_words(contrast)));
    }
    if sentences.is_empty()
        && let (Some(first), Some(last)) = (cases.first(), cases.last())
    {
        // Where it lasts beyond midnight, clocks alone would lie.
        let days = [first, last].map(|case| case.time.second().div_euclid(86_400));
        let shown = if days[0] == days[1] { 11..19 } else { 0..19 };
        let clock = |time: Time| time.to_string().get(shown.clone()).unwrap_or_default().replace('T', " ");
        sentences.push(format!("From {} to {} UTC.", clock(first.time), clock(last.time)));
    }
    sentences.join(" ")
}

/// A reason in words of ours: a quoted line of a log stands among the evidence, where it can be opened.
fn in_plain_words(reason: &WeighedSign) -> &str {
    let quotes_a_line =
        reason.text.ends_with('”') && (reason.text.starts_with('“') || reason.text.contains(": “"));
    if quotes_a_line { reason.sign.about } else { &reason.text }
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
fn chain(diagnosis: &Diagnosis, ranked: &RankedCause, redactor: &Redactor<'_>) -> Vec<ChainLink> {
    let mut consequences: BTreeMap<&'static str, u64> = BTreeMap::new();
    for &index in &ranked.cases {
        for consequence in &diagnosis.judgements[index].consequences {
            *consequences.entry(&consequence.slug).or_default() += 1;
        }
    }
    let root = ChainLink {
        slug: ranked.cause.slug.as_str().into(),
        role: ChainRole::Root,
        text: ranked.cause.title.as_str().into(),
    };
    let consequences = consequences.into_iter().filter_map(|(slug, count)| {
        let text = format!("{} (in {} of these)", find(slug)?.title, thousands(count));
        Some(ChainLink { slug: slug.into(), role: ChainRole::Consequence, text: redactor.text(text) })
    });
    std::iter::once(root).chain(consequences).collect()
}

/// The cases that a ranked cause shows by their rays: the clearest one, and those whose evidence is told.
pub fn shown(diagnosis: &Diagnosis, ranked: &RankedCause) -> BTreeSet<usize> {
    telling_places(diagnosis, ranked).into_iter().map(|told| told.case).chain([ranked.telling]).collect()
}

/// What a piece of evidence is made of.
struct TellingPlace<'a> {
    case: usize,
    place: Place,
    shows: Shows<'a>,
}

enum Shows<'a> {
    Sign(Box<WeighedSign>),
    /// Something went missing behind it.
    Lost(&'a Between),
}

impl TellingPlace<'_> {
    /// Whether it is a packet of the same case at the instant of another: in how many segments a side sent what it sent at once is the network
    /// card's matter, and tells a reader nothing more.
    fn is_of_instant(&self, case: usize, sign: &WeighedSign) -> bool {
        let is_packet = |place: Option<Place>| matches!(place, Some(Place::Packet { .. }));
        match &self.shows {
            Shows::Sign(own) if is_packet(own.place) && is_packet(sign.place) => {
                self.case == case && own.time.is_some() && own.time == sign.time
            }
            _ => false,
        }
    }
}

/// All evidence of the clearest case, then the strongest piece of each other case; no place twice.
fn telling_places<'a>(diagnosis: &'a Diagnosis, ranked: &RankedCause) -> Vec<TellingPlace<'a>> {
    let incident = &diagnosis.incident;
    let mut shown: Vec<TellingPlace<'a>> = Vec::new();
    let others = ranked.cases.iter().filter(|&&index| index != ranked.telling);
    for &case in std::iter::once(&ranked.telling).chain(others) {
        let reasons = diagnosis.reasons(case);
        let take = if case == ranked.telling { reasons.len() } else { 1 };
        for sign in reasons.into_iter().filter(|reason| reason.weight > 0).take(take) {
            let Some(place) = sign.place else { continue };
            if !shown.iter().any(|told| told.place == place || told.is_of_instant(case, &sign)) {
                shown.push(TellingPlace { case, place, shows: Shows::Sign(Box::new(sign)) });
            }
        }
        if case == ranked.telling {
            let lost = vantage::lost(&incident.cases[case], incident);
            shown.extend(lost.map(|between| TellingPlace {
                case,
                place: between.place,
                shows: Shows::Lost(between),
            }));
        }
        if shown.len() >= EVIDENCE_SHOWN {
            break;
        }
    }
    shown.truncate(EVIDENCE_SHOWN);
    shown
}

fn pieces_of_evidence(diagnosis: &Diagnosis, ranked: &RankedCause, redactor: &Redactor<'_>) -> Vec<Evidence> {
    let incident = &diagnosis.incident;
    let piece = |told: TellingPlace<'_>| {
        let case = &incident.cases[told.case];
        match told.shows {
            Shows::Sign(sign) => evidence(incident, &sign, case, redactor),
            Shows::Lost(between) => Some(vantage::evidence(between, case, incident, redactor)),
        }
    };
    telling_places(diagnosis, ranked).into_iter().filter_map(piece).collect()
}

/// The settings among the inputs that matter for a cause, with what they should be.
fn settings(cause: &'static Cause, incident: &Incident, redactor: &Redactor<'_>) -> Vec<Setting> {
    let rows = incident.evidence.settings.iter().filter_map(|row| {
        let Place::Line { input, line, .. } = row.place else { return None };
        let same = |wanted: &&WantedSetting| {
            wanted.program == row.setting.program && wanted.directive == row.setting.directive
        };
        let wanted = cause.settings.iter().find(same)?;
        Some(Setting {
            input: redactor.text(name(incident, input)),
            line,
            program: row.setting.program.name().into(),
            block: row.setting.block.as_deref().map(|block| redactor.text(block)),
            directive: redactor.text(&row.setting.directive),
            value: redactor.text(&row.setting.value),
            wanted: wanted.wanted.as_str().into(),
        })
    });
    rows.collect()
}

/// Attributes that set failures apart, or do not.
pub fn contrasts(contrasts: &[Contrast], redactor: &Redactor<'_>) -> Vec<model::Contrast> {
    contrasts.iter().map(|row| contrast(row, redactor)).collect()
}

fn contrast(contrast: &Contrast, redactor: &Redactor<'_>) -> model::Contrast {
    let ratio = |part: (u64, u64)| Share::of(part.0, part.1);
    let lift = || {
        let product = |a: u64, b: u64| i64::try_from(a.saturating_mul(b)).ok();
        Decimal::ratio(
            product(contrast.failing.0, contrast.healthy.1)?,
            product(contrast.failing.1, contrast.healthy.0)?,
        )
    };
    model::Contrast {
        attribute: contrast.attribute.into(),
        value: redactor.text(&contrast.value),
        failing_share: ratio(contrast.failing),
        healthy_share: ratio(contrast.healthy),
        lift: lift(),
        q: share(contrast.q),
        failing: contrast.failing.0,
        healthy: contrast.healthy.0,
        differs: contrast.differs(),
    }
}
