//! The exchanges of a connection that are not handed out yet, in order: here requests and responses are paired.

mod growing;

use std::collections::VecDeque;

use super::body::{BodyEvent, BodyProgress};
use super::events::{
    AnsweredSoFar, AskedMethod, AskedSoFar, Awaited, Expectation, MessageStart, OutOfStep, RequestEvent,
    ResponseEvent, Room, Until,
};
use super::excerpt::{Fault, GrowingExcerpt};
use super::slot::{RequestTurn, Slot};
use super::stream::StreamPhase;
use crate::flow::Arrival;
use crate::http::conform::Rule;
use crate::http::exchange::{Cut, Exchange, Request};

/// Requests that may wait for their responses. No client pipelines a thousandth of it; what sends more is not read on.
const MOST_WAITING: usize = 10_000;

/// Exchanges in the order of their requests, and the n-th response with the n-th request (RFC 9112, 9.3).
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Queue {
    slots: VecDeque<Slot>,
    /// Number of the last exchange that was handed out.
    handed_out: u32,
    /// Exchanges before this number have their response, all of it.
    unanswered: u32,
    /// Requests before this number were acknowledged, or never will be.
    unacknowledged: u32,
    acknowledged: Option<(u64, Arrival)>,
    /// The exchange of which the reader of requests tells.
    asking: u32,
    /// The exchange of which the reader of responses tells.
    answering: u32,
    /// Of the requests up to this number, those without a response may have one among the bytes that were not captured.
    not_captured_to: u32,
    /// The same among the bytes of which nobody can tell what they are.
    passed_over_to: u32,
    growing_requests: Vec<GrowingExcerpt>,
    growing_responses: Vec<GrowingExcerpt>,
}

impl Queue {
    /// What the reader of requests has to know now.
    pub fn answered(&self) -> AnsweredSoFar {
        let room = match self.slots.len() {
            0 if self.handed_out == 0 => Room::Untouched,
            MOST_WAITING.. => Room::Full,
            _ => Room::Left,
        };
        AnsweredSoFar {
            room,
            expectation: self.slot(self.asking).map_or(Expectation::Open, Slot::expectation),
        }
    }

    /// What the reader of responses has to know now.
    pub fn asked(&self) -> AskedSoFar {
        let last = self.last_number();
        let awaited = if self.first_unanswered() <= last {
            Awaited::Response
        } else if self.slot(last).is_some_and(Slot::is_certain) {
            Awaited::Nothing
        } else {
            Awaited::Unknown
        };
        AskedSoFar { awaited, method: self.slot(self.answering).map_or(AskedMethod::Unknown, Slot::method) }
    }

    /// What the reader of requests tells.
    pub fn request(&mut self, event: RequestEvent) {
        let asking = self.asking;
        match event {
            RequestEvent::Begun(start) => self.begin_request(start),
            RequestEvent::Head { head, at, end } => {
                let slot = self.slot_mut(asking);
                if slot.is_some_and(|slot| slot.request_head(head, at) == BodyProgress::Complete) {
                    self.request_ended(end);
                }
            }
            RequestEvent::HeadCut { head, cut, last, end } => {
                if let Some(slot) = self.slot_mut(asking) {
                    slot.request_head_cut(head, cut, last);
                }
                self.request_ended(end);
            }
            RequestEvent::Body { event, at, end } => {
                let slot = self.slot_mut(asking);
                if slot.is_some_and(|slot| slot.request_body(&event, at) == BodyProgress::Complete) {
                    self.request_ended(end);
                }
                if let BodyEvent::Fault(fault) = event {
                    self.request_fault(&fault);
                }
            }
            RequestEvent::BodyCut { cut, end } => {
                if let Some(slot) = self.slot_mut(asking) {
                    slot.request_body_cut(cut);
                }
                self.request_ended(end);
            }
            RequestEvent::OtherProtocol => {}
        }
    }

