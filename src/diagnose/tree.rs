//! The tree of causes of one outcome: mechanisms, and behind each the roots that may lie there; "none of these" beside the children of
//! every node. Probabilities are of paths from the outcome to a leaf, so what speaks for a root speaks for the mechanisms before it.

mod told;

use super::odds::LogOdds;
use super::parameters::{Belief, Parameters, PriorOdds};
use super::worth::Worth;
use crate::causes::{self, Cause, Expectations};
use crate::correlate::{Happened, Outcome, ToldFrom};
use crate::signs::{self, Frequency, SignSet};

/// A node is named where it is at least as likely as all else together.
pub(super) const NAMED_FROM: f64 = 0.5;

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
    number: usize,
    /// What it weighs before any sign is looked at.
    prior: LogOdds,
    /// The factor on what its signs say together.
    belief: f64,
    /// The signs that it lets expect, those that tell the same thing side by side.
    pub expected: Vec<Expected>,
}

/// A path through the tree to its end: a mechanism, and the root behind it, each by its place among the nodes.
#[derive(Clone, Copy)]
struct Leaf {
    /// `None`: no mechanism that is known.
    mechanism: Option<usize>,
    /// `None`: no root that is known.
    root: Option<usize>,
}

/// A path with the causes on it, by their numbers in the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct TreePath {
    /// `None`: no mechanism that is known.
    pub mechanism: Option<usize>,
    /// `None`: no root that is known.
    pub root: Option<usize>,
    /// How likely it is.
    pub share: f64,
}

/// The tree of one outcome.
pub struct Tree {
    nodes: Vec<Node>,
    /// The last one is none that is known.
    leaves: Vec<Leaf>,
    prior: PriorOdds,
    belief: Belief,
    /// Whether a cause is the plain name of the outcome.
    has_name: bool,
    /// Lines that a server writes of one request and that hardly any cause but theirs brings about.
    told_of_one: SignSet,
    /// All signs that any cause in it expects.
    pub signs: SignSet,
}

/// How likely each leaf of a tree is.
pub struct Leaves {
    /// Before any sign is looked at.
    pub prior: Vec<f64>,
    /// With all signs.
    pub posterior: Vec<f64>,
}

impl Tree {
    /// The tree of an outcome. `by_chance`: in which share of the incident's moments chance alone shows each sign.
    pub fn of(outcome: Outcome, by_chance: &[f64], parameters: &Parameters) -> Tree {
        let Parameters { prior, belief, .. } = *parameters;
        let worth = |sign: usize, often| Worth::of(often, signs::ALL[sign], by_chance[sign], parameters);
        let (mut nodes, mut leaves) = (Vec::new(), Vec::new());
        let of = |is_there: fn(&Cause, Outcome) -> bool| {
            causes::ALL.iter().enumerate().filter(move |(_, cause)| is_there(cause, outcome))
        };
        let roots: Vec<(usize, usize)> = of(|cause, outcome| cause.expectations.root.contains(&outcome))
            .map(|(number, cause)| {
                nodes.push(Node::of(number, cause, prior.root, belief.root, &worth));
                (nodes.len() - 1, number)
            })
            .collect();
        for (number, cause) in of(|cause, outcome| cause.expectations.is_mechanism_of(outcome)) {
            let is_name = cause.expectations.names.contains(&outcome);
            let before = if is_name { prior.name } else { prior.mechanism };
            nodes.push(Node::of(number, cause, before, belief.mechanism, &worth));
            let mechanism = Some(nodes.len() - 1);
            leaves.push(Leaf { mechanism, root: None });
            let behind = |root: usize| causes::ALL[root].expectations.under.contains(&cause.slug_of_folder());
            let behind = roots.iter().filter(|(_, root)| behind(*root));
            leaves.extend(behind.map(|(node, _)| Leaf { mechanism, root: Some(*node) }));
        }
        leaves.push(Leaf { mechanism: None, root: None });
        let signs = || nodes.iter().flat_map(|node| &node.expected).map(|expected| expected.sign);
        let has_name = causes::ALL.iter().any(|cause| cause.expectations.names.contains(&outcome));
        let told_of_one = signs().filter(|&sign| signs::ALL[sign].is_told_of_one_request()).collect();
        Tree { signs: signs().collect(), nodes, leaves, prior, belief, has_name, told_of_one }
    }

