//! HTTP/2 on one connection (RFC 9113): a reader of frames for each direction, and the streams that they make.
//!
//! Bytes become frames (`frame_reader`), frames become header blocks and these fields (`hpack`, `head_reader`), and what they tell goes to the
//! streams, which become exchanges beside those of HTTP/1. What one direction means for the other is passed on here.

mod block;
mod boundary;
mod facts;
mod field_sizes;
mod frame;
mod frame_event;
mod frame_reader;
mod frames;
mod half;
mod head_reader;
mod headers;
mod hpack;
mod marks;
mod stream;
mod streams;
#[cfg(test)]
mod tests;
mod unseen;
mod windows;

pub use facts::{FrameFault, GoAway, Http2Facts, Settings, error_name};
pub(crate) use frame::{PREFACE, begins_with_settings};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use self::frame_event::FrameEvent;
use self::frame_reader::FrameReader;
use self::frames::{Effect, HalfReading};
use self::half::HalfState;
use self::streams::Streams;
use super::conform::Rule;
use super::direction::MessageDirection;
use super::exchange::{Cut, Exchange};
use super::piece::{StreamHole, StreamPiece};
use crate::flow::{Arrival, Gap};

/// A connection read as HTTP/2.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Http2 {
    halves: [ConnectionHalf; 2],
    streams: Streams,
    facts: Http2Facts,
}

/// One direction of a connection.
#[derive(Debug, Serialize, Deserialize)]
struct ConnectionHalf {
    reader: FrameReader,
    state: HalfState,
    has_ended: bool,
}

/// How a connection comes to speak HTTP/2.
#[derive(Debug)]
pub(crate) struct Http2Start {
    /// The packet from which on it does.
    pub at: Arrival,
    /// Stream offsets of the first bytes that are to be read, of requests and of responses.
    pub offsets: [u64; 2],
    /// Where the client's preface stands.
    pub preface: Preface,
    /// A request of HTTP/1 that asked for the change: stream 1 answers it (RFC 7540, 3.2).
    pub upgraded: Option<Exchange>,
    /// Exchanges before the change.
    pub exchanges: u32,
}

/// Where the client's preface stands when HTTP/2 is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preface {
    /// So many bytes of it were read.
    SoFar(usize),
    /// It was not captured.
    Missed,
}

impl Http2 {
    /// From where the change happened.
    pub fn new(start: Http2Start) -> Http2 {
        let preface = match start.preface {
            Preface::SoFar(bytes) => Some(bytes),
            Preface::Missed => None,
        };
        let half = |direction: usize, preface| ConnectionHalf {
            reader: FrameReader::new(start.offsets[direction], preface),
            state: HalfState::default(),
            has_ended: false,
        };
        let halves = [half(0, preface), half(1, None)];
        let mut http2 = Http2 { halves, streams: Streams::default(), facts: Http2Facts::new(start.at) };
        http2.streams.begin_behind(start.exchanges);
        if preface.is_none() {
            http2.halves[MessageDirection::Requests as usize].reader.lose_step();
            http2.lose_step(MessageDirection::Requests, start.at);
        }
        if let Some(upgraded) = start.upgraded {
            http2.facts.streams += 1;
            // What the client allows stands in its HTTP2-Settings, too (RFC 7540, 3.2.1), which are not read.
            let responses = &mut http2.halves[MessageDirection::Responses as usize].state;
            responses.table.allow_any();
            responses.windows.lose();
            http2.streams.open(1, MessageDirection::Requests).take_upgraded(upgraded);
        }
        http2
    }

