//! Signs of bytes that break HTTP's grammar, and of heads that are too large.

use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::misread::{Follows, Misread};
use crate::evidence::ConnectionRow;
use crate::evidence::edge_parser::refused_by_edge;
use crate::flow::Arrival;
use crate::http::conform::{Finding, Rule};
use crate::http::exchange::{BodyState, Cut, Response};
use crate::text::words::duration;

const NO_ANSWER: &str = "no answer of it was captured";
const NOT_CAPTURED: &str = "the capture has not that part of its answer";

const STATUS_LINE: &[Rule] =
    &[Rule::NoStatusLine, Rule::BadVersion, Rule::BadStatusCode, Rule::StatusAbove599, Rule::BadReason];
const HEADER_LINES: &[Rule] = &[
    Rule::NoColon,
    Rule::EmptyHeaderName,
    Rule::BadHeaderName,
    Rule::ControlInValue,
    Rule::BareCr,
    Rule::SpaceBeforeColon,
    Rule::FoldedLine,
    Rule::SpaceBeforeFirstHeader,
    Rule::NoHeaders,
];
const BARE_LINE_FEED: &[Rule] = &[Rule::BareLf];
const LENGTHS: &[Rule] = &[
    Rule::BadContentLength,
    Rule::ConflictingContentLength,
    Rule::LengthWithTransferEncoding,
    Rule::BadTransferEncoding,
    Rule::LengthNotAllowed,
    Rule::TransferEncodingInHttp10,
];
const HEADER_TWICE: &[Rule] = &[Rule::DuplicateHeader];
const CHUNKS: &[Rule] = &[Rule::BadChunkSize, Rule::BadChunkEnd];

pub(super) const SIGNS: &[Sign] = &[
    look("broken-status-line", "the answer has no proper status line", Frequency::Seldom, |look| {
        broken(look, STATUS_LINE)
    }),
    look("broken-header", "a header line of the answer breaks the grammar", Frequency::Seldom, |look| {
        broken(look, HEADER_LINES)
    }),
    look("bare-line-feed", "lines of the answer end with LF alone", Frequency::Seldom, |look| {
        broken(look, BARE_LINE_FEED)
    }),
    look(
        "conflicting-lengths",
        "the answer tells its length in ways that differ",
        Frequency::Seldom,
        |look| broken(look, LENGTHS),
    ),
    look("header-twice", "a header that may stand once stands again", Frequency::Never, |look| {
        broken(look, HEADER_TWICE)
    }),
    of_few("broken-header-of-few", "broken-header", |look| broken_by_few(look, HEADER_LINES)),
    of_few("bare-line-feed-of-few", "bare-line-feed", |look| broken_by_few(look, BARE_LINE_FEED)),
    of_few("conflicting-lengths-of-few", "conflicting-lengths", |look| broken_by_few(look, LENGTHS)),
    of_few("header-twice-of-few", "header-twice", |look| broken_by_few(look, HEADER_TWICE)),
    look("broken-chunking", "the answer's chunks are malformed", Frequency::Never, |look| {
        broken(look, CHUNKS)
    }),
    look(
        "bytes-after-body",
        "bytes follow the end of the answer before it",
        Frequency::Never,
        bytes_after_body,
    ),
    look(
        "only-used-again-misread",
        "answers that begin as no HTTP does come on connections used again alone",
        Frequency::Seldom,
        only_used_again_misread,
    ),
    look(
        "misread-at-one-age",
        "answers that begin as no HTTP does come at one time after the answer before, whenever they were asked for",
        Frequency::Never,
        misread_at_one_age,
    )
    .one_with("bytes-after-body"),
    look(
        "response-head-too-large",
        "the head of the answer is larger than the edge takes, or has more lines",
        Frequency::Never,
        response_head_too_large,
    )
    .one_with("response-head"),
    look(
        "response-head-large",
        "the head of the answer is above the edge's limit of former years",
        Frequency::Never,
        response_head_large,
    )
    .one_with("response-head"),
];

