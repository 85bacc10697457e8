//! When requests ended, where the edge's log has whole seconds and packets know more.

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::time::{Duration, Time};

impl Joiner<'_> {
    /// Within the second that a record names, the moment at which the request's connection ended: a line of a second later may be its own, too.
    pub fn ends_by_packets(&mut self) {
        for index in 0..self.cases.len() {
            let case = &self.cases[index];
            let Some(record) = case.edge(self.evidence).map(|row| &row.record) else { continue };
            if record.resolution < Duration::SECOND || record.end.is_none() {
                continue;
            }
            if let Some(ended) = self.ended_by_packets(case) {
                let case = &mut self.cases[index];
                case.end = ended.clamp(case.end, case.end.plus(record.resolution));
            }
        }
    }

    /// When the origin ended the connection of the last attempt, else when it was last seen, by the reference clock.
    fn ended_by_packets(&self, case: &Case) -> Option<Time> {
        let row = case.connections(self.evidence).next_back()?;
        let connection = &row.connection;
        let reset = connection.reset.map(|reset| reset.at);
        let ended = connection.from_server.fin.or(reset).unwrap_or(connection.last);
        Some(self.clocks.correct(row.input(), ended.time))
    }
}
