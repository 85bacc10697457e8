//! Connections to the requests of a log of the edge that names no address, and requests that the capture cut to those that they are: by when they
//! failed, and by how.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::by_address::without_exchange;
use super::joiner::Joiner;
use crate::correlate::case::{Attempt, Case, Join};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, KeptExchange, Protocol};
use crate::flow::{Arrival, Side};
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// Cases before and after it that one connection is held against: the nearest ones.
const MOST_NEAR: usize = 32;

/// A connection that failed, or that ended without an answer to what was asked last.
struct FailedAttempt {
    attempt: Attempt,
    /// The edge's address.
    client: IpAddr,
    /// When the edge met it, by the reference clock.
    time: Time,
    /// What the edge says of such an end, the likeliest first.
    statuses: &'static [u16],
    /// Whether that is how the request began, and not how it ended.
    begins: bool,
    tolerance: Duration,
}

/// What the edge says of a connection that failed in this way (docs/edge.md); `None` where it did not.
fn statuses(row: &ConnectionRow) -> Option<(&'static [u16], bool)> {
    let connection = &row.connection;
    if connection.reset.is_some_and(|reset| reset.refused_syn)
        || connection.icmp.is_some_and(|icmp| icmp.is_rejection())
    {
        return Some((&[521, 520, 523], true));
    }
    if connection.icmp.is_some_and(|icmp| icmp.is_no_route_to(Side::Server)) {
        return Some((&[523, 522, 520], true));
    }
    if connection.is_unanswered() || connection.handshake.is_never_completed() {
        return Some((&[522, 523, 524], true));
    }
    if row.failed_before_request() {
        return Some((&[525, 526, 520], true));
    }
    if row.protocol != Protocol::Tls {
        return row.reset_is_forged().then_some((&[520], false));
    }
    if row.tls.as_ref().is_some_and(|tls| tls.server_refuses().is_some()) {
        return Some((&[520, 525], false));
    }
    row.unanswered_inside()?;
    match connection.closed_first()? {
        (Side::Server, ..) => Some((&[520], false)),
        (Side::Client, ..) => Some((&[524, 522, 520], false)),
    }
}

/// What the edge says of a request whose head was cut by the capture and that failed in this way.
fn statuses_of_unread(kept: &KeptExchange) -> Option<&'static [u16]> {
    let is_unread = kept.exchange.request.as_ref().is_some_and(|request| request.target.is_empty());
    match kept.failure.filter(|_| is_unread && kept.exchange.ray().is_none())? {
        Failure::NoResponse => Some(&[520, 521]),
        Failure::StreamRefused(_) => Some(&[520, 502]),
        Failure::GivenUp | Failure::Undelivered => Some(&[524, 522, 520]),
        _ => None,
    }
}

