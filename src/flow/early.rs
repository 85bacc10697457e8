//! Segments that came before their turn. They wait, copied, until what lies before them was captured or is declared missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::memory::Absent;

/// How much of one stream may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// Bytes.
    pub(super) bytes: usize,
    /// Segments.
    pub(super) segments: usize,
}

/// A segment, or the part of one that nothing else waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EarlySegment {
    pub(super) data: Box<[u8]>,
    /// Bytes behind them that the snap length cut.
    cut: u64,
}

impl EarlySegment {
    /// Bytes that were sent.
    pub(super) fn length(&self) -> u64 {
        self.data.len() as u64 + self.cut
    }
}

/// What waits of one stream, by the offset at which it begins. No two overlap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EarlySegments {
    by_offset: BTreeMap<u64, EarlySegment>,
    bytes: usize,
}

impl Absent for EarlySegments {
    const ABSENT: &'static EarlySegments = &EarlySegments { by_offset: BTreeMap::new(), bytes: 0 };
}

impl EarlySegments {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.by_offset.is_empty()
    }

    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether more waits than may.
    pub(super) fn exceeds(&self, allowance: Allowance) -> bool {
        self.bytes > allowance.bytes || self.by_offset.len() > allowance.segments
    }

    /// Where the first segment begins.
    pub(super) fn first_offset(&self) -> Option<u64> {
        self.by_offset.first_key_value().map(|(&offset, _)| offset)
    }

    /// Where the last segment ends.
    pub(super) fn end(&self) -> Option<u64> {
        self.by_offset.last_key_value().map(|(&offset, segment)| offset.saturating_add(segment.length()))
    }

    /// Takes out the first segment, if it begins at this offset or before.
    #[inline]
    pub(super) fn take_at(&mut self, offset: u64) -> Option<(u64, EarlySegment)> {
        let first = self.by_offset.first_entry().filter(|first| *first.key() <= offset)?;
        let (offset, segment) = first.remove_entry();
        self.bytes = self.bytes.saturating_sub(segment.data.len());
        Some((offset, segment))
    }

    /// Forgets what begins at this offset or behind; gives how many segments that were.
    pub(super) fn forget_from(&mut self, limit: u64) -> u32 {
        let beyond = self.by_offset.split_off(&limit);
        let held: usize = beyond.values().map(|segment| segment.data.len()).sum();
        self.bytes = self.bytes.saturating_sub(held);
        u32::try_from(beyond.len()).unwrap_or(u32::MAX)
    }

    /// Copies the parts of a segment that do not wait already: the first copy holds. `payload` is what was captured of `start..end`.
    pub(super) fn keep(&mut self, start: u64, end: u64, payload: &[u8]) {
        let mut from = start;
        if let Some((&offset, segment)) = self.by_offset.range(..=start).next_back() {
            from = from.max(offset.saturating_add(segment.length()));
        }
        let known: Vec<(u64, u64)> = self
            .by_offset
            .range(start..end)
            .map(|(&offset, segment)| (offset, offset.saturating_add(segment.length())))
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
        let cut = (until - from).saturating_sub(data.len() as u64);
        self.bytes = self.bytes.saturating_add(data.len());
        self.by_offset.insert(from, EarlySegment { data, cut });
    }

    /// Whether something else waits for the same offsets than this segment says.
    pub(super) fn contradict(&self, start: u64, end: u64, payload: &[u8]) -> bool {
        let before = self.by_offset.range(..start).next_back();
        before.into_iter().chain(self.by_offset.range(start..end)).any(|(&offset, segment)| {
            let from = offset.max(start);
            let place =
                |at: u64, bytes: &'_ [u8]| usize::try_from(from - at).map_or(0, |at| at.min(bytes.len()));
            let known = segment.data.get(place(offset, &segment.data)..).unwrap_or_default();
            let told = payload.get(place(start, payload)..).unwrap_or_default();
            known.iter().zip(told).any(|(known, byte)| known != byte)
        })
    }
}
