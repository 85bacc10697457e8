//! Groups before cases: what most failures of one kind turn out to be is likely for those of the same kind whose own evidence tells less.
//!
//! A group is what fails with one status of the edge, for one host, at one server, in one burst. Its cases do not fail independently, so a
//! group's word is worth a few cases at most, however many it has, and a case whose own signs speak against it keeps its own judgement.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::appearance::Appearance;
use super::parameters::GroupParameters;
use super::tree::{Leaves, Tree};
use crate::causes;
use crate::correlate::{Case, Incident, Outcome};
use crate::time::{Duration, Time};

/// After such a pause another burst begins.
const PAUSE: Duration = Duration::from_seconds(300);

/// What the cases of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKind<'i> {
    status: Option<u16>,
    /// Where no status is known.
    outcome: Option<Outcome>,
    host: Option<&'i str>,
    server: Option<IpAddr>,
}

/// The number of the group of each case, in the order of the cases.
pub fn groups(incident: &Incident, appearances: &[Appearance]) -> Vec<usize> {
    let mut open: BTreeMap<GroupKind<'_>, (usize, Time)> = BTreeMap::new();
    let mut count = 0;
    let mut numbers = Vec::with_capacity(appearances.len());
    // Cases are in order of time.
    for (case, appearance) in incident.cases.iter().zip(appearances) {
        let kind = kind(case, appearance, incident);
        let group = match open.get(&kind) {
            Some((group, last)) if case.time.since(*last) <= PAUSE => *group,
            _ => {
                count += 1;
                count - 1
            }
        };
        open.insert(kind, (group, case.time));
        numbers.push(group);
    }
    numbers
}

fn kind<'i>(case: &Case, appearance: &Appearance, incident: &'i Incident) -> GroupKind<'i> {
    let evidence = &incident.evidence;
    GroupKind {
        status: appearance.status,
        outcome: appearance.status.is_none().then_some(appearance.happened.outcome),
        host: case.host(evidence),
        server: case.server_address(evidence),
    }
}

/// What a group says of its cases: how likely each cause is among those of them whose own evidence tells, and how many these are.
pub struct GroupWord {
    /// By the number of the cause in the catalogue; the last place is for none that is known.
    sums: Vec<f64>,
    /// How many cases tell, each counted by how much it tells.
    telling: f64,
}

impl GroupWord {
    /// No case yet.
    pub fn new() -> GroupWord {
        GroupWord { sums: vec![0.0; causes::ALL.len() + 1], telling: 0.0 }
    }

    /// Hears so many cases that look alike.
    pub fn hear(&mut self, tree: &Tree, leaves: &Leaves, cases: u64) {
        let own = tree.by_cause(&leaves.posterior);
        let weight = telling(&own) * cases as f64;
        for (sum, share) in self.sums.iter_mut().zip(&own) {
            *sum += weight * share;
        }
        self.telling += weight;
    }

    /// The leaves of one of its cases once the others were heard. Those that look like it, which are so many, tell nothing new.
    pub fn tell(&self, tree: &Tree, leaves: &Leaves, alike: u64, parameters: GroupParameters) -> Vec<f64> {
        let GroupParameters { own: own_worth, most } = parameters;
        let (own, before) = (tree.by_cause(&leaves.posterior), tree.by_cause(&leaves.prior));
        let mine = telling(&own) * alike as f64;
        let others = (self.telling - mine).max(0.0);
        if others < 0.5 {
            return leaves.posterior.clone();
        }
        let worth = others.min(most);
        let factor: Vec<f64> = (0..before.len())
            .map(|cause| {
                let among_others = ((self.sums[cause] - mine * own[cause]) / others).clamp(0.0, 1.0);
                let expected = (own_worth * before[cause] + worth * among_others) / (own_worth + worth);
                if before[cause] > 0.0 { expected / before[cause] } else { 0.0 }
            })
            .collect();
        tree.scaled(&leaves.posterior, &factor)
    }
}

/// How much a case tells its group: nothing where all that it could be is as likely as not.
fn telling(own: &[f64]) -> f64 {
    let likeliest = own.iter().copied().fold(0.0, f64::max);
    (2.0 * likeliest - 1.0).max(0.0)
}
