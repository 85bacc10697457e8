//! Messages that name the connection of a captured request by its client's address and port: what the clock of a log is told by that nothing else
//! tells.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::sight::{BothSaw, SeenRequest};
use crate::correlate::whole::Whole;
use crate::evidence::{ConnectionRow, InputId, MessageRow, Place};
use crate::time::{Duration, Time};

/// Of one client's address and port, so many requests and so many messages are compared each with each.
const MOST_OF_A_CLIENT: usize = 16;

/// One end of a connection.
type Client = (IpAddr, u16);

/// The requests that messages name by their connection, each with the messages that do, by the log. `corrected`: an instant of an input by the
/// reference clock.
pub(super) fn by_connection(
    evidence: &Whole,
    wanted: impl Fn(&MessageRow) -> bool,
    corrected: impl Fn(InputId, Time) -> Time,
) -> BTreeMap<InputId, Vec<BothSaw>> {
    let mut told: BTreeMap<Client, (Vec<SeenRequest>, Vec<&MessageRow>)> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| wanted(row)) {
        if let Some(client) = row.line.client.zip(row.line.client_port) {
            told.entry(client).or_default().1.push(row);
        }
    }
    if told.is_empty() {
        return BTreeMap::new();
    }
    for row in &evidence.connections {
        let client = (row.connection.client.ip(), row.connection.client.port());
        if let Some((carried, _)) = told.get_mut(&client) {
            carried.extend(requests_of(row).map(|seen| {
                let by_reference = |time| corrected(seen.input, time);
                SeenRequest { start: by_reference(seen.start), end: seen.end.map(by_reference), ..seen }
            }));
        }
    }
    let mut pairs: BTreeMap<InputId, Vec<BothSaw>> = BTreeMap::new();
    for (carried, messages) in told.values() {
        if carried.len().max(messages.len()) <= MOST_OF_A_CLIENT {
            add_pairs(&mut pairs, carried, messages);
        }
    }
    pairs
}

/// What a connection carried; the connection itself, where it failed before a request could be asked. Any other may have carried requests that are
/// not kept, and its end tells an idle timeout and not theirs.
fn requests_of(row: &ConnectionRow) -> impl Iterator<Item = SeenRequest> {
    let sight = |place: Place, start: Time, end: Option<Time>| SeenRequest {
        input: place.input(),
        start,
        end,
        resolution: Duration::NANOSECOND,
        line: Some(place),
    };
    let exchanges = row.exchanges.iter().filter_map(move |kept| {
        let request = kept.exchange.request.as_ref()?;
        let end = kept.exchange.response.as_deref().map(|response| response.last.time);
        Some(sight(row.place(request.first), request.first.time, end))
    });
    let connection = &row.connection;
    let is_alone = row.exchanges.is_empty() && row.failed_before_request();
    let alone = is_alone
        .then(|| sight(row.place(connection.first), connection.first.time, Some(connection.last.time)));
    exchanges.chain(alone)
}

fn add_pairs(pairs: &mut BTreeMap<InputId, Vec<BothSaw>>, carried: &[SeenRequest], messages: &[&MessageRow]) {
    for reference in carried {
        for row in messages {
            let Some(time) = row.line.time else { continue };
            let other = SeenRequest {
                input: row.place.input(),
                start: time,
                end: Some(time),
                resolution: row.line.resolution,
                line: Some(row.place),
            };
            #[expect(clippy::cast_precision_loss, reason = "at most 16 each")]
            let weight = 1.0 / (carried.len() * messages.len()) as f64;
            pairs.entry(other.input).or_default().push(BothSaw::of_its_end(reference, &other, weight));
        }
    }
}