    /// What the reader of responses tells.
    pub fn response(&mut self, event: ResponseEvent) {
        match event {
            ResponseEvent::Begun { start, noticed } => self.begin_response(start, noticed),
            ResponseEvent::NoStatusLine { start, fault, at } => {
                self.answering = self.unanswered().unwrap_or(self.answering);
                self.tell_answering(|slot| slot.answer_without_status(start, fault.length, at));
                self.response_fault(&fault);
            }
            ResponseEvent::Interim(head) => self.tell_answering(|slot| slot.interim_response(head)),
            ResponseEvent::Head { head, framing, at } => {
                self.tell_answering(|slot| slot.response_head(head, framing, at));
            }
            ResponseEvent::HeadCut { head, cut, last } => {
                self.tell_answering(|slot| slot.response_head_cut(head, cut, last));
            }
            ResponseEvent::Body { event, at } => {
                self.tell_answering(|slot| slot.response_body(&event, at));
                if let BodyEvent::Fault(fault) = event {
                    self.response_fault(&fault);
                }
            }
            ResponseEvent::BodyCut(cut) => self.tell_answering(|slot| slot.response_body_cut(cut)),
            ResponseEvent::BytesAfterBody(fault) => {
                self.answering = self.last_number();
                self.response_fault(&fault);
            }
            ResponseEvent::PassedOver { as_part_of, length, until, at } => {
                if until == Until::PieceEnd && self.unanswered().is_some() {
                    self.passed_over_to = self.last_number();
                }
                if until == Until::LateStatusLine {
                    self.tell_answering(|slot| slot.late_status_line(at));
                }
                if length > 0 {
                    self.pass_over(as_part_of, length, at);
                }
            }
            ResponseEvent::NotCaptured => self.response_not_captured(),
            ResponseEvent::StreamEnded { position, cut, last } => self.responses_ended(position, cut, last),
        }
    }

    /// Content in the middle of the response's body, of which the reader tells no more than this.
    #[inline]
    pub fn response_content(&mut self, length: u64, at: Arrival) {
        if let Some(response) = self.slot_mut(self.answering).and_then(|slot| slot.exchange.response.as_mut())
        {
            response.body.received = response.body.received.saturating_add(length);
            response.last = at;
        }
    }

    /// The server acknowledged what the client sent before `offset`.
    pub fn acknowledge(&mut self, offset: u64, at: Arrival) {
        self.acknowledged = Some((offset, at));
        self.settle_acknowledgements();
    }

    /// Takes the front exchange where both its sides are complete and nothing more can belong to it: another exchange began
    /// after it, or the response side ended. A request that nobody answered waits for its acknowledgement too, as long as one
    /// can come: whether the origin had the request is what tells a race from a crash.
    #[inline]
    pub fn next_finished(&mut self, requests: StreamPhase, responses: StreamPhase) -> Option<Exchange> {
        let responses_ended = responses == StreamPhase::Ended;
        if self.slots.len() <= 1 && !responses_ended {
            return None;
        }
        let front = self.slots.front()?;
        let request = front.exchange.request.as_ref();
        let acknowledged = request.is_none_or(|request| request.acknowledged.is_some());
        let settled = acknowledged || requests == StreamPhase::Ended;
        let answered = front.is_answered || (responses_ended && settled);
        if front.is_asked() && answered { self.take() } else { None }
    }

    /// The request in front, where nothing can answer it any more: whether it was acknowledged may show only when the connection is let go.
    pub fn left_unanswered(&self, responses: StreamPhase) -> Option<&Request> {
        if responses != StreamPhase::Ended {
            return None;
        }
        self.slots.front().filter(|front| !front.is_answered)?.exchange.request.as_ref()
    }

    /// Takes the front exchange as it is.
    pub fn take(&mut self) -> Option<Exchange> {
        let slot = self.slots.pop_front()?;
        self.handed_out = self.handed_out.saturating_add(1);
        Some(slot.exchange)
    }

    /// The connection changes to HTTP/2: the request that asked for it, and the number of exchanges before it.
    pub fn take_upgraded(&mut self) -> (Option<Exchange>, u32) {
        let asks = self.slots.back().is_some_and(Slot::may_change_protocol);
        let upgraded = if asks { self.slots.pop_back() } else { None };
        (upgraded.map(Slot::into_unanswered), self.last_number())
    }

    fn begin_request(&mut self, start: MessageStart) {
        let turn = match self.unanswered() {
            Some(waiting) if !self.may_have_passed(waiting) => RequestTurn::Early,
            _ => RequestTurn::InTurn,
        };
        self.asking = self.begin(Some(start), turn);
    }

    /// A response begins: whose is it?
    fn begin_response(&mut self, start: MessageStart, noticed: Arrival) {
        let mut number = self.unanswered();
        while let Some(first) = number
            && first < self.last_number()
            && (first <= self.not_captured_to
                || first <= self.passed_over_to
                    && self
                        .slot(first.saturating_add(1))
                        .is_some_and(|next| next.turn == RequestTurn::InTurn))
        {
            // Its response began in bytes that are missing or made no sense, so what begins here is a later one's.
            if let Some(slot) = self.slot_mut(first) {
                slot.answer_not_captured(MessageStart { first: noticed, offset: start.offset });
            }
            number = self.unanswered();
        }
        self.answering = number.unwrap_or_else(|| self.begin(None, RequestTurn::InTurn));
        self.tell_answering(|slot| slot.begin_response(start));
        // Who asks one thing at a time has sent nothing behind the request that is answered.
        if let Some((acknowledged, _)) = self.acknowledged.filter(|_| self.answering == self.last_number()) {
            self.tell_answering(|slot| slot.measure_cut_head(acknowledged));
        }
    }

