//! The ladder of one case: its story as arrows between lanes, shortened to what a page can show.

use super::place::name;
use super::story::events;
use super::story_event::{StoryEvent, StoryPart};
use crate::correlate::{Case, Incident};
use crate::diagnose::WeighedSign;
use crate::evidence::{InputKind, Place};
use crate::report::model::{Ladder, LadderRow, Lane, LaneRole, RowKind};
use crate::report::redaction::Redactor;
use crate::text::words::duration;
use crate::time::Duration;

/// At most this many rows fit on a page.
const MOST_ROWS: usize = 12;

/// The ladder of a case. Its telling row is the packet or line of the strongest reason that says what became of the request.
pub fn ladder(
    case: &Case,
    reasons: &[WeighedSign],
    incident: &Incident,
    redactor: &Redactor<'_>,
) -> Option<Ladder> {
    let mut events = events(case, incident, redactor.redaction());
    let mut telling = telling(&events, reasons);
    if telling.is_none() {
        telling = add_reason(&mut events, reasons, incident).or_else(|| end(&events));
    }
    shorten(&mut events, &mut telling);
    let start = events.first()?.time;
    let crossed = cross(case, &mut events, incident);
    let lanes = lanes(case, &events, redactor);
    let index = |role: LaneRole| lanes.iter().position(|lane| lane.role == role).unwrap_or_default();
    let rows = events.iter().enumerate().map(|(at, event)| LadderRow {
        offset_ns: event.time.since(start).nanoseconds(),
        from: index(event.from),
        to: index(event.to),
        input: event.place.map(|place| redactor.text(name(incident, place.input()))),
        label: redactor.text(&event.label),
        text: redactor.text(&event.text),
        kind: if event.captured { RowKind::Solid } else { RowKind::Dashed },
        telling: Some(at) == telling,
        crosses_next: crossed == Some(at),
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

/// The row of the strongest reason that stands in the ladder. That the request came is no news: it is a row that says what became of it. One
/// packet may give several rows; then it is the one that says most.
fn telling(events: &[StoryEvent], reasons: &[WeighedSign]) -> Option<usize> {
    let says_little = |event: &StoryEvent| matches!(event.label.as_str(), "ACK" | "data");
    let places = reasons.iter().filter(|reason| reason.weight > 0).filter_map(|reason| reason.place);
    let mut told = places.filter_map(|place| {
        let at_place = |event: &StoryEvent| event.place == Some(place) && !event.asks();
        let rows = || events.iter().enumerate().filter(|(_, event)| at_place(event));
        rows().find(|(_, event)| !says_little(event)).or_else(|| rows().next()).map(|(at, _)| at)
    });
    told.next()
}

/// The line of the strongest reason that has one, put among the events where none of these tells: a kernel's kill, a full pool.
fn add_reason(events: &mut Vec<StoryEvent>, reasons: &[WeighedSign], incident: &Incident) -> Option<usize> {
    let is_log = |place: &Place| {
        let kind = incident.evidence.kind(place.input());
        matches!(kind, Some(InputKind::ErrorLog | InputKind::SystemLog | InputKind::AccessLog))
    };
    let known = |place: &Place| events.iter().any(|event| event.place == Some(*place));
    let (reason, place, time) = reasons.iter().filter(|reason| reason.weight > 0).find_map(|reason| {
        let place = reason.place.filter(|place| is_log(place) && !known(place))?;
        Some((reason, place, incident.clocks.at(place, reason.time?)))
    })?;
    let event = StoryEvent {
        time,
        from: LaneRole::Origin,
        to: LaneRole::Origin,
        label: "log".to_owned(),
        text: reason.text.clone(),
        place: Some(place),
        captured: false,
        part: StoryPart::Logged,
    };
    let at = events.partition_point(|other| other.time <= time);
    events.insert(at, event);
    Some(at)
}

/// Where no reason has a row: the last one that says how the request ended, a packet before what a log tells.
fn end(events: &[StoryEvent]) -> Option<usize> {
    let last = |wanted: &dyn Fn(&StoryEvent) -> bool| events.iter().rposition(wanted);
    let ends = |event: &StoryEvent| {
        event.captured && !event.asks() && !matches!(event.label.as_str(), "ACK" | "SYN/ACK" | "encrypted")
    };
    last(&ends).or_else(|| last(&|event| !event.asks())).or_else(|| events.len().checked_sub(1))
}

/// The event that passes the next one on the wire: each was sent before the other could arrive. Told with the round trip, where that was
/// measured: what came later than that is no crossing.
fn cross(case: &Case, events: &mut [StoryEvent], incident: &Incident) -> Option<usize> {
    let connection = case.connections(&incident.evidence).next_back().map(|row| &row.connection);
    let round_trip = connection.and_then(|connection| connection.handshake.client_round_trip());
    let at = events.windows(2).position(|pair| match pair {
        [event, next] => crosses(event, next, round_trip),
        _ => false,
    })?;
    if let (Some(event), Some(round_trip)) = (events.get_mut(at), round_trip) {
        event
            .text
            .push_str(&format!("; the edge hears of it half a round trip of {} later", duration(round_trip)));
    }
    Some(at)
}

fn crosses(event: &StoryEvent, next: &StoryEvent, round_trip: Option<Duration>) -> bool {
    let opposite = event.from == next.to && event.to == next.from && event.from != event.to;
    event.captured
        && next.captured
        && opposite
        && event.label == "FIN"
        && !matches!(next.label.as_str(), "FIN" | "RST")
        && round_trip.is_none_or(|round_trip| next.time.since(event.time) <= round_trip)
}

/// Removes rows in the middle; the telling row, the first and the last one stay.
fn shorten(events: &mut Vec<StoryEvent>, telling: &mut Option<usize>) {
    while events.len() > MOST_ROWS {
        let may_go = |index: &usize| Some(*index) != *telling;
        let says_little = |index: &usize| {
            let label = events.get(*index).map_or("", |event| event.label.as_str());
            matches!(label, "ACK" | "data" | "log" | "encrypted" | "SYN/ACK")
        };
        let middle = || (1..events.len() - 1).rev().filter(may_go);
        let Some(gone) = middle().find(says_little).or_else(|| middle().nth(MOST_ROWS / 2 - 1)) else {
            return;
        };
        events.remove(gone);
        *telling = telling.map(|telling| if telling > gone { telling - 1 } else { telling });
    }
}

/// The hosts that take part, from the visitor to the application.
fn lanes(case: &Case, events: &[StoryEvent], redactor: &Redactor<'_>) -> Vec<Lane> {
    let has = |role| events.iter().any(|event| event.from == role || event.to == role);
    let edge = case.colo.map_or("edge".into(), |colo| redactor.text(format!("edge {colo}")));
    let labels = [
        (LaneRole::Client, "client".into()),
        (LaneRole::Edge, edge),
        (LaneRole::Origin, "origin".into()),
        (LaneRole::Upstream, "upstream".into()),
    ];
    labels.into_iter().filter(|(role, _)| has(*role)).map(|(role, label)| Lane { role, label }).collect()
}
