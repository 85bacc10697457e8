//! What happened to a failing request, from the source that saw it most directly: packets, then the edge's record or the browser's entry, then the
//! origin's own line.

use super::by_edge::{at_edge, by_failure};
use super::case::Case;
use super::in_packets::in_packets;
use super::incident::Incident;
use super::outcome::{Outcome, ToldFrom};
use crate::evidence::failure::Failure;

/// What happened, and who tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Happened {
    /// What.
    pub outcome: Outcome,
    /// Who tells.
    pub from: ToldFrom,
}

impl Happened {
    /// What happened to a failing request.
    pub fn to(case: &Case, incident: &Incident) -> Happened {
        let evidence = &incident.evidence;
        if let Some(outcome) = by_failure(case.failure) {
            let from = match (case.attempts.is_empty(), case.edge_status(evidence)) {
                (false, _) => ToldFrom::Packets,
                (true, Some(_)) => ToldFrom::Edge,
                (true, None) => ToldFrom::OriginLog,
            };
            return Happened { outcome, from };
        }
        if let Some(outcome) = in_packets(case, incident) {
            return Happened { outcome, from: ToldFrom::Packets };
        }
        if case.status_at_origin(evidence).is_some() {
            return Happened { outcome: at_edge(case, evidence), from: ToldFrom::Edge };
        }
        // The origin's log has that the edge left at its timer, and nothing was answered till then.
        let outcome = if case.failure == Failure::GivenUp { Outcome::Silent } else { Outcome::Status };
        Happened { outcome, from: ToldFrom::OriginLog }
    }
}
