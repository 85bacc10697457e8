//! A head's bytes as they were kept, and where some were not.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Bytes that a head had and that were not kept, at a place in the kept ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elision {
    /// Index of the first kept byte after them.
    pub position: usize,
    /// How many.
    pub bytes: u64,
}

/// A head's kept bytes, with the places where bytes were not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    /// What was kept.
    pub bytes: &'a [u8],
    /// What was not; ascending, empty for every head within the bound.
    pub elisions: &'a [Elision],
}

impl<'a> Text<'a> {
    /// A head that was kept whole.
    pub fn whole(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, elisions: &[] }
    }

    /// The offset in the message of a kept byte.
    pub fn offset(&self, position: usize) -> u64 {
        let before = self.elisions.partition_point(|elision| elision.position <= position);
        let elided: u64 = self.elisions[..before].iter().map(|elision| elision.bytes).sum();
        (position as u64).saturating_add(elided)
    }

    /// The bytes of the message that a range of kept ones stands for.
    pub fn size(&self, range: &Range<usize>) -> u64 {
        if self.elisions.is_empty() {
            return range.len() as u64;
        }
        let from = self.elisions.partition_point(|elision| elision.position <= range.start);
        let to = self.elisions.partition_point(|elision| elision.position <= range.end);
        let elided: u64 = self.elisions[from..to.max(from)].iter().map(|elision| elision.bytes).sum();
        (range.len() as u64).saturating_add(elided)
    }
}
