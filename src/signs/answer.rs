//! Signs of what came back for a request that was sent, or that nothing did, and of what the origin's own log says of it.

use super::lines::own;
use super::sign::{Frequency, NO_REQUEST, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::coverage::access_log_would_show;
use crate::correlate::in_packets::{came_to_a_halt, ended_stream, ends_short, is_cut};
use crate::correlate::timer::same_timer;
use crate::correlate::unanswered::{Unanswered, unanswered};
use crate::evidence::ConnectionRow;
use crate::evidence::server_tally::SOONEST_IDLE_CLOSE;
use crate::facts::statuses::is_edge_failure;
use crate::flow::{Arrival, Side};
use crate::http::exchange::{BodyState, Cut, Exchange, Framing, Response};
use crate::text::words::duration;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "closed-without-answer",
        "the origin closes (FIN) without a byte of an answer",
        Frequency::Often,
        closed_without_answer,
    ),
    look(
        "reset-without-answer",
        "the origin resets the connection without a byte of an answer",
        Frequency::Often,
        reset_without_answer,
    ),
    look(
        "ended-at-once",
        "the origin ends the connection before the request or right behind it: nobody there has waited for anything",
        Frequency::Often,
        ended_at_once,
    ),
    look("cut-short", "the origin ends its answer short", Frequency::Often, cut_short),
    look(
        "closed-behind-answer",
        "the origin closes right behind an answer whose end the capture has not, and keeps connections open behind others",
        Frequency::Seldom,
        closed_behind_answer,
    ),
    look(
        "edge-gave-up-at-timer",
        "the edge closes at its timer with the answer still due",
        Frequency::Seldom,
        gave_up_at_timer,
    )
    .one_with("gave-up"),
    look("edge-gave-up", "the edge closes with the answer still due", Frequency::Often, gave_up)
        .one_with("gave-up"),
    look("no-line", "the origin's access log of that time has no line for it", Frequency::Often, no_line),
    look("logged-499", "the origin logs that its peer left (499)", Frequency::Seldom, logged_499)
        .one_with("peer-left"),
    look(
        "peer-left-line",
        "the server says that its peer left before the answer",
        Frequency::Seldom,
        peer_left,
    )
    .one_with("peer-left"),
    look(
        "edge-received-head",
        "by the edge's record the head of an answer came",
        Frequency::Seldom,
        edge_received_head,
    ),
    look(
        "edge-read-status",
        "by the edge's record an answer of the origin's began: it has its status",
        Frequency::Often,
        edge_read_status,
    )
    .one_with("edge-received-head"),
    look("logged-444", "the origin logs 444: a rule closes without an answer", Frequency::Never, logged_444)
        .one_with("denied")
        .by_status_of_log(),
];

