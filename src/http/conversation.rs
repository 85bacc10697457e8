//! One TCP connection read as HTTP, from both sides at once.

use serde::{Deserialize, Serialize};

use super::direction::MessageDirection;
use super::exchange::{Cut, Exchange};
use super::http1::Http1;
use super::http2::{Http2, Http2Facts, Http2Start, Preface, begins_with_settings};
use super::roles::{Held, Roles, UnknownRoles};
use crate::flow::{Application, Arrival, End, Gap, Side};
use crate::ray::RayAtColo;

/// So many of a server's first bytes wait for the client's.
const MOST_OF_SERVER: usize = 16 << 10;

/// Reads a connection's two streams and pairs requests with responses: over HTTP/1 in order, over HTTP/2 by their streams. What is no HTTP is told and passed over,
/// never taken for an error of the parser.
#[derive(Debug, Serialize, Deserialize)]
pub struct HttpConversation {
    roles: Roles,
    first_bytes: [Option<Arrival>; 2],
    http1: Http1,
    /// What reads it once it speaks HTTP/2.
    http2: Option<Box<Http2>>,
    /// The server's first bytes, while they may become the first frame of HTTP/2.
    first_of_server: Option<Held>,
}

impl HttpConversation {
    /// For a new connection. Where `initiator_known` is false (`Connection::initiator_known`), the side that speaks requests is
    /// found from what the sides say.
    pub fn new(initiator_known: bool) -> HttpConversation {
        HttpConversation {
            roles: if initiator_known {
                Roles::Known(Side::Client)
            } else {
                Roles::Unknown(UnknownRoles::default())
            },
            first_bytes: [None; 2],
            http1: Http1::default(),
            http2: None,
            first_of_server: None,
        }
    }

    /// The side (in the flow's terms) that speaks requests; `None` while nothing told.
    pub fn client_side(&self) -> Option<Side> {
        match self.roles {
            Roles::Known(side) => Some(side),
            Roles::Unknown(_) => None,
        }
    }

    /// The packet with the first byte that `from` (in the flow's terms) sent.
    pub fn first_byte_seen(&self, from: Side) -> Option<Arrival> {
        self.first_bytes[from as usize]
    }

    /// The packet with the first bytes of `from` (in the flow's terms) that are no HTTP of the version that the connection speaks and belong to
    /// no message: another protocol, or what is left after the framing broke. What a tunnel carries does not count.
    pub fn not_http(&self, from: Side) -> Option<Arrival> {
        let direction = self.direction(from)?;
        let not_http2 = self.http2.as_ref().and_then(|http2| http2.not_http2(direction));
        self.http1.not_http(direction).or(not_http2)
    }

    /// How far the streams of both sides (in the flow's terms, the client's first) have come, where neither has said anything of HTTP so far. `None`
    /// as well where it is not known who asks.
    pub fn without_http(&self) -> Option<[u64; 2]> {
        let client = self.client_side().filter(|_| self.http2.is_none())?;
        let [asked, answered] = self.http1.without_message()?;
        let held = self.first_of_server.as_ref();
        let answered = held.map_or(answered, |held| held.offset.saturating_add(held.bytes.len() as u64));
        Some(if client == Side::Client { [asked, answered] } else { [answered, asked] })
    }

    /// The next exchange that is complete and to which nothing more can belong: over HTTP/1, in order.
    #[inline]
    pub fn next_finished(&mut self) -> Option<Exchange> {
        match &mut self.http2 {
            None => self.http1.next_finished().map(settle),
            Some(http2) => self.http1.take_rest().or_else(|| http2.next_finished()).map(settle),
        }
    }

    /// The ray of a request over HTTP/1 that nothing can answer any more, while it is not handed out.
    #[inline]
    pub fn left_unanswered(&self) -> Option<RayAtColo> {
        self.http1.left_unanswered().filter(|_| self.http2.is_none())?.ray
    }

    /// All exchanges that were not handed out, and what a connection of HTTP/2 tells beside them. Sides that did not end are taken as cut
    /// by the end of the capture.
    pub fn finish(mut self) -> (Vec<Exchange>, Option<Box<Http2Facts>>) {
        self.release_first_of_server();
        let Some(http2) = self.http2 else { return (self.http1.finish().map(settle).collect(), None) };
        let (exchanges, facts) = http2.finish();
        let before = std::iter::from_fn(|| self.http1.take_rest());
        (before.chain(exchanges).map(settle).collect(), Some(Box::new(facts)))
    }

    /// What `from` speaks; `None` while nothing told.
    #[inline]
    fn direction(&self, from: Side) -> Option<MessageDirection> {
        self.client_side().map(|client| {
            if client == from { MessageDirection::Requests } else { MessageDirection::Responses }
        })
    }

    /// Bytes while the roles are unknown: once they tell, all that were held are read.
    fn hear(&mut self, from: Side, offset: u64, data: &[u8], at: Arrival) {
        let Roles::Unknown(unknown) = &mut self.roles else { return };
        let Some(client) = unknown.hear(from, offset, data, at) else { return };
        let unknown = std::mem::take(unknown);
        self.roles = Roles::Known(client);
        if unknown.passed_over[client as usize] {
            self.http1.lose_step(MessageDirection::Requests);
        }
        // Without a handshake nobody knows whether a response's first bytes came before the capture.
        self.http1.lose_step(MessageDirection::Responses);
        for held in unknown.held {
            if let Some(direction) = self.direction(held.from) {
                self.read(direction, held.offset, &held.bytes, held.at);
            }
        }
        for (side, ended) in [Side::Client, Side::Server].into_iter().zip(unknown.ended) {
            if let Some(((offset, cut, at), direction)) = ended.zip(self.direction(side)) {
                self.end_of(direction, offset, cut, at);
            }
        }
    }

