//! The side that speaks requests.

use serde::{Deserialize, Serialize};

use super::body::{BodyEvent, BodyProgress, BodyReader, ContentUse};
use super::events::{AnsweredSoFar, Expectation, RequestEvent, Room};
use super::head_buffer::{HeadText, OpenHead};
use super::resync::next_request;
use super::stream::{ChangeToHttp2, StreamPhase, StreamSoFar};
use crate::flow::Arrival;
use crate::http::conform::{RequestHead, read_request};
use crate::http::exchange::Cut;
use crate::http::http2::{PREFACE, Preface};
use crate::http::piece::{StreamHole, StreamPiece, StreamStretch};
use crate::http::probe::{self, Probe};

/// Reads the stream of requests.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct RequestReader {
    stream: StreamSoFar,
    state: RequestState,
}

/// What comes next in it.
#[derive(Debug, Default, Serialize, Deserialize)]
enum RequestState {
    /// A request.
    #[default]
    Between,
    /// More of a head.
    Head(OpenHead),
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

    /// Where HTTP/2 begins, which is then no longer said.
    pub fn take_http2(&mut self) -> Option<ChangeToHttp2> {
        self.stream.http2.take()
    }

    /// Where the preface of HTTP/2 stands, if it may begin the stream; `None` where something else was read.
    pub fn preface(&self) -> Option<Preface> {
        match &self.state {
            RequestState::Head(open) if !open.is_told => {
                let held = open.held().text.bytes;
                PREFACE.starts_with(held).then_some(Preface::SoFar(held.len()))
            }
            RequestState::Between if self.stream.last.is_none() => Some(Preface::SoFar(0)),
            RequestState::Lost => Some(Preface::Missed),
            _ => None,
        }
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
        while !piece.is_used_up() || matches!(&self.state, RequestState::Head(open) if open.is_whole()) {
            let event = match &mut self.state {
                RequestState::Between => self.first_bytes(piece, answered().room),
                RequestState::Head(open) if open.is_told => {
                    let head = open.take(piece).map(|head| read_request(head.text, head.size));
                    head.map(|head| self.complete_head(head, piece))
                }
                RequestState::Head(_) => self.recognise(piece, answered().room),
                RequestState::Body(reader) => {
                    // The client never sent the body of a request that was refused before (RFC 9110, 10.1.1).
                    let is_absent = answered().expectation == Expectation::Refused
                        && probe::request(piece.rest()) == Probe::Certain;
                    let event = match is_absent {
                        true => BodyEvent::Absent,
                        false => reader.next(piece, &self.stream.trail),
                    };
                    Some(self.body(event, piece))
                }
                RequestState::Lost => {
                    self.find_request(piece, next_request(piece.bytes, piece.at));
                    None
                }
                RequestState::Silent => {
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
        self.state = RequestState::Head(OpenHead::new(piece));
        let rest = piece.rest();
        let is_blank = rest.starts_with(b"\r") || rest.starts_with(b"\n");
        match is_blank || !matches!(probe::request(rest), Probe::Certain | Probe::Possible) {
            true => None,
            false => self.begin(piece, room),
        }
    }

    /// More bytes of what may become a request.
    fn recognise<'a>(&mut self, piece: &mut StreamPiece, room: Room) -> Option<RequestEvent<'a>> {
        let RequestState::Head(open) = &mut self.state else { return None };
        let from = piece.at;
        open.hold(piece);
        let held = open.held().text.bytes;
        match probe::request(held) {
            Probe::Certain | Probe::Possible => return self.begin(piece, room),
            Probe::TooShort
                if !open.is_whole() && (open.has_content() || held.len() <= probe::MOST_BLANK) =>
            {
                return None;
            }
            Probe::No => {
                if held.len() >= probe::HTTP2_PREFACE.len() && PREFACE.starts_with(held) {
                    let (at, preface) = (open.start.first, held.len());
                    self.stream.http2 = Some(ChangeToHttp2 { at, offset: piece.position(), preface });
                    self.state = RequestState::Silent;
                    return Some(RequestEvent::OtherProtocol);
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
        self.find_request(piece, next_request(piece.bytes, from.max(1)).filter(|&start| start > from));
        None
    }

    /// A request begins with the head at hand, if there is room for it.
    fn begin<'a>(&mut self, piece: &mut StreamPiece, room: Room) -> Option<RequestEvent<'a>> {
        if room == Room::Full {
            self.stop(piece);
            return None;
        }
        let RequestState::Head(open) = &mut self.state else { return None };
        open.is_told = true;
        Some(RequestEvent::Begun(open.start))
    }

    fn complete_head<'a>(&mut self, head: RequestHead, piece: &StreamPiece) -> RequestEvent<'a> {
        self.state = match head.framing {
            Some(framing) => match BodyReader::new(framing, ContentUse::Counted) {
                Some(reader) => RequestState::Body(reader),
                None => RequestState::Between,
            },
            None => RequestState::Lost,
        };
        RequestEvent::Head { head, at: piece.arrival, end: piece.position() }
    }

    fn body<'a>(&mut self, event: BodyEvent<'a>, piece: &mut StreamPiece<'a>) -> RequestEvent<'a> {
        let end = piece.position();
        self.leave_body(&event);
        if let BodyEvent::Broken = event {
            self.stream.tell_not_http(piece.arrival);
            // The byte that broke the framing begins nothing.
            piece.at = piece.at.max(1);
        }
        RequestEvent::Body { event, at: piece.arrival, end }
    }

    /// What comes next where the body does not go on behind this.
    fn leave_body(&mut self, event: &BodyEvent) {
        match event {
            BodyEvent::Fault(_) | BodyEvent::Content { progress: BodyProgress::GoesOn, .. } => {}
            BodyEvent::Absent | BodyEvent::Content { progress: BodyProgress::Complete, .. } => {
                self.state = RequestState::Between;
            }
            BodyEvent::Broken | BodyEvent::FramingMissing => self.state = RequestState::Lost,
        }
    }

    /// Goes on where the next request begins, if one was found in the piece.
    fn find_request(&mut self, piece: &mut StreamPiece, start: Option<usize>) {
        self.state = match start {
            Some(_) => RequestState::Between,
            None => RequestState::Lost,
        };
        piece.at = start.unwrap_or(piece.bytes.len());
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
        let event = match &mut self.state {
            RequestState::Between | RequestState::Lost => {
                self.state = RequestState::Lost;
                None
            }
            RequestState::Silent => None,
            RequestState::Head(open) => match cut_head(open, Cut::Capture, self.stream.last, room) {
                event @ Some(RequestEvent::Begun(_)) => return (event, StreamStretch::Hole(hole)),
                event => {
                    self.state = RequestState::Lost;
                    event
                }
            },
            RequestState::Body(reader) => {
                let (taken, event) = reader.gap(hole.length, hole.cause);
                self.leave_body(&event);
                let end = hole.offset.saturating_add(taken);
                return (Some(RequestEvent::Body { event, at: hole.arrival, end }), hole.behind(taken));
            }
        };
        (event, StreamStretch::Over)
    }

    fn end<'a>(&mut self, cut: Cut, room: Room) -> Option<RequestEvent<'a>> {
        let event = match &mut self.state {
            RequestState::Between | RequestState::Lost | RequestState::Silent => None,
            RequestState::Head(open) => match cut_head(open, cut, self.stream.last, room) {
                event @ Some(RequestEvent::Begun(_)) => return event,
                event => event,
            },
            RequestState::Body(_) => Some(RequestEvent::BodyCut { cut, end: self.stream.position }),
        };
        self.state = RequestState::Silent;
        event
    }
}

/// The head ends here without its empty line: where a request has not begun with it, one begins first if it could have become one.
fn cut_head<'a>(
    open: &mut OpenHead,
    cut: Cut,
    last: Option<Arrival>,
    room: Room,
) -> Option<RequestEvent<'a>> {
    let HeadText { text, size } = open.held();
    if open.is_told {
        let last = last.unwrap_or(open.start.first);
        return Some(RequestEvent::HeadCut {
            head: read_request(text, size),
            cut,
            last,
            end: open.position(),
        });
    }
    let plausible =
        open.has_content() && probe::request(text.bytes) != Probe::No && !probe::begins_http2(text.bytes);
    if !plausible || room == Room::Full {
        return None;
    }
    open.is_told = true;
    Some(RequestEvent::Begun(open.start))
}

/// Whether these first bytes are another protocol's (TLS, HTTP/2, any binary one) and no broken HTTP.
fn speaks_other_protocol(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|&&byte| byte != b'\r' && byte != b'\n');
    first.is_some_and(|&byte| byte < b' ' && byte != b'\t') || probe::begins_http2(bytes)
}