/// What is seen of a captured request that got no byte of an answer, or that it is not there.
pub(super) fn of_unanswered(
    look: &Viewpoint<'_>,
    see: impl FnOnce(&Unanswered<'_>) -> Option<Observation>,
) -> Observation {
    match unanswered(look.case, &look.incident.evidence) {
        Some(sign) if lacks_the_origin(look, sign.row) => Observation::NotVisible(NOTHING_OF_ORIGIN),
        Some(sign) => or_absent(see(&sign)),
        None => none_unanswered(look),
    }
}

const NOTHING_OF_ORIGIN: &str = "the captures have nothing of what the origin sends";

/// Whether what the origin did on a connection cannot be seen, since the captures have no packet of any server.
fn lacks_the_origin(look: &Viewpoint<'_>, row: &ConnectionRow) -> bool {
    row.connection.from_server.packets == 0 && look.incident.evidence.is_one_way()
}

/// Why no captured request of it went without an answer.
pub(super) fn none_unanswered(look: &Viewpoint<'_>) -> Observation {
    let answered = look
        .case
        .exchanges(&look.incident.evidence)
        .next_back()
        .is_some_and(|(_, kept)| kept.exchange.request.is_some() && kept.exchange.response.is_some());
    if answered { Observation::Moot("its request was answered") } else { Observation::NotVisible(NO_REQUEST) }
}

fn closed_without_answer(look: &Viewpoint<'_>) -> Observation {
    of_unanswered(look, |sign| {
        let fin = sign.closed_after_request().filter(|_| sign.given_up().is_none())?;
        let text =
            || format!("the origin closes (FIN) {}, without a byte of response", after_request(sign, fin));
        Some(look.seen(text, sign.place(fin), fin.time))
    })
}

/// When something came, against the request.
fn after_request(sign: &Unanswered<'_>, at: Arrival) -> String {
    match at > sign.last {
        true => format!("{} after the request", duration(at.time.since(sign.last.time))),
        false => "while the request was still being sent".to_owned(),
    }
}

fn reset_without_answer(look: &Viewpoint<'_>) -> Observation {
    of_unanswered(look, |sign| {
        let reset = sign.reset_after_request().filter(|_| sign.given_up().is_none())?;
        let acknowledged = sign.acknowledged.is_some_and(|at| at < reset);
        let text = || {
            let taken = if acknowledged { ", which had been acknowledged" } else { "" };
            format!("RST from the origin {}{taken}", after_request(sign, reset))
        };
        Some(look.seen(text, sign.place(reset), reset.time))
    })
}

/// Ahead of the request, or sooner behind it than whoever took it can have asked another one. That it takes longer says nothing.
fn ended_at_once(look: &Viewpoint<'_>) -> Observation {
    const AT_ONCE: Duration = Duration::MILLISECOND;
    let told = unanswered(look.case, &look.incident.evidence).and_then(|sign| {
        let behind = || sign.reset_after_request().filter(|at| at.time.since(sign.last.time) < AT_ONCE);
        Some((sign, sign.closed_before_request().or_else(behind)?))
    });
    let Some((sign, at)) = told else {
        return Observation::NotVisible("the origin did not end it, or later");
    };
    let text = || {
        let apart = duration(at.time.since(sign.last.time).abs());
        let place = if at < sign.first { "ahead of the request" } else { "behind the request" };
        format!("the origin ends the connection {apart} {place}")
    };
    look.seen(text, sign.place(at), at.time)
}

fn cut_short(look: &Viewpoint<'_>) -> Observation {
    let Some((row, kept)) = look.case.exchanges(&look.incident.evidence).next_back() else {
        return Observation::NotVisible(NO_REQUEST);
    };
    if kept.exchange.response.is_none() && lacks_the_origin(look, row) {
        return Observation::NotVisible(NOTHING_OF_ORIGIN);
    }
    let status = look.case.status_at_origin(&look.incident.evidence);
    let cut_short =
        kept.exchange.response.as_deref().filter(|response| {
            is_cut(response, status == Some(520)) && !came_to_a_halt(row, response, status)
        });
    if cut_short.is_none() && kept.exchange.response.as_deref().is_some_and(is_end_unseen) {
        return Observation::NotVisible(END_UNSEEN);
    }
    let frame = ended_stream(kept);
    let how = cut_short.and_then(|response| Some((response, how_cut(response, frame.is_some())?)));
    or_absent(how.map(|(response, how)| {
        let closed = || row.connection.closed_first().map(|(_, _, at)| at).filter(|_| !ends_short(response));
        let end = frame.map(|end| end.at).or_else(closed).unwrap_or(response.last);
        look.seen(|| cut(response, how), row.place(end), end.time)
    }))
}

const END_UNSEEN: &str = "the capture has not the end of its answer";

/// Whether the capture has a part of an answer, and cut off how long it is or where it ends.
fn is_end_unseen(response: &Response) -> bool {
    let state = response.body.state;
    response.status.is_some()
        && matches!(state, BodyState::InHead(Cut::Capture) | BodyState::InBody(Cut::Capture))
}

/// A server that keeps connections open closes where something broke. What has no body by its nature did not break in it.
fn closed_behind_answer(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let last = look.case.exchanges(evidence).next_back();
    let told = last.and_then(|(row, kept)| Some((row, &kept.exchange, kept.exchange.response.as_deref()?)));
    let is_cut = |exchange: &Exchange, response: &Response| {
        let asked = exchange.request.as_ref().map(|request| request.method.as_str());
        let may_have_body = asked.is_some_and(|method| method != "HEAD")
            && !matches!(response.status, Some(100..200 | 204 | 304));
        exchange.stream.is_none() && may_have_body && is_end_unseen(response)
    };
    let Some((row, exchange, _)) = told.filter(|(_, exchange, response)| is_cut(exchange, response)) else {
        return Observation::Moot("the capture has all of its answer, or none, or it has no body");
    };
    let server = look.incident.population.servers.of_case(look.case, evidence);
    let Some(server) = server.filter(|server| server.keeps_open()) else {
        return Observation::NotVisible(
            "the server closes behind other answers, too, or few show what it does",
        );
    };
    let answered = row.connection.from_server.last_data.filter(|_| exchange.number == row.exchange_count);
    let closed = row.connection.closed_first().zip(answered).filter(|((side, _, at), answered)| {
        *side == Side::Server && at.time.since(answered.time) < SOONEST_IDLE_CLOSE
    });
    or_absent(closed.map(|((_, _, at), answered)| {
        let text = || {
            let ((open, _), after) = (server.kept_open, duration(at.time.since(answered.time)));
            format!(
                "the origin closes {after} behind an answer of which the capture has the beginning, and kept {open} other connections open behind theirs"
            )
        };
        look.seen(text, row.place(at), at.time)
    }))
}

/// How a response was cut short, by a frame of HTTP/2 or by TCP; `None` where the capture cut it.
fn how_cut(response: &Response, by_frame: bool) -> Option<&'static str> {
    let (BodyState::InHead(cut) | BodyState::InBody(cut)) = response.body.state else { return None };
    match cut {
        Cut::Reset(Side::Server) if by_frame => Some("the origin ends the stream"),
        Cut::Reset(Side::Client) if by_frame => Some("the edge ends the stream"),
        Cut::Fin if ends_short(response) => Some("the origin ends the stream (END_STREAM)"),
        Cut::Fin => Some("the origin closes (FIN)"),
        Cut::Reset(Side::Server) => Some("the origin resets the connection"),
        Cut::Reset(Side::Client) => Some("a RST in the edge's name ends the connection"),
        Cut::Capture => None,
    }
}

