//! Messages of error logs to the requests that they are about.

use super::super::case::Case;
use super::{Joiner, TRANSIT};
use crate::evidence::MessageRow;
use std::collections::BTreeMap;

impl<'a> Joiner<'a> {
    pub(super) fn messages(&mut self) {
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
    pub(super) fn case_of_message(
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

    pub(super) fn is_clients(&self, case: &Case, row: &MessageRow) -> bool {
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
}
