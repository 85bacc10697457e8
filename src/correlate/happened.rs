//! What happened to a failing request, from the source that saw it most directly: packets, then the edge's record or the browser's entry, then the
//! origin's own line.

use super::case::Case;
use super::in_packets::in_packets;
use super::incident::Incident;
use super::outcome::{Outcome, ToldFrom};
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::facts::statuses;

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
        Happened { outcome: Outcome::Status, from: ToldFrom::OriginLog }
    }
}

/// What a kind of failure leaves no doubt about.
fn by_failure(failure: Failure) -> Option<Outcome> {
    match failure {
        Failure::ClientAbort => Some(Outcome::Left),
        Failure::RedirectToItself => Some(Outcome::Redirected),
        Failure::RequestHeaders(_)
        | Failure::ClientCertificate
        | Failure::LengthRequired
        | Failure::ToldByLine(_) => Some(Outcome::Refusal),
        Failure::EdgeBlock | Failure::EdgeLimit => Some(Outcome::EdgeMade),
        _ => None,
    }
}

/// What the edge's word says (docs/edge.md). 520 alone leaves open whether an answer came.
fn at_edge(case: &Case, evidence: &Whole) -> Outcome {
    let status = case.status_at_origin(evidence).unwrap_or_default();
    match status {
        520 => Outcome::Unusable,
        521 => Outcome::Refused,
        522 => Outcome::Unanswered,
        523 => Outcome::Unreachable,
        524 => Outcome::Silent,
        525 => Outcome::HandshakeFailed,
        526 => Outcome::CertificateRefused,
        _ if case.origin_status(evidence).is_some_and(|status| status >= 500) => Outcome::Status,
        530 => Outcome::EdgeMade,
        _ if statuses::is_edge_failure(status) || was_not_sent(case, evidence) => Outcome::EdgeMade,
        _ => Outcome::Status,
    }
}

/// Whether the edge's record shows that no origin was asked.
fn was_not_sent(case: &Case, evidence: &Whole) -> bool {
    case.asked_origin(evidence).is_some_and(|row| {
        let record = &row.record;
        record.origin_status.unwrap_or(0) == 0
            && record.edge_address.is_none()
            && (record.edge_address_logged || record.origin_status == Some(0))
    })
}
