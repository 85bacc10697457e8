//! Signs of what a path lost of the request itself and of others of its address.

use std::net::IpAddr;

use super::connecting::unheard;
use super::host::FULL_SIZE;
use super::sign::{Frequency, Observation, Sign, Viewpoint, look};
use crate::evidence::{ConnectionRow, Place};
use crate::time::{Duration, Time};

pub(super) const SIGNS: &[Sign] = &[
    look(
        "others-come-late",
        "others of the same address are acknowledged at a later attempt, after the first one was lost",
        Frequency::Seldom,
        others_come_late,
    )
    .one_with("loss"),
    look(
        "nothing-arrived",
        "nothing of what the edge said arrives, though its close does",
        Frequency::Seldom,
        nothing_arrived,
    ),
];

/// An attempt of which something was lost.
struct LostAttempt {
    client: IpAddr,
    /// By the reference clock.
    time: Time,
    place: Place,
    /// By its own input's clock.
    at: Time,
}

/// The attempt whose answer never came through, or, by the edge's own word, all of which was lost before the capture.
fn lost_attempt(look: &Viewpoint<'_>) -> Option<LostAttempt> {
    const UNANSWERED: u16 = 522;
    let (case, incident) = (look.case, look.incident);
    // The edge's word is of an answer, too: that nothing acknowledged what it had sent to an origin that answered with an RST.
    let unacknowledged = case.status_at_origin(&incident.evidence) == Some(UNANSWERED);
    let is_unheard = |row: &&ConnectionRow| {
        let connection = &row.connection;
        connection.is_never_completed()
            || unheard(connection).is_some()
            || connection.unheard_bytes().is_some()
            || connection.reset_is_unheard()
            || unacknowledged && connection.refused_at().is_none() && connection.reset.is_some()
    };
    if let Some(row) = case.connections(&incident.evidence).find(is_unheard) {
        let (client, first) = (row.connection.client.ip(), row.connection.first);
        let time = incident.clocks.correct(row.input(), first.time);
        return Some(LostAttempt { client, time, place: row.place(first), at: first.time });
    }
    let told = case.asked_origin(&incident.evidence).filter(|_| case.attempts.is_empty())?;
    let client = told.record.edge_address.filter(|_| told.record.edge_status == Some(UNANSWERED))?;
    Some(LostAttempt { client, time: case.time, place: told.place, at: told.record.start })
}

/// Where no answer finds its way to an address, no repeated one does either, and what a filter drops comes at no attempt; where packets are lost, the next one
/// may come through.
fn others_come_late(look: &Viewpoint<'_>) -> Observation {
    const MEANWHILE: Duration = Duration::from_seconds(60);
    let (case, incident) = (look.case, look.incident);
    let Some(LostAttempt { client, time, place, at }) = lost_attempt(look) else {
        return Observation::NotVisible("what the origin sends is acknowledged, or was not captured");
    };
    let server = incident.population.servers.of_case(case, &incident.evidence);
    let late = server.map_or(0, |server| server.late_near(client, time, MEANWHILE));
    if late == 0 {
        return Observation::NotVisible("no other connection of its address came late");
    }
    let text = || {
        format!(
            "other connections from {client} are acknowledged at a later attempt, in {late} of the seconds around it"
        )
    };
    look.seen(text, place, at)
}

/// What a path can lose of any size, it loses by chance; the same path brought the edge's close.
fn nothing_arrived(look: &Viewpoint<'_>) -> Observation {
    let mut rows = look.case.connections(&look.incident.evidence);
    let Some((row, lost)) = rows.find_map(|row| Some((row, row.connection.unheard_bytes()?))) else {
        return Observation::Moot(
            "no connection of it shows that all that the edge said was lost on its way",
        );
    };
    if lost >= u64::from(FULL_SIZE) {
        return Observation::NotVisible("what is lost of it may be one segment of full size");
    }
    let at = row.connection.from_client.fin.unwrap_or(row.connection.last);
    let text = || {
        format!(
            "the edge's close arrives and the {lost} bytes before it never do, as the origin's acknowledgements say"
        )
    };
    look.seen(text, row.place(at), at.time)
}