    /// How likely each leaf is, for a request of which these signs are seen and for which the edge shows this status.
    pub fn leaves(&self, happened: Happened, status: Option<u16>, states: SignStates) -> Leaves {
        let none = match happened.from {
            ToldFrom::Packets => self.prior.none_seen,
            ToldFrom::Edge | ToldFrom::EdgeAlone | ToldFrom::OriginLog if self.has_name => {
                self.prior.none_told
            }
            ToldFrom::Edge | ToldFrom::EdgeAlone | ToldFrom::OriginLog => self.prior.none_unnamed,
        };
        let weighed = |weigh: &dyn Fn(&Node) -> LogOdds| {
            let weights: Vec<LogOdds> = self.nodes.iter().map(weigh).collect();
            let of = |node: Option<usize>| node.map_or(0, |node| weights[node]);
            let leaf = |leaf: &Leaf| match leaf.mechanism {
                Some(_) => odds(of(leaf.mechanism) + of(leaf.root)),
                None => odds(none),
            };
            shares(self.leaves.iter().map(leaf).collect())
        };
        let told = states.own.both(&self.told_of_one);
        let near_in_time = |node: &Node| match told.is_empty() || node.may_have_told(&told) {
            true => 1.0,
            false => self.belief.beside_own_line,
        };
        let signs = |node: &Node| node.believed(states, near_in_time(node));
        Leaves {
            prior: weighed(&|node| self.before_signs(node, happened, status)),
            posterior: weighed(&|node| self.before_signs(node, happened, status) + signs(node)),
        }
    }

    /// What a node weighs before any sign is looked at.
    fn before_signs(&self, node: &Node, happened: Happened, status: Option<u16>) -> LogOdds {
        let Expectations { edge_statuses: statuses, names, .. } = &*node.cause().expectations;
        // The plain name of what happened is its likeliest name only where it did happen so.
        let is_open = happened.from == ToldFrom::EdgeAlone && names.contains(&happened.outcome);
        let before = if is_open { self.prior.mechanism } else { node.prior };
        let odd = status.is_some_and(|status| !statuses.is_empty() && !statuses.contains(&status));
        before + if odd { self.prior.odd_status } else { 0 }
    }