    fn end_of(&mut self, direction: MessageDirection, offset: u64, cut: Cut, at: Arrival) {
        if direction == MessageDirection::Responses {
            self.release_first_of_server();
        }
        match &mut self.http2 {
            Some(http2) => http2.end(direction, offset, cut, at),
            None => self.http1.end(direction, offset, cut, at),
        }
    }

    fn read(&mut self, direction: MessageDirection, offset: u64, data: &[u8], at: Arrival) {
        if let Some(http2) = &mut self.http2 {
            return http2.bytes(direction, offset, data, at);
        }
        let is_response = direction == MessageDirection::Responses;
        if is_response && (self.first_of_server.is_some() || data.first() == Some(&0)) {
            return self.hear_server(offset, data, at);
        }
        self.read_http1(direction, offset, data, at);
    }

    fn read_http1(&mut self, direction: MessageDirection, offset: u64, data: &[u8], at: Arrival) {
        self.http1.bytes(direction, offset, data, at);
        if let Some(start) = self.http1.take_http2() {
            self.begin_http2(start);
            if let Some(http2) = &mut self.http2 {
                http2.bytes(direction, offset, data, at);
            }
        }
    }

    /// The server's bytes begin as frames of HTTP/2 do, before the client has said what it speaks, or where that was not captured.
    fn hear_server(&mut self, offset: u64, data: &[u8], at: Arrival) {
        let mut held =
            self.first_of_server.take().unwrap_or(Held { from: Side::Server, offset, bytes: Vec::new(), at });
        let start = self.http1.http2_of_server(held.offset, held.at);
        let follows = offset == held.offset.saturating_add(held.bytes.len() as u64);
        held.bytes.extend_from_slice(if follows { data } else { &[] });
        match (start.filter(|_| follows), begins_with_settings(&held.bytes)) {
            (Some(_), None) => self.first_of_server = Some(held),
            // The client may yet speak HTTP/1 to a server that promised HTTP/2.
            (Some(start), Some(true))
                if start.preface == Preface::SoFar(0) && held.bytes.len() < MOST_OF_SERVER =>
            {
                self.first_of_server = Some(held);
            }
            (Some(start), Some(true)) => {
                self.begin_http2(start);
                if let Some(http2) = &mut self.http2 {
                    http2.bytes(MessageDirection::Responses, held.offset, &held.bytes, at);
                }
            }
            _ => {
                self.read_http1(MessageDirection::Responses, held.offset, &held.bytes, held.at);
                if !follows {
                    self.read_http1(MessageDirection::Responses, offset, data, at);
                }
            }
        }
    }

    /// The client says nothing any more that tells what was held of the server's first bytes.
    fn release_first_of_server(&mut self) {
        let Some(held) = self.first_of_server.take() else { return };
        let start = self.http1.http2_of_server(held.offset, held.at);
        match start.filter(|_| begins_with_settings(&held.bytes) == Some(true)) {
            Some(start) => {
                self.first_of_server = Some(held);
                self.begin_http2(start);
            }
            None => self.read_http1(MessageDirection::Responses, held.offset, &held.bytes, held.at),
        }
    }

    fn begin_http2(&mut self, start: Http2Start) {
        self.http2 = Some(Box::new(Http2::new(start)));
        if let Some(held) = self.first_of_server.take()
            && let Some(http2) = &mut self.http2
        {
            http2.bytes(MessageDirection::Responses, held.offset, &held.bytes, held.at);
        }
    }
}

/// Findings of a message in the order of its bytes.
fn settle(mut exchange: Exchange) -> Exchange {
    let of_request = exchange.request.as_mut().and_then(|request| request.findings.present_mut());
    let of_response = exchange.response.as_deref_mut().and_then(|response| response.findings.present_mut());
    for findings in of_request.into_iter().chain(of_response) {
        findings.sort_by_key(|finding| finding.offset);
    }
    exchange
}

impl<C> Application<C> for HttpConversation {
    fn bytes(&mut self, _: &mut C, from: Side, offset: u64, data: &[u8], at: Arrival) {
        let direction = self.direction(from);
        if direction == Some(MessageDirection::Responses) && self.http1.pass_content(offset, data, at) {
            return;
        }
        if data.is_empty() {
            return;
        }
        self.first_bytes[from as usize].get_or_insert(at);
        match direction {
            Some(direction) => self.read(direction, offset, data, at),
            None => self.hear(from, offset, data, at),
        }
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival) {
        match (self.direction(from), &mut self.roles) {
            (Some(direction), _) => {
                self.release_first_of_server();
                match &mut self.http2 {
                    Some(http2) => http2.gap(direction, offset, length, cause, at),
                    None => self.http1.gap(direction, offset, length, cause, at),
                }
            }
            (None, Roles::Unknown(unknown)) => unknown.pass_over(from),
            (None, Roles::Known(_)) => {}
        }
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, at: Arrival) {
        if self.direction(from) == Some(MessageDirection::Requests) {
            match &mut self.http2 {
                Some(http2) => http2.acknowledged(offset, at),
                None => self.http1.acknowledged(offset, at),
            }
        }
    }

    fn end(&mut self, _: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        let cut = match how {
            End::Fin => Cut::Fin,
            End::Reset { by } => Cut::Reset(by),
            End::Unseen => Cut::Capture,
        };
        match (self.direction(from), &mut self.roles) {
            (Some(direction), _) => self.end_of(direction, offset, cut, at),
            // Who closes before the capture has a word of either answers nothing that is asked then.
            (None, Roles::Unknown(unknown)) => {
                _ = unknown.ended[from as usize].get_or_insert((offset, cut, at))
            }
            (None, Roles::Known(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests;
