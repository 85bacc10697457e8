//! Joins that other evidence of the same request refutes: a line of a request that was answered, joined by time or address to one that never reached
//! the origin.

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::{AccessRow, failure};

impl Joiner<'_> {
    /// Takes lines of requests that were answered from cases that never reached the origin. What names the case's ray stays.
    pub(super) fn part_contradicted(&mut self) {
        let (evidence, line_limit) = (self.evidence, self.line_limit);
        for case in self.cases.iter_mut().filter(|case| !case.access.is_empty()) {
            if never_arrived(case, evidence) {
                let ray = case.ray;
                let stays = |row: &AccessRow| {
                    let names_it = row.line.ray.is_some_and(|line| Some(line.ray) == ray);
                    names_it || failure::access_line_tells(&row.line, line_limit)
                };
                let lines = case.access.iter().copied();
                case.access = lines.filter(|index| evidence.access.get(*index).is_none_or(stays)).collect();
            }
        }
    }
}

/// Whether packets show that nothing ever answered the connections of a case, so that no server can have seen its request.
fn never_arrived(case: &Case, evidence: &Whole) -> bool {
    let mut connections = case.connections(evidence).peekable();
    connections.peek().is_some()
        && connections.all(|row| {
            let refused = row.connection.refused_at().is_some();
            refused || row.connection.is_unanswered()
        })
}
