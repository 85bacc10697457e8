//! Where a stream begins in the space of sequence numbers: behind its SYN; without one, where its receiver stood or its first segment
//! lies.

use serde::{Deserialize, Serialize};

/// A stream that was joined in the middle begins where its receiver stood, if that is at most so far before the first byte.
const JOINED_BEFORE: u32 = 64 << 10;
/// Sequence numbers further ahead than this belong to no stream that lost a few packets (half of what RFC 7323 allows).
pub(super) const FURTHEST: i64 = 1 << 29;

/// What is known of a stream's beginning.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Sequence number of offset 0.
    base: Option<u32>,
    /// The same by another SYN.
    other_base: Option<u32>,
    /// Where the receiver stood when nothing of the sender had been seen.
    receiver_stood: Option<u32>,
    /// Where it first stood, if it was captured from its SYN on.
    receiver_began: Option<u32>,
}

impl Origin {
    /// Sequence number of offset 0, once something told it.
    #[inline]
    pub(super) fn base(&self) -> Option<u32> {
        self.base
    }

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

    /// The receiver acknowledges this, and nothing of the sender was seen.
    pub(super) fn receiver_stands(&mut self, number: u32) {
        self.receiver_stood = Some(number);
    }

    /// Nothing but SYNs was seen, and the receiver acknowledges this: `true` where that is the answer to another SYN than the first one
    /// seen, such as another server's behind one address.
    pub(super) fn is_moved_to(&mut self, number: u32) -> bool {
        let answers_other = self.other_base == Some(number);
        if answers_other {
            self.base = Some(number);
        }
        answers_other
    }

    /// The sequence number of offset 0; where nothing told it yet, this segment does. `None` where that is a keep-alive probe.
    #[inline]
    pub(super) fn with_segment(&mut self, sequence: u32, length: u32) -> Option<u32> {
        match self.base {
            Some(base) => Some(base),
            None => {
                self.base = Some(self.joined_at(sequence, length)?);
                self.base
            }
        }
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
}
