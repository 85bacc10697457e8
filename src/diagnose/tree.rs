//! The tree of causes of one outcome: mechanisms, and behind each the roots that may lie there; "none of these" beside the children of
//! every node. Probabilities are of paths from the outcome to a leaf, so what speaks for a root speaks for the mechanisms before it.

mod node;
mod told;

use super::odds::LogOdds;
use super::parameters::{Belief, Parameters, PriorOdds};
use super::worth::Worth;
use crate::causes::{self, Cause, Expectations};
use crate::correlate::{Happened, Outcome, ToldFrom};
use crate::signs::{self, SignSet};

pub use node::{Expected, Node, SignStates};

/// A node is named where it is at least as likely as all else together.
pub(super) const NAMED_FROM: f64 = 0.5;
/// Nor is it named where it is no more than so many times as likely as another one, and nothing that is seen speaks for it more than for that one.
const TIMES_THE_NEXT: f64 = 1.5;

/// A path through the tree to its end: a mechanism, and the root behind it, each by its place among the nodes.
#[derive(Clone, Copy)]
struct Leaf {
    /// `None`: no mechanism that is known.
    mechanism: Option<usize>,
    /// `None`: no root that is known.
    root: Option<usize>,
    /// What of the signs that the mechanism lets expect the root knows better, being one way of it: where it has the contrary of them, its word stands alone.
    overruled: SignSet,
}

impl Leaf {
    fn none() -> Leaf {
        Leaf { mechanism: None, root: None, overruled: SignSet::default() }
    }
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
            leaves.push(Leaf { mechanism, ..Leaf::none() });
            let behind = |root: usize| causes::ALL[root].expectations.under.contains(&cause.slug_of_folder());
            let behind = roots.iter().filter(|(_, root)| behind(*root));
            let last = &nodes[nodes.len() - 1];
            let overruled = |root: usize| last.contrary_to(&nodes[root]);
            leaves.extend(behind.map(|(root, _)| Leaf {
                mechanism,
                root: Some(*root),
                overruled: overruled(*root),
            }));
        }
        leaves.push(Leaf::none());
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
        let told = states.own.both(&self.told_of_one);
        let near_in_time = |node: &Node| match told.is_empty() || node.may_have_told(&told) {
            true => 1.0,
            false => self.belief.beside_own_line,
        };
        let signs = |node: &Node, overruled: &SignSet| node.believed(states, near_in_time(node), overruled);
        let before: Vec<LogOdds> =
            self.nodes.iter().map(|node| self.before_signs(node, happened, status)).collect();
        let all: Vec<LogOdds> = self.nodes.iter().map(|node| signs(node, &SignSet::default())).collect();
        let weighed = |leaf: &Leaf, with_signs: bool| {
            let Some(mechanism) = leaf.mechanism else { return odds(none) };
            let of = |weights: &[LogOdds]| weights[mechanism] + leaf.root.map_or(0, |root| weights[root]);
            let overruled = match leaf.overruled.is_empty() {
                true => 0,
                false => signs(&self.nodes[mechanism], &leaf.overruled) - all[mechanism],
            };
            odds(of(&before) + if with_signs { of(&all) + overruled } else { 0 })
        };
        let of_leaves =
            |with_signs: bool| shares(self.leaves.iter().map(|leaf| weighed(leaf, with_signs)).collect());
        Leaves { prior: of_leaves(false), posterior: of_leaves(true) }
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

    /// The deepest node that is likelier than all else together, and that something tells apart from whatever is nearly as likely: a root, else a mechanism.
    pub fn named(&self, leaves: &[f64], states: SignStates) -> Option<(&Node, f64)> {
        let nodes = self.nodes(leaves);
        let likely = |is_root: bool| {
            let likely = nodes
                .iter()
                .copied()
                .filter(|(node, share)| *share >= NAMED_FROM && self.is_root(node) == is_root);
            likely.reduce(|best, other| if other.1 > best.1 { other } else { best })
        };
        let stands_out = |(node, share): &(&Node, f64)| {
            let seen = |node: &Node| node.evidence_of_seen(states);
            let is_alike = |(other, rival): &(&Node, f64)| {
                *share <= rival * TIMES_THE_NEXT
                    && !self.are_on_one_path(node, other)
                    && seen(node) <= seen(other)
            };
            !nodes.iter().any(is_alike)
        };
        likely(true).filter(stands_out).or_else(|| likely(false).filter(stands_out))
    }

    /// Whether one of two nodes lies behind the other, or they are the same.
    fn are_on_one_path(&self, node: &Node, other: &Node) -> bool {
        let holds = |leaf: &Leaf, wanted: &Node| {
            let is_it = |number: usize| std::ptr::eq(&self.nodes[number], wanted);
            leaf.mechanism.is_some_and(is_it) || leaf.root.is_some_and(is_it)
        };
        self.leaves.iter().any(|leaf| holds(leaf, node) && holds(leaf, other))
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
