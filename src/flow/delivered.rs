//! A short memory of what was delivered, to tell a copy of a segment from something else with its numbers.

/// Of each segment so many first bytes are kept: enough to tell responses apart, and nothing beside a body's bytes.
const KEPT_BYTES: usize = 32;
/// So many segments are remembered.
const KEPT_SEGMENTS: usize = 4;

/// The first bytes of the last few segments delivered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivered {
    segments: [Start; KEPT_SEGMENTS],
    next: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Start {
    offset: u64,
    length: u8,
    bytes: [u8; KEPT_BYTES],
}

impl Delivered {
    /// Remembers the beginning of what is delivered at an offset.
    #[inline]
    pub(super) fn remember(&mut self, offset: u64, data: &[u8]) {
        let Some(start) = self.segments.get_mut(self.next) else { return };
        let kept = data.len().min(KEPT_BYTES);
        start.offset = offset;
        start.length = u8::try_from(kept).unwrap_or(u8::MAX);
        if let (Some(place), Some(data)) = (start.bytes.get_mut(..kept), data.get(..kept)) {
            place.copy_from_slice(data);
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
}
