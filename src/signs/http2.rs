//! Signs of a stream of HTTP/2: the frame that ended it, the rules that frames and headers break, flow control that holds it.

use super::sign::{Frequency, Observation, Sign, Viewpoint, look, or_absent};
use crate::correlate::in_packets::{ended_stream, ends_short};
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::flow::Side;
use crate::http::conform::{Finding, Rule};
use crate::http::exchange::{EndingFrame, Stall, StreamEnd};
use crate::http::{FrameFault, begins_with_settings, error_name};
use crate::text::words::duration;
use crate::time::Duration;

/// A sender that had to wait for less was slowed down, and not held.
const HELD: Duration = Duration::SECOND;
/// REFUSED_STREAM (RFC 9113, 7).
const REFUSED_STREAM: u32 = 7;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "stream-error-of-origin",
        "the origin ends the stream with an error of HTTP/2",
        Frequency::Seldom,
        error_of_origin,
    )
    .one_with("stream-error"),
    look(
        "stream-error-of-edge",
        "the edge ends the stream with an error of HTTP/2",
        Frequency::Seldom,
        error_of_edge,
    )
    .one_with("stream-error"),
    look(
        "http2-rule-broken",
        "what the origin sends breaks a rule of HTTP/2",
        Frequency::Seldom,
        rule_broken,
    ),
    look(
        "stream-not-begun",
        "the origin says that it did not begin the stream",
        Frequency::Seldom,
        not_begun,
    ),
    look("http1-answers-http2", "the origin answers HTTP/2 in HTTP/1", Frequency::Never, http1_answers)
        .one_with("alert-no-application-protocol"),
    look(
        "http2-answers-http1",
        "the origin answers HTTP/1 with the first frame of HTTP/2",
        Frequency::Never,
        http2_answers,
    )
    .one_with("alert-no-application-protocol"),
    look("window-not-opened", "flow control holds the stream", Frequency::Never, window_not_opened),
];

const NO_STREAM: &str = "no stream of HTTP/2 was read";

/// What is seen of the stream of a case, or that it is not there.
fn of_stream(
    look: &Viewpoint<'_>,
    see: impl FnOnce(&ConnectionRow, &KeptExchange) -> Option<Observation>,
) -> Observation {
    match look.case.exchanges(&look.incident.evidence).next_back() {
        Some((row, kept)) if kept.exchange.stream.is_some() => or_absent(see(row, kept)),
        Some(_) => Observation::Moot("it was asked in HTTP/1"),
        None => Observation::NotVisible(NO_STREAM),
    }
}

fn error_of_origin(look: &Viewpoint<'_>) -> Observation {
    of_stream(look, |row, kept| {
        let end = ended_stream(kept).filter(|end| end.from == Side::Server && end.is_error())?;
        Some(look.seen(|| in_words(row, kept, &end), row.place(end.at), end.at.time))
    })
}

fn error_of_edge(look: &Viewpoint<'_>) -> Observation {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    if last.is_some_and(|(_, kept)| kept.exchange.response.as_deref().is_some_and(ends_short)) {
        return Observation::Moot("it refuses an answer that is shorter than its length");
    }
    of_stream(look, |row, kept| {
        let end = ended_stream(kept).filter(|end| end.from == Side::Client && end.is_error())?;
        Some(look.seen(|| in_words(row, kept, &end), row.place(end.at), end.at.time))
    })
}

fn not_begun(look: &Viewpoint<'_>) -> Observation {
    of_stream(look, |row, kept| {
        let end = ended_stream(kept).filter(|end| end.from == Side::Server)?;
        let not_begun = end.code == REFUSED_STREAM || matches!(end.frame, EndingFrame::GoAway { .. });
        let text = || {
            let promised =
                row.http2.as_ref().and_then(|http2| http2.settings_of_server().max_concurrent_streams);
            let promised =
                promised.map_or(String::new(), |most| format!("; by its SETTINGS it takes {most} at once"));
            format!("{}{promised}", in_words(row, kept, &end))
        };
        not_begun.then(|| look.seen(text, row.place(end.at), end.at.time))
    })
}

