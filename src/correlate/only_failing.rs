//! Ranges and addresses of the edge that, by its own log, only fail to connect to an origin, while others are well there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::case::Case;
use super::edge_part::{CLUSTER, ENOUGH_ORDERS, EdgePart, orders};
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::facts::ranges::EdgeRanges;
use crate::time::{Duration, Time};

/// An origin by its address, where the edge's log tells it, and a range or an address that asks it.
pub(super) type OriginAndRange = (Option<IpAddr>, IpNet);

/// What the edge's log has of those that ask an origin from a range or an address, by when each request began.
#[derive(Default)]
pub(super) struct AskedFromRange {
    /// Those that went well, but for `reused`.
    pub well: Vec<Time>,
    /// Those that failed to connect.
    pub failed: Vec<Time>,
    /// Those that went well over a connection that was open already.
    reused: Vec<Time>,
}

impl AskedFromRange {
    /// From the first failure to the last.
    fn span(&self) -> Option<(Time, Time)> {
        self.failed.iter().min().copied().zip(self.failed.iter().max().copied())
    }

    fn lasts(&self) -> Duration {
        self.span().map_or(Duration::ZERO, |(first, last)| last.since(first))
    }

    fn well_within(&self, (first, last): (Time, Time)) -> usize {
        self.well.iter().filter(|&&time| first < time && time < last).count()
    }

    /// A rule comes and goes, and what it finds open it may let live: what is well between the failures is next to nothing.
    fn is_shut_out(&self) -> bool {
        let within = self.span().map_or(0, |span| self.well_within(span));
        self.failed.len() >= CLUSTER as usize && within * 10 <= self.failed.len()
    }

    /// The same where what went over open connections counts.
    fn with_reused(&self) -> AskedFromRange {
        let well = self.well.iter().chain(&self.reused).copied().collect();
        AskedFromRange { well, failed: self.failed.clone(), reused: self.reused.clone() }
    }

    /// Connections were open when the failures began.
    fn had_open_connections(&self) -> bool {
        let first = self.span().map(|(first, _)| first);
        self.reused.iter().filter(|time| Some(**time) <= first).count() >= CLUSTER as usize
    }
}

/// By the edge's log alone: ranges and addresses that from their first failure to connect to an origin, of one of these statuses, to their last had nothing else from it, while others were well
/// there and next to none of them failed so. What went over a connection that was open already says nothing of connecting (a full table of connections lets it live), but a rule that drops
/// whatever comes cuts it as well: so the requests are looked at without those, and, where a range had such, all of them.
pub(super) fn ranges_that_only_fail(
    cases: &[Case],
    evidence: &Whole,
    ranges: &EdgeRanges,
    statuses: &[u16],
) -> BTreeSet<OriginAndRange> {
    EdgePart::BOTH
        .into_iter()
        .flat_map(|part| parts_that_only_fail(cases, evidence, ranges, statuses, part))
        .collect()
}

/// The same of ranges alone, or of addresses.
fn parts_that_only_fail(
    cases: &[Case],
    evidence: &Whole,
    ranges: &EdgeRanges,
    statuses: &[u16],
    part: EdgePart,
) -> Vec<OriginAndRange> {
    let mut by_origin: BTreeMap<Option<IpAddr>, BTreeMap<IpNet, AskedFromRange>> = BTreeMap::new();
    let failed = cases.iter().filter_map(|case| case.asked_origin(evidence));
    let is_such = |status: u16| statuses.contains(&status);
    let mut failed = failed.filter(|row| row.record.edge_status.is_some_and(is_such)).peekable();
    if failed.peek().is_none() {
        return Vec::new();
    }
    for request in evidence.samples.of(Seen::Edge) {
        if let Some(range) = request.edge_address.and_then(|address| part.of(address, ranges)) {
            let asked = by_origin.entry(request.origin_address).or_default().entry(range).or_default();
            match request.reused {
                Some(true) => asked.reused.push(request.time),
                _ => asked.well.push(request.time),
            }
        }
    }
    for row in failed {
        if let Some(range) = row.record.edge_address.and_then(|address| part.of(address, ranges)) {
            let asked = by_origin.entry(row.record.origin_address).or_default().entry(range).or_default();
            asked.failed.push(row.record.start);
        }
    }
    let shut_out = |by_range: &BTreeMap<IpNet, AskedFromRange>| {
        let connecting = shut_out(by_range, ENOUGH_ORDERS, |_| true);
        let all = by_range.iter().map(|(range, asked)| (*range, asked.with_reused())).collect();
        connecting
            .into_iter()
            .chain(shut_out(&all, ENOUGH_ORDERS, AskedFromRange::had_open_connections))
            .collect::<Vec<_>>()
    };
    by_origin
        .iter()
        .flat_map(|(origin, by_range)| shut_out(by_range).into_iter().map(move |range| (*origin, range)))
        .collect()
}

/// The same at one origin, of ranges that may be. `enough`: in so many orders, up to [`ENOUGH_ORDERS`], what failed and what was well may have come.
pub(super) fn shut_out(
    by_range: &BTreeMap<IpNet, AskedFromRange>,
    enough: u64,
    may_be: impl Fn(&AskedFromRange) -> bool,
) -> Vec<IpNet> {
    let is_shut_out = |asked: &AskedFromRange| asked.is_shut_out() && may_be(asked);
    let alone = |asked: &AskedFromRange| {
        // Where the server refuses everybody for a while, each range has a span of that length in which it fails: those are none of the ranges that fail
        // for much longer.
        let (alike, others): (Vec<_>, Vec<_>) =
            by_range.values().partition(|other| is_shut_out(other) && other.lasts() * 2 >= asked.lasts());
        let failed =
            |ranges: &[&AskedFromRange]| ranges.iter().map(|asked| asked.failed.len()).sum::<usize>();
        let well = |span| others.iter().map(|other| other.well_within(span)).sum::<usize>();
        failed(&others) * 5 <= failed(&alike)
            && asked.span().is_some_and(|span| orders(asked.failed.len() as u64, well(span) as u64) >= enough)
    };
    by_range.iter().filter(|(_, asked)| is_shut_out(asked) && alone(asked)).map(|(range, _)| *range).collect()
}
