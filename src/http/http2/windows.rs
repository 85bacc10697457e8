//! Flow control of one direction (RFC 9113, 5.2 and 6.9): what its sender may still send, and which streams wait for more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Every window before the first word of it (RFC 9113, 6.9.2).
const DEFAULT: i64 = 65_535;
/// Streams that are remembered to wait.
const MOST_BLOCKED: usize = 4096;
/// No window may grow beyond this (RFC 9113, 6.9.1).
const LARGEST: i64 = 0x7fff_ffff;

/// The windows of a direction; those of single streams are balances to its initial one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Windows {
    initial: i64,
    /// The largest initial window that was ever granted.
    widest: i64,
    connection: i64,
    /// Whether the receiver was heard: where it is not captured, nothing is known of what it grants.
    is_heard: bool,
    /// Bytes are missing that may have held words of it: nothing more is known.
    is_lost: bool,
    /// Streams whose sender may send nothing more.
    blocked: BTreeSet<u32>,
}

/// What DATA does to the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// There is room for more.
    Open,
    /// There is none.
    Blocked,
    /// More was sent than was granted.
    TooMuch,
}

impl Default for Windows {
    fn default() -> Self {
        Windows {
            initial: DEFAULT,
            widest: DEFAULT,
            connection: DEFAULT,
            is_heard: false,
            is_lost: false,
            blocked: BTreeSet::new(),
        }
    }
}

impl Windows {
    /// The receiver speaks.
    pub fn hear(&mut self) {
        self.is_heard = true;
    }

    /// Words of the receiver may be missing.
    pub fn lose(&mut self) {
        self.is_lost = true;
        self.blocked.clear();
    }

    /// DATA of so many bytes, padding included, on a stream with this balance.
    pub fn send(&mut self, stream: u32, bytes: u32, balance: &mut i64) -> Sent {
        *balance = balance.saturating_sub(i64::from(bytes));
        self.connection = self.connection.saturating_sub(i64::from(bytes));
        if self.is_lost || !self.is_heard {
            return Sent::Open;
        }
        if self.connection < 0 || self.widest.saturating_add(*balance) < 0 {
            return Sent::TooMuch;
        }
        match self.is_open(*balance) {
            true => Sent::Open,
            false => {
                if self.blocked.len() < MOST_BLOCKED {
                    self.blocked.insert(stream);
                }
                Sent::Blocked
            }
        }
    }

    /// Whether a stream with this balance may send.
    pub fn is_open(&self, balance: i64) -> bool {
        self.is_lost || self.connection > 0 && self.initial.saturating_add(balance) > 0
    }

    /// The receiver grants the connection more: whether it may, and the streams that waited.
    pub fn grant(&mut self, bytes: u32) -> (bool, BTreeSet<u32>) {
        self.connection = self.connection.saturating_add(i64::from(bytes));
        let fits = self.is_lost || self.connection <= LARGEST;
        self.connection = self.connection.min(LARGEST);
        let waited = if self.connection > 0 { std::mem::take(&mut self.blocked) } else { BTreeSet::new() };
        (fits, waited)
    }

    /// The receiver grants a stream more: whether it may.
    pub fn grant_stream(&mut self, bytes: u32, balance: &mut i64) -> bool {
        *balance = balance.saturating_add(i64::from(bytes));
        self.is_lost || self.widest.min(self.initial).saturating_add(*balance) <= LARGEST
    }

    /// The receiver sets the initial window, of streams that are open too (RFC 9113, 6.9.2): the streams that waited.
    pub fn set_initial(&mut self, bytes: u32) -> BTreeSet<u32> {
        let wider = i64::from(bytes) > self.initial;
        self.initial = i64::from(bytes);
        self.widest = self.widest.max(self.initial);
        if wider { std::mem::take(&mut self.blocked) } else { BTreeSet::new() }
    }

    /// A stream waits no longer.
    pub fn forget(&mut self, stream: u32) {
        self.blocked.remove(&stream);
    }
}
