//! How sure a cause is at each depth, and the signs that it lets expect, in words.

use super::place::{name, record};
use super::values::share;
use crate::correlate::{Family, Incident};
use crate::diagnose::{Certainty, Diagnosis, Likely, Presence, RankedCause, WeighedSign};
use crate::evidence::Place;
use crate::report::model::{Candidate, CertaintyStep, Depth, Sign, SignPlace, SignState};
use crate::report::redaction::{Redactor, ReportText};
use crate::report::weighing::WeighedSigns;

/// What happened, in words: its name, and a clause.
fn words(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::NotReached => ("not reached", "the origin was not reached"),
        Family::HandshakeBroken => ("handshake broken", "the TLS handshake broke off"),
        Family::NoAnswer => ("no answer", "no byte of an answer came"),
        Family::BadAnswer => ("bad answer", "an answer came that the edge cannot use"),
        Family::Status => ("status", "an answer came that says failure"),
        Family::MadeByEdge => ("made by the edge", "the edge answered by itself"),
        Family::NotSeen => ("not seen", "the edge could not use what the origin did"),
    }
}

/// The steps of a ranked cause, from what happened down to it.
pub fn of_cause(ranked: &RankedCause) -> Vec<CertaintyStep> {
    let Certainty { mechanism, .. } = &ranked.certainty;
    let step = |likely: &Likely, depth| CertaintyStep {
        node: likely.cause.slug.as_str().into(),
        title: likely.cause.title.as_str().into(),
        depth,
        confidence: share(likely.confidence),
    };
    let named = Likely { cause: ranked.cause, confidence: ranked.confidence };
    let depth = if ranked.certainty.is_root { Depth::Root } else { Depth::Mechanism };
    let mechanism = mechanism.iter().map(|likely| step(likely, Depth::Mechanism));
    happened(&ranked.certainty).into_iter().chain(mechanism).chain([step(&named, depth)]).collect()
}

/// What is certain of failures that no cause explains.
pub fn of_unexplained(diagnosis: &Diagnosis) -> Vec<CertaintyStep> {
    happened(&diagnosis.unexplained.certainty).into_iter().collect()
}

/// The first step. Failures of one cause may have ended in several ways: then it is certain that it was one of these.
fn happened(certainty: &Certainty) -> Option<CertaintyStep> {
    let joined = |word: fn(Family) -> &'static str| {
        let words: Vec<ReportText> = certainty.families.iter().map(|family| word(*family).into()).collect();
        ReportText::joined(&words, " or ")
    };
    certainty.families.first().map(|_| CertaintyStep {
        node: joined(|family| words(family).0),
        title: joined(|family| words(family).1),
        depth: Depth::Family,
        confidence: share(certainty.happened),
    })
}

/// Causes that are not named, with their probabilities.
pub fn candidates(likely: &[Likely]) -> Vec<Candidate> {
    let candidate = |likely: &Likely| Candidate {
        slug: likely.cause.slug.as_str().into(),
        title: likely.cause.title.as_str().into(),
        confidence: share(likely.confidence),
    };
    likely.iter().map(candidate).collect()
}

/// The signs of a ranked cause, as its clearest case shows them.
pub fn signs(ranked: &RankedCause, diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Vec<Sign> {
    let told = diagnosis.signs(ranked);
    told.iter().map(|told| sign(told, &diagnosis.incident, redactor)).collect()
}

fn sign(told: &WeighedSign, incident: &Incident, redactor: &Redactor<'_>) -> Sign {
    let (state, why) = match told.state {
        Presence::Seen => (SignState::Seen, None),
        Presence::NotSeen => (SignState::NotSeen, None),
        Presence::NotVisible(why) => (SignState::NotVisible, Some(why.into())),
    };
    Sign {
        sign: told.sign.id.into(),
        state,
        place: told.place.map(|place| sign_place(place, incident, redactor)),
        text: redactor.text(&told.text),
        why,
        expected_by: redactor.text(told.expected_by.slug_of_folder()),
        weight: i64::from(told.weight),
        if_seen: i64::from(told.worth.seen),
        if_not_seen: i64::from(told.worth.unseen),
        counts: told.counts,
    }
}

fn sign_place(place: Place, incident: &Incident, redactor: &Redactor<'_>) -> SignPlace {
    let base = SignPlace { input: redactor.text(name(incident, place.input())), ..SignPlace::default() };
    match place {
        Place::Packet { frame, .. } => SignPlace { frame: Some(frame), ..base },
        Place::Line { line, before, .. } => SignPlace { line: Some(line), record: record(before), ..base },
        Place::Entry { entry, .. } => SignPlace { entry: Some(u64::from(entry)), ..base },
    }
}

/// What was not at hand and would move the confidence, each reason with what it would tell.
pub fn missing(signs: &[Sign], redactor: &Redactor<'_>) -> Vec<ReportText> {
    let group = |(why, signs): (&str, Vec<&Sign>)| {
        let told: Vec<String> = signs.iter().map(|sign| format!("whether {}", sign.text)).collect();
        redactor.text(format!("{why}, so it cannot be told {}", told.join(", ")))
    };
    WeighedSigns::of(signs).not_at_hand.into_iter().map(group).collect()
}
