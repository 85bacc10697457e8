//! Builds the cases: every source's word on one failing request, put together by its ray, else by addresses and ports, else by the
//! time and the request line; what fits nowhere with certainty stays apart.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::{Attempt, Case, Join};
use super::clock::Clocks;
use crate::evidence::failure::{self, Failure};
use crate::evidence::{
    AccessRow, ConnectionRow, EdgeRow, HarRow, KeptExchange, MessageRow, Partial, Place, Protocol,
};
use crate::logs::EdgeRecord;
use crate::ray::Ray;
use crate::time::{SECOND, Time};

/// One ray may come again much later; within this span two sightings are one request.
const SAME_RAY_WITHIN: i64 = 600 * SECOND;
/// Beyond resolution and spread, what lies between an event at the edge and its trace at the origin.
const TRANSIT: i64 = SECOND;

/// The cases of an incident, and what was found to be none.
#[derive(Debug, Default)]
pub struct Joined {
    /// Failing requests and failed connections, in order of time.
    pub cases: Vec<Case>,
    /// Attempts that failed and that a retry of the same ray healed.
    pub healed_attempts: u64,
    /// Requests that their visitors ended: cases only where they are many.
    pub client_aborts: Vec<Case>,
}

/// Joins all rows of `partial`. `origin_line_limit`: what origins take of one request header line, in bytes.
pub fn join(partial: &Partial, clocks: &Clocks, origin_line_limit: u64) -> Joined {
    let mut joiner = Joiner::new(partial, clocks, origin_line_limit);
    joiner.edge_records();
    joiner.har_entries();
    joiner.exchanges_with_ray();
    joiner.access_lines_with_ray();
    joiner.exchanges_without_ray();
    joiner.connections_without_request();
    joiner.certificate_demands();
    joiner.access_lines_without_ray();
    joiner.messages();
    joiner.finish()
}

struct Joiner<'a> {
    partial: &'a Partial,
    clocks: &'a Clocks,
    line_limit: u64,
    cases: Vec<Case>,
    by_ray: BTreeMap<Ray, Vec<usize>>,
    by_edge_address: BTreeMap<IpAddr, Vec<usize>>,
    /// Records of the edge that are no failure by themselves, by ray.
    healthy_at_edge: BTreeMap<Ray, &'a EdgeRow>,
    has_edge_log: bool,
    healed_attempts: u64,
}

