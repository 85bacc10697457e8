//! What two places tell that one cannot: a packet that one of them saw and the other, on the same way and looking meanwhile, did not, was
//! lost between them. Said only where the other's capture covers the time, holds nearly all other connections, and lost no packet as far
//! as it says.

use super::places::Places;
use crate::evidence::overlap::Overlap;
use crate::evidence::row::{Between, Missing};
use crate::evidence::sightings::Sighting;
use crate::evidence::view::{View, ViewId};
use crate::evidence::{ConnectionRow, Place};
use crate::flow::Side;
use crate::time::Time;

/// Fewer other connections than this tell nothing of what a capture holds.
const ENOUGH_OTHERS: u64 = 3;

/// Notes where else a connection was seen, and what went missing on the way there.
pub(super) fn tell(row: &mut ConnectionRow, places: &Places<'_>) {
    let Some(id) = places.view_of(row) else { return };
    let Some(view) = places.views.get(&id) else { return };
    for (other, seen_by, overlap) in places.beside(id) {
        if let Some(sighting) = sighting(row, seen_by, overlap) {
            if !row.also.iter().any(|also| also.is_same(&sighting.seen)) {
                row.also.to_mut().push(sighting.seen);
            }
            let here = Here { row, view, id };
            let there = There { view: seen_by, id: other, overlap };
            let missing = between_both(&here, &there, sighting, places);
            row.between.extend(missing);
        }
    }
    row.also.present_mut().into_iter().for_each(|also| also.sort_unstable());
    let syns = syns_lost(row, id, places);
    row.between.extend(syns);
    if let Some(between) = row.between.present_mut() {
        between.sort_by_key(|between| between.place);
    }
}

/// Whether a connection whose SYN was not answered here was answered all the same, as a place shows that is nearer to the client.
pub(super) fn answered_by_another_way(row: &ConnectionRow, places: &Places<'_>) -> bool {
    row.connection.is_unanswered()
        && places.view_of(row).is_some_and(|id| {
            let mut in_front = places.beside(id).filter(|(_, _, overlap)| overlap.a_in_front == Some(false));
            in_front.any(|(_, view, overlap)| sighting(row, view, overlap).is_some_and(Sighting::is_answered))
        })
}

/// Whether a failure is told by a place alone that shows of itself that it missed packets of the connection, and another place that saw
/// all of it kept nothing of it: there it went well.
pub(super) fn is_refuted(row: &ConnectionRow, places: &Places<'_>) -> bool {
    let connection = &row.connection;
    let not_opened = connection.numbers.server.is_none() && connection.from_server.packets > 0;
    let missed = connection.from_client.anomalies.missing_bytes > 0
        || connection.from_server.anomalies.missing_bytes > 0
        || not_opened;
    let saw_all = |seen: &Sighting| {
        let streams = [Side::Client, Side::Server].map(|side| connection.traffic(side).stream_bytes);
        seen.is_answered() && streams.into_iter().zip(seen.stream_bytes).all(|(here, there)| here <= there)
    };
    missed
        && places.view_of(row).is_some_and(|id| {
            places.beside(id).any(|(_, view, overlap)| {
                let told = |seen: &&Sighting| row.also.iter().any(|also| also.is_same(&seen.seen));
                sighting(row, view, overlap).filter(|seen| !told(seen)).is_some_and(saw_all)
            })
        })
}

struct Here<'a> {
    row: &'a ConnectionRow,
    view: &'a View,
    id: ViewId,
}

struct There<'a> {
    view: &'a View,
    id: ViewId,
    overlap: Overlap,
}

/// The same connection as another place saw it.
fn sighting<'v>(row: &ConnectionRow, other: &'v View, overlap: Overlap) -> Option<&'v Sighting> {
    let numbers = row.connection.numbers;
    let seen = other.sightings.of(numbers.client?)?;
    let begin = row.connection.first.time.plus(overlap.ahead);
    let near = seen.syn.since(begin).abs() <= super::one_row::RETRIED_FOR;
    (near && seen.fits(numbers.client?, numbers.server)).then_some(seen)
}

