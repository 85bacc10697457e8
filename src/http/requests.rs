//! The side that speaks requests.

use super::body::{BodyReader, Message, Piece, Progress};
use super::conform::{Text, read_request};
use super::conversation::Conversation;
use super::excerpt::Trail;
use super::exchange::{BodyState, Cut, Framing};
use super::head_buffer::{HeadBuffer, HeadEnd};
use super::probe::{self, Probe};
use super::queue::{Queue, open_request};
use super::resync::next_request;
use crate::flow::{Arrival, Gap};

/// Where the stream of requests stands.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Stream offset of the next byte.
    pub position: u64,
    pub ended: bool,
    state: State,
    trail: Trail,
    /// The last packet that brought bytes.
    last: Option<Arrival>,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing of the next request has come.
    #[default]
    Between,
    /// In a head.
    Head(OpenHead),
    /// In a body.
    Body { number: u32, reader: BodyReader },
    /// Looking for the next request that is certain.
    Lost,
    /// The connection carries something else.
    Silent,
}

/// A head that is not whole.
#[derive(Debug)]
pub(crate) struct OpenHead {
    pub buffer: HeadBuffer,
    pub end: HeadEnd,
    /// The packet with its first byte.
    pub first: Arrival,
    pub offset: u64,
    /// Its exchange, once it is known for a message.
    pub number: Option<u32>,
}

impl OpenHead {
    /// A head that begins here.
    pub fn new(first: Arrival, offset: u64) -> OpenHead {
        OpenHead { buffer: HeadBuffer::default(), end: HeadEnd::default(), first, offset, number: None }
    }
}

impl Requests {
    /// Earlier bytes were passed over: no telling what the next ones are.
    pub fn lost_before(&mut self, lost: bool) {
        if lost {
            self.state = State::Lost;
        }
    }

    /// What comes now is no longer HTTP.
    pub fn tunnel(&mut self) {
        self.state = State::Silent;
    }
}

impl Conversation {
    /// The next bytes of the requests' stream.
    pub(super) fn request_bytes(&mut self, offset: u64, data: &[u8], at: Arrival) {
        let Some((offset, data)) = self.align_requests(offset, data, at) else { return };
        self.grow_request_findings(data);
        let mut piece = Piece { bytes: data, at: 0, offset };
        while piece.at < data.len() {
            match std::mem::take(&mut self.requests.state) {
                State::Between => {
                    if offset == 0 && piece.at == 0 && self.queue.is_untouched() {
                        piece.at = probe::proxy_header(data).unwrap_or(0);
                    }
                    if piece.at < data.len() {
                        let open = OpenHead::new(at, piece.position());
                        self.request_head(open, &mut piece, at);
                    }
                }
                State::Head(open) => self.request_head(open, &mut piece, at),
                State::Body { number, reader } => self.request_body(number, reader, &mut piece, at),
                State::Lost => match next_request(data, piece.at) {
                    Some(start) => piece.at = start,
                    None => {
                        self.requests.state = State::Lost;
                        piece.at = data.len();
                    }
                },
                State::Silent => {
                    self.requests.state = State::Silent;
                    piece.at = data.len();
                }
            }
        }
        self.requests.last = Some(at);
        self.requests.trail.advance(data);
        self.requests.position = offset.saturating_add(data.len() as u64);
    }

    /// Bytes that were not captured.
    pub(super) fn request_gap(&mut self, offset: u64, length: u64, cause: Gap, at: Arrival) {
        self.requests.position = offset.saturating_add(length);
        self.requests.trail.break_off();
        self.requests.state = match std::mem::take(&mut self.requests.state) {
            State::Between | State::Lost => State::Lost,
            State::Silent => State::Silent,
            State::Head(open) => {
                self.cut_request_head(open, Cut::Capture);
                State::Lost
            }
            State::Body { number, mut reader } => {
                let (taken, progress) = match self.queue.request(number) {
                    Some(request) => {
                        request.last = at;
                        reader.gap(length, cause, &mut request.body)
                    }
                    None => (length, Progress::Lost),
                };
                match progress {
                    Progress::More => State::Body { number, reader },
                    Progress::Done | Progress::Lost => {
                        self.queue.request_ended(number, offset.saturating_add(taken));
                        let beyond = taken < length || progress == Progress::Lost;
                        if beyond { State::Lost } else { State::Between }
                    }
                }
            }
        };
    }

