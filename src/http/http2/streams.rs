//! The streams of a connection: each becomes an exchange. What is over leaves nothing behind.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::facts::GoAway;
use super::head_reader::HeadKind;
use super::stream::OpenStream;
use super::unseen::UnseenStreams;
use crate::flow::Arrival;
use crate::http::direction::MessageDirection;
use crate::http::exchange::{Cut, EndingFrame, Exchange, StreamEnd};
use crate::time::Duration;

/// Streams that may be open at once. Servers allow some hundred; of more, those that began first are taken as they are.
const MOST_OPEN: usize = 4096;
/// Streams that are over and for which frames may still come: the other side's RST_STREAM, the acknowledgement of a request.
const MOST_LINGERING: usize = 32;
/// How long frames may come behind the end of their stream.
const LINGERS: Duration = Duration::SECOND;
/// Ends of requests that wait for their acknowledgement.
const MOST_UNACKNOWLEDGED: usize = 2 * MOST_OPEN;

/// The streams of a connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Streams {
    open: BTreeMap<u32, OpenStream>,
    /// Streams that are over, in the order in which they ended.
    lingering: VecDeque<u32>,
    finished: VecDeque<Exchange>,
    /// The highest stream that the client opened.
    pub highest: u32,
    /// Streams below it that the client may have opened in bytes that are missing.
    unseen: UnseenStreams,
    /// Stretches of the client's bytes that were missing when it was last seen to open one.
    missed_below: u32,
    /// Exchanges so far.
    count: u32,
    /// The end of the last complete response.
    last_response_end: Option<Arrival>,
    /// For each direction: stretches that were missing so far.
    missed: [u32; 2],
    /// Stream offsets behind requests, ascending, and whose they are.
    unacknowledged: VecDeque<(u64, u32)>,
    /// Whether the client was heard.
    hears_client: bool,
    /// The GOAWAY of the server that leaves the fewest streams.
    refusal: Option<GoAway>,
}

impl Streams {
    /// Numbers exchanges behind these, which were made over HTTP/1.
    pub fn begin_behind(&mut self, count: u32) {
        self.count = count;
    }

    /// What a header block on a stream is; `None` where it belongs to no exchange.
    pub fn awaits(&self, direction: MessageDirection, id: u32) -> Option<HeadKind> {
        let head = match direction {
            MessageDirection::Requests => HeadKind::Request,
            MessageDirection::Responses => HeadKind::Response,
        };
        match self.open.get(&id) {
            Some(stream) if stream.halves[direction as usize].is_over => None,
            Some(stream) if stream.halves[direction as usize].has_head => Some(HeadKind::Trailers),
            Some(_) => Some(head),
            // Streams of the server carry what nobody asked for.
            None => (id % 2 == 1 && (id > self.highest || self.unseen.holds(id))).then_some(head),
        }
    }

    /// A stream, while it is open or lingers.
    pub fn get(&mut self, id: u32) -> Option<&mut OpenStream> {
        self.open.get_mut(&id)
    }

    /// The client speaks.
    pub fn hear_client(&mut self) {
        self.hears_client = true;
    }

    /// Whether the client surely never opened this stream.
    pub fn is_idle(&self, id: u32) -> bool {
        self.hears_client
            && id % 2 == 1
            && id > self.highest
            && self.missed[MessageDirection::Requests as usize] == 0
    }

    /// The stream of this id, opened where it is not yet, by a head in this direction.
    pub fn open(&mut self, id: u32, by: MessageDirection) -> &mut OpenStream {
        if !self.open.contains_key(&id) && self.open.len() >= MOST_OPEN {
            self.emit_first();
        }
        self.pass_over(id, by);
        self.highest = self.highest.max(id);
        let (count, end, mut missed) = (&mut self.count, self.last_response_end, self.missed);
        if by == MessageDirection::Responses {
            // The head of its request was among bytes that are missing.
            missed[MessageDirection::Requests as usize] = 0;
        }
        self.open.entry(id).or_insert_with(|| {
            *count = count.saturating_add(1);
            OpenStream::new(id, *count, end, missed)
        })
    }

