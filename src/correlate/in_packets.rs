//! What happened to a failing request, as the packets of its last attempt show it.

use super::incident::Incident;
use super::outcome::Outcome;
use super::unanswered::{Unanswered, unanswered};
use super::whole::Whole;
use super::{Attempt, Case};
use crate::evidence::edge_parser::{has_too_many_lines, head_exceeds, refused_by_edge};
use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::flow::{Arrival, End, IcmpError, Side};
use crate::http::begins_with_settings;
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut, Request, Response, StreamEnd};
use crate::time::Duration;
use crate::tls::{Handshake, may_be_about_certificate};

/// No edge is told to give up sooner (Cloudflare docs: Proxy Read Timeout).
const SHORTEST_WAIT: Duration = Duration::SECOND;

/// What the packets of the last attempt show; `None` where they show nothing wrong, or are not readable.
pub(super) fn in_packets(case: &Case, incident: &Incident) -> Option<Outcome> {
    let attempt = case.attempts.last()?;
    match attempt.exchange(&incident.evidence) {
        Some((row, kept)) => {
            let refused = to_deaf_ears(case, row, kept, &incident.evidence);
            let is_of_earlier = is_of_earlier_attempt(case, kept, &incident.evidence);
            refused.or_else(|| in_exchange(case, row, kept, incident).filter(|_| !is_of_earlier))
        }
        None => in_connection(case, *attempt, &incident.evidence),
    }
}

/// Whether the edge's word is of a later attempt, which was not captured or joined. What fails on a connection that was used before is tried once more on a
/// new one (docs/edge.md); where the edge says that none was opened, the request that went through an open one was not its last.
fn is_of_earlier_attempt(case: &Case, kept: &KeptExchange, evidence: &Whole) -> bool {
    const NEVER_SENT: [u16; 4] = [521, 523, 525, 526];
    let never_sent = case.status_at_origin(evidence).is_some_and(|status| NEVER_SENT.contains(&status));
    never_sent && kept.exchange.number > 1 && kept.exchange.response.is_none()
}

/// A request inside TLS 1.3 that was sent before the server refused the handshake, and one to a server that speaks another protocol first.
fn to_deaf_ears(case: &Case, row: &ConnectionRow, kept: &KeptExchange, evidence: &Whole) -> Option<Outcome> {
    if kept.exchange.response.is_some() {
        return None;
    }
    let speaks_other = row.not_http.is_some() && row.exchange_count == 1;
    match row.tls.as_deref().filter(|tls| tls.fatal_alert().is_some()) {
        Some(tls) => in_handshake(row, tls, case.status_at_origin(evidence)),
        None => speaks_other.then_some(Outcome::Unusable),
    }
}

/// What became of a connection that carried no readable request.
fn in_connection(case: &Case, attempt: Attempt, evidence: &Whole) -> Option<Outcome> {
    let row = attempt.connection(evidence)?;
    let connection = &row.connection;
    if connection.refused_at().is_some() {
        return Some(Outcome::Refused);
    }
    if let Some(outcome) = connection.icmp.and_then(by_error) {
        return Some(outcome);
    }
    if connection.is_unanswered() {
        return (!is_said_refused(case, evidence)).then_some(Outcome::Unanswered);
    }
    if connection.is_never_completed() {
        return Some(Outcome::Unacknowledged);
    }
    if connection.unheard_bytes().is_some() {
        // What the edge calls a failed handshake began with a ClientHello.
        let is_hello = case.status_at_origin(evidence) == Some(525);
        return Some(if is_hello { Outcome::HandshakeSilent } else { Outcome::Unheard });
    }
    if let Some(tls) = row.tls.as_deref() {
        return in_handshake(row, tls, case.status_at_origin(evidence))
            .or_else(|| in_encrypted(case, row, tls, evidence));
    }
    is_reset_by_another(row, case.status_at_origin(evidence)).then_some(Outcome::Reset)
}

/// What became of a packet that an ICMP error quotes.
fn by_error(icmp: IcmpError) -> Option<Outcome> {
    if icmp.is_no_route_to(Side::Server) {
        return Some(Outcome::Unreachable);
    }
    icmp.is_rejection().then_some(Outcome::Rejected)
}

/// Whether the edge heard a refusal that the capture lacks: of a short snap length the error that quotes an IPv6 packet is left without its ports.
pub fn is_said_refused(case: &Case, evidence: &Whole) -> bool {
    case.status_at_origin(evidence) == Some(521)
}

