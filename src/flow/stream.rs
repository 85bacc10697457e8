//! One direction of a connection, put together as its receiver would (RFC 9293, 3.10.7.4).
//!
//! Bytes in order go straight to the application. What comes early waits, copied. What is missing is declared when the
//! receiver acknowledged it, when too much waits, or when the connection ends; never before, so that late is not lost.

use std::collections::BTreeMap;

use super::application::{Application, Arrival, End, Gap, Side};
use super::delivered::Delivered;

/// A stream that was joined in the middle begins where its receiver stood, if that is at most so far before the first byte.
const JOINED_BEFORE: u32 = 64 << 10;
/// Sequence numbers further ahead than this belong to no stream that lost a few packets (half of what RFC 7323 allows).
const FURTHEST: i64 = 1 << 29;
/// A first acknowledgement further from the beginning than this speaks of another connection.
const LARGEST_LOSS_AT_START: u32 = 1 << 20;
/// Where what is read goes.
pub(super) struct Output<'x, A> {
    pub(super) application: &'x mut A,
    /// Whose stream it is.
    pub(super) side: Side,
    /// The packet that makes it readable.
    pub(super) at: Arrival,
}

/// Bytes that came before their turn.
#[derive(Clone, Debug)]
struct Waiting {
    data: Box<[u8]>,
    /// Bytes behind them that the snap length cut.
    missing: u64,
}

impl Waiting {
    fn length(&self) -> u64 {
        self.data.len() as u64 + self.missing
    }
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) bytes: usize,
    pub(super) segments: usize,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    /// Sequence number of offset 0.
    base: Option<u32>,
    /// The same by another SYN.
    other_base: Option<u32>,
    /// Where the receiver stood when nothing of the sender had been seen.
    receiver_stood: Option<u32>,
    /// Where it first stood, if it was captured from its SYN on.
    receiver_began: Option<u32>,
    /// Everything before this offset is delivered or declared missing.
    next: u64,
    /// The end of what is known to have been sent.
    highest: u64,
    /// Everything before this offset was acknowledged, as told to the application.
    acknowledged: u64,
    /// The highest acknowledgement, which may include FIN.
    acknowledgement: Option<u64>,
    fin: Option<u64>,
    ended: bool,
    waiting: BTreeMap<u64, Waiting>,
    waiting_bytes: usize,
    delivered: Delivered,
    /// Bytes declared missing.
    pub(super) missing: u64,
    /// Segments that said something else than was delivered or waits for the same offsets.
    pub(super) conflicts: u32,
    /// Holes declared because too much waited behind them.
    pub(super) holes_given_up: u32,
    /// Segments with sequence numbers that belong to no place of the stream.
    pub(super) out_of_window: u32,
}

impl Stream {
    /// A SYN with this sequence number: the stream begins behind it. Of several, the receiver's acknowledgement chooses.
    pub(super) fn open(&mut self, sequence: u32) {
        let base = sequence.wrapping_add(1);
        if *self.base.get_or_insert(base) != base {
            self.other_base = Some(base);
        }
    }

    /// The receiver acknowledges this, and its own SYN was captured: the first such number is where the sender's stream begins.
    pub(super) fn receiver_began(&mut self, number: u32) {
        self.receiver_began.get_or_insert(number);
    }

