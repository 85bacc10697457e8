//! How likely every cause is for every kind of case, once its group was heard: judgement without the incident that it is about. All that it
//! stands on can be kept in a table, so that the numbers can be fitted on many incidents (docs/weights.md).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::appearance::Appearance;
use super::group::GroupWord;
use super::parameters::Parameters;
use super::tree::{Leaves, NAMED_FROM, Node, Tree};
use crate::correlate::Outcome;

/// Cases of one group that look alike.
pub type CaseKind = (usize, Appearance);

/// The trees of the outcomes that an incident has, and what its groups say.
pub struct Weighing {
    trees: BTreeMap<Outcome, Tree>,
    words: Vec<GroupWord>,
    /// How many cases there are of each kind.
    alike: BTreeMap<CaseKind, u64>,
    parameters: Parameters,
}

/// A node that is named, and how likely it is.
pub struct NamedNode<'t> {
    /// Its tree.
    pub tree: &'t Tree,
    /// The node; `None` where none is likelier than all else together.
    pub node: Option<&'t Node>,
    /// The probability that its name is the right one; where there is none, that it is no mechanism that is known.
    pub probability: f64,
}

/// The trees of some outcomes. `by_chance`: in which share of the incident's moments chance alone shows each sign.
pub fn trees(
    outcomes: impl Iterator<Item = Outcome>,
    by_chance: &[f64],
    parameters: &Parameters,
) -> BTreeMap<Outcome, Tree> {
    let mut trees = BTreeMap::new();
    for outcome in outcomes {
        trees.entry(outcome).or_insert_with(|| Tree::of(outcome, by_chance, parameters));
    }
    trees
}

impl Weighing {
    /// Of cases that are told by their kinds.
    pub fn of_kinds(alike: BTreeMap<CaseKind, u64>, by_chance: &[f64], parameters: &Parameters) -> Weighing {
        let outcomes = alike.keys().map(|(_, appearance)| appearance.happened.outcome);
        Weighing::of(trees(outcomes, by_chance, parameters), alike, parameters)
    }

    /// Of cases whose trees were made to look for their signs.
    pub(super) fn of(
        trees: BTreeMap<Outcome, Tree>,
        alike: BTreeMap<CaseKind, u64>,
        parameters: &Parameters,
    ) -> Weighing {
        let words = words(&trees, &alike);
        Weighing { trees, words, alike, parameters: *parameters }
    }

    /// What is made of every kind.
    pub(super) fn each<T: Send>(&self, make: impl Fn(CaseKind) -> T + Sync) -> BTreeMap<CaseKind, T> {
        self.alike.par_iter().map(|(kind, _)| (*kind, make(*kind))).collect()
    }

    /// How likely each leaf of its tree is for a kind of case.
    pub(super) fn leaves(&self, (group, appearance): CaseKind) -> Option<(&Tree, Vec<f64>)> {
        let tree = self.trees.get(&appearance.happened.outcome)?;
        let own = own_leaves(tree, appearance);
        let alike = self.alike.get(&(group, appearance)).copied().unwrap_or(1);
        let heard = self.words[group].tell(tree, &own, alike, self.parameters.group);
        Some((tree, tree.as_told(heard, appearance.states, 1.0 - self.parameters.belief.left_open)))
    }

    /// How likely it is for a kind of case that each cause is the deepest that is known, by the number of the cause in the catalogue; the
    /// last place is for none.
    pub fn by_cause(&self, kind: CaseKind) -> Vec<f64> {
        self.leaves(kind).map(|(tree, leaves)| tree.by_cause(&leaves)).unwrap_or_default()
    }

    /// How likely each cause is for a kind of case, by the number of the cause in the catalogue: a mechanism with all that may lie behind it.
    pub fn nodes(&self, kind: CaseKind) -> Vec<(usize, f64)> {
        let of = |(tree, leaves): (&Tree, Vec<f64>)| {
            tree.nodes(&leaves).into_iter().map(|(node, share)| (node.number(), share)).collect()
        };
        self.leaves(kind).map(of).unwrap_or_default()
    }

    /// What is named for a kind of case.
    pub(super) fn named(&self, kind: CaseKind) -> Option<NamedNode<'_>> {
        let (tree, leaves) = self.leaves(kind)?;
        Some(match tree.named(&leaves, kind.1.states) {
            Some((node, likely)) => {
                let behind = likely - tree.as_deepest(node, &leaves);
                let doubt = (1.0 - self.parameters.belief.left_open) * behind;
                NamedNode { tree, node: Some(node), probability: (likely - doubt).max(NAMED_FROM) }
            }
            None => NamedNode { tree, node: None, probability: tree.none(&leaves) },
        })
    }
}

fn own_leaves(tree: &Tree, appearance: Appearance) -> Leaves {
    tree.leaves(appearance.happened, appearance.status, appearance.states)
}

/// What each group says.
fn words(trees: &BTreeMap<Outcome, Tree>, alike: &BTreeMap<CaseKind, u64>) -> Vec<GroupWord> {
    let count = alike.last_key_value().map_or(0, |((last, _), _)| last + 1);
    let mut words: Vec<GroupWord> = (0..count).map(|_| GroupWord::new()).collect();
    for (&(group, appearance), &cases) in alike {
        if let Some(tree) = trees.get(&appearance.happened.outcome) {
            words[group].hear(tree, &own_leaves(tree, appearance), cases);
        }
    }
    words
}