    /// Bytes are missing where a response should begin: that of the first request for which this was not known, for an edge asks one thing at a time.
    fn response_not_captured(&mut self) {
        if let Some(number) = self.unanswered() {
            let first = number.max(self.not_captured_to.saturating_add(1));
            self.not_captured_to = first.min(self.last_number());
        }
    }

    /// So many bytes belong to no response.
    fn pass_over(&mut self, as_part_of: OutOfStep, length: u64, at: Arrival) {
        match as_part_of {
            OutOfStep::NoStatusLine => {
                self.response_content(length, at);
                self.tell_answering(|slot| slot.lengthen_finding(Rule::NoStatusLine, length));
            }
            OutOfStep::CutChunks if self.unanswered().is_none() => self.response_content(length, at),
            OutOfStep::BytesAfterBody if self.answering == self.last_number() => {
                self.tell_answering(|slot| slot.lengthen_finding(Rule::BytesAfterBody, length));
            }
            OutOfStep::Framing | OutOfStep::BytesAfterBody | OutOfStep::CutChunks => {}
        }
    }

    /// Whether this request's response may be among the bytes that could not be read.
    fn may_have_passed(&self, number: u32) -> bool {
        number <= self.not_captured_to.max(self.passed_over_to)
    }

    fn responses_ended(&mut self, position: u64, cut: Cut, last: Option<Arrival>) {
        self.slots.back_mut().into_iter().for_each(|slot| slot.ended_behind_cut_head(position, cut));
        let lost_to = self.not_captured_to.max(self.passed_over_to);
        for slot in self.slots.iter_mut().take_while(|slot| slot.exchange.number <= lost_to) {
            let Exchange { request, response, .. } = &slot.exchange;
            let at = last.or(request.as_ref().map(|request| request.last));
            if let (None, Some(first)) = (response, at) {
                slot.answer_not_captured(MessageStart { first, offset: position });
            }
        }
    }

    /// The request that is being read is complete, or what there will be of it.
    fn request_ended(&mut self, end: u64) {
        if let Some(slot) = self.slot_mut(self.asking) {
            slot.request_end = Some(end);
        }
        self.settle_acknowledgements();
    }

    fn settle_acknowledgements(&mut self) {
        let Some((offset, at)) = self.acknowledged else { return };
        let mut number = self.unacknowledged.max(self.handed_out.saturating_add(1));
        while let Some(slot) = self.slot_mut(number) {
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

    fn request_fault(&mut self, fault: &Fault) {
        let number = self.asking;
        let Some(request) = self.slot_mut(number).and_then(|slot| slot.exchange.request.as_mut()) else {
            return;
        };
        if let Some(index) = fault.tell(request.findings.to_mut(), request.offset) {
            self.growing_requests.push(GrowingExcerpt { number, index });
        }
    }

    fn response_fault(&mut self, fault: &Fault) {
        let number = self.answering;
        let Some(response) = self.slot_mut(number).and_then(|slot| slot.exchange.response.as_mut()) else {
            return;
        };
        if let Some(index) = fault.tell(response.findings.to_mut(), response.offset) {
            self.growing_responses.push(GrowingExcerpt { number, index });
        }
    }

    #[inline]
    fn tell_answering(&mut self, tell: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.slot_mut(self.answering) {
            tell(slot);
        }
    }

    /// A new exchange at the end; its number.
    fn begin(&mut self, request: Option<MessageStart>, turn: RequestTurn) -> u32 {
        let number = self.last_number().saturating_add(1);
        self.slots.reserve_exact(usize::from(self.slots.is_empty())); // Hardly anybody asks again before the answer.
        self.slots.push_back(Slot::new(number, request, turn));
        number
    }

    /// Number of the newest exchange, 0 where there is none.
    fn last_number(&self) -> u32 {
        self.handed_out.saturating_add(u32::try_from(self.slots.len()).unwrap_or(u32::MAX))
    }

    /// The first exchange whose response has not come, all of it.
    fn unanswered(&mut self) -> Option<u32> {
        self.unanswered = self.first_unanswered();
        (self.unanswered <= self.last_number()).then_some(self.unanswered)
    }

    /// The number behind those that have their response.
    fn first_unanswered(&self) -> u32 {
        let mut number = self.unanswered.max(self.handed_out.saturating_add(1));
        while self.slot(number).is_some_and(|slot| slot.is_answered) {
            number += 1;
        }
        number
    }

    fn index(&self, number: u32) -> Option<usize> {
        usize::try_from(number.checked_sub(self.handed_out)?.checked_sub(1)?).ok()
    }

    /// The exchange of this number, while it is here.
    #[inline]
    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(self.index(number)?)
    }

    #[inline]
    fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.index(number).and_then(|index| self.slots.get_mut(index))
    }
}
