//! Messages of error logs to the requests that they are about.

use std::collections::BTreeMap;

use super::by_ray::SAME_RAY_WITHIN;
use super::joiner::{Joiner, TRANSIT};
use crate::correlate::assign::Scope;
use crate::correlate::case::Case;
use crate::evidence::{MessageRow, RequestKey};
use crate::logs::MessageLine;
use crate::time::{Duration, Time};

/// Of the requests of one name that were under way, so many of those that began last are looked at.
const MOST_CANDIDATES: usize = 256;

/// Cases that have one name, in order of time.
#[derive(Default)]
struct InOrder {
    cases: Vec<(Time, usize)>,
    longest: Duration,
}

/// Cases that a message may be about, by what messages name.
struct Candidates<'e> {
    /// By the number that the server gave to the connection.
    by_connection: BTreeMap<u64, InOrder>,
    /// By method and target.
    by_line: BTreeMap<RequestKey, InOrder>,
    /// By target alone.
    by_target: BTreeMap<&'e str, InOrder>,
}

/// What a message can speak of, by what it names.
fn scope(line: &MessageLine) -> Option<Scope> {
    let names_request = line.ray.is_some() || line.request.is_some();
    match (line.connection, line.about_process) {
        _ if names_request => Some(Scope::Request),
        (Some(_), _) => Some(Scope::Connection),
        _ if line.target.is_some() => Some(Scope::Request),
        (None, Some(_)) => Some(Scope::Process),
        (None, None) => line.signature.map(|_| Scope::Host),
    }
}

impl<'a> Joiner<'a> {
    /// Adds to each case the messages about it.
    pub fn messages(&mut self) {
        if self.evidence.messages.iter().next().is_none() {
            return;
        }
        let candidates = self.candidates();
        for (index, row) in self.evidence.messages.indexed() {
            if let Some(case) = self.case_of_message(row, &candidates) {
                self.cases[case].messages.push(index);
            }
        }
    }

    fn candidates(&self) -> Candidates<'a> {
        let mut candidates = Candidates {
            by_connection: BTreeMap::new(),
            by_line: BTreeMap::new(),
            by_target: BTreeMap::new(),
        };
        for (index, case) in self.cases.iter().enumerate() {
            for connection in case.access(self.evidence).filter_map(|row| row.line.connection) {
                candidates.by_connection.entry(connection).or_default().add(index, case);
            }
            // What was never sent left no message that names its request line.
            let asked = case.method(self.evidence).zip(case.target(self.evidence));
            if let Some((method, target)) = asked.filter(|_| case.may_have_been_sent(self.evidence)) {
                candidates.by_line.entry(RequestKey::of(method, target)).or_default().add(index, case);
                candidates.by_target.entry(target).or_default().add(index, case);
            }
        }
        let named = candidates.by_connection.values_mut().chain(candidates.by_line.values_mut());
        let named = named.chain(candidates.by_target.values_mut());
        named.for_each(|cases| cases.cases.sort_unstable());
        candidates
    }

    /// nginx writes its connection's number and the request line; the line is written while the request is under way. What a process or
    /// the machine did is no request's alone.
    fn case_of_message(&self, row: &MessageRow, candidates: &Candidates<'_>) -> Option<usize> {
        let of_ray = row.line.ray.and_then(|ray| self.by_ray.get(&ray));
        let Some(time) = row.line.time else { return of_ray?.last().copied() };
        let time = self.clocks.at(row.place, time);
        let distance = |index: &usize| {
            let case = &self.cases[*index];
            (case.messages.len(), time.since(case.end).abs().min(time.since(case.time).abs()), *index)
        };
        if let Some(of_ray) = of_ray {
            // A ray is the request's own name; the tunnel's end at the edge is not its client.
            let near = |index: &usize| time.since(self.cases[*index].end).abs() <= SAME_RAY_WITHIN;
            return of_ray.iter().copied().filter(near).min_by_key(distance);
        }
        let tolerance = self.tolerance(row.place, row.line.resolution) + TRANSIT;
        let candidates = match (scope(&row.line)?, &row.line.request) {
            (Scope::Request, Some((method, target))) => {
                candidates.by_line.get(&RequestKey::of(method, target))?
            }
            (Scope::Request, None) => candidates.by_target.get(row.line.target.as_deref()?)?,
            (Scope::Connection, _) => candidates.by_connection.get(&row.line.connection?)?,
            (Scope::Process | Scope::Host, _) => return None,
        };
        let fits = |index: &usize| {
            let case = &self.cases[*index];
            let under_way = case.time.since(time) <= tolerance && time.since(case.end) <= tolerance;
            let same_connection = || {
                row.line.connection.is_none()
                    || case.access(self.evidence).all(|access| {
                        access.line.connection.is_none_or(|number| Some(number) == row.line.connection)
                    })
            };
            under_way && same_connection() && self.is_clients(case, row)
        };
        candidates.under_way(time, tolerance).filter(fits).min_by_key(distance)
    }

    /// Whether the client that a message names, if it names one, is that of the case.
    fn is_clients(&self, case: &Case, row: &MessageRow) -> bool {
        let Some(client) = row.line.client else { return true };
        let mut addresses = case
            .access(self.evidence)
            .flat_map(|access| [access.line.remote_address, access.line.real_peer])
            .flatten();
        let record = case.edge(self.evidence);
        let edge = record.and_then(|row| row.record.edge_address);
        let visitor = record.and_then(|row| row.record.client_address);
        let mut packets = case.connections(self.evidence);
        // Behind a real-ip module the client is the visitor, else the edge.
        edge == Some(client)
            || visitor == Some(client)
            || addresses.any(|address| address == client)
            || packets.any(|row| row.connection.client.ip() == client)
    }
}

impl InOrder {
    fn add(&mut self, index: usize, case: &Case) {
        self.cases.push((case.time, index));
        self.longest = self.longest.max(case.end.since(case.time));
    }

    /// Those that may have been under way at an instant.
    fn under_way(&self, time: Time, tolerance: Duration) -> impl Iterator<Item = usize> + '_ {
        let from = self.cases.partition_point(|(begin, _)| begin.plus(self.longest + tolerance) < time);
        let to = self.cases.partition_point(|(begin, _)| *begin <= time.plus(tolerance));
        let from = from.max(to.saturating_sub(MOST_CANDIDATES));
        self.cases.get(from..to).unwrap_or_default().iter().map(|(_, index)| *index)
    }
}
