//! How the failures with one status spread over time and hosts, beside the healthy requests.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::exact_test::chance_of_more;
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::ray::Colo;
use crate::time::{Duration, Time};

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
    /// Their data centres, where told, each with how many.
    pub colos: BTreeMap<Colo, u64>,
    /// From the first to the last healthy request; `None` where none is known.
    healthy: Option<(Time, Time)>,
}

impl Spread {
    /// From the first to the last of them.
    pub fn lasts(&self) -> Duration {
        self.last.since(self.first)
    }

    /// Whether a data centre has more of them than chance gives it, by the healthy requests of the same time: how many of those it has and how many
    /// there are in all.
    pub fn singles_out(&self, colo: Colo, healthy: (u64, u64)) -> bool {
        const BY_CHANCE: f64 = 0.001;
        let failing = self.colos.get(&colo).copied().unwrap_or(0);
        chance_of_more((failing, self.colos.values().sum()), healthy) < BY_CHANCE
    }

    /// Whether they fall into one short part of the time that healthy requests are known of, with such before and after.
    pub fn is_one_window(&self) -> bool {
        self.healthy.is_some_and(|(first, last)| {
            first < self.first && self.last < last && self.lasts() * 4 <= last.since(first)
        })
    }
}

/// The failures of each status of the edge.
pub(super) fn spread(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> BTreeMap<u16, Spread> {
    let moments = [Seen::Edge, Seen::Capture, Seen::Access]
        .into_iter()
        .flat_map(|seen| evidence.samples.of(seen))
        .map(|request| clocks.correct(request.input, request.time));
    let healthy = moments.fold(None, |span: Option<(Time, Time)>, moment| {
        Some(span.map_or((moment, moment), |(first, last)| (first.min(moment), last.max(moment))))
    });
    let mut spread: BTreeMap<u16, Spread> = BTreeMap::new();
    for case in cases {
        let Some(status) = case.status_at_origin(evidence) else { continue };
        let of = spread.entry(status).or_insert_with(|| Spread {
            failures: 0,
            first: case.time,
            last: case.time,
            hosts: BTreeSet::new(),
            colos: BTreeMap::new(),
            healthy,
        });
        of.failures += 1;
        of.first = of.first.min(case.time);
        of.last = of.last.max(case.time);
        if let Some(colo) = case.colo {
            *of.colos.entry(colo).or_default() += 1;
        }
        if let Some(host) = case.host(evidence).filter(|host| !of.hosts.contains(*host)) {
            of.hosts.insert(host.to_owned());
        }
    }
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