/// Whether a RST in the edge's name ended it.
fn is_reset_in_edges_name(row: &ConnectionRow) -> bool {
    row.connection.reset.is_some_and(|reset| reset.by == Side::Client)
        && row.connection.from_client.fin.is_none()
}

/// Whether such a RST is not the edge's: its own word (`status`) is that the origin ended the connection (520), or it has none and the RST looks forged.
fn is_reset_by_another(row: &ConnectionRow, status: Option<u16>) -> bool {
    let is_anothers = status.map_or_else(|| row.connection.reset_is_forged(), |status| status == 520);
    is_anothers && is_reset_in_edges_name(row)
}

/// What became of a request that went through an encrypted connection: as sizes and order of the last records tell, where the edge's word agrees.
fn in_encrypted(case: &Case, row: &ConnectionRow, tls: &Handshake, evidence: &Whole) -> Option<Outcome> {
    let status = case.status_at_origin(evidence);
    if tls.server_refuses().is_some() && matches!(status, Some(520 | 525) | None) {
        return Some(Outcome::HandshakeRefused);
    }
    if row.undelivered_inside().is_some() && matches!(status, Some(520 | 522 | 524)) {
        return Some(Outcome::Undelivered);
    }
    let unanswered = unanswered(case, evidence)?;
    let is_given_up = matches!(status, Some(522 | 524)) || case.failure == Failure::GivenUp;
    match without_answer(row, &unanswered, status, evidence.is_one_way())? {
        outcome @ (Outcome::Closed | Outcome::Reset) if matches!(status, Some(520) | None) => Some(outcome),
        outcome @ (Outcome::Silent | Outcome::Unheard) if is_given_up => Some(outcome),
        outcome @ Outcome::Unreachable => Some(outcome),
        _ => None,
    }
}

/// What became of a handshake. Who leaves without a word says why to nobody but, maybe, the edge's log (`status`).
fn in_handshake(row: &ConnectionRow, tls: &Handshake, status: Option<u16>) -> Option<Outcome> {
    if let Some((_, reply)) = &tls.plaintext_reply {
        // Another server may greet in plain text, too (SMTP, SSH, FTP).
        return Some(match begins_as_web_server(reply) {
            true => Outcome::HandshakePlaintext,
            false => Outcome::HandshakeFailed,
        });
    }
    if let Some(alert) = tls.fatal_alert() {
        return Some(match (alert.from, may_be_about_certificate(alert.description)) {
            _ if tls.answers_close(alert) && status == Some(526) => Outcome::CertificateRefused,
            _ if tls.answers_close(alert) => Outcome::HandshakeFailed,
            (Side::Server, _) => Outcome::HandshakeRefused,
            (Side::Client, true) => Outcome::CertificateRefused,
            (Side::Client, false) => Outcome::HandshakeFailed,
        });
    }
    if tls.client_refuses().is_some() {
        return Some(Outcome::CertificateRefused);
    }
    if !row.failed_before_request() {
        return None;
    }
    if is_reset_in_edges_name(row) && row.connection.reset_is_forged() {
        return Some(Outcome::HandshakeReset);
    }
    match row.connection.closed_first() {
        Some((Side::Server, End::Fin, _)) => Some(Outcome::HandshakeClosed),
        Some((Side::Server, ..)) => Some(Outcome::HandshakeReset),
        Some((Side::Client, ..)) => Some(Outcome::HandshakeSilent),
        None => row.hello_is_stuck().then_some(Outcome::HandshakeSilent),
    }
}

/// Whether the plain answer to a ClientHello is HTTP's, or the bare page of a server that took it for HTTP/0.9. A server that has HTTP/2 on a plain port
/// (nginx: `http2` without `ssl`) says its SETTINGS before it has understood anything.
pub fn begins_as_web_server(reply: &[u8]) -> bool {
    reply.starts_with(b"HTTP/")
        || reply.trim_ascii_start().first() == Some(&b'<')
        || begins_with_settings(reply) == Some(true)
}