/// Both saw the connection, and one of them less of it.
fn between_both(here: &Here<'_>, there: &There<'_>, seen: &Sighting, places: &Places<'_>) -> Option<Between> {
    let here_in_front = there.overlap.a_in_front?;
    let connection = &here.row.connection;
    let answered_there = seen.is_answered();
    if connection.is_unanswered() && answered_there {
        return lacking_here(here, there, Missing::SynAck, seen, places);
    }
    if let Some(syn_ack) = connection.handshake.syn_ack.filter(|_| !answered_there && !here_in_front) {
        return lacking_there(here, there, Missing::SynAck, here.row.place(syn_ack), places);
    }
    // What the client sends comes by the front first, what the server sends by the back.
    for (side, there_bytes) in [Side::Client, Side::Server].into_iter().zip(seen.stream_bytes) {
        if side == Side::Server && (connection.numbers.server.is_none() || !answered_there) {
            // Where its stream begins was not captured at both.
            continue;
        }
        let traffic = connection.traffic(side);
        let here_first = here_in_front == (side == Side::Client);
        let missing = |bytes: u64| match side {
            Side::Client => Missing::FromClient(bytes),
            Side::Server => Missing::FromServer(bytes),
        };
        if here_first && traffic.stream_bytes > there_bytes {
            let at = traffic.last_data.unwrap_or(connection.last);
            let bytes = traffic.stream_bytes - there_bytes;
            return lacking_there(here, there, missing(bytes), here.row.place(at), places);
        }
        if !here_first && there_bytes > traffic.stream_bytes && traffic.anomalies.missing_bytes == 0 {
            let bytes = there_bytes - traffic.stream_bytes;
            return lacking_here(here, there, missing(bytes), seen, places);
        }
    }
    None
}

/// What is here is not there.
fn lacking_there(
    here: &Here<'_>,
    there: &There<'_>,
    missing: Missing,
    place: Place,
    places: &Places<'_>,
) -> Option<Between> {
    let until = here.row.connection.last.time.plus(there.overlap.ahead);
    let covered = covers(places, there.id, until, until) && there.view.lost.unwrap_or(0) == 0;
    let (known, all) = there.overlap.a_answered;
    (covered && holds_nearly_all(known, all)).then(|| Between {
        missing,
        place,
        not_in: there.view.inputs.iter().copied().collect(),
        shared: (known, all),
        surely: there.view.lost.is_some(),
    })
}

/// What is there is not here.
fn lacking_here(
    here: &Here<'_>,
    there: &There<'_>,
    missing: Missing,
    seen: &Sighting,
    places: &Places<'_>,
) -> Option<Between> {
    let until = seen.last.plus(-there.overlap.ahead);
    let covered = covers(places, here.id, until, until) && here.view.lost.unwrap_or(0) == 0;
    let (known, all) = there.overlap.b_answered;
    (covered && holds_nearly_all(known, all)).then(|| Between {
        missing,
        place: seen.seen.place(),
        not_in: here.view.inputs.iter().copied().collect(),
        shared: (known, all),
        surely: here.view.lost.is_some(),
    })
}

/// SYNs that no place behind saw, although together those places saw nearly all other connections.
fn syns_lost(row: &ConnectionRow, id: ViewId, places: &Places<'_>) -> Option<Between> {
    let handshake = &row.connection.handshake;
    let (syn, number) =
        (handshake.syn.filter(|_| row.connection.is_unanswered())?, row.connection.numbers.client?);
    let last = handshake.last_syn.unwrap_or(syn);
    let behind: Vec<(ViewId, &View, Overlap)> =
        places.beside(id).filter(|(_, _, overlap)| overlap.a_in_front == Some(true)).collect();
    let lacks = |(other, view, overlap): &(ViewId, &View, Overlap)| {
        let (from, to) = (syn.time.plus(overlap.ahead), last.time.plus(overlap.ahead));
        view.sightings.lacks(number) && view.lost.unwrap_or(0) == 0 && covers(places, *other, from, to)
    };
    let seen: u64 = behind.iter().map(|(_, _, overlap)| overlap.a_answered.0).sum();
    let of = behind.iter().map(|(_, _, overlap)| overlap.a_answered.1).max()?;
    (behind.iter().all(lacks) && row.also.is_empty() && holds_nearly_all(seen, of)).then(|| Between {
        missing: Missing::Syns(handshake.syns),
        place: row.place(syn),
        not_in: behind.iter().flat_map(|(_, view, _)| view.inputs.iter().copied()).collect(),
        shared: (seen.min(of), of),
        surely: behind.iter().all(|(_, view, _)| view.lost.is_some()),
    })
}

fn covers(places: &Places<'_>, id: ViewId, from: Time, to: Time) -> bool {
    places.spans.get(&id).is_some_and(|&(first, last)| first <= from && to <= last)
}

fn holds_nearly_all(matched: u64, all: u64) -> bool {
    matched >= ENOUGH_OTHERS && matched * 20 >= all * 19
}
