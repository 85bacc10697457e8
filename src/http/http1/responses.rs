//! The side that answers.

use serde::{Deserialize, Serialize};

use super::body::{BodyContent, BodyEvent, BodyProgress, BodyReader, ContentUse};
use super::events::{AskedMethod, AskedSoFar, Awaited, OutOfStep, ResponseEvent, Until};
use super::excerpt::{Fault, Trail};
use super::head_buffer::{HeadText, OpenHead};
use super::resync::{NextResponse, Search};
use super::stream::{ChangeToHttp2, StreamPhase, StreamSoFar};
use crate::flow::{Arrival, Gap};
use crate::http::conform::{ResponseHead, Rule, read_response};
use crate::http::exchange::{Cut, Framing};
use crate::http::piece::{StreamHole, StreamPiece, StreamStretch};
use crate::http::probe;

/// Reads the stream of responses.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ResponseReader {
    stream: StreamSoFar,
    state: ResponseState,
}

/// What comes next in it.
#[derive(Debug, Default, Serialize, Deserialize)]
enum ResponseState {
    /// A response.
    #[default]
    Between,
    /// More of a head.
    Head(OpenHead),
    /// More of a body, which begins at this offset of the stream.
    Body { reader: BodyReader, start: u64 },
    /// Nobody knows: the next response that is certain is looked for.
    Lost(Search),
    /// What a tunnel carries, after 101 or a CONNECT that was granted.
    Tunnel,
    /// Something else than HTTP/1.
    Silent,
}

/// What the first bytes of a response are.
enum FirstBytes {
    StatusLine,
    TooShort,
    Other,
}

impl ResponseReader {
    /// The stream as far as it has been read.
    pub fn stream(&self) -> &StreamSoFar {
        &self.stream
    }

    /// Earlier bytes may be missing: no telling what the next ones are.
    pub fn lose_step(&mut self) {
        self.state = ResponseState::Lost(Search::new(OutOfStep::Framing));
    }

    /// Where HTTP/2 begins, which is then no longer said.
    pub fn take_http2(&mut self) -> Option<ChangeToHttp2> {
        self.stream.http2.take()
    }

    /// The connection carries something else than HTTP/1.
    pub fn silence(&mut self) {
        self.state = ResponseState::Silent;
    }

    /// Takes these bytes without looking at them if they are content in the middle of a body, as most bytes of most captures are, that
    /// nobody looks at: `false` where [`ResponseReader::next`] has to read them.
    #[inline]
    pub fn pass(&mut self, offset: u64, bytes: &[u8], arrival: Arrival) -> bool {
        let ResponseState::Body { reader, start } = &mut self.state else { return false };
        // The first bytes may show that there is no body at all.
        if offset != self.stream.position || offset == *start || !reader.pass(bytes.len() as u64) {
            return false;
        }
        self.stream.advance(&StreamPiece { bytes, at: 0, offset, arrival });
        true
    }

