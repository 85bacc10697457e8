//! Builds the cases: every source's word on one failing request, put together by its ray, else by addresses and ports, else by the
//! time and the request line; what fits nowhere with certainty stays apart.

mod by_address;
mod by_ray;
mod messages;

use super::case::{Attempt, Case, Join};
use super::clock::Clocks;
use crate::evidence::failure::{self, Failure};
use crate::evidence::{ConnectionRow, EdgeRow, KeptExchange, Partial, Place};
use crate::ray::Ray;
use crate::time::{SECOND, Time};
use std::collections::BTreeMap;
use std::net::IpAddr;

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

    fn attach(&mut self, index: usize, attempt: Attempt, join: Join) {
        let case = &mut self.cases[index];
        case.attempts.push(attempt);
        case.join = case.join.max(join);
    }

    fn tolerance(&self, place: Place, resolution: i64) -> i64 {
        TRANSIT + resolution + self.clocks.spread(place.input())
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

#[cfg(test)]
mod tests;