    /// The stream ended.
    pub(super) fn end_requests(&mut self, cut: Cut) {
        self.requests.ended = true;
        let position = self.requests.position;
        match std::mem::replace(&mut self.requests.state, State::Silent) {
            State::Between | State::Lost | State::Silent => {}
            State::Head(open) => self.cut_request_head(open, cut),
            State::Body { number, reader } => {
                if let Some(request) = self.queue.request(number) {
                    reader.end(cut, &mut request.body);
                }
                self.queue.request_ended(number, position);
            }
        }
    }

    fn request_head(&mut self, mut open: OpenHead, piece: &mut Piece, at: Arrival) {
        let rest = piece.rest();
        let found = open.end.find(rest);
        let bytes = &rest[..found.unwrap_or(rest.len())];
        // A head that came in one piece, as nearly all do, is read where it lies.
        let in_place = found.is_some() && open.buffer.is_empty();
        if !in_place {
            open.buffer.push(bytes);
        }
        let text = if in_place { Text::whole(bytes) } else { open.buffer.text() };
        if open.number.is_none() && open.end.has_content() {
            match probe::request(text.bytes) {
                Probe::Certain | Probe::Possible => {
                    open.number = self.begin_request(&open);
                    if open.number.is_none() {
                        return self.stop_requests(piece, at);
                    }
                }
                Probe::TooShort if found.is_none() => {}
                Probe::TooShort | Probe::No => {
                    let foreign = speaks_other_protocol(text.bytes);
                    if probe::begins_http2(text.bytes) {
                        self.http2.get_or_insert(at);
                    }
                    return self.no_request(piece, foreign, at);
                }
            }
        }
        let Some(number) = open.number.filter(|_| found.is_some()) else {
            if !open.end.has_content() && text.bytes.len() > probe::MOST_BLANK {
                return self.no_request(piece, false, at);
            }
            piece.at += bytes.len();
            self.requests.state = State::Head(open);
            return;
        };
        piece.at += bytes.len();
        let size = if in_place { bytes.len() as u64 } else { open.buffer.size() };
        self.requests.state = complete_head(&mut self.queue, number, text, size, at, piece.position());
    }

    fn begin_request(&mut self, open: &OpenHead) -> Option<u32> {
        if self.queue.is_full() {
            return None;
        }
        let waiting = self.queue.unanswered();
        let number = self.queue.begin(Some(open_request(open.first, open.offset)));
        if let Some(slot) = self.queue.slot(number) {
            slot.asked_early = waiting.is_some_and(|number| !self.responses.may_have_passed(number));
        }
        Some(number)
    }

    /// These bytes begin no request: another protocol where nothing came before, else what is left of broken framing.
    fn no_request(&mut self, piece: &mut Piece, foreign: bool, at: Arrival) {
        self.tell_not_http(true, at);
        if foreign && self.queue.is_untouched() {
            self.responses.silence();
            return self.stop_requests(piece, at);
        }
        match next_request(piece.bytes, piece.at.max(1)) {
            Some(start) if start > piece.at => piece.at = start,
            _ => {
                piece.at = piece.bytes.len();
                self.requests.state = State::Lost;
            }
        }
    }

    fn stop_requests(&mut self, piece: &mut Piece, at: Arrival) {
        self.tell_not_http(true, at);
        self.requests.state = State::Silent;
        piece.at = piece.bytes.len();
    }

    fn request_body(&mut self, number: u32, mut reader: BodyReader, piece: &mut Piece, at: Arrival) {
        let Some(slot) = self.queue.slot(number) else {
            self.requests.state = State::Lost;
            return;
        };
        let refused = slot.expects_continue && slot.response_done;
        let Some(request) = slot.exchange.request.as_mut() else {
            self.requests.state = State::Lost;
            return;
        };
        // The final status came instead of 100 (Continue), and the client never sent its body (RFC 9110, 10.1.1).
        if refused && request.body.received == 0 && probe::request(piece.rest()) == Probe::Certain {
            request.body.framing = Framing::None;
            request.body.state = BodyState::Complete;
            self.queue.request_ended(number, piece.position());
            return;
        }
        let message = Message {
            number,
            offset: request.offset,
            body: &mut request.body,
            findings: &mut request.findings,
            error_page: None,
        };
        let progress = reader.read(piece, message, &mut self.requests.trail);
        request.last = at;
        match progress {
            Progress::More => self.requests.state = State::Body { number, reader },
            Progress::Done => self.queue.request_ended(number, piece.position()),
            Progress::Lost => {
                self.queue.request_ended(number, piece.position());
                self.tell_not_http(true, at);
                self.requests.state = State::Lost;
                // The byte that broke the framing begins nothing.
                piece.at = piece.at.max(1);
            }
        }
    }

