//! What each frame tells: of its stream, of the connection, of the other direction.

use super::block::{BlockFrames, BlockPlaces, HeaderBlock, OpenBlock, fragment};
use super::facts::{FrameFault, GoAway, Http2Facts, MOST_KEPT, Settings, read_settings};
use super::frame::{FrameHead, FrameKind, FrameStart, HEAD};
use super::frame_event::{DataPart, FrameEvent};
use super::half::HalfState;
use super::stream::side;
use super::streams::Streams;
use super::windows::Sent;
use crate::flow::{Arrival, Side};
use crate::http::conform::Rule;
use crate::http::direction::MessageDirection;
use crate::http::exchange::{EndingFrame, StreamEnd};

/// What a frame changes for the other direction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    /// Its sender asks to keep to these.
    Settings(Settings),
    /// Its sender takes more; stream 0 is the connection.
    Window { stream: u32, increment: u32, frame: FrameHead, start: FrameStart },
    /// What it says of windows was not captured.
    WindowsUnknown,
}

/// One direction while a frame of it is read, and what that may touch.
pub(super) struct HalfReading<'c> {
    pub direction: MessageDirection,
    pub half: &'c mut HalfState,
    pub streams: &'c mut Streams,
    pub facts: &'c mut Http2Facts,
}

/// A frame that is no DATA.
#[derive(Clone, Copy, Debug)]
struct KeptFrame<'p> {
    head: FrameHead,
    start: FrameStart,
    payload: &'p [u8],
    is_whole: bool,
    at: Arrival,
}

