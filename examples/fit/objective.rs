//! How well parameters tell the truth: the log loss of the true path, each incident counting the same whatever its size.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rayscope::causes;
use rayscope::diagnose::{CaseKind, Parameters, Weighing};

use super::record::{Record, Table};
use super::truth::TruthKind;

/// What it counts that the leaf is right; the rest counts that the path to it is (the mechanism before a root).
const LEAF: f64 = 0.7;
/// What "none that is known" is worth where something is: it misleads nobody.
const MISSED: f64 = 0.15;
/// What is never doubted costs no more than this: in an incident that is read wrongly everything would turn about that.
const FLOOR: f64 = 0.002;
const UNEXPLAINED: &str = "unexplained";

/// What should be named for a kind of case.
enum Wanted {
    /// One of these causes; and the mechanisms before them.
    Causes { right: Vec<usize>, before: Vec<usize> },
    /// Nothing, though these causes cost nothing.
    Nothing { free: Vec<usize> },
}

/// An incident, ready to be judged again and again.
pub struct Trial {
    by_chance: Vec<f64>,
    alike: BTreeMap<CaseKind, u64>,
    /// Kinds with what should be named and the share of the incident that they are.
    wanted: Vec<(CaseKind, Wanted, f64)>,
    weight: f64,
}

/// The incidents of a table in which a failing request with known truth stands.
pub fn trials(table: &Table) -> Vec<Trial> {
    let of = |(record, weight): (&Record, &f64)| Trial::of(record, &table.signs, *weight);
    table.records.iter().zip(&table.weights).map(of).filter(|trial| !trial.wanted.is_empty()).collect()
}

/// The mean log loss of incidents.
pub fn loss(trials: &[Trial], parameters: &Parameters) -> f64 {
    let losses: Vec<f64> = trials.par_iter().map(|trial| trial.weight * trial.loss(parameters)).collect();
    losses.iter().sum::<f64>() / trials.iter().map(|trial| trial.weight).sum::<f64>()
}

impl Trial {
    fn of(record: &Record, signs: &[Option<usize>], weight: f64) -> Trial {
        let known = record.cases.iter().filter_map(|row| {
            let truth = row.truth.map(|number| &record.truth[number].0);
            Some((row.kind(signs), Wanted::of(truth, row.with_ray)?, row.count))
        });
        let known: Vec<_> = known.collect();
        let all: u64 = known.iter().map(|(_, _, count)| count).sum();
        let wanted = known
            .into_iter()
            .map(|(kind, wanted, count)| (kind, wanted, count as f64 / all as f64))
            .collect();
        Trial { by_chance: record.by_chance(), alike: record.kinds(signs), wanted, weight }
    }

    fn loss(&self, parameters: &Parameters) -> f64 {
        let weighing = Weighing::of_kinds(self.alike.clone(), &self.by_chance, parameters);
        self.wanted.iter().map(|(kind, wanted, share)| share * wanted.loss(&weighing, *kind)).sum()
    }
}

impl Wanted {
    /// `None` where nothing is known, or nothing matters.
    fn of(truth: Option<&TruthKind>, with_ray: bool) -> Option<Wanted> {
        let number = |slug: &String| causes::ALL.iter().position(|cause| cause.slug_of_folder() == *slug);
        let Some(truth) = truth else {
            // A connection without a ray may be a bystander's; a ray that is nobody's failed in no way that is known.
            return with_ray.then_some(Wanted::Nothing { free: Vec::new() });
        };
        if truth.tolerated.is_some() {
            return None;
        }
        let also = truth.acceptable.iter().filter_map(number);
        match &truth.slug {
            Some(slug) if truth.failed && slug != UNEXPLAINED => {
                let right: Vec<usize> = number(slug).into_iter().chain(also).collect();
                let under = right.iter().flat_map(|number| &causes::ALL[*number].expectations.under);
                let before: Vec<usize> = under.filter_map(number).chain(right.iter().copied()).collect();
                Some(Wanted::Causes { right, before })
            }
            Some(_) if truth.failed => Some(Wanted::Nothing { free: also.collect() }),
            _ => Some(Wanted::Nothing { free: Vec::new() }),
        }
    }

    fn loss(&self, weighing: &Weighing, kind: CaseKind) -> f64 {
        let deepest = weighing.by_cause(kind);
        let none = deepest.last().copied().unwrap_or(1.0);
        let cost = |right: f64| -libm::log((right + FLOOR) / (1.0 + FLOOR));
        match self {
            Wanted::Causes { right, before } => {
                let leaf: f64 = right.iter().map(|number| deepest[*number]).sum();
                let nodes = weighing.nodes(kind);
                let path = nodes.iter().filter(|(number, _)| before.contains(number));
                // A root stands in its mechanism's share as well.
                let path = path.map(|(_, share)| *share).fold(leaf, f64::max);
                LEAF * cost(leaf + MISSED * none) + (1.0 - LEAF) * cost(path + MISSED * none)
            }
            Wanted::Nothing { free } => {
                let nodes = weighing.nodes(kind);
                let wrong = nodes.iter().filter(|(number, _)| !free.contains(number));
                cost(1.0 - wrong.map(|(_, share)| *share).fold(0.0, f64::max))
            }
        }
    }
}
