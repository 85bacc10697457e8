//! One exchange in the making: what the events of its two messages make of it.

use serde::{Deserialize, Serialize};

use super::body::{BodyContent, BodyEvent, BodyProgress};
use super::events::{AskedMethod, Expectation, MessageStart};
use crate::flow::{Arrival, Gap, Side};
use crate::http::conform::{RequestHead, ResponseHead, Rule};
use crate::http::exchange::{Body, BodyState, Cut, Exchange, Framing, Request, Response};
use crate::memory::Seldom;

/// An exchange in the making.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// What has been told of it.
    pub exchange: Exchange,
    /// Stream offset behind the request's last byte, once it is known.
    pub request_end: Option<u64>,
    /// Whether the final response has come, all there will be of it.
    pub is_answered: bool,
    /// When its request was sent.
    pub turn: RequestTurn,
    /// The request waits for 100 (Continue) with its body.
    expects_continue: bool,
    /// Where the response's body ends is anyone's guess.
    length_in_doubt: bool,
}

/// When a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RequestTurn {
    /// After the response to the one before it.
    InTurn,
    /// Before that had come (pipelining).
    Early,
}

impl Slot {
    /// The exchange of this number, with a request that begins here or none.
    pub fn new(number: u32, request: Option<MessageStart>, turn: RequestTurn) -> Slot {
        Slot {
            exchange: Exchange {
                number,
                request: request.map(|start| Request::begun(start.first, start.offset)),
                response: None,
                interim_responses: 0,
                interim_findings: Seldom::default(),
                stream: None,
            },
            request_end: None,
            is_answered: false,
            turn,
            expects_continue: false,
            length_in_doubt: false,
        }
    }

    /// Whether nothing more will come of its request.
    pub fn is_asked(&self) -> bool {
        self.exchange.request.is_none() || self.request_end.is_some()
    }

    /// Whether it has a response whose end is no guess.
    pub fn is_certain(&self) -> bool {
        self.exchange.response.is_some() && !self.length_in_doubt
    }

    /// Whether its request may have been answered by another protocol: it has no answer, or 101.
    pub fn may_change_protocol(&self) -> bool {
        let response = self.exchange.response.as_deref();
        self.exchange.request.is_some() && response.is_none_or(|response| response.status == Some(101))
    }

    /// Its exchange, in which a 101 counts as interim: the answer comes in the other protocol.
    pub fn into_unanswered(self) -> Exchange {
        let mut exchange = self.exchange;
        let interim = u32::from(exchange.response.take().is_some());
        exchange.interim_responses = exchange.interim_responses.saturating_add(interim);
        exchange
    }

    /// The method of its request.
    pub fn method(&self) -> AskedMethod {
        let Some(request) = &self.exchange.request else { return AskedMethod::Unknown };
        // A method that stands alone may be the beginning of a longer one.
        let whole = !request.target.is_empty() || !matches!(request.body.state, BodyState::InHead(_));
        match request.method.as_str() {
            "HEAD" if whole => AskedMethod::Head,
            "CONNECT" if whole => AskedMethod::Connect,
            "" => AskedMethod::Unknown,
            _ if whole => AskedMethod::Other,
            _ => AskedMethod::Unknown,
        }
    }

    /// What became of the request's expectation.
    pub fn expectation(&self) -> Expectation {
        let untouched = self.exchange.request.as_ref().is_some_and(|request| request.body.received == 0);
        match self.expects_continue && self.is_answered && untouched {
            true => Expectation::Refused,
            false => Expectation::Open,
        }
    }

    /// The request's head is whole; whether a body goes on behind it.
    pub fn request_head(&mut self, head: RequestHead, at: Arrival) -> BodyProgress {
        let framing = head.framing;
        let Some(request) = self.take_request_head(head, at) else { return BodyProgress::Complete };
        request.body.framing = framing.unwrap_or(Framing::UntilClose);
        let (state, progress) = match framing {
            Some(framing) => before_body(framing),
            None => (BodyState::Lost, BodyProgress::Complete),
        };
        request.body.state = state;
        progress
    }

    /// The request's head was cut.
    pub fn request_head_cut(&mut self, head: RequestHead, cut: Cut, last: Arrival) {
        if let Some(request) = self.take_request_head(head, last) {
            request.body.state = BodyState::InHead(cut);
        }
    }

