//! One TCP connection read as HTTP, from both sides at once.

use super::exchange::{Cut, Exchange};
use super::http1::{Http1, MessageDirection};
use super::roles::{Roles, UnknownRoles};
use crate::flow::{Application, Arrival, End, Gap, Side};

/// Reads a connection's two streams and pairs requests with responses, in order. What is no HTTP is told and passed over,
/// never taken for an error of the parser.
#[derive(Debug)]
pub struct HttpConversation {
    roles: Roles,
    first_bytes: [Option<Arrival>; 2],
    http1: Http1,
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

    /// The packet with the first bytes of `from` (in the flow's terms) that are no HTTP/1 and belong to no message: another
    /// protocol, or what is left after the framing broke. What a tunnel carries does not count.
    pub fn not_http(&self, from: Side) -> Option<Arrival> {
        self.http1.not_http(self.direction(from)?)
    }

    /// The packet from which on HTTP/2 is spoken in the clear, which is not read: the client's preface (RFC 9113, 3.4), or the 101 that
    /// granted an upgrade to `h2c` (RFC 7540, 3.2). HTTP/2 that was captured from its middle shows neither.
    pub fn http2(&self) -> Option<Arrival> {
        match &self.roles {
            Roles::Known(_) => self.http1.http2(),
            Roles::Unknown(unknown) => unknown.http2,
        }
    }

    /// The next exchange in order whose both sides are complete and to which nothing more can belong.
    #[inline]
    pub fn next_finished(&mut self) -> Option<Exchange> {
        self.http1.next_finished().map(settle)
    }

    /// All exchanges that were not handed out. Sides that did not end are taken as cut by the end of the capture.
    pub fn finish(self) -> Vec<Exchange> {
        self.http1.finish().map(settle).collect()
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
        if let Some(at) = unknown.http2 {
            self.http1.tell_http2(at);
        }
        if unknown.passed_over[client as usize] {
            self.http1.lose_step(MessageDirection::Requests);
        }
        // Without a handshake nobody knows whether a response's first bytes came before the capture.
        self.http1.lose_step(MessageDirection::Responses);
        for held in unknown.held {
            if let Some(direction) = self.direction(held.from) {
                self.http1.bytes(direction, held.offset, &held.bytes, held.at);
            }
        }
    }
}

/// Findings of a message in the order of its bytes.
fn settle(mut exchange: Exchange) -> Exchange {
    if let Some(request) = &mut exchange.request {
        request.findings.sort_by_key(|finding| finding.offset);
    }
    if let Some(response) = &mut exchange.response {
        response.findings.sort_by_key(|finding| finding.offset);
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
            Some(direction) => self.http1.bytes(direction, offset, data, at),
            None => self.hear(from, offset, data, at),
        }
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival) {
        match (self.direction(from), &mut self.roles) {
            (Some(direction), _) => self.http1.gap(direction, offset, length, cause, at),
            (None, Roles::Unknown(unknown)) => unknown.pass_over(from),
            (None, Roles::Known(_)) => {}
        }
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, at: Arrival) {
        if self.direction(from) == Some(MessageDirection::Requests) {
            self.http1.acknowledged(offset, at);
        }
    }

    fn end(&mut self, _: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        let cut = match how {
            End::Fin => Cut::Fin,
            End::Reset { by } => Cut::Reset(by),
            End::Unseen => Cut::Capture,
        };
        if let Some(direction) = self.direction(from) {
            self.http1.end(direction, offset, cut, at);
        }
    }
}

#[cfg(test)]
mod tests;
