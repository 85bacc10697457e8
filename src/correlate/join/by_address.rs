//! Joins without a ray: by the edge's address and port, by the request line, by time, and only where one case alone fits.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use super::refusals::may_be_answer;
use crate::correlate::case::{Attempt, Case, Join};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, Protocol, RequestKey};
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// Where more cases than these ask for one thing at about one time, nobody knows which of them a row without an address belongs to.
const MOST_NEAR: usize = 256;

/// Cases by what they ask for, in order of when they began: what there is to go by where the edge's log tells no address.
type ByAsked = BTreeMap<RequestKey, Vec<(Time, usize)>>;

/// Where a case may be found that a row without a ray belongs to.
struct Near {
    /// The edge's address.
    address: Option<IpAddr>,
    /// When the row's request began, by the reference clock.
    time: Time,
    /// How far the case may be earlier or later.
    tolerance: Duration,
}

/// From the first packet of a connection to its last, by the reference clock.
struct Life {
    first: Time,
    last: Time,
    /// How far an event of another clock may lie outside and still be inside.
    tolerance: Duration,
}

impl Joiner<'_> {
    /// Where no ray is in the packets: the edge's address and the request line must agree, the time be near, and one case alone fit.
    pub fn exchanges_without_ray(&mut self) {
        let joined = self.unread_exchanges();
        let by_asked = if self.by_edge_address.is_empty() { self.by_asked() } else { ByAsked::new() };
        for (connection, row) in self.evidence.connections.indexed() {
            let without_ray = (0..).zip(&row.exchanges).filter(|(_, kept)| kept.exchange.ray().is_none());
            for (exchange, kept) in without_ray {
                let attempt = Attempt { connection, exchange: Some(exchange) };
                if joined.contains(&attempt) {
                    continue;
                }
                let known = kept.exchange.request.as_ref().and_then(|request| {
                    let near = Near {
                        address: Some(row.connection.client.ip()),
                        time: self.attempt_time(attempt),
                        tolerance: self.tolerance(row.place(request.first), Duration::NANOSECOND),
                    };
                    let key = RequestKey::of(&request.method, &request.target);
                    let fits = |case: &Case| {
                        case.attempts.is_empty() && self.asks_for(case, key) && may_be_answer(case, kept)
                    };
                    self.only_case(&near, by_asked.get(&key).map_or(&[][..], Vec::as_slice), fits)
                });
                match known {
                    Some(index) => self.attach(index, attempt, Join::Addresses),
                    None if kept.failure.is_some() => {
                        self.add_captured_case(attempt);
                    }
                    None => {}
                }
            }
        }
    }

    /// Connections that failed before a request; then encrypted ones, whose requests cannot be read, and those that a device on the way
    /// ended, whose last request may never have come through.
    pub fn connections_without_request(&mut self) {
        let silent =
            self.evidence.connections.indexed().filter(|(_, row)| row.exchanges.is_empty()).collect();
        let silent = self.by_endings(silent).into_iter();
        let (failed, others): (Vec<_>, Vec<_>) = silent.partition(|(_, row)| row.failed_before_request());
        for (connection, row) in failed {
            match self.case_at_connect(row) {
                Some(index) => self.attach(index, without_exchange(connection), Join::Addresses),
                None => {
                    self.add(Case::from_connection(connection, row, self.clocks), None);
                }
            }
        }
        let unreadable = |row: &ConnectionRow| row.protocol == Protocol::Tls || row.reset_is_forged();
        let others = others.into_iter().filter(|(_, row)| unreadable(row));
        // A healthy connection of the same moment is taken only where none shows the failure itself.
        let (failing, others): (Vec<_>, Vec<_>) = others.partition(|(_, row)| row.shows_failure_inside());
        for (connection, row) in failing.into_iter().chain(others) {
            if let Some(index) = self.case_within_life(row) {
                self.attach(index, without_exchange(connection), Join::Addresses);
            }
        }
    }

    fn life(&self, row: &ConnectionRow) -> Life {
        Life {
            first: self.clocks.correct(row.input(), row.connection.first.time),
            last: self.clocks.correct(row.input(), row.connection.last.time),
            tolerance: self.tolerance(row.place(row.connection.first), Duration::NANOSECOND),
        }
    }

    /// The one case from this connection's address that was under way while the connection lived and that no packets are known of.
    fn case_within_life(&self, row: &ConnectionRow) -> Option<usize> {
        let Life { first, last, tolerance } = self.life(row);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let mut fitting = candidates.iter().filter(|index| {
            let case = &self.cases[**index];
            let overlaps = case.time.since(last) <= tolerance && first.since(case.end) <= tolerance;
            // The request went over this connection only if it was the one that the failure ended.
            overlaps
                && case.attempts.is_empty()
                && !matches!(case.failure, Failure::ToldByLine(_))
                && case.may_have_been_sent(self.evidence)
                && last.since(case.end).abs() <= tolerance
        });
        let only = fitting.next().copied();
        only.filter(|_| fitting.next().is_none())
    }

    /// The case that was waiting for this connection: of the edge's address, begun no later than its first packet and not over
    /// before it; the earliest that has no packets yet, else the earliest that has (it tried again).
    fn case_at_connect(&self, row: &ConnectionRow) -> Option<usize> {
        let Life { first, tolerance, .. } = self.life(row);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let waiting = candidates.iter().copied().filter(|&index| {
            let case = &self.cases[index];
            case.time.since(first) <= tolerance
                && first.since(case.end) <= tolerance
                && case.failed_before_answer(self.evidence)
        });
        waiting.min_by_key(|&index| {
            let case = &self.cases[index];
            (!case.attempts.is_empty(), case.time.since(first).abs(), index)
        })
    }

    /// A 400 of the origin, on a connection in whose handshake it asked for a client certificate and got none, is that demand.
    pub fn certificate_demands(&mut self) {
        let connections = self.evidence.connections.indexed();
        for (connection, row) in connections.filter(|(_, row)| row.client_sent_no_certificate()) {
            let Life { first, last, tolerance } = self.life(row);
            for (index, edge) in
                self.evidence.edge.indexed().filter(|(_, edge)| is_answered_400(&edge.record))
            {
                let time = self.clocks.correct(edge.place.input(), edge.record.start);
                let during = time.since(last) <= tolerance && first.since(time) <= tolerance;
                let same_address = edge.record.edge_address == Some(row.connection.client.ip());
                if !during || !same_address {
                    continue;
                }
                let case = match self.case_with_record(edge) {
                    Some(case) if matches!(self.cases[case].failure, Failure::ToldByLine(_)) => case,
                    Some(_) => continue,
                    None => {
                        let case = Case::from_edge(index, edge, Failure::ClientCertificate, self.clocks);
                        self.add(case, edge.record.edge_address)
                    }
                };
                self.cases[case].failure = Failure::ClientCertificate;
                self.attach(case, without_exchange(connection), Join::Addresses);
            }
        }
    }

    fn by_asked(&self) -> ByAsked {
        let mut by_asked = ByAsked::new();
        for (index, case) in self.cases.iter().enumerate() {
            let keys: BTreeSet<RequestKey> = self.asked(case).collect();
            keys.into_iter().for_each(|key| by_asked.entry(key).or_default().push((case.time, index)));
        }
        by_asked.values_mut().for_each(|cases| cases.sort_unstable());
        by_asked
    }

    /// The case near a row that fits, where it is the only one.
    fn only_case(&self, near: &Near, alike: &[(Time, usize)], fits: impl Fn(&Case) -> bool) -> Option<usize> {
        let of_address = near.address.and_then(|address| self.by_edge_address.get(&address));
        let from = alike.partition_point(|(time, _)| *time < near.time.plus(-near.tolerance));
        let until = alike.partition_point(|(time, _)| *time <= near.time.plus(near.tolerance));
        let of_time = alike.get(from..until).filter(|cases| cases.len() <= MOST_NEAR).unwrap_or_default();
        let of_time = of_time.iter().map(|(_, index)| *index);
        let is_near = |index: &usize| self.cases[*index].time.since(near.time).abs() <= near.tolerance;
        let near = of_address.into_iter().flatten().copied().filter(is_near).chain(of_time);
        let mut fitting = near.filter(|&index| fits(&self.cases[index]));
        let only = fitting.next();
        only.filter(|_| fitting.next().is_none())
    }
}

/// An attempt of which no request can be read.
pub(super) fn without_exchange(connection: ConnectionIndex) -> Attempt {
    Attempt { connection, exchange: None }
}

fn is_answered_400(record: &EdgeRecord) -> bool {
    record.edge_status == Some(400) && record.origin_status == Some(400)
}
