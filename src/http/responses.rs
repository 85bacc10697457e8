//! The side that answers.

use super::body::{BodyReader, Message, Piece, Progress};
use super::conform::{ResponseHead, Rule, Text, read_response};
use super::conversation::Conversation;
use super::excerpt::Trail;
use super::exchange::{BodyState, Cut, Framing, Response};
use super::probe;
use super::queue::{Slot, open_response};
use super::requests::{OpenHead, not_seen_yet};
use super::resync::Lost;
use crate::flow::{Arrival, Gap};

/// Where the stream of responses stands.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    /// Stream offset of the next byte.
    pub position: u64,
    pub ended: bool,
    pub(super) state: State,
    pub(super) trail: Trail,
    pub(super) last: Option<Arrival>,
    /// Of the requests up to this number, those without a response may have one among the bytes that were not captured.
    pub(super) lost_to: u32,
    /// The same among the bytes of which nobody can tell what they are.
    pub(super) passed_over_to: u32,
    /// While out of step: a piece's last bytes, if they may begin a status line.
    pub(super) beginning: Option<OpenHead>,
}

#[derive(Debug, Default)]
pub(super) enum State {
    /// Nothing of the next response has come.
    #[default]
    Between,
    /// In a head.
    Head(OpenHead),
    /// In a body.
    Body { number: u32, reader: BodyReader },
    /// Looking for the next response that is certain.
    Lost(Lost),
    /// After 101, or a CONNECT that was granted.
    Tunnel { number: u32 },
    /// The connection carries something else.
    Silent,
}

/// What the first bytes of a response are.
enum Beginning {
    Status,
    TooShort,
    Other,
}

impl Responses {
    /// Earlier bytes may be missing: no telling what the next ones are.
    pub fn lost_before(&mut self) {
        self.state = State::Lost(Lost::Framing);
    }

    /// Whether this request's response may be among the bytes that could not be read.
    pub fn may_have_passed(&self, number: u32) -> bool {
        number <= self.lost_to.max(self.passed_over_to)
    }

    /// The connection carries something else.
    pub fn silence(&mut self) {
        self.state = State::Silent;
    }
}

impl Conversation {
    /// The next bytes of the responses' stream, if they are content in the middle of a body, as most bytes of most captures are: counted and
    /// not looked at. `false` where [`Conversation::response_bytes`] has to read them.
    #[inline]
    pub(super) fn response_content(&mut self, offset: u64, data: &[u8], at: Arrival) -> bool {
        let Responses { position, state, trail, last, .. } = &mut self.responses;
        let State::Body { number, reader } = state else { return false };
        if offset != *position || trail.is_growing() {
            return false;
        }
        let Some(response) = self.queue.response(*number) else { return false };
        let length = data.len() as u64;
        // The first bytes may show that there is no body at all.
        if response.body.received == 0 || !reader.pass(length) {
            return false;
        }
        response.body.received = response.body.received.saturating_add(length);
        response.last = at;
        *last = Some(at);
        trail.advance(data);
        *position = position.saturating_add(length);
        true
    }

    /// The next bytes of the responses' stream.
    pub(super) fn response_bytes(&mut self, offset: u64, data: &[u8], at: Arrival) {
        let Some((offset, data)) = self.align_responses(offset, data, at) else { return };
        self.grow_response_findings(data);
        let mut piece = Piece { bytes: data, at: 0, offset };
        while piece.at < data.len() {
            match std::mem::take(&mut self.responses.state) {
                State::Between => {
                    let open = OpenHead::new(at, piece.position());
                    self.response_head(open, &mut piece, at);
                }
                State::Head(open) => self.response_head(open, &mut piece, at),
                State::Body { number, reader } => self.response_body(number, reader, &mut piece, at),
                State::Lost(why) => self.find_response(why, &mut piece, at),
                State::Tunnel { number } => {
                    if let Some(response) = self.queue.response(number) {
                        response.body.received =
                            response.body.received.saturating_add(piece.rest().len() as u64);
                        response.last = at;
                    }
                    self.responses.state = State::Tunnel { number };
                    piece.at = data.len();
                }
                State::Silent => {
                    self.responses.state = State::Silent;
                    piece.at = data.len();
                }
            }
        }
        self.responses.last = Some(at);
        self.responses.trail.advance(data);
        self.responses.position = offset.saturating_add(data.len() as u64);
    }

