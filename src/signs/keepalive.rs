//! Signs of a connection that is used again: its age, its number of requests, and who closed it first.

use std::net::IpAddr;

use super::answer::{none_unanswered, of_unanswered};
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::servers::Server;
use crate::correlate::timer::same_timer;
use crate::correlate::unanswered::unanswered;
use crate::evidence::server_tally::SOONEST_IDLE_CLOSE;
use crate::flow::Arrival;
use crate::http::exchange::Exchange;
use crate::logs::ConfiguredProgram;
use crate::text::words::duration;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "fin-before-request",
        "the origin's FIN is ahead of the request",
        Frequency::Seldom,
        fin_before_request,
    ),
    look(
        "reset-at-idle-timer",
        "a RST answers the request at the origin's idle timeout",
        Frequency::Never,
        reset_at_idle_timer,
    )
    .one_with("fin-before-request"),
    look(
        "request-cap",
        "the origin closes after as many requests as it does elsewhere",
        Frequency::Never,
        request_cap,
    ),
    look(
        "idle-age-at-timer",
        "the origin closes at the age at which it closes other idle connections",
        Frequency::Seldom,
        idle_age_at_timer,
    ),
    look(
        "ended-together",
        "the origin ends other connections at the same instant",
        Frequency::Seldom,
        ended_together,
    ),
    look(
        "connection-used-again",
        "the connection had carried a request before",
        Frequency::Often,
        used_again,
    ),
    look(
        "only-used-again-fail",
        "nearly all failures without an answer are on connections used again",
        Frequency::Seldom,
        only_used_again_fail,
    ),
    look(
        "failed-too-soon",
        "the edge gave up sooner than the origin answers anything",
        Frequency::Never,
        failed_too_soon,
    ),
    look(
        "idle-setting-low",
        "the origin's idle timeout is below the edge's",
        Frequency::Often,
        idle_setting_low,
    ),
];

fn server<'a>(look: &Viewpoint<'a>) -> Option<&'a Server> {
    look.incident.population.servers.of_case(look.case, &look.incident.evidence)
}

fn fin_before_request(look: &Viewpoint<'_>) -> Observation {
    of_unanswered(look, |sign| {
        // On a new connection it is no idle timer that closes.
        let fin = sign.closed_before_request().filter(|_| sign.number > 1)?;
        let text = || {
            let ahead = duration(sign.first.time.since(fin.time));
            match sign.idle_before {
                Some(idle) => format!(
                    "the origin's FIN is {ahead} ahead of the request, on a connection idle for {}",
                    duration(idle)
                ),
                None => format!("the origin's FIN is {ahead} ahead of the request"),
            }
        };
        Some(look.seen(text, sign.place(fin), fin.time))
    })
}

/// The kernel answers at once for a socket that is closed. A process that reads the request first and then dies takes longer.
fn reset_at_idle_timer(look: &Viewpoint<'_>) -> Observation {
    of_unanswered(look, |sign| {
        let (idle, reset) = (sign.idle_before?, sign.reset_after_request()?);
        let after = reset.time.since(sign.first.time);
        let timer = server(look)?.idle?;
        (same_timer(idle, timer.duration) && after < Duration::SECOND).then(|| {
            let text = || {
                format!(
                    "RST {} after the request, at the origin's idle timeout of {}",
                    duration(after),
                    duration(timer.duration)
                )
            };
            look.seen(text, sign.place(reset), reset.time)
        })
    })
}

fn request_cap(look: &Viewpoint<'_>) -> Observation {
    of_unanswered(look, |sign| {
        let cap = server(look)?.request_cap?;
        if !sign.row.connection.initiator_known {
            return Some(Observation::NotVisible("its connection began before the capture"));
        }
        let answered = sign.number.checked_sub(1)?;
        let close = sign.closed_before_request().or(sign.reset_after_request());
        let close = close.or(sign.closed_after_request())?;
        (answered.abs_diff(cap.requests) <= 1).then(|| {
            let text = || {
                format!(
                    "the origin closes after {answered} requests, as {} other connections do after {}",
                    cap.connections, cap.requests
                )
            };
            look.seen(text, sign.place(close), close.time)
        })
    })
}

