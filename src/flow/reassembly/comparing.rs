//! Segments that say something else than others for the same place of the stream.

use super::Reassembly;
use crate::flow::delivered::Delivered;

impl Reassembly {
    /// Whether a segment says something else than is known of its place.
    pub(in crate::flow) fn contradicts(&self, delivered: &Delivered, sequence: u32, payload: &[u8]) -> bool {
        let Some(start) = self.origin.base().and_then(|base| u64::try_from(self.offset(base, sequence)).ok())
        else {
            return false;
        };
        let end = start.saturating_add(payload.len() as u64);
        delivered.contradicts(start, payload) || self.early.contradict(start, end, payload)
    }

    /// Counts a segment that differs from what was delivered at the same offset.
    pub(super) fn compare_delivered(
        &mut self,
        delivered: &Delivered,
        start: u64,
        payload: &[u8],
        length: u32,
    ) {
        if start >= self.next || length <= 1 {
            return;
        }
        let differs = delivered.contradicts(start, payload);
        self.conflicts = self.conflicts.saturating_add(u32::from(differs));
    }

    /// Counts a segment that differs from what waits for the same offsets.
    pub(super) fn compare_waiting(&mut self, start: u64, end: u64, payload: &[u8]) {
        let differs = !self.early.is_empty() && self.early.contradict(start, end, payload);
        self.conflicts = self.conflicts.saturating_add(u32::from(differs));
    }
}
