//! How sure a cause is at each depth of the tree: what happened, the mechanism that brought it about, the root behind it; what may lie
//! behind a mechanism for which no root is named; and what else it may be. Means over the cases, as a cause's confidence is.

use std::collections::BTreeMap;

use super::probability::{Thousandths, WHOLE, thousandths};
use super::support::Support;
use super::tree::TreePath;
use crate::causes::{self, Cause};
use crate::correlate::Family;

/// That a request ended as it is seen to have ended, before anything speaks for a cause of that. Packets and lines of another request may be
/// taken for its own: on drawn incidents 94 of 100 failing requests ended in a family that their true cause can bring about (docs/weights.md).
const HAPPENED: Thousandths = 950;
/// Less than this is not worth telling of one among many.
const LEAST: Thousandths = 10;

/// How sure something is, from what happened down to the cause that is named.
pub struct Certainty {
    /// The families of what happened, that of the most cases first.
    pub families: Vec<Family>,
    /// That this is what happened.
    pub happened: Thousandths,
    /// The mechanism before the named root; `None` where a mechanism is named, or where several bring the root about and none of them is as
    /// likely as the root.
    pub mechanism: Option<Likely>,
    /// Whether the named cause lies behind a mechanism, in most of its cases.
    pub is_root: bool,
    /// What may lie behind the mechanism that is named, or, where nothing is named, what may have been it; the likeliest first. No two of
    /// them can be true of one case.
    pub candidates: Vec<Likely>,
    /// What it is where it is not the one named: each cause counts where it is the deepest on its path, so no two can be true of one case.
    pub otherwise: Vec<Likely>,
}

/// A cause with its probability.
#[derive(Clone, Copy)]
pub struct Likely {
    /// The cause.
    pub cause: &'static Cause,
    /// Its probability.
    pub confidence: Thousandths,
}

/// Sums over cases, each cause at its number in the catalogue.
pub(super) struct CertaintySums {
    named: Option<&'static Cause>,
    cases: u64,
    as_root: u64,
    families: BTreeMap<Family, u64>,
    before: Vec<u64>,
    behind: Vec<u64>,
    otherwise: Vec<u64>,
}

impl CertaintySums {
    /// For cases of this cause, or for cases of which none is named.
    pub fn of(named: Option<&'static Cause>) -> CertaintySums {
        let none = || vec![0; causes::ALL.len()];
        CertaintySums {
            named,
            cases: 0,
            as_root: 0,
            families: BTreeMap::new(),
            before: none(),
            behind: none(),
            otherwise: none(),
        }
    }

    /// Adds so many cases that look alike, by the paths of their tree.
    pub fn add(&mut self, family: Family, paths: &[TreePath], cases: u64) {
        self.cases += cases;
        *self.families.entry(family).or_default() += cases;
        let is_named =
            |number: usize| self.named.is_some_and(|named| std::ptr::eq(&causes::ALL[number], named));
        let mut shares = [(); 3].map(|()| BTreeMap::<usize, f64>::new());
        let [before, behind, otherwise] = &mut shares;
        let stands_before: Vec<usize> = paths
            .iter()
            .filter(|path| path.root.is_some_and(is_named))
            .filter_map(|path| path.mechanism)
            .collect();
        self.as_root += if stands_before.is_empty() { 0 } else { cases };
        for path in paths {
            let Some(mechanism) = path.mechanism else { continue };
            if stands_before.contains(&mechanism) {
                *before.entry(mechanism).or_default() += path.share;
            }
            match path.root {
                Some(root) if is_named(mechanism) => *behind.entry(root).or_default() += path.share,
                root if !is_named(mechanism) && !root.is_some_and(is_named) => {
                    *otherwise.entry(root.unwrap_or(mechanism)).or_default() += path.share
                }
                _ => {}
            }
        }
        for (sums, shares) in
            [&mut self.before, &mut self.behind, &mut self.otherwise].into_iter().zip(shares)
        {
            for (number, share) in shares {
                sums[number] += u64::from(thousandths(share)) * cases;
            }
        }
    }

    /// What the strongest rival of the named cause has, in the mean.
    pub fn strongest_rival(&self) -> Thousandths {
        let sum = self.otherwise.iter().copied().max().unwrap_or_default();
        u16::try_from(sum / self.cases.max(1)).unwrap_or(WHOLE).min(WHOLE)
    }

