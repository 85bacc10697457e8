//! Streams that may have been opened in bytes that are missing: the client numbers them in order (RFC 9113, 5.1.1), so they lie below one that was seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Stretches that are kept, the newest.
const MOST: usize = 256;

/// Numbers of streams of which nothing was seen so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct UnseenStreams {
    /// Where a stretch of them begins, and where it ends.
    stretches: BTreeMap<u32, u32>,
}

impl UnseenStreams {
    /// All from one on and before another, which are above those that are held.
    pub fn add(&mut self, from: u32, before: u32) {
        if from < before {
            self.stretches.insert(from, before);
            if self.stretches.len() > MOST {
                self.stretches.pop_first();
            }
        }
    }

    /// Whether this is one.
    pub fn holds(&self, id: u32) -> bool {
        self.stretches.range(..=id).next_back().is_some_and(|(_, end)| id < *end)
    }

    /// Something of this one is seen.
    pub fn take(&mut self, id: u32) {
        let Some((&from, &end)) = self.stretches.range(..=id).next_back().filter(|(_, end)| id < **end)
        else {
            return;
        };
        self.stretches.remove(&from);
        self.add(from, id);
        self.add(id.saturating_add(1), end);
    }
}
