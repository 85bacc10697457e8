//! A short memory of what was delivered, to tell a copy of a segment from something else with its numbers.

use serde::{Deserialize, Serialize};

/// Of each segment so many first bytes are kept: enough to tell responses apart, and nothing beside a body's bytes.
const KEPT_BYTES: usize = 32;
/// So many segments are remembered.
const KEPT_SEGMENTS: usize = 4;

/// The first bytes of the last few segments delivered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Delivered {
    segments: [SegmentStart; KEPT_SEGMENTS],
    next: usize,
}

/// The same of a stream that hardly goes on, without room for more.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct RestingDelivered {
    segments: Box<[SegmentStart]>,
    next: u8,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct SegmentStart {
    offset: u64,
    length: u8,
    bytes: [u8; KEPT_BYTES],
}

impl Delivered {
    /// Remembers the beginning of what is delivered at an offset.
    #[inline]
    pub(super) fn remember(&mut self, offset: u64, data: &[u8]) {
        let Some(start) = self.segments.get_mut(self.next % KEPT_SEGMENTS) else { return };
        start.offset = offset;
        match data.first_chunk() {
            Some(first) => {
                start.length = KEPT_BYTES as u8;
                start.bytes = *first;
            }
            None => {
                start.length = data.len() as u8;
                start.bytes.iter_mut().zip(data).for_each(|(place, byte)| *place = *byte);
            }
        }
        self.next = (self.next + 1) % KEPT_SEGMENTS;
    }

    /// Whether something else was delivered at the same offset.
    pub(super) fn contradicts(&self, offset: u64, data: &[u8]) -> bool {
        self.segments.iter().any(|start| {
            let kept = start.bytes.get(..usize::from(start.length)).unwrap_or_default();
            start.offset == offset && kept.iter().zip(data).any(|(known, byte)| known != byte)
        })
    }

    /// Lets go of the room for segments that have not come.
    pub(super) fn rest(&self) -> RestingDelivered {
        let used = self.segments.iter().take_while(|start| start.length > 0);
        RestingDelivered { segments: used.copied().collect(), next: self.next as u8 }
    }
}

impl RestingDelivered {
    /// As it was.
    pub(super) fn wake(&self) -> Delivered {
        let mut delivered = Delivered { next: usize::from(self.next), ..Delivered::default() };
        delivered.segments.iter_mut().zip(&self.segments).for_each(|(place, start)| *place = *start);
        delivered
    }
}