    /// Bytes that were not captured.
    pub(super) fn response_gap(&mut self, offset: u64, length: u64, cause: Gap, at: Arrival) {
        self.responses.position = offset.saturating_add(length);
        self.responses.trail.break_off();
        self.responses.beginning = None;
        self.responses.state = match std::mem::take(&mut self.responses.state) {
            State::Between => self.lose_response(),
            State::Head(open) if open.number.is_none() && !open.end.has_content() => self.lose_response(),
            State::Head(open) => {
                self.cut_response_head(open, Cut::Capture);
                State::Lost(Lost::Framing)
            }
            State::Body { number, mut reader } => {
                let slot = self.queue.slot(number);
                let (taken, progress) = match slot
                    .and_then(|slot| Some((slot.exchange.response.as_mut()?, &mut slot.response_done)))
                {
                    Some((response, done)) => {
                        response.last = at;
                        let (taken, progress) = reader.gap(length, cause, &mut response.body);
                        *done = progress != Progress::More;
                        (taken, progress)
                    }
                    None => (length, Progress::Lost),
                };
                match progress {
                    Progress::More => State::Body { number, reader },
                    Progress::Done if taken < length => self.lose_response(),
                    Progress::Done => State::Between,
                    Progress::Lost => State::Lost(Lost::Framing),
                }
            }
            State::Lost(Lost::Framing) => self.lose_response(),
            State::Lost(why) => State::Lost(why),
            State::Tunnel { number } => State::Tunnel { number },
            State::Silent => State::Silent,
        };
    }

    /// The stream ended.
    pub(super) fn end_responses(&mut self, cut: Cut) {
        let position = self.responses.position;
        match std::mem::replace(&mut self.responses.state, State::Silent) {
            State::Between | State::Lost(_) | State::Silent => {}
            State::Head(open) => self.cut_response_head(open, cut),
            State::Tunnel { number } => {
                if let Some(slot) = self.queue.slot(number) {
                    slot.response_done = true;
                }
            }
            State::Body { number, reader } => {
                if let Some(slot) = self.queue.slot(number) {
                    end_body(slot, &reader, cut);
                }
            }
        }
        self.responses.ended = true;
        let last = self.responses.last;
        let lost_to = self.responses.lost_to.max(self.responses.passed_over_to);
        let lost: Vec<(u32, Arrival)> = self
            .queue
            .slots()
            .take_while(|slot| slot.exchange.number <= lost_to)
            .filter(|slot| slot.exchange.response.is_none())
            .filter_map(|slot| {
                let at = last.or(slot.exchange.request.as_ref().map(|request| request.last))?;
                Some((slot.exchange.number, at))
            })
            .collect();
        for (number, at) in lost {
            self.answer_not_captured(number, at, position);
        }
    }

    fn response_head(&mut self, mut open: OpenHead, piece: &mut Piece, at: Arrival) {
        let rest = piece.rest();
        let found = open.end.find(rest);
        let bytes = &rest[..found.unwrap_or(rest.len())];
        let in_place = found.is_some() && open.buffer.is_empty();
        if open.number.is_none() {
            let awaited = self.queue.unanswered();
            match beginning(open.buffer.text().bytes, rest, awaited.is_some()) {
                Beginning::Status => open.number = Some(self.begin_response(awaited, &open, at)),
                Beginning::TooShort => {}
                Beginning::Other => return self.no_response(open, awaited, piece, at),
            }
        }
        if !in_place {
            open.buffer.push(bytes);
        }
        piece.at += bytes.len();
        let Some(number) = open.number.filter(|_| found.is_some()) else {
            self.responses.state = State::Head(open);
            return;
        };
        let text = if in_place { Text::whole(bytes) } else { open.buffer.text() };
        let size = if in_place { bytes.len() as u64 } else { open.buffer.size() };
        self.responses.state = self.complete_response_head(number, text, size, at);
    }