    /// Reads on up to the next event; `None` when the stretch is over. `asked` tells how things stand now.
    pub fn next<'a>(
        &mut self,
        stretch: &mut StreamStretch<'a>,
        asked: impl Fn() -> AskedSoFar,
    ) -> Option<ResponseEvent<'a>> {
        match stretch {
            StreamStretch::Bytes(piece) => {
                let event = self.read(piece, asked);
                if event.is_none() {
                    self.stream.advance(piece);
                    *stretch = StreamStretch::Over;
                }
                event
            }
            StreamStretch::Hole(hole) => {
                let (event, rest) = self.pass_hole(*hole, asked().awaited);
                *stretch = rest;
                event
            }
            StreamStretch::End(cut) => {
                let cut = *cut;
                self.end(cut, asked().awaited).or_else(|| {
                    *stretch = StreamStretch::Over;
                    self.stream.phase = StreamPhase::Ended;
                    let StreamSoFar { position, last, .. } = self.stream;
                    Some(ResponseEvent::StreamEnded { position, cut, last })
                })
            }
            StreamStretch::Over => None,
        }
    }

    fn read<'a>(
        &mut self,
        piece: &mut StreamPiece<'a>,
        asked: impl Fn() -> AskedSoFar,
    ) -> Option<ResponseEvent<'a>> {
        while !piece.is_used_up() {
            let event = match &mut self.state {
                ResponseState::Between => {
                    self.state = ResponseState::Head(OpenHead::new(piece));
                    None
                }
                ResponseState::Head(open) if open.is_told => {
                    let head = open.take(piece).map(|head| read_response(head.text, head.size));
                    head.map(|head| self.complete_head(head, piece, asked().method))
                }
                ResponseState::Head(_) => self.recognise(piece, asked().awaited),
                ResponseState::Body { reader, start } => {
                    // The request was not captured: where the next response follows at once, it was a HEAD.
                    let is_absent = *start == piece.position()
                        && !reader.is_until_close()
                        && probe::is_status_line_start(piece.rest())
                        && asked().method == AskedMethod::Unknown;
                    let event = match is_absent {
                        true => BodyEvent::Absent,
                        false => reader.next(piece, &self.stream.trail),
                    };
                    Some(self.body(event, piece))
                }
                ResponseState::Lost(search) => {
                    let as_part_of = search.why;
                    let awaited = asked().awaited;
                    let is_late = search.is_late_answer(piece, awaited);
                    let (length, next) = search.go_on(piece, awaited);
                    let until = if is_late { Until::LateStatusLine } else { self.leave_search(next) };
                    Some(ResponseEvent::PassedOver { as_part_of, length, until, at: piece.arrival })
                }
                ResponseState::Tunnel => {
                    let content = BodyContent::Counted(piece.rest().len() as u64);
                    piece.use_up();
                    let event = BodyEvent::Content { content, progress: BodyProgress::GoesOn };
                    Some(ResponseEvent::Body { event, at: piece.arrival })
                }
                ResponseState::Silent => {
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

    /// Whether a response begins with what is held and the next bytes, which are then left for its head.
    fn recognise<'a>(&mut self, piece: &mut StreamPiece, awaited: Awaited) -> Option<ResponseEvent<'a>> {
        let ResponseState::Head(open) = &mut self.state else { return None };
        match first_bytes(open.held().text.bytes, piece.rest(), awaited) {
            FirstBytes::StatusLine => Some(begin(open, piece.arrival)),
            FirstBytes::TooShort => {
                open.hold(piece);
                None
            }
            FirstBytes::Other => {
                let event = no_response(open, piece, awaited, &self.stream.trail);
                self.stream.tell_not_http(piece.arrival);
                self.state = ResponseState::Lost(Search::new(match awaited {
                    Awaited::Response => OutOfStep::NoStatusLine,
                    Awaited::Nothing => OutOfStep::BytesAfterBody,
                    Awaited::Unknown => OutOfStep::Framing,
                }));
                event
            }
        }
    }

    fn complete_head<'a>(
        &mut self,
        head: ResponseHead,
        piece: &StreamPiece,
        method: AskedMethod,
    ) -> ResponseEvent<'a> {
        if head.status.is_some_and(|status| (100..200).contains(&status) && status != 101) {
            self.state = ResponseState::Between;
            return ResponseEvent::Interim(head);
        }
        let framing = framing(&head, method);
        let content = match head.status {
            Some(400..) => ContentUse::Shown,
            _ => ContentUse::Counted,
        };
        self.state = match BodyReader::new(framing, content) {
            Some(reader) => ResponseState::Body { reader, start: piece.position() },
            None if head.status == Some(101) && head.names_http2 => {
                let (at, offset) = (piece.arrival, piece.position());
                self.stream.http2 = Some(ChangeToHttp2 { at, offset, preface: 0 });
                ResponseState::Silent
            }
            None if framing == Framing::Tunnel => ResponseState::Tunnel,
            None => ResponseState::Between,
        };
        ResponseEvent::Head { head, framing, at: piece.arrival }
    }

    fn body<'a>(&mut self, event: BodyEvent<'a>, piece: &mut StreamPiece<'a>) -> ResponseEvent<'a> {
        self.leave_body(&event);
        if let BodyEvent::Broken = event {
            self.stream.tell_not_http(piece.arrival);
            // The byte that broke the framing begins nothing.
            piece.at = piece.at.max(1);
        }
        ResponseEvent::Body { event, at: piece.arrival }
    }

    /// What comes next where the body does not go on behind this.
    fn leave_body(&mut self, event: &BodyEvent) {
        match event {
            BodyEvent::Fault(_) | BodyEvent::Content { progress: BodyProgress::GoesOn, .. } => {}
            BodyEvent::Absent | BodyEvent::Content { progress: BodyProgress::Complete, .. } => {
                self.state = ResponseState::Between;
            }
            BodyEvent::Broken | BodyEvent::FramingMissing => self.lose_step(),
        }
    }

    /// Goes on with what a search found, if anything.
    fn leave_search(&mut self, next: NextResponse) -> Until {
        self.state = match next {
            NextResponse::Here => ResponseState::Between,
            NextResponse::Head(open) => ResponseState::Head(open),
            NextResponse::NotYet => return Until::PieceEnd,
        };
        Until::StatusLine
    }

    fn pass_hole<'a>(
        &mut self,
        hole: StreamHole,
        awaited: Awaited,
    ) -> (Option<ResponseEvent<'a>>, StreamStretch<'a>) {
        self.stream.skip(&hole);
        // What a snap length cut from a packet that brought bytes came with these.
        let goes_on = hole.cause == Gap::Snaplen && self.stream.last == Some(hole.arrival);
        let event = match &mut self.state {
            // Nothing else was asked for.
            ResponseState::Between if goes_on && awaited == Awaited::Nothing => {
                let fault = self.stream.trail.fault(Rule::BytesAfterBody, &[], 0, hole.offset, hole.length);
                self.state = ResponseState::Lost(Search::new(OutOfStep::BytesAfterBody));
                return (Some(ResponseEvent::BytesAfterBody(fault)), StreamStretch::Over);
            }
            ResponseState::Head(open) if open.is_told => Some(cut_head(open, Cut::Capture, self.stream.last)),
            ResponseState::Head(open) if open.has_content() => {
                if awaited == Awaited::Response {
                    return (Some(begin(open, open.start.first)), StreamStretch::Hole(hole));
                }
                None
            }
            ResponseState::Body { reader, .. } => {
                let (taken, event) = reader.gap(hole.length, hole.cause);
                self.leave_body(&event);
                if let (BodyEvent::FramingMissing, Gap::Snaplen) = (&event, hole.cause) {
                    self.state = ResponseState::Lost(Search::new(OutOfStep::CutChunks));
                }
                return (Some(ResponseEvent::Body { event, at: hole.arrival }), hole.behind(taken));
            }
            ResponseState::Lost(search) if search.goes_on_behind(&hole) => {
                *search = Search::new(search.why);
                return (None, StreamStretch::Over);
            }
            // A response may have begun in it.
            ResponseState::Between | ResponseState::Head(_) | ResponseState::Lost(_) => {
                Some(ResponseEvent::NotCaptured)
            }
            ResponseState::Tunnel | ResponseState::Silent => return (None, StreamStretch::Over),
        };
        self.lose_step();
        (event, StreamStretch::Over)
    }

    /// What the end of the stream cuts off, one event after the other.
    fn end<'a>(&mut self, cut: Cut, awaited: Awaited) -> Option<ResponseEvent<'a>> {
        let event = match &mut self.state {
            // What a snap length cut of it may have been its end, unless the capture has what came last.
            ResponseState::Lost(search)
                if search.why == OutOfStep::CutChunks
                    && awaited == Awaited::Nothing
                    && self.stream.trail.ends_with_blank_line() == Some(false) =>
            {
                Some(ResponseEvent::BodyCut(cut))
            }
            ResponseState::Between | ResponseState::Lost(_) | ResponseState::Silent => None,
            ResponseState::Head(open) if open.is_told => Some(cut_head(open, cut, self.stream.last)),
            ResponseState::Head(open) if awaited == Awaited::Response => {
                return Some(begin(open, open.start.first));
            }
            ResponseState::Head(_) => None,
            ResponseState::Tunnel | ResponseState::Body { .. } => Some(ResponseEvent::BodyCut(cut)),
        };
        self.state = ResponseState::Silent;
        event
    }
}

