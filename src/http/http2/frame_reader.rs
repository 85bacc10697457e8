//! One direction as frames: wherever the segments are cut, and with bytes missing.
//!
//! The payload of DATA is counted and never kept; of other frames what is needed is kept until it is whole, within a bound.

use serde::{Deserialize, Serialize};

use super::boundary::{BoundarySearch, HeldPiece};
use super::frame::{DEFAULT_LARGEST, FrameHead, FrameKind, FrameStart, HEAD, PREFACE};
use super::frame_event::{DataPart, FrameEvent, OffendingBytes};
use crate::flow::Arrival;
use crate::http::conform::Rule;
use crate::http::piece::{StreamHole, StreamPiece};

/// Reads frames.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FrameReader {
    state: ReaderState,
    /// Stream offset of the next byte.
    pub position: u64,
    /// The last packet that brought bytes.
    pub last: Option<Arrival>,
    /// The largest payload that the receiver takes.
    pub largest: u32,
    /// The highest stream of which a frame was seen.
    pub highest_stream: u32,
    /// Whether a frame has begun.
    has_begun: bool,
    /// The payload of the frame at hand, where it came in several pieces.
    kept: Vec<u8>,
}

/// What comes next.
#[derive(Debug, Serialize, Deserialize)]
enum ReaderState {
    /// More of the client's preface.
    Preface(usize),
    /// More of a frame's head.
    Head(OpenFrameHead),
    /// More of DATA.
    Data { head: FrameHead, start: FrameStart, left: u32, padding: Padding },
    /// More of a payload that is kept.
    Kept { head: FrameHead, start: FrameStart, left: u32, is_whole: bool },
    /// More of a payload that nobody looks at.
    Passed { left: u32 },
    /// Nobody knows: the next frames are looked for.
    Lost(BoundarySearch),
    /// No frames any more.
    Silent,
}

/// A head that is not whole.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct OpenFrameHead {
    bytes: [u8; HEAD],
    length: usize,
    start: Option<FrameStart>,
}

/// A buffer larger than this is given back behind its frame.
const KEPT_BUFFER: usize = 64 << 10;
const NO_HEAD: OpenFrameHead = OpenFrameHead { bytes: [0; HEAD], length: 0, start: None };

/// Padding of DATA: known from its first byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Padding {
    Untold,
    Bytes(u32),
}

impl FrameReader {
    /// From this stream offset on. `preface`: bytes of the client's preface that were read, where it comes first.
    pub fn new(position: u64, preface: Option<usize>) -> FrameReader {
        FrameReader {
            state: preface.map_or(ReaderState::Head(NO_HEAD), ReaderState::Preface),
            position,
            last: None,
            largest: DEFAULT_LARGEST,
            highest_stream: 0,
            has_begun: false,
            kept: Vec::new(),
        }
    }

    /// Earlier bytes are missing: no telling what the next ones are.
    pub fn lose_step(&mut self) {
        self.has_begun = true;
        self.state = ReaderState::Lost(BoundarySearch::default());
    }

    /// Whether nobody knows where the next frame begins.
    pub fn is_lost(&self) -> bool {
        matches!(self.state, ReaderState::Lost(_))
    }

    /// Nothing more is read.
    pub fn silence(&mut self) {
        self.state = ReaderState::Silent;
    }

    /// Reads on up to the next event; `None` when the piece is used up.
    pub fn next<'s, 'p: 's>(&'s mut self, piece: &mut StreamPiece<'p>) -> Option<FrameEvent<'s>> {
        loop {
            match &self.state {
                ReaderState::Data { head, start, left: 0, .. } => {
                    let (head, start) = (*head, *start);
                    self.state = ReaderState::Head(NO_HEAD);
                    return Some(FrameEvent::Data { head, start, part: DataPart::Ended, at: piece.arrival });
                }
                ReaderState::Kept { left: 0, .. } => return self.whole(piece.arrival),
                _ if piece.is_used_up() => return None,
                _ => self.last = Some(piece.arrival),
            }
            let event = match &mut self.state {
                ReaderState::Preface(_) => self.preface(piece),
                ReaderState::Head(open) => match open.take(piece) {
                    Some((head, start)) => {
                        let bytes = open.bytes;
                        self.begin(head, start, bytes, piece)
                    }
                    None => None,
                },
                ReaderState::Data { .. } => self.data(piece),
                ReaderState::Kept { .. } => self.keep(piece),
                ReaderState::Passed { left } => {
                    let taken = piece.rest().len().min(*left as usize);
                    *left -= taken as u32;
                    piece.at += taken;
                    if *left == 0 {
                        self.state = ReaderState::Head(NO_HEAD);
                    }
                    None
                }
                ReaderState::Lost(search) => {
                    search.hold(piece, self.largest, self.highest_stream).then_some(FrameEvent::Found)
                }
                ReaderState::Silent => {
                    piece.use_up();
                    None
                }
            };
            if event.is_some() {
                return event;
            }
        }
    }

