//! At which data centres the edge fails, beside what passes there meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::exact_test::{chance_of_more, ways_to_choose};
use crate::ray::Colo;
use crate::time::Time;

/// Data centres with more of the failures than this chance gives them stand out.
const BY_CHANCE: f64 = 0.001;

/// Where failures of one kind happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Colos {
    colos: BTreeMap<Colo, AtColo>,
    /// Failures whose data centre is told.
    pub failing: u64,
    /// Healthy requests between the first and the last of them whose data centre is told, as far as they are sampled.
    pub passing: u64,
}

/// What a data centre has of the requests between the first and the last failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtColo {
    /// Failures.
    pub failing: u64,
    /// Healthy requests, as far as they are sampled.
    pub passing: u64,
    /// Whether it, alone or with others at which nothing passes, has more of the failures than chance gives it, by what it has of the healthy requests.
    pub stands_out: bool,
}

impl Colos {
    /// Holds the moments of failures against those of healthy requests; once for all cases, since it takes as many steps as there are of both.
    pub(super) fn of(failing: &BTreeMap<Colo, Vec<Time>>, healthy: &BTreeMap<Colo, Vec<Time>>) -> Colos {
        let moments = || failing.values().flatten();
        let (Some(&first), Some(&last)) = (moments().min(), moments().max()) else { return Colos::default() };
        let passing =
            |moments: &Vec<Time>| moments.iter().filter(|at| (first..=last).contains(at)).count() as u64;
        let (all_failing, all_passing) = (moments().count() as u64, healthy.values().map(passing).sum());
        let at = |(colo, moments): (&Colo, &Vec<Time>)| {
            let (failing, passing) = (moments.len() as u64, healthy.get(colo).map_or(0, passing));
            let stands_out = chance_of_more((failing, all_failing), (passing, all_passing)) < BY_CHANCE;
            (*colo, AtColo { failing, passing, stands_out })
        };
        let mut colos =
            Colos { colos: failing.iter().map(at).collect(), failing: all_failing, passing: all_passing };
        let of = failing.keys().chain(healthy.keys()).collect::<BTreeSet<_>>().len() as u64;
        colos.tell_silent(of);
        colos
    }

    /// Marks the data centres where nothing passes meanwhile, of so many in all: few failures at each of them tell where they are held together. Which ones
    /// those are was not known before, so as many sets of as many count as could have been.
    fn tell_silent(&mut self, of: u64) {
        let silent = || self.colos.values().filter(|at| at.passing == 0);
        let (many, failing) = (silent().count() as u64, silent().map(|at| at.failing).sum());
        let chance = chance_of_more((failing, self.failing), (0, self.passing));
        if chance * ways_to_choose(of, many) < BY_CHANCE {
            self.colos.values_mut().filter(|at| at.passing == 0).for_each(|at| at.stands_out = true);
        }
    }

    /// What one of them has.
    pub fn at(&self, colo: Colo) -> AtColo {
        self.colos.get(&colo).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_centre_stands_out_by_numbers_and_not_because_it_is_large() {
        let colo = |name: &str| Colo::parse(name.as_bytes()).unwrap();
        let (frankfurt, paris) = (colo("FRA"), colo("CDG"));
        let moments = |many: i64| (0..many).map(Time);
        let failing = BTreeMap::from([
            (frankfurt, moments(19).chain([Time(1000)]).collect()),
            (paris, moments(2).collect()),
        ]);
        let told = |passing: [i64; 2]| {
            // A request a moment, and one more after the failures, which counts no more.
            let healthy = |many: i64| moments(many).chain([Time(2000)]).collect();
            let healthy = BTreeMap::from([(frankfurt, healthy(passing[0])), (paris, healthy(passing[1]))]);
            let colos = Colos::of(&failing, &healthy);
            assert_eq!((colos.failing, colos.passing), (22, (passing[0] + passing[1]) as u64));
            [frankfurt, paris].map(|colo| colos.at(colo).stands_out)
        };
        assert_eq!(told([40, 360]), [true, false]);
        assert_eq!(told([360, 40]), [false, false], "most requests go there anyway");
        assert_eq!(told([0, 0]), [false, false], "of healthy requests nothing is known");
    }

    #[test]
    fn few_failures_at_each_of_two_data_centres_tell_where_nothing_passes_there() {
        let colo = |name: &str| Colo::parse(name.as_bytes()).unwrap();
        let moments = |many: i64| (0..many).map(Time).collect::<Vec<_>>();
        let failing = BTreeMap::from([(colo("FRA"), moments(3)), (colo("SJC"), moments(2))]);
        let told = |passing: i64| {
            let of = |name: &str, many: i64| (colo(name), vec![Time(1); many as usize]);
            let healthy = [of("LHR", 12), of("SIN", 6), of("IAD", 6), of("AMS", 3), of("SJC", passing)];
            let colos = Colos::of(&failing, &BTreeMap::from(healthy));
            ["FRA", "SJC"].map(|name| colos.at(colo(name)).stands_out)
        };
        assert_eq!(told(0), [true, true]);
        assert_eq!(told(1), [false, false], "three at one of six may be chance");
    }
}
