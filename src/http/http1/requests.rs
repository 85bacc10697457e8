//! The side that speaks requests.

use super::body::{BodyEvent, BodyProgress, BodyReader, ContentUse};
use super::events::{AnsweredSoFar, Expectation, RequestEvent, Room};
use super::head_buffer::{HeadText, OpenHead};
use super::piece::{StreamHole, StreamPiece, StreamStretch};
use super::resync::next_request;
use super::stream::{StreamPhase, StreamSoFar};
use crate::flow::Arrival;
use crate::http::conform::read_request;
use crate::http::exchange::Cut;
use crate::http::probe::{self, Probe};

/// Reads the stream of requests.
#[derive(Debug, Default)]
pub(crate) struct RequestReader {
    stream: StreamSoFar,
    state: RequestState,
}

/// What comes next in it.
#[derive(Debug, Default)]
enum RequestState {
    /// A request.
    #[default]
    Between,
    /// More of a head.
    Head(OpenHead),
    /// Nothing of this head, which is whole: its request has just been told of.
    WholeHead(OpenHead),
    /// More of a body.
    Body(BodyReader),
    /// Nobody knows: the next request that is certain is looked for.
    Lost,
    /// Something else than HTTP/1.
    Silent,
}

impl RequestReader {
    /// The stream as far as it has been read.
    pub fn stream(&self) -> &StreamSoFar {
        &self.stream
    }

    /// Earlier bytes were passed over: no telling what the next ones are.
    pub fn lose_step(&mut self) {
        self.state = RequestState::Lost;
    }

    /// HTTP/2 was spoken before, in this packet.
    pub fn tell_http2(&mut self, at: Arrival) {
        self.stream.tell_http2(at);
    }

    /// What comes now is no longer HTTP/1.
    pub fn silence(&mut self) {
        self.state = RequestState::Silent;
    }

