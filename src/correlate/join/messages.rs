//! Messages of error logs to the requests that they are about.

use std::collections::BTreeMap;

use super::by_ray::SAME_RAY_WITHIN;
use super::joiner::{Joiner, TRANSIT};
use crate::correlate::case::Case;
use crate::evidence::MessageRow;

/// Cases that a message may be about, by what messages name.
struct Candidates<'e> {
    /// By the number that the server gave to the connection.
    by_connection: BTreeMap<u64, Vec<usize>>,
    /// By method and target.
    by_line: BTreeMap<(&'e str, &'e str), Vec<usize>>,
    /// By target alone.
    by_target: BTreeMap<&'e str, Vec<usize>>,
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
                candidates.by_connection.entry(connection).or_default().push(index);
            }
            if let (Some(method), Some(target)) = (case.method(self.evidence), case.target(self.evidence)) {
                candidates.by_line.entry((method, target)).or_default().push(index);
                candidates.by_target.entry(target).or_default().push(index);
            }
        }
        candidates
    }

    /// nginx writes its connection's number and the request line; the line is written while the request is under way.
    fn case_of_message(&self, row: &MessageRow, candidates: &Candidates<'_>) -> Option<usize> {
        let of_ray = row.line.ray.and_then(|ray| self.by_ray.get(&ray));
        let Some(time) = row.line.time else { return of_ray?.last().copied() };
        let time = self.clocks.correct(row.place.input(), time);
        let tolerance = self.tolerance(row.place, row.line.resolution) + TRANSIT;
        let candidates = match (&row.line.request, row.line.connection) {
            _ if of_ray.is_some() => of_ray?,
            (Some((method, target)), _) => candidates.by_line.get(&(method.as_str(), target.as_str()))?,
            (None, Some(connection)) => candidates.by_connection.get(&connection)?,
            (None, None) => candidates.by_target.get(row.line.target.as_deref()?)?,
        };
        let fits = |index: &&usize| {
            let case = &self.cases[**index];
            let under_way = case.time.since(time) <= tolerance && time.since(case.end) <= tolerance;
            let same_connection = || {
                row.line.connection.is_none()
                    || case.access(self.evidence).all(|access| {
                        access.line.connection.is_none_or(|number| Some(number) == row.line.connection)
                    })
            };
            // A ray is the request's own name; the tunnel's end at the edge is not its client.
            of_ray.is_some_and(|_| time.since(case.end).abs() <= SAME_RAY_WITHIN)
                || under_way && same_connection() && self.is_clients(case, row)
        };
        let distance = |index: &&usize| {
            let case = &self.cases[**index];
            (case.messages.len(), time.since(case.end).abs().min(time.since(case.time).abs()), **index)
        };
        candidates.iter().filter(fits).min_by_key(distance).copied()
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