/// What was announced and what came.
fn cut(response: &Response, how: &str) -> String {
    let received = response.body.received;
    let in_head = matches!(response.body.state, BodyState::InHead(_));
    match (in_head, response.body.framing) {
        (true, _) => {
            format!("{how} inside the response's head, after {} bytes", response.head.bytes)
        }
        (false, Framing::Length(length)) => {
            // Of a head that the capture cut, the rest counts among what came.
            let most = if response.head_end.is_none() { "at most " } else { "" };
            format!("{how} after {most}{received} of {length} bytes (Content-Length)")
        }
        (false, Framing::Chunked) => format!("{how} after {received} bytes without a last chunk"),
        (false, _) => format!("{how} after {received} bytes of body"),
    }
}

fn gave_up_at_timer(look: &Viewpoint<'_>) -> Observation {
    let timer = look.incident.population.edge_gives_up;
    if let Some(sign) = unanswered(look.case, &look.incident.evidence) {
        let told = sign.given_up().zip(sign.waited()).and_then(|(at, waited)| {
            let timer = timer.filter(|timer| same_timer(waited, timer.duration))?;
            let text = || {
                let (waited, limit) = (duration(waited), duration(timer.duration));
                format!("no byte for {waited} after the request, then the edge closes; {} requests ended at the same {limit}", timer.count)
            };
            Some(look.seen(text, sign.place(at), at.time))
        });
        return or_absent(told);
    }
    // Where the edge's own record is missing: the edge gave up, and it was no visitor who left.
    let logged = look.case.access(&look.incident.evidence).find(|row| row.line.status == Some(499));
    let told =
        logged.and_then(|row| Some((row, row.line.request_time?, timer?))).filter(|(_, waited, timer)| {
            look.case.edge.is_none() && *waited >= Duration::SECOND && same_timer(*waited, timer.duration)
        });
    match told {
        Some((row, waited, _)) => {
            let text = || {
                format!("the origin logs 499 after {}, as others do: a timer of the edge", duration(waited))
            };
            look.seen(text, row.place, row.line.time)
        }
        None => none_unanswered(look),
    }
}

fn gave_up(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    if let Some(sign) = unanswered(look.case, evidence) {
        return or_absent(sign.given_up().zip(sign.waited()).map(|(at, waited)| {
            let text = || format!("no byte for {} after the request, then the edge closes", duration(waited));
            look.seen(text, sign.place(at), at.time)
        }));
    }
    match look.case.asked_origin(evidence).filter(|row| row.record.edge_status == Some(524)) {
        Some(row) => {
            let after =
                look.case.took(evidence).map_or(String::new(), |took| format!(" after {}", duration(took)));
            let text = || format!("the edge says 524{after}: connected, asked, and no answer in time");
            look.seen(text, row.place, row.record.start)
        }
        None => none_unanswered(look),
    }
}

