//! What a failure is, decided from a single source before anything is joined (docs/failures.md). Several sources of one request are
//! judged together in `correlate`.

use serde::{Deserialize, Serialize};

use super::edge_parser::{head_exceeds, refused_by_edge};
use super::redirect::{is_same_url, leads_to_itself};
use crate::facts::endings::AnswerFate;
use crate::facts::refusals;
use crate::facts::statuses;
use crate::flow::{Arrival, Connection, End, IcmpError, Side, Traffic};
use crate::har;
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut, Exchange, Request, Response};
use crate::logs::{AccessLine, Dataset, EdgeRecord, RequestSource};
use crate::time::{Duration, Time};

/// How a request or a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// The edge answered with one of its own statuses, or passed on a 5xx.
    EdgeStatus(u16),
    /// The origin answered with a 5xx, or logged one.
    OriginStatus(u16),
    /// The response breaks a rule, and the edge refuses such responses.
    Refused(Rule),
    /// The request was acknowledged, and the origin closed the connection without sending a byte of an answer; or ICMP errors alone answer it.
    NoResponse,
    /// The edge gave up waiting: it closed the connection while the response was still due.
    GivenUp,
    /// The origin answered; the edge acknowledged nothing of it, though it was sent again and again, and closed the connection, or knew of none any more.
    Undelivered,
    /// The response was cut short.
    Truncated,
    /// The edge ended the stream, or the connection with it, with this error of HTTP/2: it could not use what came.
    StreamRefused(u32),
    /// The headers of the response are larger than the edge accepts.
    ResponseHeaders,
    /// The origin refused the head of the request: it answered 400, 414 or 431, and the head is larger than origins accept.
    RequestHeaders(u16),
    /// The origin demands a client certificate and got none.
    ClientCertificate,
    /// The origin takes no body without a length: it answered 411.
    LengthRequired,
    /// The origin refused the request with this status, which tells nothing by itself: a line of its log says so, or that its edge address met a limit.
    ToldByLine(u16),
    /// The connection or the TLS handshake failed before any request.
    Connect,
    /// The edge itself refused the request, by a rule, a challenge or a rate limit.
    EdgeBlock,
    /// The edge itself refused the request, because of a limit of its own: the body is too large (413), the name is not served (409).
    EdgeLimit,
    /// A redirect to the same URL that was requested, apart from its scheme: a failure only where it repeats.
    RedirectToItself,
    /// The visitor left before the answer: a failure only where many do.
    ClientAbort,
}

/// Whether an edge record is about the request of a visitor. Others (the edge's own, subrequests of Workers) are not counted.
pub fn is_visitors(record: &EdgeRecord) -> bool {
    record.source != RequestSource::EdgeItself && !record.worker_subrequest && record.parent_ray.is_none()
}

/// Whether a record tells that a Worker asked for something, on behalf of a visitor whose ray it names, and did not get it (Cloudflare
/// docs: logs/faq/worker-subrequests). It is no failure by itself: the Worker may have made do without.
pub fn is_failed_subrequest(record: &EdgeRecord) -> bool {
    let failed = statuses_of_failure(record.edge_status, record.origin_status);
    record.parent_ray.is_some() && record.dataset == Dataset::Requests && failed
}

/// Whether one of these statuses is that of a failure.
fn statuses_of_failure(edge: Option<u16>, origin: Option<u16>) -> bool {
    edge.is_some_and(|edge| edge >= 500 || statuses::is_edge_failure(edge))
        || origin.is_some_and(|origin| (500..600).contains(&origin))
}

/// Whether a record of the edge with these statuses may say more than that a request went well: only the whole record tells. Of all others
/// [`of_edge_record`] says nothing.
pub fn edge_record_may_tell(edge: Option<u16>, origin: Option<u16>) -> bool {
    statuses_of_failure(edge, origin) || matches!(edge, Some(400 | 403 | 411 | 413 | 414 | 429 | 431 | 499))
}

