//! What the levels of frequency are worth: log-odds from how often a sign is seen where a cause is at work and how often otherwise
//! (docs/weights.md).

use super::odds::{LogOdds, thousandths};
use super::parameters::Parameters;
use crate::signs::{Frequency, Sign};

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

impl Worth {
    /// Of a sign that is seen so often with the cause and so often otherwise. `by_chance`: in which share of the incident's moments it
    /// would be seen whether it has to do with the failures or not.
    pub fn of(with_cause: Frequency, sign: &Sign, by_chance: f64, parameters: &Parameters) -> Worth {
        let anyway = by_chance * parameters.chance.written_anyway(sign);
        let with_chance = |share: f64| share + (1.0 - share) * anyway;
        let (own, own_otherwise) =
            (parameters.with_cause.of(with_cause), parameters.otherwise.of(sign.otherwise));
        let (p, q) = (with_chance(own), with_chance(own_otherwise));
        Worth {
            seen: thousandths(libm::log(p / q)),
            own: thousandths(libm::log(own / own_otherwise)),
            unseen: thousandths(libm::log((1.0 - p) / (1.0 - q))),
        }
    }

    /// Whether a sign that is there speaks for the one and against the other.
    pub fn is_contrary_to(self, other: Worth) -> bool {
        self.own.signum() * other.own.signum() < 0
    }

    /// The most that it can speak, for or against.
    pub fn most(self) -> LogOdds {
        self.own.abs().max(self.unseen.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs;

    fn worth(with_cause: Frequency, otherwise: Frequency, by_chance: f64) -> Worth {
        let sign = signs::ALL.iter().find(|sign| sign.otherwise == otherwise && !sign.is_of_trouble);
        Worth::of(with_cause, sign.expect("a sign of the level"), by_chance, Parameters::current())
    }

    #[test]
    fn a_sign_that_is_seen_alike_with_all_causes_says_little() {
        let alike = worth(Frequency::Often, Frequency::Often, 0.0);
        assert!(alike.seen.abs() < 500 && alike.unseen.abs() < 500, "{alike:?}");
    }

    #[test]
    fn a_line_of_the_requests_own_counts_in_full_however_many_others_there_are() {
        let clear = worth(Frequency::Mostly, Frequency::Never, 0.0);
        let crowded = worth(Frequency::Mostly, Frequency::Never, 0.9);
        assert_eq!((clear.own, crowded.own), (clear.seen, clear.seen));
        assert!(crowded.own > crowded.seen, "{crowded:?}");
    }

    #[test]
    fn what_chance_shows_anyway_speaks_little() {
        let clear = worth(Frequency::Mostly, Frequency::Never, 0.0);
        let crowded = worth(Frequency::Mostly, Frequency::Never, 0.9);
        assert!(clear.seen > 3000 && clear.unseen < -1000, "{clear:?}");
        assert!(crowded.seen < clear.seen * 3 / 4, "{crowded:?}");
    }
}