/// The same sign as another, of an answer that breaks the rule as few do.
const fn of_few(id: &'static str, same: &'static str, how: fn(&Viewpoint<'_>) -> Observation) -> Sign {
    let about = "the same of few answers, or of one that the edge says it could not use, where nobody tells how all others fared";
    look(id, about, Frequency::Seldom, how).one_with(same)
}

fn responses<'a>(look: &Viewpoint<'a>) -> impl DoubleEndedIterator<Item = (&'a ConnectionRow, &'a Response)> {
    look.case
        .exchanges(&look.incident.evidence)
        .filter_map(|(row, kept)| Some((row, kept.exchange.response.as_deref()?)))
}

fn findings<'a>(
    look: &Viewpoint<'a>,
    rules: &'a [Rule],
) -> impl Iterator<Item = (&'a ConnectionRow, Arrival, &'a Finding)> {
    responses(look).flat_map(move |(row, response)| {
        let broken = response.findings.iter().filter(|finding| rules.contains(&finding.rule));
        broken.map(move |finding| (row, response.first, finding))
    })
}

/// Where the edge is known to refuse the break, it is seen. Where parsers differ, only if failing answers have it and healthy ones do not.
fn broken(look: &Viewpoint<'_>, rules: &[Rule]) -> Observation {
    let incident = look.incident;
    let apart = |kind| incident.population.sets_failing_apart(kind, look.case, &incident.evidence);
    let seen = findings(look, rules).find_map(|(row, at, finding)| {
        let refused = refused_by_edge(finding.rule);
        (refused || apart(finding.kind())).then(|| {
            let text = || {
                let apart = if refused { "" } else { "; no healthy answer of its server has it" };
                format!("the response has {}{apart}", finding.describe())
            };
            look.seen(text, row.place(at), at.time)
        })
    });
    seen.unwrap_or_else(|| match responses(look).next_back() {
        None => Observation::NotVisible(NO_ANSWER),
        Some((_, response)) if is_beyond_capture(response, rules) => Observation::NotVisible(NOT_CAPTURED),
        Some(_) => absent(),
    })
}

/// Whether a break would stand where the capture has cut the answer off, or has lost some of it.
fn is_beyond_capture(response: &Response, rules: &[Rule]) -> bool {
    let is_of_status_line = rules.iter().all(|rule| STATUS_LINE.contains(rule));
    let is_of_body = rules.iter().all(|rule| CHUNKS.contains(rule));
    match response.body.state {
        BodyState::InHead(Cut::Capture) => !(is_of_status_line && response.status.is_some()),
        BodyState::InBody(Cut::Capture) => is_of_body,
        _ => is_of_body && response.body.missing > 0,
    }
}

/// Where parsers differ and the edge's log is not at hand, answers that break the rule as this one does may have failed as well: that few do is all
/// that is known.
fn broken_by_few(look: &Viewpoint<'_>, rules: &[Rule]) -> Observation {
    let incident = look.incident;
    let seen = findings(look, rules).find_map(|(row, at, finding)| {
        let (few, all) = incident.population.few_break(finding.kind(), look.case, &incident.evidence)?;
        let text = || {
            format!(
                "the response has {}, as {few} of {all} others of its server; no log of the edge tells how all of these fared",
                finding.describe()
            )
        };
        Some(look.seen(text, row.place(at), at.time))
    });
    seen.unwrap_or(Observation::NotVisible("what others of its server break is no measure"))
}

/// The finding may lie on an exchange of the connection that was fine: the request after it fails.
fn bytes_after_body(look: &Viewpoint<'_>) -> Observation {
    let before = look.case.exchanges(&look.incident.evidence).find_map(|(row, kept)| {
        let at = kept.overrun_before?;
        let text =
            || "more bytes than its Content-Length came after an earlier answer of the connection".to_owned();
        Some(look.seen(text, row.place(at), at.time))
    });
    // What the length before left over came when the next answer was due, and that answer after it.
    let late = || {
        responses(look).find_map(|(row, response)| {
            let at = response.late_status_line?;
            let text = || {
                "bytes of no answer came when this one was due, and its status line after them: an earlier body was longer than announced".to_owned()
            };
            Some(look.seen(text, row.place(at), at.time))
        })
    };
    before.or_else(late).unwrap_or_else(|| match misread_after_another(look) {
        true => Observation::NotVisible("what the answer before left over would stand where this one begins"),
        false if goes_unanswered_in_step(look) => absent(),
        false => broken(look, &[Rule::BytesAfterBody]),
    })
}

