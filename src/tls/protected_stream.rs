//! One side's protected records: each waits until it is whole, is opened, and what it holds gets its place in the stream inside.

use std::collections::VecDeque;

use tls_parser::TlsRecordType;

use super::above::Above;
use super::opener::{Found, Opener};
use super::protection::OpenedRecord;
use crate::flow::{Arrival, End, Gap, Side};

/// Ends of records whose acknowledgement is awaited. Beyond, two count as one.
const MOST_UNACKNOWLEDGED: usize = 64;
/// Bytes of a record's header.
const HEADER: u64 = 5;

/// One side's protected records, and the stream inside them.
#[derive(Debug)]
pub(super) struct ProtectedStream {
    opener: Opener,
    at_hand: Option<RecordAtHand>,
    /// What was not opened since the last record that was.
    hole: Option<Unopened>,
    /// Bytes inside so far, those that are missing included.
    inside: u64,
    /// Where records end: outside and inside.
    ends: VecDeque<(u64, u64)>,
}

/// A record that is not whole yet.
#[derive(Debug)]
struct RecordAtHand {
    begun: Arrival,
    start: u64,
    payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Unopened {
    /// Where, outside, the first record begins that was not opened.
    from: u64,
    why: Gap,
}

/// What a record said.
#[derive(Debug)]
pub(super) struct SaidInside {
    pub record: OpenedRecord,
    /// The packet in which the record began.
    pub begun: Arrival,
    /// Something before it was not opened.
    pub after_hole: bool,
}

impl ProtectedStream {
    pub fn new(opener: Opener) -> ProtectedStream {
        ProtectedStream { opener, at_hand: None, hole: None, inside: 0, ends: VecDeque::new() }
    }

    /// A record begins at `start` of the stream outside.
    pub fn begins(&mut self, start: u64, at: Arrival, above: &mut dyn Above) {
        self.drop_record(Gap::NotCaptured, above);
        self.at_hand = Some(RecordAtHand { begun: at, start, payload: Vec::new() });
    }

    /// More of its payload.
    pub fn payload(&mut self, bytes: &[u8], above: &mut dyn Above) {
        let Some(record) = &mut self.at_hand else { return };
        if above.may_hold(bytes.len()) {
            record.payload.extend_from_slice(bytes);
        } else {
            self.drop_record(Gap::GivenUp, above);
        }
    }

    /// The record is whole, and ends at `end` outside; what it said, where it was opened.
    pub fn ended(
        &mut self,
        kind: TlsRecordType,
        end: u64,
        from: Side,
        at: Arrival,
        above: &mut dyn Above,
    ) -> Option<SaidInside> {
        let record = self.at_hand.take()?;
        above.let_go(record.payload.len());
        let hole = self.hole.map(|hole| record.start.saturating_sub(hole.from));
        let Some(Found { record: opened, missing }) = self.opener.open(kind, &record.payload, hole) else {
            self.hole.get_or_insert(Unopened { from: record.start, why: Gap::NotCaptured });
            return None;
        };
        let after_hole = self.hole.is_some();
        self.close_hole(record.start, missing, from, at, above);
        if opened.kind == TlsRecordType::ApplicationData {
            self.say(&opened.text, end, from, at, above);
        }
        Some(SaidInside { record: opened, begun: record.begun, after_hole })
    }

    /// What was not opened ends before `until`; it held `records` of these keys.
    fn close_hole(&mut self, until: u64, records: u64, from: Side, at: Arrival, above: &mut dyn Above) {
        let Some(Unopened { from: start, why }) = self.hole.take() else { return };
        let length = if records == 0 { 0 } else { self.opener.text_of(until.saturating_sub(start), records) };
        if length > 0 {
            let offset = self.inside;
            self.inside = self.inside.saturating_add(length);
            if let Some(reader) = above.reader() {
                reader.gap(&mut (), from, offset, length, why, at);
            }
        }
    }

    fn say(&mut self, text: &[u8], end: u64, from: Side, at: Arrival, above: &mut dyn Above) {
        let offset = self.inside;
        self.inside = self.inside.saturating_add(text.len() as u64);
        if self.ends.len() >= MOST_UNACKNOWLEDGED {
            self.ends.pop_back();
        }
        self.ends.push_back((end, self.inside));
        if let Some(reader) = above.reader().filter(|_| !text.is_empty()) {
            reader.bytes(&mut (), from, offset, text, at);
        }
    }

    /// Bytes outside, from `offset` on, are missing.
    pub fn hole(&mut self, offset: u64, why: Gap, above: &mut dyn Above) {
        self.drop_record(why, above);
        self.hole.get_or_insert(Unopened { from: offset, why });
    }

    /// The record at hand will not be whole.
    fn drop_record(&mut self, why: Gap, above: &mut dyn Above) {
        if let Some(record) = self.at_hand.take() {
            above.let_go(record.payload.len());
            self.hole.get_or_insert(Unopened { from: record.start, why });
        }
    }

    /// The peer acknowledged what lies before `offset` outside.
    pub fn acknowledged(&mut self, offset: u64, from: Side, at: Arrival, above: &mut dyn Above) {
        let mut heard = None;
        while let Some((end, inside)) = self.ends.front().copied().filter(|(end, _)| *end <= offset) {
            heard = Some((end, inside));
            self.ends.pop_front();
        }
        if let (Some((_, inside)), Some(reader)) = (heard, above.reader()) {
            reader.acknowledged(&mut (), from, inside, at);
        }
    }

    /// The stream ended at `end` outside. A record that never became whole says nothing to its receiver either (RFC 8446, 5.2).
    pub fn stream_ended(&mut self, end: u64, from: Side, how: End, at: Arrival, above: &mut dyn Above) {
        if let Some(record) = self.at_hand.take() {
            above.let_go(record.payload.len());
        }
        if let Some(hole) = self.hole {
            let bytes = end.saturating_sub(hole.from);
            self.close_hole(end, u64::from(bytes > HEADER), from, at, above);
        }
        let inside = self.inside;
        if let Some(reader) = above.reader() {
            reader.end(&mut (), from, inside, how, at);
        }
    }

    /// The side said Finished.
    pub fn finished(&mut self) {
        self.opener.finished();
    }

    /// The side said KeyUpdate.
    pub fn update(&mut self) {
        self.opener.update();
    }

    /// Bytes inside so far.
    pub fn inside(&self) -> u64 {
        self.inside
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.at_hand.as_ref().map_or(0, |record| record.payload.len())
    }
}
