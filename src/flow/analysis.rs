//! What a segment is beside those before it: repeated, late, or after a loss. The rules are those that Wireshark documents
//! for `tcp.analysis.*` (User's Guide, 7.5 "TCP Analysis"; behaviour compared with tshark 4.0), so that a person who
//! opens the capture finds the same numbers:
//! - *lost before*: the sequence number lies beyond the highest one expected, and the segment is no RST;
//! - *keep-alive*: no byte or one, one before the number expected, without SYN, FIN or RST;
//! - *spurious retransmission*: all its data had been acknowledged;
//! - *fast retransmission*: it is what two or more repeated acknowledgements ask for, within 20 ms of the last;
//! - *out of order*: within the handshake's round trip (3 ms where that is unknown) of the segment with the highest number,
//!   not up to that number, and not seen before;
//! - *retransmission*: whatever else starts before the number expected.

use crate::packet::Segment;
use crate::time::{MILLISECOND, Time};

/// Ranges of unacknowledged data kept for one direction; adjacent ones are one.
const MOST_RANGES: usize = 64;

/// Why a segment starts before the number expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sent again (also fast and spurious ones).
    Retransmission,
    /// Overtaken on the way.
    OutOfOrder,
}

/// What a segment is beside those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// It closes the receive window.
    pub zero_window: bool,
    /// Something before it was not captured yet.
    pub lost_before: bool,
    /// It is a keep-alive probe.
    pub keep_alive: bool,
    /// It starts before the number expected.
    pub repeat: Option<Repeat>,
}

/// Whether `a` comes after `b` in sequence space (RFC 9293, 3.4).
fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Direction {
    /// The initial sequence number, as far as it can be told: of the SYN, or one before the first number seen or acknowledged.
    pub(super) initial: Option<u32>,
    /// The highest number expected.
    next: Option<u32>,
    next_time: Time,
    last_ack: Option<u32>,
    last_ack_time: Time,
    window: Option<u16>,
    repeated_acks: u32,
    last_was_keep_alive: bool,
    /// What was sent and not acknowledged, as ranges.
    unacknowledged: Vec<(u32, u32)>,
}

/// Both directions of a connection; 0 and 1 are any two names for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Analysis {
    pub(super) directions: [Direction; 2],
    syn_time: Option<Time>,
    round_trip: Option<i64>,
}

impl Analysis {
    /// Judges a segment of direction `from` and remembers it.
    pub(super) fn judge(&mut self, from: usize, segment: &Segment<'_>, time: Time) -> Judgement {
        let threshold = self.round_trip.filter(|&trip| trip != 0).unwrap_or(3 * MILLISECOND);
        self.note_handshake(segment, time);
        let [first, second] = &mut self.directions;
        let (forward, reverse) = if from == 0 { (first, second) } else { (second, first) };
        note_initial(forward, reverse, segment);
        if forward.is_window_probe(reverse, segment) {
            // A probe of a closed window moves nothing and is nothing.
            forward.remember_acknowledgement(segment, time);
            return Judgement::default();
        }
        let mut judgement = Judgement {
            zero_window: segment.window == 0 && !segment.flags.controls(),
            lost_before: forward.next.is_some_and(|next| after(segment.sequence, next))
                && !segment.flags.rst(),
            keep_alive: forward.is_keep_alive(segment),
            repeat: None,
        };
        forward.count_repeated_acks(reverse, segment);
        if segment.length > 0 || segment.flags.syn() || segment.flags.fin() {
            if !judgement.keep_alive {
                judgement.repeat = forward.repeat(reverse, segment, time, threshold);
            }
            forward.extend(segment, time);
        } else if forward.next.is_none() {
            forward.next = Some(segment.sequence);
            forward.next_time = time;
        }
        forward.last_was_keep_alive = judgement.keep_alive;
        forward.remember_acknowledgement(segment, time);
        reverse.forget_acknowledged(segment);
        judgement
    }

    /// The handshake's round trip: from the SYN to the first acknowledgement that is no SYN/ACK.
    fn note_handshake(&mut self, segment: &Segment<'_>, time: Time) {
        if segment.flags.opens() {
            self.syn_time = Some(time);
        } else if segment.flags.ack()
            && !segment.flags.syn()
            && self.round_trip.is_none()
            && let Some(syn_time) = self.syn_time
        {
            self.round_trip = Some(time.since(syn_time));
        }
    }
}

