//! Requests as each source saw them, by their rays or by what they asked: what clocks are compared by.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::sight::{BothSaw, SeenRequest};
use crate::correlate::whole::Whole;
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{
    AccessRow, AskedAtEdge, ConnectionRow, EdgeRow, HarRow, InputId, KeptExchange, LoggedRequest, MessageRow,
    RequestKey,
};
use crate::facts::handshakes::{is_failed_handshake, tells_of_failed_handshake};
use crate::logs::MessageLine;
use crate::ray::{Ray, RayAtColo};
use crate::time::Duration;

/// The most rows of one key that are compared each with each; of more, one is kept, which says so.
const MOST_OF_A_KEY: usize = 16;
/// The same of handshakes that a client's address alone names.
const MOST_OF_A_CLIENT: usize = 64;

/// The requests in the order of their rays, each input's first of a ray: of several attempts the first is the one that the edge's start belongs
/// to. `apart` corrects captures to the clock of their folder.
pub(super) fn seen_requests(
    evidence: &Whole,
    apart: impl Fn(InputId) -> Duration + Sync,
) -> Vec<(Ray, SeenRequest)> {
    let corrected = |(ray, seen): (Ray, SeenRequest)| {
        let apart = apart(seen.input);
        let end = seen.end.map(|end| end.plus(apart));
        (ray, SeenRequest { start: seen.start.plus(apart), end, ..seen })
    };
    let sorted = |requests: &mut dyn Iterator<Item = (Ray, SeenRequest)>| {
        let mut requests: Vec<(Ray, SeenRequest)> = requests.map(corrected).collect();
        requests.sort_unstable();
        requests
    };
    let (mut requests, of_rows) =
        rayon::join(|| sorted(&mut of_samples(evidence)), || sorted(&mut of_rows(evidence)));
    requests.extend(of_rows);
    // Two sorted parts: a stable sort merges them.
    requests.sort();
    requests.dedup_by_key(|(ray, seen)| (*ray, seen.input));
    requests
}

fn of_samples(evidence: &Whole) -> impl Iterator<Item = (Ray, SeenRequest)> {
    let kinds = [Seen::Edge, Seen::Capture, Seen::Access, Seen::Har];
    kinds.into_iter().flat_map(|seen| evidence.samples.of(seen)).filter_map(of_sample)
}

fn of_rows(evidence: &Whole) -> impl Iterator<Item = (Ray, SeenRequest)> {
    let exchanges =
        evidence.connections.iter().flat_map(|row| row.exchanges.iter().map(move |kept| (row, kept)));
    let of_logs =
        evidence.edge.iter().filter_map(of_edge).chain(evidence.access.iter().filter_map(of_access));
    let of_har = evidence.har.iter().filter_map(of_har);
    of_logs.chain(of_har).chain(exchanges.filter_map(|(row, kept)| of_exchange(row, kept)))
}

/// Requests without rays that both the edge and an access log saw, by the log: each sight of a key at the edge with each at the origin,
/// and how likely they are one.
pub(super) fn by_key(evidence: &Whole) -> BTreeMap<InputId, Vec<BothSaw>> {
    let mut pairs: BTreeMap<InputId, Vec<BothSaw>> = BTreeMap::new();
    for (at_edge, at_origin) in evidence.keys.in_both() {
        add_pairs(&mut pairs, at_edge, at_origin);
    }
    pairs
}

/// What asked for what: by the client's address, where an error log's clients are those that the edge's log names.
type AskedByClient = (RequestKey, Option<IpAddr>);