    /// A status line begins: whose response is it? Gives the exchange's number.
    fn begin_response(&mut self, awaited: Option<u32>, open: &OpenHead, at: Arrival) -> u32 {
        let mut number = awaited;
        while let Some(first) = number
            && first < self.queue.last_number()
            && (first <= self.responses.lost_to
                || first <= self.responses.passed_over_to
                    && self.queue.slot(first.saturating_add(1)).is_some_and(|next| !next.asked_early))
        {
            // Its response began in bytes that are missing or made no sense, so what begins here is a later one's.
            self.answer_not_captured(first, at, open.offset);
            number = self.queue.unanswered();
        }
        let number = number.unwrap_or_else(|| self.queue.begin(None));
        if let Some(slot) = self.queue.slot(number) {
            slot.exchange.response = Some(open_response(open.first, open.offset));
        }
        number
    }

    fn complete_response_head(&mut self, number: u32, text: Text, size: u64, at: Arrival) -> State {
        let head = read_response(text, size);
        let Some(slot) = self.queue.slot(number) else { return State::Lost(Lost::Framing) };
        let status = head.status;
        if status.is_some_and(|status| (100..200).contains(&status) && status != 101) {
            slot.exchange.interim_responses = slot.exchange.interim_responses.saturating_add(1);
            slot.exchange.interim_findings.extend(head.findings);
            slot.exchange.interim_findings.truncate(64);
            slot.exchange.response = None;
            return State::Between;
        }
        let method = slot.method();
        let granted = method == Some("CONNECT") && status.is_some_and(|status| (200..300).contains(&status));
        let framing = match status {
            Some(101) => Framing::Tunnel,
            _ if granted => Framing::Tunnel,
            Some(204 | 304) => Framing::None,
            _ if method == Some("HEAD") => Framing::None,
            _ => head.framing,
        };
        let Some(response) = &mut slot.exchange.response else { return State::Lost(Lost::Framing) };
        slot.length_in_doubt = head.length_in_doubt;
        let to_http2 = status == Some(101) && head.names_http2;
        self.http2 = self.http2.or_else(|| to_http2.then_some(at));
        fill_in(response, head);
        response.head_end = Some(at);
        response.last = at;
        response.body.framing = framing;
        if framing == Framing::Tunnel {
            // No header lines are needed to open a tunnel.
            response.findings.retain(|finding| finding.rule != Rule::NoHeaders);
            response.body.state = BodyState::Complete;
            self.tunnel();
            return State::Tunnel { number };
        }
        match BodyReader::new(framing, status.is_some_and(|status| status >= 400)) {
            Some(reader) => {
                response.body.state = BodyState::InBody(Cut::Capture);
                State::Body { number, reader }
            }
            None => {
                response.body.state = BodyState::Complete;
                slot.response_done = true;
                State::Between
            }
        }
    }

    fn response_body(&mut self, number: u32, mut reader: BodyReader, piece: &mut Piece, at: Arrival) {
        let Some(slot) = self.queue.slot(number) else {
            self.responses.state = State::Lost(Lost::Framing);
            return;
        };
        let method_unknown = slot.method().is_none();
        let Some(response) = &mut slot.exchange.response else {
            self.responses.state = State::Lost(Lost::Framing);
            return;
        };
        // The request was not captured: where the next response follows at once, it was a HEAD.
        let untouched = response.body.received == 0 && response.body.framing != Framing::UntilClose;
        let at_its_start = response.offset.saturating_add(response.head.bytes) == piece.position();
        if method_unknown && untouched && at_its_start && probe::is_status_line_start(piece.rest()) {
            response.body.framing = Framing::None;
            response.body.state = BodyState::Complete;
            slot.response_done = true;
            return;
        }
        let message = Message {
            number,
            offset: response.offset,
            body: &mut response.body,
            findings: &mut response.findings,
            error_page: Some(&mut response.error_page),
        };
        let progress = reader.read(piece, message, &mut self.responses.trail);
        response.last = at;
        slot.response_done = progress != Progress::More;
        match progress {
            Progress::More => self.responses.state = State::Body { number, reader },
            Progress::Done => {}
            Progress::Lost => {
                self.tell_not_http(false, at);
                self.responses.state = State::Lost(Lost::Framing);
                // The byte that broke the framing begins nothing.
                piece.at = piece.at.max(1);
            }
        }
    }

