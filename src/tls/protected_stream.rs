//! One side's protected records: each waits until it is whole, is opened, and what it holds gets its place in the stream inside.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::above::Above;
use super::early::{SaidEarly, Sealed, Undecided};
use super::opener::{Found, Opener};
use super::said::{RecordAtHand, SaidInside};
use super::secrets::Sessions;
use crate::flow::{Arrival, End, Gap, Side};

/// Ends of records whose acknowledgement is awaited. Beyond, two count as one.
const MOST_UNACKNOWLEDGED: usize = 64;
/// Bytes of a record's header.
const HEADER: u64 = 5;

/// One side's protected records, and the stream inside them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProtectedStream {
    /// What opens them; `None` while the suite is not known.
    opener: Option<Opener>,
    /// Early data, while it is not known whether the server takes it.
    undecided: Option<Box<Undecided>>,
    /// The secret of early data is known.
    keeps_early: bool,
    at_hand: Option<RecordAtHand>,
    /// What was not opened since the last record that was.
    hole: Option<Unopened>,
    /// Bytes inside so far, those that are missing included.
    inside: u64,
    /// Where records end: outside and inside.
    ends: VecDeque<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Unopened {
    /// Where, outside, the first record begins that was not opened.
    from: u64,
    why: Gap,
}

impl ProtectedStream {
    pub fn new(opener: Opener) -> ProtectedStream {
        ProtectedStream { opener: Some(opener), ..ProtectedStream::of_nobody() }
    }

    /// Of a client that may say early data, before the ServerHello.
    pub fn of_early_data() -> ProtectedStream {
        let undecided = Some(Box::default());
        ProtectedStream { undecided, keeps_early: true, ..ProtectedStream::of_nobody() }
    }

    fn of_nobody() -> ProtectedStream {
        ProtectedStream {
            opener: None,
            undecided: None,
            keeps_early: false,
            at_hand: None,
            hole: None,
            inside: 0,
            ends: VecDeque::new(),
        }
    }

    /// Now it is known how to open what was said early, and what follows.
    pub fn open_with(&mut self, opener: Opener, from: Side, above: &mut dyn Above) {
        self.opener = Some(opener);
        let sealed = self.undecided.as_mut().map(|undecided| undecided.take_sealed());
        for Sealed { kind, record, end, at } in sealed.into_iter().flatten() {
            above.let_go(record.payload.len());
            // Under these keys nothing but early data opens, and that waits.
            self.open(kind, record, end, from, at, above);
        }
    }

    /// It is known whether the server takes early data; what was said of it, if it does. `missing` bytes of it were not kept.
    pub fn decide(
        &mut self,
        takes: bool,
        missing: u64,
        (from, at): (Side, Arrival),
        above: &mut dyn Above,
    ) -> Vec<SaidEarly> {
        let undecided = self.undecided.take();
        above.let_go(undecided.as_ref().map_or(0, |undecided| undecided.waiting()));
        if !takes {
            if let Some(opener) = &mut self.opener {
                opener.without_early();
            }
            return Vec::new();
        }
        match undecided {
            Some(undecided) => {
                let said = undecided.into_opened();
                for SaidEarly { said, end, at } in &said {
                    self.say(&said.record.text, *end, from, *at, above);
                }
                said
            }
            None => {
                let missing = if self.keeps_early { 0 } else { missing };
                self.miss(missing, Gap::NotCaptured, from, at, above);
                Vec::new()
            }
        }
    }

    /// So many bytes inside are missing here.
    fn miss(&mut self, length: u64, why: Gap, from: Side, at: Arrival, above: &mut dyn Above) {
        if length == 0 {
            return;
        }
        let offset = self.inside;
        self.inside = self.inside.saturating_add(length);
        if let Some(reader) = above.reader() {
            reader.gap(&mut (), from, offset, length, why, at);
        }
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
        if let Some(undecided) = self.undecided.as_mut().filter(|_| self.opener.is_none()) {
            let refused = undecided.seal(Sealed { kind, record, end, at })?;
            above.let_go(refused.record.payload.len());
            self.hole.get_or_insert(Unopened { from: refused.record.start, why: Gap::GivenUp });
            return None;
        }
        above.let_go(record.payload.len());
        self.open(kind, record, end, from, at, above)
    }

