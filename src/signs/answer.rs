//! Signs of what came back for a request that was sent, or that nothing did, and of what the origin's own log says of it.

use super::lines::own;
use super::sign::{Frequency, NO_REQUEST, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::coverage::access_log_would_show;
use crate::correlate::timer::same_timer;
use crate::correlate::unanswered::{Unanswered, unanswered};
use crate::evidence::ConnectionRow;
use crate::facts::statuses::is_edge_failure;
use crate::flow::Arrival;
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

pub(super) const NOTHING_OF_ORIGIN: &str = "the captures have nothing of what the origin sends";

/// Whether what the origin did on a connection cannot be seen, since the captures have no packet of any server.
pub(super) fn lacks_the_origin(look: &Viewpoint<'_>, row: &ConnectionRow) -> bool {
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
        // Who closes a new connection ahead of its first request takes none.
        let is_new = sign.number == 1 && sign.row.connection.handshake.syn.is_some();
        let ahead = || sign.closed_before_request().filter(|_| is_new);
        let fin = sign.closed_after_request().or_else(ahead).filter(|_| sign.given_up().is_none())?;
        let text =
            || format!("the origin closes (FIN) {}, without a byte of response", after_request(sign, fin));
        Some(look.seen(text, sign.place(fin), fin.time))
    })
}

/// When something came, against the request.
fn after_request(sign: &Unanswered<'_>, at: Arrival) -> String {
    if at > sign.last {
        format!("{} after the request", duration(at.time.since(sign.last.time)))
    } else if at < sign.first {
        format!("{} ahead of the request", duration(sign.first.time.since(at.time)))
    } else {
        "while the request was still being sent".to_owned()
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