/// Whether no answer came to a request that is the first of its connection, or whose forerunner's answer is known to have ended where it should.
fn goes_unanswered_in_step(look: &Viewpoint<'_>) -> bool {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    last.is_some_and(|(_, kept)| {
        kept.exchange.response.is_none() && (kept.exchange.number == 1 || kept.previous_end.is_some())
    })
}

/// Whether the answer begins as no HTTP does, on a connection that had carried another one.
fn misread_after_another(look: &Viewpoint<'_>) -> bool {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    last.is_some_and(|(_, kept)| {
        kept.exchange.number > 1 && findings(look, &[Rule::NoStatusLine]).next().is_some()
    })
}

/// A server that answers so by itself does it on new connections, too; what an earlier body left over comes only after that body.
fn only_used_again_misread(look: &Viewpoint<'_>) -> Observation {
    if findings(look, &[Rule::NoStatusLine]).next().is_none() {
        return Observation::NotVisible("no answer of it begins as no HTTP does");
    }
    let reuse = misread_of_server(look).map(|misread| misread.reuse);
    let Some(reuse) = reuse.filter(|reuse| reuse.healthy.1 > 0) else {
        return Observation::NotVisible("no healthy request of that server was captured");
    };
    let ((failing, of_failing), (healthy, of_healthy)) = (reuse.failing, reuse.healthy);
    let text = || {
        format!(
            "{failing} of {of_failing} such answers come on connections used again, of the healthy ones {healthy} of {of_healthy}"
        )
    };
    if reuse.is_confined() {
        look.seen(text, None, None)
    } else if failing == of_failing {
        Observation::NotVisible("they are too few, or nearly all requests come on connections used again")
    } else {
        look.not_seen(text, None)
    }
}

/// What an earlier body left over is sent when that body is, and not when the next request comes.
fn misread_at_one_age(look: &Viewpoint<'_>) -> Observation {
    if !misread_after_another(look) {
        return Observation::NotVisible("no answer of it begins as no HTTP does behind another one");
    }
    match misread_of_server(look).and_then(Misread::follows) {
        Some(Follows::AnswerBefore(age)) => {
            let text = || {
                let age = duration(age);
                format!(
                    "such answers come {age} after the end of the answer before, whenever the request came"
                )
            };
            look.seen(text, None, None)
        }
        Some(Follows::Request) => {
            let text =
                || "such answers come when they are asked for, whenever the answer before ended".to_owned();
            look.not_seen(text, None)
        }
        None => Observation::NotVisible("they are too few, or what they follow cannot be told"),
    }
}

fn misread_of_server<'a>(look: &Viewpoint<'a>) -> Option<&'a Misread> {
    let row = look.case.connections(&look.incident.evidence).next_back()?;
    look.incident.population.misread.get(&row.connection.server.ip())
}

fn largest(response: &Response) -> String {
    response.head.largest.first().map_or(String::new(), |header| {
        format!("; the largest line is {} with {} bytes", header.name, header.bytes)
    })
}

