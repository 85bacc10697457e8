//! One stream in the making: its exchange, and where its two halves stand (RFC 9113, 5.1).

use serde::{Deserialize, Serialize};

use super::frame::{FrameHead, FrameStart};
use crate::flow::{Arrival, Gap, Side};
use crate::http::conform::{Finding, MOST_PER_RULE, RequestHead, ResponseHead, Rule};
use crate::http::direction::MessageDirection;
use crate::http::exchange::{
    Body, BodyState, Cut, Exchange, Framing, HeadSizes, Request, Response, Stall, Stream, StreamEnd,
};
use crate::memory::Seldom;

/// A stream in the making.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OpenStream {
    /// What has been told of it.
    pub exchange: Exchange,
    /// Its two halves, that of the request first.
    pub halves: [Half; 2],
    /// When nothing more was to come of it.
    pub closed: Option<Arrival>,
}

/// One half of a stream.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Half {
    /// Its head came: of a response, the final one.
    pub has_head: bool,
    /// Its sender ended it, or it was cut.
    pub is_over: bool,
    /// What Content-Length says that END_STREAM has to agree with.
    announced: Option<u64>,
    /// What the receiver granted beyond its initial window, less what was sent.
    pub balance: i64,
    /// Since when its sender may send nothing more.
    pub blocked: Option<Arrival>,
    /// Stretches that were missing in this direction when the stream began.
    pub missed_before: u32,
}

/// A head, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadPlace {
    pub start: FrameStart,
    /// The packet that completed it.
    pub at: Arrival,
    /// Fields that are unknown.
    pub unknown: u32,
}

impl OpenStream {
    /// The stream of this id, the connection's exchange of this number.
    pub fn new(id: u32, number: u32, previous_end: Option<Arrival>, missed: [u32; 2]) -> OpenStream {
        let stream = Stream {
            id,
            is_upgraded: false,
            previous_end,
            end: None,
            stall: None,
            grpc_status: None,
            unknown_fields: [0; 2],
        };
        OpenStream {
            exchange: Exchange {
                number,
                request: None,
                response: None,
                interim_responses: 0,
                interim_findings: Seldom::default(),
                stream: Some(Box::new(stream)),
            },
            halves: missed.map(|missed_before| Half { missed_before, ..Half::default() }),
            closed: None,
        }
    }

    /// A request that was sent over HTTP/1 and asked for the change to HTTP/2 (RFC 7540, 3.2): this stream's now.
    pub fn take_upgraded(&mut self, upgraded: Exchange) {
        let Exchange { request, interim_responses, interim_findings, .. } = upgraded;
        self.exchange.request = request;
        if let Some(stream) = self.stream() {
            stream.is_upgraded = true;
        }
        self.exchange.interim_responses = interim_responses;
        self.exchange.interim_findings = interim_findings;
        self.half(MessageDirection::Requests).has_head = true;
        self.half(MessageDirection::Requests).is_over = true;
    }

    /// One of its halves.
    pub fn half(&mut self, direction: MessageDirection) -> &mut Half {
        &mut self.halves[direction as usize]
    }

    /// What only a stream has.
    pub fn stream(&mut self) -> Option<&mut Stream> {
        self.exchange.stream.as_deref_mut()
    }

    /// Whether both halves are over.
    pub fn is_over(&self) -> bool {
        self.halves.iter().all(|half| half.is_over)
    }

    /// Whether its response is complete.
    pub fn is_answered(&self) -> bool {
        self.exchange.response.as_deref().is_some_and(|response| response.body.state == BodyState::Complete)
    }

    /// The head of the request.
    pub fn request_head(&mut self, head: RequestHead, place: &HeadPlace) {
        let half = self.half(MessageDirection::Requests);
        half.has_head = true;
        half.announced = length(head.framing);
        self.count_unknown(MessageDirection::Requests, place.unknown);
        self.exchange.request = Some(Request {
            method: head.method,
            target: head.target,
            is_no_http: head.is_no_http,
            host: head.host,
            ray: head.ray,
            visitor: head.visitor,
            visitor_https: head.visitor_https,
            user_agent: head.user_agent,
            head: head.sizes,
            last: place.at,
            body: open_body(head.framing.unwrap_or(Framing::EndStream)),
            findings: head.findings.into(),
            ..Request::begun(place.start.first, place.start.offset)
        });
    }