    fn open(
        &mut self,
        kind: TlsRecordType,
        record: RecordAtHand,
        end: u64,
        from: Side,
        at: Arrival,
        above: &mut dyn Above,
    ) -> Option<SaidInside> {
        let hole = self.hole.map(|hole| record.start.saturating_sub(hole.from));
        let found = self.opener.as_mut().and_then(|opener| opener.open(kind, &record.payload, hole));
        let Some(Found { record: opened, is_early, missing }) = found else {
            self.hole.get_or_insert(Unopened { from: record.start, why: Gap::NotCaptured });
            return None;
        };
        let after_hole = self.hole.is_some();
        if self.undecided.is_some() && is_early && opened.kind == TlsRecordType::ApplicationData {
            let said = SaidInside { record: opened, begun: record.begun, after_hole };
            self.keep_early(SaidEarly { said, end, at }, record.start, above);
            return None;
        }
        self.close_hole(record.start, missing, from, at, above);
        if opened.kind == TlsRecordType::ApplicationData {
            self.say(&opened.text, end, from, at, above);
        }
        Some(SaidInside { record: opened, begun: record.begun, after_hole })
    }

    /// Keeps what a record that begins at `start` says early. Behind a hole in it nobody knows where that stands before the server has taken it.
    fn keep_early(&mut self, early: SaidEarly, start: u64, above: &mut dyn Above) {
        let bytes = early.said.record.text.len();
        if !early.said.after_hole && above.may_hold(bytes) {
            if self.undecided.as_mut().is_some_and(|undecided| undecided.keep(early)) {
                return;
            }
            above.let_go(bytes);
        }
        self.hole.get_or_insert(Unopened { from: start, why: Gap::GivenUp });
    }

    /// What was not opened ends before `until`; it held `records` of these keys.
    fn close_hole(&mut self, until: u64, records: u64, from: Side, at: Arrival, above: &mut dyn Above) {
        let Some(Unopened { from: start, why }) = self.hole.take() else { return };
        let bytes = until.saturating_sub(start);
        let text = self.opener.as_ref().map_or(0, |opener| opener.text_of(bytes, records));
        self.miss(if records == 0 { 0 } else { text }, why, from, at, above);
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
        if let Some(opener) = &mut self.opener {
            opener.record_is_missing();
        }
        self.hole.get_or_insert(Unopened { from: offset, why });
    }

    /// The record at hand will not be whole.
    fn drop_record(&mut self, why: Gap, above: &mut dyn Above) {
        if let Some(record) = self.at_hand.take() {
            above.let_go(record.payload.len());
            self.hole.get_or_insert(Unopened { from: record.start, why });
            if let Some(opener) = &mut self.opener {
                opener.record_is_missing();
            }
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
        if let Some(undecided) = self.undecided.take() {
            above.let_go(undecided.waiting());
        }
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
        if let Some(opener) = &mut self.opener {
            opener.finished();
        }
    }

    /// The side said EndOfEarlyData.
    pub fn early_data_is_over(&mut self) {
        if let Some(opener) = &mut self.opener {
            opener.without_early();
        }
    }

    /// The side said KeyUpdate.
    pub fn update(&mut self) {
        if let Some(opener) = &mut self.opener {
            opener.update();
        }
    }

    /// Takes the keys again that were not written; `None` where they cannot be found.
    pub fn take_keys(&mut self, sessions: &Sessions) -> Option<()> {
        let Some(opener) = &mut self.opener else { return Some(()) };
        let (_, secrets) = sessions.find(opener.client_random())?;
        opener.take_keys(secrets)
    }

    /// Bytes inside so far.
    pub fn inside(&self) -> u64 {
        self.inside
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        let early = self.undecided.as_ref().map_or(0, |undecided| undecided.waiting());
        early + self.at_hand.as_ref().map_or(0, |record| record.payload.len())
    }
}
