//! Requests by the connection that carried them: by the number that the server gave to it, or by the client's address and port.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use crate::correlate::assign::ServerConnection;
use crate::correlate::rows::{AccessIndex, ConnectionIndex};
use crate::evidence::{AccessRow, MessageRow, RequestKey};
use crate::time::{Duration, Time};

/// Of the requests of one connection, so many of those that began last are looked at.
const MOST_OF_A_CONNECTION: usize = 32;

/// What names a connection in a line of the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ConnectionName {
    Numbered(ServerConnection),
    Peer(IpAddr, u16),
}

/// A request, and when its connection carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CarriedRequest {
    start: Time,
    end: Time,
    /// The end as its log shows it: what was cut off of it is not added.
    shown_end: Time,
    /// All keys by which it may be named.
    keys: Option<[RequestKey; 3]>,
    /// The case that it is; `None` where it is none.
    case: Option<usize>,
}

/// The requests of a connection in order of time.
#[derive(Debug, Default)]
struct RequestsInOrder {
    requests: Vec<CarriedRequest>,
    longest: Duration,
}

/// Requests by their connections.
#[derive(Debug, Default)]
pub(super) struct OnConnections(BTreeMap<ConnectionName, RequestsInOrder>);

/// What a message says of the request that it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// When it was written, by the reference clock.
    pub time: Time,
    /// The resolution of that.
    pub resolution: Duration,
    /// What was asked, where it names that.
    pub key: Option<RequestKey>,
    /// Whether it speaks of one request alone.
    pub of_one: bool,
}

/// What a connection says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ByConnection {
    /// It is about these cases.
    Cases(Vec<usize>),
    /// It is about a request that is no case.
    Another,
    /// It may be about several requests, and speaks of one.
    Undecided,
    /// No request that was under way is known of its connection.
    Unknown,
}

impl OnConnections {
    fn add(&mut self, name: ConnectionName, carried: CarriedRequest) {
        let known = self.0.entry(name).or_default();
        known.requests.push(carried);
        known.longest = known.longest.max(carried.end.since(carried.start));
    }

    /// To be called once all are added.
    pub fn sort(&mut self) {
        self.0.values_mut().for_each(|known| {
            known.requests.sort_unstable();
            known.requests.dedup();
        });
    }

    fn names(row: &MessageRow, machine: usize) -> impl Iterator<Item = ConnectionName> {
        let line = &row.line;
        let numbered = line.connection.map(|number| ServerConnection { machine, number });
        let peer = line.client.zip(line.client_port);
        let peer = peer.map(|(address, port)| ConnectionName::Peer(address, port));
        numbered.map(ConnectionName::Numbered).into_iter().chain(peer)
    }
}

impl RequestsInOrder {
    /// Those of a message that were under way at an instant, or nearest to it and no further than `within`.
    fn nearest(&self, asked: &Asked, within: Duration) -> Vec<CarriedRequest> {
        let Asked { time, resolution, .. } = *asked;
        let from = self.requests.partition_point(|carried| carried.start.plus(self.longest + within) < time);
        let to = self.requests.partition_point(|carried| carried.start <= time.plus(resolution + within));
        let from = from.max(to.saturating_sub(MOST_OF_A_CONNECTION));
        let distance = |carried: &CarriedRequest| {
            let early = carried.start.since(time.plus(resolution));
            let outside = early.max(time.since(carried.end)).max(Duration::ZERO);
            // Of requests one after another, the one that ends as the message is written, anywhere in its second.
            let ends_late = carried.shown_end.since(time.plus(resolution));
            let ends_beside = ends_late.max(time.since(carried.shown_end)).max(Duration::ZERO);
            let from_end = if asked.of_one { ends_beside } else { Duration::ZERO };
            (outside, from_end)
        };
        let same = |carried: &&CarriedRequest| {
            asked.key.zip(carried.keys).is_none_or(|(asked, keys)| keys.contains(&asked))
        };
        let near = || self.requests.get(from..to).unwrap_or_default().iter().filter(same);
        let least = near().map(distance).min().filter(|(outside, _)| *outside <= within);
        near().filter(|carried| Some(distance(carried)) == least).copied().collect()
    }
}

