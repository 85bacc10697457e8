//! Lines that name a captured request by its client's address, and by that one's port or by what was asked: what the clock of a log is told by that nothing
//! else tells.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::sight::{BothSaw, SeenRequest};
use crate::correlate::whole::Whole;
use crate::evidence::{AccessRow, ConnectionRow, InputId, MessageRow, Place, RequestKey};
use crate::time::{Duration, Time};

/// Of one client, so many requests and so many lines are compared each with each.
const MOST_OF_A_CLIENT: usize = 16;

/// What a line calls the request by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Client {
    /// One end of its connection.
    Connection(IpAddr, u16),
    /// An address and what it asked for.
    Asked(IpAddr, RequestKey),
}

impl Client {
    fn of(address: Option<IpAddr>, port: Option<u16>, asked: Option<RequestKey>) -> Option<Client> {
        let address = address?;
        let by_port = port.map(|port| Client::Connection(address, port));
        by_port.or_else(|| asked.map(|asked| Client::Asked(address, asked)))
    }
}

/// A request of a connection as one source tells of it, and what it asked where that is known.
#[derive(Clone, Copy)]
struct ToldRequest {
    seen: SeenRequest,
    asked: Option<RequestKey>,
}

/// Of one client.
#[derive(Default)]
struct OfClient {
    captured: Vec<ToldRequest>,
    logged: Vec<ToldRequest>,
}

/// The captured requests that lines name by their clients, each with the lines that do, by the log. `is_wanted`: the logs that are asked about;
/// `corrected`: an instant of an input by the reference clock.
pub(super) fn by_client(
    evidence: &Whole,
    is_wanted: impl Fn(InputId) -> bool,
    corrected: impl Fn(InputId, Time) -> Time,
) -> BTreeMap<InputId, Vec<BothSaw>> {
    let messages = evidence.messages.iter().filter(|row| is_wanted(row.place.input())).filter_map(of_message);
    let lines = evidence.access.iter().filter(|row| is_wanted(row.place.input())).filter_map(of_line);
    let mut clients: BTreeMap<Client, OfClient> = BTreeMap::new();
    for (client, told) in messages.chain(lines) {
        clients.entry(client).or_default().logged.push(told);
    }
    if clients.is_empty() {
        return BTreeMap::new();
    }
    let by_reference = |told: ToldRequest| {
        let corrected = |time| corrected(told.seen.input, time);
        let (start, end) = (corrected(told.seen.start), told.seen.end.map(corrected));
        ToldRequest { seen: SeenRequest { start, end, ..told.seen }, ..told }
    };
    for row in &evidence.connections {
        let (address, port) = (row.connection.client.ip(), row.connection.client.port());
        for told in requests_of(row) {
            let by_asked = told.asked.map(|asked| Client::Asked(address, asked));
            for client in [Some(Client::Connection(address, port)), by_asked].into_iter().flatten() {
                if let Some(of_client) = clients.get_mut(&client) {
                    of_client.captured.push(by_reference(told));
                }
            }
        }
    }
    let mut pairs: BTreeMap<InputId, Vec<BothSaw>> = BTreeMap::new();
    for of_client in clients.values() {
        if of_client.captured.len().max(of_client.logged.len()) <= MOST_OF_A_CLIENT {
            add_pairs(&mut pairs, of_client);
        }
    }
    pairs
}

fn of_message(row: &MessageRow) -> Option<(Client, ToldRequest)> {
    let time = row.line.time?;
    let seen = SeenRequest {
        input: row.place.input(),
        start: time,
        end: Some(time),
        resolution: row.line.resolution,
        line: Some(row.place),
    };
    let asked = row.line.request.as_ref().map(|(method, target)| RequestKey::of(method, target));
    Some((Client::of(row.line.client, row.line.client_port, asked)?, ToldRequest { seen, asked }))
}

fn of_line(AccessRow { place, line }: &AccessRow) -> Option<(Client, ToldRequest)> {
    let seen = SeenRequest {
        input: place.input(),
        start: line.start(),
        end: line.end(),
        resolution: line.resolution,
        line: Some(*place),
    };
    let asked = RequestKey::of_line(line);
    let client = Client::of(line.real_peer.or(line.remote_address), line.remote_port, asked)?;
    Some((client, ToldRequest { seen, asked }))
}

/// What a connection carried; the connection itself, where it failed before a request could be asked. Any other may have carried requests that are
/// not kept, and its end tells an idle timeout and not theirs.
fn requests_of(row: &ConnectionRow) -> impl Iterator<Item = ToldRequest> {
    let told = |asked: Option<RequestKey>, place: Place, start: Time, end: Option<Time>| ToldRequest {
        seen: SeenRequest {
            input: place.input(),
            start,
            end,
            resolution: Duration::NANOSECOND,
            line: Some(place),
        },
        asked,
    };
    let exchanges = row.exchanges.iter().filter_map(move |kept| {
        let request = kept.exchange.request.as_ref()?;
        let end = kept.exchange.response.as_deref().map(|response| response.last.time);
        let asked = RequestKey::of(&request.method, &request.target);
        Some(told(Some(asked), row.place(request.first), request.first.time, end))
    });
    let connection = &row.connection;
    let is_alone = row.exchanges.is_empty() && row.failed_before_request();
    let alone = is_alone
        .then(|| told(None, row.place(connection.first), connection.first.time, Some(connection.last.time)));
    exchanges.chain(alone)
}

fn add_pairs(pairs: &mut BTreeMap<InputId, Vec<BothSaw>>, OfClient { captured, logged }: &OfClient) {
    let may_be_one = |a: &ToldRequest, b: &ToldRequest| a.asked.zip(b.asked).is_none_or(|(a, b)| a == b);
    for reference in captured {
        for other in logged.iter().filter(|other| may_be_one(reference, other)) {
            #[expect(clippy::cast_precision_loss, reason = "at most 16 each")]
            let weight = 1.0 / (captured.len() * logged.len()) as f64;
            pairs.entry(other.seen.input).or_default().push(BothSaw::of(
                &reference.seen,
                &other.seen,
                weight,
            ));
        }
    }
}