impl HalfReading<'_> {
    /// Takes what the reader tells.
    pub fn take(&mut self, event: FrameEvent<'_>) -> Option<Effect> {
        match event {
            FrameEvent::Frame { head, start, payload, is_whole, at } => {
                let frame = KeptFrame { head, start, payload, is_whole, at };
                self.interrupt(&head, start);
                return self.frame(&frame);
            }
            FrameEvent::Data { head, start, part, at } => {
                if let DataPart::Begun = part {
                    self.interrupt(&head, start);
                    self.data_begun(&head, start, at);
                } else {
                    self.data(&head, start, part, at);
                }
            }
            FrameEvent::Passed { head, start } => self.interrupt(&head, start),
            FrameEvent::Fault { rule, stream, start, excerpt } => {
                if let Some(open) = self.streams.get(stream) {
                    open.fault(self.direction, rule, start.offset, excerpt.bytes().to_vec());
                }
                self.tell_bytes(rule, stream, start, excerpt.bytes());
            }
            FrameEvent::NotHttp2 { start, excerpt } => {
                self.tell_bytes(Rule::BadPreface, 0, start, excerpt.bytes());
            }
            FrameEvent::Found => {}
        }
        None
    }

    /// Nothing may come between the frames of a header block (RFC 9113, 6.2 and 6.10).
    fn interrupt(&mut self, head: &FrameHead, start: FrameStart) {
        let open = self.half.block.as_ref().map(|open| open.frames.head.stream);
        let goes_on = head.kind == FrameKind::Continuation;
        let may_be_lone = self.half.is_behind_loss;
        self.half.is_behind_loss &= goes_on;
        if open.is_none() && (!goes_on || may_be_lone) || goes_on && open == Some(head.stream) {
            return;
        }
        self.half.block = None;
        self.lose_headers(start.first);
        self.tell(Rule::HeaderBlockInterrupted, head, start);
    }

    fn frame(&mut self, frame: &KeptFrame<'_>) -> Option<Effect> {
        let KeptFrame { head, start, payload, is_whole, at } = *frame;
        match head.kind {
            FrameKind::Headers | FrameKind::PushPromise | FrameKind::Continuation => self.fragment(frame),
            FrameKind::RstStream | FrameKind::GoAway if !is_whole => self.streams.miss(self.direction),
            FrameKind::Settings | FrameKind::WindowUpdate if !is_whole => {
                return Some(Effect::WindowsUnknown);
            }
            FrameKind::RstStream => {
                let code = number(payload, 0)?;
                if self.streams.is_idle(head.stream) {
                    self.tell(Rule::FrameInWrongState, &head, start);
                }
                let (from, offset) = (side(self.direction), start.offset);
                let end = StreamEnd { frame: EndingFrame::RstStream, code, from, at, offset };
                self.streams.reset(head.stream, end);
            }
            FrameKind::Settings if !head.is_acknowledgement() => {
                let settings = &mut self.facts.settings[self.direction as usize];
                settings.first.get_or_insert(start.first);
                let mut told = Settings::default();
                let broken = read_settings(payload, &mut told);
                settings.update(&told);
                if let Some(rule) = broken {
                    self.tell(rule, &head, start);
                }
                return Some(Effect::Settings(told));
            }
            FrameKind::GoAway => self.go_away(frame),
            FrameKind::WindowUpdate => {
                let increment = number(payload, 0)? & 0x7fff_ffff;
                if increment == 0 {
                    self.tell(Rule::BadWindow, &head, start);
                }
                return Some(Effect::Window { stream: head.stream, increment, frame: head, start });
            }
            _ => {}
        }
        None
    }

    /// A part of a header block.
    fn fragment(&mut self, frame: &KeptFrame<'_>) {
        let KeptFrame { head, start, payload, is_whole, at } = *frame;
        if head.kind == FrameKind::PushPromise {
            let forbidden = self.facts.settings[MessageDirection::Requests as usize].enable_push == Some(0);
            if self.direction == MessageDirection::Requests || forbidden {
                self.tell(Rule::PushNotAllowed, &head, start);
            }
        }
        let end = start.offset.saturating_add(HEAD as u64 + u64::from(head.length));
        let Some(fragment) = fragment(&head, start, payload, is_whole) else {
            self.half.block = None;
            self.lose_headers(at);
            // Where the head alone is wrong, that was told.
            if head.broken_rule(u32::MAX).is_none() {
                self.tell(Rule::BadPadding, &head, start);
            }
            return;
        };
        let mut open = match (head.kind, self.half.block.take()) {
            (FrameKind::Continuation, Some(mut open)) => {
                open.push(fragment);
                open
            }
            (FrameKind::Continuation, None) => return,
            _ if head.ends_headers() => {
                let places = BlockPlaces::OneFrame(fragment.offset);
                let block = HeaderBlock { bytes: fragment.bytes, is_whole: fragment.is_whole, places };
                return self.headers(&BlockFrames { head, start, at, end }, block);
            }
            _ => OpenBlock::new(BlockFrames { head, start, at, end }, fragment),
        };
        (open.frames.at, open.frames.end) = (at, end);
        match head.ends_headers() {
            true => self.headers(&open.frames, open.block()),
            false => self.half.block = Some(open),
        }
    }

    fn go_away(&mut self, frame: &KeptFrame<'_>) {
        let (Some(last), Some(code)) = (number(frame.payload, 0), number(frame.payload, 4)) else { return };
        let mut goaway = GoAway {
            from: side(self.direction),
            code,
            last_stream: last & 0x7fff_ffff,
            cost: 0,
            at: frame.at,
            offset: frame.start.offset,
        };
        // What the client refuses are streams that the server opens.
        if goaway.from == Side::Server {
            goaway.cost = self.streams.refuse_above(goaway);
        }
        if self.facts.goaways.len() < MOST_KEPT {
            self.facts.goaways.push(goaway);
        }
    }

    fn data_begun(&mut self, head: &FrameHead, start: FrameStart, at: Arrival) {
        let id = head.stream;
        let misses = self.streams.misses(self.direction, id);
        let Some(open) = self.streams.get(id) else {
            self.half.windows.send(0, head.length, &mut 0);
            if self.streams.is_idle(id) {
                self.tell(Rule::FrameInWrongState, head, start);
            }
            return;
        };
        let half = open.half(self.direction);
        let sent = self.half.windows.send(id, head.length, &mut half.balance);
        let waited = half.blocked.take();
        if sent == Sent::Blocked && !head.ends_stream() {
            half.blocked = Some(at);
        }
        // That it goes on shows that it may, whatever granted it.
        if let Some(since) = waited {
            open.stall(self.direction, since, at, true);
        }
        // What comes behind RST_STREAM was on its way; behind END_STREAM nothing may come (RFC 9113, 5.1).
        let is_reset = open.exchange.stream.as_ref().is_some_and(|stream| stream.end.is_some());
        let half = &open.halves[self.direction as usize];
        if !misses && !is_reset && (!half.has_head || half.is_over) {
            open.fault(self.direction, Rule::FrameInWrongState, start.offset, head.bytes().to_vec());
            self.tell(Rule::FrameInWrongState, head, start);
        }
        if sent == Sent::TooMuch {
            self.tell(Rule::BadWindow, head, start);
        }
    }

    fn data(&mut self, head: &FrameHead, start: FrameStart, part: DataPart<'_>, at: Arrival) {
        let misses = self.streams.misses(self.direction, head.stream);
        let Some(open) = self.streams.get(head.stream) else { return };
        match part {
            _ if !open.takes_content(self.direction) => {}
            DataPart::Content(bytes) => open.content(self.direction, bytes, at),
            DataPart::Missing(length, cause) => open.missing_content(self.direction, length, cause, at),
            DataPart::Ended if head.ends_stream() && !open.half(self.direction).is_over => {
                open.end(self.direction, head, start, at, misses);
                self.half.windows.forget(head.stream);
                let end = start.offset.saturating_add(HEAD as u64 + u64::from(head.length));
                self.message_ended(head.stream, end, at);
            }
            DataPart::Begun | DataPart::Ended => {}
        }
    }

    /// A message is complete, with the byte before this offset.
    pub fn message_ended(&mut self, id: u32, end: u64, at: Arrival) {
        if self.direction == MessageDirection::Requests {
            self.streams.request_ended(id, end);
        }
        self.streams.settle(id, at);
    }

    /// A header block cannot be read: neither can what refers to it.
    pub fn lose_headers(&mut self, at: Arrival) {
        self.half.table.lose();
        self.facts.lost_headers[self.direction as usize].get_or_insert(at);
    }

    /// A frame breaks a rule.
    pub fn tell(&mut self, rule: Rule, head: &FrameHead, start: FrameStart) {
        self.tell_bytes(rule, head.stream, start, &head.bytes());
    }

    /// The bytes at a place break a rule.
    pub fn tell_bytes(&mut self, rule: Rule, stream: u32, start: FrameStart, bytes: &[u8]) {
        self.facts.tell(FrameFault {
            from: side(self.direction),
            rule,
            stream,
            at: start.first,
            offset: start.offset,
            excerpt: bytes.iter().copied().take(HEAD).collect(),
        });
    }
}

/// Four bytes of a payload.
fn number(payload: &[u8], at: usize) -> Option<u32> {
    payload.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