    /// The means. `confidence`: that of the named cause; `support`: by how many cases it was made surer or less sure; `limit`: no cause can be surer than this.
    pub fn means(self, confidence: Thousandths, support: Support, limit: Thousandths) -> Certainty {
        let cases = self.cases.max(1);
        // A mean of values below 1000 is below 1000.
        let mean = |sum: u64| u16::try_from(sum / cases).unwrap_or(999);
        let likeliest = |sums: &[u64]| -> Vec<Likely> {
            let mut likely: Vec<Likely> = causes::ALL
                .iter()
                .zip(sums)
                .map(|(cause, sum)| Likely { cause, confidence: mean(*sum) })
                .filter(|likely| likely.confidence >= LEAST)
                .collect();
            likely.sort_by_key(|likely| std::cmp::Reverse(likely.confidence));
            likely
        };
        let mechanism = likeliest(&self.before).into_iter().next();
        let mechanism = mechanism
            .map(|likely| {
                let confidence = support.borne_out(likely.confidence, 0).min(limit);
                Likely { confidence, ..likely }
            })
            .filter(|likely| likely.confidence >= confidence);
        // What speaks for a cause speaks for what it brought about.
        let surest = mechanism.map_or(confidence, |likely| likely.confidence);
        let happened = HAPPENED.max(surest).min(limit);
        let otherwise = likeliest(&self.otherwise);
        let (candidates, otherwise) = match self.named {
            Some(_) => (within(likeliest(&self.behind), confidence), within(otherwise, WHOLE - confidence)),
            None => (otherwise, Vec::new()),
        };
        let mut families: Vec<(Family, u64)> = self.families.into_iter().collect();
        families.sort_by_key(|(family, count)| (std::cmp::Reverse(*count), *family));
        Certainty {
            families: families.into_iter().map(|(family, _)| family).collect(),
            happened,
            mechanism,
            is_root: self.as_root * 2 > self.cases,
            candidates,
            otherwise,
        }
    }
}

/// The same, made smaller where together they are more than what is left for them: how sure the named cause is depends on more than these.
fn within(mut likely: Vec<Likely>, whole: Thousandths) -> Vec<Likely> {
    let sum: u32 = likely.iter().map(|likely| u32::from(likely.confidence)).sum();
    if sum > u32::from(whole) {
        for likely in &mut likely {
            let part = u32::from(likely.confidence) * u32::from(whole) / sum;
            likely.confidence = u16::try_from(part).unwrap_or(likely.confidence);
        }
    }
    likely
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As sure as its cases are.
    const ALONE: Support = Support { cases: 1, all: 1 };

    fn number(slug: &str) -> usize {
        causes::ALL.iter().position(|cause| cause.slug == slug).unwrap()
    }

    fn path(mechanism: &str, root: Option<&str>, share: f64) -> TreePath {
        TreePath { mechanism: Some(number(mechanism)), root: root.map(number), share }
    }

    fn paths() -> Vec<TreePath> {
        vec![
            path("empty-response", None, 0.1),
            path("empty-response", Some("worker-crash"), 0.55),
            path("empty-response", Some("security-block"), 0.25),
            path("keepalive-race", None, 0.06),
            TreePath { mechanism: None, root: None, share: 0.04 },
        ]
    }

    fn told(likely: &[Likely]) -> Vec<(&str, Thousandths)> {
        likely.iter().map(|likely| (likely.cause.slug.as_str(), likely.confidence)).collect()
    }

    #[test]
    fn a_root_has_its_mechanism_before_it_and_its_rivals_beside_it() {
        let mut sums = CertaintySums::of(causes::find("worker-crash"));
        sums.add(Family::NoAnswer, &paths(), 7);
        let certainty = sums.means(550, ALONE, 1000);
        assert_eq!((certainty.families.as_slice(), certainty.happened), ([Family::NoAnswer].as_slice(), 950));
        let mechanism: Vec<Likely> = certainty.mechanism.into_iter().collect();
        assert_eq!(told(&mechanism), [("empty-response", 900)]);
        assert!(certainty.candidates.is_empty());
        assert_eq!(
            told(&certainty.otherwise),
            [("security-block", 250), ("empty-response", 100), ("keepalive-race", 60)]
        );
    }

    #[test]
    fn a_mechanism_has_its_roots_behind_it_and_they_stay_within_it() {
        let mut sums = CertaintySums::of(causes::find("empty-response"));
        sums.add(Family::NoAnswer, &paths(), 1);
        sums.add(Family::NotSeen, &paths(), 2);
        let certainty = sums.means(700, ALONE, 700);
        assert_eq!(certainty.families, [Family::NotSeen, Family::NoAnswer]);
        assert!(certainty.mechanism.is_none());
        // Both were scaled: the limit is below their sum of 0.8.
        assert_eq!(told(&certainty.candidates), [("worker-crash", 481), ("security-block", 218)]);
        assert_eq!(told(&certainty.otherwise), [("keepalive-race", 60)]);
    }

    #[test]
    fn a_root_that_comes_about_in_several_ways_has_none_of_them_before_it() {
        let both = [
            path("empty-response", Some("worker-crash"), 0.5),
            path("reset-before-response", Some("worker-crash"), 0.4),
        ];
        let mut sums = CertaintySums::of(causes::find("worker-crash"));
        sums.add(Family::NoAnswer, &both, 1);
        let certainty = sums.means(990, ALONE, 1000);
        assert!(certainty.mechanism.is_none());
        assert_eq!(certainty.happened, 990, "what happened is as sure as what brought it about");
    }

    #[test]
    fn where_nothing_is_named_all_that_may_have_been_it_are_candidates() {
        let mut sums = CertaintySums::of(None);
        sums.add(Family::NoAnswer, &paths(), 3);
        let certainty = sums.means(0, ALONE, 1000);
        assert_eq!(told(&certainty.candidates)[..2], [("worker-crash", 550), ("security-block", 250)]);
        assert!(certainty.otherwise.is_empty());
    }
}
