//! What a failure is, decided first and alone, from one source's own words (docs/failures.md). Judgement over
//! several sources of one request is `correlate`'s.

use crate::facts::statuses;
use crate::flow::{Connection, Side};
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut, Exchange, Response};
use crate::logs::{AccessLine, EdgeRecord, RequestSource};
use crate::time::Time;

/// How a request or a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The edge gave one of its own statuses, or passed a 5xx on.
    EdgeStatus(u16),
    /// The origin answered or logged a 5xx.
    OriginStatus(u16),
    /// The response breaks a rule that the edge refuses.
    Refused(Rule),
    /// The request was acknowledged, and the origin closed without a byte.
    NoResponse,
    /// The edge gave up waiting: it closed while the response was due.
    GivenUp,
    /// The response was cut short.
    Truncated,
    /// The response's headers exceed what the edge takes.
    ResponseHeaders,
    /// The origin refused the request's head: 400, 414 or 431 to a head beyond what origins take.
    RequestHeaders(u16),
    /// The origin demands a client certificate.
    ClientCertificate,
    /// Connecting or the handshake failed before any request.
    Connect,
    /// The edge itself refused the request, by a rule, a challenge or a rate limit.
    EdgeBlock,
    /// A redirect to the very URL that was asked for, scheme aside: a failure only where it goes on.
    RedirectToItself,
    /// The visitor left: a failure only in numbers.
    ClientAbort,
}

/// How the edge's own parser takes a break of a rule (httparse with the edge's published options, docs/edge.md):
/// what it refuses is a failure by itself, what it tolerates is one only where failing responses have it and passing ones not.
pub fn refused_by_edge(rule: Rule) -> bool {
    match rule {
        Rule::NoStatusLine
        | Rule::BadVersion
        | Rule::BadStatusCode
        | Rule::NoColon
        | Rule::EmptyHeaderName
        | Rule::BadHeaderName
        | Rule::ControlInValue
        | Rule::BareCr
        | Rule::BadContentLength
        | Rule::ConflictingContentLength
        | Rule::BadChunkSize
        | Rule::BadChunkEnd
        | Rule::BadReason => true,
        // Measured as accepted, or legal for a recipient to accept (RFC 9112, 2.2 and 5.2).
        Rule::BareLf
        | Rule::LeadingBlankLine
        | Rule::SpaceBeforeColon
        | Rule::FoldedLine
        | Rule::SpaceBeforeFirstHeader
        | Rule::LengthWithTransferEncoding
        | Rule::BadTransferEncoding
        | Rule::DuplicateHeader
        | Rule::BytesAfterBody
        | Rule::NoHeaders
        | Rule::BadRequestLine => false,
    }
}

/// Whether an edge record is a visitor's request, so that it counts.
pub fn is_visitors(record: &EdgeRecord) -> bool {
    record.source != RequestSource::EdgeItself && !record.worker_subrequest
}

/// How the edge's record says that its request failed.
pub fn of_edge_record(record: &EdgeRecord, origin_line_limit: u64) -> Option<Failure> {
    let edge = record.edge_status?;
    let origin = record.origin_status.unwrap_or(0);
    if !is_visitors(record) {
        return None;
    }
    // A 504 that was never sent to an origin is the edge's cache missing (Cloudflare docs: logs/faq/504-origin-status-0).
    let cache_miss =
        edge == 504 && origin == 0 && record.edge_address.is_none() && record.edge_address_logged;
    if statuses::is_edge_failure(edge) || (edge >= 500 && !cache_miss) || (500..600).contains(&origin) {
        return Some(Failure::EdgeStatus(edge));
    }
    let not_asked = origin == 0 && record.edge_address.is_none() && record.edge_address_logged;
    if matches!(edge, 403 | 429) && not_asked && record.security_action.as_deref().is_some_and(is_block) {
        return Some(Failure::EdgeBlock);
    }
    // Of a request without a body all bytes are head.
    let bodiless = matches!(record.method.as_deref(), Some("GET" | "HEAD"));
    let large = record.client_request_bytes.is_some_and(|bytes| bytes > origin_line_limit);
    (matches!(edge, 400 | 414 | 431) && bodiless && large).then_some(Failure::RequestHeaders(edge))
}

/// Actions of the edge's rules that end a request (Cloudflare docs: logs, SecurityAction).
fn is_block(action: &str) -> bool {
    matches!(
        action,
        "block"
            | "drop"
            | "challenge"
            | "jschallenge"
            | "managedchallenge"
            | "managed_challenge"
            | "js_challenge"
            | "connectionclose"
    )
}

/// How an access line says that its request failed. A 499 or 444 says that something ended without an answer, and only
/// together with the edge's record whose fault that was.
pub fn of_access_line(line: &AccessLine, origin_line_limit: u64) -> Option<Failure> {
    let bodiless = matches!(line.method.as_deref(), Some("GET" | "HEAD") | None);
    let large = line.request_bytes.is_some_and(|bytes| bytes > origin_line_limit);
    match line.status? {
        status @ (400 | 414 | 431) if bodiless && large => Some(Failure::RequestHeaders(status)),
        494 => Some(Failure::RequestHeaders(400)),
        // nginx's own 597 to 599 do not reach a log; 5xx is the origin's word.
        status @ 500..600 => Some(Failure::OriginStatus(status)),
        _ => None,
    }
}