/// Rules that only HTTP/2 has: what a message of either version breaks has signs of its own.
fn rule_broken(look: &Viewpoint<'_>) -> Observation {
    of_stream(look, |row, kept| {
        let response = kept.exchange.response.as_deref();
        let broken = response.and_then(|response| {
            let finding = response.findings.iter().find(|finding| finding.rule.is_of_http2())?;
            let text = || format!("the answer has {}", Finding::describe(finding));
            Some(look.seen(text, row.place(response.first), response.first.time))
        });
        broken.or_else(|| {
            let fault = faults_of_origin(row).find(|fault| !is_http1(fault))?;
            let text = || {
                let (words, offset, stream) = (fault.rule.in_words(), fault.offset, fault.stream);
                format!("the origin sends {words}, at byte {offset} of its side, on stream {stream}")
            };
            Some(look.seen(text, row.place(fault.at), fault.at.time))
        })
    })
}

/// Both sides agreed on HTTP/2, or the edge took it for granted, and the server does not speak it.
fn http1_answers(look: &Viewpoint<'_>) -> Observation {
    of_stream(look, |row, _| {
        let fault = faults_of_origin(row).find(|fault| is_http1(fault))?;
        let text = || {
            let begins = String::from_utf8_lossy(&fault.excerpt).into_owned();
            format!("the origin answers HTTP/2 with “{begins}…”, which is HTTP/1")
        };
        Some(look.seen(text, row.place(fault.at), fault.at.time))
    })
}

/// The server's first frame comes before any request, where the handshake promised HTTP/2.
fn http2_answers(look: &Viewpoint<'_>) -> Observation {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    let Some((row, response)) = last.and_then(|(row, kept)| Some((row, kept.exchange.response.as_deref()?)))
    else {
        return Observation::NotVisible("no answer of it was captured");
    };
    let is_frame = |finding: &&Finding| {
        let offence = finding.excerpt.get(usize::from(finding.mark)..).unwrap_or_default();
        finding.rule == Rule::NoStatusLine
            && finding.offset == 0
            && begins_with_settings(offence) == Some(true)
    };
    or_absent(response.findings.iter().find(is_frame).map(|_| {
        let text = || {
            "the origin's first bytes are a SETTINGS frame of HTTP/2, and the request is HTTP/1".to_owned()
        };
        look.seen(text, row.place(response.first), response.first.time)
    }))
}

fn faults_of_origin(row: &ConnectionRow) -> impl Iterator<Item = &FrameFault> {
    row.http2.iter().flat_map(|http2| &http2.faults).filter(|fault| fault.from == Side::Server)
}

fn is_http1(fault: &FrameFault) -> bool {
    fault.rule == Rule::BadPreface && fault.excerpt.starts_with(b"HTTP/1")
}

fn window_not_opened(look: &Viewpoint<'_>) -> Observation {
    of_stream(look, |row, kept| {
        let Stall { of, since, until, is_over } = kept.exchange.stream.as_ref()?.stall?;
        let waited = until.time.since(since.time);
        let text = || {
            let (sender, receiver) = if of == Side::Server { ("origin", "edge") } else { ("edge", "origin") };
            let end = if is_over { "opens it" } else { "has not opened it when the stream ends" };
            format!(
                "the window of the {sender} is used up, and after {} the {receiver} {end}",
                duration(waited)
            )
        };
        (!is_over && waited >= HELD).then(|| look.seen(text, row.place(since), since.time))
    })
}

/// The frame that ended a stream, in words.
fn in_words(row: &ConnectionRow, kept: &KeptExchange, end: &StreamEnd) -> String {
    let who = if end.from == Side::Server { "the origin" } else { "the edge" };
    let name = error_name(end.code).unwrap_or("a code without a name");
    let stream = kept.exchange.stream.as_ref().map_or(0, |stream| stream.id);
    match end.frame {
        EndingFrame::RstStream => {
            format!("{who} ends stream {stream} by RST_STREAM: {name} ({})", end.code)
        }
        EndingFrame::GoAway { last_stream } => {
            let mut goaways = row.http2.iter().flat_map(|http2| &http2.goaways);
            let cost = goaways.find(|goaway| goaway.at == end.at).map_or(1, |goaway| goaway.cost);
            format!(
                "{who} sends GOAWAY: {name} ({}), last stream {last_stream}; this is stream {stream}, and {cost} requests are lost with it",
                end.code
            )
        }
    }
}