    /// Leaves as shares of causes, by their number in the catalogue: a leaf counts for the deepest cause on its path. The last place is for
    /// none that is known.
    pub fn by_cause(&self, leaves: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; causes::ALL.len() + 1];
        for (leaf, share) in self.leaves.iter().zip(leaves) {
            shares[self.deepest(*leaf)] += share;
        }
        shares
    }

    /// Leaves, each times the factor of its cause.
    pub fn scaled(&self, leaves: &[f64], factor: &[f64]) -> Vec<f64> {
        let scaled = self.leaves.iter().zip(leaves).map(|(leaf, share)| share * factor[self.deepest(*leaf)]);
        shares(scaled.collect())
    }

    fn deepest(&self, leaf: Leaf) -> usize {
        leaf.root.or(leaf.mechanism).map_or(causes::ALL.len(), |node| self.nodes[node].number)
    }

    /// Every path with how likely it is.
    pub fn paths(&self, leaves: &[f64]) -> Vec<TreePath> {
        let number = |node: Option<usize>| node.map(|node| self.nodes[node].number);
        let path = |(leaf, &share): (&Leaf, &f64)| TreePath {
            mechanism: number(leaf.mechanism),
            root: number(leaf.root),
            share,
        };
        self.leaves.iter().zip(leaves).map(path).collect()
    }

    /// Every cause in it with how likely it is: a mechanism with all that may lie behind it, a root summed over the mechanisms before it.
    pub fn nodes(&self, leaves: &[f64]) -> Vec<(&Node, f64)> {
        let share = |node: usize| -> f64 {
            let on_path = self.leaves.iter().zip(leaves);
            on_path
                .filter(|(leaf, _)| leaf.mechanism == Some(node) || leaf.root == Some(node))
                .map(|(_, share)| share)
                .sum()
        };
        self.nodes.iter().enumerate().map(|(number, node)| (node, share(number))).collect()
    }

    /// The deepest node that is likelier than all else together: a root, else a mechanism.
    pub fn named(&self, leaves: &[f64]) -> Option<(&Node, f64)> {
        let nodes = self.nodes(leaves);
        let likely = |is_root: bool| {
            let likely = nodes
                .iter()
                .copied()
                .filter(|(node, share)| *share >= NAMED_FROM && self.is_root(node) == is_root);
            likely.reduce(|best, other| if other.1 > best.1 { other } else { best })
        };
        likely(true).or_else(|| likely(false))
    }

    /// How likely it is that a node is the deepest that is known.
    pub fn as_deepest(&self, node: &Node, leaves: &[f64]) -> f64 {
        let ends_there = |leaf: &Leaf| {
            leaf.root.or(leaf.mechanism).is_some_and(|deepest| std::ptr::eq(&self.nodes[deepest], node))
        };
        let ending = self.leaves.iter().zip(leaves).filter(|(leaf, _)| ends_there(leaf));
        ending.map(|(_, share)| *share).sum()
    }

    /// Every node.
    pub fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Whether a cause lies behind a mechanism in it.
    pub fn is_root(&self, node: &Node) -> bool {
        let is_it = |root: usize| std::ptr::eq(&self.nodes[root], node);
        self.leaves.iter().any(|leaf| leaf.root.is_some_and(is_it))
    }

    /// That it is no mechanism that is known.
    pub fn none(&self, leaves: &[f64]) -> f64 {
        leaves.last().copied().unwrap_or(1.0)
    }

    /// The node of a cause.
    pub fn node(&self, cause: &Cause) -> Option<&Node> {
        self.nodes.iter().find(|node| std::ptr::eq(node.cause(), cause))
    }

    /// The mechanism that most likely stands before a root.
    pub fn before(&self, root: &Cause, leaves: &[f64]) -> Option<&Node> {
        let behind = |leaf: &Leaf| leaf.root.is_some_and(|node| std::ptr::eq(self.nodes[node].cause(), root));
        let paths = self.leaves.iter().zip(leaves).filter(|(leaf, _)| behind(leaf));
        let likeliest = paths.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        Some(&self.nodes[likeliest.0.mechanism?])
    }
}

fn odds(weight: LogOdds) -> f64 {
    libm::exp(f64::from(weight.clamp(-20_000, 20_000)) / 1000.0)
}

/// Odds as shares of their sum.
fn shares(mut odds: Vec<f64>) -> Vec<f64> {
    let sum: f64 = odds.iter().sum();
    odds.iter_mut().for_each(|share| *share /= sum);
    odds
}

impl Node {
    fn of(
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

    /// What the signs speak for it, as far as that is believed. `near_in_time`: what counts of those that only their time ties to the request.
    fn believed(&self, states: SignStates, near_in_time: f64) -> LogOdds {
        let evidence = self.sum(|expected| {
            let strength = expected.strength(states)?;
            let is_by_time = strength.is_seen && !states.own.holds(expected.sign);
            Some(if is_by_time { strength.scaled(near_in_time) } else { strength })
        });
        libm::round(f64::from(evidence) * self.belief) as LogOdds
    }

    /// Whether it lets expect one of these lines.
    fn may_have_told(&self, lines: &SignSet) -> bool {
        self.expected.iter().any(|expected| lines.holds(expected.sign) && expected.worth.own > 0)
    }

    /// What the signs speak for it: of those that tell the same thing the strongest that is seen, or if none is, the strongest.
    pub fn evidence(&self, states: SignStates) -> LogOdds {
        self.sum(|expected| expected.strength(states))
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
}