/// The same of the failing requests that the edge's records and the messages of an error log name.
pub(super) fn by_message(
    evidence: &Whole,
    wanted: impl Fn(&MessageRow) -> bool,
) -> BTreeMap<InputId, Vec<BothSaw>> {
    if !evidence.messages.iter().any(&wanted) {
        return BTreeMap::new();
    }
    let clients_at_edge: BTreeSet<IpAddr> = evidence.edge.iter().flat_map(clients).flatten().collect();
    let most = |(key, client): &AskedByClient| match client.map(RequestKey::of_peer) == Some(*key) {
        true => MOST_OF_A_CLIENT,
        false => MOST_OF_A_KEY,
    };
    let asked_at_edge = AskedAtEdge::of(evidence.edge.iter().map(|row| &row.record));
    let mut sights: BTreeMap<AskedByClient, (Vec<LoggedRequest>, Vec<LoggedRequest>)> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| wanted(row)) {
        let key = asked_at_edge.of_message(&row.line).or_else(|| of_handshake(&row.line));
        let (Some(time), Some(key)) = (row.line.time, key) else { continue };
        let client = row.line.client.filter(|client| clients_at_edge.contains(client));
        let asked = (key, client);
        let (_, told) = sights.entry(asked).or_default();
        let sighting = LoggedRequest { end: Some(time), ..LoggedRequest::at(row.place, row.line.resolution) };
        // Several messages of one request are one sight of it.
        if told.len() <= most(&asked) && told.last().is_none_or(|last| last.end != Some(time)) {
            told.push(sighting);
        }
    }
    if sights.is_empty() {
        return BTreeMap::new();
    }
    for row in &evidence.edge {
        for asked in asked_by(row) {
            let known = sights.get_mut(&asked);
            if let Some((at_edge, _)) = known.filter(|(at_edge, _)| at_edge.len() <= most(&asked)) {
                let sighting = LoggedRequest::of_record(row.place, &row.record);
                at_edge.push(LoggedRequest { status: None, ..sighting });
            }
        }
    }
    let mut pairs = BTreeMap::new();
    for (asked, (at_edge, told)) in &sights {
        if at_edge.len().max(told.len()) <= most(asked) {
            add_pairs(&mut pairs, at_edge, told);
        }
    }
    pairs
}

/// What messages may name of a record's request: what was asked, by whom; of one whose handshake failed, the client alone.
fn asked_by(row: &EdgeRow) -> BTreeSet<AskedByClient> {
    let record = &row.record;
    let clients = clients(row).into_iter();
    if record.edge_status.is_some_and(is_failed_handshake) {
        return clients.flatten().map(|client| (RequestKey::of_peer(client), Some(client))).collect();
    }
    let Some(target) = record.target.as_deref() else { return BTreeSet::new() };
    let method = record.method.as_deref().unwrap_or(COMMONEST_METHOD);
    let clients: Vec<Option<IpAddr>> = clients.chain([None]).collect();
    let by_all = |key| clients.iter().map(move |client| (key, *client));
    RequestKey::by_any_name(method, target).into_iter().flat_map(by_all).collect()
}

/// The key of a message about a handshake that failed, or that a proxy could not pass on.
fn of_handshake(line: &MessageLine) -> Option<RequestKey> {
    let is_of_handshake =
        line.signature.is_some_and(tells_of_failed_handshake) || line.server_behind().is_some();
    line.client.filter(|_| is_of_handshake).map(RequestKey::of_peer)
}

/// Whom an origin may name as the client of a record's request: the edge, or the visitor (nginx's module realip).
fn clients(EdgeRow { record, .. }: &EdgeRow) -> [Option<IpAddr>; 2] {
    [record.edge_address, record.client_address]
}

fn add_pairs(
    pairs: &mut BTreeMap<InputId, Vec<BothSaw>>,
    at_edge: &[LoggedRequest],
    at_origin: &[LoggedRequest],
) {
    for edge in at_edge {
        for origin in at_origin.iter().filter(|origin| may_be_one(edge, origin)) {
            let (Some(mut reference), Some(other)) = (seen(edge), seen(origin)) else { continue };
            if is_over_without(edge, origin) {
                reference.end = None;
            }
            // A log behind another has the same requests.
            let of_log = at_origin.iter().filter(|logged| logged.place.input() == other.input).count();
            #[expect(clippy::cast_precision_loss, reason = "at most 16 each")]
            let weight = 1.0 / (at_edge.len() * of_log) as f64;
            pairs.entry(other.input).or_default().push(BothSaw::of(&reference, &other, weight));
        }
    }
}