    /// The server has all that was sent before this offset when it answers: of a request without a body, whose head the capture cut, that is the rest of the
    /// head.
    pub fn measure_cut_head(&mut self, acknowledged: u64) {
        let is_cut = |request: &&mut Request| !request.is_head_whole() && request.is_sent();
        if let Some(request) = self.exchange.request.as_mut().filter(is_cut) {
            let captured_to = request.offset.saturating_add(request.head.bytes);
            request.body.missing = acknowledged.saturating_sub(captured_to);
            request.body.received = request.body.missing;
        }
    }

    fn take_request_head(&mut self, head: RequestHead, at: Arrival) -> Option<&mut Request> {
        let request = self.exchange.request.as_mut()?;
        self.expects_continue = head.expects_continue;
        request.method = head.method;
        request.target = head.target;
        request.is_no_http = head.is_no_http;
        request.host = head.host;
        request.ray = head.ray;
        request.visitor = head.visitor;
        request.visitor_https = head.visitor_https;
        request.user_agent = head.user_agent;
        request.head = head.sizes;
        request.findings = head.findings.into();
        request.last = at;
        Some(request)
    }

    /// More of the request's body; whether it goes on.
    pub fn request_body(&mut self, event: &BodyEvent, at: Arrival) -> BodyProgress {
        let Some(request) = &mut self.exchange.request else { return BodyProgress::Complete };
        if !matches!(event, BodyEvent::Absent) {
            request.last = at;
        }
        read_body(&mut request.body, event)
    }

    /// The stream ended in the request's body.
    pub fn request_body_cut(&mut self, cut: Cut) {
        if let Some(request) = &mut self.exchange.request {
            request.body.state = BodyState::InBody(cut);
        }
    }

    /// A response begins.
    pub fn begin_response(&mut self, start: MessageStart) {
        self.exchange.response = Some(begun(start));
    }

    /// The response began in bytes that were not captured.
    pub fn answer_not_captured(&mut self, start: MessageStart) {
        let response = self.exchange.response.get_or_insert_with(|| begun(start));
        response.body.state = BodyState::InHead(Cut::Capture);
        self.is_answered = true;
    }

    /// The response was an interim one.
    pub fn interim_response(&mut self, head: ResponseHead) {
        self.exchange.interim_response(head.findings);
        self.exchange.response = None;
    }

    /// The response's head is whole.
    pub fn response_head(&mut self, head: ResponseHead, framing: Framing, at: Arrival) {
        let Some(response) = &mut self.exchange.response else { return };
        self.length_in_doubt = head.length_in_doubt;
        take_response_head(response, head, at);
        response.head_end = Some(at);
        response.body.framing = framing;
        let (state, progress) = before_body(framing);
        response.body.state = state;
        if framing == Framing::Tunnel {
            // No header lines are needed to open a tunnel.
            if let Some(findings) = response.findings.present_mut() {
                findings.retain(|finding| finding.rule != Rule::NoHeaders);
            }
            return;
        }
        self.is_answered = progress == BodyProgress::Complete;
    }

    /// The response's head was cut.
    pub fn response_head_cut(&mut self, head: ResponseHead, cut: Cut, last: Arrival) {
        self.is_answered = true;
        let has_body = self.method() == AskedMethod::Other
            && !head.length_in_doubt
            && !matches!(head.status, None | Some(100..200 | 204 | 304));
        if let Some(response) = &mut self.exchange.response {
            if let Framing::Length(_) = head.framing
                && has_body
            {
                response.body.framing = head.framing;
            }
            take_response_head(response, head, last);
            response.body.state = BodyState::InHead(cut);
        }
    }

    /// The stream ended behind the response, of whose head the capture has a part: where fewer bytes came in all than that part announces as content,
    /// sequence numbers tell that the body was cut short.
    pub fn ended_behind_cut_head(&mut self, position: u64, cut: Cut) {
        let Some(response) = &mut self.exchange.response else { return };
        let (body, head) = (&mut response.body, response.head.bytes);
        let Framing::Length(length) = body.framing else { return };
        let came = position.saturating_sub(response.offset.saturating_add(head));
        let is_over = matches!(cut, Cut::Fin | Cut::Reset(Side::Server));
        if body.state == BodyState::InHead(Cut::Capture) && is_over && came < length {
            *body = Body {
                framing: body.framing,
                received: came,
                missing: came,
                missing_because: Some(Gap::Snaplen),
                state: BodyState::InBody(cut),
            };
        }
    }

