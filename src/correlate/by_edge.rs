//! What happened to a failing request by the edge's word for it, and by the kind of failure that it is.

use super::case::Case;
use super::outcome::Outcome;
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::facts::{statuses, tunnels};

/// Whether the edge answered by itself with a status that says that it could not ask the origin: a rule of its own is another thing.
pub(super) fn is_made_by_edge(case: &Case, evidence: &Whole) -> bool {
    let is_of_edge =
        || case.status_at_origin(evidence).is_some() && at_edge(case, evidence) == Outcome::EdgeMade;
    by_failure(case.failure).is_none() && is_of_edge()
}

/// What a kind of failure leaves no doubt about.
pub(super) fn by_failure(failure: Failure) -> Option<Outcome> {
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
pub(super) fn at_edge(case: &Case, evidence: &Whole) -> Outcome {
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
        _ if has_page_of_edge(case, evidence) => Outcome::EdgeMade,
        _ if came_through_tunnel(case, evidence) => Outcome::Status,
        _ if statuses::is_edge_failure(status)
            || case.asked_origin(evidence).is_some_and(|row| row.record.was_not_sent()) =>
        {
            Outcome::EdgeMade
        }
        _ => Outcome::Status,
    }
}

/// Whether the visitor got the edge's own page for a status of which the edge hands on what an origin sends: it puts its page in the place of an origin's 502
/// and 504 alone (Cloudflare API: zone setting `origin_error_page_pass_thru`).
pub(super) fn has_page_of_edge(case: &Case, evidence: &Whole) -> bool {
    let row = case.har(evidence).filter(|row| row.entry.from_edge_page);
    row.is_some_and(|row| row.entry.blames_edge || statuses::is_handed_on_with_its_page(row.entry.status))
}

/// Whether a tunnel's near end says that it asked for this request: then the edge's status is that end's, though the record names no origin.
fn came_through_tunnel(case: &Case, evidence: &Whole) -> bool {
    case.messages(evidence).filter_map(|row| row.line.signature).any(tunnels::has_asked)
}
