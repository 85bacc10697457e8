//! Ranges and addresses of the edge that, by its own log, only fail to connect to an origin, while others are well there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::case::Case;
use super::edge_part::{CLUSTER, ENOUGH_ORDERS, EdgePart, are_kept_out_together, orders};
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
    /// When the last of those that failed was over.
    until: Option<Time>,
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
        AskedFromRange { well, failed: self.failed.clone(), reused: self.reused.clone(), until: self.until }
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
    let failed = cases.iter().filter_map(|case| Some((case.end, case.asked_origin(evidence)?)));
    let is_such = |status: u16| statuses.contains(&status);
    let mut failed = failed.filter(|(_, row)| row.record.edge_status.is_some_and(is_such)).peekable();
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
    for (end, row) in failed {
        if let Some(range) = row.record.edge_address.and_then(|address| part.of(address, ranges)) {
            let asked = by_origin.entry(row.record.origin_address).or_default().entry(range).or_default();
            asked.failed.push(row.record.start);
            asked.until = asked.until.max(Some(end));
        }
    }
    let shut_out = |origin: &Option<IpAddr>, by_range: &BTreeMap<IpNet, AskedFromRange>| {
        let connecting = shut_out(by_range, ENOUGH_ORDERS, |_| true);
        let all = by_range.iter().map(|(range, asked)| (*range, asked.with_reused())).collect();
        let all_alone = shut_out(&all, ENOUGH_ORDERS, AskedFromRange::had_open_connections);
        let alone: Vec<IpNet> = connecting.into_iter().chain(all_alone).collect();
        // Where no origin is told, a host that is asked from few ranges may have one of its own.
        if alone.is_empty() && origin.is_some() { shut_out_together(by_range, &all) } else { alone }
    };
    by_origin
        .iter()
        .flat_map(|(origin, by_range)| {
            shut_out(origin, by_range).into_iter().map(move |range| (*origin, range))
        })
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

/// Those of which too few requests came to tell of each, where all together tell: what failed to connect there came from them alone, none of theirs was well from the first
/// failure on, and others' were until the last was over. Of ranges of which nothing ever was well, `all` that was well of others counts, over open connections, too.
fn shut_out_together(
    connecting: &BTreeMap<IpNet, AskedFromRange>,
    all: &BTreeMap<IpNet, AskedFromRange>,
) -> Vec<IpNet> {
    const EVER: (Time, Time) = (Time(i64::MIN), Time(i64::MAX));
    let failing = || connecting.iter().filter(|(_, asked)| !asked.failed.is_empty());
    let first = failing().filter_map(|(_, asked)| asked.failed.iter().min()).min();
    let until = failing().filter_map(|(_, asked)| asked.until).max();
    let Some((first, until)) = first.copied().zip(until) else { return Vec::new() };
    let failed = connecting.values().map(|asked| asked.failed.len() as u64).sum();
    let stay_out = |asked: &BTreeMap<IpNet, AskedFromRange>, (from, to): (Time, Time), until: Time| {
        let came = asked.values().map(|asked| (asked.failed.len() + asked.well_within((from, until))) as u64);
        failing().all(|(range, _)| asked[range].well_within((from, to)) == 0)
            && are_kept_out_together(&came.collect::<Vec<_>>(), failed)
    };
    let meanwhile: usize = all.values().map(|asked| asked.well_within((first, until))).sum();
    let are_out = stay_out(connecting, (first, EVER.1), until) || stay_out(all, EVER, until);
    match meanwhile as u64 >= CLUSTER && are_out {
        true => failing().map(|(range, _)| *range).collect(),
        false => Vec::new(),
    }
}
