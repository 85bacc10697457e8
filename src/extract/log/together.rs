//! What all threads that read one log keep together.

use std::sync::{Mutex, PoisonError};

use super::sampling::UnreadLines;
use super::{Look, Wanted};
use crate::evidence::partial::Partial;

/// Rows that a thread holds before it hands them in: so rarely do threads wait for each other.
const HANDED_IN: usize = 1024;

/// What all threads that read one log keep together.
pub struct Together {
    /// Lines that were sampled at a glance.
    pub unread: UnreadLines,
    /// Rows of lines that tell of failures, where there are many.
    failing: Mutex<Partial>,
    /// The most of the edge's records, or of access lines.
    most: usize,
}

impl Together {
    /// Nothing yet.
    pub fn of(wanted: &Wanted<'_>) -> Together {
        let most = match wanted.look {
            Look::First => wanted.memory.failing_requests(),
            Look::Second(_) => usize::MAX,
        };
        Together { unread: UnreadLines::default(), failing: Mutex::default(), most }
    }

    /// Takes over the rows of failures that a thread has, if they are many.
    pub fn hand_in(&self, part: &mut Partial) {
        if part.edge.len().max(part.access.len()) < HANDED_IN {
            return;
        }
        // What a panicking thread left behind is at worst a row too few, and the panic is told anyway.
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing.edge.append(&mut part.edge);
        failing.access.append(&mut part.access);
        // Seldom, since choosing looks at every row.
        if failing.edge.len().max(failing.access.len()) > self.most.saturating_add(self.most / 4) {
            failing.keep_failing_lines(self.most);
        }
    }

    /// The evidence of all threads with the rows that were handed in.
    pub fn complete(self, parts: Partial) -> Partial {
        let failing = self.failing.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The many take in the few: so hardly a row is copied.
        let mut whole = failing.merge(parts);
        whole.keep_failing_lines(self.most);
        whole
    }
}