    /// What was held until the frames were found again; it is read from there on.
    pub fn take_found(&mut self) -> Vec<HeldPiece> {
        match std::mem::replace(&mut self.state, ReaderState::Head(NO_HEAD)) {
            ReaderState::Lost(search) => search.take(),
            state => {
                self.state = state;
                Vec::new()
            }
        }
    }

    /// The stream ends: whether what is held ends with a frame, and is to be read.
    pub fn finds_at_end(&mut self) -> bool {
        match &mut self.state {
            ReaderState::Lost(search) => search.end(self.largest, self.highest_stream),
            _ => false,
        }
    }

    /// Bytes were not captured: what that tells, and what of the hole is left.
    pub fn pass_hole(&mut self, hole: StreamHole) -> (Option<FrameEvent<'_>>, Option<StreamHole>) {
        let at = hole.arrival;
        let left = match &mut self.state {
            ReaderState::Data { left, .. }
            | ReaderState::Kept { left, .. }
            | ReaderState::Passed { left } => left,
            ReaderState::Silent => return (None, None),
            ReaderState::Preface(_) | ReaderState::Head(_) | ReaderState::Lost(_) => {
                self.lose_step();
                return (None, None);
            }
        };
        let taken = hole.length.min(u64::from(*left));
        *left -= taken as u32;
        let rest = (hole.length > taken).then(|| StreamHole {
            offset: hole.offset.saturating_add(taken),
            length: hole.length - taken,
            ..hole
        });
        match &mut self.state {
            ReaderState::Data { head, start, left, padding } => {
                let behind = if let Padding::Bytes(bytes) = *padding { bytes } else { 0 };
                let content = taken.saturating_sub(u64::from(behind.saturating_sub(*left)));
                *padding = Padding::Bytes(behind);
                let part = DataPart::Missing(content, hole.cause);
                (Some(FrameEvent::Data { head: *head, start: *start, part, at }), rest)
            }
            ReaderState::Kept { is_whole, .. } => {
                *is_whole = false;
                (None, rest)
            }
            _ => {
                if let ReaderState::Passed { left: 0 } = self.state {
                    self.state = ReaderState::Head(NO_HEAD);
                }
                (None, rest)
            }
        }
    }