    /// The head ends here without its empty line.
    fn cut_response_head(&mut self, mut open: OpenHead, cut: Cut) {
        if open.number.is_none() {
            let Some(awaited) = self.queue.unanswered() else { return };
            let first = open.first;
            open.number = Some(self.begin_response(Some(awaited), &open, first));
        }
        let Some(slot) = open.number.and_then(|number| self.queue.slot(number)) else { return };
        slot.response_done = true;
        let Some(response) = &mut slot.exchange.response else { return };
        fill_in(response, read_response(open.buffer.text(), open.buffer.size()));
        response.last = self.responses.last.unwrap_or(open.first);
        response.body.state = BodyState::InHead(cut);
    }

    fn grow_response_findings(&mut self, data: &[u8]) {
        if self.responses.trail.is_growing() {
            let mut trail = std::mem::take(&mut self.responses.trail);
            trail.grow(data, |growing, extend| {
                let response = self.queue.response(growing.number);
                response.and_then(|response| response.findings.get_mut(growing.index)).is_some_and(extend)
            });
            self.responses.trail = trail;
        }
    }

    fn align_responses<'a>(&mut self, offset: u64, data: &'a [u8], at: Arrival) -> Option<(u64, &'a [u8])> {
        let position = self.responses.position;
        if offset > position {
            self.response_gap(position, offset - position, Gap::NotCaptured, at);
        }
        not_seen_yet(position, offset, data)
    }
}

/// What the head says of itself; how the body is framed depends on the request too.
fn fill_in(response: &mut Response, head: ResponseHead) {
    response.status = head.status;
    response.server = head.server;
    response.location = head.location;
    response.announces_close = head.announces_close;
    response.keep_alive_timeout = head.keep_alive_timeout;
    response.head = head.sizes;
    response.findings = head.findings;
}

fn end_body(slot: &mut Slot, reader: &BodyReader, cut: Cut) {
    slot.response_done = true;
    let method_unknown = slot.method().is_none();
    let in_doubt = slot.length_in_doubt;
    let Some(response) = &mut slot.exchange.response else { return };
    reader.end(cut, &mut response.body);
    if matches!(response.body.state, BodyState::InBody(_)) {
        if in_doubt {
            response.body.state = BodyState::Lost;
        } else if method_unknown
            && response.body.received == 0
            && response.body.framing != Framing::UntilClose
        {
            // The request was not captured and may have been a HEAD.
            response.body.state = BodyState::InBody(Cut::Capture);
        }
    }
}

/// What begins with these two pieces. Only the first bytes matter; line ends before them are passed over where a response is
/// awaited.
fn beginning(held: &[u8], rest: &[u8], awaited: bool) -> Beginning {
    const START: &[u8] = b"HTTP/";
    if held.len() > probe::MOST_BLANK {
        return Beginning::Other;
    }
    let mut seen = held.iter().chain(rest).skip_while(|&&byte| awaited && (byte == b'\r' || byte == b'\n'));
    for expected in START {
        match seen.next() {
            None => return Beginning::TooShort,
            Some(byte) if !byte.eq_ignore_ascii_case(expected) => return Beginning::Other,
            Some(_) => {}
        }
    }
    Beginning::Status
}