    /// Reads on up to the next event; `None` when the stretch is over. `answered` tells how things stand now.
    pub fn next<'a>(
        &mut self,
        stretch: &mut StreamStretch<'a>,
        answered: impl Fn() -> AnsweredSoFar,
    ) -> Option<RequestEvent<'a>> {
        match stretch {
            StreamStretch::Bytes(piece) => {
                let event = self.read(piece, answered);
                if event.is_none() {
                    self.stream.advance(piece);
                    *stretch = StreamStretch::Over;
                }
                event
            }
            StreamStretch::Hole(hole) => {
                let (event, rest) = self.pass_hole(*hole, answered().room);
                *stretch = rest;
                event
            }
            StreamStretch::End(cut) => {
                let event = self.end(*cut, answered().room);
                if event.is_none() {
                    self.stream.phase = StreamPhase::Ended;
                    *stretch = StreamStretch::Over;
                }
                event
            }
            StreamStretch::Over => None,
        }
    }

    fn read<'a>(
        &mut self,
        piece: &mut StreamPiece<'a>,
        answered: impl Fn() -> AnsweredSoFar,
    ) -> Option<RequestEvent<'a>> {
        while !piece.is_used_up() || matches!(self.state, RequestState::WholeHead(_)) {
            let event = match std::mem::take(&mut self.state) {
                RequestState::WholeHead(open) => Some(self.complete_head(open.held(), piece)),
                RequestState::Between => self.first_bytes(piece, answered().room),
                RequestState::Head(mut open) if open.is_told => match open.take(piece) {
                    Some(head) => Some(self.complete_head(head, piece)),
                    None => {
                        self.state = RequestState::Head(open);
                        None
                    }
                },
                RequestState::Head(open) => self.recognise(open, piece, answered().room),
                RequestState::Body(reader) => Some(self.read_body(reader, piece, answered().expectation)),
                RequestState::Lost => {
                    match next_request(piece.bytes, piece.at) {
                        Some(start) => piece.at = start,
                        None => self.lose(piece),
                    }
                    None
                }
                RequestState::Silent => {
                    self.state = RequestState::Silent;
                    piece.use_up();
                    None
                }
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    /// The first bytes where a request should begin: nearly all show it at once, and are left for its head. Blank lines before it may
    /// hide what comes.
    fn first_bytes<'a>(&mut self, piece: &mut StreamPiece, room: Room) -> Option<RequestEvent<'a>> {
        if piece.position() == 0 && room == Room::Untouched {
            piece.at = probe::proxy_header(piece.bytes).unwrap_or(0);
            if piece.is_used_up() {
                return None;
            }
        }
        let open = OpenHead::new(piece);
        let rest = piece.rest();
        if !rest.starts_with(b"\r")
            && !rest.starts_with(b"\n")
            && matches!(probe::request(rest), Probe::Certain | Probe::Possible)
        {
            return self.begin(open, RequestState::Head, piece, room);
        }
        self.state = RequestState::Head(open);
        None
    }

    /// More bytes of what may become a request.
    fn recognise<'a>(
        &mut self,
        mut open: OpenHead,
        piece: &mut StreamPiece,
        room: Room,
    ) -> Option<RequestEvent<'a>> {
        let from = piece.at;
        let is_whole = open.hold(piece);
        let held = open.held().text.bytes;
        match probe::request(held) {
            Probe::Certain | Probe::Possible => {
                let behind = if is_whole { RequestState::WholeHead } else { RequestState::Head };
                return self.begin(open, behind, piece, room);
            }
            Probe::TooShort if !is_whole && (open.has_content() || held.len() <= probe::MOST_BLANK) => {
                self.state = RequestState::Head(open);
                return None;
            }
            Probe::No => {
                if probe::begins_http2(held) {
                    self.stream.tell_http2(piece.arrival);
                }
                if room == Room::Untouched && speaks_other_protocol(held) {
                    self.stop(piece);
                    return Some(RequestEvent::OtherProtocol);
                }
            }
            Probe::TooShort => {}
        }
        // What is left of broken framing.
        self.stream.tell_not_http(piece.arrival);
        match next_request(piece.bytes, from.max(1)).filter(|&start| start > from) {
            Some(start) => piece.at = start,
            None => self.lose(piece),
        }
        None
    }

    /// A request begins, if there is room for it.
    fn begin<'a>(
        &mut self,
        mut open: OpenHead,
        behind: fn(OpenHead) -> RequestState,
        piece: &mut StreamPiece,
        room: Room,
    ) -> Option<RequestEvent<'a>> {
        if room == Room::Full {
            self.stop(piece);
            return None;
        }
        let start = open.start;
        open.is_told = true;
        self.state = behind(open);
        Some(RequestEvent::Begun(start))
    }

    fn complete_head<'a>(&mut self, head: HeadText, piece: &StreamPiece) -> RequestEvent<'a> {
        let head = read_request(head.text, head.size);
        self.state = match head.framing {
            Some(framing) => match BodyReader::new(framing, ContentUse::Counted) {
                Some(reader) => RequestState::Body(reader),
                None => RequestState::Between,
            },
            None => RequestState::Lost,
        };
        RequestEvent::Head { head, at: piece.arrival, end: piece.position() }
    }

    fn read_body<'a>(
        &mut self,
        mut reader: BodyReader,
        piece: &mut StreamPiece<'a>,
        expectation: Expectation,
    ) -> RequestEvent<'a> {
        let at = piece.arrival;
        // The client never sent the body of a request that was refused before (RFC 9110, 10.1.1).
        if expectation == Expectation::Refused && probe::request(piece.rest()) == Probe::Certain {
            return RequestEvent::Body { event: BodyEvent::Absent, at, end: piece.position() };
        }
        let event = reader.next(piece, &self.stream.trail);
        let end = piece.position();
        self.state = match event {
            BodyEvent::Broken => {
                self.stream.tell_not_http(at);
                // The byte that broke the framing begins nothing.
                piece.at = piece.at.max(1);
                RequestState::Lost
            }
            _ => after(reader, &event),
        };
        RequestEvent::Body { event, at, end }
    }

    /// No request is found in the rest of the piece.
    fn lose(&mut self, piece: &mut StreamPiece) {
        self.state = RequestState::Lost;
        piece.use_up();
    }

    /// Nothing more is read.
    fn stop(&mut self, piece: &mut StreamPiece) {
        self.stream.tell_not_http(piece.arrival);
        self.state = RequestState::Silent;
        piece.use_up();
    }

    fn pass_hole<'a>(
        &mut self,
        hole: StreamHole,
        room: Room,
    ) -> (Option<RequestEvent<'a>>, StreamStretch<'a>) {
        self.stream.skip(&hole);
        match std::mem::take(&mut self.state) {
            RequestState::Between | RequestState::Lost => {
                self.state = RequestState::Lost;
                (None, StreamStretch::Over)
            }
            RequestState::Silent => {
                self.state = RequestState::Silent;
                (None, StreamStretch::Over)
            }
            RequestState::Head(open) | RequestState::WholeHead(open) => {
                let event = self.cut_head(open, Cut::Capture, RequestState::Lost, room);
                let rest = match event {
                    Some(RequestEvent::Begun(_)) => StreamStretch::Hole(hole),
                    _ => StreamStretch::Over,
                };
                (event, rest)
            }
            RequestState::Body(mut reader) => {
                let (taken, event) = reader.gap(hole.length, hole.cause);
                self.state = after(reader, &event);
                let end = hole.offset.saturating_add(taken);
                (Some(RequestEvent::Body { event, at: hole.arrival, end }), hole.behind(taken))
            }
        }
    }

    fn end<'a>(&mut self, cut: Cut, room: Room) -> Option<RequestEvent<'a>> {
        match std::mem::replace(&mut self.state, RequestState::Silent) {
            RequestState::Between | RequestState::Lost | RequestState::Silent => None,
            RequestState::Head(open) | RequestState::WholeHead(open) => {
                self.cut_head(open, cut, RequestState::Silent, room)
            }
            RequestState::Body(_) => Some(RequestEvent::BodyCut { cut, end: self.stream.position }),
        }
    }

    /// The head ends here without its empty line.
    fn cut_head<'a>(
        &mut self,
        mut open: OpenHead,
        cut: Cut,
        behind: RequestState,
        room: Room,
    ) -> Option<RequestEvent<'a>> {
        let held = open.held();
        if open.is_told {
            self.state = behind;
            let last = self.stream.last.unwrap_or(open.start.first);
            let head = read_request(held.text, held.size);
            return Some(RequestEvent::HeadCut { head, cut, last, end: open.position() });
        }
        // A beginning that could have become a request is one that was cut; anything else was none.
        let bytes = held.text.bytes;
        let plausible =
            open.has_content() && probe::request(bytes) != Probe::No && !probe::begins_http2(bytes);
        if !plausible || room == Room::Full {
            self.state = behind;
            return None;
        }
        let start = open.start;
        open.is_told = true;
        self.state = RequestState::Head(open);
        Some(RequestEvent::Begun(start))
    }
}

/// Where the stream stands after this event of a body.
fn after(reader: BodyReader, event: &BodyEvent) -> RequestState {
    match event {
        BodyEvent::Fault(_) | BodyEvent::Content { progress: BodyProgress::GoesOn, .. } => {
            RequestState::Body(reader)
        }
        BodyEvent::Absent | BodyEvent::Content { progress: BodyProgress::Complete, .. } => {
            RequestState::Between
        }
        BodyEvent::Broken | BodyEvent::FramingMissing => RequestState::Lost,
    }
}

/// Whether these first bytes are another protocol's (TLS, HTTP/2, any binary one) and no broken HTTP.
fn speaks_other_protocol(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|&&byte| byte != b'\r' && byte != b'\n');
    first.is_some_and(|&byte| byte < b' ' && byte != b'\t') || probe::begins_http2(bytes)
}