fn response_head_too_large(look: &Viewpoint<'_>) -> Observation {
    let limit = look.incident.profile.limits.response_header_bytes;
    let captured =
        responses(look).find(|(_, response)| response.head.bytes > limit).map(|(row, response)| {
            let text = || {
                format!(
                    "response headers of {} bytes, the edge takes {limit}{}",
                    response.head.bytes,
                    largest(response)
                )
            };
            look.seen(text, row.place(response.first), response.first.time)
        });
    let logged = || {
        let row = look.case.asked_origin(&look.incident.evidence)?;
        let bytes: u64 = row.record.response_headers.iter().map(|(_, bytes)| *bytes).sum();
        let text = || format!("the edge logged response headers of {bytes} bytes, it takes {limit}");
        (bytes > limit).then(|| look.seen(text, row.place, row.record.start))
    };
    let lines = || {
        let (row, at, finding) = findings(look, &[Rule::TooManyLines]).next()?;
        let text = || format!("the response has {}", finding.describe());
        Some(look.seen(text, row.place(at), at.time))
    };
    let told =
        captured.or_else(logged).or_else(lines).or_else(|| head_sent(look)).or_else(|| cut_head_sent(look));
    told.unwrap_or_else(|| no_such_head(look))
}

/// The head that an answer of so many bytes has, as far as more of it is no body.
fn head_of(sent: u64, body: u64) -> Option<u64> {
    /// The frames of chunks, and TLS's where they are counted, take less than this part of a body.
    const FRAMES: u64 = 200;
    sent.checked_sub(body)?.checked_sub(body / FRAMES)
}

/// The head that a capture cut, of an answer that was the last on its connection: what was sent, by the numbers of its segments, less the body that the server's own
/// lines tell: of several hops the smallest, since some programs count the head with it.
fn cut_head_sent(look: &Viewpoint<'_>) -> Option<Observation> {
    let limit = look.incident.profile.limits.response_header_bytes;
    let body = look.case.access(&look.incident.evidence).filter_map(|row| row.line.body_bytes).min()?;
    let (row, response) = responses(look).next_back().filter(|(row, response)| {
        row.tls.is_none() && response.body.state == BodyState::InHead(Cut::Capture)
    })?;
    let sent = row.connection.from_server.stream_bytes.checked_sub(response.offset)?;
    let text = || {
        format!(
            "{sent} bytes were sent and, by the origin's log, {body} of them as the body: a head above the {limit} bytes that the edge takes"
        )
    };
    let is_large = head_of(sent, body).is_some_and(|head| head > limit);
    is_large.then(|| look.seen(text, row.place(response.first), response.first.time))
}

/// The head of an answer whose line has what was sent and what of it was the body (nginx's `$bytes_sent` and `$body_bytes_sent`, Apache's `%O` and `%B`).
fn head_sent(look: &Viewpoint<'_>) -> Option<Observation> {
    let limit = look.incident.profile.limits.response_header_bytes;
    look.case.access(&look.incident.evidence).find_map(|row| {
        let (sent, body) = (row.line.sent_bytes?, row.line.body_bytes?);
        let head = head_of(sent, body)?;
        let text = || format!("the origin's log has {sent} bytes sent, {body} of them body: a head above the {limit} bytes that the edge takes");
        (head > limit).then(|| look.seen(text, row.place, Some(row.line.time)))
    })
}

/// What is to be said where no head of that size was seen: it may be the one of which the capture has a part alone.
fn no_such_head(look: &Viewpoint<'_>) -> Observation {
    let is_cut =
        |(_, response): (_, &Response)| matches!(response.body.state, BodyState::InHead(Cut::Capture));
    if responses(look).next().is_none() {
        return Observation::NotVisible(NO_ANSWER);
    }
    if responses(look).any(is_cut) {
        return Observation::NotVisible("the capture has not the end of its head");
    }
    absent()
}

fn response_head_large(look: &Viewpoint<'_>) -> Observation {
    let (limit, warn) =
        (look.incident.profile.limits.response_header_bytes, look.incident.profile.warn.header_total_bytes);
    let large =
        responses(look).find(|(_, response)| response.head.bytes > warn && response.head.bytes <= limit);
    match large {
        Some((row, response)) => {
            let text = || {
                format!(
                    "response headers of {} bytes, above the edge's limit of former years{}",
                    response.head.bytes,
                    largest(response)
                )
            };
            look.seen(text, row.place(response.first), response.first.time)
        }
        None => no_such_head(look),
    }
}
