//! What captures show of the connections that arrive at an origin: whether one more would be among them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::Clocks;
use super::moments::count_near;
use super::servers::servers_of_host;
use super::whole::Whole;
use crate::evidence::{HostKey, InputKind};
use crate::facts::ranges::EdgeRanges;
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// Fewer connections of the edge do not show that a capture has those of a server.
const ENOUGH: usize = 10;
/// Nor do fewer around a moment show that they arrive at that moment: of a way that is gone nothing does.
const ENOUGH_MEANWHILE: usize = 3;
const MEANWHILE: Duration = Duration::from_seconds(2);

/// The edge's words for attempts to connect that a router refuses, and that nobody answers.
const NO_WAY: u16 = 523;
const UNANSWERED: u16 = 522;

/// Connections of the edge that completed, as captures show them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arriving {
    /// From when to when each capture tells, by the reference clock.
    spans: Vec<(Time, Time)>,
    /// When they came to each server, by the reference clock.
    servers: BTreeMap<IpAddr, Vec<Time>>,
    /// The servers that answered for each host, or shook hands for it, where that can be read.
    hosts: BTreeMap<HostKey, BTreeSet<IpAddr>>,
    /// When which of the edge's addresses asked, where the captures hold no answers; `None` where they do. Nothing tells there which attempts were in vain.
    without_answers: Option<BTreeMap<IpAddr, Vec<Time>>>,
    /// Connections failed of which no request is known: any may be that of a request without packets.
    are_unknown: bool,
    /// Where attempts fail otherwise: a router has no way, or they arrive and nobody answers. One without packets may be as well.
    fail_otherwise: BTreeSet<AskedOrigin>,
}

/// Whom the edge asked: the server, or where its record names none, the host.
type AskedOrigin = (Option<IpAddr>, Option<HostKey>);

fn asked(record: &EdgeRecord) -> AskedOrigin {
    let host = || record.host.as_deref().map(HostKey::of);
    record.origin_address.map_or_else(|| (None, host()), |server| (Some(server), None))
}

impl Arriving {
    pub(super) fn of(cases: &[Case], evidence: &Whole, ranges: &EdgeRanges, clocks: &Clocks) -> Arriving {
        let mut arriving = Arriving {
            spans: spans(evidence, clocks),
            are_unknown: cases.iter().any(|case| case.is_connection_only(evidence)),
            fail_otherwise: fail_otherwise(cases, evidence),
            hosts: servers_of_host(evidence),
            without_answers: evidence.is_one_way().then(BTreeMap::new),
            ..Arriving::default()
        };
        arriving.completed(evidence, ranges, clocks);
        for (server, tally) in &evidence.tallies.servers {
            for host in &tally.greeted_for {
                arriving.hosts.entry(*host).or_default().insert(*server);
            }
        }
        arriving
    }

    fn completed(&mut self, evidence: &Whole, ranges: &EdgeRanges, clocks: &Clocks) {
        let time_of = clocks.counted_seconds(evidence);
        for (reaching, reached) in &evidence.tallies.reached {
            if ranges.contains(reaching.client) {
                let time = time_of(reaching.second);
                if let Some(attempts) = &mut self.without_answers {
                    attempts.entry(reaching.client).or_default().push(time);
                }
                let times = self.servers.entry(reaching.server).or_default();
                // More tell no more.
                times.extend((0..reached.established.min(ENOUGH_MEANWHILE as u32)).map(|_| time));
            }
        }
        let attempts = self.without_answers.iter_mut().flat_map(BTreeMap::values_mut);
        self.servers.values_mut().chain(attempts).for_each(|times| times.sort_unstable());
    }

    /// Whether a capture would have a packet of this request, had any arrived: it tells of that moment, and of others to the same server, or of
    /// the same host, before, then and after.
    pub fn would_show(&self, case: &Case, evidence: &Whole) -> bool {
        self.would_show_at(case, evidence, |_| false)
    }

    /// The same, or no capture knows where its host is served, and one shows what arrives at other servers: of the one that the host has
    /// nobody knows whether it was captured.
    pub fn may_show(&self, case: &Case, evidence: &Whole) -> bool {
        self.would_show_at(case, evidence, |began| self.servers.values().any(|times| are_shown(times, began)))
    }

    /// Whether a request without packets may be one of the attempts that captures without answers hold: from its address, or where nobody knows that, from any.
    fn may_be_in_vain(&self, record: &EdgeRecord, began: Time) -> bool {
        let Some(attempts) = &self.without_answers else { return false };
        record.edge_address.is_none_or(|address| {
            attempts.get(&address).is_some_and(|times| count_near(times, began, MEANWHILE) > 0)
        })
    }

    fn would_show_at(&self, case: &Case, evidence: &Whole, of_unknown: impl Fn(Time) -> bool) -> bool {
        let Some(record) = case.asked_origin(evidence).map(|row| &row.record) else { return false };
        let began = case.time.plus(record.resolution);
        let covered = self.spans.iter().any(|(first, last)| *first <= began && began <= *last);
        let is_shown =
            |server: &IpAddr| self.servers.get(server).is_some_and(|times| are_shown(times, began));
        let of_host = || record.host.as_deref().and_then(|host| self.hosts.get(&HostKey::of(host)));
        covered
            && !self.are_unknown
            && !self.may_be_in_vain(record, began)
            && !self.fail_otherwise.contains(&asked(record))
            && match &record.origin_address {
                Some(server) => is_shown(server),
                None => of_host().map_or_else(|| of_unknown(began), |servers| servers.iter().any(is_shown)),
            }
    }
}

fn fail_otherwise(cases: &[Case], evidence: &Whole) -> BTreeSet<AskedOrigin> {
    let of = |case: &Case| {
        let record = &case.asked_origin(evidence)?.record;
        let otherwise = match record.edge_status? {
            NO_WAY => true,
            UNANSWERED => !case.attempts.is_empty(),
            _ => false,
        };
        otherwise.then(|| asked(record))
    };
    cases.iter().filter_map(of).collect()
}

/// Whether of connections at these times enough came, and some around an instant.
fn are_shown(times: &[Time], at: Time) -> bool {
    times.len() >= ENOUGH && count_near(times, at, MEANWHILE) >= ENOUGH_MEANWHILE
}

/// Captures that follow each other are one; of the end of each so much is left out as its clock may be off, and an attempt may come after its
/// request.
fn spans(evidence: &Whole, clocks: &Clocks) -> Vec<(Time, Time)> {
    const LATER: Duration = Duration::SECOND;
    /// So much is left out of a capture at most, and a little lies between two that follow each other.
    const LEFT_OUT: Duration = Duration::from_seconds(3);
    let captures = evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::Capture);
    let corrected = captures.filter_map(|(&id, input)| {
        let last = clocks.correct(id, input.last?).plus(-clocks.spread(id));
        Some((clocks.correct(id, input.first?), last.plus(-LATER)))
    });
    let mut apart: Vec<(Time, Time)> = corrected.collect();
    apart.sort_unstable();
    let mut spans: Vec<(Time, Time)> = Vec::new();
    for (first, last) in apart {
        match spans.last_mut().filter(|(_, until)| first <= until.plus(LEFT_OUT)) {
            Some((_, until)) => *until = last.max(*until),
            None => spans.push((first, last)),
        }
    }
    spans
}
