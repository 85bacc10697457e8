//! When connections are given up: the clock by which they are, and the rounds in search of them.

use crate::time::{SECOND, Time};

/// A clock that only goes on, by at most a second with each packet: a stray stamp of the year 2106, or captures of different
/// days in one file, must not end all connections.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    pub(super) now: i64,
    pub(super) last: Option<Time>,
}

impl Clock {
    /// Takes the next packet's time; gives the clock's reading in nanoseconds from the first packet on.
    #[inline]
    pub fn tick(&mut self, time: Time) -> i64 {
        let step = self.last.map_or(0, |last| time.since(last));
        self.now = self.now.saturating_add(step.clamp(0, SECOND));
        self.last = Some(time);
        self.now
    }
}

/// The rounds over all connections in search of those whose time is over. Between two rounds there is nothing to look for.
pub(super) struct Sweep {
    pub(super) hand: usize,
    /// The reading of the clock when the round began.
    pub(super) began: i64,
    /// The earliest deadline met in this round.
    pub(super) earliest: i64,
    /// No deadline lies before this.
    pub(super) none_over_until: i64,
}

impl Default for Sweep {
    fn default() -> Sweep {
        Sweep { hand: 0, began: 0, earliest: i64::MAX, none_over_until: i64::MIN }
    }
}
