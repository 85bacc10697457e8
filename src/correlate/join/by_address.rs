//! Joins without a ray: by the edge's address and port, by the request line, by time, and only where one case alone fits.

use super::super::case::{Attempt, Case, Join};
use super::{Joiner, blank};
use crate::evidence::failure::Failure;
use crate::evidence::{AccessRow, ConnectionRow, KeptExchange, Protocol};
use crate::logs::EdgeRecord;
use crate::time::Time;
use std::net::IpAddr;

pub(super) struct Near {
    address: Option<IpAddr>,
    time: Time,
    tolerance: i64,
}

impl<'a> Joiner<'a> {
    /// Where no ray is in the packets: the edge's address and the request line must agree, the time be near, and one case alone fit.
    pub(super) fn exchanges_without_ray(&mut self) {
        for (connection, row) in self.partial.connections.iter().enumerate() {
            for (exchange, kept) in
                row.exchanges.iter().enumerate().filter(|(_, kept)| kept.exchange.ray().is_none())
            {
                let attempt = Attempt { connection, exchange: Some(exchange) };
                let Some(request) = &kept.exchange.request else {
                    self.orphan(attempt, kept);
                    continue;
                };
                let near = Near {
                    address: Some(row.connection.client.ip()),
                    time: self.attempt_time(attempt),
                    tolerance: self.tolerance(row.place(request.first), 1),
                };
                let same_line = |case: &Case| {
                    case.method.as_ref() == Some(&request.method)
                        && case.target.as_ref() == Some(&request.target)
                };
                match self.only_case(&near, |case| same_line(case) && case.attempts.is_empty()) {
                    Some(index) => self.attach(index, attempt, Join::Addresses),
                    None => self.orphan(attempt, kept),
                }
            }
        }
    }

    pub(super) fn orphan(&mut self, attempt: Attempt, kept: &KeptExchange) {
        if kept.failure.is_some() {
            self.add_captured_case(attempt);
        }
    }

    /// Connections that failed before a request; then encrypted ones, whose requests cannot be read, and those that a device on the way
    /// ended, whose last request may never have come through.
    pub(super) fn connections_without_request(&mut self) {
        let silent =
            || self.partial.connections.iter().enumerate().filter(|(_, row)| row.exchanges.is_empty());
        let (failed, others): (Vec<_>, Vec<_>) = silent().partition(|(_, row)| row.failed_before_request());
        for (connection, row) in failed {
            let attempt = Attempt { connection, exchange: None };
            match self.case_at_connect(row) {
                Some(index) => self.attach(index, attempt, Join::Addresses),
                None => {
                    let time = self.attempt_time(attempt);
                    let end = self.clocks.correct(row.input(), row.connection.last.time);
                    let case = Case { attempts: vec![attempt], ..blank(None, time, end, Failure::Connect) };
                    self.add(case, None);
                }
            }
        }
        for (connection, row) in
            others.into_iter().filter(|(_, row)| row.protocol == Protocol::Tls || row.reset_is_forged())
        {
            if let Some(index) = self.case_within_life(row) {
                self.attach(index, Attempt { connection, exchange: None }, Join::Addresses);
            }
        }
    }

    /// The one case from this connection's address that was under way while the connection lived and that no packets are known of.
    pub(super) fn case_within_life(&self, row: &ConnectionRow) -> Option<usize> {
        let first = self.clocks.correct(row.input(), row.connection.first.time);
        let last = self.clocks.correct(row.input(), row.connection.last.time);
        let tolerance = self.tolerance(row.place(row.connection.first), 1);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let mut fitting = candidates.iter().filter(|index| {
            let case = &self.cases[**index];
            let overlaps = case.time.since(last) <= tolerance && first.since(case.end) <= tolerance;
            // The request went over this connection only if it was the one that the failure ended.
            overlaps
                && case.attempts.is_empty()
                && case.may_have_been_sent()
                && last.since(case.end).abs() <= tolerance
        });
        let only = fitting.next().copied();
        only.filter(|_| fitting.next().is_none())
    }

