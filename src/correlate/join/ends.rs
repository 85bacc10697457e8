//! When requests ended, where the edge's log has whole seconds and packets know more.

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::time::{Duration, Time};

impl Joiner<'_> {
    /// Within the second that a record names, the moment at which the request was answered, or its connection ended: a line of a second later may be
    /// its own, too.
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

    /// When the last attempt was answered whole, else when the origin ended its connection, else when that was last seen, by the reference clock. A
    /// connection is kept open for seconds behind an answer.
    fn ended_by_packets(&self, case: &Case) -> Option<Time> {
        let asked = case.exchanges(self.evidence).next_back();
        if let Some((row, answered)) =
            asked.and_then(|(row, kept)| Some((row, kept.exchange.answered_whole()?)))
        {
            return Some(self.clocks.correct(row.input(), answered.time));
        }
        let row = case.connections(self.evidence).next_back()?;
        let connection = &row.connection;
        let reset = connection.reset.map(|reset| reset.at);
        let ended = connection.from_server.fin.or(reset).unwrap_or(connection.last);
        Some(self.clocks.correct(row.input(), ended.time))
    }
}