    /// The head ends here without its empty line.
    fn cut_request_head(&mut self, open: OpenHead, cut: Cut) {
        let text = open.buffer.text();
        // A beginning that could have become a request is one that was cut; anything else was none.
        let plausible = open.end.has_content()
            && probe::request(text.bytes) != Probe::No
            && !probe::begins_http2(text.bytes);
        let number = match open.number {
            None if plausible => self.begin_request(&open),
            number => number,
        };
        let Some(number) = number else { return };
        let last = self.requests.last.unwrap_or(open.first);
        let end = open.offset.saturating_add(open.buffer.size());
        complete_head(&mut self.queue, number, text, open.buffer.size(), last, end);
        if let Some(request) = self.queue.request(number) {
            request.body.framing = Framing::None;
            request.body.state = BodyState::InHead(cut);
        }
        self.queue.request_ended(number, end);
    }

    fn grow_request_findings(&mut self, data: &[u8]) {
        if self.requests.trail.is_growing() {
            let mut trail = std::mem::take(&mut self.requests.trail);
            trail.grow(data, |growing, extend| {
                let request = self.queue.request(growing.number);
                request.and_then(|request| request.findings.get_mut(growing.index)).is_some_and(extend)
            });
            self.requests.trail = trail;
        }
    }

    /// Cuts off what was seen before, asks for a gap where bytes were passed over without a word.
    fn align_requests<'a>(&mut self, offset: u64, data: &'a [u8], at: Arrival) -> Option<(u64, &'a [u8])> {
        let position = self.requests.position;
        if offset > position {
            self.request_gap(position, offset - position, Gap::NotCaptured, at);
        }
        not_seen_yet(position, offset, data)
    }
}

/// What of a piece lies at or after `position`, with its stream offset; `None` where nothing does.
pub(super) fn not_seen_yet(position: u64, offset: u64, data: &[u8]) -> Option<(u64, &[u8])> {
    let seen = usize::try_from(position.saturating_sub(offset)).unwrap_or(usize::MAX);
    data.get(seen..).filter(|rest| !rest.is_empty()).map(|rest| (offset.max(position), rest))
}

/// Whether these first bytes are another protocol's (TLS, HTTP/2, any binary one) and no broken HTTP.
fn speaks_other_protocol(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|&&byte| byte != b'\r' && byte != b'\n');
    first.is_some_and(|&byte| byte < b' ' && byte != b'\t') || probe::begins_http2(bytes)
}

/// Fills in what the head says; the state in which the stream is after it.
fn complete_head(queue: &mut Queue, number: u32, text: Text, size: u64, at: Arrival, position: u64) -> State {
    let head = read_request(text, size);
    let Some(slot) = queue.slot(number) else { return State::Lost };
    let Some(request) = &mut slot.exchange.request else { return State::Lost };
    request.method = head.method;
    request.target = head.target;
    request.host = head.host;
    request.ray = head.ray;
    request.visitor = head.visitor;
    request.visitor_https = head.visitor_https;
    request.user_agent = head.user_agent;
    request.head = head.sizes;
    request.findings = head.findings;
    request.last = at;
    slot.expects_continue = head.expects_continue;
    let Some(framing) = head.framing else {
        request.body.framing = Framing::UntilClose;
        request.body.state = BodyState::Lost;
        queue.request_ended(number, position);
        return State::Lost;
    };
    request.body.framing = framing;
    match BodyReader::new(framing, false) {
        Some(reader) => {
            request.body.state = BodyState::InBody(Cut::Capture);
            State::Body { number, reader }
        }
        None => {
            request.body.state = BodyState::Complete;
            queue.request_ended(number, position);
            State::Between
        }
    }
}
