//! One direction of a connection, put together as its receiver would (RFC 9293, 3.10.7.4).
//!
//! Bytes in order go straight to the application. What comes early waits, copied. What is missing is declared when the
//! receiver acknowledged it, when too much waits, or when the connection ends; never before, so that late is not lost.

mod comparing;
mod lacking;
mod unseen_end;

use serde::{Deserialize, Serialize};

use super::application::{Application, Applications, Output};
use super::arrival::Arrival;
use super::connection::{Anomalies, Traffic};
use super::early::{Allowance, EarlySegments};
use super::origin::{FURTHEST, Origin};
use super::side::{End, Gap};
use crate::memory::Seldom;

/// A first acknowledgement further from the beginning than this speaks of another connection.
const LARGEST_LOSS_AT_START: u32 = 1 << 20;
/// Numbers further apart than this, in a space of 2^32, are taken for ones in the other order (RFC 9293, 3.4).
const HALF_OF_ALL_NUMBERS: u64 = 1 << 31;

/// One direction of a connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Reassembly {
    origin: Origin,
    /// Everything before this offset is delivered or declared missing.
    next: u64,
    /// The end of what is known to have been sent.
    highest: u64,
    /// Everything before this offset was acknowledged, as told to the application.
    acknowledged: u64,
    /// The highest acknowledgement, which may include FIN.
    acknowledgement: Option<u64>,
    fin: Option<u64>,
    /// The receiver acknowledged one number more than is known to have been sent: a FIN that was not captured, unless more of the stream comes.
    end_acknowledged: Option<Arrival>,
    ended: bool,
    early: Seldom<EarlySegments>,
    /// Bytes declared missing.
    missing: u64,
    /// Of them, those that never arrived.
    never_arrived: u64,
    /// Up to where the stream was known when the receiver last said that it lacks what comes next, though it has something behind that.
    lacking: Option<u64>,
    /// Segments that said something else than was delivered or waits for the same offsets.
    pub(super) conflicts: u32,
    /// Holes declared because too much waited behind them.
    pub(super) holes_given_up: u32,
    /// Segments with sequence numbers that belong to no place of the stream.
    out_of_window: u32,
}

impl Reassembly {
    /// A SYN with this sequence number: the stream begins behind it. Of several, the receiver's acknowledgement chooses.
    pub(super) fn open(&mut self, sequence: u32) {
        self.origin.open(sequence);
    }

    /// The receiver acknowledges this, and its own SYN was captured: the first such number is where the sender's stream begins.
    pub(super) fn receiver_began(&mut self, number: u32) {
        self.origin.receiver_began(number);
    }

    /// Bytes of the stream, each once.
    pub(super) fn length(&self) -> u64 {
        self.next
    }

