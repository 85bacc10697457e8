//! What a segment is beside those before it: repeated, late, or after a loss. The rules are those that Wireshark documents
//! for `tcp.analysis.*` (User's Guide, 7.5 "TCP Analysis"; behaviour compared with tshark 4.0), so that a person who
//! opens the capture finds the same numbers:
//! - *copy*: the same packet captured again, which is none of the others (`flow::copies`; Wireshark knows no such thing);
//! - *lost before*: the sequence number lies beyond the highest one expected, and the segment is no RST;
//! - *keep-alive*: no byte or one, one before the number expected, without SYN, FIN or RST;
//! - *spurious retransmission*: all its data had been acknowledged;
//! - *fast retransmission*: it is what two or more repeated acknowledgements ask for, within 20 ms of the last;
//! - *out of order*: within the handshake's round trip (3 ms where that is unknown) of the segment with the highest number,
//!   not up to that number;
//! - *retransmission*: whatever else starts before the number expected, which is sent again when a timeout is over;
//! - *duplicate acknowledgement*: neither data nor SYN, FIN or RST, and the number expected, the acknowledgement and the window of the
//!   segment before it, but for the answer to a keep-alive;
//! - *window full*: its data end where the window does that its receiver gave last, by a scale that was captured.

use serde::{Deserialize, Serialize};

use super::receive_window::LARGEST_SHIFT;
use super::side::Side;
use crate::packet::Segment;
use crate::time::{Duration, Time};

/// Where the handshake was not captured, a round trip is taken to be this long.
const ROUND_TRIP: Duration = Duration::from_milliseconds(3);
/// A fast retransmission follows the acknowledgements that ask for it within this time.
const FAST_WITHIN: Duration = Duration::from_milliseconds(20);
/// No sender waits less for an acknowledgement (Linux: 200 ms, and 10 ms for a tail loss probe; RFC 6298: a second).
const SHORTEST_TIMEOUT: Duration = Duration::MILLISECOND;
/// So many acknowledgements that repeat the last one ask for a fast retransmission.
const ASKED_FOR_BY: u32 = 2;

/// Why a segment starts before the number expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sent again after a timeout.
    Timeout,
    /// The same for Wireshark, but so little after what it repeats that no sender can have missed an acknowledgement: a capture on several interfaces has a
    /// large segment once more, cut into smaller ones on its way.
    Recut,
    /// Sent again because duplicate acknowledgements ask for it (RFC 5681, 3.2).
    Fast,
    /// Sent again although it had arrived.
    Spurious,
    /// Overtaken on the way.
    OutOfOrder,
}

impl Repeat {
    /// Whether Wireshark calls it a retransmission, of whichever kind.
    pub fn is_retransmission(self) -> bool {
        self != Repeat::OutOfOrder
    }

    /// Whether its sender sent it again.
    pub fn is_sent_again(self) -> bool {
        !matches!(self, Repeat::OutOfOrder | Repeat::Recut)
    }
}

/// What a segment is beside those before it; the default: nothing remarkable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentJudgement {
    /// It is a packet seen before.
    pub copy: bool,
    /// It closes the receive window.
    pub zero_window: bool,
    /// Something before it was not captured yet.
    pub lost_before: bool,
    /// It is a keep-alive probe.
    pub keep_alive: bool,
    /// It starts before the number expected.
    pub repeat: Option<Repeat>,
    /// It repeats an acknowledgement.
    pub duplicate_ack: bool,
    /// It fills the window.
    pub window_full: bool,
}

/// Whether `a` comes after `b` in sequence space (RFC 9293, 3.4).
#[inline]
fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// The sequence number behind a segment's data, SYN and FIN.
#[inline]
fn end(segment: &Segment<'_>) -> u32 {
    let control = u32::from(segment.flags.syn() || segment.flags.fin());
    segment.sequence.wrapping_add(segment.length).wrapping_add(control)
}

/// One direction of a connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct DirectionAnalysis {
    /// The initial sequence number, as far as it can be told: of the SYN, or one before the first number seen or acknowledged.
    initial: Option<u32>,
    /// The highest number expected.
    next: Option<u32>,
    next_time: Time,
    last_ack: Option<u32>,
    last_ack_time: Time,
    /// The highest of all its acknowledgements.
    highest_ack: Option<u32>,
    window: Option<u16>,
    /// The shift that its SYN announced, if it did; and how far its window field is shifted, if that is known.
    announced: Option<Option<u8>>,
    shift: Option<u8>,
    /// Where the window ends that it gave last, if that is known.
    window_end: Option<u32>,
    repeated_acks: u32,
    last_was_keep_alive: bool,
}

