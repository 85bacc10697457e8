//! What passes while the edge answers by itself. In an outage of the edge nothing does: whatever is asked at its data centre fails, until it is
//! over. A rule, a Worker or a full queue lets all pass that does not meet it.

use std::collections::{BTreeMap, BTreeSet};

use super::by_edge::is_made_by_edge;
use super::case::Case;
use super::colos::Colos;
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::ray::Colo;
use crate::time::Time;

/// Of fewer failures that follow one another chance tells as much.
const FEWEST: u64 = 4;
/// So many healthy requests show which paths pass.
const ENOUGH_HEALTHY: usize = 20;

/// How many failures of one status the edge made, and how many of them follow another at the same data centre without a healthy request between
/// them. Failures and healthy requests are sampled alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// Those that follow another without a healthy request between them.
    pub unbroken: u64,
    /// All that follow another.
    pub of: u64,
}

impl Succession {
    /// Whether hardly anything passes between them; `None` where they are too few to tell, or where so much passes as may in an outage of a part.
    pub fn is_unbroken(self) -> Option<bool> {
        if self.of < FEWEST {
            return None;
        }
        match self.unbroken * 100 / self.of {
            0..=33 => Some(false),
            34..=79 => None,
            _ => Some(true),
        }
    }

    fn add(&mut self, failing: &[Time], healthy: &[Time]) {
        for pair in failing.windows(2) {
            let &[before, after] = pair else { continue };
            let from = healthy.partition_point(|at| *at < before);
            let within = healthy[from..].iter().take_while(|at| **at <= after);
            let is_between = within.clone().any(|at| *at != before && *at != after);
            // Of what has the same instant, a clock of whole seconds does not tell which was first.
            if is_between || within.count() == 0 {
                self.unbroken += u64::from(!is_between);
                self.of += 1;
            }
        }
    }
}

/// What the edge answered by itself with one status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeByEdge {
    /// What passes between such answers.
    pub succession: Succession,
    /// At which data centres it answered so.
    pub colos: Colos,
    /// Whose requests it answered so, in lower case.
    pub hosts: BTreeSet<String>,
    /// What was asked when it answered so.
    pub paths: Paths,
}

/// Whether what the edge answers by itself picks paths: each is asked for again and again, answered so each time, and hardly any other is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// So few requests are known to go well that nothing shows which paths pass.
    #[default]
    FewHealthy,
    /// Too few such answers are known.
    TooFew,
    /// It picks none.
    Any,
    /// It picks some, of which these are the first.
    Picked(Vec<String>),
}

impl Paths {
    /// How many are named.
    const NAMED: usize = 3;

    fn of<'a>(asked: impl Iterator<Item = &'a str>, healthy: &BTreeSet<&str>) -> Paths {
        let mut passing_too = 0;
        let mut failing: BTreeMap<&str, u64> = BTreeMap::new();
        for path in asked {
            match healthy.contains(path) {
                true => passing_too += 1,
                false => *failing.entry(path).or_default() += 1,
            }
        }
        let again: u64 = failing.values().filter(|answers| **answers >= 2).sum();
        let once = failing.values().filter(|answers| **answers < 2).count() as u64;
        match again + once + passing_too {
            0..FEWEST => Paths::TooFew,
            _ if once + passing_too > again / 4 => Paths::Any,
            _ => Paths::Picked(failing.into_keys().take(Paths::NAMED).map(str::to_owned).collect()),
        }
    }
}