    /// Bytes that wait for others before them.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.early.bytes()
    }

    /// Whether the receiver acknowledged all that was sent, FIN included.
    fn all_acknowledged(&self) -> bool {
        let sent = self.highest.saturating_add(u64::from(self.fin.is_some()));
        self.origin.base().is_some() && self.acknowledgement.is_some_and(|acknowledged| acknowledged >= sent)
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
        let Some(base) = self.origin.base() else { return true };
        let distance = self.offset(base, sequence).abs_diff(i64::try_from(self.highest).unwrap_or(i64::MAX));
        distance <= u64::from(window)
    }

    /// Data of the stream, of which `payload` was captured and `length` sent.
    #[inline]
    pub(super) fn data<A: Applications>(
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
            self.compare_waiting(start, end, payload);
            self.early.to_mut().keep(start, end, payload);
            self.keep_within(out, allowance);
            return;
        }
        self.compare_delivered(out.delivered, start, payload, length);
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
    pub(super) fn finish<A: Applications>(&mut self, out: &mut Output<'_, A>, sequence: u32) {
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
    pub(super) fn acknowledge<A: Applications>(&mut self, out: &mut Output<'_, A>, number: u32) {
        let Some(base) = self.origin.base() else {
            self.origin.receiver_stands(number);
            return;
        };
        // Repeated with every segment of a sender that is told nothing new.
        if base.wrapping_add(self.acknowledged as u32) == number && self.repeats_acknowledgement() {
            self.note_lack(self.acknowledged);
            return;
        }
        let offset = self.offset(base, number);
        if self.is_untouched() {
            if self.origin.is_moved_to(number) {
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
        let acknowledged = self.before_unseen_end(acknowledged, out.at);
        self.declare(out, acknowledged, Gap::NotCaptured);
        self.highest = self.highest.max(acknowledged);
        self.note_lack(acknowledged);
        if acknowledged > self.acknowledged {
            self.acknowledged = acknowledged;
            out.application.acknowledged(out.applications, out.side, acknowledged, out.at);
        }
    }

    /// Whether an acknowledgement up to where the last one reached can say nothing new. Behind 2^31 bytes without one, the same number
    /// may mean another place.
    #[inline]
    fn repeats_acknowledgement(&self) -> bool {
        self.acknowledged > 0
            && self.acknowledgement >= Some(self.acknowledged)
            && self.highest.wrapping_sub(self.acknowledged) < HALF_OF_ALL_NUMBERS
            && self.next.wrapping_sub(self.acknowledged) < HALF_OF_ALL_NUMBERS
    }

    /// Whether nothing but a SYN is known of the stream.
    fn is_untouched(&self) -> bool {
        self.highest == 0 && self.fin.is_none()
    }

    /// Whether this acknowledges nothing but what was seen.
    pub(super) fn was_sent(&self, number: u32) -> bool {
        let highest = i64::try_from(self.highest).unwrap_or(i64::MAX);
        let fin = i64::from(self.fin.is_some());
        self.origin.base().is_some_and(|base| self.offset(base, number) <= highest.saturating_add(fin))
    }

    /// Whether everything up to this number has come, and nothing beyond it.
    pub(super) fn ends_at(&self, sequence: u32) -> bool {
        let place = self.origin.base().map(|base| self.offset(base, sequence));
        self.next == self.highest && place.is_some_and(|place| u64::try_from(place) == Ok(self.next))
    }

    /// No more of this direction can come: what waits is delivered, with its holes declared. `window` is how far ahead of its
    /// acknowledgements the receiver lets the sender be, if it was heard at all.
    pub(super) fn flush<A: Applications>(&mut self, out: &mut Output<'_, A>, window: Option<u32>) {
        if let (Some(window), Some(acknowledged)) = (window, self.acknowledgement) {
            self.forget_beyond(acknowledged.max(self.next).saturating_add(u64::from(window)));
        }
        self.count_never_arrived(|stream| {
            for until in [stream.early.end(), stream.fin].into_iter().flatten() {
                stream.declare(out, until, Gap::NotCaptured);
            }
        });
    }

    /// The connection is over for this direction, unless its FIN was reached before.
    pub(super) fn end<A: Applications>(&mut self, out: &mut Output<'_, A>, how: End) {
        if !self.ended {
            self.ended = true;
            out.application.end(out.applications, out.side, self.next, how, out.at);
        }
    }

    /// Tells what became of the stream.
    pub(super) fn tell(&self, traffic: &mut Traffic) {
        traffic.stream_bytes = self.length();
        traffic.all_acknowledged = self.all_acknowledged();
        traffic.is_heard = self.acknowledged > 0;
        if traffic.fin.is_none() {
            traffic.fin = self.unseen_end();
            traffic.fin_is_unseen = traffic.fin.is_some();
        }
        let known = *traffic.anomalies;
        traffic.anomalies = Seldom::from(Anomalies {
            missing_bytes: self.missing,
            never_arrived: self.never_arrived,
            conflicting_overlaps: self.conflicts,
            holes_given_up: self.holes_given_up,
            out_of_window: known.out_of_window.saturating_add(self.out_of_window),
            ..known
        });
    }

    /// Whether it has come to its FIN, which is acknowledged, and so is all before it: nothing more can be said of it to those above.
    pub(super) fn is_through(&self) -> bool {
        self.ended && self.fin == Some(self.acknowledged)
    }

    /// Whether nothing waits for an earlier segment.
    #[inline]
    pub(super) fn is_in_step(&self) -> bool {
        self.early.is_empty()
    }

    /// Whether a segment's data, all of which were captured, are what comes next, with nothing waiting behind. No data always are.
    #[inline]
    pub(super) fn is_next(&self, sequence: u32, length: u32) -> bool {
        length == 0
            || (self.origin.base().map(|base| base.wrapping_add(self.next as u32)) == Some(sequence)
                && !self.ended
                && self.fin.is_none()
                && self.is_in_step())
    }

    /// Delivers data for which [`Reassembly::is_next`] holds; others go to [`Reassembly::data`].
    #[inline]
    pub(super) fn next_data<A: Applications>(&mut self, out: &mut Output<'_, A>, payload: &[u8]) {
        self.deliver(out, payload);
        self.highest = self.highest.max(self.next);
    }

    /// Where a segment lies; the first one of a stream whose SYN was not captured gives it its base. `None` where it lies
    /// nowhere, or is a keep-alive probe.
    #[inline]
    fn place(&mut self, sequence: u32, length: u32) -> Option<i64> {
        let base = self.origin.with_segment(sequence, length)?;
        let offset = self.offset(base, sequence);
        if offset.saturating_sub(i64::try_from(self.next).unwrap_or(i64::MAX)) > FURTHEST {
            self.out_of_window = self.out_of_window.saturating_add(1);
            return None;
        }
        Some(offset)
    }

    /// Hands captured bytes to the application.
    #[inline]
    fn deliver<A: Applications>(&mut self, out: &mut Output<'_, A>, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        out.delivered.remember(self.next, data);
        let offset = self.next;
        self.next = offset.saturating_add(data.len() as u64);
        out.application.bytes(out.applications, out.side, offset, data, out.at);
    }

    fn gap<A: Applications>(&mut self, out: &mut Output<'_, A>, until: u64, cause: Gap) {
        let length = until.saturating_sub(self.next);
        if length > 0 {
            let offset = self.next;
            self.next = until;
            self.missing = self.missing.saturating_add(length);
            out.application.gap(out.applications, out.side, offset, length, cause, out.at);
        }
    }

    /// Passes what the snap length cut from a segment that ends at `end`, but for what waits with more of it.
    fn pass_cut<A: Applications>(&mut self, out: &mut Output<'_, A>, end: u64) {
        while self.next < end {
            let until = self.early.first_offset().map_or(end, |offset| offset.min(end));
            self.gap(out, until, Gap::Snaplen);
            self.drain(out);
        }
    }

    /// Delivers what no longer has to wait.
    #[inline]
    fn drain<A: Applications>(&mut self, out: &mut Output<'_, A>) {
        while let Some((offset, segment)) =
            self.early.present_mut().and_then(|early| early.take_at(self.next))
        {
            let end = offset.saturating_add(segment.length());
            let end = self.fin.map_or(end, |fin| end.min(fin));
            if end <= self.next {
                continue;
            }
            let known = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
            let room = usize::try_from(end - self.next).unwrap_or(usize::MAX);
            let fresh = segment.data.get(known..).unwrap_or_default();
            self.deliver(out, fresh.get(..room).unwrap_or(fresh));
            self.gap(out, end, Gap::Snaplen);
        }
    }

    /// Delivers what can be delivered, and the end if the FIN is reached.
    #[inline]
    fn settle<A: Applications>(&mut self, out: &mut Output<'_, A>) {
        self.drain(out);
        if self.fin == Some(self.next) && !self.ended {
            self.ended = true;
            self.early = Seldom::default();
            out.application.end(out.applications, out.side, self.next, End::Fin, out.at);
        }
    }

    /// Declares all holes before `until` missing.
    #[inline]
    fn declare<A: Applications>(&mut self, out: &mut Output<'_, A>, until: u64, cause: Gap) {
        while self.next < until {
            let hole_end = self.early.first_offset().map_or(until, |offset| offset.min(until));
            self.gap(out, hole_end, cause);
            self.drain(out);
        }
        self.settle(out);
    }

    /// Declares the first hole missing until no more waits than is allowed.
    fn keep_within<A: Applications>(&mut self, out: &mut Output<'_, A>, allowance: Allowance) {
        while self.early.exceeds(allowance) {
            let Some(first) = self.early.first_offset() else { return };
            self.holes_given_up = self.holes_given_up.saturating_add(1);
            self.declare(out, first, Gap::GivenUp);
        }
    }

    /// Forgets what waits further ahead than the receiver would have taken.
    fn forget_beyond(&mut self, limit: u64) {
        let forgotten = self.early.present_mut().map_or(0, |early| early.forget_from(limit));
        self.out_of_window = self.out_of_window.saturating_add(forgotten);
    }
}