/// A response begins with this head, as `noticed` showed.
fn begin<'a>(open: &mut OpenHead, noticed: Arrival) -> ResponseEvent<'a> {
    open.is_told = true;
    ResponseEvent::Begun { start: open.start, noticed }
}

/// The head ends here without its empty line.
fn cut_head<'a>(open: &OpenHead, cut: Cut, last: Option<Arrival>) -> ResponseEvent<'a> {
    let HeadText { text, size } = open.held();
    let last = last.unwrap_or(open.start.first);
    ResponseEvent::HeadCut { head: read_response(text, size), cut, last }
}

/// What is held and the rest of the piece begin no response: they are the answer to a request, or something after the last answer.
fn no_response<'a>(
    open: &OpenHead,
    piece: &mut StreamPiece,
    awaited: Awaited,
    trail: &Trail,
) -> Option<ResponseEvent<'a>> {
    let (held, rest) = (open.held().text.bytes, piece.rest());
    let length = (held.len() + rest.len()) as u64;
    let position = open.start.offset;
    let event = match awaited {
        Awaited::Unknown => {
            piece.at = piece.at.max(1);
            return None;
        }
        Awaited::Response => {
            // The message begins with them: nothing stands before.
            let fault = Fault::at_start(Rule::NoStatusLine, held, rest, position, length);
            ResponseEvent::NoStatusLine { start: open.start, fault, at: piece.arrival }
        }
        Awaited::Nothing => {
            let rule = Rule::BytesAfterBody;
            ResponseEvent::BytesAfterBody(match held.len() {
                0 => trail.fault(rule, piece.bytes, piece.at, position, length),
                held => trail.fault_behind(rule, held, rest, position, length),
            })
        }
    };
    piece.use_up();
    Some(event)
}

/// How the end of the response's body is found (RFC 9112, 6.3): not by its head alone.
fn framing(head: &ResponseHead, method: AskedMethod) -> Framing {
    match (head.status, method) {
        (Some(101), _) | (Some(200..=299), AskedMethod::Connect) => Framing::Tunnel,
        (Some(204 | 304), _) | (_, AskedMethod::Head) => Framing::None,
        _ => head.framing,
    }
}

/// What begins with these two pieces. Only the first bytes matter; line ends before them are passed over where a response is
/// awaited.
fn first_bytes(held: &[u8], rest: &[u8], awaited: Awaited) -> FirstBytes {
    const START: &[u8] = b"HTTP/";
    if held.len() > probe::MOST_BLANK {
        return FirstBytes::Other;
    }
    let is_blank = |byte: u8| awaited == Awaited::Response && (byte == b'\r' || byte == b'\n');
    let mut seen = held.iter().chain(rest).skip_while(|&&byte| is_blank(byte));
    for expected in START {
        match seen.next() {
            None => return FirstBytes::TooShort,
            Some(byte) if !byte.eq_ignore_ascii_case(expected) => return FirstBytes::Other,
            Some(_) => {}
        }
    }
    FirstBytes::StatusLine
}
