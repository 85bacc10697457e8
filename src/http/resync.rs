//! Out of step: what to do with bytes that are no HTTP, and how the next message is found.

use memchr::memmem;

use super::body::Piece;
use super::conform::{FROM, Rule};
use super::conversation::Conversation;
use super::excerpt::Trail;
use super::exchange::{BodyState, Framing};
use super::probe;
use super::queue::{Slot, open_response};
use super::requests::OpenHead;
use super::responses::State;
use crate::flow::Arrival;

/// Why the responses are out of step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    /// Bytes are missing from the capture, or the framing broke.
    Framing,
    /// This exchange was answered with something that is no HTTP.
    NoHttp(u32),
    /// Bytes came after this exchange's response; its finding's place in the list.
    Overrun(u32, usize),
}

impl Conversation {
    /// Bytes that begin no response: the answer to a request, or something after the last answer.
    pub(super) fn no_response(
        &mut self,
        open: OpenHead,
        awaited: Option<u32>,
        piece: &mut Piece,
        at: Arrival,
    ) {
        self.tell_not_http(false, at);
        let held = open.buffer.text().bytes;
        let number = awaited.unwrap_or_else(|| self.queue.last_number());
        let doubtful = |slot: &Slot| slot.length_in_doubt || slot.exchange.response.is_none();
        let Some(slot) = self.queue.slot(number).filter(|slot| awaited.is_some() || !doubtful(slot)) else {
            self.responses.state = State::Lost(Lost::Framing);
            piece.at = piece.at.max(1);
            return;
        };
        let rule = if awaited.is_some() { Rule::NoStatusLine } else { Rule::BytesAfterBody };
        if awaited.is_some() {
            let response = slot.exchange.response.insert(open_response(open.first, open.offset));
            response.body.framing = Framing::UntilClose;
            response.body.state = BodyState::Lost;
            response.body.received = held.len() as u64;
            slot.response_done = true;
        }
        let Some(response) = &mut slot.exchange.response else { return };
        let offset = open.offset.saturating_sub(response.offset);
        let rest = piece.rest();
        let mut finding = match rule {
            Rule::BytesAfterBody => self.responses.trail.finding_behind(rule, held.len(), piece, offset),
            // The message begins with them: nothing stands before.
            _ => Trail::default().finding(rule, &[held, shown(rest)].concat(), 0..0, offset),
        };
        finding.length = u32::try_from(held.len()).unwrap_or(u32::MAX);
        let index = response.findings.len();
        let added = self.responses.trail.add(&mut response.findings, number, finding);
        self.responses.state = State::Lost(match (awaited.is_some(), added) {
            (true, _) => Lost::NoHttp(number),
            (false, true) => Lost::Overrun(number, index),
            (false, false) => Lost::Framing,
        });
        self.count_lost(number, index, awaited.is_some(), rest.len(), at);
        piece.at = piece.bytes.len();
    }

    /// Out of step: looks for the next response that is certain.
    pub(super) fn find_response(&mut self, why: Lost, piece: &mut Piece, at: Arrival) {
        let awaited = self.queue.unanswered();
        if let Some(open) = self.responses.beginning.take()
            && let Some(open) = self.go_on_from(open, why, piece, at)
        {
            self.responses.state = State::Head(open);
            return;
        }
        let start = match why {
            Lost::NoHttp(number) if awaited.is_none_or(|awaited| awaited <= number) => None,
            Lost::NoHttp(_) => next_response(piece.bytes, piece.at, false),
            Lost::Framing | Lost::Overrun(..) => next_response(piece.bytes, piece.at, awaited.is_some()),
        };
        let mut stop = start.unwrap_or(piece.bytes.len());
        if start.is_none() {
            if awaited.is_some() {
                self.responses.passed_over_to = self.queue.last_number();
            }
            self.responses.state = State::Lost(why);
            if awaited.is_some() && !matches!(why, Lost::NoHttp(_)) {
                stop = (stop.saturating_sub(12).max(piece.at)..stop)
                    .find(|&at| piece.bytes.get(at..).is_some_and(probe::may_begin_status_line))
                    .unwrap_or(stop);
                self.hold(piece.bytes.get(stop..).unwrap_or_default(), piece.offset, stop, at);
            }
        }
        self.pass_over(why, stop.saturating_sub(piece.at), at);
        piece.at = start.unwrap_or(piece.bytes.len());
    }