    /// A stream is opened: those between the highest so far and it may have been opened in bytes that are missing.
    fn pass_over(&mut self, id: u32, by: MessageDirection) {
        self.unseen.take(id);
        if id <= self.highest {
            return;
        }
        let missed = self.missed[MessageDirection::Requests as usize];
        if missed > self.missed_below {
            self.unseen.add(self.highest.saturating_add(1), id);
        }
        // Answers come in any order: that to one stream tells nothing of those above it.
        if by == MessageDirection::Requests {
            self.missed_below = missed;
        }
    }

    /// Bytes are missing in a direction: what is open there may have ended among them.
    pub fn miss(&mut self, direction: MessageDirection) {
        let missed = &mut self.missed[direction as usize];
        *missed = missed.saturating_add(1);
    }

    /// Whether bytes were missing in a direction while a stream was open.
    pub fn misses(&self, direction: MessageDirection, id: u32) -> bool {
        let before = self.open.get(&id).map(|stream| stream.halves[direction as usize].missed_before);
        before.is_some_and(|before| before < self.missed[direction as usize])
    }

    /// Whether a stream's head in a direction may have been among bytes that are missing.
    pub fn may_miss_head(&self, direction: MessageDirection, id: u32) -> bool {
        match self.open.get(&id) {
            Some(_) => self.misses(direction, id),
            None => self.missed[direction as usize] > 0,
        }
    }

    /// The request of a stream ended at this offset.
    pub fn request_ended(&mut self, id: u32, end: u64) {
        if self.unacknowledged.len() >= MOST_UNACKNOWLEDGED {
            self.unacknowledged.pop_front();
        }
        self.unacknowledged.push_back((end, id));
    }

    /// The server acknowledged what the client sent before `offset`.
    pub fn acknowledge(&mut self, offset: u64, at: Arrival) {
        while let Some((end, id)) = self.unacknowledged.front().copied()
            && end <= offset
        {
            self.unacknowledged.pop_front();
            if let Some(request) = self.open.get_mut(&id).and_then(|stream| stream.exchange.request.as_mut())
            {
                request.acknowledged.get_or_insert(at);
            }
        }
    }

    /// A frame came: streams that are over for long are handed out.
    pub fn pass_time(&mut self, now: Arrival) {
        while let Some(id) = self.lingering.front() {
            let closed = self.open.get(id).and_then(|stream| stream.closed);
            let is_due = closed.is_none_or(|closed| now.time.since(closed.time) > LINGERS);
            if !is_due && self.lingering.len() <= MOST_LINGERING {
                return;
            }
            if let Some(id) = self.lingering.pop_front() {
                self.emit(id);
            }
        }
    }

    /// Something of a stream ended: where all of it has, it waits for what may still come.
    pub fn settle(&mut self, id: u32, at: Arrival) {
        let Some(stream) = self.open.get_mut(&id) else { return };
        if stream.is_answered() && stream.halves[MessageDirection::Responses as usize].is_over {
            self.last_response_end = self.last_response_end.max(Some(at));
        }
        if stream.is_over() && stream.closed.is_none() {
            stream.closed = Some(at);
            self.lingering.push_back(id);
        }
    }

    /// RST_STREAM. A response that was complete before may have been one that its receiver could not use.
    pub fn reset(&mut self, id: u32, end: StreamEnd) {
        if let Some(stream) = self.open.get_mut(&id) {
            stream.end_early(end);
        }
        self.settle(id, end.at);
    }

