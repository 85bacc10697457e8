//! What happened to a failing request, in one word without a why: where it ended, who ended it, and how. It comes from the source that saw
//! it most directly: packets, then the edge's record or the browser's entry, then the origin's own line.

use serde::Deserialize;

use super::case::{Attempt, Case};
use super::incident::Incident;
use super::unanswered::{Unanswered, unanswered};
use super::whole::Whole;
use crate::evidence::failure::{Failure, refused_by_edge};
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::facts::statuses;
use crate::flow::{Arrival, End, Side};
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut, Response};
use crate::tls::{AlertLevel, Handshake};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The SYN was answered by RST.
    Refused,
    /// The SYN was answered by an ICMP error that a host or a firewall sends (port unreachable, prohibited).
    Rejected,
    /// A router said that it has no way there.
    Unreachable,
    /// No SYN was ever answered.
    Unanswered,
    /// The origin answered the SYN, again and again, and no acknowledgement came.
    Unacknowledged,
    /// The request was sent on an open connection, and nothing came back any more, not even its acknowledgement.
    Unheard,
    /// The origin ended the handshake by an alert.
    HandshakeRefused,
    /// The edge ended the handshake by an alert, or says that the certificate is not valid.
    CertificateRefused,
    /// The origin closed within the handshake.
    HandshakeClosed,
    /// The connection was reset within the handshake.
    HandshakeReset,
    /// The handshake was never answered.
    HandshakeSilent,
    /// The handshake was answered in plain text.
    HandshakePlaintext,
    /// The handshake failed; how, no source tells.
    HandshakeFailed,
    /// The origin closed in order without a byte of an answer.
    Closed,
    /// The connection was reset before any byte of an answer.
    Reset,
    /// The request was taken, and no answer came until the edge gave up.
    Silent,
    /// The origin answered in full, and the edge says that nothing came that it could use.
    Undelivered,
    /// The edge could not use what the origin did; what that was, no source tells.
    Unusable,
    /// The head of the answer breaks the grammar.
    BadHead,
    /// The length of the answer's body is told wrongly.
    BadLength,
    /// The head of the answer is larger than the edge takes.
    HeadTooLarge,
    /// The answer was cut short.
    Cut,
    /// An answer came whose status says that it failed (5xx).
    Status,
    /// The origin refused the request (4xx by rule 4 of docs/failures.md).
    Refusal,
    /// The origin sent the visitor back to the URL that was asked for.
    Redirected,
    /// The visitor left first.
    Left,
    /// The edge answered by itself and asked no origin.
    EdgeMade,
}

/// The families of outcomes: the first fork of the tree of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// The request did not reach the origin.
    NotReached,
    /// The handshake broke.
    HandshakeBroken,
    /// No byte of an answer came.
    NoAnswer,
    /// An answer came that the edge cannot use.
    BadAnswer,
    /// An answer came that says failure, or the visitor did not wait for it.
    Status,
    /// The edge answered by itself.
    MadeByEdge,
    /// No source tells.
    NotSeen,
}

/// The source that an outcome was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToldFrom {
    /// Packets at or before the origin.
    Packets,
    /// The edge's record, or its answer as the browser has it.
    Edge,
    /// The origin's own line.
    OriginLog,
}

/// What happened, and who tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Happened {
    /// What.
    pub outcome: Outcome,
    /// Who tells.
    pub from: ToldFrom,
}