    /// The case that was waiting for this connection: of the edge's address, begun no later than its first packet and not over
    /// before it; the earliest that has no packets yet, else the earliest that has (it tried again).
    pub(super) fn case_at_connect(&self, row: &ConnectionRow) -> Option<usize> {
        let first = self.clocks.correct(row.input(), row.connection.first.time);
        let tolerance = self.tolerance(row.place(row.connection.first), 1);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let waiting = candidates.iter().copied().filter(|&index| {
            let case = &self.cases[index];
            case.time.since(first) <= tolerance
                && first.since(case.end) <= tolerance
                && case.failed_before_answer()
        });
        waiting.min_by_key(|&index| {
            let case = &self.cases[index];
            (!case.attempts.is_empty(), case.time.since(first).abs(), index)
        })
    }

    /// A 400 of the origin, on a connection in whose handshake it asked for a client certificate and got none, is that demand.
    pub(super) fn certificate_demands(&mut self) {
        for (connection, row) in
            self.partial.connections.iter().enumerate().filter(|(_, row)| row.client_sent_no_certificate())
        {
            let first = self.clocks.correct(row.input(), row.connection.first.time);
            let last = self.clocks.correct(row.input(), row.connection.last.time);
            let tolerance = self.tolerance(row.place(row.connection.first), 1);
            for edge in self.partial.edge.iter().filter(|edge| is_answered_400(&edge.record)) {
                let input = edge.place.input();
                let time = self.clocks.correct(input, edge.record.start);
                let during = time.since(last) <= tolerance && first.since(time) <= tolerance;
                if !during
                    || edge.record.edge_address != Some(row.connection.client.ip())
                    || self.is_repeated_record(edge)
                {
                    continue;
                }
                let end = edge.record.end.map_or(time, |end| self.clocks.correct(input, end));
                let case = Case {
                    colo: edge.record.colo,
                    method: edge.record.method.clone(),
                    host: edge.record.host.clone(),
                    target: edge.record.target.clone(),
                    edge: Some(edge.clone()),
                    attempts: vec![Attempt { connection, exchange: None }],
                    join: Join::Addresses,
                    ..blank(edge.record.ray, time, end, Failure::ClientCertificate)
                };
                self.add(case, edge.record.edge_address);
            }
        }
    }

    pub(super) fn access_lines_without_ray(&mut self) {
        for row in self.partial.access.iter().filter(|row| row.line.ray.is_none()) {
            let line = &row.line;
            let near = Near {
                address: line.real_peer.or(line.remote_address),
                time: self.clocks.correct(row.place.input(), line.start()),
                tolerance: self.tolerance(row.place, line.resolution),
            };
            let same_line = |case: &Case| {
                case.method == line.method && case.target == line.target && line.method.is_some()
            };
            match self.only_case(&near, |case| same_line(case) && case.access.is_empty()) {
                Some(index) => {
                    let case = &mut self.cases[index];
                    case.access.push(row.clone());
                    case.join = case.join.max(Join::Time);
                }
                None if !self.seen_in_packets(row) => self.add_access_case(row, near.time),
                None => {}
            }
        }
    }

    /// A 5xx that the packets show too is a case already; its line is no second one.
    pub(super) fn seen_in_packets(&self, row: &AccessRow) -> bool {
        let line = &row.line;
        let near = Near {
            address: line.real_peer.or(line.remote_address),
            time: self.clocks.correct(row.place.input(), line.start()),
            tolerance: self.tolerance(row.place, line.resolution),
        };
        self.cases_near(&near).any(|case| case.method == line.method && case.target == line.target)
    }

    pub(super) fn cases_near<'s>(&'s self, near: &Near) -> impl Iterator<Item = &'s Case> + use<'s, 'a> {
        let (time, tolerance) = (near.time, near.tolerance);
        let candidates = near.address.and_then(|address| self.by_edge_address.get(&address));
        candidates
            .into_iter()
            .flatten()
            .map(|&index| &self.cases[index])
            .filter(move |case| case.time.since(time).abs() <= tolerance)
    }

    pub(super) fn only_case(&self, near: &Near, fits: impl Fn(&Case) -> bool) -> Option<usize> {
        let candidates = self.by_edge_address.get(&near.address?)?;
        let mut fitting = candidates.iter().copied().filter(|&index| {
            let case = &self.cases[index];
            case.time.since(near.time).abs() <= near.tolerance && fits(case)
        });
        let only = fitting.next();
        only.filter(|_| fitting.next().is_none())
    }
}

fn is_answered_400(record: &EdgeRecord) -> bool {
    record.edge_status == Some(400) && record.origin_status == Some(400)
}
