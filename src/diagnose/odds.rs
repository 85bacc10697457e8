//! What the levels of frequency are worth: log-odds in thousandths, from how often a sign is seen where a cause is at work and how often
//! otherwise (docs/weights.md).

use crate::signs::Frequency;

/// Log-odds in thousandths.
pub type LogOdds = i32;

/// The share that a level stands for.
pub(crate) fn share(frequency: Frequency) -> f64 {
    match frequency {
        Frequency::Never => 0.004,
        Frequency::Seldom => 0.08,
        Frequency::Often => 0.4,
        Frequency::Mostly => 0.8,
        Frequency::Always => 0.97,
    }
}

/// What it speaks for a cause that a sign is there, and that it is not although it would be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// It is there, and nearness in time is all that ties it to the request.
    pub seen: LogOdds,
    /// It is there, and it is the request's own.
    pub own: LogOdds,
    /// It is not there.
    pub unseen: LogOdds,
}

/// In which share of incidents lines of one kind are written all the time, for another reason than the failures.
const WRITTEN_ANYWAY: f64 = 0.05;

impl Worth {
    /// Of a sign that is seen so often with the cause and so often otherwise. `by_chance`: in which share of the incident's moments it
    /// would be seen whether it has to do with the failures or not.
    pub fn of(with_cause: Frequency, otherwise: Frequency, by_chance: f64) -> Worth {
        let anyway = by_chance * WRITTEN_ANYWAY;
        let with_chance = |share: f64| share + (1.0 - share) * anyway;
        let (own, own_otherwise) = (share(with_cause), share(otherwise));
        let (p, q) = (with_chance(own), with_chance(own_otherwise));
        Worth {
            seen: thousandths(libm::log(p / q)),
            own: thousandths(libm::log(own / own_otherwise)),
            unseen: thousandths(libm::log((1.0 - p) / (1.0 - q))),
        }
    }

    /// The most that it can speak, for or against.
    pub fn most(self) -> LogOdds {
        self.seen.abs().max(self.unseen.abs())
    }
}

fn thousandths(log_odds: f64) -> LogOdds {
    libm::round(log_odds * 1000.0) as LogOdds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_is_seen_alike_with_all_causes_says_nothing() {
        let alike = Worth::of(Frequency::Often, Frequency::Often, 0.0);
        assert_eq!(alike, Worth { seen: 0, own: 0, unseen: 0 });
    }

    #[test]
    fn what_chance_shows_anyway_speaks_little() {
        let clear = Worth::of(Frequency::Mostly, Frequency::Never, 0.0);
        let crowded = Worth::of(Frequency::Mostly, Frequency::Never, 0.9);
        assert!(clear.seen > 5000 && clear.unseen < -1500, "{clear:?}");
        assert!(crowded.seen < clear.seen * 3 / 5, "{crowded:?}");
    }
}
