//! The ladder of one case: its story as arrows between lanes, shortened to what a page can show.

use super::place::name;
use super::story::{StoryEvent, events};
use crate::correlate::{Case, Incident};
use crate::diagnose::WeighedSign;
use crate::evidence::Place;
use crate::report::model::{Ladder, LadderRow, Lane, LaneRole, RowKind};

/// At most this many rows fit on a page.
const MOST_ROWS: usize = 12;

/// The ladder of a case; the packet or line of the strongest reason is its telling row.
pub fn ladder(case: &Case, reasons: &[WeighedSign], incident: &Incident) -> Option<Ladder> {
    let strongest = reasons.iter().find(|reason| reason.weight > 0).and_then(|reason| reason.place);
    let mut events = events(case, incident);
    shorten(&mut events, strongest);
    let start = events.first()?.time;
    let lanes = lanes(case, &events);
    let index = |role: LaneRole| lanes.iter().position(|lane| lane.role == role).unwrap_or_default();
    let telling = telling_row(&events, strongest);
    let rows = events.iter().enumerate().map(|(at, event)| LadderRow {
        offset_ns: event.time.since(start).nanoseconds(),
        from: index(event.from),
        to: index(event.to),
        label: event.label.clone(),
        text: event.text.clone(),
        kind: if event.captured { RowKind::Solid } else { RowKind::Dashed },
        telling: Some(at) == telling,
        crosses_next: events.get(at + 1).is_some_and(|next| crosses(event, next)),
        input: event.place.map(|place| name(incident, place.input()).to_owned()),
        frame: match event.place {
            Some(Place::Packet { frame, .. }) => Some(frame),
            _ => None,
        },
        line: match event.place {
            Some(Place::Line { line, .. }) => Some(line),
            _ => None,
        },
    });
    Some(Ladder { rows: rows.collect(), lanes })
}

/// The row of the strongest reason. One packet may give several rows; then it is the one that says most.
fn telling_row(events: &[StoryEvent], strongest: Option<Place>) -> Option<usize> {
    let there = |event: &StoryEvent| event.place.is_some() && event.place == strongest;
    let says_little = |event: &StoryEvent| matches!(event.label.as_str(), "ACK" | "data");
    let rows = || events.iter().enumerate().filter(|(_, event)| there(event));
    rows().find(|(_, event)| !says_little(event)).or_else(|| rows().next()).map(|(at, _)| at)
}

/// Two packets that pass each other on the wire: each was sent before the other could arrive.
fn crosses(event: &StoryEvent, next: &StoryEvent) -> bool {
    let opposite = event.from == next.to && event.to == next.from && event.from != event.to;
    event.captured
        && next.captured
        && opposite
        && event.label == "FIN"
        && next.label != "FIN"
        && next.label != "RST"
}

/// Removes rows in the middle; the telling row, the first and the last one stay.
fn shorten(events: &mut Vec<StoryEvent>, telling: Option<Place>) {
    while events.len() > MOST_ROWS {
        let middle = (1..events.len() - 1).rev().find(|&index| {
            let event = &events[index];
            event.place != telling
                && matches!(event.label.as_str(), "ACK" | "data" | "log" | "encrypted" | "SYN/ACK")
        });
        events.remove(middle.unwrap_or(MOST_ROWS / 2));
    }
}

/// The hosts that take part, from the visitor to the application.
fn lanes(case: &Case, events: &[StoryEvent]) -> Vec<Lane> {
    let has = |role| events.iter().any(|event| event.from == role || event.to == role);
    let edge = case.colo.map_or("edge".to_owned(), |colo| format!("edge {colo}"));
    let labels = [
        (LaneRole::Client, "client".to_owned()),
        (LaneRole::Edge, edge),
        (LaneRole::Origin, "origin".to_owned()),
        (LaneRole::Upstream, "upstream".to_owned()),
    ];
    labels.into_iter().filter(|(role, _)| has(*role)).map(|(role, label)| Lane { role, label }).collect()
}
