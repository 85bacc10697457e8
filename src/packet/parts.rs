//! The parts of one datagram, in the order of their offsets.

use std::collections::BTreeMap;

use etherparse::IpNumber;
use serde::{Deserialize, Serialize};

use super::written;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is kept.
    New,
    /// All of it was there already.
    Known,
    /// It overlaps others, or is at odds with them about the end.
    Contradiction,
}

/// Parts that do not overlap.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Parts {
    /// Their captured bytes by offset.
    pieces: BTreeMap<u32, Vec<u8>>,
    /// Stretches that are there, each from its start to its end; those that touch are one.
    covered: BTreeMap<u32, u32>,
    /// The end, once the part without more behind it is there.
    length: Option<u32>,
    /// Protocol and time to live of the first part.
    #[serde(with = "written::beginning")]
    beginning: Option<(IpNumber, u8)>,
    captured: usize,
}

impl Parts {
    /// Takes `length` bytes at `offset`, of which `data` was captured; `more` says that others follow.
    pub(super) fn add(&mut self, offset: u16, length: u32, more: bool, data: &[u8]) -> Added {
        let start = u32::from(offset);
        let end = start.saturating_add(length);
        if self.is_at_odds_about_the_end(end, more) {
            return Added::Contradiction;
        }
        let before = self.covered.range(..=start).next_back().map(|(&from, &to)| (from, to));
        if before.is_some_and(|(_, to)| to >= end) {
            return Added::Known;
        }
        let behind = self.covered.range(start.saturating_add(1)..).next().map(|(&from, &to)| (from, to));
        if before.is_some_and(|(_, to)| to > start) || behind.is_some_and(|(from, _)| from < end) {
            return Added::Contradiction;
        }
        if !more {
            self.length = Some(end);
        }
        let first = before.filter(|&(_, to)| to == start).map_or(start, |(from, _)| from);
        let last = behind.filter(|&(from, _)| from == end).map_or(end, |(from, to)| {
            self.covered.remove(&from);
            to
        });
        self.covered.insert(first, last);
        self.captured += data.len();
        self.pieces.insert(start, data.to_vec());
        Added::New
    }

    fn is_at_odds_about_the_end(&self, end: u32, more: bool) -> bool {
        let reached = self.covered.last_key_value().map_or(0, |(_, &to)| to);
        match self.length {
            Some(length) => {
                if more {
                    end > length
                } else {
                    end != length
                }
            }
            None => !more && reached > end,
        }
    }

    /// Notes what the header of the first part says.
    pub(super) fn begin(&mut self, protocol: IpNumber, ttl: u8) {
        self.beginning = Some((protocol, ttl));
    }

    /// Protocol and time to live of the first part.
    pub(super) fn beginning(&self) -> Option<(IpNumber, u8)> {
        self.beginning
    }

    /// Its bytes, up to where one was not captured, and its length; `None` while a part is missing.
    pub(super) fn whole(&self) -> Option<(Vec<u8>, usize)> {
        let length = self.length.filter(|length| self.covered.get(&0) == Some(length))?;
        let mut bytes = Vec::with_capacity(self.captured);
        for (&start, piece) in &self.pieces {
            if start as usize != bytes.len() {
                break;
            }
            bytes.extend_from_slice(piece);
        }
        Some((bytes, length as usize))
    }

    /// What they cost where each costs `each` beside its bytes.
    pub(super) fn cost(&self, each: usize) -> usize {
        self.captured + self.pieces.len() * each
    }
}
