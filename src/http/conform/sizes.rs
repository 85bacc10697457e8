//! The sizes of a head, and of what is large in it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::memory::Seldom;

/// Bytes from which a line or a cookie is told: no limit of any server or of the edge that concerns single lines lies near it, and
/// nearly no head has one.
pub(crate) const TOLD_FROM: u64 = 256;
/// Header lines whose sizes are told.
pub(crate) const LARGEST_LINES: usize = 8;
/// Cookies whose sizes are told.
pub(crate) const LARGEST_COOKIES: usize = 16;

/// Sizes of a message's head in bytes, as on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadSizes {
    /// Start line and all header lines with their line ends, and the empty line.
    pub bytes: u64,
    /// Header lines.
    pub lines: u32,
    /// The largest header lines of at least 256 bytes, biggest first, at most eight; ties in the order of the message.
    pub largest: Seldom<Vec<HeaderSize>>,
    /// Each cookie of Cookie or Set-Cookie of at least 256 bytes: name and the bytes of `name=value` (with attributes for
    /// Set-Cookie), biggest first, at most sixteen. Values are never kept.
    pub cookies: Seldom<Vec<HeaderSize>>,
}

/// A header line's or a cookie's name and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderSize {
    /// The name, in lower case for headers, as sent for cookies; at most 128 bytes of it.
    pub name: String,
    /// Bytes of the whole line with its line end, or of the cookie.
    pub bytes: u64,
}

/// The largest of the things offered that are told at all, biggest first, ties in their order.
#[derive(Debug)]
pub(super) struct Largest<const N: usize> {
    entries: [(u64, u32, u32); N],
    count: usize,
}

impl<const N: usize> Default for Largest<N> {
    fn default() -> Self {
        Largest { entries: [(0, 0, 0); N], count: 0 }
    }
}

impl<const N: usize> Largest<N> {
    #[inline]
    pub fn offer(&mut self, size: u64, name: Range<usize>) {
        if size >= TOLD_FROM {
            self.insert(size, name);
        }
    }

    fn insert(&mut self, size: u64, name: Range<usize>) {
        if self.count == N && self.entries[N - 1].0 >= size {
            return;
        }
        // A head is bounded far below 4 GiB.
        let (Ok(start), Ok(end)) = (u32::try_from(name.start), u32::try_from(name.end)) else { return };
        let mut place = self.count.min(N - 1);
        self.count = (self.count + 1).min(N);
        while place > 0 && self.entries[place - 1].0 < size {
            self.entries[place] = self.entries[place - 1];
            place -= 1;
        }
        self.entries[place] = (size, start, end);
    }

    pub fn list(&self, name: impl Fn(Range<usize>) -> String) -> Vec<HeaderSize> {
        let entries = self.entries[..self.count].iter();
        entries
            .map(|&(bytes, start, end)| HeaderSize { name: name(start as usize..end as usize), bytes })
            .collect()
    }
}
