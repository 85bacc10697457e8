//! Header blocks: their fields are read in any case, since the table follows from them, and belong to a message where a stream awaits one.

use super::block::{BlockFrames, HeaderBlock};
use super::frame::{FrameKind, FrameStart};
use super::frames::HalfReading;
use super::head_reader::{HeadKind, HeadReader};
use super::stream::HeadPlace;
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut};

impl HalfReading<'_> {
    /// Reads a block that is complete, or as much of it as there is.
    pub fn headers(&mut self, frames: &BlockFrames, block: HeaderBlock<'_>) {
        let BlockFrames { head, start, at, .. } = *frames;
        let promised = head.kind == FrameKind::PushPromise;
        let kind = if promised { None } else { self.streams.awaits(self.direction, head.stream) };
        let mut reader = HeadReader::new(kind.unwrap_or(HeadKind::Trailers), start.offset, block.places);
        let fault = self.fields(&block, &mut reader);
        if let Some(fault) = fault {
            let place = FrameStart { offset: block.places.offset(fault), first: at };
            let bytes = block.bytes.get(fault..).unwrap_or_default();
            self.tell_bytes(Rule::BadHeaderBlock, head.stream, place, bytes);
        }
        let is_whole = block.is_whole && fault.is_none();
        if !is_whole {
            self.lose_headers(at);
        }
        let may_end = self.streams.may_miss_head(self.direction, head.stream);
        let kind =
            kind.map(|kind| if may_end && reader.is_no_head(is_whole) { HeadKind::Trailers } else { kind });
        if let Some(kind) = kind {
            let unknown = reader.unknown().saturating_add(u32::from(!is_whole));
            let place = HeadPlace { start, at, unknown };
            self.message(kind, frames, &place, reader, is_whole);
        }
    }

    /// The end of the direction cuts a block.
    pub fn cut_block(&mut self, cut: Cut) {
        let Some(open) = self.half.block.take() else { return };
        let (frames, block) = (open.frames, open.block());
        let kind = self.streams.awaits(self.direction, frames.head.stream);
        let Some(kind) = kind.filter(|kind| *kind != HeadKind::Trailers) else { return };
        let mut reader = HeadReader::new(kind, frames.start.offset, block.places);
        self.fields(&block, &mut reader);
        let unknown = reader.unknown().saturating_add(1);
        let place = HeadPlace { start: frames.start, at: frames.at, unknown };
        let stream = self.streams.open(frames.head.stream, self.direction);
        match kind {
            HeadKind::Request => stream.request_head(reader.request(false), &place),
            HeadKind::Response | HeadKind::Trailers => {
                stream.response_head(reader.response(false), &place, None);
            }
        }
        stream.half(self.direction).is_over = true;
        let state = BodyState::InHead(cut);
        match (kind, &mut stream.exchange.request, &mut stream.exchange.response) {
            (HeadKind::Request, Some(request), _) => request.body.state = state,
            (HeadKind::Response, _, Some(response)) => {
                response.body.state = state;
                response.head_end = None;
            }
            _ => {}
        }
    }

    /// Reads the fields of a block: where the representation is that cannot be read, if one cannot.
    fn fields(&mut self, block: &HeaderBlock<'_>, reader: &mut HeadReader<'_>) -> Option<usize> {
        let mut at = 0;
        self.half.table.begin_block();
        while let Some(field) = self.half.table.next(block.bytes, &mut at) {
            match field {
                Ok(field) => reader.take(&field),
                // What the block's missing end cuts is no fault.
                Err(fault) => return block.is_whole.then_some(fault.at),
            }
        }
        None
    }

    /// Gives a head or trailers to their stream.
    fn message(
        &mut self,
        kind: HeadKind,
        frames: &BlockFrames,
        place: &HeadPlace,
        reader: HeadReader<'_>,
        is_whole: bool,
    ) {
        let (head, start, id) = (frames.head, frames.start, frames.head.stream);
        if kind != HeadKind::Trailers && id > self.streams.highest {
            self.facts.streams = self.facts.streams.saturating_add(1);
            if kind == HeadKind::Response && self.streams.is_idle(id) {
                self.tell(Rule::FrameInWrongState, &head, start);
            }
        }
        let direction = self.direction;
        let stream = self.streams.open(id, direction);
        match kind {
            HeadKind::Request => stream.request_head(reader.request(is_whole), place),
            HeadKind::Response => {
                let grpc_status = reader.grpc_status();
                stream.response_head(reader.response(is_whole), place, grpc_status);
            }
            HeadKind::Trailers => {
                stream.trailers(direction, place, reader.trailers());
                // RFC 9113, 8.1: trailers end their message.
                if !head.ends_stream() {
                    stream.fault(direction, Rule::FrameInWrongState, start.offset, head.bytes().to_vec());
                }
            }
        }
        if head.ends_stream() {
            let misses = self.streams.misses(direction, id);
            self.streams.open(id, direction).end(direction, &head, start, place.at, misses);
            self.message_ended(id, frames.end, place.at);
        }
        if kind == HeadKind::Request
            && let Some(goaway) = self.streams.refuse_crossed(id, place.at)
            && let Some(known) = self.facts.goaways.iter_mut().find(|known| known.offset == goaway.offset)
        {
            known.cost = known.cost.saturating_add(1);
        }
    }
}
