//! The exchanges of a connection that are not handed out yet, in order.

use std::collections::VecDeque;

use super::conform::Finding;
use super::exchange::{Body, BodyState, Cut, Exchange, Framing, HeadSizes, Request, Response};
use crate::flow::Arrival;

/// Requests that may wait for their responses. No client pipelines a thousandth of it; what sends more is not read on.
const MOST_WAITING: usize = 10_000;

/// An exchange in the making.
#[derive(Debug)]
pub(crate) struct Slot {
    pub exchange: Exchange,
    pub request_done: bool,
    pub response_done: bool,
    /// Stream offset after the request's last byte, once it is known.
    pub request_end: Option<u64>,
    /// It was asked before the response to the one before it had come (pipelining).
    pub asked_early: bool,
    /// The request waits for 100 (Continue) with its body.
    pub expects_continue: bool,
    /// Where the response's body ends is anyone's guess.
    pub length_in_doubt: bool,
}

impl Slot {
    /// The method; `None` where it, or a part of it, was not captured.
    pub fn method(&self) -> Option<&str> {
        let request = self.exchange.request.as_ref()?;
        let whole = !request.target.is_empty() || !matches!(request.body.state, BodyState::InHead(_));
        Some(request.method.as_str()).filter(|method| whole && !method.is_empty())
    }
}

/// Exchanges in the order of their requests.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    slots: VecDeque<Slot>,
    /// Number of the last exchange that was handed out.
    handed_out: u32,
    /// Exchanges before this number have their response, all of it.
    unanswered: u32,
    /// Requests before this number were acknowledged, or never will be.
    unacknowledged: u32,
    acknowledged: Option<(u64, Arrival)>,
}

impl Queue {
    /// Whether as many requests wait as are kept.
    pub fn is_full(&self) -> bool {
        self.slots.len() >= MOST_WAITING
    }

    /// Whether no exchange was ever begun.
    pub fn is_untouched(&self) -> bool {
        self.handed_out == 0 && self.slots.is_empty()
    }

    /// A new exchange at the end; its number.
    pub fn begin(&mut self, request: Option<Request>) -> u32 {
        let number = self.last_number().saturating_add(1);
        let without_request = request.is_none();
        self.slots.push_back(Slot {
            exchange: Exchange {
                number,
                request,
                response: None,
                interim_responses: 0,
                interim_findings: Vec::new(),
            },
            request_done: without_request,
            response_done: false,
            request_end: None,
            asked_early: false,
            expects_continue: false,
            length_in_doubt: false,
        });
        number
    }

    /// Number of the newest exchange, 0 where there is none.
    pub fn last_number(&self) -> u32 {
        self.handed_out.saturating_add(u32::try_from(self.slots.len()).unwrap_or(u32::MAX))
    }

    /// The exchange of this number, while it is here.
    #[inline]
    pub fn slot(&mut self, number: u32) -> Option<&mut Slot> {
        let index = number.checked_sub(self.handed_out)?.checked_sub(1)?;
        self.slots.get_mut(usize::try_from(index).ok()?)
    }

    /// The request of this exchange, as far as it came.
    #[inline]
    pub fn request(&mut self, number: u32) -> Option<&mut Request> {
        self.slot(number)?.exchange.request.as_mut()
    }

    /// The response of this exchange, as far as it came.
    #[inline]
    pub fn response(&mut self, number: u32) -> Option<&mut Response> {
        self.slot(number)?.exchange.response.as_mut()
    }

    /// The first exchange whose response has not come, all of it.
    pub fn unanswered(&mut self) -> Option<u32> {
        let mut number = self.unanswered.max(self.handed_out.saturating_add(1));
        while self.slot(number).is_some_and(|slot| slot.response_done) {
            number += 1;
        }
        self.unanswered = number;
        (number <= self.last_number()).then_some(number)
    }

    /// The request is complete, or what there will be of it.
    pub fn request_ended(&mut self, number: u32, end: u64) {
        if let Some(slot) = self.slot(number) {
            slot.request_done = true;
            slot.request_end = Some(end);
        }
        self.settle_acknowledgements();
    }

    /// The server acknowledged what the client sent before `offset`.
    pub fn acknowledge(&mut self, offset: u64, at: Arrival) {
        self.acknowledged = Some((offset, at));
        self.settle_acknowledgements();
    }

    fn settle_acknowledgements(&mut self) {
        let Some((offset, at)) = self.acknowledged else { return };
        let mut number = self.unacknowledged.max(self.handed_out.saturating_add(1));
        while let Some(slot) = self.slot(number) {
            match (&mut slot.exchange.request, slot.request_end) {
                (None, _) => {}
                (Some(request), Some(end)) if end <= offset => {
                    request.acknowledged.get_or_insert(at);
                }
                _ => break,
            }
            number += 1;
        }
        self.unacknowledged = number;
    }

    /// Takes the front exchange where both its sides are complete and nothing more can belong to it: another exchange began
    /// after it, or the response side ended. A request that nobody answered waits for its acknowledgement too, as long as one
    /// can come: whether the origin had the request is what tells a race from a crash.
    #[inline]
    pub fn next_finished(&mut self, requests_ended: bool, responses_ended: bool) -> Option<Exchange> {
        if self.slots.len() <= 1 && !responses_ended {
            return None;
        }
        let front = self.slots.front()?;
        let request = front.exchange.request.as_ref();
        let acknowledged = request.is_none_or(|request| request.acknowledged.is_some());
        let answered = front.response_done || (responses_ended && (acknowledged || requests_ended));
        if front.request_done && answered { self.take() } else { None }
    }

    /// Takes the front exchange as it is.
    pub fn take(&mut self) -> Option<Exchange> {
        let slot = self.slots.pop_front()?;
        self.handed_out = self.handed_out.saturating_add(1);
        Some(slot.exchange)
    }

    /// All that are here.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }
}

/// A request whose head has not come yet, all of it.
pub(crate) fn open_request(first: Arrival, offset: u64) -> Request {
    Request {
        method: String::new(),
        target: String::new(),
        host: None,
        ray: None,
        visitor: None,
        visitor_https: false,
        user_agent: None,
        head: HeadSizes::default(),
        first,
        last: first,
        offset,
        acknowledged: None,
        body: empty_body(BodyState::InHead(Cut::Capture)),
        findings: Vec::new(),
    }
}

/// A response of which nothing has been read yet.
pub(crate) fn open_response(first: Arrival, offset: u64) -> Response {
    Response {
        status: None,
        server: None,
        location: None,
        announces_close: false,
        keep_alive_timeout: None,
        head: HeadSizes::default(),
        first,
        head_end: None,
        last: first,
        offset,
        body: empty_body(BodyState::InHead(Cut::Capture)),
        findings: Vec::<Finding>::new(),
        error_page: Vec::new(),
    }
}

fn empty_body(state: BodyState) -> Body {
    Body { framing: Framing::None, received: 0, missing: 0, missing_because: None, state }
}