impl Joiner<'_> {
    /// The connection of an access line, by its server's number.
    pub fn connection_of_line(&self, row: &AccessRow) -> Option<ServerConnection> {
        let machine = self.machines.get(&row.place.input()).copied()?;
        row.line.connection.map(|number| ServerConnection { machine, number })
    }

    /// All requests that lines and packets show on a connection that they name.
    pub fn on_connections(&self) -> OnConnections {
        let mut known = OnConnections::default();
        let mut of_line: BTreeMap<AccessIndex, usize> = BTreeMap::new();
        for (index, case) in self.cases.iter().enumerate() {
            of_line.extend(case.access.iter().map(|line| (*line, index)));
        }
        // Of a failure's line that fits several requests nobody knows that it is none of the cases.
        let apart: BTreeSet<AccessIndex> = self.apart.iter().copied().collect();
        for (index, row) in self.evidence.access.indexed().filter(|(index, _)| !apart.contains(index)) {
            let line = &row.line;
            let numbered = self.connection_of_line(row).map(ConnectionName::Numbered);
            let peers = [line.real_peer, line.remote_address].into_iter().flatten();
            let peers = peers.filter_map(|peer| Some(ConnectionName::Peer(peer, line.remote_port?)));
            for name in numbered.into_iter().chain(peers) {
                let start = self.clocks.at(row.place, line.start());
                let end = self.clocks.at(row.place, line.end().unwrap_or_else(|| line.start()));
                let carried = CarriedRequest {
                    start,
                    // What is cut off lies anywhere in the resolution.
                    end: end.plus(line.resolution),
                    shown_end: end,
                    keys: line
                        .method
                        .as_deref()
                        .zip(line.target.as_deref())
                        .map(|(method, target)| RequestKey::by_any_name(method, target)),
                    case: of_line.get(&index).copied(),
                };
                known.add(name, carried);
            }
        }
        self.captured(&mut known);
        known
    }

    fn captured(&self, known: &mut OnConnections) {
        let mut of_exchange: BTreeMap<(ConnectionIndex, Option<u32>), usize> = BTreeMap::new();
        for (index, case) in self.cases.iter().enumerate() {
            let attempts = case.attempts.iter();
            of_exchange.extend(attempts.map(|attempt| ((attempt.connection, attempt.exchange), index)));
        }
        for (index, row) in self.evidence.connections.indexed() {
            let client = row.connection.client;
            let name = ConnectionName::Peer(client.ip(), client.port());
            let correct = |time| self.clocks.correct(row.input(), time);
            let last = correct(row.connection.last.time);
            // A connection of which no request can be read is the case's from its first packet to its last.
            if let Some(case) = of_exchange.get(&(index, None)) {
                let start = correct(row.connection.first.time);
                known.add(
                    name,
                    CarriedRequest { start, end: last, shown_end: last, keys: None, case: Some(*case) },
                );
            }
            for (number, kept) in (0..).zip(&row.exchanges) {
                let Some(request) = &kept.exchange.request else { continue };
                let answered = kept.exchange.response.as_deref().map(|response| correct(response.last.time));
                known.add(
                    name,
                    CarriedRequest {
                        start: correct(request.first.time),
                        end: answered.unwrap_or(last),
                        shown_end: answered.unwrap_or(last),
                        keys: Some(RequestKey::by_any_name(&request.method, &request.target)),
                        case: of_exchange.get(&(index, Some(number))).copied(),
                    },
                );
            }
        }
    }

    /// Remembers that a message about a case names its connection.
    pub fn learn_connection(&self, known: &mut OnConnections, row: &MessageRow, case: usize) {
        let Some(&machine) = self.machines.get(&row.place.input()) else { return };
        let (start, end) = (self.cases[case].time, self.cases[case].end);
        for name in OnConnections::names(row, machine) {
            known.add(name, CarriedRequest { start, end, shown_end: end, keys: None, case: Some(case) });
        }
    }

    /// What the connection that a message names says of it. One that speaks of one request is that request's alone; others are about all
    /// that were under way.
    pub fn by_connection(&self, known: &OnConnections, row: &MessageRow, asked: &Asked) -> ByConnection {
        let Some(&machine) = self.machines.get(&row.place.input()) else { return ByConnection::Unknown };
        let within = self.tolerance(row.place, Duration::ZERO);
        let near = OnConnections::names(row, machine)
            .filter_map(|name| Some(known.0.get(&name)?.nearest(asked, within)))
            .find(|near| !near.is_empty());
        let Some(near) = near else { return ByConnection::Unknown };
        let mut cases: Vec<Option<usize>> = near.iter().map(|carried| carried.case).collect();
        cases.sort_unstable();
        cases.dedup();
        match (asked.of_one, cases.as_slice()) {
            (_, [None]) => ByConnection::Another,
            (true, [_, _, ..]) => ByConnection::Undecided,
            _ => ByConnection::Cases(cases.into_iter().flatten().collect()),
        }
    }
}
