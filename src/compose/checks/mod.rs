//! Commands that confirm or refute a cause on this incident. Those over the inputs are made from the signs that were seen: their files, ports,
//! thresholds and numbers of lines are those of the evidence. Of those that ask a server the catalogue has one for each cause.

mod cited;
mod lines;
mod packets;
mod shell;

use std::collections::BTreeSet;

use self::cited::{Cited, Shown};
use super::filling::Fillings;
use super::serving::Serving;
use crate::causes::CheckReads;
use crate::correlate::Case;
use crate::diagnose::{Diagnosis, Presence, RankedCause, WeighedSign};
use crate::evidence::Place;
use crate::report::model::{Check, CheckKind};
use crate::report::redaction::{Redactor, ReportText};
use crate::signs::{Observation, Viewpoint};
use crate::text::words::thousands;

/// So many cases are asked for what they have of a sign.
const MOST_ASKED: usize = 200;
/// So many checks over the inputs are told.
const MOST_TOLD: usize = 2;

/// The checks of a cause: first those over the inputs. `reasons`: the signs of its clearest case.
pub fn checks(
    diagnosis: &Diagnosis,
    ranked: &RankedCause,
    reasons: &[WeighedSign],
    values: &Fillings<'_>,
    serving: &Serving,
) -> Vec<Check> {
    let redactor = values.redactor();
    let mut told: Vec<Check> = Vec::new();
    let mut inputs = BTreeSet::new();
    for reason in reasons.iter().filter(|reason| speaks_for(reason)) {
        let Some(place) = reason.place else { continue };
        if told.len() < MOST_TOLD && inputs.insert(place.input()) {
            told.extend(of_sign(diagnosis, ranked, reason, place, redactor));
        }
    }
    if told.is_empty() {
        told.extend(of_case(diagnosis, ranked, redactor));
    }
    let is_at_hand = ranked.cause.check_of.is_none_or(|program| serving.shows(program));
    told.extend(of_catalogue(ranked, values).filter(|_| is_at_hand));
    told
}

fn speaks_for(reason: &WeighedSign) -> bool {
    reason.state == Presence::Seen && reason.weight > 0
}

/// What a sign cites in the input where the clearest case has it.
fn of_sign(
    diagnosis: &Diagnosis,
    ranked: &RankedCause,
    reason: &WeighedSign,
    place: Place,
    redactor: &Redactor<'_>,
) -> Option<Check> {
    let incident = &diagnosis.incident;
    let mut places = vec![place];
    for &index in ranked.cases.iter().take(MOST_ASKED) {
        let look = Viewpoint::of(&incident.cases[index], incident);
        if let Observation::Seen(seen) = reason.sign.observe(&look) {
            places.extend(seen.place.filter(|seen| seen.input() == place.input()));
        }
    }
    let cited = Cited { sign: reason.sign.id, places: each_once(places) };
    let shown = shown(&cited, diagnosis)?;
    check(shown, reason.sign.about, redactor)
}

/// Where no sign that speaks for the cause has a place: what the inputs hold of the case itself.
fn of_case(diagnosis: &Diagnosis, ranked: &RankedCause, redactor: &Redactor<'_>) -> Option<Check> {
    let evidence = &diagnosis.incident.evidence;
    let cases = || {
        let first = std::iter::once(&ranked.telling);
        first.chain(ranked.cases.iter().take(MOST_ASKED)).map(|&index| &diagnosis.incident.cases[index])
    };
    type PlaceOf<'a> = Box<dyn Fn(&Case) -> Option<Place> + 'a>;
    let sources: [PlaceOf<'_>; 4] = [
        Box::new(|case| case.connections(evidence).next().map(|row| row.place(row.connection.last))),
        Box::new(|case| case.edge(evidence).map(|row| row.place)),
        Box::new(|case| case.access(evidence).next().map(|row| row.place)),
        Box::new(|case| case.har(evidence).map(|row| row.place)),
    ];
    sources.iter().find_map(|place_of| {
        let first = place_of(cases().next()?)?;
        let same_input = |place: &Place| place.input() == first.input();
        let places: Vec<Place> = cases().filter_map(place_of).filter(same_input).collect();
        let shown = shown(&Cited { sign: "", places: each_once(places) }, diagnosis)?;
        check(shown, &ranked.cause.title, redactor)
    })
}

fn shown(cited: &Cited<'_>, diagnosis: &Diagnosis) -> Option<Shown> {
    match cited.places.first()? {
        Place::Packet { .. } => packets::shown(cited, &diagnosis.incident),
        Place::Line { .. } | Place::Entry { .. } => lines::shown(cited, &diagnosis.incident),
    }
}

/// The places in their order, none twice.
fn each_once(places: Vec<Place>) -> Vec<Place> {
    let mut met = BTreeSet::new();
    places.into_iter().filter(|place| met.insert(*place)).collect()
}

/// `None` where the command would tell what must not be told.
fn check(shown: Shown, about: &'static str, redactor: &Redactor<'_>) -> Option<Check> {
    let number = match shown.lines {
        1 => "A line or more, each".to_owned(),
        lines => format!("{} lines or more, each", thousands(lines)),
    };
    let what = redactor.text(format!("{number} {}: ", shown.each));
    Some(Check {
        kind: CheckKind::Inputs,
        command: redactor.verbatim(shown.command)?,
        confirms: ReportText::joined(&[what, about.into(), ".".into()], ""),
        refutes: "No line.".into(),
        lines_at_least: Some(shown.lines),
    })
}

/// The catalogue's own check, where it asks a server and has no gap.
fn of_catalogue(ranked: &RankedCause, values: &Fillings<'_>) -> Option<Check> {
    let cause = ranked.cause;
    let kind = match cause.check_reads {
        CheckReads::Inputs => return None,
        CheckReads::Origin => CheckKind::Origin,
        CheckReads::Network => CheckKind::Network,
    };
    Some(Check {
        kind,
        command: values.command(&cause.check)?,
        confirms: cause.confirms.as_str().into(),
        refutes: cause.refutes.as_str().into(),
        lines_at_least: None,
    })
}