/// The age of the connection when the origin ended it, from its last answer on.
fn idle_age_at_timer(look: &Viewpoint<'_>) -> Observation {
    let Some(sign) = unanswered(look.case, &look.incident.evidence) else {
        return none_unanswered(look);
    };
    let Some((end, before)) = sign.row.ended_by_server().zip(sign.previous_end) else {
        return Observation::NotVisible("the origin did not end it, or it carried no request before");
    };
    let age = end.time.since(before.time);
    let closed = || format!("the origin closes {} after its last answer", duration(age));
    match server(look).and_then(|server| server.idle) {
        Some(timer) if same_timer(age, timer.duration) => {
            let text = || format!("{}, as it does other idle connections", closed());
            look.seen(text, sign.place(end), end.time)
        }
        Some(_) => look.not_seen(closed, sign.place(end)),
        None if age < SOONEST_IDLE_CLOSE => look.not_seen(closed, sign.place(end)),
        None => Observation::NotVisible("no idle timer of the origin shows in the data"),
    }
}

/// Idle timers run out one by one; a process that ends takes all its connections with it.
fn ended_together(look: &Viewpoint<'_>) -> Observation {
    const TOGETHER: usize = 2;
    let evidence = &look.incident.evidence;
    let Some((row, end)) =
        look.case.connections(evidence).next_back().and_then(|row| Some((row, row.ended_by_server()?)))
    else {
        return Observation::NotVisible("the origin did not end its connection, or that was not captured");
    };
    let last = look.case.exchanges(evidence).next_back().map(|(_, kept)| &kept.exchange);
    if last.is_some_and(|exchange| was_over(exchange, end)) {
        return Observation::Moot("its connection went on when the request was over");
    }
    let time = look.incident.clocks.correct(row.input(), end.time);
    let others = server(look).map_or(0, |server| server.ended_at(time)).saturating_sub(1);
    if others >= TOGETHER {
        let text = || format!("the origin ends {others} other connections at the same instant");
        look.seen(text, row.place(end), end.time)
    } else {
        absent()
    }
}

/// Whether a request had its answer, or what there was of it, before its connection ended.
fn was_over(exchange: &Exchange, end: Arrival) -> bool {
    const AT_ONCE: Duration = Duration::SECOND;
    let answered = exchange.response.as_deref().map(|response| response.last);
    let stream_ended = exchange.stream.as_ref().and_then(|stream| stream.end).map(|end| end.at);
    answered.max(stream_ended).is_some_and(|over| end.time.since(over.time) > AT_ONCE)
}

fn used_again(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    if let Some((row, kept)) = look.case.exchanges(evidence).next_back() {
        let at = kept.exchange.request.as_ref().map_or(row.connection.first, |request| request.first);
        if let Some(stream) = kept.exchange.uncaptured_before() {
            let text = || format!("its connection had carried stream {stream}, which was not captured");
            return look.seen(text, row.place(at), at.time);
        }
        return if row.was_used_before(kept) {
            let text = || match kept.idle_before() {
                Some(idle) => {
                    format!("request {} on its connection, idle for {}", kept.exchange.number, duration(idle))
                }
                None => format!("request {} on its connection", kept.exchange.number),
            };
            look.seen(text, row.place(at), at.time)
        } else {
            look.not_seen(|| "the first request on a new connection".to_owned(), row.place(at))
        };
    }
    let logged = look.case.access(evidence).find_map(|row| Some((row, row.line.connection_requests?)));
    if let Some((row, number)) = logged {
        let text = || format!("by the origin's log request {number} on its connection");
        return if number > 1 {
            look.seen(text, row.place, row.line.time)
        } else {
            look.not_seen(text, row.place)
        };
    }
    let told = look.case.asked_origin(evidence).and_then(|row| Some((row, row.record.origin_tcp_time?)));
    match told {
        Some((row, Duration::ZERO)) => {
            look.seen(|| "the edge used an open connection again".to_owned(), row.place, row.record.start)
        }
        Some((row, _)) => look.not_seen(|| "the edge opened a new connection".to_owned(), row.place),
        None if shook_hands(look) => {
            look.not_seen(|| "the edge made a new handshake, so it opened a new connection".to_owned(), None)
        }
        None => Observation::NotVisible(
            "neither packets nor the edge's record tell whether the connection was new",
        ),
    }
}