/// Both directions of a connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Analysis {
    from_client: DirectionAnalysis,
    from_server: DirectionAnalysis,
    syn_time: Option<Time>,
    round_trip: Option<Duration>,
}

impl Analysis {
    fn of(&self, from: Side) -> &DirectionAnalysis {
        match from {
            Side::Client => &self.from_client,
            Side::Server => &self.from_server,
        }
    }

    /// The direction of what `from` sends, and the other one.
    #[inline]
    fn both(&mut self, from: Side) -> (&mut DirectionAnalysis, &mut DirectionAnalysis) {
        match from {
            Side::Client => (&mut self.from_client, &mut self.from_server),
            Side::Server => (&mut self.from_server, &mut self.from_client),
        }
    }

    /// The initial sequence number of what `from` sends, as far as it can be told.
    pub(super) fn initial(&self, from: Side) -> Option<u32> {
        self.of(from).initial
    }

    /// Judges a segment of direction `from` and remembers it.
    #[inline]
    pub(super) fn judge(&mut self, from: Side, segment: &Segment<'_>, time: Time) -> SegmentJudgement {
        let threshold = self.round_trip.filter(|&trip| trip != Duration::ZERO).unwrap_or(ROUND_TRIP);
        self.note_handshake(segment, time);
        let (forward, reverse) = self.both(from);
        note_initial(forward, reverse, segment);
        if segment.flags.syn() {
            forward.announced = Some(segment.options.window_scale);
            learn_shifts(forward, reverse);
        }
        if forward.is_window_probe(reverse, segment) {
            // A probe of a closed window moves nothing and is nothing.
            forward.last_was_keep_alive = false;
            forward.remember(segment, time);
            return SegmentJudgement::default();
        }
        let mut judgement = SegmentJudgement {
            copy: false,
            zero_window: segment.window == 0 && !segment.flags.controls(),
            lost_before: forward.next.is_some_and(|next| after(segment.sequence, next))
                && !segment.flags.rst(),
            keep_alive: forward.is_keep_alive(segment),
            repeat: None,
            duplicate_ack: forward.count_repeated_acks(reverse, segment),
            window_full: segment.length > 0
                && !segment.flags.controls()
                && reverse.window_end == Some(segment.sequence.wrapping_add(segment.length)),
        };
        if (segment.length > 0 || segment.flags.syn() || segment.flags.fin()) && !judgement.keep_alive {
            judgement.repeat = forward.repeat(reverse, segment, time, threshold);
        }
        forward.move_on(segment, time);
        forward.last_was_keep_alive = judgement.keep_alive;
        forward.remember(segment, time);
        if segment.flags.syn() {
            // The window of a SYN is never scaled (RFC 7323, 2.2).
            let end = segment.acknowledgement.wrapping_add(u32::from(segment.window));
            forward.window_end = forward.shift.map(|_| end);
        }
        judgement
    }

    /// Whether both sides have told their first numbers and nothing of the handshake is still to be measured.
    pub(super) fn is_under_way(&self) -> bool {
        self.from_client.initial.is_some()
            && self.from_server.initial.is_some()
            && (self.round_trip.is_some() || self.syn_time.is_none())
    }

    /// Takes a segment of a connection that is under way ([`Analysis::is_under_way`]), with ACK and without SYN, FIN and RST, if it is
    /// the one expected and no finding: `false` where it has to be judged. One without data has to acknowledge more than all before
    /// it, so that neither a duplicate acknowledgement nor a copy of any packet comes this way.
    #[inline]
    pub(super) fn expects(&mut self, from: Side, segment: &Segment<'_>, time: Time) -> bool {
        let (forward, reverse) = self.both(from);
        let data_end = segment.sequence.wrapping_add(segment.length);
        let was_acknowledged =
            segment.length > 0 && reverse.last_ack.is_some_and(|acknowledged| !after(data_end, acknowledged));
        let acknowledges_more =
            forward.highest_ack.is_some_and(|highest| after(segment.acknowledgement, highest));
        if forward.next != Some(segment.sequence)
            || segment.window == 0
            || reverse.window == Some(0)
            || was_acknowledged
            || (segment.length == 0 && !acknowledges_more)
            || (segment.length > 0 && reverse.window_end == Some(data_end))
        {
            return false;
        }
        if forward.last_ack.unwrap_or(0) != segment.acknowledgement {
            forward.repeated_acks = 0;
        }
        if segment.length > 0 {
            forward.next = Some(data_end);
            forward.next_time = time;
        }
        forward.last_was_keep_alive = false;
        forward.remember(segment, time);
        true
    }