/// That of each status.
pub(super) fn made_by_edge(
    cases: &[Case],
    evidence: &Whole,
    healthy: &BTreeMap<Colo, Vec<Time>>,
) -> BTreeMap<u16, MadeByEdge> {
    let mut of: BTreeMap<u16, Vec<&Case>> = BTreeMap::new();
    for case in cases.iter().filter(|case| is_made_by_edge(case, evidence)) {
        if let Some(status) = case.status_at_origin(evidence) {
            of.entry(status).or_default().push(case);
        }
    }
    let is_sampled = |case: &&Case| case.ray.is_some_and(|ray| evidence.samples.would_hold(Seen::Edge, ray));
    let healthy_paths: BTreeSet<&str> =
        evidence.samples.of(Seen::Edge).filter_map(|request| request.path.as_deref()).collect();
    let with_host = evidence.samples.of(Seen::Edge).filter(|request| request.host.is_some()).count();
    let paths = |cases: &Vec<&Case>| match with_host {
        0..ENOUGH_HEALTHY => Paths::FewHealthy,
        _ => Paths::of(cases.iter().filter_map(|case| case.path(evidence)), &healthy_paths),
    };
    let made = |cases: &Vec<&Case>| MadeByEdge {
        paths: paths(cases),
        succession: succession(&by_colo(cases.iter().copied().filter(is_sampled)), healthy),
        colos: Colos::of(&by_colo(cases.iter().copied()), healthy),
        hosts: cases.iter().filter_map(|case| Some(case.host(evidence)?.to_ascii_lowercase())).collect(),
    };
    of.iter().map(|(status, cases)| (*status, made(cases))).collect()
}

/// The moments of cases whose data centre is known, in their order.
fn by_colo<'a>(cases: impl Iterator<Item = &'a Case>) -> BTreeMap<Colo, Vec<Time>> {
    let mut moments: BTreeMap<Colo, Vec<Time>> = BTreeMap::new();
    for case in cases {
        if let Some(colo) = case.colo {
            moments.entry(colo).or_default().push(case.time);
        }
    }
    moments.values_mut().for_each(|moments| moments.sort_unstable());
    moments
}

fn succession(failing: &BTreeMap<Colo, Vec<Time>>, healthy: &BTreeMap<Colo, Vec<Time>>) -> Succession {
    let mut succession = Succession::default();
    for (colo, moments) in failing {
        succession.add(moments, healthy.get(colo).map_or(&[][..], Vec::as_slice));
    }
    succession
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(failing: &[i64], healthy: &[i64]) -> Option<bool> {
        let moments = |all: &[i64]| all.iter().copied().map(Time).collect::<Vec<_>>();
        let mut succession = Succession::default();
        succession.add(&moments(failing), &moments(healthy));
        succession.is_unbroken()
    }

    #[test]
    fn an_outage_lets_nothing_pass_and_a_rule_lets_others_pass() {
        assert_eq!(told(&[10, 11, 12, 13, 14, 15], &[1, 5, 9, 16, 20]), Some(true));
        assert_eq!(told(&[10, 12, 14, 16, 18, 20], &[9, 11, 13, 15, 17, 19]), Some(false));
        assert_eq!(told(&[10, 11, 90, 91, 92, 93], &[30, 40]), Some(true), "two outages");
        assert_eq!(told(&[10, 20, 30, 40, 50, 60, 70], &[15, 25, 35]), None, "a part of it may be out");
        assert_eq!(told(&[10, 11, 12], &[30]), None, "too few to tell");
        assert_eq!(told(&[10, 10, 10, 10, 11, 11, 11, 11], &[10, 10, 11]), None, "a clock of seconds");
    }

    #[test]
    fn paths_are_picked_where_each_fails_again_and_again_and_others_pass() {
        let told = |asked: &[&str]| Paths::of(asked.iter().copied(), &["/", "/cart"].into_iter().collect());
        let picked = Paths::Picked(vec!["/orders".to_owned(), "/search".to_owned()]);
        assert_eq!(told(&["/search", "/search", "/orders", "/orders", "/search"]), picked);
        assert_eq!(told(&["/search", "/search", "/search"]), Paths::TooFew);
        assert_eq!(told(&["/search", "/search", "/", "/cart", "/search"]), Paths::Any, "others fail too");
        assert_eq!(told(&["/item/1", "/item/2", "/item/3", "/item/4"]), Paths::Any, "each once");
    }
}