/// What became of a captured request.
fn in_exchange(
    case: &Case,
    row: &ConnectionRow,
    kept: &KeptExchange,
    incident: &Incident,
) -> Option<Outcome> {
    let evidence = &incident.evidence;
    let status = case.status_at_origin(evidence);
    let says_520 = status == Some(520);
    if let Some(outcome) = in_stream(row, kept) {
        return Some(outcome);
    }
    if let Some(unanswered) = unanswered(case, evidence) {
        return without_answer(row, &unanswered, status, evidence.is_one_way());
    }
    let response = kept.exchange.response.as_deref()?;
    // What an earlier answer left over stands where the edge looks for this one, whatever the origin answers.
    if kept.overrun_before.is_some() && (says_520 || status.is_none()) {
        return Some(Outcome::BadLength);
    }
    let broken = response.findings.iter().find(|finding| refused_by_edge(finding.rule));
    if let Some(finding) = broken.filter(|_| !ends_short(response)) {
        return Some(if is_about_length(finding.rule) { Outcome::BadLength } else { Outcome::BadHead });
    }
    let limit = incident.profile.limits.response_header_bytes;
    if head_exceeds(&kept.exchange, response, limit) || says_520 && has_too_many_lines(response) {
        return Some(Outcome::HeadTooLarge);
    }
    if kept.failure == Some(Failure::Undelivered) {
        let request = kept.exchange.request.as_ref();
        let late = request.and_then(|request| too_late(case, (row, request, response), incident));
        return late.or(Some(Outcome::Undelivered));
    }
    if came_to_a_halt(row, response, status) {
        return Some(Outcome::Silent);
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
            let request = kept.exchange.request.as_ref()?;
            if came_after_the_end(case, row, request.first, incident) {
                return None;
            }
            too_late(case, (row, request, response), incident).or(Some(Outcome::Undelivered))
        }
        _ => None,
    }
}

/// What was sent when the edge had given up came too late, by its own word for how long it waited: both spans are of one clock each. Where it says that
/// nothing acknowledged its request (522), what the origin itself let wait was not lost behind it, and neither was what met nobody any more.
fn too_late(
    case: &Case,
    (row, request, response): (&ConnectionRow, &Request, &Response),
    incident: &Incident,
) -> Option<Outcome> {
    let evidence = &incident.evidence;
    const LET_WAIT: Duration = Duration::from_seconds(1);
    let since = |at: Arrival| at.time.since(request.first.time);
    let let_wait = || request.acknowledged.is_some_and(|taken| since(taken) > LET_WAIT);
    let is_unheard = match case.status_at_origin(evidence) {
        Some(522) => let_wait() || met_nobody(row, response),
        // Without its word one alone may as well have lost what told that a visitor left.
        None => {
            met_nobody(row, response) && {
                let time = incident.clocks.correct(row.input(), row.connection.last.time);
                incident.population.answering.met_nobody_near(row.connection.server.ip(), time)
            }
        }
        _ => false,
    };
    if is_unheard {
        return Some(Outcome::Unheard);
    }
    let waited = case.took(evidence).filter(|_| case.edge.is_some())?;
    (since(response.first) > waited).then(|| match request.acknowledged {
        Some(taken) if since(taken) <= waited => Outcome::Silent,
        _ => Outcome::Unheard,
    })
}

/// Whether the edge knew of no such connection any more when the answer came.
fn met_nobody(row: &ConnectionRow, response: &Response) -> bool {
    let reset = row.connection.reset.filter(|reset| reset.at > response.first);
    reset.is_some() && row.connection.client_was_gone()
}

/// The frame that ended the stream of an exchange. Where several do, the first counts: what came behind it was on its way.
pub fn ended_stream(kept: &KeptExchange) -> Option<StreamEnd> {
    kept.exchange.stream.as_ref()?.end
}

/// What became of a stream of HTTP/2 that a frame ended, or whose answer breaks a rule that only HTTP/2 has.
fn in_stream(row: &ConnectionRow, kept: &KeptExchange) -> Option<Outcome> {
    kept.exchange.stream.as_ref()?;
    let (request, response) = (kept.exchange.request.as_ref(), kept.exchange.response.as_deref());
    if response.is_some_and(ends_short) {
        return None;
    }
    let mut findings = response.iter().flat_map(|response| &response.findings);
    if findings.any(|finding| finding.rule.is_of_http2() && refused_by_edge(finding.rule)) {
        return Some(Outcome::StreamRefused);
    }
    let Some(end) = ended_stream(kept) else {
        // The connection ended with the stream open: frames that broke its rules say why.
        let is_broken =
            row.http2.iter().flat_map(|http2| &http2.faults).any(|fault| fault.from == Side::Server);
        return (response.is_none() && is_broken).then_some(Outcome::StreamRefused);
    };
    match (end.from, response) {
        (Side::Client, _) if kept.exchange.refused_by_client().is_some() => Some(Outcome::StreamRefused),
        (Side::Client, None) => {
            let heard = request.is_some_and(|request| request.acknowledged.is_some());
            Some(if heard { Outcome::Silent } else { Outcome::Unheard })
        }
        (Side::Server, None) => Some(Outcome::StreamReset),
        (_, Some(_)) => None,
    }
}

