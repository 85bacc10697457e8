//! Captured attempts that got no answer where the server's log has the answer to their ray on another connection: the capture lost the edge's next try.

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::AccessRow;
use crate::evidence::failure::{self, Failure};

impl Joiner<'_> {
    /// Takes such attempts out, unless a record of the edge or of a browser says that somebody met the failure.
    pub fn heal_by_lines(&mut self) {
        let evidence = self.evidence;
        let is_healed = |case: &Case| {
            let is_of_packets_alone = case.edge.is_none() && case.har.is_none() && !case.attempts.is_empty();
            is_of_packets_alone
                && case.failure == Failure::NoResponse
                && case.access(evidence).any(|row| answers_on_another(row, case, evidence))
        };
        let mut healed = 0;
        self.cases.retain(|case| {
            let stays = !is_healed(case);
            healed += if stays { 0 } else { case.attempts.len() as u64 };
            stays
        });
        self.healed_attempts += healed;
    }
}

/// Whether a line of a case's ray tells of an answer on another connection of its client than those that were captured.
fn answers_on_another(row: &AccessRow, case: &Case, evidence: &Whole) -> bool {
    let line = &row.line;
    let names_it = line.ray.is_some_and(|ray| Some(ray.ray) == case.ray);
    let answered =
        line.status.is_some_and(|status| matches!(status, 100..500)) && !failure::ended_without_answer(line);
    let peer = line.real_peer.or(line.remote_address).zip(line.remote_port);
    let is_another = |(address, port)| {
        let mut clients = case.connections(evidence).map(|row| row.connection.client);
        clients.all(|client| client.ip().to_canonical() == address && client.port() != port)
    };
    names_it && answered && peer.is_some_and(is_another)
}
