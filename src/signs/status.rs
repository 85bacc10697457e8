//! Signs of an answer that says failure, and of visitors who left.

use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::unanswered::unanswered;
use crate::evidence::KeptExchange;
use crate::evidence::failure::Failure;
use crate::facts::deaths::is_of_answering;
use crate::http::exchange::{BodyState, Response};
use crate::text::words::duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "whole-error-answer",
        "the origin itself answers with an error, whole and well formed",
        Frequency::Often,
        whole_error_answer,
    ),
    look(
        "gateway-gave-up",
        "the origin logs a 504 that it made itself after waiting for the server behind",
        Frequency::Never,
        gateway_gave_up,
    )
    .one_with("upstream-timed-out"),
    look(
        "certificate-page",
        "the origin answers that no client certificate was sent",
        Frequency::Never,
        certificate_page,
    )
    .one_with("client-certificate"),
    look(
        "length-required",
        "the origin takes no body without a length (411)",
        Frequency::Never,
        length_required,
    )
    .one_with("length-of-request"),
    look(
        "redirect-to-itself",
        "the origin sends the visitor to the URL that was asked for",
        Frequency::Never,
        redirect_to_itself,
    ),
    look(
        "visitor-left",
        "the edge, the origin or packets say that the visitor left",
        Frequency::Never,
        visitor_left,
    ),
];

/// Whether the program whose process died answered the request itself, and to its end: what died answers nobody. One in front of it has a name of its own.
pub(super) fn was_answered_by_it(look: &Viewpoint<'_>, signature: &str) -> bool {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    let server = last.and_then(|(_, kept)| whole_answer(kept)?.server.as_deref());
    server.is_some_and(|server| is_of_answering(signature, server))
}

fn whole_answer(kept: &KeptExchange) -> Option<&Response> {
    kept.exchange.response.as_deref().filter(|response| response.body.state == BodyState::Complete)
}

fn whole_error_answer(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let is_error = |status: u16| (500..600).contains(&status);
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let response = whole_answer(kept)?;
        let status = response.status.filter(|status| is_error(*status))?;
        Some(look.seen(
            || format!("the origin itself answers {status}, whole and well formed"),
            row.place(response.first),
            response.first.time,
        ))
    });
    let passed_on = || {
        let row = look.case.asked_origin(evidence)?;
        let status = row
            .record
            .origin_status
            .filter(|status| is_error(*status) && row.record.edge_status == Some(*status))?;
        Some(look.seen(|| format!("the edge passes on the origin's {status}"), row.place, row.record.start))
    };
    let logged = || {
        let row = look.case.access(evidence).find(|row| row.line.status.is_some_and(is_error))?;
        Some(look.seen(
            || format!("the origin logs {}", row.line.status.unwrap_or_default()),
            row.place,
            row.line.time,
        ))
    };
    captured.or_else(passed_on).or_else(logged).unwrap_or_else(|| match is_answer_untold(look) {
        true => Observation::NotVisible("the origin has a line of it, and nothing tells what was answered"),
        false => absent(),
    })
}

/// Whether a server's message is all that tells of it behind the edge: an error log does not say what was answered, and a log of the edge may leave it out.
fn is_answer_untold(look: &Viewpoint<'_>) -> bool {
    let evidence = &look.incident.evidence;
    let told_by_edge =
        || look.case.asked_origin(evidence).is_some_and(|row| row.record.origin_status.is_some());
    let logged = || look.case.access(evidence).any(|row| row.line.status.is_some());
    let has_message = look.case.messages(evidence).next().is_some();
    has_message && look.case.attempts.is_empty() && !told_by_edge() && !logged()
}

/// Where the error log has no line: the access line of a 504 that the server made itself after waiting for its upstream.
fn gateway_gave_up(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.access(&look.incident.evidence).find(|row| row.line.status == Some(504));
    let Some(row) = row else { return Observation::NotVisible("no access line of a 504 was found") };
    let waited = row
        .line
        .upstream
        .last()
        .filter(|last| last.status == Some(504) && last.header_time.is_none())
        .and_then(|last| last.response_time);
    or_absent(waited.map(|waited| {
        let text =
            || format!("the origin logs 504 after {} without a head from its upstream", duration(waited));
        look.seen(text, row.place, row.line.time)
    }))
}

