//! What a segment adds to what is known of its sender and of the handshake.

use super::analysis::{Repeat, SegmentJudgement};
use super::arrival::Arrival;
use super::connection::{InitialNumbers, TcpHandshake, Traffic};
use super::side::Side;
use crate::packet::Segment;
use crate::time::Duration;

impl Traffic {
    /// Counts a segment that is no copy.
    #[inline]
    pub(super) fn count(&mut self, segment: &Segment<'_>, judgement: SegmentJudgement, at: Arrival) {
        if !segment.flags.rst() {
            self.note_ttl(segment.ttl);
        }
        self.packets = self.packets.saturating_add(1);
        if judgement != SegmentJudgement::default() {
            self.count_anomaly(segment, judgement);
        }
        if segment.length > 0 && !judgement.keep_alive && !segment.flags.rst() {
            self.note_data(at);
        }
        if segment.flags.fin() {
            self.fin.get_or_insert(at);
        }
        if segment.flags.syn() {
            self.mss = self.mss.or(segment.options.mss);
        }
    }

    /// Counts what is remarkable about a segment.
    fn count_anomaly(&mut self, segment: &Segment<'_>, judgement: SegmentJudgement) {
        let add = |count: &mut u32, happened: bool| *count = count.saturating_add(u32::from(happened));
        let retransmission = judgement.repeat.is_some_and(Repeat::is_sent_again);
        add(&mut self.retransmissions, retransmission);
        let found = self.anomalies.to_mut();
        add(&mut found.fast_retransmissions, judgement.repeat == Some(Repeat::Fast));
        add(&mut found.spurious_retransmissions, judgement.repeat == Some(Repeat::Spurious));
        if retransmission && segment.length > 0 {
            let smallest = found.smallest_repeated.map_or(segment.length, |bytes| bytes.min(segment.length));
            found.smallest_repeated = Some(smallest);
        }
        add(&mut found.out_of_order, judgement.repeat == Some(Repeat::OutOfOrder));
        add(&mut found.duplicate_acks, judgement.duplicate_ack);
        add(&mut found.zero_windows, judgement.zero_window);
        add(&mut found.full_windows, judgement.window_full);
        add(&mut found.lost_segments, judgement.lost_before);
        add(&mut found.keep_alives, judgement.keep_alive);
    }

    /// A segment with data.
    #[inline]
    pub(super) fn note_data(&mut self, at: Arrival) {
        self.first_data.get_or_insert(at);
        self.last_data = Some(at);
    }

    /// A window that it gave, in bytes.
    #[inline]
    pub(super) fn note_window(&mut self, size: u32) {
        self.smallest_window = Some(self.smallest_window.map_or(size, |smallest| smallest.min(size)));
    }

    /// A packet's time to live.
    pub(super) fn note_ttl(&mut self, ttl: u8) {
        let (smallest, largest) = self.ttl.unwrap_or((ttl, ttl));
        self.ttl = Some((smallest.min(ttl), largest.max(ttl)));
    }
}

/// A SYN/ACK that crosses its acknowledgement on the way is nearer to it than this; one that is repeated because a timer ran out is further away
/// (RFC 6298, 2: a second, counted from the one before).
const CROSSING: Duration = Duration::from_milliseconds(200);

impl TcpHandshake {
    /// Takes a segment of `side` that is no RST; what it tells of initial sequence numbers goes to `numbers`.
    pub(super) fn note(
        &mut self,
        numbers: &mut InitialNumbers,
        side: Side,
        segment: &Segment<'_>,
        at: Arrival,
    ) {
        match (side, segment.flags.opens(), segment.flags.accepts()) {
            (Side::Client, true, _) => {
                if self.syn.is_some() {
                    self.last_syn = Some(at);
                }
                self.syn.get_or_insert(at);
                numbers.client.get_or_insert(segment.sequence);
                self.syns = self.syns.saturating_add(1);
            }
            (Side::Server, _, true) => {
                self.syn_ack.get_or_insert(at);
                numbers.server.get_or_insert(segment.sequence);
                numbers.client.get_or_insert(segment.acknowledgement.wrapping_sub(1));
                self.syn_acks = self.syn_acks.saturating_add(1);
                self.is_repeated_after_answer |=
                    self.established.is_some_and(|answer| at.time.since(answer.time) >= CROSSING);
            }
            (Side::Client, false, false) if segment.flags.ack() && self.syn_ack.is_some() => {
                self.established.get_or_insert(at);
            }
            _ => {}
        }
    }
}