    /// The head of a response, an interim one too.
    pub fn response_head(&mut self, head: ResponseHead, place: &HeadPlace, grpc_status: Option<u32>) {
        self.count_unknown(MessageDirection::Responses, place.unknown);
        // There is no 101 over HTTP/2 (RFC 9113, 8.6): nothing follows it.
        if head.status.is_some_and(|status| (100..200).contains(&status) && status != 101) {
            self.exchange.interim_response(head.findings);
            return;
        }
        // A HEAD is answered with the length that a GET would have (RFC 9110, 9.3.2), and so is 304 (15.4.5).
        let method = self.exchange.request.as_ref().map_or("", |request| request.method.as_str());
        let is_bodiless = matches!(method, "HEAD" | "") || matches!(head.status, Some(204 | 304));
        let half = self.half(MessageDirection::Responses);
        half.has_head = true;
        half.announced = length(Some(head.framing)).filter(|_| !is_bodiless);
        if let Some(stream) = self.stream() {
            stream.grpc_status = stream.grpc_status.or(grpc_status);
        }
        self.exchange.response = Some(Box::new(Response {
            status: head.status,
            server: head.server,
            location: head.location,
            head: head.sizes,
            head_end: Some(place.at),
            last: place.at,
            body: open_body(head.framing),
            findings: head.findings.into(),
            ..Response::begun(place.start.first, place.start.offset)
        }));
    }

    /// Trailers of a message.
    pub fn trailers(
        &mut self,
        direction: MessageDirection,
        place: &HeadPlace,
        (grpc_status, findings, _): (Option<u32>, Vec<Finding>, HeadSizes),
    ) {
        self.count_unknown(direction, place.unknown);
        if let Some(stream) = self.stream() {
            stream.grpc_status = stream.grpc_status.or(grpc_status);
        }
        let Some(message) = self.message(direction) else { return };
        *message.last = place.at;
        let offset = place.start.offset.saturating_sub(message.offset);
        let of_message =
            findings.into_iter().map(|finding| Finding { offset: finding.offset + offset, ..finding });
        message.findings.extend(of_message);
    }

    /// Whether content counts that comes now: the half is not over, or its receiver reset the stream while this was on its way (RFC 9113, 5.1).
    pub fn takes_content(&mut self, direction: MessageDirection) -> bool {
        let sender = side(direction);
        !self.half(direction).is_over
            || self.message(direction).is_some_and(
                |message| matches!(message.body.state, BodyState::InBody(Cut::Reset(by)) if by != sender),
            )
    }

    /// Content of a message.
    pub fn content(&mut self, direction: MessageDirection, bytes: &[u8], at: Arrival) {
        if let (MessageDirection::Responses, Some(response)) = (direction, &mut self.exchange.response)
            && response.status.is_some_and(|status| status >= 400)
            && response.body.missing == 0
        {
            response.show(bytes);
        }
        if let Some(message) = self.message(direction) {
            message.body.received = message.body.received.saturating_add(bytes.len() as u64);
            *message.last = at;
        }
    }

    /// Content of a message that was not captured.
    pub fn missing_content(&mut self, direction: MessageDirection, length: u64, cause: Gap, at: Arrival) {
        if let Some(message) = self.message(direction) {
            message.body.received = message.body.received.saturating_add(length);
            message.body.missing = message.body.missing.saturating_add(length);
            message.body.missing_because.get_or_insert(cause);
            *message.last = at;
        }
    }

    /// END_STREAM: the message is complete with this frame. `misses`: nobody knows what else of it came.
    pub fn end(
        &mut self,
        direction: MessageDirection,
        frame: &FrameHead,
        start: FrameStart,
        at: Arrival,
        misses: bool,
    ) {
        let half = self.half(direction);
        half.is_over = true;
        half.blocked = None;
        let announced = half.announced;
        let Some(mut message) = self.message(direction) else { return };
        *message.last = at;
        let received = message.body.received;
        message.body.state = BodyState::Complete;
        if received == 0 && announced.is_none() {
            message.body.framing = Framing::None;
        }
        // RFC 9113, 8.1.1: the DATA frames together have the length that was announced.
        if let Some(announced) = announced.filter(|announced| *announced != received && !misses) {
            if received < announced {
                message.body.state = BodyState::InBody(Cut::Fin);
            }
            let offset = start.offset.saturating_sub(message.offset);
            message.tell(Rule::LengthMismatch, offset, frame.bytes().to_vec());
        }
    }

