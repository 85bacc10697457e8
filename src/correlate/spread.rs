//! How the failures with one status spread over time and hosts, beside the healthy requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::Clocks;
use super::failure_window::{FailureWindow, HealthyMoments};
use super::whole::Whole;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::sample::Seen;
use crate::ray::Colo;
use crate::time::Time;

/// Failures with one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// How many.
    pub failures: u64,
    /// The first, by the reference clock.
    pub first: Time,
    /// The last.
    pub last: Time,
    /// Their hosts.
    pub hosts: BTreeSet<String>,
    /// Their data centres, where told.
    pub colos: BTreeMap<Colo, AtColo>,
    /// How many of them, and how many of the healthy requests meanwhile, have their data centre told.
    pub of_known_colo: (u64, u64),
    /// When they fell, server by server: what is healthy at another server says nothing of the time before and after.
    windows: BTreeMap<Option<IpAddr>, Vec<FailureWindow>>,
}

/// What a data centre has of the requests between the first and the last failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtColo {
    /// Failures.
    pub failing: u64,
    /// Healthy requests, as far as they are sampled.
    pub passing: u64,
    /// Whether it has more of the failures than chance gives it, by what it has of the healthy requests.
    pub stands_out: bool,
}

impl Spread {
    /// The window at a server in which a failure of this moment lies; at those that no source tells, for `None`.
    pub fn window(&self, server: Option<IpAddr>, at: Time) -> Option<&FailureWindow> {
        let windows = self.windows.get(&server)?;
        windows.get(windows.partition_point(|window| window.last < at))
    }

    /// Holds the data centres of the failures against those of the healthy requests meanwhile; once for all cases, since it takes as many steps as
    /// there are such requests.
    fn compare_colos(&mut self, healthy: &BTreeMap<Colo, Vec<Time>>) {
        const BY_CHANCE: f64 = 0.001;
        let meanwhile = self.first..=self.last;
        let passing = |moments: &Vec<Time>| moments.iter().filter(|at| meanwhile.contains(at)).count() as u64;
        let failing = self.colos.values().map(|at| at.failing).sum();
        self.of_known_colo = (failing, healthy.values().map(passing).sum());
        for (colo, at) in &mut self.colos {
            at.passing = healthy.get(colo).map_or(0, passing);
            let marked = (at.passing, self.of_known_colo.1);
            at.stands_out = chance_of_more((at.failing, failing), marked) < BY_CHANCE;
        }
    }
}

/// The failures of each status of the edge.
pub(super) fn spread(
    cases: &[Case],
    evidence: &Whole,
    clocks: &Clocks,
    healthy_colos: &BTreeMap<Colo, Vec<Time>>,
) -> BTreeMap<u16, Spread> {
    let mut failing: BTreeMap<(u16, Option<IpAddr>), Vec<Time>> = BTreeMap::new();
    let mut spread: BTreeMap<u16, Spread> = BTreeMap::new();
    for case in cases {
        let Some(status) = case.status_at_origin(evidence) else { continue };
        let of = spread.entry(status).or_insert_with(|| Spread {
            failures: 0,
            first: case.time,
            last: case.time,
            hosts: BTreeSet::new(),
            colos: BTreeMap::new(),
            of_known_colo: (0, 0),
            windows: BTreeMap::new(),
        });
        let server = case.server_address(evidence);
        failing.entry((status, server)).or_default().push(case.time);
        of.failures += 1;
        of.first = of.first.min(case.time);
        of.last = of.last.max(case.time);
        if let Some(colo) = case.colo {
            of.colos.entry(colo).or_default().failing += 1;
        }
        if let Some(host) = case.host(evidence).filter(|host| !of.hosts.contains(*host)) {
            of.hosts.insert(host.to_owned());
        }
    }
    if !failing.is_empty() {
        let healthy = HealthyMoments::of(evidence, clocks);
        for ((status, server), moments) in failing {
            if let Some(of) = spread.get_mut(&status) {
                of.windows.insert(server, FailureWindow::cut(moments, healthy.at(server)));
            }
        }
    }
    spread.values_mut().for_each(|of| of.compare_colos(healthy_colos));
    spread
}

/// The hosts of healthy requests that the edge's log knows, each with how many are sampled.
pub(super) fn healthy_hosts(evidence: &Whole) -> BTreeMap<String, u64> {
    let hosts = evidence.samples.of(Seen::Edge).filter_map(|request| request.host.as_deref());
    hosts.fold(BTreeMap::new(), |mut counts, host| {
        *counts.entry(host.to_ascii_lowercase()).or_default() += 1;
        counts
    })
}

/// When healthy requests went through each data centre, as far as they are sampled, by the reference clock.
pub(super) fn healthy_colos(evidence: &Whole, clocks: &Clocks) -> BTreeMap<Colo, Vec<Time>> {
    let mut colos: BTreeMap<Colo, Vec<Time>> = BTreeMap::new();
    for request in evidence.samples.of(Seen::Edge) {
        if let Some(colo) = request.colo {
            colos.entry(colo).or_default().push(clocks.correct(request.input, request.time));
        }
    }
    colos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_centre_stands_out_by_numbers_and_not_because_it_is_large() {
        let colo = |name: &str| Colo::parse(name.as_bytes()).unwrap();
        let (frankfurt, paris) = (colo("FRA"), colo("CDG"));
        let told = |passing: [i64; 2]| {
            let failing = |failing: u64| AtColo { failing, ..AtColo::default() };
            let mut spread = Spread {
                failures: 22,
                first: Time(0),
                last: Time(1000),
                hosts: BTreeSet::new(),
                colos: BTreeMap::from([(frankfurt, failing(20)), (paris, failing(2))]),
                of_known_colo: (0, 0),
                windows: BTreeMap::new(),
            };
            // A request a moment, and one more after the failures, which counts no more.
            let moments = |many: i64| (0..many).chain([2000]).map(Time).collect();
            let healthy = BTreeMap::from([(frankfurt, moments(passing[0])), (paris, moments(passing[1]))]);
            spread.compare_colos(&healthy);
            assert_eq!(spread.of_known_colo, (22, (passing[0] + passing[1]) as u64));
            [frankfurt, paris].map(|colo| spread.colos[&colo].stands_out)
        };
        assert_eq!(told([40, 360]), [true, false]);
        assert_eq!(told([360, 40]), [false, false], "most requests go there anyway");
        assert_eq!(told([0, 0]), [false, false], "of healthy requests nothing is known");
    }
}
