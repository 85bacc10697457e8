//! Access logs behind one another: of a balancer, of a web server, of an application. Each has a line of the same request; logs of servers
//! side by side have one of them.

use std::collections::BTreeMap;

use crate::correlate::whole::Whole;
use crate::evidence::{InputId, InputSummary};

/// So many requests must be in both of two logs, and half of those of the smaller.
const ENOUGH: u64 = 5;

/// The number of the tier of each log, by the requests that are in several. Of logs of one machine, where no log of the edge shows these, one with rays is that of the
/// server in front of those whose lines have none.
pub(super) fn tiers(
    evidence: &Whole,
    machines: &BTreeMap<InputId, usize>,
    logs: impl Iterator<Item = InputId>,
) -> BTreeMap<InputId, usize> {
    let mut of_log: BTreeMap<InputId, u64> = BTreeMap::new();
    let mut of_both: BTreeMap<(InputId, InputId), u64> = BTreeMap::new();
    for (at_edge, at_origin) in evidence.keys.in_both() {
        if at_edge.len() != 1 {
            continue;
        }
        let mut inputs: Vec<InputId> = at_origin.iter().map(|logged| logged.place.input()).collect();
        inputs.sort_unstable();
        inputs.dedup();
        for (index, a) in inputs.iter().enumerate() {
            *of_log.entry(*a).or_default() += 1;
            for b in inputs.get(index + 1..).unwrap_or_default() {
                *of_both.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    let tells_rays = |log: InputId| evidence.inputs.get(&log).is_some_and(has_rays);
    let is_hop = |a: InputId, b: InputId| {
        of_log.is_empty() && machines.get(&a) == machines.get(&b) && tells_rays(a) != tells_rays(b)
    };
    let behind = |a: InputId, b: InputId| {
        let both = of_both.get(&(a.min(b), a.max(b))).copied().unwrap_or_default();
        let all = |log: InputId| of_log.get(&log).copied().unwrap_or_default();
        both >= ENOUGH && both * 2 >= all(a).min(all(b)) || is_hop(a, b)
    };
    let mut tiers: Vec<Vec<InputId>> = Vec::new();
    for log in logs {
        match tiers.iter_mut().find(|tier| tier.iter().all(|other| !behind(*other, log))) {
            Some(tier) => tier.push(log),
            None => tiers.push(vec![log]),
        }
    }
    let numbered = tiers.into_iter().enumerate();
    numbered.flat_map(|(number, tier)| tier.into_iter().map(move |log| (log, number))).collect()
}

/// Whether most of a log's lines name a ray.
fn has_rays(input: &InputSummary) -> bool {
    input.lines.is_some_and(|lines| lines.with_ray * 2 >= input.records && input.records > 0)
}
