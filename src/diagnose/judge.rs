//! One cause for each case: the deepest node of the tree that is likelier than all else together, once its group was heard.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::appearance::Appearance;
use super::certainty::CertaintySums;
use super::chance::by_chance;
use super::group::{GroupWord, groups};
use super::odds::LogOdds;
use super::probability::{Thousandths, thousandths};
use super::reason::{self, WeighedSign};
use super::tree::{Leaves, Node, SignStates, Tree};
use crate::causes::Cause;
use crate::correlate::{Case, Happened, Incident, Outcome};
use crate::signs::Viewpoint;

/// A node is named where it is at least as likely as all else together.
const NAMED_FROM: f64 = 0.5;
/// From this much evidence on a cause that is not the one named is told as its consequence.
const CONSEQUENCE_FROM: LogOdds = 2000;

/// The decision about a case. The reasons are not kept: [`Judge::reasons`] gives them again where they are told.
#[derive(Clone)]
pub struct Judgement {
    /// The cause; `None` where the evidence names none.
    pub cause: Option<&'static Cause>,
    /// The probability that it is the true one; for an unexplained case, that it is none that is known.
    pub confidence: Thousandths,
    /// What speaks for it, in thousandths.
    pub total: LogOdds,
    /// What followed from it: causes that a sign of the request's own speaks for, too.
    pub consequences: Vec<&'static Cause>,
}

/// How a judgement comes about: what happened, which signs are there, and how likely each node of the tree is.
pub struct Account {
    /// What happened.
    pub happened: Happened,
    /// Which signs are there.
    pub states: SignStates,
    /// The causes that may bring it about, mechanisms with all that may lie behind them, the likeliest first.
    pub nodes: Vec<(&'static Cause, f64)>,
    /// That it is no mechanism that is known.
    pub none: f64,
}

/// The trees of the outcomes that an incident has, and what its cases and groups look like.
pub struct Judge {
    trees: BTreeMap<Outcome, Tree>,
    appearances: Vec<Appearance>,
    /// The group of each case.
    groups: Vec<usize>,
    words: Vec<GroupWord>,
    /// How many cases of a group look alike.
    alike: BTreeMap<(usize, Appearance), u64>,
}

impl Judge {
    /// For the cases of an incident.
    pub fn of(incident: &Incident) -> Judge {
        let happened: Vec<Happened> =
            incident.cases.par_iter().map(|case| Happened::to(case, incident)).collect();
        let by_chance = by_chance(incident, &happened);
        let mut trees = BTreeMap::new();
        for outcome in happened.iter().map(|happened| happened.outcome) {
            trees.entry(outcome).or_insert_with(|| Tree::of(outcome, &by_chance));
        }
        let look = |(case, happened): (&Case, &Happened)| {
            let wanted = trees.get(&happened.outcome).map(|tree: &Tree| tree.signs).unwrap_or_default();
            Appearance::of(case, *happened, wanted, incident)
        };
        let appearances: Vec<Appearance> = incident.cases.par_iter().zip(&happened).map(look).collect();
        let groups = groups(incident, &appearances);
        let mut alike: BTreeMap<(usize, Appearance), u64> = BTreeMap::new();
        for (&group, &appearance) in groups.iter().zip(&appearances) {
            *alike.entry((group, appearance)).or_default() += 1;
        }
        let words = words(&trees, &alike);
        Judge { trees, appearances, groups, words, alike }
    }

    /// Judges all cases, in their order.
    pub fn judge(&self) -> Vec<Judgement> {
        let decide = |&(group, appearance): &(usize, Appearance)| {
            ((group, appearance), self.decide(group, appearance))
        };
        let known: BTreeMap<(usize, Appearance), Judgement> =
            self.alike.par_iter().map(|(key, _)| decide(key)).collect();
        let of = |(&group, &appearance): (&usize, &Appearance)| known[&(group, appearance)].clone();
        self.groups.iter().zip(&self.appearances).map(of).collect()
    }

    /// Why a cause is the cause of a case, which is told by its number: the signs that it and the mechanism before it let expect.
    pub fn reasons(&self, cause: &Cause, case: usize, incident: &Incident) -> Vec<WeighedSign> {
        let (nodes, look) = (self.on_path(cause, case), viewpoint(case, incident));
        reason::reasons(&nodes, self.appearances[case].states, &look)
    }

    /// All signs that a cause, the mechanism before it and these causes behind it let expect, and whether a case shows them. Of the causes
    /// behind it only what nothing at hand would show: that is why none of them is named.
    pub fn signs(
        &self,
        cause: &Cause,
        behind: &[&Cause],
        case: usize,
        incident: &Incident,
    ) -> Vec<WeighedSign> {
        let Some((tree, _)) = self.leaves(case) else { return Vec::new() };
        let behind: Vec<&Node> = behind.iter().filter_map(|cause| tree.node(cause)).collect();
        let look = viewpoint(case, incident);
        reason::signs(&self.on_path(cause, case), &behind, self.appearances[case].states, &look)
    }