/// What the origin answered is what it logs, unless it gave no answer.
fn may_be_one(edge: &LoggedRequest, origin: &LoggedRequest) -> bool {
    match (edge.status, origin.status) {
        (Some(edge), Some(origin)) => edge == origin || edge == 0 || matches!(origin, 444 | 499),
        _ => true,
    }
}

/// Whether the edge waited on for an answer that the origin had given by its own line: the ends of both are two moments then.
fn is_over_without(edge: &LoggedRequest, origin: &LoggedRequest) -> bool {
    const SOON: Duration = Duration::SECOND;
    let waited = edge.start.zip(edge.end).is_some_and(|(start, end)| end.since(start) > SOON);
    edge.status == Some(0) && origin.status.is_some_and(|status| status < 400) && waited
}

fn seen(sighting: &LoggedRequest) -> Option<SeenRequest> {
    let start = sighting.start.or(sighting.end)?;
    let (input, resolution) = (sighting.place.input(), sighting.resolution);
    Some(SeenRequest { input, start, end: sighting.end, resolution, line: Some(sighting.place) })
}

fn of_sample(request: &HealthyRequest) -> Option<(Ray, SeenRequest)> {
    let &HealthyRequest { ray, input, time, end, resolution, .. } = request;
    Some((ray?, SeenRequest { input, start: time, end, resolution, line: None }))
}

fn of_edge(EdgeRow { place, record }: &EdgeRow) -> Option<(Ray, SeenRequest)> {
    let (start, end, resolution) = (record.start, record.end, record.resolution);
    Some((record.ray?, SeenRequest { input: place.input(), start, end, resolution, line: None }))
}

fn of_access(AccessRow { place, line }: &AccessRow) -> Option<(Ray, SeenRequest)> {
    let (start, end, resolution) = (line.start(), line.end(), line.resolution);
    Some((line.ray?.ray, SeenRequest { input: place.input(), start, end, resolution, line: None }))
}

fn of_har(HarRow { place, entry }: &HarRow) -> Option<(Ray, SeenRequest)> {
    let start = entry.start?;
    let end = entry.duration.map(|duration| start.plus(duration));
    let (input, resolution) = (place.input(), Duration::NANOSECOND);
    Some((entry.ray?.ray, SeenRequest { input, start, end, resolution, line: None }))
}

fn of_exchange(row: &ConnectionRow, kept: &KeptExchange) -> Option<(Ray, SeenRequest)> {
    let request = kept.exchange.request.as_ref()?;
    let RayAtColo { ray, .. } = request.ray?;
    let end = kept.exchange.response.as_deref().map(|response| response.last.time);
    let input = row.place(request.first).input();
    let (start, resolution) = (request.first.time, Duration::NANOSECOND);
    Some((ray, SeenRequest { input, start, end, resolution, line: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{InputId, Place};
    use crate::time::Time;

    /// Otherwise the clock of a log whose answers never reached the edge is held to be as far off as the edge waits.
    #[test]
    fn the_end_of_a_wait_is_not_that_of_an_answer_which_the_origin_had_given() {
        let at = |input, line| {
            let place = Place::Line { input: InputId(input), line, before: 0 };
            LoggedRequest::at(place, Duration::SECOND)
        };
        let second = |second| Some(Time::from_seconds(second, 0));
        let edge = LoggedRequest { start: second(100), end: second(225), status: Some(0), ..at(0, 1) };
        let ahead = |status, end| {
            let mut pairs = BTreeMap::new();
            let origin = LoggedRequest { end: second(end), status: Some(status), ..at(1, 1) };
            add_pairs(&mut pairs, std::slice::from_ref(&edge), &[origin]);
            pairs[&InputId(1)][0].ahead()
        };
        assert_eq!(ahead(200, 100), Duration::ZERO, "answered at once");
        assert_eq!(ahead(499, 225), Duration::ZERO, "its peer left");
    }
}