fn no_line(look: &Viewpoint<'_>) -> Observation {
    let (case, incident) = (look.case, look.incident);
    if let Some(row) = case.access(&incident.evidence).next() {
        return look.not_seen(|| "the origin logged the request, so it took it".to_owned(), row.place);
    }
    if !access_log_would_show(case, &incident.evidence, &incident.clocks, &incident.population.logs_with_rays)
    {
        return Observation::NotVisible("no access log with rays covers that time");
    }
    let row = case.asked_origin(&incident.evidence);
    let text = || "the origin's access log of that time has no line for it: it was never taken".to_owned();
    look.seen(text, row.map(|row| row.place), row.map(|row| row.record.start))
}

fn logged(look: &Viewpoint<'_>, status: u16, text: impl Fn(Option<Duration>) -> String) -> Observation {
    match look.case.access(&look.incident.evidence).find(|row| row.line.status == Some(status)) {
        Some(row) => look.seen(|| text(row.line.request_time), row.place, row.line.time),
        None if look.case.access.is_empty() => Observation::NotVisible("no access line of it was found"),
        None => absent(),
    }
}

fn logged_499(look: &Viewpoint<'_>) -> Observation {
    logged(look, 499, |time| match time {
        Some(time) => format!("the origin logs 499 after {}: its peer left", duration(time)),
        None => "the origin logs 499: its peer left".to_owned(),
    })
}

/// The ways in which servers say that their peer left, which is the edge.
pub(super) const PEER_LEFT: &[&str] = &[
    "nginx-client-closed",
    "uwsgi-client-closed",
    "waitress-client-closed",
    "java-client-left",
    "go-proxy-client-left",
    "go-proxy-canceled",
    "cloudflared-request-given-up",
    "apache-client-left",
    "haproxy-client-left",
    "haproxy-client-left-in-body",
    "envoy-client-left",
    "squid-client-left",
    "http-sys-client-left",
    "google-client-left",
    "google-client-left-in-body",
    "azure-client-left",
];

/// Most servers write of it only at a level that is not shown by default (nginx: info), so nothing follows where there is no such line.
fn peer_left(look: &Viewpoint<'_>) -> Observation {
    own(look, PEER_LEFT).unwrap_or(Observation::NotVisible("no line of it says how its peer left"))
}

/// OriginResponseHeaderReceiveDurationMs: 0 where no head came that the edge could read (Cloudflare docs: logs, http_requests).
fn edge_received_head(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.asked_origin(&look.incident.evidence);
    match row.and_then(|row| Some((row, row.record.origin_header_time?))) {
        Some((row, Duration::ZERO)) => {
            look.not_seen(|| "by the edge's record no head of an answer came".to_owned(), row.place)
        }
        // A head begins with its status: what came without one may be the end of the connection.
        Some((row, after)) if row.record.origin_status != Some(0) => look.seen(
            || format!("by the edge's record the head of an answer came after {}", duration(after)),
            row.place,
            row.record.start,
        ),
        _ => Observation::NotVisible("no record of the edge tells when a head came"),
    }
}

/// OriginResponseStatus of a request that the edge answered with a status of its own: 0 where no status line came (Cloudflare docs: logs, http_requests). It stays
/// where the rest of the head is what the edge cannot use.
fn edge_read_status(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.asked_origin(&look.incident.evidence);
    let own = row.filter(|row| row.record.edge_status.is_some_and(is_edge_failure));
    match own.and_then(|row| Some((row, row.record.origin_status?))) {
        Some((row, 0)) => {
            look.not_seen(|| "by the edge's record the origin has told no status".to_owned(), row.place)
        }
        Some((_, status)) if is_edge_failure(status) => {
            Observation::NotVisible("the edge's record has its own status for the origin's")
        }
        Some((row, status)) => look.seen(
            || format!("by the edge's record the origin's answer began: its status is {status}"),
            row.place,
            row.record.start,
        ),
        None => Observation::NotVisible("no record of the edge tells whether the origin told a status"),
    }
}

/// nginx closes the connection without an answer (ngx_http_request.h).
fn logged_444(look: &Viewpoint<'_>) -> Observation {
    logged(look, 444, |_| "the origin logs 444: a rule closes the connection without an answer".to_owned())
}