impl Joiner<'_> {
    /// Brings connections that failed to cases without an address. Gives back those that no case is near to.
    pub fn by_endings<'r>(
        &mut self,
        rows: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let endings = rows.iter().filter_map(|(index, row)| self.ending(*index, row)).collect();
        let joined = self.one_to_one(endings, |record| !tells_address(record));
        rows.into_iter().filter(|(index, _)| !joined.contains(&without_exchange(*index))).collect()
    }

    /// Brings requests that failed and of which the capture has too little to know what they ask for to cases of their address, or to those
    /// without one. Gives those that were joined.
    pub fn unread_exchanges(&mut self) -> BTreeSet<Attempt> {
        let mut endings = Vec::new();
        for (connection, row) in self.evidence.connections.indexed() {
            for (exchange, kept) in (0..).zip(&row.exchanges) {
                let closed = row.connection.closed_first();
                let Some((statuses, (_, _, at))) = statuses_of_unread(kept).zip(closed) else { continue };
                let attempt = Attempt { connection, exchange: Some(exchange) };
                endings.push(self.ending_at(attempt, row, at, (statuses, false)));
            }
        }
        self.one_to_one(endings, |_| true)
    }

    /// Each case takes the ending nearest to it in time among those that the edge would speak of as it does. Gives the attempts that were joined.
    fn one_to_one(
        &mut self,
        endings: Vec<FailedAttempt>,
        may_wait: impl Fn(&EdgeRecord) -> bool,
    ) -> BTreeSet<Attempt> {
        let mut joined = BTreeSet::new();
        if endings.is_empty() {
            return joined;
        }
        let waiting = self.waiting(may_wait);
        let mut pairs: Vec<(usize, Duration, usize, usize)> = Vec::new();
        for (number, ending) in endings.iter().enumerate() {
            pairs.extend(self.near(ending, &waiting).map(|(rank, apart, case)| (rank, apart, case, number)));
        }
        // What fits best and is nearest goes first; then whatever is left.
        pairs.sort_unstable();
        for (_, _, case, number) in pairs {
            let attempt = endings[number].attempt;
            if self.cases[case].attempts.is_empty() && joined.insert(attempt) {
                let by_address = self.cases[case].edge_address(self.evidence).is_some();
                self.attach(case, attempt, if by_address { Join::Addresses } else { Join::Time });
            }
        }
        joined
    }

    /// Cases by the edge's word that have no packets, by when they began and by when they were over.
    fn waiting(&self, may_wait: impl Fn(&EdgeRecord) -> bool) -> [Vec<(Time, usize)>; 2] {
        let waits = |case: &Case| {
            case.attempts.is_empty() && case.edge(self.evidence).is_some_and(|row| may_wait(&row.record))
        };
        let cases = || self.cases.iter().enumerate().filter(|(_, case)| waits(case));
        let mut begun: Vec<(Time, usize)> = cases().map(|(index, case)| (case.time, index)).collect();
        let mut over: Vec<(Time, usize)> = cases().map(|(index, case)| (case.end, index)).collect();
        begun.sort_unstable();
        over.sort_unstable();
        [begun, over]
    }

    fn ending(&self, connection: ConnectionIndex, row: &ConnectionRow) -> Option<FailedAttempt> {
        let (statuses, begins) = statuses(row)?;
        let at = if begins { row.connection.first } else { row.connection.closed_first()?.2 };
        Some(self.ending_at(without_exchange(connection), row, at, (statuses, begins)))
    }

    fn ending_at(
        &self,
        attempt: Attempt,
        row: &ConnectionRow,
        at: Arrival,
        (statuses, begins): (&'static [u16], bool),
    ) -> FailedAttempt {
        let tolerance = self.tolerance(row.place(at), Duration::NANOSECOND);
        let time = self.clocks.correct(row.input(), at.time);
        FailedAttempt { attempt, client: row.connection.client.ip(), time, statuses, begins, tolerance }
    }

    /// The cases near an ending that the edge speaks of as it would of that: how well its word fits, and how far they are apart.
    fn near<'n>(
        &'n self,
        ending: &'n FailedAttempt,
        [begun, over]: &'n [Vec<(Time, usize)>; 2],
    ) -> impl Iterator<Item = (usize, Duration, usize)> + 'n {
        let moments = if ending.begins { begun } else { over };
        let (before, after) = moments.split_at(moments.partition_point(|(time, _)| *time < ending.time));
        let is_near = |(time, _): &&(Time, usize)| time.since(ending.time).abs() <= ending.tolerance;
        let before = before.iter().rev().take(MOST_NEAR).take_while(is_near);
        let near = before.chain(after.iter().take(MOST_NEAR).take_while(is_near));
        near.filter_map(|(time, case)| {
            let row = self.cases[*case].asked_origin(self.evidence)?;
            if tells_address(&row.record) && row.record.edge_address != Some(ending.client) {
                return None;
            }
            let status = self.cases[*case].status_at_origin(self.evidence)?;
            let rank = ending.statuses.iter().position(|said| *said == status)?;
            Some((rank, time.since(ending.time).abs(), *case))
        })
    }
}

/// Whether a record of the edge tells its address, or that it has none.
fn tells_address(record: &EdgeRecord) -> bool {
    record.edge_address.is_some() || record.edge_address_logged
}
