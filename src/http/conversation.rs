//! One TCP connection read as HTTP/1, from both sides at once.

use super::exchange::{BodyState, Cut, Exchange};
use super::queue::{Queue, open_response};
use super::requests::Requests;
use super::responses::Responses;
use super::roles::{Roles, Waiting};
use crate::flow::{Application, Arrival, End, Gap, Side};

/// Reads a connection's two streams and pairs requests with responses, in order. What is no HTTP is told and passed over,
/// never taken for an error of the parser.
#[derive(Debug)]
pub struct Conversation {
    roles: Roles,
    pub(super) requests: Requests,
    pub(super) responses: Responses,
    pub(super) queue: Queue,
    first_bytes: [Option<Arrival>; 2],
    pub(super) not_http: [Option<Arrival>; 2],
    pub(super) http2: Option<Arrival>,
}

impl Conversation {
    /// For a new connection. Where `initiator_known` is false (`Connection::initiator_known`), the side that speaks requests is
    /// found from what the sides say.
    pub fn new(initiator_known: bool) -> Conversation {
        Conversation {
            roles: if initiator_known {
                Roles::Known(Side::Client)
            } else {
                Roles::Unknown(Waiting::default())
            },
            requests: Requests::default(),
            responses: Responses::default(),
            queue: Queue::default(),
            first_bytes: [None; 2],
            not_http: [None; 2],
            http2: None,
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
        self.not_http[from as usize]
    }

    /// The packet from which on HTTP/2 is spoken in the clear, which is not read: the client's preface (RFC 9113, 3.4), or the 101 that
    /// granted an upgrade to `h2c` (RFC 7540, 3.2). HTTP/2 that was captured from its middle shows neither.
    pub fn http2(&self) -> Option<Arrival> {
        match &self.roles {
            Roles::Known(_) => self.http2,
            Roles::Unknown(waiting) => waiting.http2,
        }
    }

    /// The next exchange in order whose both sides are complete and to which nothing more can belong.
    #[inline]
    pub fn next_finished(&mut self) -> Option<Exchange> {
        let mut exchange = self.queue.next_finished(self.requests.ended, self.responses.ended)?;
        settle(&mut exchange);
        Some(exchange)
    }

    /// All exchanges that were not handed out. Sides that did not end are taken as cut by the end of the capture.
    pub fn finish(mut self) -> Vec<Exchange> {
        if !self.requests.ended {
            self.end_requests(Cut::Capture);
        }
        if !self.responses.ended {
            self.end_responses(Cut::Capture);
        }
        let mut exchanges = Vec::new();
        while let Some(mut exchange) = self.queue.take() {
            settle(&mut exchange);
            exchanges.push(exchange);
        }
        exchanges
    }

    /// The bytes are no HTTP/1.
    pub(super) fn tell_not_http(&mut self, of_requests: bool, at: Arrival) {
        if let Roles::Known(client) = self.roles {
            let side = if of_requests { client } else { client.peer() };
            self.not_http[side as usize].get_or_insert(at);
        }
    }

    fn read(&mut self, client: Side, from: Side, offset: u64, data: &[u8], at: Arrival) {
        if from == client {
            self.request_bytes(offset, data, at);
        } else {
            self.response_bytes(offset, data, at);
        }
    }
}

/// Findings of a message in the order of its bytes.
fn settle(exchange: &mut Exchange) {
    for findings in [
        exchange.request.as_mut().map(|request| &mut request.findings),
        exchange.response.as_mut().map(|response| &mut response.findings),
    ]
    .into_iter()
    .flatten()
    {
        findings.sort_by_key(|finding| finding.offset);
    }
}

impl<C> Application<C> for Conversation {
    fn bytes(&mut self, _: &mut C, from: Side, offset: u64, data: &[u8], at: Arrival) {
        if self.roles.is_known_server(from) && self.response_content(offset, data, at) {
            return;
        }
        if data.is_empty() {
            return;
        }
        self.first_bytes[from as usize].get_or_insert(at);
        let Roles::Unknown(waiting) = &mut self.roles else {
            if let Roles::Known(client) = self.roles {
                self.read(client, from, offset, data, at);
            }
            return;
        };
        let Some(client) = waiting.hear(from, offset, data, at) else { return };
        let waiting = std::mem::take(waiting);
        self.roles = Roles::Known(client);
        self.http2 = waiting.http2;
        self.requests.lost_before(waiting.passed_over[client as usize]);
        // Without a handshake nobody knows whether a response's first bytes came before the capture.
        self.responses.lost_before();
        for held in waiting.held {
            self.read(client, held.from, held.offset, &held.bytes, held.at);
        }
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival) {
        match &mut self.roles {
            Roles::Known(client) if *client == from => self.request_gap(offset, length, cause, at),
            Roles::Known(_) => self.response_gap(offset, length, cause, at),
            Roles::Unknown(waiting) => waiting.pass_over(from),
        }
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, at: Arrival) {
        if self.client_side() == Some(from) {
            self.queue.acknowledge(offset, at);
        }
    }

    fn end(&mut self, _: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        let Roles::Known(client) = self.roles else { return };
        let cut = match how {
            End::Fin => Cut::Fin,
            End::Reset { by } => Cut::Reset(by),
            End::Unseen => Cut::Capture,
        };
        if from == client && !self.requests.ended {
            let missing = offset.saturating_sub(self.requests.position);
            if missing > 0 {
                self.request_gap(offset - missing, missing, Gap::NotCaptured, at);
            }
            self.end_requests(cut);
        } else if from != client && !self.responses.ended {
            let missing = offset.saturating_sub(self.responses.position);
            if missing > 0 {
                self.response_gap(offset - missing, missing, Gap::NotCaptured, at);
            }
            self.end_responses(cut);
        }
    }
}

impl Conversation {
    /// Both sides speak another protocol from here on (after 101 or a CONNECT that was granted).
    pub(super) fn tunnel(&mut self) {
        self.requests.tunnel();
    }

    /// The response to this request began in bytes that were not captured.
    pub(super) fn answer_not_captured(&mut self, number: u32, at: Arrival, offset: u64) {
        if let Some(slot) = self.queue.slot(number) {
            let response = slot.exchange.response.get_or_insert_with(|| open_response(at, offset));
            response.body.state = BodyState::InHead(Cut::Capture);
            slot.response_done = true;
        }
    }
}

#[cfg(test)]
mod tests;