    /// Bytes of the stream, each once.
    pub(super) fn length(&self) -> u64 {
        self.next
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether the receiver acknowledged all that was sent, FIN included.
    pub(super) fn all_acknowledged(&self) -> bool {
        let sent = self.highest.saturating_add(u64::from(self.fin.is_some()));
        self.base.is_some() && self.acknowledgement.is_some_and(|acknowledged| acknowledged >= sent)
    }

    /// The offset of a sequence number, nearest to what is expected; negative before the stream's beginning.
    #[inline]
    fn offset(&self, base: u32, sequence: u32) -> i64 {
        // Streams longer than 2^32 bytes wrap; only the low bits of `next` matter here.
        let expected = base.wrapping_add(self.next as u32);
        let distance = i64::from(sequence.wrapping_sub(expected).cast_signed());
        i64::try_from(self.next).unwrap_or(i64::MAX).saturating_add(distance)
    }

    /// Whether an RST with this sequence number can come from this stream's sender: its receiver checks it against a window
    /// (RFC 9293, 3.10.7.4), of which only an estimate is known here.
    pub(super) fn reset_is_plausible(&self, sequence: u32, window: u32) -> bool {
        let Some(base) = self.base else { return true };
        let distance = self.offset(base, sequence).abs_diff(i64::try_from(self.highest).unwrap_or(i64::MAX));
        distance <= u64::from(window.max(1 << 20))
    }

    /// Data of the stream, of which `payload` was captured and `length` sent.
    #[inline]
    pub(super) fn data<A: Application>(
        &mut self,
        out: &mut Output<'_, A>,
        sequence: u32,
        payload: &[u8],
        length: u32,
        allowance: Allowance,
    ) {
        if length == 0 || self.ended {
            return;
        }
        let Some(start) = self.place(sequence, length) else { return };
        let end = start.saturating_add(i64::from(length));
        let Ok(end) = u64::try_from(end) else { return };
        let end = self.fin.map_or(end, |fin| end.min(fin));
        let skipped = u64::try_from(-start).unwrap_or(0);
        let payload = payload.get(usize::try_from(skipped).unwrap_or(usize::MAX)..).unwrap_or_default();
        let start = u64::try_from(start).unwrap_or(0);
        if end <= start {
            return;
        }
        let whole = usize::try_from(end - start).unwrap_or(usize::MAX);
        let payload = payload.get(..whole).unwrap_or(payload);
        self.highest = self.highest.max(end);
        if start > self.next {
            self.wait(start, end, payload);
            self.keep_within(out, allowance);
            return;
        }
        self.compare_delivered(start, payload, length);
        if end > self.next {
            self.compare_waiting(start, end, payload);
            let known = usize::try_from(self.next - start).unwrap_or(usize::MAX);
            let fresh = payload.get(known..).unwrap_or_default();
            self.deliver(out, fresh);
            self.pass_cut(out, end);
            self.settle(out);
        }
    }

    /// The sender's FIN, whose sequence number (behind its data) is given.
    pub(super) fn finish<A: Application>(&mut self, out: &mut Output<'_, A>, sequence: u32) {
        if self.ended || self.fin.is_some() {
            return;
        }
        let Some(offset) = self.place(sequence, 0).and_then(|offset| u64::try_from(offset).ok()) else {
            return;
        };
        if offset < self.next {
            return;
        }
        self.fin = Some(offset);
        self.highest = self.highest.max(offset);
        self.settle(out);
    }

    /// The receiver's acknowledgement number.
    #[inline]
    pub(super) fn acknowledge<A: Application>(&mut self, out: &mut Output<'_, A>, number: u32) {
        let Some(base) = self.base else {
            self.receiver_stood = Some(number);
            return;
        };
        // Repeated with every segment of a sender that is told nothing new.
        if base.wrapping_add(self.acknowledged as u32) == number && self.repeats_acknowledgement() {
            return;
        }
        let offset = self.offset(base, number);
        if self.is_untouched() {
            if self.other_base == Some(number) {
                // The receiver answered another SYN/ACK than the first one seen, such as another server's behind one address.
                self.base = Some(number);
                return;
            }
            if offset > i64::from(LARGEST_LOSS_AT_START) {
                // An answer to a SYN from a side that still knows an older connection (RFC 9293, 3.10.7.4; RFC 5961).
                return;
            }
        }
        let Ok(acknowledged) = u64::try_from(offset) else { return };
        if offset.saturating_sub(i64::try_from(self.highest).unwrap_or(i64::MAX)) > FURTHEST {
            return;
        }
        self.acknowledgement = self.acknowledgement.max(Some(acknowledged));
        if self.ended && self.fin.is_none() {
            return;
        }
        let acknowledged = self.fin.map_or(acknowledged, |fin| acknowledged.min(fin));
        self.declare(out, acknowledged, Gap::NotCaptured);
        self.highest = self.highest.max(acknowledged);
        if acknowledged > self.acknowledged {
            self.acknowledged = acknowledged;
            out.application.acknowledged(out.side, acknowledged, out.at);
        }
    }

    /// Whether an acknowledgement up to where the last one reached can say nothing new. Behind 2^31 bytes without one, the same number
    /// may mean another place.
    #[inline]
    fn repeats_acknowledgement(&self) -> bool {
        self.acknowledged > 0
            && self.acknowledgement >= Some(self.acknowledged)
            && self.highest.wrapping_sub(self.acknowledged) < 1 << 31
            && self.next.wrapping_sub(self.acknowledged) < 1 << 31
    }

    /// Whether nothing but a SYN is known of the stream.
    fn is_untouched(&self) -> bool {
        self.highest == 0 && self.fin.is_none()
    }

    /// Whether this acknowledges nothing but what was seen.
    pub(super) fn was_sent(&self, number: u32) -> bool {
        let highest = i64::try_from(self.highest).unwrap_or(i64::MAX);
        let fin = i64::from(self.fin.is_some());
        self.base.is_some_and(|base| self.offset(base, number) <= highest.saturating_add(fin))
    }

    /// No more of this direction can come: what waits is delivered, with its holes declared. `window` is how far ahead of its
    /// acknowledgements the receiver lets the sender be, if it was heard at all.
    pub(super) fn flush<A: Application>(&mut self, out: &mut Output<'_, A>, window: Option<u32>) {
        if let (Some(window), Some(acknowledged)) = (window, self.acknowledgement) {
            self.forget_beyond(acknowledged.max(self.next).saturating_add(u64::from(window.max(1 << 20))));
        }
        let last =
            self.waiting.last_key_value().map(|(&offset, waiting)| offset.saturating_add(waiting.length()));
        for until in [last, self.fin].into_iter().flatten() {
            self.declare(out, until, Gap::NotCaptured);
        }
    }

    /// The connection is over for this direction, unless its FIN was reached before.
    pub(super) fn end<A: Application>(&mut self, out: &mut Output<'_, A>, how: End) {
        if !self.ended {
            self.ended = true;
            out.application.end(out.side, self.next, how, out.at);
        }
    }

    /// Whether nothing waits for an earlier segment.
    #[inline]
    pub(super) fn is_in_step(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a segment's data, all of which were captured, are what comes next, with nothing waiting behind. No data always are.
    #[inline]
    pub(super) fn is_next(&self, sequence: u32, length: u32) -> bool {
        length == 0
            || (self.base.map(|base| base.wrapping_add(self.next as u32)) == Some(sequence)
                && !self.ended
                && self.fin.is_none()
                && self.is_in_step())
    }

    /// Delivers data for which [`Stream::is_next`] holds; others go to [`Stream::data`].
    #[inline]
    pub(super) fn next_data<A: Application>(&mut self, out: &mut Output<'_, A>, payload: &[u8]) {
        self.deliver(out, payload);
        self.highest = self.highest.max(self.next);
    }

    /// Where a segment lies; the first one of a stream whose SYN was not captured gives it its base. `None` where it lies
    /// nowhere, or is a keep-alive probe.
    #[inline]
    fn place(&mut self, sequence: u32, length: u32) -> Option<i64> {
        let base = match self.base {
            Some(base) => base,
            None => {
                let begins = self.joined_at(sequence, length)?;
                *self.base.insert(begins)
            }
        };
        let offset = self.offset(base, sequence);
        if offset.saturating_sub(i64::try_from(self.next).unwrap_or(i64::MAX)) > FURTHEST {
            self.out_of_window = self.out_of_window.saturating_add(1);
            return None;
        }
        Some(offset)
    }

    /// Where a stream whose SYN was not captured begins, by its first segment; `None` where that is a keep-alive probe.
    fn joined_at(&self, sequence: u32, length: u32) -> Option<u32> {
        let Some(stood) = self.receiver_stood else { return Some(sequence) };
        if length <= 1 && sequence.wrapping_add(1) == stood {
            return None;
        }
        let behind = |number: u32| i64::from(sequence.wrapping_sub(number));
        let began = self.receiver_began.filter(|&began| behind(began) <= FURTHEST);
        let stood = Some(stood).filter(|&stood| behind(stood) <= i64::from(JOINED_BEFORE));
        Some(began.or(stood).unwrap_or(sequence))
    }

    /// Hands captured bytes to the application.
    #[inline]
    fn deliver<A: Application>(&mut self, out: &mut Output<'_, A>, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.delivered.remember(self.next, data);
        let offset = self.next;
        self.next = offset.saturating_add(data.len() as u64);
        out.application.bytes(out.side, offset, data, out.at);
    }

    fn gap<A: Application>(&mut self, out: &mut Output<'_, A>, until: u64, cause: Gap) {
        let length = until.saturating_sub(self.next);
        if length > 0 {
            let offset = self.next;
            self.next = until;
            self.missing = self.missing.saturating_add(length);
            out.application.gap(out.side, offset, length, cause, out.at);
        }
    }

    /// Passes what the snap length cut from a segment that ends at `end`, but for what waits with more of it.
    fn pass_cut<A: Application>(&mut self, out: &mut Output<'_, A>, end: u64) {
        while self.next < end {
            let until = self.waiting.first_key_value().map_or(end, |(&offset, _)| offset.min(end));
            self.gap(out, until, Gap::Snaplen);
            self.drain(out);
        }
    }

    /// Delivers what no longer has to wait.
    #[inline]
    fn drain<A: Application>(&mut self, out: &mut Output<'_, A>) {
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > self.next {
                return;
            }
            let (offset, waiting) = first.remove_entry();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(waiting.data.len());
            let end = offset.saturating_add(waiting.length());
            let end = self.fin.map_or(end, |fin| end.min(fin));
            if end <= self.next {
                continue;
            }
            let known = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
            let room = usize::try_from(end - self.next).unwrap_or(usize::MAX);
            let fresh = waiting.data.get(known..).unwrap_or_default();
            self.deliver(out, fresh.get(..room).unwrap_or(fresh));
            self.gap(out, end, Gap::Snaplen);
        }
    }

    /// Delivers what can be delivered, and the end if the FIN is reached.
    #[inline]
    fn settle<A: Application>(&mut self, out: &mut Output<'_, A>) {
        self.drain(out);
        if self.fin == Some(self.next) && !self.ended {
            self.ended = true;
            self.waiting.clear();
            self.waiting_bytes = 0;
            out.application.end(out.side, self.next, End::Fin, out.at);
        }
    }

    /// Declares all holes before `until` missing.
    #[inline]
    fn declare<A: Application>(&mut self, out: &mut Output<'_, A>, until: u64, cause: Gap) {
        while self.next < until {
            let hole_end = self.waiting.first_key_value().map_or(until, |(&offset, _)| offset.min(until));
            self.gap(out, hole_end, cause);
            self.drain(out);
        }
        self.settle(out);
    }

    /// Declares the first hole missing until no more waits than is allowed.
    fn keep_within<A: Application>(&mut self, out: &mut Output<'_, A>, allowance: Allowance) {
        while self.waiting_bytes > allowance.bytes || self.waiting.len() > allowance.segments {
            let Some((&first, _)) = self.waiting.first_key_value() else { return };
            self.holes_given_up = self.holes_given_up.saturating_add(1);
            self.declare(out, first, Gap::GivenUp);
        }
    }

    /// Forgets what waits further ahead than the receiver would have taken.
    fn forget_beyond(&mut self, limit: u64) {
        let beyond = self.waiting.split_off(&limit);
        for waiting in beyond.into_values() {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(waiting.data.len());
            self.out_of_window = self.out_of_window.saturating_add(1);
        }
    }

    /// Copies the parts of an early segment that do not wait already: the first copy holds.
    fn wait(&mut self, start: u64, end: u64, payload: &[u8]) {
        self.compare_waiting(start, end, payload);
        let mut from = start;
        let before = self.waiting.range(..=start).next_back();
        if let Some((&offset, waiting)) = before {
            from = from.max(offset.saturating_add(waiting.length()));
        }
        let known: Vec<(u64, u64)> = self
            .waiting
            .range(start..end)
            .map(|(&offset, waiting)| (offset, offset.saturating_add(waiting.length())))
            .collect();
        for (known_start, known_end) in known.into_iter().chain([(end, end)]) {
            self.insert(start, from, known_start.min(end), payload);
            from = from.max(known_end);
        }
    }

    /// Copies `from..until` of the segment that starts at `start`.
    fn insert(&mut self, start: u64, from: u64, until: u64, payload: &[u8]) {
        if until <= from {
            return;
        }
        let place = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX).min(payload.len());
        let data: Box<[u8]> = payload.get(place(from)..place(until)).unwrap_or_default().into();
        let missing = (until - from).saturating_sub(data.len() as u64);
        self.waiting_bytes = self.waiting_bytes.saturating_add(data.len());
        self.waiting.insert(from, Waiting { data, missing });
    }