    /// How sure a cause of these cases is at each depth, or, where none is named, what may have been it.
    pub(super) fn certainty(&self, named: Option<&'static Cause>, cases: &[usize]) -> CertaintySums {
        let mut alike: BTreeMap<(usize, Appearance), u64> = BTreeMap::new();
        for &case in cases {
            *alike.entry((self.groups[case], self.appearances[case])).or_default() += 1;
        }
        let mut sums = CertaintySums::of(named);
        for ((group, appearance), cases) in alike {
            let paths = self.leaves_of(group, appearance).map(|(tree, leaves)| tree.paths(&leaves));
            sums.add(appearance.happened.outcome.family(), &paths.unwrap_or_default(), cases);
        }
        sums
    }

    /// A cause, and the mechanism that most likely stands before it in a case.
    fn on_path(&self, cause: &Cause, case: usize) -> Vec<&Node> {
        let Some((tree, leaves)) = self.leaves(case) else { return Vec::new() };
        tree.node(cause).into_iter().chain(tree.before(cause, &leaves)).collect()
    }

    /// How the judgement of a case comes about, which is told by its number.
    pub fn account(&self, case: usize) -> Account {
        let Appearance { happened, states, .. } = self.appearances[case];
        let Some((tree, leaves)) = self.leaves(case) else {
            return Account { happened, states, nodes: Vec::new(), none: 1.0 };
        };
        let mut nodes: Vec<(&'static Cause, f64)> =
            tree.nodes(&leaves).into_iter().map(|(node, share)| (node.cause(), share)).collect();
        nodes.sort_by(|a, b| b.1.total_cmp(&a.1));
        Account { happened, states, nodes, none: tree.none(&leaves) }
    }

    fn leaves(&self, case: usize) -> Option<(&Tree, Vec<f64>)> {
        self.leaves_of(self.groups[case], self.appearances[case])
    }

    fn leaves_of(&self, group: usize, appearance: Appearance) -> Option<(&Tree, Vec<f64>)> {
        let tree = self.trees.get(&appearance.happened.outcome)?;
        let own = own_leaves(tree, appearance);
        let alike = self.alike.get(&(group, appearance)).copied().unwrap_or(1);
        Some((tree, self.words[group].tell(tree, &own, alike)))
    }

    fn decide(&self, group: usize, appearance: Appearance) -> Judgement {
        let Some((tree, leaves)) = self.leaves_of(group, appearance) else { return unexplained(1.0) };
        let Some((node, probability)) = tree.named(&leaves, NAMED_FROM) else {
            return unexplained(tree.none(&leaves));
        };
        let cause = node.cause();
        let consequences = consequences(tree, node, appearance);
        let total = node.evidence(appearance.states);
        Judgement { cause: Some(cause), confidence: thousandths(probability), total, consequences }
    }
}

fn viewpoint(case: usize, incident: &Incident) -> Viewpoint<'_> {
    Viewpoint { case: &incident.cases[case], incident, in_words: true }
}

/// What went with a root: causes of the same request that a sign of its own speaks for. Beside a mechanism they are rivals, no consequences.
fn consequences(tree: &Tree, named: &Node, appearance: Appearance) -> Vec<&'static Cause> {
    if !tree.is_root(named) {
        return Vec::new();
    }
    let is_plain_name = |cause: &Cause| cause.expectations.names.contains(&appearance.happened.outcome);
    tree.all()
        .filter(|other| !std::ptr::eq(other.cause(), named.cause()) && !is_plain_name(other.cause()))
        .filter(|other| other.own_evidence(appearance.states) >= CONSEQUENCE_FROM)
        .map(Node::cause)
        .collect()
}

fn own_leaves(tree: &Tree, appearance: Appearance) -> Leaves {
    tree.leaves(appearance.happened, appearance.status, appearance.states)
}

/// What each group says.
fn words(trees: &BTreeMap<Outcome, Tree>, alike: &BTreeMap<(usize, Appearance), u64>) -> Vec<GroupWord> {
    let count = alike.last_key_value().map_or(0, |((last, _), _)| last + 1);
    let mut words: Vec<GroupWord> = (0..count).map(|_| GroupWord::new()).collect();
    for (&(group, appearance), &cases) in alike {
        if let Some(tree) = trees.get(&appearance.happened.outcome) {
            words[group].hear(tree, &own_leaves(tree, appearance), cases);
        }
    }
    words
}

fn unexplained(probability: f64) -> Judgement {
    Judgement { cause: None, confidence: thousandths(probability), total: 0, consequences: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_judgements_fit_into_memory() {
        assert!(size_of::<Judgement>() <= 40, "{} bytes", size_of::<Judgement>());
    }
}
