//! What the lines of one input leave out of their instants: the year, the moment when the machine started, or all of it.

use crate::text::timestamp::{Stamp, Yearless};
use crate::time::{Duration, Time};

/// Places lines that have no whole instant of their own. One for each input.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineClock {
    /// An instant near which the input was written, and its year (UTC).
    reference: Option<(Time, i16)>,
    boot: Option<Time>,
    collected: Option<Stamp>,
    told: Option<Stamp>,
    /// Whether the last line took the instant that another one told.
    lent: bool,
}

impl LineClock {
    /// For an input that was written around `reference`. Without a reference, lines without a year have no time.
    pub fn near(reference: Option<Time>) -> LineClock {
        LineClock { reference: reference.map(|time| (time, year_of(time))), ..LineClock::default() }
    }

    /// The instant that a line without its year means: in the year nearest to the reference.
    pub fn place(&self, yearless: &Yearless) -> Option<Time> {
        let (reference, year) = self.reference?;
        yearless.nearest(reference, year)
    }

    /// Takes note of when a collector took the line that is read next.
    pub fn set_collected(&mut self, collected: Option<Stamp>) {
        self.collected = collected;
    }

    /// When a collector took the line, where one did and wrote it down: the instant of a line that has none.
    pub fn collected(&self) -> Option<Stamp> {
        self.collected
    }

    /// Takes note of the instant that a line told.
    pub fn set_told(&mut self, told: Stamp) {
        self.told = Some(told);
    }

    /// When a line that tells no instant was written, or at the earliest: when a collector took it, else the instant of the last line that told one.
    pub fn at_earliest(&mut self) -> Option<Stamp> {
        self.lent = self.collected.is_none() && self.told.is_some();
        self.collected.or(self.told)
    }

    /// Whether a line took the instant of another one since this was asked last: it was written then, or later.
    pub fn has_lent(&mut self) -> bool {
        std::mem::take(&mut self.lent)
    }

    /// Takes note of when the machine started.
    pub fn set_boot(&mut self, boot: Time) {
        self.boot = Some(boot);
    }

    /// The instant so long after the machine started, once it is known when that was.
    pub fn at_uptime(&self, uptime: Duration) -> Option<Time> {
        self.boot.map(|boot| boot.plus(uptime))
    }
}

fn year_of(time: Time) -> i16 {
    time.to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or(1970)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::timestamp;

    #[test]
    fn an_instant_that_nobody_knows_is_not_invented() {
        let (yearless, _) = timestamp::yearless(b"Nov 17 08:01:01 host").unwrap();
        let reference = Time::parse_rfc3339("2026-12-01T00:00:00Z");
        assert_eq!(LineClock::near(reference).place(&yearless), Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!(LineClock::near(None).place(&yearless), None);
        let mut clock = LineClock::default();
        assert_eq!(clock.at_uptime(Duration::from_nanoseconds(5)), None);
        clock.set_boot(Time(100));
        assert_eq!(clock.at_uptime(Duration::from_nanoseconds(5)), Some(Time(105)));
    }
}