impl Outcome {
    /// Its family.
    pub fn family(self) -> Family {
        match self {
            Outcome::Refused
            | Outcome::Rejected
            | Outcome::Unreachable
            | Outcome::Unanswered
            | Outcome::Unacknowledged
            | Outcome::Unheard => Family::NotReached,
            Outcome::HandshakeRefused
            | Outcome::CertificateRefused
            | Outcome::HandshakeClosed
            | Outcome::HandshakeReset
            | Outcome::HandshakeSilent
            | Outcome::HandshakePlaintext
            | Outcome::HandshakeFailed => Family::HandshakeBroken,
            Outcome::Closed | Outcome::Reset | Outcome::Silent | Outcome::Undelivered => Family::NoAnswer,
            Outcome::BadHead | Outcome::BadLength | Outcome::HeadTooLarge | Outcome::Cut => Family::BadAnswer,
            Outcome::Status | Outcome::Refusal | Outcome::Redirected | Outcome::Left => Family::Status,
            Outcome::EdgeMade => Family::MadeByEdge,
            Outcome::Unusable => Family::NotSeen,
        }
    }
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

/// What the packets of the last attempt show; `None` where they show nothing wrong, or are not readable.
fn in_packets(case: &Case, incident: &Incident) -> Option<Outcome> {
    let attempt = case.attempts.last()?;
    match attempt.exchange(&incident.evidence) {
        Some((row, kept)) => in_exchange(case, row, kept, incident),
        None => in_connection(case, *attempt, &incident.evidence),
    }
}

/// What became of a connection that carried no readable request.
fn in_connection(case: &Case, attempt: Attempt, evidence: &Whole) -> Option<Outcome> {
    let row = attempt.connection(evidence)?;
    let connection = &row.connection;
    if connection.reset.is_some_and(|reset| reset.refused_syn) {
        return Some(Outcome::Refused);
    }
    if let Some(icmp) = connection.icmp {
        if icmp.is_no_route_to(Side::Server) {
            return Some(Outcome::Unreachable);
        }
        if icmp.is_rejection() || icmp.is_port_unreachable() && connection.is_unanswered() {
            return Some(Outcome::Rejected);
        }
    }
    if connection.is_unanswered() {
        return Some(Outcome::Unanswered);
    }
    if connection.handshake.is_never_completed() {
        return Some(Outcome::Unacknowledged);
    }
    if let Some(tls) = row.tls.as_deref() {
        return in_handshake(row, tls).or_else(|| in_encrypted(case, row, tls, evidence));
    }
    let says_520 = case.status_at_origin(evidence) == Some(520);
    (says_520 && is_reset_in_edges_name(row)).then_some(Outcome::Reset)
}

/// Whether a RST in the edge's name ended it. Where the edge says that the origin ended it (520), the RST is not the edge's.
fn is_reset_in_edges_name(row: &ConnectionRow) -> bool {
    row.connection.reset.is_some_and(|reset| reset.by == Side::Client)
        && row.connection.from_client.fin.is_none()
}

/// What became of a request that went through an encrypted connection: as sizes and order of the last records tell, where the edge's word agrees.
fn in_encrypted(case: &Case, row: &ConnectionRow, tls: &Handshake, evidence: &Whole) -> Option<Outcome> {
    let status = case.status_at_origin(evidence);
    if tls.server_refuses().is_some() && matches!(status, Some(520 | 525)) {
        return Some(Outcome::HandshakeRefused);
    }
    let unanswered = unanswered(case, evidence)?;
    match without_answer(row, &unanswered, status == Some(520), is_one_way(evidence))? {
        outcome @ (Outcome::Closed | Outcome::Reset) if matches!(status, Some(520) | None) => Some(outcome),
        outcome @ (Outcome::Silent | Outcome::Unheard) if matches!(status, Some(522 | 524)) => Some(outcome),
        outcome @ Outcome::Unreachable => Some(outcome),
        _ => None,
    }
}

fn in_handshake(row: &ConnectionRow, tls: &Handshake) -> Option<Outcome> {
    if tls.plaintext_reply.is_some() {
        return Some(Outcome::HandshakePlaintext);
    }
    let fatal = tls.alerts.iter().find(|alert| alert.level == AlertLevel::Fatal);
    if let Some(alert) = fatal {
        let by_origin = alert.from == Side::Server;
        return Some(if by_origin { Outcome::HandshakeRefused } else { Outcome::CertificateRefused });
    }
    if tls.client_refuses().is_some() {
        return Some(Outcome::CertificateRefused);
    }
    if !row.failed_before_request() {
        return None;
    }
    match row.connection.closed_first()? {
        (Side::Server, End::Fin, _) => Some(Outcome::HandshakeClosed),
        (Side::Server, ..) => Some(Outcome::HandshakeReset),
        (Side::Client, ..) => Some(Outcome::HandshakeSilent),
    }
}

/// What became of a captured request.
fn in_exchange(
    case: &Case,
    row: &ConnectionRow,
    kept: &KeptExchange,
    incident: &Incident,
) -> Option<Outcome> {
    let evidence = &incident.evidence;
    let says_520 = case.status_at_origin(evidence) == Some(520);
    if let Some(unanswered) = unanswered(case, evidence) {
        return without_answer(row, &unanswered, says_520, is_one_way(evidence));
    }
    let response = kept.exchange.response.as_ref()?;
    if let Some(finding) = response.findings.iter().find(|finding| refused_by_edge(finding.rule)) {
        return Some(if is_about_length(finding.rule) { Outcome::BadLength } else { Outcome::BadHead });
    }
    if response.head.bytes > incident.profile.limits.response_header_bytes {
        return Some(Outcome::HeadTooLarge);
    }
    if is_cut(response, says_520) {
        return Some(Outcome::Cut);
    }
    match response.status? {
        500..600 => Some(Outcome::Status),
        _ if !response.findings.is_empty() && says_520 => {
            let length = response.findings.iter().all(|finding| is_about_length(finding.rule));
            Some(if length { Outcome::BadLength } else { Outcome::BadHead })
        }
        _ if response.body.state == BodyState::Complete && is_without_answer(case, evidence) => {
            // What was sent when the edge had given up came too late. Both spans are of one clock each.
            let request = kept.exchange.request.as_ref()?;
            let waited = case.edge.is_some().then(|| case.end.since(case.time));
            let is_late =
                |at: Arrival| waited.is_some_and(|waited| at.time.since(request.first.time) > waited);
            let taken = request.acknowledged;
            Some(match (is_late(response.first), taken.is_some_and(|at| !is_late(at))) {
                (false, _) => Outcome::Undelivered,
                (true, true) => Outcome::Silent,
                (true, false) => Outcome::Unheard,
            })
        }
        _ => None,
    }
}

/// How a request ended that got no byte of an answer; `None` where the capture does not tell.
/// `says_520`: the edge says that the connection was ended, so a RST in its own name is not its own.
fn without_answer(
    row: &ConnectionRow,
    unanswered: &Unanswered<'_>,
    says_520: bool,
    is_one_way: bool,
) -> Option<Outcome> {
    if says_520 && is_reset_in_edges_name(row) {
        return Some(Outcome::Reset);
    }
    if row.connection.icmp.is_some_and(|icmp| icmp.is_no_route_to(Side::Server))
        && unanswered.never_acknowledged()
    {
        return Some(Outcome::Unreachable);
    }
    // Of a server whose packets the capture lacks altogether nobody knows whether it answered.
    if row.connection.from_server.packets == 0 && is_one_way {
        return None;
    }
    if unanswered.given_up().is_some() || unanswered.never_acknowledged() {
        let heard = !unanswered.never_acknowledged();
        return Some(if heard { Outcome::Silent } else { Outcome::Unheard });
    }
    if unanswered.closed_after_request().is_some() {
        return Some(Outcome::Closed);
    }
    if unanswered.reset_after_request().is_some() {
        return Some(Outcome::Reset);
    }
    unanswered.closed_before_request().map(|_| Outcome::Closed)
}

/// Whether the captures hold no packet of any server.
fn is_one_way(evidence: &Whole) -> bool {
    evidence.tallies.server_packets == 0
}

/// Whether the edge says that it had no answer that it could use.
fn is_without_answer(case: &Case, evidence: &Whole) -> bool {
    matches!(case.status_at_origin(evidence), Some(520 | 522 | 524))
}

/// Whether the answer was cut short, and not by the edge itself, which would not say 520 then.
pub fn is_cut(response: &Response, says_520: bool) -> bool {
    let (BodyState::InHead(cut) | BodyState::InBody(cut)) = response.body.state else { return false };
    match cut {
        Cut::Fin | Cut::Reset(Side::Server) => true,
        Cut::Reset(Side::Client) => says_520,
        Cut::Capture => false,
    }
}

/// Whether a rule is about where the body ends.
fn is_about_length(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::BadContentLength
            | Rule::ConflictingContentLength
            | Rule::LengthWithTransferEncoding
            | Rule::BadTransferEncoding
            | Rule::BadChunkSize
            | Rule::BadChunkEnd
            | Rule::BytesAfterBody
    )
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