/// Whether the edge's record has a TLS handshake for it (OriginTLSHandshakeDurationMs; 0 where an open connection was used, or plain text).
fn shook_hands(look: &Viewpoint<'_>) -> bool {
    let row = look.case.asked_origin(&look.incident.evidence);
    row.and_then(|row| row.record.origin_tls_time).is_some_and(|time| time > Duration::ZERO)
}

fn only_used_again_fail(look: &Viewpoint<'_>) -> Observation {
    let Some(reuse) = look.incident.population.reuse else {
        return Observation::NotVisible("no record of the edge tells whether connections were new");
    };
    let text = || {
        let ((failing, of_failing), (healthy, of_healthy)) = (reuse.failing, reuse.healthy);
        format!(
            "{failing} of {of_failing} failures without an answer are on connections used again, of the healthy requests {healthy} of {of_healthy}"
        )
    };
    if reuse.is_confined() {
        look.seen(text, None, None)
    } else if reuse.failing.0 == reuse.failing.1 {
        Observation::NotVisible("they are too few, or nearly all requests are on connections used again")
    } else {
        look.not_seen(text, None)
    }
}

/// What the origin does upon a request is known to the edge a way there and back later, as its answers are: what is known sooner was under way before the
/// request was. That it takes longer says nothing, since a RST may answer what crossed a FIN. Who cuts requests off on new connections, too, as soon, is no
/// origin that closed idle ones.
fn failed_too_soon(look: &Viewpoint<'_>) -> Observation {
    const SEVERAL: u64 = 2;
    if !look.case.attempts.is_empty() {
        return Observation::Moot("its packets tell who closed first");
    }
    let row =
        look.case.asked_origin(&look.incident.evidence).filter(|row| row.record.edge_status == Some(520));
    let known = &look.incident.population.quickest;
    let anew = |address: IpAddr| known.failed_anew(address) >= SEVERAL;
    if row.and_then(|row| row.record.origin_address).is_some_and(anew) {
        return absent();
    }
    let told = row.and_then(|row| {
        let took = row.record.end?.since(row.record.start);
        let quickest = known.of_origin(row.record.origin_address?)?;
        quickest.is_behind(took).then_some((row, took, quickest))
    });
    let Some((row, took, quickest)) = told else {
        return Observation::NotVisible(
            "it took as long as an answer may, or nothing tells how long answers take",
        );
    };
    let text = || {
        format!(
            "the edge gave up after {}, sooner than the quickest of {} answers of that origin ({})",
            duration(took),
            quickest.of,
            duration(quickest.took)
        )
    };
    look.seen(text, row.place, row.record.start)
}

/// The settings that say how long an idle connection stays open.
const IDLE: [(ConfiguredProgram, &str); 4] = [
    (ConfiguredProgram::Nginx, "keepalive_timeout"),
    (ConfiguredProgram::Apache, "KeepAliveTimeout"),
    (ConfiguredProgram::Haproxy, "timeout http-keep-alive"),
    (ConfiguredProgram::Caddy, "idle"),
];

fn idle_setting_low(look: &Viewpoint<'_>) -> Observation {
    let limit = look.incident.profile.limits.idle_s;
    match look.incident.evidence.setting_below(&IDLE, limit) {
        Some(setting) => {
            let text = || {
                format!(
                    "{} {} is below the edge's {limit} s",
                    setting.setting.directive, setting.setting.value
                )
            };
            look.seen(text, setting.place, None)
        }
        None => Observation::NotVisible("no configuration with an idle timeout is among the inputs"),
    }
}
