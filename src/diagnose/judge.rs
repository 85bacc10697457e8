//! One cause for each case: the deepest node of the tree that is likelier than all else together, once its group was heard.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::appearance::Appearance;
use super::certainty::CertaintySums;
use super::chance::by_chance;
use super::group::groups;
use super::odds::LogOdds;
use super::parameters::Parameters;
use super::probability::{Thousandths, thousandths};
use super::reason::{self, WeighedSign};
use super::tree::{Node, SignStates, Tree};
use super::weighing::{CaseKind, NamedNode, Weighing, trees};
use crate::causes::Cause;
use crate::correlate::{Case, Happened, Incident};
use crate::signs::Viewpoint;

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

/// What its cases look like, and how likely that makes each cause.
pub struct Judge {
    weighing: Weighing,
    by_chance: Vec<f64>,
    /// The kinds that there are.
    kinds: Vec<CaseKind>,
    /// Which of them each case is.
    kind_of: Vec<u32>,
}

impl Judge {
    /// For the cases of an incident.
    pub fn of(incident: &Incident) -> Judge {
        let parameters = Parameters::current();
        let happened: Vec<Happened> =
            incident.cases.par_iter().map(|case| Happened::to(case, incident)).collect();
        let by_chance = by_chance(incident, &happened);
        let trees = trees(happened.iter().map(|happened| happened.outcome), &by_chance, parameters);
        let look = |(case, happened): (&Case, &Happened)| {
            let wanted = trees.get(&happened.outcome).map(|tree| tree.signs).unwrap_or_default();
            Appearance::of(case, *happened, wanted, incident)
        };
        let appearances: Vec<Appearance> = incident.cases.par_iter().zip(&happened).map(look).collect();
        let of_cases = groups(incident, &appearances).into_iter().zip(appearances);
        let (kinds, kind_of) = numbered(of_cases);
        let mut alike: BTreeMap<CaseKind, u64> = BTreeMap::new();
        for &kind in &kind_of {
            *alike.entry(kinds[kind as usize]).or_default() += 1;
        }
        Judge { weighing: Weighing::of(trees, alike, parameters), by_chance, kinds, kind_of }
    }

    /// Judges all cases, in their order.
    pub fn judge(&self) -> Vec<Judgement> {
        let known = self.weighing.each(|kind| Judgement::of(&self.weighing, kind));
        self.kinds().map(|kind| known[kind].clone()).collect()
    }

    /// In which share of the incident's moments chance alone shows each sign, by the sign's number.
    pub fn by_chance(&self) -> &[f64] {
        &self.by_chance
    }

    /// The kind of each case, in their order.
    pub fn kinds(&self) -> impl Iterator<Item = &CaseKind> {
        (0..self.kind_of.len()).map(|case| self.kind(case))
    }

    /// The kind of a case, which is told by its number.
    fn kind(&self, case: usize) -> &CaseKind {
        &self.kinds[self.kind_of[case] as usize]
    }

    /// Why a cause is the cause of a case, which is told by its number: the signs that it and the mechanism before it let expect.
    pub fn reasons(&self, cause: &Cause, case: usize, incident: &Incident) -> Vec<WeighedSign> {
        let (nodes, look) = (self.on_path(cause, case), viewpoint(case, incident));
        reason::reasons(&nodes, self.kind(case).1.states, &look)
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
        let Some((tree, _)) = self.weighing.leaves(*self.kind(case)) else { return Vec::new() };
        let behind: Vec<&Node> = behind.iter().filter_map(|cause| tree.node(cause)).collect();
        let look = viewpoint(case, incident);
        reason::signs(&self.on_path(cause, case), &behind, self.kind(case).1.states, &look)
    }

    /// How sure a cause of these cases is at each depth, or, where none is named, what may have been it.
    pub(super) fn certainty(&self, named: Option<&'static Cause>, cases: &[usize]) -> CertaintySums {
        let mut alike: BTreeMap<CaseKind, u64> = BTreeMap::new();
        for &case in cases {
            *alike.entry(*self.kind(case)).or_default() += 1;
        }
        let mut sums = CertaintySums::of(named);
        for (kind, cases) in alike {
            let paths = self.weighing.leaves(kind).map(|(tree, leaves)| tree.paths(&leaves));
            sums.add(kind.1.happened.outcome.family(), &paths.unwrap_or_default(), cases);
        }
        sums
    }

    /// A cause, and the mechanism that most likely stands before it in a case.
    fn on_path(&self, cause: &Cause, case: usize) -> Vec<&Node> {
        let Some((tree, leaves)) = self.weighing.leaves(*self.kind(case)) else { return Vec::new() };
        tree.node(cause).into_iter().chain(tree.before(cause, &leaves)).collect()
    }

    /// How the judgement of a case comes about, which is told by its number.
    pub fn account(&self, case: usize) -> Account {
        let Appearance { happened, states, .. } = self.kind(case).1;
        let Some((tree, leaves)) = self.weighing.leaves(*self.kind(case)) else {
            return Account { happened, states, nodes: Vec::new(), none: 1.0 };
        };
        let mut nodes: Vec<(&'static Cause, f64)> =
            tree.nodes(&leaves).into_iter().map(|(node, share)| (node.cause(), share)).collect();
        nodes.sort_by(|a, b| b.1.total_cmp(&a.1));
        Account { happened, states, nodes, none: tree.none(&leaves) }
    }
}

/// Each kind once, in the order of its first case, and which of them each case is: most cases of an incident are of few kinds.
fn numbered(of_cases: impl Iterator<Item = CaseKind>) -> (Vec<CaseKind>, Vec<u32>) {
    let (mut kinds, mut numbers) = (Vec::new(), BTreeMap::new());
    let number = |kind: CaseKind| {
        *numbers.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            u32::try_from(kinds.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let kind_of = of_cases.map(number).collect();
    (kinds, kind_of)
}

fn viewpoint(case: usize, incident: &Incident) -> Viewpoint<'_> {
    Viewpoint::of(&incident.cases[case], incident).in_words()
}

impl Judgement {
    /// Of a kind of case.
    pub fn of(weighing: &Weighing, kind: CaseKind) -> Judgement {
        let Some(NamedNode { tree, node, probability }) = weighing.named(kind) else {
            return unexplained(1.0);
        };
        let Some(node) = node else { return unexplained(probability) };
        let consequences = consequences(tree, node, kind.1);
        let total = node.evidence(kind.1.states);
        Judgement { cause: Some(node.cause()), confidence: thousandths(probability), total, consequences }
    }
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
