//! How the failures with one status spread over time, beside the healthy requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::Clocks;
use super::failure_window::{FailureWindow, HealthyMoments};
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::flow::{End, Side};
use crate::ray::Colo;
use crate::time::Time;

/// The server of failures, and what their lines say, where those are meant that say the same.
type FailedAlike = (Option<IpAddr>, Option<&'static str>);

/// Failures with one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// How many.
    pub failures: u64,
    /// The first, by the reference clock.
    pub first: Time,
    /// The last.
    pub last: Time,
    /// When they fell, server by server: what is healthy at another server says nothing of the time before and after. All of them, and those of which
    /// lines say the same.
    windows: BTreeMap<FailedAlike, Vec<FailureWindow>>,
}

impl Spread {
    /// The window at a server in which a failure of this moment lies; at those that no source tells, for `None`. With all others of its status, or with
    /// those of which a line or an ending `says` the same.
    pub fn window(
        &self,
        server: Option<IpAddr>,
        says: Option<&'static str>,
        at: Time,
    ) -> Option<&FailureWindow> {
        let windows = self.windows.get(&(server, says))?;
        windows.get(windows.partition_point(|window| window.last < at))
    }
}

/// The status with which the edge tells of a failure; where nothing of the edge's does, the one that it has for what packets show (docs/edge.md), or the one that the
/// origin logs, which it passes on.
pub fn status_for_edge(case: &Case, evidence: &Whole) -> Option<u16> {
    let in_packets = || {
        let connection = &case.connections(evidence).next_back()?.connection;
        match case.failure {
            _ if connection.refused_at().is_some() => Some(521),
            _ if connection.is_unanswered() => Some(522),
            Failure::NoResponse => Some(520),
            _ => None,
        }
    };
    let passed_on = || match case.failure {
        Failure::OriginStatus(status) => Some(status),
        _ => None,
    };
    case.status_at_origin(evidence).or_else(in_packets).or_else(passed_on)
}

/// The failures of each status of the edge.
pub(super) fn spread(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> BTreeMap<u16, Spread> {
    let mut failing: BTreeMap<(u16, FailedAlike), Vec<Time>> = BTreeMap::new();
    let mut spread: BTreeMap<u16, Spread> = BTreeMap::new();
    for case in cases {
        let Some(status) = status_for_edge(case, evidence) else { continue };
        let of = spread.entry(status).or_insert_with(|| Spread {
            failures: 0,
            first: case.time,
            last: case.time,
            windows: BTreeMap::new(),
        });
        let server = case.server_address(evidence);
        for says in told(case, evidence).into_iter().map(Some).chain([None]) {
            failing.entry((status, (server, says))).or_default().push(case.time);
        }
        of.failures += 1;
        of.first = of.first.min(case.time);
        of.last = of.last.max(case.time);
    }
    if !failing.is_empty() {
        let healthy = HealthyMoments::of(evidence, clocks);
        for ((status, (server, says)), moments) in failing {
            if let Some(of) = spread.get_mut(&status) {
                of.windows.insert((server, says), FailureWindow::cut(moments, healthy.at(server)));
            }
        }
    }
    spread
}

/// What the lines of a failure say, by their signatures, the codes of proxies by which it ended, and how packets show that it did.
pub fn told(case: &Case, evidence: &Whole) -> BTreeSet<&'static str> {
    let messages = case.messages(evidence).filter_map(|row| row.line.signature);
    let endings = case.access(evidence).filter_map(|row| Some(row.line.ending()?.id));
    messages.chain(endings).chain(left_unanswered(case, evidence)).collect()
}

/// How the server ended the connection of a captured request before it answered.
fn left_unanswered(case: &Case, evidence: &Whole) -> Option<&'static str> {
    let (row, kept) = case.exchanges(evidence).next_back()?;
    let (by, end, _) = row.connection.closed_first().filter(|_| kept.exchange.response.is_none())?;
    match (by, end) {
        (Side::Server, End::Fin) => Some("closed"),
        (Side::Server, End::Reset { .. }) => Some("reset"),
        _ => None,
    }
}

/// The hosts of healthy requests that the edge's log knows, each with how many are sampled. What the edge refuses by itself, no origin being asked, makes no host healthy.
pub(super) fn healthy_hosts(evidence: &Whole) -> BTreeMap<String, u64> {
    let is_refused = |request: &HealthyRequest| {
        request.origin_address.is_none() && request.status.is_some_and(|status| status >= 400)
    };
    let passed = evidence.samples.of(Seen::Edge).filter(|request| !is_refused(request));
    let hosts = passed.filter_map(|request| request.host.as_deref());
    hosts.fold(BTreeMap::new(), |mut counts, host| {
        *counts.entry(host.to_ascii_lowercase()).or_default() += 1;
        counts
    })
}

/// When healthy requests went through each data centre, in order, as far as they are sampled, by the reference clock.
pub(super) fn healthy_colos(evidence: &Whole, clocks: &Clocks) -> BTreeMap<Colo, Vec<Time>> {
    let mut colos: BTreeMap<Colo, Vec<Time>> = BTreeMap::new();
    for request in evidence.samples.of(Seen::Edge) {
        if let Some(colo) = request.colo {
            colos.entry(colo).or_default().push(clocks.correct(request.input, request.time));
        }
    }
    colos.values_mut().for_each(|moments| moments.sort_unstable());
    colos
}