/// Whether a packet came only when the edge had given up, so that its connection tells nothing of why it did. Clocks of whole seconds do not tell
/// such a moment; but of an edge that says that nothing acknowledged its request (522), one that was a second on its way did not come in time.
fn came_after_the_end(case: &Case, row: &ConnectionRow, at: Arrival, incident: &Incident) -> bool {
    const AT_ONCE: Duration = Duration::from_milliseconds(100);
    let clocks = &incident.clocks;
    let (came, spread) = (clocks.correct(row.input(), at.time), clocks.spread(row.input()));
    let is_held_up = case.status_at_origin(&incident.evidence) == Some(522)
        && came.since(case.time) > spread + Duration::SECOND;
    let is_behind = case.took(&incident.evidence).is_some() && came.since(case.end) > spread + AT_ONCE;
    case.edge.is_some() && (is_held_up || is_behind)
}

/// How a request ended that got no byte of an answer; `None` where the capture does not tell.
/// `status`: the edge's word. Where it says that the connection was ended (520), a RST in its own name is not its own.
fn without_answer(
    row: &ConnectionRow,
    unanswered: &Unanswered<'_>,
    status: Option<u16>,
    is_one_way: bool,
) -> Option<Outcome> {
    let says_520 = status == Some(520);
    // Of a server whose packets the capture lacks altogether nobody knows whether it answered.
    let is_unseen = row.connection.from_server.packets == 0 && is_one_way;
    if is_reset_by_another(row, status) && (!is_unseen || row.connection.reset_is_forged()) {
        return Some(Outcome::Reset);
    }
    let error = row.connection.icmp.filter(|_| unanswered.never_acknowledged()).and_then(by_error);
    if error.is_some() || is_unseen {
        return error;
    }
    // The origin had closed already: that nothing acknowledged the request is what became of a connection that was gone.
    if unanswered.closed_before_request().is_some()
        && (says_520 || status.is_none() && unanswered.given_up().is_none())
    {
        return Some(Outcome::Closed);
    }
    // Who says 520 at once has waited for nothing: it got something else before, or elsewhere.
    if says_520 && unanswered.waited().is_some_and(|waited| waited < SHORTEST_WAIT) {
        return None;
    }
    if unanswered.given_up().is_some() || unanswered.never_acknowledged() {
        let heard = !unanswered.never_acknowledged();
        return Some(if heard { Outcome::Silent } else { Outcome::Unheard });
    }
    if unanswered.closed_after_request().is_some() {
        return Some(Outcome::Closed);
    }
    // Whoever says that nothing acknowledged its request (522) has heard of no RST either; and who waits on for an answer (524) has not where it still asks.
    match status.filter(|_| unanswered.reset_after_request().is_some()) {
        Some(522) => return Some(Outcome::Unheard),
        Some(524) if row.connection.reset_is_unheard() => return Some(Outcome::Undelivered),
        _ => {}
    }
    if unanswered.reset_after_request().is_some() {
        return Some(Outcome::Reset);
    }
    unanswered.closed_before_request().map(|_| Outcome::Closed)
}

/// Whether the edge says that it had no answer that it could use.
fn is_without_answer(case: &Case, evidence: &Whole) -> bool {
    matches!(case.status_at_origin(evidence), Some(520 | 522 | 524))
}

/// Whether an answer came to a halt and the edge, by its own word (524), waited no longer: the origin then closes because the edge did.
pub fn came_to_a_halt(row: &ConnectionRow, response: &Response, status: Option<u16>) -> bool {
    status == Some(524)
        && matches!(response.body.state, BodyState::InHead(_) | BodyState::InBody(_))
        && matches!(row.connection.closed_first(), Some((Side::Client, End::Fin, _)))
}

/// Whether an answer over HTTP/2 ends in order, by END_STREAM, short of the length that was announced. That breaks a rule of HTTP/2 alone; in either version
/// the answer was cut short.
pub fn ends_short(response: &Response) -> bool {
    matches!(response.body.state, BodyState::InBody(Cut::Fin))
        && response.findings.iter().any(|finding| finding.rule == Rule::LengthMismatch)
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
            | Rule::LengthMismatch
    )
}