/// How a request failed, by the edge's record of it.
pub fn of_edge_record(record: &EdgeRecord, origin_line_limit: u64) -> Option<Failure> {
    let edge = record.edge_status?;
    let origin = record.origin_status.unwrap_or(0);
    if !is_visitors(record) {
        return None;
    }
    // A 504 to a request that was never sent to an origin only means that the cache lacked it (docs: logs/faq/504-origin-status-0).
    // Where the log has no address towards the origin, the origin's status alone tells: one that does not answer in time is a 524.
    let cache_miss = edge == 504 && record.was_not_sent();
    if statuses::is_edge_failure(edge) || (edge >= 500 && !cache_miss) || (500..600).contains(&origin) {
        return Some(Failure::EdgeStatus(edge));
    }
    // A rule's own event says that the rule answered; a record of a request says so where no origin was asked.
    let not_asked = origin == 0 && record.edge_address.is_none() && record.edge_address_logged;
    let by_rule = not_asked || record.dataset == Dataset::FirewallEvents && origin == 0;
    if matches!(edge, 403 | 429) && by_rule && record.security_action.as_deref().is_some_and(is_block) {
        return Some(Failure::EdgeBlock);
    }
    if edge == 413 && not_asked && record.dataset == Dataset::Requests {
        return Some(Failure::EdgeLimit);
    }
    // The status itself names the framing (RFC 9110, 15.5.12), which is the edge's: visitors' bodies without a length reach it, too.
    // A log that leaves out the origin's status leaves open nothing but whether one was asked.
    let passed_on = record.origin_status.is_none_or(|status| status == edge) && !record.was_not_sent();
    if edge == 411 && passed_on {
        return Some(Failure::LengthRequired);
    }
    // All bytes of a request without a body belong to its head.
    let bodiless = matches!(record.method.as_deref(), Some("GET" | "HEAD"));
    let large = record.client_request_bytes.is_some_and(|bytes| u64::from(bytes) > origin_line_limit);
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

/// Whether an access line with this status may say more than that a request went well. Of all others [`of_access_line`] says nothing.
pub fn access_line_may_tell(status: Option<u16>) -> bool {
    matches!(status, Some(400 | 411 | 414 | 431 | 444 | 494 | 499 | 500..600))
}

/// How a request failed, by its line in the access log. A 499 or 444 is none of these: it says that the request ended without an answer,
/// and whether that is a failure, the edge's record tells, or, where there is none, who asked.
pub fn of_access_line(line: &AccessLine, origin_line_limit: u64) -> Option<Failure> {
    let bodiless = matches!(line.method.as_deref(), Some("GET" | "HEAD") | None);
    let large = line.request_bytes.is_some_and(|bytes| bytes > origin_line_limit);
    match line.status? {
        status @ (400 | 414 | 431) if bodiless && large => Some(Failure::RequestHeaders(status)),
        494 => Some(Failure::RequestHeaders(400)),
        411 => Some(Failure::LengthRequired),
        // The origin itself says so. (nginx uses 597 to 599 inside, and does not log them.)
        status @ 500..600 => Some(Failure::OriginStatus(status)),
        _ => None,
    }
}

/// Whether an access line says that no answer was sent, or that it was cut short. It tells of no failure by itself (the peer may have
/// left, a tunnel ends in this way too), but it says why a request failed that another source calls failed.
pub fn ended_without_answer(line: &AccessLine) -> bool {
    matches!(line.status, Some(444 | 499))
        || line.ending().is_some_and(|ending| matches!(ending.answer, AnswerFate::Cut | AnswerFate::Missing))
}

/// Whether an access line is worth keeping for what it tells by itself.
pub fn access_line_tells(line: &AccessLine, origin_line_limit: u64) -> bool {
    of_access_line(line, origin_line_limit).is_some()
        || ended_without_answer(line)
        || line.odd_request_line.is_some()
        || line.is_http2_preface()
        || says_refused(line)
}

/// Whether an access line says that the server refused the request: by its own code, or since it takes the header that a balancer puts in front of a
/// connection for the request.
pub fn says_refused(line: &AccessLine) -> bool {
    const BAD_REQUEST: u16 = 400;
    let ending = line.ending().zip(line.status);
    ending.is_some_and(|(ending, status)| refusals::refuses(ending.id, status))
        || line.status == Some(BAD_REQUEST) && line.is_proxy_header()
}

/// Whether a record of the edge shows an answer of the origin that a line of the origin's log can make a failure of.
pub fn may_be_refused(record: &EdgeRecord) -> bool {
    let passed_on = |status| record.origin_status.is_none_or(|origin| origin == status);
    let asked = !(record.edge_address_logged && record.edge_address.is_none());
    record.dataset == Dataset::Requests
        && is_visitors(record)
        && asked
        && record.edge_status.is_some_and(|status| refusals::may_refuse(status) && passed_on(status))
}

/// How a captured exchange failed, by the packets alone. `header_limit`: how many bytes of response headers the edge accepts.
/// `origin_line_limit`: how many bytes of one request header line origins accept.
pub fn of_exchange(exchange: &Exchange, header_limit: u64, origin_line_limit: u64) -> Option<Failure> {
    if let Some(failure) = of_ended_stream(exchange) {
        return Some(failure);
    }
    let Some(response) = &exchange.response else {
        return None; // Whether the response is missing or was still to come shows when the connection ends: `of_unanswered`.
    };
    if let Some(finding) = response.findings.iter().find(|finding| refused_by_edge(finding.rule)) {
        return Some(Failure::Refused(finding.rule));
    }
    if head_exceeds(exchange, response, header_limit) {
        return Some(Failure::ResponseHeaders);
    }
    if is_truncated(response) {
        return Some(Failure::Truncated);
    }
    match response.status {
        Some(status @ 500..600) => Some(Failure::OriginStatus(status)),
        Some(300..400) if leads_to_itself(exchange, response) => Some(Failure::RedirectToItself),
        Some(411) => Some(Failure::LengthRequired),
        Some(400) if har::wants_certificate(&response.error_page) => Some(Failure::ClientCertificate),
        Some(status @ (400 | 414 | 431)) if refuses_large_head(exchange, response, origin_line_limit) => {
            Some(Failure::RequestHeaders(status))
        }
        _ => None,
    }
}

/// How a request failed whose stream was ended by a frame. A stream that the edge ended for a reason of its own (NO_ERROR, CANCEL) was given up
/// where no answer had come; else its visitor left, as one does who closes a page.
fn of_ended_stream(exchange: &Exchange) -> Option<Failure> {
    let end = exchange.stream.as_ref()?.end?;
    let is_answered = exchange.response.is_some();
    if let Some(end) = exchange.refused_by_client() {
        return Some(Failure::StreamRefused(end.code));
    }
    match end.from {
        Side::Client => (!is_answered).then_some(Failure::GivenUp),
        Side::Server => (!is_answered).then_some(Failure::NoResponse),
    }
}

/// How a request that got no byte of an answer failed, once its connection is over: the origin closed, or the edge gave up. `None` where
/// the capture itself lacks bytes that the origin sent. If the capture ended first, the request failed if it had then waited longer than
/// `read_limit`.
pub fn of_unanswered(
    exchange: &Exchange,
    connection: &Connection,
    capture_end: Time,
    read_limit: Duration,
) -> Option<Failure> {
    let request = exchange.request.as_ref().filter(|_| exchange.response.is_none())?;
    if may_have_answered(request.first, &connection.from_server) {
        return None;
    }
    if is_rejected(request, connection) {
        return Some(Failure::NoResponse);
    }
    let by_reset = connection.reset.is_some_and(|reset| reset.by == Side::Server);
    match connection.closed_first() {
        // The origin closed first, by FIN or by RST.
        Some((Side::Server, _, _)) => Some(Failure::NoResponse),
        // A device on the way closed it in the edge's name. Its RST may overtake the request that it answers.
        Some((Side::Client, End::Reset { .. }, _)) if connection.reset_is_forged() => {
            Some(Failure::NoResponse)
        }
        Some((Side::Client, _, at))
            if at > request.first && request.is_sent() && !lacks_acknowledgement(request, connection, at) =>
        {
            // If the edge sent no FIN and the origin a RST, the origin ended it: the edge was not the one that gave up.
            Some(if by_reset && connection.from_client.fin.is_none() {
                Failure::NoResponse
            } else {
                Failure::GivenUp
            })
        }
        Some((Side::Client, _, _)) => None,
        None => {
            let is_overdue = capture_end.since(request.last.time) > read_limit;
            (is_overdue || is_ignored(request, connection)).then_some(Failure::NoResponse)
        }
    }
}

/// Whether a request is sent again and again, and not even acknowledged: by then TCP has doubled its timeout three times (RFC 6298, 5.5), and no server that
/// can be reached is silent for so long.
fn is_ignored(request: &Request, connection: &Connection) -> bool {
    const AGAIN: u32 = 4;
    const IGNORED: Duration = Duration::from_seconds(3);
    let is_heard = |last: Arrival| last > request.first;
    request.is_sent()
        && request.acknowledged.is_none()
        && connection.from_client.retransmissions >= AGAIN
        && connection.last.time.since(request.last.time) >= IGNORED
        && connection.from_server.packets > 0
        && !connection.from_server.last_data.is_some_and(is_heard)
}

/// Whether ICMP errors answer a request, and nothing else does though it is sent again: TCP goes on (RFC 5461, 2.2) until whoever asked has waited long enough.
fn is_rejected(request: &Request, connection: &Connection) -> bool {
    const AGAIN: u32 = 2;
    let about_it = |icmp: &IcmpError| icmp.about == Side::Client && icmp.at > request.first;
    let is_rejected = |icmp: &IcmpError| about_it(icmp) && (icmp.is_rejection() || icmp.is_unreachable());
    request.acknowledged.is_none()
        && connection.icmp.as_ref().is_some_and(is_rejected)
        && connection.from_client.retransmissions >= AGAIN
        && connection.from_server.last_data.is_none_or(|last| last < request.first)
}

/// Whether the capture may lack bytes of an answer. Where it only cut packets short, each of them is known: none came after the request.
fn may_have_answered(asked: Arrival, from_server: &Traffic) -> bool {
    let only_cut = from_server.anomalies.lost_segments == 0 && from_server.anomalies.holes_given_up == 0;
    let is_silent_since = only_cut && from_server.last_data.is_none_or(|last| last < asked);
    from_server.packets == 0 || (from_server.anomalies.missing_bytes > 0 && !is_silent_since)
}

/// Whether the capture lacks what acknowledged a request, and perhaps the answer with it: a client that hears nothing sends it again within this time
/// (RFC 6298, 2: after a second at first).
fn lacks_acknowledgement(request: &Request, connection: &Connection, closed: Arrival) -> bool {
    const SENT_AGAIN: Duration = Duration::from_seconds(3);
    let heard = request.acknowledged.map_or(closed, |at| at.min(closed));
    connection.from_client.retransmissions == 0 && heard.time.since(request.last.time) > SENT_AGAIN
}

/// How a request failed whose answer nobody acknowledged, once its connection is over: its client had left before the answer came, gave up while
/// the origin sent the answer again, or had given up before, unheard. `None` where the client went on or left at once, and where the capture ended before it did either.
pub fn of_unacknowledged(exchange: &Exchange, connection: &Connection) -> Option<Failure> {
    /// So long no client waits for what only is on its way: three timeouts of TCP at the least (RFC 6298, 2: 200 ms on Linux, then doubled).
    const LOST: Duration = Duration::from_seconds(1);
    let response = exchange.response.as_deref()?;
    let from_server = &connection.from_server;
    let by_client = connection.reset.filter(|reset| reset.by == Side::Client).map(|reset| reset.at);
    let left = connection.from_client.fin.or(by_client)?;
    let is_repeated = from_server.retransmissions >= 2 && !from_server.all_acknowledged;
    // A client that only says that it will ask for no more acknowledges what it reads; one that is gone answers by RST.
    let is_asked = exchange.request.as_ref().is_some_and(|request| request.is_sent() && request.first < left);
    if is_asked && left < response.first && (by_client.is_some() || is_repeated) {
        return Some(Failure::GivenUp);
    }
    let anomalies = &connection.from_client.anomalies;
    let lacks = anomalies.missing_bytes > 0 || anomalies.lost_segments > 0;
    if is_asked && connection.client_was_gone() && !lacks {
        return Some(Failure::Undelivered);
    }
    (is_repeated && left.time.since(response.first.time) >= LOST).then_some(Failure::Undelivered)
}

/// Whether the origin itself cut the response short, by FIN or RST. Cuts by the capture or by the edge do not count.
fn is_truncated(response: &Response) -> bool {
    match response.body.state {
        BodyState::InHead(cut) | BodyState::InBody(cut) => matches!(cut, Cut::Fin | Cut::Reset(Side::Server)),
        BodyState::Complete | BodyState::Lost => false,
    }
}

/// Whether the origin refused the head for its size: servers say so in their error page; without such a page one line must be larger
/// than origins accept by default, or all of a head whose lines the capture cut.
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
        let whole = if request.is_head_whole() { 0 } else { request.head_bytes() };
        Some(line.max(whole).max(u64::try_from(request.target.len()).ok()?))
    });
    says_so || largest.is_some_and(|bytes| bytes > origin_line_limit)
}

/// How a request failed, by its entry in a HAR file. A status of 0 is a problem of the browser, not an answer of the edge.
pub fn of_har_entry(entry: &har::Entry, origin_line_limit: u64) -> Option<Failure> {
    let from_edge = entry.ray.is_some() || entry.from_cloudflare;
    match entry.status {
        status @ (400 | 414 | 431) if entry.from_cloudflare && entry.request.bytes > origin_line_limit => {
            Some(Failure::RequestHeaders(status))
        }
        400 if entry.wants_certificate && from_edge => Some(Failure::ClientCertificate),
        411 if from_edge => Some(Failure::LengthRequired),
        409 | 413 if entry.from_edge_page => Some(Failure::EdgeLimit),
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
        status @ 500..600 if from_edge => Some(Failure::EdgeStatus(status)),
        _ => None,
    }
}
