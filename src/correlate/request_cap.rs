//! A fixed number of requests after which a server closes connections, as `keepalive_requests` and its like set it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::server_tally::{SOONEST_IDLE_CLOSE, ServerTally};
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::flow::Arrival;
use crate::time::{Duration, Time};

/// A number of requests after which the origin closes connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCap {
    /// Requests.
    pub requests: u32,
    /// Connections that it closed there.
    pub connections: u64,
}

/// By the connections that a server closed right behind an answer.
pub(super) fn by_closes(tally: &ServerTally) -> Option<RequestCap> {
    commonest(&tally.requests_at_close)
}

/// By the requests that servers closed upon without an answer, or soon after the answer before, at one number on their connections: whoever counts one
/// request too many closes like that, and no idle timer so soon. Connections that a process took with it as it ended may have carried as many requests as each other, and end at one time.
pub(super) fn by_failures(evidence: &Whole) -> BTreeMap<IpAddr, RequestCap> {
    const APART: Duration = Duration::SECOND;
    let mut closed: BTreeMap<IpAddr, (BTreeMap<u32, u64>, Vec<Time>)> = BTreeMap::new();
    for row in &evidence.connections {
        let in_the_clear = || row.exchanges.last().and_then(|kept| closed_upon(row, kept));
        if let Some((answered, at)) = in_the_clear().or_else(|| closed_upon_inside(row)) {
            let (counts, times) = closed.entry(row.connection.server.ip()).or_default();
            *counts.entry(answered).or_default() += 1;
            times.push(at);
        }
    }
    let cap = |(server, (counts, times)): (IpAddr, (BTreeMap<u32, u64>, Vec<Time>))| {
        let (first, last) = (times.iter().min()?, times.iter().max()?);
        let cap = commonest(&counts).filter(|_| last.since(*first) >= APART)?;
        Some((server, cap))
    };
    closed.into_iter().filter_map(cap).collect()
}

/// How many requests a connection had answered as the server closed it upon one more, or before one more came, and when that was. Of one that began
/// before the capture nobody knows how many.
fn closed_upon(row: &ConnectionRow, kept: &KeptExchange) -> Option<(u32, Time)> {
    let request = kept.exchange.request.as_ref().filter(|_| kept.failure == Some(Failure::NoResponse))?;
    closed_at(row, (kept.exchange.number, request.first, kept.previous_end))
}

/// The same of a connection whose requests nobody can read.
fn closed_upon_inside(row: &ConnectionRow) -> Option<(u32, Time)> {
    let turn = row.unanswered_inside()?;
    closed_at(row, (turn.number, turn.first, turn.before))
}

fn closed_at(row: &ConnectionRow, request: (u32, Arrival, Option<Arrival>)) -> Option<(u32, Time)> {
    let (number, first, before) = request;
    let at = row.ended_by_server().filter(|_| row.connection.initiator_known)?;
    let is_soon = |before: Arrival| at.time.since(before.time) < SOONEST_IDLE_CLOSE;
    (at > first || before.is_some_and(is_soon)).then_some((number.checked_sub(1)?, at.time))
}

/// The commonest of these numbers, its neighbours included, where it is most of all and no more than servers are configured to by hand.
fn commonest(closes: &BTreeMap<u32, u64>) -> Option<RequestCap> {
    const SMALLEST: u32 = 5;
    const LARGEST: u32 = 100_000;
    let around = |requests: u32| -> u64 {
        closes.range(requests.saturating_sub(1)..=requests + 1).map(|(_, count)| count).sum()
    };
    let candidates = closes.iter().filter(|(requests, _)| (SMALLEST..LARGEST).contains(*requests));
    let (&requests, _) =
        candidates.max_by_key(|(requests, count)| (**count, std::cmp::Reverse(**requests)))?;
    let all: u64 = closes.values().sum();
    let connections = around(requests);
    (connections >= 5 && connections * 4 >= all * 3).then_some(RequestCap { requests, connections })
}
