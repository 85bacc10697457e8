//! How many cases bear a cause out. Where one or two of many are laid to it, it is more often the evidence of another request than a cause; what three and more show alike is surer than each of them
//! says, since mistakes in joining are seldom made twice (docs/weights.md has the figures).

use super::probability::{Thousandths, WHOLE, thousandths};

/// So many cases may all be mistaken for another's.
const FEW: usize = 2;
/// They are few of an incident where they are less than one in so many of its cases.
const SHARE: usize = 4;
/// What the odds are divided by then.
const DOUBT: f64 = 4.0;
/// What the odds of a cause of more and of its strongest rival, against all else, are multiplied by: between those two cases that are alike decide nothing, one as little as many, and of what
/// is left to nothing in particular each case says too much.
const AGREEMENT: f64 = 3.5;
/// As sure as what is named must be.
const LEAST: Thousandths = 500;

/// The cases of a cause, and all of the incident.
#[derive(Clone, Copy)]
pub(super) struct Support {
    /// Those of the cause.
    pub cases: usize,
    /// All.
    pub all: usize,
}

impl Support {
    /// How sure a cause is whose cases are as sure as `mean` in the mean, and in which its strongest rival has so much.
    pub fn borne_out(self, mean: Thousandths, rival: Thousandths) -> Thousandths {
        let (named, rival) = (f64::from(mean) / 1000.0, f64::from(rival.min(WHOLE - mean)) / 1000.0);
        let told = match self.cases {
            0..=FEW if self.cases * SHARE < self.all => {
                let odds = named / (1.0 - named) / DOUBT;
                odds / (1.0 + odds)
            }
            0..=FEW => named,
            _ => {
                let known = named + rival;
                named * AGREEMENT / (known * AGREEMENT + 1.0 - known)
            }
        };
        thousandths(told).max(LEAST.min(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If it breaks, one request that was joined to the packets of another is told as a cause of the outage beside it, nearly as sure as the true one.
    #[test]
    fn one_of_many_needs_more_than_many() {
        let told = |mean, cases, all| Support { cases, all }.borne_out(mean, 0);
        assert_eq!(told(860, 1, 200), 605);
        assert_eq!(told(990, 2, 200), 961, "what is plain is believed");
        assert_eq!(told(700, 1, 200), 500, "as sure as what is named must be");
        assert_eq!(told(860, 1, 3), 860, "there are no more");
        assert_eq!(told(860, 3, 200), 955);
        assert_eq!(told(999, 30, 30), 999, "nothing is certain");
        assert_eq!(told(400, 1, 200), 400, "what is not named is not made surer");
        let between_two = Support { cases: 30, all: 30 }.borne_out(600, 400);
        assert_eq!(
            between_two, 600,
            "many that are alike decide nothing between two causes that all of them leave open"
        );
    }
}
