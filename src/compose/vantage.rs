//! Captures of several places: which of them hold the same connections, and what was lost between them, in words. And logs of several places.

use super::place::{name, told_at, words};
use super::values::moment;
use crate::correlate::{Case, Incident, SameTraffic, ToldBy};
use crate::evidence::row::{Between, Missing};
use crate::evidence::{ConnectionRow, InputId, Place};
use crate::report::model::Evidence;
use crate::report::redaction::Redactor;

/// The capture whose connections, or the log whose requests, are counted in the place of this input's; `None` where this input is counted itself.
pub fn counted_by(incident: &Incident, input: InputId) -> Option<&str> {
    let same_requests = incident.same_requests.iter().find(|same| same.other == input);
    if let Some(same) = same_requests {
        return Some(name(incident, same.counted));
    }
    let mut others = incident
        .same_traffic
        .iter()
        .filter(|same| same.other_inputs.contains(&input) && !same.counted_inputs.contains(&input));
    others.find_map(|same| same.counted_inputs.first()).map(|counted| name(incident, *counted))
}

/// One sentence for each pair of places that saw the same traffic, and for each log that tells of the same requests as another; and that error logs alone tell of
/// requests.
pub fn notes(incident: &Incident) -> Vec<String> {
    let told = incident.same_traffic.iter().filter(|same| same.other.group.server().is_some());
    let of_logs = incident.same_requests.iter().map(|same| {
        let (counted, other) = (name(incident, same.counted), name(incident, same.other));
        format!("the requests of {other} stand in {counted}, too: each is counted once")
    });
    let are_told_alone = incident.cases.iter().any(|case| matches!(case.told_by, ToldBy::Message(_)));
    let alone = are_told_alone.then(|| {
        "error logs alone tell of requests: those that went well stand in none, so which share of all failed is not known".to_owned()
    });
    told.map(|same| note(incident, same)).chain(of_logs).chain(alone).collect()
}

fn note(incident: &Incident, same: &SameTraffic) -> String {
    let overlap = same.overlap;
    let sampled = overlap.of_a.min(overlap.of_b).max(overlap.matched);
    let of = format!("({} of {sampled} sampled)", overlap.matched);
    let (counted, other) = (name(incident, same.counted.capture), name(incident, same.other.capture));
    match (same.counted.group.server(), same.other.group.server()) {
        (Some(a), Some(b)) if same.counted.capture == same.other.capture => {
            format!(
                "{counted} holds the same connections twice, to {a} and to {b} {of}: each is counted once"
            )
        }
        (Some(a), Some(b)) if a != b => format!(
            "{counted} and {other} hold the same connections, to {a} in the one and to {b} in the other {of}: \
             each is counted once"
        ),
        _ => format!("{counted} and {other} hold the same connections {of}: each is counted once"),
    }
}

/// Where else the connections of a case were captured, and what was lost between the places.
pub fn story(case: &Case, incident: &Incident) -> Vec<String> {
    let mut lines = Vec::new();
    for row in case.connections(&incident.evidence) {
        let also = row.also.iter().map(|seen| {
            format!("the connection is also in {}, tcp.stream {}", name(incident, seen.input), seen.stream)
        });
        lines.extend(also);
        lines.extend(row.between.iter().map(|between| sentence(incident, between)));
    }
    lines.dedup();
    lines
}

/// What went missing between two places on a case's connections.
pub fn lost<'a>(case: &'a Case, incident: &'a Incident) -> impl Iterator<Item = &'a Between> {
    let lost = case.connections(&incident.evidence).flat_map(|row: &ConnectionRow| &row.between);
    lost.filter(|between| matches!(between.place, Place::Packet { .. }))
}

/// What went missing behind a packet of a case, as a piece of evidence.
pub fn evidence(between: &Between, case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Evidence {
    let told = told_at(between.place, &sentence(incident, between), case, incident, redactor);
    Evidence { time: Some(moment(case.time)), ..told }
}

/// What went missing between two places, as a sentence.
fn sentence(incident: &Incident, between: &Between) -> String {
    let what = match between.missing {
        Missing::Syns(1) => "the SYN".to_owned(),
        Missing::Syns(count) => format!("all {count} SYNs"),
        Missing::SynAck => "the answer to the SYN".to_owned(),
        Missing::FromClient(bytes) => format!("the last {bytes} bytes from the edge"),
        Missing::FromServer(bytes) => format!("the last {bytes} bytes from the origin"),
    };
    let verb = if matches!(between.missing, Missing::Syns(1) | Missing::SynAck) { "is" } else { "are" };
    let mut captures: Vec<String> =
        between.not_in.iter().map(|input| name(incident, *input).to_owned()).collect();
    captures.dedup();
    let (first, more) = (captures.first().cloned().unwrap_or_default(), captures.len().saturating_sub(1));
    let captures = if more > 0 { format!("{first} and {more} more") } else { first };
    let (shared, of) = between.shared;
    let place = format!("{} {}", name(incident, between.place.input()), words(between.place));
    let doubt =
        if between.surely { "" } else { ", unless the capture itself lost them, which it does not tell" };
    format!(
        "{what} {verb} in {place} and not in {captures}, which holds {shared} of {of} connections that \
         were answered meanwhile: lost between the two places{doubt}"
    )
}