fn note_initial(forward: &mut Direction, reverse: &mut Direction, segment: &Segment<'_>) {
    let before = segment.sequence.wrapping_sub(u32::from(!segment.flags.syn()));
    forward.initial.get_or_insert(before);
    if segment.flags.ack() {
        reverse.initial.get_or_insert(segment.acknowledgement.wrapping_sub(1));
    }
}

impl Direction {
    fn is_window_probe(&self, reverse: &Direction, segment: &Segment<'_>) -> bool {
        segment.length == 1 && self.next == Some(segment.sequence) && reverse.window == Some(0)
    }

    fn is_keep_alive(&self, segment: &Segment<'_>) -> bool {
        segment.length <= 1
            && self.next == Some(segment.sequence.wrapping_add(1))
            && !segment.flags.controls()
    }

    /// A segment without data that repeats the last acknowledgement and window; the answer to a keep-alive is none.
    fn count_repeated_acks(&mut self, reverse: &Direction, segment: &Segment<'_>) {
        let repeated = segment.length == 0
            && segment.window != 0
            && self.window == Some(segment.window)
            && self.next == Some(segment.sequence)
            && self.last_ack == Some(segment.acknowledgement)
            && !segment.flags.controls();
        if repeated && !reverse.last_was_keep_alive {
            self.repeated_acks = self.repeated_acks.saturating_add(1);
        }
        if self.last_ack != Some(segment.acknowledgement) {
            self.repeated_acks = 0;
        }
    }

    fn repeat(
        &self,
        reverse: &Direction,
        segment: &Segment<'_>,
        time: Time,
        threshold: i64,
    ) -> Option<Repeat> {
        let start = segment.sequence;
        let end = start.wrapping_add(segment.length);
        if segment.length > 0 && reverse.last_ack.is_some_and(|acknowledged| !after(end, acknowledged)) {
            return Some(Repeat::Retransmission);
        }
        let next = self.next?;
        // The byte of a window probe may be sent again with more behind it.
        let continues_probe = segment.length > 1 && start == next.wrapping_sub(1);
        if !after(next, start) || continues_probe {
            return None;
        }
        let soon = |since: Time, limit: i64| (0..limit).contains(&time.since(since));
        if reverse.repeated_acks >= 2
            && reverse.last_ack == Some(start)
            && soon(reverse.last_ack_time, 20 * MILLISECOND)
        {
            return Some(Repeat::Retransmission);
        }
        let seen = self.unacknowledged.iter().any(|&(from, to)| !after(from, start) && !after(end, to));
        if soon(self.next_time, threshold) && end != next && !seen {
            return Some(Repeat::OutOfOrder);
        }
        Some(Repeat::Retransmission)
    }

    /// Moves the number expected on and remembers the range.
    fn extend(&mut self, segment: &Segment<'_>, time: Time) {
        let start = segment.sequence;
        let control = u32::from(segment.flags.syn() || segment.flags.fin());
        let end = start.wrapping_add(segment.length).wrapping_add(control);
        match self.unacknowledged.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => {
                if self.unacknowledged.len() >= MOST_RANGES {
                    self.unacknowledged.remove(0);
                }
                self.unacknowledged.push((start, end));
            }
        }
        if self.next.is_none_or(|next| after(end, next)) {
            self.next = Some(end);
            self.next_time = time;
        }
    }

    fn remember_acknowledgement(&mut self, segment: &Segment<'_>, time: Time) {
        self.window = Some(segment.window);
        if segment.flags.ack() {
            self.last_ack = Some(segment.acknowledgement);
            self.last_ack_time = time;
        }
    }

    fn forget_acknowledged(&mut self, segment: &Segment<'_>) {
        if !segment.flags.ack() {
            return;
        }
        let acknowledged = segment.acknowledgement;
        self.unacknowledged.retain_mut(|range| {
            if after(acknowledged, range.0) && !after(acknowledged, range.1) {
                range.0 = acknowledged;
            }
            after(range.1, acknowledged)
        });
    }
}