fn certificate_page(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let response =
            kept.exchange.response.as_deref().filter(|_| kept.failure == Some(Failure::ClientCertificate))?;
        let text = || "the origin answers 400 “No required SSL certificate was sent”".to_owned();
        Some(look.seen(text, row.place(response.first), response.first.time))
    });
    let on_connection = || {
        let edge = look.case.edge(evidence).filter(|_| look.case.failure == Failure::ClientCertificate)?;
        let text = || {
            let is_captured = look.case.connections(evidence).next().is_some();
            let why = match is_captured {
                true => "on a connection on which it asked for a certificate and got none",
                false => "as to all requests for this host, of which a page says that it wants a certificate",
            };
            format!("the origin answers 400 {why}")
        };
        Some(look.seen(text, edge.place, edge.record.start))
    };
    let in_browser = || {
        let row = look.case.har(evidence).filter(|row| row.entry.wants_certificate)?;
        let text = || "the origin's page says that no required SSL certificate was sent".to_owned();
        Some(look.seen(text, row.place, row.entry.start))
    };
    captured.or_else(in_browser).or_else(on_connection).unwrap_or_else(|| {
        if look.case.exchanges(evidence).next().is_some() {
            absent()
        } else {
            Observation::NotVisible("no answer of it was captured")
        }
    })
}

fn length_required(look: &Viewpoint<'_>) -> Observation {
    if look.case.failure != Failure::LengthRequired {
        return absent();
    }
    let evidence = &look.incident.evidence;
    let text = || "the origin answers 411 (length required)".to_owned();
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let response = kept.exchange.response.as_deref().filter(|response| response.status == Some(411))?;
        Some(look.seen(text, row.place(response.first), response.first.time))
    });
    let at_edge = || look.case.edge(evidence).map(|row| look.seen(text, row.place, row.record.start));
    let logged = || look.case.access(evidence).next().map(|row| look.seen(text, row.place, row.line.time));
    let browser = || look.case.har(evidence).map(|row| look.seen(text, row.place, row.entry.start));
    or_absent(captured.or_else(at_edge).or_else(logged).or_else(browser))
}

fn redirect_to_itself(look: &Viewpoint<'_>) -> Observation {
    if look.case.failure != Failure::RedirectToItself {
        return absent();
    }
    let evidence = &look.incident.evidence;
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let (request, response) = kept.exchange.request.as_ref().zip(kept.exchange.response.as_deref())?;
        let text = || {
            let status = response.status.unwrap_or_default();
            let flexible = if row.tls.is_none() && request.visitor_https {
                "; the visitor came by https, the edge asks in plain HTTP: the mode is Flexible"
            } else {
                ""
            };
            format!(
                "the origin answers {status} to the very URL that was asked for, again and again{flexible}"
            )
        };
        Some(look.seen(text, row.place(response.first), response.first.time))
    });
    let browser = || {
        let row = look.case.har(evidence)?;
        let text = || format!("the browser is sent to the URL that it asked for ({})", row.entry.status);
        Some(look.seen(text, row.place, row.entry.start))
    };
    let of_another = || {
        let at_edge =
            look.case.edge(evidence).map(|row| (row.record.edge_status, row.place, row.record.start));
        let logged =
            || look.case.access(evidence).next().map(|row| (row.line.status, row.place, row.line.time));
        let (status, place, time) = at_edge.or_else(logged)?;
        let status = status?;
        let is_shown = || evidence.har.iter().any(|row| row.entry.status == status);
        let text = || match is_shown() {
            true => format!("a browser shows that this URL is answered {status} and leads to itself"),
            false => format!(
                "whoever asks for this URL is answered {status} and asks for it again at once, five times and more"
            ),
        };
        Some(look.seen(text, place, time))
    };
    or_absent(captured.or_else(browser).or_else(of_another))
}

fn visitor_left(look: &Viewpoint<'_>) -> Observation {
    if look.case.failure != Failure::ClientAbort {
        return absent();
    }
    let evidence = &look.incident.evidence;
    if let Some(row) = look.case.edge(evidence) {
        let after =
            look.case.took(evidence).map_or(String::new(), |took| format!(" after {}", duration(took)));
        return look.seen(
            || format!("the edge says 499{after}: the visitor left"),
            row.place,
            row.record.start,
        );
    }
    let mut logged = look.case.access(evidence).filter(|row| row.line.status == Some(499)).peekable();
    let is_logged = logged.peek().is_some();
    let logged = logged.find_map(|row| {
        let took = row.line.request_time?;
        let text = || format!("the origin logs 499 after {}: its peer left first", duration(took));
        Some(look.seen(text, row.place, row.line.time))
    });
    let captured = || {
        let sign = unanswered(look.case, evidence)?;
        let (at, waited) = sign.given_up().zip(sign.waited())?;
        let text = || {
            let waited = duration(waited);
            format!(
                "no answer came for {waited}, then the edge closes; other waits it ends after other times"
            )
        };
        Some(look.seen(text, sign.place(at), at.time))
    };
    match logged.or_else(captured) {
        None if is_logged => Observation::NotVisible(
            "the origin's log has a 499 and not after how long: the edge may have given up on the answer",
        ),
        seen => or_absent(seen),
    }
}
