//! What the steps of the join share: the cases so far, and how to find the one that a row belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::rewriting::logs_that_keep_targets;

use crate::correlate::attempt::Attempt;
use crate::correlate::bystander::Bystanders;
use crate::correlate::case::{Case, Join};
use crate::correlate::clock::{Clocks, machines};
use crate::correlate::coverage::EdgeCoverage;
use crate::correlate::rows::{AccessIndex, EdgeIndex};
use crate::correlate::servers::servers_of_host;
use crate::correlate::whole::Whole;
use crate::evidence::failure::{self, Failure};
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::suspected_loops::SuspectedLoops;
use crate::evidence::{AskedAtEdge, EdgeRow, HostKey, InputId, InputKind, Place, RequestKey};
use crate::facts::limits::Profile;
use crate::memory::OftenOne;
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Beyond resolution and spread, what lies between an event at the edge and its trace at the origin.
pub(super) const TRANSIT: Duration = Duration::SECOND;

/// So many cases of one ray are found by it. A ray names one request, or those few that came to have it again; a log that has one ray in
/// all its lines names none by it, and must not cost the square of its lines.
const MOST_OF_ONE_RAY: usize = 256;

/// The cases of an incident, and what was found to be none.
#[derive(Debug, Default)]
pub struct Joined {
    /// Failing requests and failed connections, in order of time.
    pub cases: Vec<Case>,
    /// Attempts that failed and that a retry of the same ray healed.
    pub healed_attempts: u64,
    /// Requests that their visitors ended: cases only where they are many.
    pub client_aborts: Vec<Case>,
    /// Lines of failures that the edge's log covers and has no failing request for: no second failures.
    pub apart: Vec<AccessIndex>,
    /// Lines of failures at a time of which the edge's log, which has failures, tells nothing.
    pub of_another_time: u64,
    /// Failing requests for which several lines fit equally well, so that they were given none.
    pub undecided: u64,
    /// Messages that several requests may equally well have left, so that they were given to none.
    pub undecided_messages: u64,
}

/// The state of a join. Cases are named by their index in `cases`, which only grows.
pub(super) struct Joiner<'a> {
    pub evidence: &'a Whole,
    pub clocks: &'a Clocks,
    /// What origins take of one request header line, in bytes.
    pub line_limit: u64,
    /// So long the edge tries to connect, with its retry.
    pub longest_try: Duration,
    pub cases: Vec<Case>,
    /// The first cases of each ray.
    pub by_ray: BTreeMap<Ray, OftenOne<usize>>,
    pub by_edge_address: BTreeMap<IpAddr, Vec<usize>>,
    /// What the edge's log tells of what was asked.
    pub asked_at_edge: AskedAtEdge,
    /// Records of the edge that are no failure by themselves, by ray; of several the last.
    pub healthy_at_edge: BTreeMap<Ray, EdgeIndex>,
    pub has_edge_log: bool,
    pub healed_attempts: u64,
    /// URLs that are answered by redirects alone.
    pub loops: SuspectedLoops,
    /// What the edge's log would show.
    pub edge_coverage: EdgeCoverage,
    /// Who asks past the edge.
    pub bystanders: &'a Bystanders<'a>,
    /// When requests of bystanders began, by what they asked: a server behind the first one has a line of them, too.
    pub past_edge: BTreeMap<RequestKey, BTreeSet<Time>>,
    /// Access logs that have the targets that the edge has.
    pub keep_targets: BTreeSet<InputId>,
    pub apart: Vec<AccessIndex>,
    pub of_another_time: u64,
    pub undecided: u64,
    pub undecided_messages: u64,
    /// The addresses of the clients of connections that were kept.
    pub captured_clients: BTreeSet<IpAddr>,
    /// The addresses of the captured servers.
    pub captured_servers: BTreeSet<IpAddr>,
    /// The captured servers at which each host is healthy.
    pub servers_of_host: BTreeMap<HostKey, BTreeSet<IpAddr>>,
    /// The hosts of the edge's records that are kept.
    pub hosts_at_edge: BTreeSet<HostKey>,
    /// Which machine each input is of, in a numbering.
    pub machines: BTreeMap<InputId, usize>,
    /// Which clock each input goes by, in a numbering.
    pub clock_numbers: BTreeMap<InputId, usize>,
}

