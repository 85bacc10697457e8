//! Requests and connections that got nothing: how each side ended them, as the packets show.

use super::case::Case;
use super::whole::Whole;
use crate::evidence::{ConnectionRow, KeptExchange, Place};
use crate::flow::{Arrival, End, Side};
use crate::http::exchange::{BodyState, Cut, Response, StreamEnd};
use crate::time::Duration;
use crate::tls::Turn;

/// A request that got no byte of an answer while the edge was there to read one. Inside TLS it is what the client said last.
#[derive(Clone, Copy)]
pub struct Unanswered<'a> {
    /// Its connection.
    pub row: &'a ConnectionRow,
    /// Its first packet.
    pub first: Arrival,
    /// Its last packet.
    pub last: Arrival,
    /// When the origin had acknowledged it.
    pub acknowledged: Option<Arrival>,
    /// Its number on the connection, from 1, as far as that was captured.
    pub number: u32,
    /// The end of the answer before it.
    pub previous_end: Option<Arrival>,
    /// From that to the request: the connection's idle age.
    pub idle_before: Option<Duration>,
    /// The frame of HTTP/2 that ended its stream: what became of the connection later tells nothing of it.
    pub ended: Option<StreamEnd>,
}

/// The last captured attempt of a case whose request got no byte of an answer before the edge closed.
pub fn unanswered<'a>(case: &Case, evidence: &'a Whole) -> Option<Unanswered<'a>> {
    if let Some((row, kept)) = case.exchanges(evidence).next_back() {
        return in_the_clear(row, kept);
    }
    let row = case.connections(evidence).next_back()?;
    let turn = row.tls.as_ref()?.last_turn.filter(|turn| turn.answered.is_none())?;
    Some(inside(row, turn))
}

fn in_the_clear<'a>(row: &'a ConnectionRow, kept: &'a KeptExchange) -> Option<Unanswered<'a>> {
    let request = kept.exchange.request.as_ref()?;
    let reset = row.connection.reset.filter(|reset| reset.by == Side::Client);
    let gone = row.connection.from_client.fin.into_iter().chain(reset.map(|reset| reset.at)).min();
    let server = &row.connection.from_server;
    let is_said_after = server.last_data.is_some_and(|said| said > request.last);
    // Of an answer that could not be read nobody knows when it began: only a server that has said nothing since the request has not answered.
    let is_in_time = |response: &Response| match is_lost(response) {
        true => is_said_after || server.anomalies.missing_bytes > 0,
        false => gone.is_none_or(|gone| response.first < gone),
    };
    let in_time = kept.exchange.response.as_deref().is_some_and(is_in_time);
    (!in_time).then_some(Unanswered {
        row,
        first: request.first,
        last: request.last,
        acknowledged: request.acknowledged,
        number: kept.exchange.number,
        previous_end: kept.previous_end,
        idle_before: kept.idle_before(),
        ended: kept.exchange.stream.as_ref().and_then(|stream| stream.end),
    })
}

/// Whether nothing of an answer was captured, but that it may have been among what was lost.
fn is_lost(response: &Response) -> bool {
    response.status.is_none()
        && response.head.bytes == 0
        && response.body.state == BodyState::InHead(Cut::Capture)
}

fn inside(row: &ConnectionRow, turn: Turn) -> Unanswered<'_> {
    Unanswered {
        row,
        first: turn.first,
        last: turn.last,
        acknowledged: turn.acknowledged,
        number: turn.number,
        previous_end: turn.before,
        idle_before: turn.before.map(|before| turn.first.time.since(before.time)),
        ended: None,
    }
}

/// The connection of a case whose SYNs were never answered: the first and the last of them.
pub fn unanswered_syn<'a>(case: &Case, evidence: &'a Whole) -> Option<(&'a ConnectionRow, Arrival, Arrival)> {
    case.connections(evidence).find_map(|row| {
        let handshake = &row.connection.handshake;
        let syn = handshake.syn.filter(|_| row.connection.is_unanswered())?;
        Some((row, syn, handshake.last_syn.unwrap_or(syn)))
    })
}

impl Unanswered<'_> {
    /// The origin's FIN, where it was sent before the request came in.
    pub fn closed_before_request(&self) -> Option<Arrival> {
        self.row.connection.from_server.fin.filter(|fin| *fin < self.first)
    }

    /// The origin's FIN after the request. One that was not captured may have gone before the request and crossed it, unless the origin took the request.
    pub fn closed_after_request(&self) -> Option<Arrival> {
        let from_server = &self.row.connection.from_server;
        let is_known = !from_server.fin_is_unseen || self.acknowledged.is_some();
        from_server.fin.filter(|fin| is_known && *fin > self.first && self.ended.is_none())
    }

    /// The origin's RST after the request.
    pub fn reset_after_request(&self) -> Option<Arrival> {
        let reset = self.row.connection.reset.filter(|_| self.ended.is_none())?;
        (reset.by == Side::Server && reset.at > self.first).then_some(reset.at)
    }

    /// Whether the edge closed first, while the answer was still due, and when.
    pub fn given_up(&self) -> Option<Arrival> {
        if let Some(end) = self.ended {
            return (end.from == Side::Client).then_some(end.at);
        }
        match self.row.connection.closed_first()? {
            (Side::Client, End::Fin | End::Reset { .. }, at) if at > self.first => Some(at),
            _ => None,
        }
    }

    /// How long the edge waited before it gave up, from the acknowledgement of the request where that was captured in time.
    pub fn waited(&self) -> Option<Duration> {
        let until = self.given_up()?;
        let from = [self.acknowledged, Some(self.last)].into_iter().flatten().find(|from| *from <= until);
        Some(until.time.since(from.unwrap_or(self.first).time))
    }

    /// Whether nothing from the origin ever came back for the request, not even its acknowledgement.
    pub fn never_acknowledged(&self) -> bool {
        let heard_after = |at: Option<Arrival>| at.is_some_and(|at| at > self.first);
        self.acknowledged.is_none()
            && self.ended.is_none_or(|end| end.from == Side::Client)
            && !heard_after(self.row.connection.from_server.fin)
            && !heard_after(
                self.row.connection.reset.filter(|reset| reset.by == Side::Server).map(|reset| reset.at),
            )
    }

    /// The place of a packet of this connection.
    pub fn place(&self, at: Arrival) -> Place {
        self.row.place(at)
    }
}