    /// The next bytes.
    pub fn bytes(&mut self, direction: MessageDirection, offset: u64, data: &[u8], at: Arrival) {
        self.skip_to(direction, offset, at);
        let half = &mut self.halves[direction as usize];
        let seen = usize::try_from(half.reader.position.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(bytes) = data.get(seen..).filter(|rest| !rest.is_empty()) else { return };
        let offset = offset.max(half.reader.position);
        half.reader.position = offset.saturating_add(bytes.len() as u64);
        self.halves[direction.other() as usize].state.windows.hear();
        if direction == MessageDirection::Requests {
            self.streams.hear_client();
        }
        self.streams.pass_time(at);
        self.read(direction, StreamPiece { bytes, at: 0, offset, arrival: at });
    }

    /// Bytes that were not captured.
    pub fn gap(
        &mut self,
        direction: MessageDirection,
        offset: u64,
        length: u64,
        cause: Gap,
        arrival: Arrival,
    ) {
        let end = offset.saturating_add(length);
        let reader = &mut self.halves[direction as usize].reader;
        let offset = offset.max(reader.position);
        if end <= offset {
            return;
        }
        reader.position = end;
        let mut hole = Some(StreamHole { offset, length: end - offset, cause, arrival });
        while let Some(open) = hole {
            let Http2 { halves, streams, facts } = self;
            let ConnectionHalf { reader, state, .. } = &mut halves[direction as usize];
            let mut reading = HalfReading { direction, half: state, streams, facts };
            let (event, rest) = reader.pass_hole(open);
            if let Some(event) = event {
                reading.take(event);
            }
            hole = rest;
            if reader.is_lost() {
                hole = None;
                self.lose_step(direction, arrival);
            } else if let Some(event) = reader.complete_by_hole(arrival) {
                reading.take(event);
            }
        }
    }

    /// The server acknowledged what the client sent before `offset`.
    pub fn acknowledged(&mut self, offset: u64, at: Arrival) {
        self.streams.acknowledge(offset, at);
    }

    /// The stream of this direction ended at `offset`.
    pub fn end(&mut self, direction: MessageDirection, offset: u64, cut: Cut, at: Arrival) {
        if self.halves[direction as usize].has_ended {
            return;
        }
        self.skip_to(direction, offset, at);
        self.finish_half(direction, cut, Some(at));
        if self.halves.iter().all(|half| half.has_ended) {
            self.streams.emit_all();
        }
    }

    /// The packet with which a side began to speak another protocol.
    pub fn not_http2(&self, direction: MessageDirection) -> Option<Arrival> {
        let begun =
            |fault: &&FrameFault| fault.rule == Rule::BadPreface && fault.from == stream::side(direction);
        self.facts.faults.iter().find(begun).map(|fault| fault.at)
    }

    /// The next exchange that is over.
    pub fn next_finished(&mut self) -> Option<Exchange> {
        self.streams.next_finished()
    }

    /// The exchanges that were not handed out, as far as they came, and what the connection told.
    pub fn finish(mut self) -> (Vec<Exchange>, Http2Facts) {
        for direction in [MessageDirection::Requests, MessageDirection::Responses] {
            if !self.halves[direction as usize].has_ended {
                self.finish_half(direction, Cut::Capture, None);
            }
        }
        self.streams.emit_all();
        let exchanges = std::iter::from_fn(|| self.streams.next_finished()).collect();
        (exchanges, self.facts)
    }

    /// Bytes before `offset` of which nobody told were not captured.
    fn skip_to(&mut self, direction: MessageDirection, offset: u64, at: Arrival) {
        let position = self.halves[direction as usize].reader.position;
        if offset > position {
            self.gap(direction, position, offset - position, Gap::NotCaptured, at);
        }
    }

    fn read(&mut self, direction: MessageDirection, mut piece: StreamPiece<'_>) {
        loop {
            let Http2 { halves, streams, facts } = self;
            let ConnectionHalf { reader, state, .. } = &mut halves[direction as usize];
            let at = piece.arrival;
            let effect = match reader.next(&mut piece) {
                None => return,
                Some(FrameEvent::Found) => return self.read_found(direction),
                Some(event) => HalfReading { direction, half: state, streams, facts }.take(event),
            };
            if let Some(effect) = effect {
                self.apply(direction, effect, at);
            }
        }
    }

    /// Frames were found again: what was held is read from there.
    fn read_found(&mut self, direction: MessageDirection) {
        for held in self.halves[direction as usize].reader.take_found() {
            let piece = StreamPiece { bytes: &held.bytes, at: 0, offset: held.offset, arrival: held.arrival };
            self.read(direction, piece);
        }
    }

    /// What a frame of one direction changes for the other.
    fn apply(&mut self, direction: MessageDirection, effect: Effect, at: Arrival) {
        let sender = direction.other();
        let waited = match effect {
            Effect::Settings(settings) => {
                let ConnectionHalf { reader, state, .. } = &mut self.halves[sender as usize];
                if let Some(size) = settings.header_table_size {
                    state.table.allow(size);
                }
                if let Some(size) = settings.max_frame_size {
                    reader.largest = reader.largest.max(size);
                }
                settings.initial_window_size.map(|size| state.windows.set_initial(size)).unwrap_or_default()
            }
            Effect::WindowsUnknown => {
                self.halves[sender as usize].state.windows.lose();
                BTreeSet::new()
            }
            Effect::Window { stream, increment, frame, start } => {
                let windows = &mut self.halves[sender as usize].state.windows;
                let (fits, waited) = match self.streams.get(stream) {
                    _ if stream == 0 => windows.grant(increment),
                    Some(open) => {
                        (windows.grant_stream(increment, &mut open.half(sender).balance), [stream].into())
                    }
                    None => (true, BTreeSet::new()),
                };
                if !fits {
                    let Http2 { halves, streams, facts } = self;
                    let half = &mut halves[direction as usize].state;
                    HalfReading { direction, half, streams, facts }.tell(Rule::BadWindow, &frame, start);
                }
                waited
            }
        };
        for stream in waited {
            self.resume(sender, stream, at);
        }
    }

    /// A stream's sender may go on, if it waited and both windows are open.
    fn resume(&mut self, sender: MessageDirection, stream: u32, at: Arrival) {
        let windows = &mut self.halves[sender as usize].state.windows;
        let Some(open) = self.streams.get(stream) else { return };
        if !windows.is_open(open.half(sender).balance) {
            return;
        }
        windows.forget(stream);
        if let Some(since) = open.half(sender).blocked.take() {
            open.stall(sender, since, at, true);
        }
    }

    /// Bytes are missing that held heads of frames: streams may have begun and ended there, header blocks and words of windows too.
    fn lose_step(&mut self, direction: MessageDirection, at: Arrival) {
        self.streams.miss(direction);
        let half = &mut self.halves[direction as usize].state;
        half.block = None;
        half.is_behind_loss = true;
        half.table.lose();
        self.facts.lost_headers[direction as usize].get_or_insert(at);
        let other = &mut self.halves[direction.other() as usize].state;
        other.windows.lose();
        other.table.allow_any();
    }

    fn finish_half(&mut self, direction: MessageDirection, cut: Cut, at: Option<Arrival>) {
        let half = &mut self.halves[direction as usize];
        half.has_ended = true;
        if half.reader.finds_at_end() {
            self.read_found(direction);
        }
        let Http2 { halves, streams, facts } = self;
        let ConnectionHalf { reader, state, .. } = &mut halves[direction as usize];
        reader.silence();
        HalfReading { direction, half: state, streams, facts }.cut_block(cut);
        let blame = facts.goaways.iter().rposition(|goaway| goaway.code != 0);
        let goaway = blame.and_then(|index| facts.goaways.get_mut(index));
        let cost = streams.end(direction, cut, at.or(reader.last), goaway.as_deref().copied());
        if let Some(goaway) = goaway {
            goaway.cost = goaway.cost.saturating_add(cost);
        }
    }
}
