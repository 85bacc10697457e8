//! Signs of an answer that begins and does not end.

use super::answer::{NOTHING_OF_ORIGIN, lacks_the_origin};
use super::sign::{Frequency, NO_REQUEST, Observation, Sign, Viewpoint, look, or_absent};
use crate::correlate::in_packets::{came_to_a_halt, ended_stream, ends_short, is_cut};
use crate::correlate::servers::BehindAnswers;
use crate::evidence::server_tally::SOONEST_IDLE_CLOSE;
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::flow::{Arrival, End, Side};
use crate::http::exchange::{BodyState, Cut, Exchange, Framing, Response};
use crate::text::words::duration;

pub(super) const SIGNS: &[Sign] = &[
    look("cut-short", "the origin ends its answer short", Frequency::Often, cut_short),
    look("answer-begun", "the packets show the beginning of an answer", Frequency::Often, answer_begun)
        .one_with("edge-received-head"),
    look(
        "closed-behind-answer",
        "the origin closes right behind an answer whose end the capture has not, and keeps connections open behind others",
        Frequency::Seldom,
        closed_behind_answer,
    ),
    look(
        "reset-behind-answer",
        "the origin resets the connection right behind an answer whose end the capture has not, and ends others in order",
        Frequency::Seldom,
        reset_behind_answer,
    )
    .one_with("closed-behind-answer"),
];

/// The last exchange, where the capture has what the origin said to it; else what is not visible of it.
fn last_exchange<'a>(look: &Viewpoint<'a>) -> Result<(&'a ConnectionRow, &'a KeptExchange), Observation> {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    let (row, kept) = last.ok_or(Observation::NotVisible(NO_REQUEST))?;
    match kept.exchange.response.is_none() && lacks_the_origin(look, row) {
        true => Err(Observation::NotVisible(NOTHING_OF_ORIGIN)),
        false => Ok((row, kept)),
    }
}

fn cut_short(look: &Viewpoint<'_>) -> Observation {
    let (row, kept) = match last_exchange(look) {
        Ok(last) => last,
        Err(unseen) => return unseen,
    };
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

fn answer_begun(look: &Viewpoint<'_>) -> Observation {
    let (row, kept) = match last_exchange(look) {
        Ok(last) => last,
        Err(unseen) => return unseen,
    };
    let begun = kept.exchange.response.as_deref().and_then(|response| Some((response, response.status?)));
    or_absent(begun.map(|(response, status)| {
        let text = || format!("the origin's answer {status} began");
        look.seen(text, row.place(response.first), response.first.time)
    }))
}

const END_UNSEEN: &str = "the capture has not the end of its answer";

/// Whether the capture has a part of an answer, and cut off how long it is or where it ends.
fn is_end_unseen(response: &Response) -> bool {
    let state = response.body.state;
    response.status.is_some()
        && matches!(state, BodyState::InHead(Cut::Capture) | BodyState::InBody(Cut::Capture))
}

/// How a server ended a connection right behind an answer.
struct EndBehindAnswer<'a> {
    row: &'a ConnectionRow,
    end: End,
    at: Arrival,
    /// When the last of the answer came.
    answered: Arrival,
    /// What it did to others.
    others: BehindAnswers,
}

/// The end of a connection whose answer the capture cut, by a server that does otherwise behind others. What has no body by its nature did not break in it.
fn end_behind_answer<'a>(
    look: &Viewpoint<'a>,
    does_otherwise: fn(BehindAnswers) -> bool,
) -> Result<Option<EndBehindAnswer<'a>>, Observation> {
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
        return Err(Observation::Moot("the capture has all of its answer, or none, or it has no body"));
    };
    let server = look.incident.population.servers.of_case(look.case, evidence);
    let others = server.map(|server| server.behind_answers).filter(|others| does_otherwise(*others));
    let Some(others) = others else {
        return Err(Observation::NotVisible(
            "the server ends connections so behind other answers, too, or few show what it does",
        ));
    };
    let answered = row.connection.from_server.last_data.filter(|_| exchange.number == row.exchange_count);
    let ended = row.connection.closed_first().zip(answered).filter(|((side, _, at), answered)| {
        *side == Side::Server && at.time.since(answered.time) < SOONEST_IDLE_CLOSE
    });
    Ok(ended.map(|((_, end, at), answered)| EndBehindAnswer { row, end, at, answered, others }))
}

fn closed_behind_answer(look: &Viewpoint<'_>) -> Observation {
    observed(
        look,
        BehindAnswers::stay_open,
        |_| true,
        |ended| {
            let (after, kept_open) = (ended.after(), ended.others.kept_open);
            format!(
                "the origin closes {after} behind an answer of which the capture has the beginning, and kept {kept_open} other connections open behind theirs"
            )
        },
    )
}

/// What is on its way is lost by it, so nobody resets behind an answer that is whole.
fn reset_behind_answer(look: &Viewpoint<'_>) -> Observation {
    let is_reset = |end: End| matches!(end, End::Reset { .. });
    observed(look, BehindAnswers::end_in_order, is_reset, |ended| {
        let (after, reset, all) = (ended.after(), ended.others.reset, ended.others.all());
        format!(
            "the origin resets the connection {after} behind an answer of which the capture has the beginning, and {reset} of {all} others behind theirs"
        )
    })
}

fn observed(
    look: &Viewpoint<'_>,
    does_otherwise: fn(BehindAnswers) -> bool,
    is_such: fn(End) -> bool,
    words: fn(&EndBehindAnswer<'_>) -> String,
) -> Observation {
    let ended = match end_behind_answer(look, does_otherwise) {
        Ok(ended) => ended.filter(|ended| is_such(ended.end)),
        Err(unseen) => return unseen,
    };
    or_absent(ended.map(|ended| look.seen(|| words(&ended), ended.row.place(ended.at), ended.at.time)))
}

impl EndBehindAnswer<'_> {
    fn after(&self) -> String {
        duration(self.at.time.since(self.answered.time))
    }
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
