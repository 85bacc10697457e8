//! HTTP/1 on one connection: a reader for each direction, and the queue that makes exchanges of what they tell.
//!
//! Bytes go to the reader of their direction; its events go to the queue. What one direction means for the other — a tunnel, another
//! protocol — is passed on here, so that neither reader knows the other.

mod body;
mod chunks;
mod events;
mod excerpt;
pub(super) mod head_buffer;
mod queue;
mod requests;
mod responses;
mod resync;
mod slot;
mod stream;

use serde::{Deserialize, Serialize};

use self::events::{RequestEvent, ResponseEvent, Room};
use self::queue::Queue;
use self::requests::RequestReader;
use self::responses::ResponseReader;
use self::stream::{ChangeToHttp2, StreamPhase, StreamSoFar};
use super::direction::MessageDirection;
use super::exchange::{Cut, Exchange, Framing, Request};
use super::http2::{Http2Start, Preface};
use super::piece::{StreamHole, StreamStretch};
use crate::flow::{Arrival, Gap};

/// A connection whose roles are known, read as HTTP/1.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Http1 {
    requests: RequestReader,
    responses: ResponseReader,
    queue: Queue,
}

impl Http1 {
    /// What came before was not read in this direction: it is read from the next certain start line on.
    pub fn lose_step(&mut self, direction: MessageDirection) {
        match direction {
            MessageDirection::Requests => self.requests.lose_step(),
            MessageDirection::Responses => self.responses.lose_step(),
        }
    }

    /// Takes bytes of the responses if they are content in the middle of a body, as most bytes of most captures are, and nobody looks at
    /// them: `false` where [`Http1::bytes`] has to read them.
    #[inline]
    pub fn pass_content(&mut self, offset: u64, data: &[u8], at: Arrival) -> bool {
        if self.queue.is_response_growing() || !self.responses.pass(offset, data, at) {
            return false;
        }
        self.queue.response_content(data.len() as u64, at);
        true
    }

    /// The next bytes.
    pub fn bytes(&mut self, direction: MessageDirection, offset: u64, data: &[u8], at: Arrival) {
        self.skip_to(direction, offset, at);
        let Some(piece) = self.stream(direction).unread(offset, data, at) else { return };
        self.queue.grow(direction, piece.bytes);
        self.read(direction, StreamStretch::Bytes(piece));
    }

    /// Bytes that were not captured.
    pub fn gap(
        &mut self,
        direction: MessageDirection,
        offset: u64,
        length: u64,
        cause: Gap,
        arrival: Arrival,
    ) {
        self.pass_hole(direction, StreamHole { offset, length, cause, arrival });
    }

    /// The server acknowledged what the client sent before `offset`.
    pub fn acknowledged(&mut self, offset: u64, at: Arrival) {
        self.queue.acknowledge(offset, at);
    }

    /// The stream of this direction ended at `offset`.
    pub fn end(&mut self, direction: MessageDirection, offset: u64, cut: Cut, at: Arrival) {
        if self.stream(direction).phase == StreamPhase::Open {
            self.skip_to(direction, offset, at);
            self.read(direction, StreamStretch::End(cut));
        }
    }

    /// The packet with the first bytes in this direction that are no HTTP/1 and belong to no message.
    pub fn not_http(&self, direction: MessageDirection) -> Option<Arrival> {
        self.stream(direction).not_http
    }

    /// How far both streams have been read, requests first, where no message began in either.
    pub fn without_message(&self) -> Option<[u64; 2]> {
        let is_untouched = self.queue.answered().room == Room::Untouched;
        is_untouched.then(|| [self.requests.stream().position, self.responses.stream().position])
    }

    /// How the connection changes to HTTP/2, once it does: by the client's preface, or by the 101 that grants an upgrade.
    pub fn take_http2(&mut self) -> Option<Http2Start> {
        let (of_client, of_server) = (self.requests.take_http2(), self.responses.take_http2());
        let change = of_client.or(of_server)?;
        let offset = |change: Option<ChangeToHttp2>, stream: &StreamSoFar| {
            change.map_or(stream.position, |change| change.offset)
        };
        let offsets = [offset(of_client, self.requests.stream()), offset(of_server, self.responses.stream())];
        let (upgraded, exchanges) = self.queue.take_upgraded();
        Some(Http2Start {
            at: change.at,
            offsets,
            preface: Preface::SoFar(change.preface),
            upgraded,
            exchanges,
        })
    }

    /// How the connection speaks HTTP/2 whose server sends its first frame at this offset. `None` where the client speaks HTTP/1.
    pub fn http2_of_server(&self, offset: u64, at: Arrival) -> Option<Http2Start> {
        let untouched =
            self.queue.answered().room == Room::Untouched && self.responses.stream().last.is_none();
        let preface = self.requests.preface().filter(|_| untouched)?;
        let offsets = [self.requests.stream().position, offset];
        Some(Http2Start { at, offsets, preface, upgraded: None, exchanges: 0 })
    }

    /// The exchanges that are left where HTTP/2 took over.
    pub fn take_rest(&mut self) -> Option<Exchange> {
        self.queue.take()
    }

    /// The next exchange in order whose both sides are complete and to which nothing more can belong.
    #[inline]
    pub fn next_finished(&mut self) -> Option<Exchange> {
        self.queue.next_finished(self.requests.stream().phase, self.responses.stream().phase)
    }

    /// The request that waits for its answer behind the end of all answers.
    #[inline]
    pub fn left_unanswered(&self) -> Option<&Request> {
        self.queue.left_unanswered(self.responses.stream().phase)
    }

    /// The exchanges that were not handed out, as far as they came.
    pub fn finish(mut self) -> impl Iterator<Item = Exchange> {
        for direction in [MessageDirection::Requests, MessageDirection::Responses] {
            if self.stream(direction).phase == StreamPhase::Open {
                self.read(direction, StreamStretch::End(Cut::Capture));
            }
        }
        std::iter::from_fn(move || self.queue.take())
    }

    fn stream(&self, direction: MessageDirection) -> &StreamSoFar {
        match direction {
            MessageDirection::Requests => self.requests.stream(),
            MessageDirection::Responses => self.responses.stream(),
        }
    }

    /// Bytes before `offset` of which nobody told were not captured.
    fn skip_to(&mut self, direction: MessageDirection, offset: u64, at: Arrival) {
        if let Some(hole) = self.stream(direction).hole_before(offset, at) {
            self.pass_hole(direction, hole);
        }
    }

    fn pass_hole(&mut self, direction: MessageDirection, hole: StreamHole) {
        self.queue.break_off(direction);
        self.read(direction, StreamStretch::Hole(hole));
    }

    fn read(&mut self, direction: MessageDirection, stretch: StreamStretch) {
        match direction {
            MessageDirection::Requests => self.read_requests(stretch),
            MessageDirection::Responses => self.read_responses(stretch),
        }
    }

    fn read_requests(&mut self, mut stretch: StreamStretch) {
        while let Some(event) = self.requests.next(&mut stretch, || self.queue.answered()) {
            if let RequestEvent::OtherProtocol = event {
                self.responses.silence();
            }
            self.queue.request(event);
        }
    }

    fn read_responses(&mut self, mut stretch: StreamStretch) {
        while let Some(event) = self.responses.next(&mut stretch, || self.queue.asked()) {
            if let ResponseEvent::Head { framing: Framing::Tunnel, .. } = event {
                self.requests.silence();
            }
            self.queue.response(event);
        }
    }
}