    /// A frame that is complete with what a hole took of it.
    pub fn complete_by_hole(&mut self, at: Arrival) -> Option<FrameEvent<'_>> {
        match &self.state {
            ReaderState::Data { head, start, left: 0, .. } => {
                let (head, start) = (*head, *start);
                self.state = ReaderState::Head(NO_HEAD);
                Some(FrameEvent::Data { head, start, part: DataPart::Ended, at })
            }
            ReaderState::Kept { left: 0, .. } => self.whole(at),
            _ => None,
        }
    }

    fn preface<'p>(&mut self, piece: &mut StreamPiece<'p>) -> Option<FrameEvent<'p>> {
        let ReaderState::Preface(seen) = &mut self.state else { return None };
        let (wanted, rest) = (&PREFACE[*seen..], piece.rest());
        let taken = rest.len().min(wanted.len());
        if rest[..taken] != wanted[..taken] {
            let start = FrameStart { offset: piece.position(), first: piece.arrival };
            return Some(self.refuse(start, rest, piece));
        }
        *seen += taken;
        piece.at += taken;
        if *seen == PREFACE.len() {
            self.state = ReaderState::Head(NO_HEAD);
        }
        None
    }

    /// A frame begins with this head.
    fn begin<'p>(
        &mut self,
        head: FrameHead,
        start: FrameStart,
        bytes: [u8; HEAD],
        piece: &mut StreamPiece<'p>,
    ) -> Option<FrameEvent<'p>> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let mut rule = head.broken_rule(self.largest);
        if is_first && head.kind != FrameKind::Settings {
            if rule.is_some() || head.kind == FrameKind::Other {
                return Some(self.refuse(start, &bytes, piece));
            }
            rule = Some(Rule::BadPreface);
        }
        if rule.is_none() || rule == Some(Rule::BadPreface) {
            self.highest_stream = self.highest_stream.max(head.stream);
        }
        let left = head.length;
        self.kept.clear();
        self.kept.shrink_to(KEPT_BUFFER);
        self.state = match head.kind {
            // A length like this is none.
            FrameKind::Other if rule.is_some() => ReaderState::Lost(BoundarySearch::default()),
            FrameKind::Data => {
                let padding = if head.is_padded() { Padding::Untold } else { Padding::Bytes(0) };
                ReaderState::Data { head, start, left, padding }
            }
            kind if kind.kept().is_some() => ReaderState::Kept { head, start, left, is_whole: true },
            _ if left == 0 => ReaderState::Head(NO_HEAD),
            _ => ReaderState::Passed { left },
        };
        match (rule, head.kind) {
            (Some(rule), _) => {
                let excerpt = OffendingBytes::of(&bytes);
                Some(FrameEvent::Fault { rule, stream: head.stream, start, excerpt })
            }
            (None, FrameKind::Data) => {
                Some(FrameEvent::Data { head, start, part: DataPart::Begun, at: piece.arrival })
            }
            (None, FrameKind::Priority | FrameKind::Ping | FrameKind::Other) => {
                Some(FrameEvent::Passed { head, start })
            }
            _ => None,
        }
    }

    /// The first bytes are no HTTP/2.
    fn refuse<'p>(&mut self, start: FrameStart, first: &[u8], piece: &mut StreamPiece) -> FrameEvent<'p> {
        self.state = ReaderState::Silent;
        piece.use_up();
        FrameEvent::NotHttp2 { start, excerpt: OffendingBytes::of(first) }
    }

    /// More of DATA.
    fn data<'p>(&mut self, piece: &mut StreamPiece<'p>) -> Option<FrameEvent<'p>> {
        let ReaderState::Data { head, start, left, padding } = &mut self.state else { return None };
        let rest = piece.rest();
        let Padding::Bytes(behind) = *padding else {
            let told = u32::from(*rest.first()?);
            *left -= 1;
            piece.at += 1;
            *padding = Padding::Bytes(told.min(*left));
            if told <= *left {
                return None;
            }
            // RFC 9113, 6.1: as much padding as payload, or more.
            let start = FrameStart { offset: piece.position() - 1, first: piece.arrival };
            let (rule, excerpt) = (Rule::BadPadding, OffendingBytes::of(&rest[..1]));
            return Some(FrameEvent::Fault { rule, stream: head.stream, start, excerpt });
        };
        let taken = rest.len().min(*left as usize);
        let content = taken.min(left.saturating_sub(behind) as usize);
        *left -= taken as u32;
        piece.at += taken;
        if content == 0 {
            return None;
        }
        let part = DataPart::Content(&rest[..content]);
        Some(FrameEvent::Data { head: *head, start: *start, part, at: piece.arrival })
    }

    /// More of a payload that is kept: the frame, where all of it lies in this piece.
    fn keep<'p>(&mut self, piece: &mut StreamPiece<'p>) -> Option<FrameEvent<'p>> {
        let ReaderState::Kept { head, start, left, is_whole } = &mut self.state else { return None };
        let (rest, most) = (piece.rest(), head.kind.kept().unwrap_or(0));
        let taken = &rest[..rest.len().min(*left as usize)];
        piece.at += taken.len();
        if taken.len() == head.length as usize {
            let payload = &taken[..taken.len().min(most)];
            let is_whole = payload.len() == taken.len() || head.kind == FrameKind::GoAway;
            let event =
                FrameEvent::Frame { head: *head, start: *start, payload, is_whole, at: piece.arrival };
            self.state = ReaderState::Head(NO_HEAD);
            return Some(event);
        }
        *left -= taken.len() as u32;
        let room = most.saturating_sub(self.kept.len());
        if *is_whole {
            self.kept.extend_from_slice(&taken[..taken.len().min(room)]);
        }
        *is_whole &= taken.len() <= room || head.kind == FrameKind::GoAway;
        None
    }

    /// The frame that was kept is complete.
    fn whole(&mut self, at: Arrival) -> Option<FrameEvent<'_>> {
        let ReaderState::Kept { head, start, is_whole, .. } = self.state else { return None };
        self.state = ReaderState::Head(NO_HEAD);
        Some(FrameEvent::Frame { head, start, payload: &self.kept, is_whole, at })
    }
}

impl OpenFrameHead {
    /// Takes what of the piece belongs to it; the head, once it is whole.
    fn take(&mut self, piece: &mut StreamPiece) -> Option<(FrameHead, FrameStart)> {
        let begins = FrameStart { offset: piece.position(), first: piece.arrival };
        let start = *self.start.get_or_insert(begins);
        let rest = piece.rest();
        let taken = rest.len().min(HEAD - self.length);
        self.bytes[self.length..self.length + taken].copy_from_slice(&rest[..taken]);
        self.length += taken;
        piece.at += taken;
        (self.length == HEAD).then(|| (FrameHead::read(&self.bytes), start))
    }
}