    /// More of the response's body.
    pub fn response_body(&mut self, event: &BodyEvent, at: Arrival) {
        let Some(response) = &mut self.exchange.response else { return };
        if !matches!(event, BodyEvent::Absent) {
            response.last = at;
        }
        if let BodyEvent::Content { content: BodyContent::Shown(bytes), .. } = event {
            response.show(bytes);
        }
        let progress = read_body(&mut response.body, event);
        self.is_answered = progress == BodyProgress::Complete;
    }

    /// The stream ended in the response's body or tunnel.
    pub fn response_body_cut(&mut self, cut: Cut) {
        self.is_answered = true;
        let method = self.method();
        let Some(response) = &mut self.exchange.response else { return };
        let body = &mut response.body;
        body.state = match (body.framing, cut) {
            (Framing::Tunnel, _) | (Framing::UntilClose, Cut::Fin) => BodyState::Complete,
            _ if self.length_in_doubt => BodyState::Lost,
            (Framing::UntilClose, _) => BodyState::InBody(cut),
            // The request was not captured and may have been a HEAD: what came behind its answer and was not captured either is of others, then.
            _ if method == AskedMethod::Unknown && body.received == body.missing => {
                BodyState::InBody(Cut::Capture)
            }
            _ => BodyState::InBody(cut),
        };
    }

    /// Something that is no HTTP, of so many bytes, came for a response.
    pub fn answer_without_status(&mut self, start: MessageStart, length: u64, at: Arrival) {
        self.is_answered = true;
        let response = self.exchange.response.insert(begun(start));
        response.body.framing = Framing::UntilClose;
        response.body.state = BodyState::Lost;
        response.body.received = length;
        response.last = at;
    }

    /// What was taken for the answer was none: its status line comes now.
    pub fn late_status_line(&mut self, at: Arrival) {
        if let Some(response) = &mut self.exchange.response {
            response.late_status_line.get_or_insert(at);
        }
    }

    /// So many more bytes belong to what the response's finding of this rule told.
    pub fn lengthen_finding(&mut self, rule: Rule, length: u64) {
        let findings =
            self.exchange.response.as_deref_mut().and_then(|response| response.findings.present_mut());
        if let Some(finding) = findings.into_iter().flatten().find(|finding| finding.rule == rule) {
            finding.length = finding.length.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        }
    }
}

/// Where a message stands when its head is whole.
fn before_body(framing: Framing) -> (BodyState, BodyProgress) {
    match framing {
        Framing::None | Framing::Tunnel | Framing::Length(0) => (BodyState::Complete, BodyProgress::Complete),
        Framing::Length(_) | Framing::Chunked | Framing::UntilClose | Framing::EndStream => {
            (BodyState::InBody(Cut::Capture), BodyProgress::GoesOn)
        }
    }
}

/// Whether the body goes on behind this.
fn read_body(body: &mut Body, event: &BodyEvent) -> BodyProgress {
    match *event {
        BodyEvent::Fault(_) => return BodyProgress::GoesOn,
        BodyEvent::Content { content, progress } => {
            let length = match content {
                BodyContent::Shown(bytes) => bytes.len() as u64,
                BodyContent::Counted(length) => length,
                BodyContent::Missing(length, cause) => {
                    body.missing = body.missing.saturating_add(length);
                    body.missing_because.get_or_insert(cause);
                    length
                }
            };
            body.received = body.received.saturating_add(length);
            if progress == BodyProgress::GoesOn {
                return BodyProgress::GoesOn;
            }
            body.state = BodyState::Complete;
        }
        BodyEvent::Broken => body.state = BodyState::Lost,
        BodyEvent::FramingMissing => body.state = BodyState::InBody(Cut::Capture),
        BodyEvent::Absent => {
            body.framing = Framing::None;
            body.state = BodyState::Complete;
        }
    }
    BodyProgress::Complete
}

/// What the head says of itself; how the body is framed depends on the request too.
fn take_response_head(response: &mut Response, head: ResponseHead, at: Arrival) {
    response.status = head.status;
    response.server = head.server;
    response.location = head.location;
    response.announces_close = head.announces_close;
    response.keep_alive_timeout = head.keep_alive_timeout;
    response.head = head.sizes;
    response.findings = head.findings.into();
    response.last = at;
}

fn begun(start: MessageStart) -> Box<Response> {
    Box::new(Response::begun(start.first, start.offset))
}