    /// Whether a segment says something else than is known of its place.
    pub(super) fn contradicts(&self, sequence: u32, payload: &[u8]) -> bool {
        let Some(start) = self.base.and_then(|base| u64::try_from(self.offset(base, sequence)).ok()) else {
            return false;
        };
        let end = start.saturating_add(payload.len() as u64);
        self.delivered.contradicts(start, payload) || self.contradicts_waiting(start, end, payload)
    }

    /// Counts a segment that differs from what was delivered at the same offset.
    fn compare_delivered(&mut self, start: u64, payload: &[u8], length: u32) {
        if start >= self.next || length <= 1 {
            return;
        }
        let differs = self.delivered.contradicts(start, payload);
        self.conflicts = self.conflicts.saturating_add(u32::from(differs));
    }

    /// Counts a segment that differs from what waits for the same offsets.
    fn compare_waiting(&mut self, start: u64, end: u64, payload: &[u8]) {
        let differs = !self.waiting.is_empty() && self.contradicts_waiting(start, end, payload);
        self.conflicts = self.conflicts.saturating_add(u32::from(differs));
    }

    fn contradicts_waiting(&self, start: u64, end: u64, payload: &[u8]) -> bool {
        let before = self.waiting.range(..start).next_back();
        before.into_iter().chain(self.waiting.range(start..end)).any(|(&offset, waiting)| {
            let from = offset.max(start);
            let place =
                |at: u64, bytes: &'_ [u8]| usize::try_from(from - at).map_or(0, |at| at.min(bytes.len()));
            let known = waiting.data.get(place(offset, &waiting.data)..).unwrap_or_default();
            let told = payload.get(place(start, payload)..).unwrap_or_default();
            known.iter().zip(told).any(|(known, byte)| known != byte)
        })
    }
}
