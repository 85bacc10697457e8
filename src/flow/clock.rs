//! The clock by which connections are given up.

use serde::{Deserialize, Serialize};

use crate::time::{Duration, Time};

/// A clock that only goes on, by at most a second with each packet: a stray stamp of the year 2106, or captures of different
/// days in one file, must not end all connections.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CaptureClock {
    now: Duration,
    last: Option<Time>,
}

impl CaptureClock {
    /// A clock that reads `now`, from the first packet on, at a packet's time.
    pub fn reading(now: Duration, time: Time) -> CaptureClock {
        CaptureClock { now, last: Some(time) }
    }

    /// Its reading.
    #[inline]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Takes the next packet's time; gives the clock's reading, from the first packet on.
    #[inline]
    pub fn tick(&mut self, time: Time) -> Duration {
        let step = self.last.map_or(Duration::ZERO, |last| time.since(last));
        self.now += step.clamp(Duration::ZERO, Duration::SECOND);
        self.last = Some(time);
        self.now
    }
}
