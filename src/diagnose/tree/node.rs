//! A cause at its place in the tree, and what the signs that it lets expect speak for it.

use crate::causes::{self, Cause};
use crate::diagnose::odds::LogOdds;
use crate::diagnose::worth::Worth;
use crate::signs::{self, Frequency, SignSet};

/// Which signs are there, and which would be seen if they were, as bits by the signs' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignStates {
    /// Signs that are there.
    pub seen: SignSet,
    /// Those of them that more than nearness in time ties to the request.
    pub own: SignSet,
    /// Signs that are there or would be seen if they were.
    pub visible: SignSet,
}

/// A sign that a cause lets expect.
#[derive(Clone, Copy)]
pub struct Expected {
    /// Its number in `signs::ALL`.
    pub sign: usize,
    /// What it speaks for the cause.
    pub worth: Worth,
}

/// How much a sign counts among those that tell the same thing: what is told in one way need not be told in another, so one that is seen
/// comes before all that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strength {
    is_seen: bool,
    /// What it speaks, for or against.
    pub amount: LogOdds,
    /// What it speaks for its cause.
    pub weight: LogOdds,
}

impl Strength {
    /// The same, of which so much counts.
    fn scaled(self, share: f64) -> Strength {
        let weight = libm::round(f64::from(self.weight) * share) as LogOdds;
        Strength { amount: weight.abs(), weight, ..self }
    }
}

/// A cause at its place in the tree.
pub struct Node {
    /// The cause, by its number in the catalogue.
    pub(super) number: usize,
    /// What it weighs before any sign is looked at.
    pub(super) prior: LogOdds,
    /// The factor on what its signs say together.
    belief: f64,
    /// The signs that it lets expect, those that tell the same thing side by side.
    pub expected: Vec<Expected>,
}

impl Node {
    /// `prior`: what it weighs before any sign is looked at; `belief`: the factor on what its signs say together.
    pub(super) fn of(
        number: usize,
        cause: &Cause,
        prior: LogOdds,
        belief: f64,
        worth: &dyn Fn(usize, Frequency) -> Worth,
    ) -> Node {
        let expects = cause.expectations.expects.iter();
        let mut expected: Vec<Expected> =
            expects.map(|&(sign, often)| Expected { sign, worth: worth(sign, often) }).collect();
        expected.sort_by_key(|expected| (signs::ALL[expected.sign].aspect, expected.sign));
        Node { number, prior, belief, expected }
    }

    /// The number of its cause in the catalogue.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Its cause.
    pub fn cause(&self) -> &'static Cause {
        &causes::ALL[self.number]
    }

    /// Those of its signs of which a root behind it has the contrary: what speaks for the one speaks against the other.
    pub(super) fn contrary_to(&self, root: &Node) -> SignSet {
        let is_contrary = |own: &&Expected| {
            let of_root = root.expected.iter().find(|expected| expected.sign == own.sign);
            of_root.is_some_and(|of_root| own.worth.is_contrary_to(of_root.worth))
        };
        self.expected.iter().filter(is_contrary).map(|expected| expected.sign).collect()
    }

    /// What the signs speak for it, as far as that is believed. `near_in_time`: what counts of those that only their time ties to the request; `overruled`: signs that do
    /// not count.
    pub(super) fn believed(&self, states: SignStates, near_in_time: f64, overruled: &SignSet) -> LogOdds {
        let evidence = self.sum(|expected| {
            if overruled.holds(expected.sign) {
                return None;
            }
            let strength = expected.strength(states)?;
            let is_by_time = strength.is_seen && !states.own.holds(expected.sign);
            Some(if is_by_time { strength.scaled(near_in_time) } else { strength })
        });
        libm::round(f64::from(evidence) * self.belief) as LogOdds
    }

    /// Whether it lets expect one of these lines.
    pub(super) fn may_have_told(&self, lines: &SignSet) -> bool {
        self.expected.iter().any(|expected| lines.holds(expected.sign) && expected.worth.own > 0)
    }

    /// What the signs speak for it: of those that tell the same thing the strongest that is seen, or if none is, the strongest.
    pub fn evidence(&self, states: SignStates) -> LogOdds {
        self.sum(|expected| expected.strength(states))
    }

    /// The same of signs that are seen alone.
    pub fn evidence_of_seen(&self, states: SignStates) -> LogOdds {
        self.sum(|expected| expected.strength(states).filter(|strength| strength.is_seen))
    }

    /// The same of signs that are the cause's own: often seen with it, hardly ever otherwise, and tied to the request by more than time.
    pub fn own_evidence(&self, states: SignStates) -> LogOdds {
        const TELLS_ALONE: LogOdds = 4000;
        let is_own =
            |expected: &Expected| expected.worth.own >= TELLS_ALONE && states.own.holds(expected.sign);
        self.sum(|expected| expected.strength(states).filter(|_| is_own(expected)))
    }

    fn sum(&self, strength: impl Fn(&Expected) -> Option<Strength>) -> LogOdds {
        let same = |a: &Expected, b: &Expected| signs::ALL[a.sign].aspect == signs::ALL[b.sign].aspect;
        let strongest = |aspect: &[Expected]| {
            aspect.iter().filter_map(&strength).max().map_or(0, |strength| strength.weight)
        };
        self.expected.chunk_by(same).map(strongest).sum()
    }
}