    /// A GOAWAY of the server: the streams above its last one were not begun. Their number.
    pub fn refuse_above(&mut self, goaway: GoAway) -> u32 {
        if self.refusal.is_some_and(|known| known.last_stream <= goaway.last_stream) {
            return 0;
        }
        self.refusal = Some(goaway);
        let above: Vec<u32> = match goaway.last_stream.checked_add(1) {
            Some(first) => self.open.range(first..).map(|(id, _)| *id).collect(),
            None => Vec::new(),
        };
        above.into_iter().map(|id| u32::from(self.take_away(id, goaway, goaway.at))).sum()
    }

    /// A stream was opened that a GOAWAY had refused before: on its way, they crossed. Whether it was.
    pub fn refuse_crossed(&mut self, id: u32, at: Arrival) -> Option<GoAway> {
        let goaway = self.refusal.filter(|goaway| id > goaway.last_stream)?;
        self.take_away(id, goaway, at).then_some(goaway)
    }

    /// GOAWAY takes a stream with it, unless that is complete: whether it did.
    fn take_away(&mut self, id: u32, goaway: GoAway, at: Arrival) -> bool {
        let Some(stream) = self.open.get_mut(&id).filter(|stream| !stream.is_answered()) else {
            return false;
        };
        if stream.closed.is_some() {
            return false;
        }
        stream.end_early(StreamEnd {
            frame: EndingFrame::GoAway { last_stream: goaway.last_stream },
            code: goaway.code,
            from: goaway.from,
            at: goaway.at,
            offset: goaway.offset,
        });
        self.settle(id, at);
        true
    }

    /// A direction ends: its messages are cut there. `blame`: the GOAWAY with an error that ended the connection. How many requests that
    /// took without a whole answer.
    pub fn end(
        &mut self,
        direction: MessageDirection,
        cut: Cut,
        at: Option<Arrival>,
        blame: Option<GoAway>,
    ) -> u32 {
        let missed = self.missed[direction as usize];
        let mut cost = 0;
        for stream in self.open.values_mut().filter(|stream| stream.closed.is_none()) {
            let half = &stream.halves[direction as usize];
            if half.is_over {
                continue;
            }
            let misses = half.missed_before < missed;
            let at = at.or(stream.exchange.request.as_ref().map(|request| request.last));
            let Some(at) = at else { continue };
            if direction == MessageDirection::Responses {
                if let Some(goaway) = blame
                    && let Some(stream) = stream.stream()
                    && stream.end.is_none()
                {
                    stream.end = Some(StreamEnd {
                        frame: EndingFrame::GoAway { last_stream: goaway.last_stream },
                        code: goaway.code,
                        from: goaway.from,
                        at: goaway.at,
                        offset: goaway.offset,
                    });
                    cost += 1;
                }
                if misses {
                    stream.answer_not_captured(at);
                }
            }
            stream.cut(direction, if misses { Cut::Capture } else { cut }, at);
        }
        cost
    }

    /// Everything that is not handed out, in the order in which it was asked.
    pub fn emit_all(&mut self) {
        let ids: Vec<u32> = self.open.keys().copied().collect();
        ids.into_iter().for_each(|id| self.emit(id));
        self.lingering.clear();
    }

    /// The next exchange that is over.
    pub fn next_finished(&mut self) -> Option<Exchange> {
        self.finished.pop_front()
    }

    /// Takes the stream that began first as it is.
    fn emit_first(&mut self) {
        if let Some(id) = self.open.keys().next().copied() {
            for direction in [MessageDirection::Requests, MessageDirection::Responses] {
                if let Some(stream) = self.open.get_mut(&id)
                    && let Some(at) = stream.exchange.request.as_ref().map(|request| request.last)
                {
                    stream.answer_not_captured(at);
                    stream.cut(direction, Cut::Capture, at);
                }
            }
            self.emit(id);
        }
    }

    fn emit(&mut self, id: u32) {
        let exchange = self.open.remove(&id).map(|stream| stream.exchange);
        // A frame without a head is no exchange.
        self.finished
            .extend(exchange.filter(|exchange| exchange.request.is_some() || exchange.response.is_some()));
    }
}