impl<'a> Joiner<'a> {
    pub fn new(
        evidence: &'a Whole,
        clocks: &'a Clocks,
        bystanders: &'a Bystanders<'a>,
        profile: &Profile,
    ) -> Joiner<'a> {
        let line_limit = profile.warn.origin_header_line_bytes;
        let is_healthy = |row: &EdgeRow| {
            failure::of_edge_record(&row.record, line_limit).is_none() && row.record.edge_status != Some(499)
        };
        let mut past_edge: BTreeMap<RequestKey, BTreeSet<Time>> = BTreeMap::new();
        for row in evidence.access.iter().filter(|row| bystanders.is_line(row)) {
            if let Some(key) = RequestKey::of_line(&row.line) {
                past_edge.entry(key).or_default().insert(clocks.at(row.place, row.line.start()));
            }
        }
        let healthy = evidence.edge.indexed().filter(|(_, row)| is_healthy(row));
        Joiner {
            evidence,
            clocks,
            line_limit,
            longest_try: Duration::from_seconds_f64(profile.limits.tcp_connect_retry_s),
            cases: Vec::new(),
            by_ray: BTreeMap::new(),
            by_edge_address: BTreeMap::new(),
            healthy_at_edge: healthy.filter_map(|(index, row)| Some((row.record.ray?, index))).collect(),
            asked_at_edge: AskedAtEdge::of(evidence.edge.iter().map(|row| &row.record)),
            has_edge_log: evidence.inputs.values().any(|input| input.kind == InputKind::EdgeLog),
            loops: SuspectedLoops::of(&evidence.samples),
            healed_attempts: 0,
            edge_coverage: EdgeCoverage::of(evidence, clocks),
            bystanders,
            past_edge,
            keep_targets: logs_that_keep_targets(evidence),
            apart: Vec::new(),
            of_another_time: 0,
            undecided: 0,
            undecided_messages: 0,
            captured_clients: evidence.connections.iter().map(|row| row.connection.client.ip()).collect(),
            captured_servers: evidence.tallies.reached.keys().map(|reaching| reaching.server).collect(),
            servers_of_host: servers_of_host(evidence),
            hosts_at_edge: evidence
                .edge
                .iter()
                .filter_map(|row| row.record.host.as_deref())
                .map(HostKey::of)
                .collect(),
            machines: machines(evidence),
            clock_numbers: clocks.numbers(),
        }
    }

    /// Adds a case, to be found by its ray and by the edge's address that its source tells.
    pub fn add(&mut self, case: Case, edge_address: Option<IpAddr>) -> usize {
        let index = self.cases.len();
        self.find_by(index, case.ray, edge_address);
        self.cases.push(case);
        index
    }

    /// Lets a case be found by a ray and by an address of the edge.
    pub fn find_by(&mut self, case: usize, ray: Option<Ray>, edge_address: Option<IpAddr>) {
        if let Some(ray) = ray {
            let known = self.by_ray.entry(ray).or_default();
            if known.len() < MOST_OF_ONE_RAY && !known.contains(&case) {
                known.push(case);
            }
        }
        if let Some(address) = edge_address {
            self.by_edge_address.entry(address).or_default().push(case);
        }
    }

    /// The cases of an address of the edge that are such, in order of their ends.
    pub fn cases_of_address(&self, address: IpAddr, is_such: impl Fn(&Case) -> bool) -> Vec<usize> {
        let of_address = self.by_edge_address.get(&address).into_iter().flatten().copied();
        let mut such: Vec<usize> = of_address.filter(|index| is_such(&self.cases[*index])).collect();
        such.sort_unstable_by_key(|index| (self.cases[*index].end, *index));
        such.dedup();
        such
    }

    /// Whether packets show the request come from an address: a line about another port of that address is not about it.
    pub fn is_seen_from(&self, case: &Case, address: IpAddr) -> bool {
        case.connections(self.evidence).any(|row| row.connection.client.ip().to_canonical() == address)
    }

    /// What the visitor of a case asked: method and target.
    pub fn request_line(&self, case: &Case) -> Option<(&'a str, &'a str)> {
        let method = case.method(self.evidence).unwrap_or(COMMONEST_METHOD);
        Some((method, case.target(self.evidence)?))
    }

    /// Whether a case asks for this: the visitor, or a Worker on the visitor's behalf.
    pub fn asks_for(&self, case: &Case, key: RequestKey) -> bool {
        self.asked(case).any(|asked| asked == key)
    }

    /// What a case asks for, by the visitor and by Workers on the visitor's behalf.
    pub fn asked(&self, case: &Case) -> impl Iterator<Item = RequestKey> {
        let own = self.request_line(case).map(|(method, target)| self.asked_at_edge.key(method, target));
        let of_workers = case.subrequests(self.evidence);
        own.into_iter().chain(of_workers.filter_map(|row| RequestKey::of_record(&row.record)))
    }

    /// When an attempt began, by the reference clock.
    pub fn attempt_time(&self, attempt: Attempt) -> Time {
        attempt.connection(self.evidence).map_or(Time::default(), |row| attempt.time(row, self.clocks))
    }

    /// Adds an attempt to a case.
    pub fn attach(&mut self, index: usize, attempt: Attempt, join: Join) {
        let case = &mut self.cases[index];
        case.attempts.push(attempt);
        case.join = case.join.max(join);
    }

    /// How far apart by the reference clock two sources may see one event.
    pub fn tolerance(&self, place: Place, resolution: Duration) -> Duration {
        TRANSIT + resolution + self.clocks.spread(place.input())
    }

    /// Brings attempts and cases into order, and parts the visitors who left from the failures.
    pub fn finish(mut self) -> Joined {
        let began = |attempt: &Attempt| {
            let row = attempt.connection(self.evidence);
            row.map(|row| self.clocks.correct(row.input(), row.connection.first.time))
        };
        for case in self.cases.iter_mut().filter(|case| case.attempts.len() > 1) {
            case.attempts
                .sort_by_cached_key(|attempt| (began(attempt), attempt.connection, attempt.exchange));
        }
        sort(&mut self.cases, self.evidence);
        let client_aborts = self.cases.extract_if(.., |case| case.failure == Failure::ClientAbort).collect();
        // They stay to the end, and a vector that has grown may have room for as many again.
        self.cases.shrink_to_fit();
        Joined {
            cases: self.cases,
            healed_attempts: self.healed_attempts,
            client_aborts,
            apart: self.apart,
            of_another_time: self.of_another_time,
            undecided: self.undecided,
            undecided_messages: self.undecided_messages,
        }
    }
}

/// Puts cases into the order in which they are listed.
pub fn sort(cases: &mut [Case], evidence: &Whole) {
    cases.sort_by(|a, b| a.order(evidence).cmp(&b.order(evidence)));
}