impl Expected {
    /// What it would speak if it were seen as it is, or, where it is not, as the request's own.
    pub fn worth_of(&self, states: SignStates) -> Worth {
        let by_time = states.seen.holds(self.sign) && !states.own.holds(self.sign);
        Worth { seen: if by_time { self.worth.seen } else { self.worth.own }, ..self.worth }
    }

    /// How it compares with others that tell the same thing; `None` where nothing would show it.
    pub fn strength(&self, states: SignStates) -> Option<Strength> {
        let weight = self.weight(states)?;
        Some(Strength { is_seen: states.seen.holds(self.sign), amount: weight.abs(), weight })
    }

    /// What it speaks for its cause; `None` where nothing would show it.
    pub fn weight(&self, states: SignStates) -> Option<LogOdds> {
        if !states.visible.holds(self.sign) {
            None
        } else if states.own.holds(self.sign) {
            Some(self.worth.own)
        } else if states.seen.holds(self.sign) {
            Some(self.worth.seen)
        } else {
            Some(self.worth.unseen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{Happened, Outcome, ToldFrom};
    use crate::diagnose::parameters::Parameters;
    use crate::diagnose::tree::Tree;

    /// If it breaks, a busy log's lines of other requests explain this one as well as its own would.
    #[test]
    fn only_what_is_the_requests_own_counts_in_full() {
        let worth = Worth { seen: 700, own: 5000, unseen: -900 };
        let expected = Expected { sign: 3, worth };
        let sign: SignSet = [3].into_iter().collect();
        let nothing = SignStates::default();
        let absent = SignStates { visible: sign, ..nothing };
        let near = SignStates { seen: sign, ..absent };
        let own = SignStates { own: sign, ..near };
        let told = [nothing, absent, near, own].map(|states| expected.weight(states));
        assert_eq!(told, [None, Some(-900), Some(700), Some(5000)]);
    }

    /// If it breaks, an address that the edge was never to ask is blamed on it less for the very packets that never came to the right one.
    #[test]
    fn what_a_root_knows_better_its_mechanism_does_not_say_against_it() {
        let number = |id: &str| signs::number_of(id).unwrap();
        let shares = |visible: &[&str]| {
            let tree = Tree::of(Outcome::Unanswered, &vec![0.0; signs::ALL.len()], Parameters::current());
            let visible = visible.iter().map(|id| number(id)).collect();
            let happened = Happened { outcome: Outcome::Unanswered, from: ToldFrom::Edge };
            let leaves = tree.leaves(happened, Some(522), SignStates { visible, ..SignStates::default() });
            let slug = |number: Option<usize>| number.map(|number| causes::ALL[number].slug.as_str());
            let share = |root: Option<&str>| {
                let paths = tree.paths(&leaves.posterior).into_iter();
                let mut paths = paths.filter(|path| slug(path.mechanism) == Some("connect-timeout"));
                paths.find(|path| slug(path.root) == root).unwrap().share
            };
            share(Some("wrong-origin-address")) / share(None)
        };
        let (unknown, elsewhere) = (shares(&[]), shares(&["packets-at-origin"]));
        assert!(elsewhere > unknown * 4.0, "{unknown} {elsewhere}");
    }
}