    fn hold(&mut self, bytes: &[u8], offset: u64, at_index: usize, at: Arrival) {
        if bytes.is_empty() {
            return;
        }
        let mut open = OpenHead::new(at, offset.saturating_add(at_index as u64));
        open.buffer.push(bytes);
        self.responses.beginning = Some(open);
    }

    /// Whether the bytes that were held and the next ones begin a status line: then its head goes on with this piece.
    fn go_on_from(
        &mut self,
        mut open: OpenHead,
        why: Lost,
        piece: &mut Piece,
        at: Arrival,
    ) -> Option<OpenHead> {
        let held = open.buffer.text().bytes.len();
        let rest = piece.rest();
        let next = &rest[..rest.len().min(13usize.saturating_sub(held))];
        let joined = [open.buffer.text().bytes, next].concat();
        if probe::is_status_line_start(&joined) {
            let held = &joined[..held];
            open.end.find(held);
            return Some(open);
        }
        if joined.len() < 13 && probe::may_begin_status_line(&joined) {
            // Still too few: they wait on, and this piece is empty.
            open.buffer.push(next);
            piece.at = piece.bytes.len();
            self.responses.beginning = Some(open);
            self.responses.state = State::Lost(why);
            return None;
        }
        self.pass_over(why, held, at);
        None
    }

    /// So many bytes belong to no response.
    fn pass_over(&mut self, why: Lost, length: usize, at: Arrival) {
        match why {
            _ if length == 0 => {}
            Lost::NoHttp(number) => self.count_lost(number, 0, true, length, at),
            Lost::Overrun(number, index) if number == self.queue.last_number() => {
                self.count_lost(number, index, false, length, at);
            }
            Lost::Framing | Lost::Overrun(..) => {}
        }
    }

    /// Counts bytes that are no HTTP: those of a whole response, or those of its finding.
    fn count_lost(&mut self, number: u32, index: usize, as_body: bool, length: usize, at: Arrival) {
        let Some(response) = self.queue.response(number) else { return };
        let added = u32::try_from(length).unwrap_or(u32::MAX);
        if as_body {
            response.body.received = response.body.received.saturating_add(length as u64);
            response.last = at;
        }
        let finding = if as_body {
            response.findings.iter_mut().find(|finding| finding.rule == Rule::NoStatusLine)
        } else {
            response.findings.get_mut(index)
        };
        if let Some(finding) = finding {
            finding.length = finding.length.saturating_add(added);
        }
    }

    /// Bytes are missing where a response should begin: that of the first request for which this was not known. (A client
    /// that asks one thing at a time, as the edge does, has had the responses before it.)
    pub(super) fn lose_response(&mut self) -> State {
        if let Some(number) = self.queue.unanswered() {
            let first = number.max(self.responses.lost_to.saturating_add(1));
            self.responses.lost_to = first.min(self.queue.last_number());
        }
        State::Lost(Lost::Framing)
    }
}

/// The bytes of a piece that an excerpt can hold.
fn shown(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(FROM)]
}

/// The next place from which a response certainly begins: the start of what a segment brought, or, where one is awaited, any
/// status line.
fn next_response(bytes: &[u8], from: usize, awaited: bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    if from == 0 && probe::is_status_line_start(rest) {
        return Some(0);
    }
    if !awaited {
        return None;
    }
    memmem::find_iter(rest, b"HTTP/1.")
        .map(|at| from + at)
        .find(|&at| bytes.get(at..).is_some_and(probe::is_status_line_start))
}

/// The next place from which a request certainly begins: the start of what a segment brought, or any whole request line.
pub(super) fn next_request(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    // Of a request that lost its first bytes, what is left looks like one with a method of its own: only known ones count.
    let begins = |line: &[u8]| memchr::memchr(b' ', line).is_some_and(|end| probe::is_method(&line[..end]));
    if from == 0
        && begins(rest)
        && matches!(probe::request(rest), probe::Probe::Certain | probe::Probe::Possible)
    {
        return Some(0);
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', rest) {
        let line = &rest[start..=end];
        if begins(line) && probe::request(line) == probe::Probe::Certain {
            return Some(from + start);
        }
        start = end + 1;
    }
    None
}
