//! Which cases a report lists where there are more than it holds: of every cause some, over its whole time, and each that the report shows.

use std::collections::BTreeSet;

use super::cause::shown;
use crate::diagnose::Diagnosis;
use crate::report::model::MAX_CASES;

/// So many of a cause are listed before what is left is shared out by how much each has.
const FEW: usize = 40;

/// The indices of the cases to list, in order of time: at most `MAX_CASES`.
pub fn listed(diagnosis: &Diagnosis) -> Vec<usize> {
    let total = diagnosis.incident.cases.len();
    if total <= MAX_CASES {
        return (0..total).collect();
    }
    let nothing = BTreeSet::new;
    let causes = diagnosis.causes.iter().map(|ranked| (ranked.cases.as_slice(), shown(diagnosis, ranked)));
    let rest = [&diagnosis.unexplained.cases, &diagnosis.beside];
    let parts: Vec<(&[usize], BTreeSet<usize>)> =
        causes.chain(rest.map(|cases| (cases.as_slice(), nothing()))).collect();
    let counts: Vec<usize> = parts.iter().map(|(cases, _)| cases.len()).collect();
    let quotas = quotas(&counts, MAX_CASES);
    let mut listed: Vec<usize> =
        parts.iter().zip(quotas).flat_map(|((cases, shown), quota)| spread(cases, shown, quota)).collect();
    listed.sort_unstable();
    listed
}

/// How many of each part are taken: a few of each, and of what is left each part's share, the largest remainders first.
fn quotas(counts: &[usize], budget: usize) -> Vec<usize> {
    let few = FEW.min(budget / counts.len().max(1));
    let mut quotas: Vec<usize> = counts.iter().map(|count| (*count).min(few)).collect();
    let left = |quotas: &[usize]| budget.saturating_sub(quotas.iter().sum());
    let over: Vec<u128> =
        counts.iter().zip(&quotas).map(|(count, quota)| count.saturating_sub(*quota) as u128).collect();
    let (room, all) = (left(&quotas) as u128, over.iter().sum::<u128>().max(1));
    let mut remainders: Vec<(u128, usize)> = Vec::with_capacity(counts.len());
    for (part, over) in over.into_iter().enumerate() {
        let exact = room.min(all) * over;
        quotas[part] += usize::try_from(exact / all).unwrap_or(0);
        remainders.push((exact % all, part));
    }
    // Of equal remainders the first part's comes first.
    remainders.sort_by_key(|(remainder, part)| (std::cmp::Reverse(*remainder), *part));
    let more = left(&quotas).min(remainders.iter().filter(|(remainder, _)| *remainder > 0).count());
    remainders.into_iter().take(more).for_each(|(_, part)| quotas[part] += 1);
    quotas
}

/// So many of these cases, which are in order of time: what is shown, and of the others the first, the last, and some at equal distances between.
fn spread(cases: &[usize], shown: &BTreeSet<usize>, quota: usize) -> Vec<usize> {
    let mut taken: Vec<usize> =
        cases.iter().copied().filter(|case| shown.contains(case)).take(quota).collect();
    let others: Vec<usize> = cases.iter().copied().filter(|case| !shown.contains(case)).collect();
    let wanted = quota.saturating_sub(taken.len()).min(others.len());
    let steps = wanted.saturating_sub(1).max(1);
    taken.extend((0..wanted).map(|step| others[step * (others.len() - 1) / steps]));
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_few_and_the_rest_is_shared_by_size() {
        assert_eq!(quotas(&[30_000, 3_000, 900, 12, 0], 10_000), [8_792, 905, 291, 12, 0]);
        for counts in [vec![10_001], vec![5_000; 3], vec![20_000, 1], vec![41; 400], vec![1; 10_007]] {
            let quotas = quotas(&counts, 10_000);
            assert_eq!(quotas.iter().sum::<usize>(), 10_000, "{counts:?}");
            assert!(quotas.iter().zip(&counts).all(|(quota, count)| quota <= count), "{counts:?}");
        }
    }

    #[test]
    fn the_first_the_last_and_what_is_shown_are_taken_and_the_others_lie_between() {
        let cases: Vec<usize> = (100..200).collect();
        assert_eq!(spread(&cases, &BTreeSet::from([150]), 6), [150, 100, 124, 149, 174, 199]);
        assert_eq!(spread(&cases, &BTreeSet::new(), 2), [100, 199]);
        assert_eq!(spread(&cases, &BTreeSet::new(), 100), cases);
        assert!(spread(&[], &BTreeSet::new(), 5).is_empty());
        let distinct: BTreeSet<usize> = spread(&cases, &BTreeSet::from([100, 199]), 99).into_iter().collect();
        assert_eq!(distinct.len(), 99);
    }
}