    /// The handshake's round trip: from the SYN to the first acknowledgement that is no SYN/ACK.
    #[inline]
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

#[inline]
fn note_initial(forward: &mut DirectionAnalysis, reverse: &mut DirectionAnalysis, segment: &Segment<'_>) {
    let before = segment.sequence.wrapping_sub(u32::from(!segment.flags.syn()));
    forward.initial.get_or_insert(before);
    if segment.flags.ack() {
        reverse.initial.get_or_insert(segment.acknowledgement.wrapping_sub(1));
    }
}

/// How far window fields are shifted: not at all, unless both SYNs say by how much (RFC 7323, 2.2).
fn learn_shifts(one: &mut DirectionAnalysis, other: &mut DirectionAnalysis) {
    let refused = one.announced == Some(None) || other.announced == Some(None);
    for direction in [one, other] {
        let announced = direction.announced.flatten().map(|shift| shift.min(LARGEST_SHIFT));
        direction.shift = if refused { Some(0) } else { announced };
    }
}

impl DirectionAnalysis {
    fn is_window_probe(&self, reverse: &DirectionAnalysis, segment: &Segment<'_>) -> bool {
        segment.length == 1 && self.next == Some(segment.sequence) && reverse.window == Some(0)
    }

    fn is_keep_alive(&self, segment: &Segment<'_>) -> bool {
        segment.length <= 1
            && self.next == Some(segment.sequence.wrapping_add(1))
            && !segment.flags.controls()
    }

    /// Whether it is a segment without data that repeats the last acknowledgement and window; the answer to a keep-alive is none.
    fn count_repeated_acks(&mut self, reverse: &DirectionAnalysis, segment: &Segment<'_>) -> bool {
        let repeated = !reverse.last_was_keep_alive
            && segment.length == 0
            && segment.window != 0
            && self.window == Some(segment.window)
            && self.next == Some(segment.sequence)
            && self.last_ack == Some(segment.acknowledgement)
            && !segment.flags.controls();
        if repeated {
            self.repeated_acks = self.repeated_acks.saturating_add(1);
        }
        if self.last_ack.unwrap_or(0) != segment.acknowledgement {
            self.repeated_acks = 0;
        }
        repeated
    }

    #[inline]
    fn repeat(
        &self,
        reverse: &DirectionAnalysis,
        segment: &Segment<'_>,
        time: Time,
        threshold: Duration,
    ) -> Option<Repeat> {
        let start = segment.sequence;
        let data_end = start.wrapping_add(segment.length);
        if segment.length > 0 && reverse.last_ack.is_some_and(|acknowledged| !after(data_end, acknowledged)) {
            return Some(Repeat::Spurious);
        }
        let next = self.next?;
        // The byte of a window probe may be sent again with more behind it.
        let continues_probe = segment.length > 1 && start == next.wrapping_sub(1);
        if !after(next, start) || continues_probe {
            return None;
        }
        let soon = |since: Time, limit: Duration| (Duration::ZERO..limit).contains(&time.since(since));
        if reverse.repeated_acks >= ASKED_FOR_BY
            && reverse.last_ack == Some(start)
            && soon(reverse.last_ack_time, FAST_WITHIN)
        {
            return Some(Repeat::Fast);
        }
        let end = end(segment);
        if soon(self.next_time, threshold) && end != next {
            return Some(Repeat::OutOfOrder);
        }
        if segment.length > 0 && soon(self.next_time, SHORTEST_TIMEOUT) {
            return Some(Repeat::Recut);
        }
        Some(Repeat::Timeout)
    }

    /// Moves the number expected on; a segment without data also tells it.
    #[inline]
    fn move_on(&mut self, segment: &Segment<'_>, time: Time) {
        let end = end(segment);
        if self.next.is_none_or(|next| after(end, next)) {
            self.next = Some(end);
            self.next_time = time;
        }
    }

    #[inline]
    fn remember(&mut self, segment: &Segment<'_>, time: Time) {
        self.window = Some(segment.window);
        self.window_end =
            self.shift.map(|shift| segment.acknowledgement.wrapping_add(u32::from(segment.window) << shift));
        // Wireshark takes the field as it stands, and 0 for none.
        self.last_ack = Some(segment.acknowledgement).filter(|&number| number != 0);
        self.last_ack_time = time;
        if self.highest_ack.is_none_or(|highest| after(segment.acknowledgement, highest)) {
            self.highest_ack = self.last_ack;
        }
    }
}