    /// A frame of the message breaks a rule.
    pub fn fault(&mut self, direction: MessageDirection, rule: Rule, offset: u64, excerpt: Vec<u8>) {
        if let Some(mut message) = self.message(direction) {
            let offset = offset.saturating_sub(message.offset);
            message.tell(rule, offset, excerpt);
        }
    }

    /// RST_STREAM or GOAWAY ends the stream.
    pub fn end_early(&mut self, end: StreamEnd) {
        for direction in [MessageDirection::Requests, MessageDirection::Responses] {
            self.cut(direction, Cut::Reset(end.from), end.at);
        }
        if let Some(stream) = self.stream() {
            stream.end.get_or_insert(end);
        }
    }

    /// A half ends before its message is complete.
    pub fn cut(&mut self, direction: MessageDirection, cut: Cut, at: Arrival) {
        let half = self.half(direction);
        if half.is_over {
            return;
        }
        half.is_over = true;
        if let Some(since) = half.blocked.take() {
            self.stall(direction, since, at, false);
        }
        if let Some(message) = self.message(direction) {
            message.body.state = BodyState::InBody(cut);
        }
    }

    /// Its sender could send nothing more from one packet to another, the longest time of which is kept.
    pub fn stall(&mut self, direction: MessageDirection, since: Arrival, until: Arrival, is_over: bool) {
        let of = side(direction);
        let Some(stream) = self.stream() else { return };
        let longest = stream.stall.map(|stall| stall.until.time.since(stall.since.time));
        if longest.is_none_or(|longest| longest < until.time.since(since.time)) {
            stream.stall = Some(Stall { of, since, until, is_over });
        }
    }

    /// Bytes are missing among which its answer may have been.
    pub fn answer_not_captured(&mut self, at: Arrival) {
        self.exchange.response.get_or_insert_with(|| Box::new(Response::begun(at, 0)));
    }

    fn count_unknown(&mut self, direction: MessageDirection, unknown: u32) {
        if let Some(stream) = self.stream() {
            let count = &mut stream.unknown_fields[direction as usize];
            *count = count.saturating_add(unknown);
        }
    }

    fn message(&mut self, direction: MessageDirection) -> Option<Message<'_>> {
        match direction {
            MessageDirection::Requests => self.exchange.request.as_mut().map(|request| Message {
                offset: request.offset,
                last: &mut request.last,
                body: &mut request.body,
                findings: &mut request.findings,
            }),
            MessageDirection::Responses => self.exchange.response.as_deref_mut().map(|response| Message {
                offset: response.offset,
                last: &mut response.last,
                body: &mut response.body,
                findings: &mut response.findings,
            }),
        }
    }
}

/// What requests and responses have in common.
struct Message<'m> {
    offset: u64,
    last: &'m mut Arrival,
    body: &'m mut Body,
    findings: &'m mut Seldom<Vec<Finding>>,
}

impl Message<'_> {
    fn tell(&mut self, rule: Rule, offset: u64, excerpt: Vec<u8>) {
        let told = self.findings.iter().filter(|known| known.rule == rule).count();
        if told < usize::from(MOST_PER_RULE) {
            let length = u32::try_from(excerpt.len()).unwrap_or(0);
            self.findings.to_mut().push(Finding { rule, offset, length, excerpt, mark: 0, header: None });
        }
    }
}

/// Who sends in a direction.
pub(super) fn side(direction: MessageDirection) -> Side {
    match direction {
        MessageDirection::Requests => Side::Client,
        MessageDirection::Responses => Side::Server,
    }
}

fn length(framing: Option<Framing>) -> Option<u64> {
    match framing {
        Some(Framing::Length(length)) => Some(length),
        _ => None,
    }
}

/// A body of which nothing has come.
fn open_body(framing: Framing) -> Body {
    Body { framing, state: BodyState::InBody(Cut::Capture), ..Body::UNREAD }
}
