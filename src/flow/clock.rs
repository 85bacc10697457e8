//! The clock by which connections are given up.

use crate::time::{SECOND, Time};

/// A clock that only goes on, by at most a second with each packet: a stray stamp of the year 2106, or captures of different
/// days in one file, must not end all connections.
#[derive(Clone, Debug, Default)]
pub struct CaptureClock {
    now: i64,
    last: Option<Time>,
}

impl CaptureClock {
    /// A clock that reads `now`, in nanoseconds from the first packet on, at a packet's time.
    pub fn reading(now: i64, time: Time) -> CaptureClock {
        CaptureClock { now, last: Some(time) }
    }

    /// Its reading.
    #[inline]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Takes the next packet's time; gives the clock's reading in nanoseconds from the first packet on.
    #[inline]
    pub fn tick(&mut self, time: Time) -> i64 {
        let step = self.last.map_or(0, |last| time.since(last));
        self.now = self.now.saturating_add(step.clamp(0, SECOND));
        self.last = Some(time);
        self.now
    }
}