/// How a captured exchange failed, by the packets alone. `header_limit` is what the edge takes of response headers in bytes,
/// `origin_line_limit` what origins take of one request header line.
pub fn of_exchange(exchange: &Exchange, header_limit: u64, origin_line_limit: u64) -> Option<Failure> {
    let Some(response) = &exchange.response else {
        return None; // Whether a response was still to come is the connection's to tell.
    };
    if let Some(finding) = response.findings.iter().find(|finding| refused_by_edge(finding.rule)) {
        return Some(Failure::Refused(finding.rule));
    }
    if response.head.bytes > header_limit {
        return Some(Failure::ResponseHeaders);
    }
    if is_truncated(response) {
        return Some(Failure::Truncated);
    }
    match response.status {
        Some(status @ 500..600) => Some(Failure::OriginStatus(status)),
        Some(300..400) if leads_to_itself(exchange, response) => Some(Failure::RedirectToItself),
        Some(400)
            if memchr::memmem::find(&response.error_page, b"No required SSL certificate was sent")
                .is_some() =>
        {
            Some(Failure::ClientCertificate)
        }
        Some(status @ (400 | 414 | 431)) if refuses_large_head(exchange, response, origin_line_limit) => {
            Some(Failure::RequestHeaders(status))
        }
        _ => None,
    }
}

/// How a request without a byte of an answer failed, once its connection is over: by the origin's close, or by the edge giving up.
/// Where the capture itself lacks what the origin sent, nothing is said. `capture_end` and `read_limit` (nanoseconds) tell whether an
/// answer that is still due was overdue.
pub fn of_unanswered(
    exchange: &Exchange,
    connection: &Connection,
    capture_end: Time,
    read_limit: i64,
) -> Option<Failure> {
    let request = exchange.request.as_ref().filter(|_| exchange.response.is_none())?;
    let from_server = &connection.from_server;
    if from_server.packets == 0 || from_server.missing_bytes > 0 {
        return None;
    }
    let by_reset = connection.reset.is_some_and(|reset| reset.by == Side::Server);
    match connection.closed_first() {
        // The close of a side that had been silent before the request, and the reset of one that had not.
        Some((Side::Server, _, _)) => Some(Failure::NoResponse),
        Some((Side::Client, _, at)) if at > request.first && request.body.state == BodyState::Complete => {
            // An edge that stops sending and is reset for it was not waiting.
            Some(if by_reset && connection.from_client.fin.is_none() {
                Failure::NoResponse
            } else {
                Failure::GivenUp
            })
        }
        Some((Side::Client, _, _)) => None,
        None => (capture_end.since(request.last.time) > read_limit).then_some(Failure::NoResponse),
    }
}

fn leads_to_itself(exchange: &Exchange, response: &Response) -> bool {
    let (Some(request), Some(location)) = (&exchange.request, &response.location) else { return false };
    let Some(host) = &request.host else { return false };
    is_same_url(location, host, &request.target)
}

/// Whether a Location is an absolute URL of this host and target, scheme and default port aside.
fn is_same_url(location: &str, host: &str, target: &str) -> bool {
    let Some((_, rest)) = location.split_once("://") else { return false };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let bare =
        |authority: &str| authority.trim_end_matches(":443").trim_end_matches(":80").to_ascii_lowercase();
    let path = if path.is_empty() { "/" } else { path };
    bare(authority) == bare(host) && path.split('#').next() == Some(target)
}

/// Cut short by the origin's own close or reset, not by the capture and not by the peer.
fn is_truncated(response: &Response) -> bool {
    match response.body.state {
        BodyState::InHead(cut) | BodyState::InBody(cut) => matches!(cut, Cut::Fin | Cut::Reset(Side::Server)),
        BodyState::Complete | BodyState::Lost => false,
    }
}

/// nginx says so in its page; otherwise the head itself must be beyond what origins take by default.
fn refuses_large_head(exchange: &Exchange, response: &Response, origin_line_limit: u64) -> bool {
    let page = &response.error_page;
    let says_so = [
        &b"Request Header Or Cookie Too Large"[..],
        b"Request-URI Too Large",
        b"Size of a request header field",
    ]
    .iter()
    .any(|words| memchr::memmem::find(page, words).is_some());
    let largest = exchange.request.as_ref().and_then(|request| {
        let line = request.head.largest.first().map_or(0, |header| header.bytes);
        Some(line.max(u64::try_from(request.target.len()).ok()?))
    });
    says_so || largest.is_some_and(|bytes| bytes > origin_line_limit)
}

/// How a HAR entry says that its request failed. A status of 0 is the browser's own trouble, not the edge's word.
pub fn of_har_entry(entry: &crate::har::Entry, origin_line_limit: u64) -> Option<Failure> {
    match entry.status {
        status @ (400 | 414 | 431) if entry.from_cloudflare && entry.request.bytes > origin_line_limit => {
            Some(Failure::RequestHeaders(status))
        }
        status if statuses::is_edge_failure(status) => Some(Failure::EdgeStatus(status)),
        403 | 429 if entry.mitigated.is_some() || matches!(entry.error_code, Some(1005..=1015 | 1020)) => {
            Some(Failure::EdgeBlock)
        }
        300..400
            if entry
                .location
                .as_ref()
                .is_some_and(|location| is_same_url(location, &entry.host, &entry.target)) =>
        {
            Some(Failure::RedirectToItself)
        }
        status @ 500..600 if entry.ray.is_some() || entry.from_cloudflare => {
            Some(Failure::EdgeStatus(status))
        }
        _ => None,
    }
}