impl<'a> Joiner<'a> {
    fn new(partial: &'a Partial, clocks: &'a Clocks, line_limit: u64) -> Joiner<'a> {
        let healthy =
            partial.edge.iter().filter(|row| failure::of_edge_record(&row.record, line_limit).is_none());
        Joiner {
            partial,
            clocks,
            line_limit,
            cases: Vec::new(),
            by_ray: BTreeMap::new(),
            by_edge_address: BTreeMap::new(),
            healthy_at_edge: healthy
                .filter(|row| row.record.edge_status != Some(499))
                .filter_map(|row| Some((row.record.ray?, row)))
                .collect(),
            has_edge_log: partial
                .inputs
                .values()
                .any(|input| input.kind == crate::evidence::InputKind::EdgeLog),
            healed_attempts: 0,
        }
    }

    fn add(&mut self, case: Case, edge_address: Option<IpAddr>) -> usize {
        let index = self.cases.len();
        if let Some(ray) = case.ray {
            self.by_ray.entry(ray).or_default().push(index);
        }
        if let Some(address) = edge_address {
            self.by_edge_address.entry(address).or_default().push(index);
        }
        self.cases.push(case);
        index
    }

    fn edge_records(&mut self) {
        for row in &self.partial.edge {
            let record = &row.record;
            let aborted = record.edge_status == Some(499) && failure::is_visitors(record);
            let failure =
                failure::of_edge_record(record, self.line_limit).or(aborted.then_some(Failure::ClientAbort));
            let Some(failure) = failure else { continue };
            if self.is_repeated_record(row) {
                continue;
            }
            let input = row.place.input();
            let time = self.clocks.correct(input, record.start);
            let case = Case {
                colo: record.colo,
                method: record.method.clone(),
                host: record.host.clone(),
                target: record.target.clone(),
                edge: Some(row.clone()),
                ..blank(
                    record.ray,
                    time,
                    record.end.map_or(time, |end| self.clocks.correct(input, end)),
                    failure,
                )
            };
            self.add(case, record.edge_address);
        }
    }

    /// Logpush may deliver a record twice.
    fn is_repeated_record(&self, row: &EdgeRow) -> bool {
        let same =
            |index: &usize| self.cases[*index].edge.as_ref().is_some_and(|known| known.record == row.record);
        row.record.ray.is_some_and(|ray| self.by_ray.get(&ray).is_some_and(|known| known.iter().any(same)))
    }

    fn har_entries(&mut self) {
        for row in &self.partial.har {
            let Some(failure) = failure::of_har_entry(&row.entry, self.line_limit) else { continue };
            let start = row.entry.start.map(|start| self.clocks.correct(row.place.input(), start));
            let ray = row.entry.ray.map(|ray| ray.ray);
            match self.case_of_ray(ray, Some(&row.entry.host), start) {
                Some(index) => self.cases[index].har = Some(row.clone()),
                None => self.add_har_case(row, failure, start.unwrap_or_default()),
            }
        }
    }

    fn add_har_case(&mut self, row: &HarRow, failure: Failure, time: Time) {
        let entry = &row.entry;
        let case = Case {
            colo: entry.ray.and_then(|ray| ray.colo),
            method: Some(entry.method.clone()),
            host: Some(entry.host.clone()),
            target: Some(entry.target.clone()),
            har: Some(row.clone()),
            ..blank(entry.ray.map(|ray| ray.ray), time, time.plus(entry.duration.unwrap_or(0)), failure)
        };
        self.add(case, None);
    }

    /// The case of a ray, on the same host where both are known, near in time where that is known.
    fn case_of_ray(&self, ray: Option<Ray>, host: Option<&str>, time: Option<Time>) -> Option<usize> {
        let fits = |index: &&usize| {
            let case = &self.cases[**index];
            let same_host = host.is_none() || case.host.is_none() || case.host.as_deref() == host;
            same_host && time.is_none_or(|time| time.since(case.time).abs() <= SAME_RAY_WITHIN)
        };
        self.by_ray.get(&ray?)?.iter().find(fits).copied()
    }

    fn exchanges_with_ray(&mut self) {
        let mut by_ray: BTreeMap<Ray, Vec<Attempt>> = BTreeMap::new();
        for (connection, row) in self.partial.connections.iter().enumerate() {
            for (exchange, kept) in row.exchanges.iter().enumerate() {
                if let Some(ray) = kept.exchange.ray() {
                    by_ray.entry(ray.ray).or_default().push(Attempt { connection, exchange: Some(exchange) });
                }
            }
        }
        for (ray, mut attempts) in by_ray {
            attempts.sort_by_key(|attempt| self.attempt_time(*attempt));
            self.attempts_of_ray(ray, attempts);
        }
    }

    /// The edge tries again: attempts are one request, and what a retry healed is no failure.
    fn attempts_of_ray(&mut self, ray: Ray, attempts: Vec<Attempt>) {
        let mut failed: Vec<Attempt> = Vec::new();
        for attempt in attempts {
            let Some((row, kept)) = self.exchange(attempt) else { continue };
            let host = kept.exchange.request.as_ref().and_then(|request| request.host.as_deref());
            let time = self.attempt_time(attempt);
            if let Some(index) = self.case_of_ray(Some(ray), host, Some(time)) {
                let case = &mut self.cases[index];
                case.colo = case.colo.or(kept.exchange.ray().and_then(|ray| ray.colo));
                case.attempts.push(attempt);
            } else if kept.failure.is_some() {
                failed.push(attempt);
            } else if is_answered(kept) {
                // A later attempt of this ray was answered.
                self.healed_attempts += failed.drain(..).len() as u64;
            }
            let _ = row;
        }
        let Some(&first) = failed.first() else { return };
        let last = failed
            .last()
            .and_then(|attempt| self.exchange(*attempt))
            .and_then(|(_, kept)| kept.exchange.request.as_ref());
        let healed = self
            .partial
            .answered
            .get(&ray)
            .zip(last)
            .is_some_and(|(answered, last)| *answered > last.first.time);
        if healed {
            self.healed_attempts += failed.len() as u64;
            return;
        }
        let record = self.healthy_at_edge.get(&ray).copied();
        if record.is_some_and(|row| self.is_healed(row, &failed)) {
            self.healed_attempts += failed.len() as u64;
        } else {
            let index = self.add_captured_case(first);
            self.cases[index].attempts = failed;
            self.cases[index].edge = record.cloned();
        }
    }

    /// What the edge passed on as it came was not healed: a 400 that names too large a head is a failure with the edge's record, too.
    fn is_healed(&self, row: &EdgeRow, failed: &[Attempt]) -> bool {
        let mut answers =
            failed.iter().filter_map(|attempt| self.exchange(*attempt)?.1.exchange.response.as_ref()?.status);
        answers.all(|status| row.record.edge_status != Some(status))
    }

    fn add_captured_case(&mut self, attempt: Attempt) -> usize {
        let time = self.attempt_time(attempt);
        let Some((row, kept)) = self.exchange(attempt) else {
            return self.add(blank(None, time, time, Failure::Connect), None);
        };
        let ray = kept.exchange.ray();
        let end = self.clocks.correct(row.input(), row.connection.last.time);
        let request = kept.exchange.request.as_ref();
        let case = Case {
            colo: ray.and_then(|ray| ray.colo),
            method: request.map(|request| request.method.clone()),
            host: request.and_then(|request| request.host.clone()),
            target: request.map(|request| request.target.clone()),
            attempts: vec![attempt],
            ..blank(ray.map(|ray| ray.ray), time, end, kept.failure.unwrap_or(Failure::NoResponse))
        };
        let address = row.connection.client.ip();
        self.add(case, Some(address))
    }

    fn exchange(&self, attempt: Attempt) -> Option<(&'a ConnectionRow, &'a KeptExchange)> {
        let row = self.partial.connections.get(attempt.connection)?;
        Some((row, row.exchanges.get(attempt.exchange?)?))
    }

    /// When an attempt began, by the reference clock.
    fn attempt_time(&self, attempt: Attempt) -> Time {
        let Some(row) = self.partial.connections.get(attempt.connection) else { return Time::default() };
        let kept = attempt.exchange.and_then(|index| row.exchanges.get(index));
        let request = kept.and_then(|kept| kept.exchange.request.as_ref()).map(|request| request.first);
        let response = kept.and_then(|kept| kept.exchange.response.as_ref()).map(|response| response.first);
        self.clocks.correct(row.input(), request.or(response).unwrap_or(row.connection.first).time)
    }

    fn access_lines_with_ray(&mut self) {
        for row in &self.partial.access {
            let Some(ray) = row.line.ray else { continue };
            let start = self.clocks.correct(row.place.input(), row.line.start());
            match self.case_of_ray(Some(ray.ray), row.line.host.as_deref(), Some(start)) {
                Some(index) => {
                    let case = &mut self.cases[index];
                    case.colo = case.colo.or(ray.colo);
                    case.access.push(row.clone());
                }
                None => self.add_access_case(row, start),
            }
        }
    }

    fn add_access_case(&mut self, row: &AccessRow, time: Time) {
        let aborted = row.line.status == Some(499) && !self.has_edge_log;
        let failure =
            failure::of_access_line(&row.line, self.line_limit).or(aborted.then_some(Failure::ClientAbort));
        let Some(failure) = failure else { return };
        let case = Case {
            colo: row.line.ray.and_then(|ray| ray.colo),
            method: row.line.method.clone(),
            host: row.line.host.clone(),
            target: row.line.target.clone(),
            access: vec![row.clone()],
            ..blank(
                row.line.ray.map(|ray| ray.ray),
                time,
                time.plus(row.line.request_time.unwrap_or(0)),
                failure,
            )
        };
        self.add(case, row.line.real_peer.or(row.line.remote_address));
    }

    /// Where no ray is in the packets: the edge's address and the request line must agree, the time be near, and one case alone fit.
    fn exchanges_without_ray(&mut self) {
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

    fn orphan(&mut self, attempt: Attempt, kept: &KeptExchange) {
        if kept.failure.is_some() {
            self.add_captured_case(attempt);
        }
    }

    fn attach(&mut self, index: usize, attempt: Attempt, join: Join) {
        let case = &mut self.cases[index];
        case.attempts.push(attempt);
        case.join = case.join.max(join);
    }

    /// Connections that failed before a request; then encrypted ones, whose requests cannot be read, and those that a device on the way
    /// ended, whose last request may never have come through.
    fn connections_without_request(&mut self) {
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
    fn case_within_life(&self, row: &ConnectionRow) -> Option<usize> {
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
    fn case_at_connect(&self, row: &ConnectionRow) -> Option<usize> {
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
    fn certificate_demands(&mut self) {
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

    fn access_lines_without_ray(&mut self) {
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
    fn seen_in_packets(&self, row: &AccessRow) -> bool {
        let line = &row.line;
        let near = Near {
            address: line.real_peer.or(line.remote_address),
            time: self.clocks.correct(row.place.input(), line.start()),
            tolerance: self.tolerance(row.place, line.resolution),
        };
        self.cases_near(&near).any(|case| case.method == line.method && case.target == line.target)
    }

    fn messages(&mut self) {
        let connections: BTreeMap<u64, Vec<usize>> =
            self.cases.iter().enumerate().fold(BTreeMap::new(), |mut map, (index, case)| {
                for connection in case.access.iter().filter_map(|row| row.line.connection) {
                    map.entry(connection).or_default().push(index);
                }
                map
            });
        let mut by_line: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (index, case) in self.cases.iter().enumerate() {
            if let (Some(method), Some(target)) = (&case.method, &case.target) {
                by_line.entry((method.clone(), target.clone())).or_default().push(index);
            }
        }
        for row in &self.partial.messages {
            if let Some(index) = self.case_of_message(row, &connections, &by_line) {
                self.cases[index].messages.push(row.clone());
            }
        }
    }

    /// nginx writes its connection's number and the request line; the line is written while the request is under way.
    fn case_of_message(
        &self,
        row: &MessageRow,
        connections: &BTreeMap<u64, Vec<usize>>,
        by_line: &BTreeMap<(String, String), Vec<usize>>,
    ) -> Option<usize> {
        let time = self.clocks.correct(row.place.input(), row.line.time?);
        let tolerance = self.tolerance(row.place, row.line.resolution) + TRANSIT;
        let candidates = match (&row.line.request, row.line.connection) {
            (Some(request), _) => by_line.get(request)?,
            (None, Some(connection)) => connections.get(&connection)?,
            (None, None) => return None,
        };
        let fits = |index: &&usize| {
            let case = &self.cases[**index];
            let under_way = case.time.since(time) <= tolerance && time.since(case.end) <= tolerance;
            let same_connection = row.line.connection.is_none()
                || case.access.iter().all(|access| {
                    access.line.connection.is_none_or(|number| Some(number) == row.line.connection)
                });
            under_way && same_connection && self.is_clients(case, row)
        };
        let distance = |index: &&usize| {
            let case = &self.cases[**index];
            (case.messages.len(), time.since(case.end).abs().min(time.since(case.time).abs()), **index)
        };
        candidates.iter().filter(fits).min_by_key(distance).copied()
    }

    fn is_clients(&self, case: &Case, row: &MessageRow) -> bool {
        let Some(client) = row.line.client else { return true };
        let mut addresses = case
            .access
            .iter()
            .flat_map(|access| [access.line.remote_address, access.line.real_peer])
            .flatten();
        let record = case.edge.as_ref();
        let edge = record.and_then(|row| row.record.edge_address);
        let visitor = record.and_then(|row| row.record.client_address);
        let mut packets =
            case.attempts.iter().filter_map(|attempt| self.partial.connections.get(attempt.connection));
        // Behind a real-ip module the client is the visitor, else the edge.
        edge == Some(client)
            || visitor == Some(client)
            || addresses.any(|address| address == client)
            || packets.any(|row| row.connection.client.ip() == client)
    }

    fn tolerance(&self, place: Place, resolution: i64) -> i64 {
        TRANSIT + resolution + self.clocks.spread(place.input())
    }

    fn cases_near<'s>(&'s self, near: &Near) -> impl Iterator<Item = &'s Case> + use<'s, 'a> {
        let (time, tolerance) = (near.time, near.tolerance);
        let candidates = near.address.and_then(|address| self.by_edge_address.get(&address));
        candidates
            .into_iter()
            .flatten()
            .map(|&index| &self.cases[index])
            .filter(move |case| case.time.since(time).abs() <= tolerance)
    }

    fn only_case(&self, near: &Near, fits: impl Fn(&Case) -> bool) -> Option<usize> {
        let candidates = self.by_edge_address.get(&near.address?)?;
        let mut fitting = candidates.iter().copied().filter(|&index| {
            let case = &self.cases[index];
            case.time.since(near.time).abs() <= near.tolerance && fits(case)
        });
        let only = fitting.next();
        only.filter(|_| fitting.next().is_none())
    }

    fn finish(mut self) -> Joined {
        for case in &mut self.cases {
            let times: Vec<Time> = case
                .attempts
                .iter()
                .map(|attempt| {
                    let row = &self.partial.connections[attempt.connection];
                    self.clocks.correct(row.input(), row.connection.first.time)
                })
                .collect();
            let mut attempts: Vec<(Time, Attempt)> = times.into_iter().zip(case.attempts.drain(..)).collect();
            attempts.sort_by_key(|(time, attempt)| (*time, attempt.connection, attempt.exchange));
            case.attempts = attempts.into_iter().map(|(_, attempt)| attempt).collect();
        }
        let key = |case: &Case| (case.time, case.ray, case.host.clone(), case.target.clone());
        self.cases.sort_by_cached_key(key);
        let (client_aborts, cases) =
            self.cases.into_iter().partition(|case| case.failure == Failure::ClientAbort);
        Joined { cases, healed_attempts: self.healed_attempts, client_aborts }
    }
}

/// All that was kept of a ray, whether it failed or not; for a ray that was not seen, a case without any source.
pub fn seen(partial: &Partial, clocks: &Clocks, ray: Ray) -> Case {
    let is_rays = |seen: Option<crate::ray::RayAtColo>| seen.is_some_and(|seen| seen.ray == ray);
    let mut case = blank(Some(ray), Time::default(), Time::default(), Failure::NoResponse);
    for row in partial.edge.iter().filter(|row| row.record.ray == Some(ray)) {
        let input = row.place.input();
        case.time = clocks.correct(input, row.record.start);
        case.colo = row.record.colo;
        case.method = row.record.method.clone();
        case.target = row.record.target.clone();
        case.edge = Some(row.clone());
    }
    case.har = partial.har.iter().find(|row| is_rays(row.entry.ray)).cloned();
    case.access = partial.access.iter().filter(|row| is_rays(row.line.ray)).cloned().collect();
    for (connection, row) in partial.connections.iter().enumerate() {
        for (exchange, _) in row.exchanges.iter().enumerate().filter(|(_, kept)| is_rays(kept.exchange.ray()))
        {
            case.attempts.push(Attempt { connection, exchange: Some(exchange) });
        }
    }
    case
}

struct Near {
    address: Option<IpAddr>,
    time: Time,
    tolerance: i64,
}

fn is_answered_400(record: &EdgeRecord) -> bool {
    record.edge_status == Some(400) && record.origin_status == Some(400)
}

fn is_answered(kept: &KeptExchange) -> bool {
    kept.exchange.response.as_ref().is_some_and(|response| response.status.is_some())
}

fn blank(ray: Option<Ray>, time: Time, end: Time, failure: Failure) -> Case {
    Case {
        ray,
        colo: None,
        time,
        end,
        method: None,
        host: None,
        target: None,
        failure,
        edge: None,
        har: None,
        attempts: Vec::new(),
        access: Vec::new(),
        messages: Vec::new(),
        join: Join::Ray,
    }
}
