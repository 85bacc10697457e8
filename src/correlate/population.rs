//! What only the whole incident can tell: timers found in the data, ranges that fail alone, marks that only failing requests bear.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::absences::Absences;
use super::answered_by_resets::AnsweredByResets;
use super::answering::Answering;
use super::arriving::Arriving;
use super::asked_origins::AskedOrigins;
use super::browsers::Browsers;
use super::case::Case;
use super::clock::Clocks;
use super::coverage::{has_whole_edge_log, logs_with_rays, logs_with_workers};
use super::crash_loops::CrashLoops;
use super::cut_off::CutOff;
use super::deaths_of_paths::DeathsOfPaths;
use super::edge_made::{MadeByEdge, made_by_edge};
use super::edge_part::parts_of;
use super::forged::ForgedResets;
use super::heads::{Heads, heads};
use super::machines::Machines;
use super::misread::{Misread, misread};
use super::only_failing::{OriginAndRange, ranges_that_only_fail};
use super::open_limit::{OpenLimit, OpenLimits, open_limits};
use super::pages::Pages;
use super::pools::Pools;
use super::quickest::QuickestAnswers;
use super::refused_amid::RefusedAmid;
use super::refused_in_turn::{RefusedInTurn, refused_in_turn};
use super::rejecting::{Rejecting, rejecting};
use super::reuse::{Reuse, reuse};
use super::rows::ConnectionIndex;
use super::selective::{FaredByPart, REPEATED, Selective};
use super::servers::{Server, Servers};
use super::spread::{Spread, healthy_colos, healthy_hosts, spread};
use super::timer::{Timer, edge_gives_up};
use super::turned_away::RangesTurnedAway;
use super::undelivered::Undelivered;
use super::whole::Whole;
use crate::evidence::InputId;
use crate::facts::gateways;
use crate::facts::ranges::EdgeRanges;
use crate::flow::Side;
use crate::http::conform::{Break, Finding};
use crate::logs::EdgeRecord;
use crate::ray::Colo;
use crate::time::Time;

/// Below this many healthy responses their silence about a mark says nothing.
const ENOUGH_HEALTHY: u64 = 20;
/// Where at most one in so many of a server's answers bears a mark, few do.
const FEW: u64 = 4;

/// What the incident's requests have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// After how long the edge gives up on an answer.
    pub edge_gives_up: Option<Timer>,
    /// What saved error pages say.
    pub pages: Pages,
    /// How large the requests of browsers are that fail, beside those that are answered.
    pub browsers: Browsers,
    /// How large the captured requests are that get no answer, beside those that are answered, by the server's address.
    pub heads: BTreeMap<IpAddr, Heads>,
    /// Which machine writes which logs.
    pub machines: Machines,
    /// Which answers never reached the edge, by their sizes.
    pub undelivered: Undelivered,
    /// What is true of one server at a time.
    pub servers: Servers,
    /// From how far devices reset connections in the name of the edge.
    pub forged: ForgedResets,
    /// On which connections failures without an answer happen.
    pub reuse: Option<Reuse>,
    /// How soon origins answer at the earliest.
    pub quickest: QuickestAnswers,
    /// Answers that begin as no HTTP does, by the server's address.
    pub misread: BTreeMap<IpAddr, Misread>,
    /// Whether something is asked in uWSGI's own protocol.
    pub uwsgi_is_spoken: bool,
    /// Whether a log of the edge is at hand that is no sample.
    edge_tells_of_all: bool,
    broken_by_failing: BTreeSet<Break>,
    broken_by_healthy: BTreeMap<Break, u64>,
    healthy_responses: u64,
    unanswered: BTreeMap<IpAddr, BTreeMap<IpNet, Selective>>,
    too_few_unanswered: BTreeMap<IpAddr, BTreeSet<IpNet>>,
    too_few_refused: BTreeMap<IpAddr, BTreeSet<IpNet>>,
    refused: BTreeMap<IpAddr, BTreeMap<IpNet, Selective>>,
    unacknowledged: BTreeMap<IpAddr, BTreeMap<IpNet, Selective>>,
    /// What filters reject by ICMP errors, by the server's address.
    pub rejecting: BTreeMap<IpAddr, Rejecting>,
    /// Connections that are refused while those of other ranges complete.
    pub refused_amid: RefusedAmid,
    /// Ranges that only resets answer.
    answered_by_resets: AnsweredByResets,
    /// Servers that take and refuse connections of the same addresses in turn.
    refused_in_turn: BTreeMap<SocketAddr, RefusedInTurn>,
    /// When captured servers were gone for a while.
    pub absences: Absences,
    /// Services that die all the time and harm nobody by it.
    pub crash_loops: CrashLoops,
    /// When servers cut off what they had taken.
    pub cut_off: CutOff,
    /// The pools of php-fpm.
    pub pools: Pools,
    /// Which deaths of processes ended the requests for one path alone.
    pub deaths_of_paths: DeathsOfPaths,
    /// Numbers of open connections from which on servers turn attempts away.
    open_limits: OpenLimits,
    /// When a router said that it has no way to a server, by the reference clock, and about which connection.
    no_route: BTreeMap<IpAddr, Vec<(Time, ConnectionIndex)>>,
    /// Which origins the edge asks for each host, by its log.
    pub origins: AskedOrigins,
    unanswered_alone: BTreeSet<OriginAndRange>,
    refused_alone: BTreeSet<OriginAndRange>,
    turned_away: RangesTurnedAway,
    /// Access logs that have rays in their format.
    pub logs_with_rays: BTreeSet<InputId>,
    /// Logs of the edge that tell what became of Workers, where one ran.
    pub logs_with_workers: BTreeSet<InputId>,
    /// How the failures of each status of the edge spread over time.
    pub spread: BTreeMap<u16, Spread>,
    /// The hosts of healthy requests by the edge's log, each with how many are sampled.
    pub healthy_hosts: BTreeMap<String, u64>,
    /// When healthy requests went through each data centre, by the reference clock.
    pub healthy_colos: BTreeMap<Colo, Vec<Time>>,
    /// What the edge answered by itself, by its status.
    pub made_by_edge: BTreeMap<u16, MadeByEdge>,
    /// What captures show of the connections that arrive.
    pub arriving: Arriving,
    /// Which servers answer nobody for a while.
    pub answering: Answering,
}

impl Population {
    /// Looks at all cases and counts once.
    pub fn of(
        cases: &[Case],
        aborts: &[Case],
        evidence: &Whole,
        ranges: &EdgeRanges,
        clocks: &Clocks,
    ) -> Population {
        let healthy_colos = healthy_colos(evidence, clocks);
        let only_failing = |status| ranges_that_only_fail(cases, evidence, ranges, &[status]);
        // Both look at each case and each request that is known.
        let (machines, (unanswered_alone, refused_alone)) =
            rayon::join(|| Machines::of(cases, evidence, clocks), || (only_failing(522), only_failing(521)));
        let (fared, counted) = (FaredByPart::of(evidence, ranges), clocks.counted_seconds(evidence));
        let unanswered = fared.selective(&counted, |reached| reached.unanswered, REPEATED);
        Population {
            edge_gives_up: edge_gives_up(cases, aborts, evidence),
            pages: Pages::of(cases, evidence),
            browsers: Browsers::of(evidence),
            heads: heads(cases, evidence),
            machines,
            servers: Servers::of(evidence, ranges, clocks, &unanswered),
            forged: ForgedResets::of(evidence),
            reuse: reuse(cases, evidence),
            quickest: QuickestAnswers::of(cases, evidence),
            misread: misread(cases, evidence),
            uwsgi_is_spoken: upstreams_of(evidence).any(gateways::is_uwsgi),
            edge_tells_of_all: has_whole_edge_log(evidence),
            broken_by_healthy: evidence.tallies.broken_by_healthy.clone(),
            healthy_responses: evidence.tallies.healthy_responses,
            unanswered,
            too_few_unanswered: fared.ranges_too_few(|reached| reached.unanswered),
            too_few_refused: fared.ranges_too_few(|reached| reached.refused),
            refused: fared.selective(&counted, |reached| reached.refused, 0),
            unacknowledged: fared.selective(&counted, |reached| reached.unacknowledged, REPEATED),
            rejecting: rejecting(evidence),
            refused_amid: RefusedAmid::of(evidence, ranges),
            answered_by_resets: AnsweredByResets::of(evidence, ranges, clocks),
            refused_in_turn: refused_in_turn(evidence),
            absences: Absences::of(evidence),
            crash_loops: CrashLoops::of(cases, evidence, clocks),
            cut_off: CutOff::of(cases, evidence, clocks),
            pools: Pools::of(evidence),
            deaths_of_paths: DeathsOfPaths::of(cases, evidence, clocks),
            open_limits: open_limits(evidence),
            no_route: no_route(evidence, clocks),
            origins: AskedOrigins::of(cases, evidence),
            unanswered_alone,
            refused_alone,
            turned_away: RangesTurnedAway::of(cases, evidence, ranges),
            broken_by_failing: broken_by_failing(cases, evidence),
            undelivered: Undelivered::of(cases, evidence, clocks),
            logs_with_rays: logs_with_rays(evidence),
            logs_with_workers: logs_with_workers(evidence),
            made_by_edge: made_by_edge(cases, evidence, &healthy_colos),
            spread: spread(cases, evidence, clocks),
            healthy_hosts: healthy_hosts(evidence),
            healthy_colos,
            arriving: Arriving::of(cases, evidence, ranges, clocks),
            answering: Answering::of(cases, evidence, clocks),
        }
    }

    /// Whether failing responses have this break and healthy ones, of which there are enough, never do: those of the server that a case is about,
    /// or of all servers.
    pub fn sets_failing_apart(&self, kind: Break, case: &Case, evidence: &Whole) -> bool {
        let never = |of_server: &Server| {
            of_server.healthy_responses >= ENOUGH_HEALTHY && !of_server.broken_by_healthy.contains_key(&kind)
        };
        let anywhere =
            || self.healthy_responses >= ENOUGH_HEALTHY && !self.broken_by_healthy.contains_key(&kind);
        self.broken_by_failing.contains(&kind)
            && (self.servers.of_case(case, evidence).is_some_and(never) || anywhere())
    }

    /// How many answers of a case's server have this break that are healthy by what the capture shows, and how many there are: where the edge's word
    /// on all of them is not at hand, and they are few, or it has the word that this one failed.
    pub fn few_break(&self, kind: Break, case: &Case, evidence: &Whole) -> Option<(u64, u64)> {
        let server = self.servers.of_case(case, evidence).filter(|_| !self.edge_tells_of_all)?;
        let broken = server.broken_by_healthy.get(&kind).copied().unwrap_or(0);
        let is_few = server.healthy_responses >= ENOUGH_HEALTHY && broken * FEW <= server.healthy_responses;
        (is_few || case.edge.is_some()).then_some((broken, server.healthy_responses))
    }

    /// The range of the edge's address of a case, or that address, where its SYNs go unanswered while others connect to the same server.
    pub fn selective_range(&self, case: &Case, evidence: &Whole, ranges: &EdgeRanges) -> Option<Selective> {
        stands_out(&self.unanswered, case, evidence, ranges)
    }

    /// The same, where its SYNs are refused.
    pub fn refused_range(&self, case: &Case, evidence: &Whole, ranges: &EdgeRanges) -> Option<Selective> {
        stands_out(&self.refused, case, evidence, ranges)
    }

    /// Whether of the range of a case's address so few connections came, all unanswered, that nobody can tell whether it is kept out.
    pub fn too_few_unanswered(&self, case: &Case, evidence: &Whole, ranges: &EdgeRanges) -> bool {
        is_of(&self.too_few_unanswered, case, evidence, ranges)
    }

    /// The same, all refused.
    pub fn too_few_refused(&self, case: &Case, evidence: &Whole, ranges: &EdgeRanges) -> bool {
        is_of(&self.too_few_refused, case, evidence, ranges)
    }

    /// What came of the connections of addresses of which a server refuses some and takes others, in turn.
    pub fn refused_in_turn(&self, server: SocketAddr) -> Option<RefusedInTurn> {
        self.refused_in_turn.get(&server).copied()
    }

    /// The number of open connections from which on a server turns attempts of a client away.
    pub fn open_limit(&self, server: SocketAddr, client: IpAddr) -> Option<OpenLimit> {
        let of = |client| self.open_limits.get(&(server, client)).copied();
        of(Some(client)).or_else(|| of(None))
    }

    /// The same, where the origin's SYN/ACKs are never acknowledged.
    pub fn unacknowledged_range(
        &self,
        case: &Case,
        evidence: &Whole,
        ranges: &EdgeRanges,
    ) -> Option<Selective> {
        stands_out(&self.unacknowledged, case, evidence, ranges)
    }

    /// The first connection of a span of time, by the reference clock, for which a router said that it has no way to `server`.
    pub fn no_route_between(&self, server: IpAddr, from: Time, to: Time) -> Option<ConnectionIndex> {
        let told = self.no_route.get(&server)?;
        let first = told.partition_point(|(time, _)| *time < from);
        told.get(first).filter(|(time, _)| *time <= to).map(|(_, connection)| *connection)
    }

    /// The range of the edge's address of a record, or that address, where the edge's log has, from some instant on, nothing but requests without an answer to a SYN (522) from
    /// it to the record's origin, and others are well there meanwhile.
    pub fn range_that_only_fails(&self, record: &EdgeRecord, ranges: &EdgeRanges) -> Option<IpNet> {
        alone_in(&self.unanswered_alone, record, ranges)
    }

    /// The range of a case's address, where by packets resets alone answer it at the case's server, and others are answered meanwhile.
    pub fn range_answered_by_resets(
        &self,
        case: &Case,
        evidence: &Whole,
        ranges: &EdgeRanges,
    ) -> Option<IpNet> {
        self.answered_by_resets.range_of(case, evidence, ranges)
    }

    /// The same of connections that are refused (521).
    pub fn range_only_refused(&self, record: &EdgeRecord, ranges: &EdgeRanges) -> Option<IpNet> {
        alone_in(&self.refused_alone, record, ranges)
    }

    /// The same of connections of which some are turned away (521, 523) and others wait in vain (522) beside them.
    pub fn range_turned_away(&self, record: &EdgeRecord, ranges: &EdgeRanges) -> Option<IpNet> {
        self.turned_away.range_of(record, ranges)
    }
}

fn alone_in(alone: &BTreeSet<OriginAndRange>, record: &EdgeRecord, ranges: &EdgeRanges) -> Option<IpNet> {
    parts_of(record.edge_address?, ranges).find(|part| alone.contains(&(record.origin_address, *part)))
}

/// Whether the range of a case's address is one of these at the case's server.
fn is_of(
    by_server: &BTreeMap<IpAddr, BTreeSet<IpNet>>,
    case: &Case,
    evidence: &Whole,
    ranges: &EdgeRanges,
) -> bool {
    let range = case.edge_address(evidence).and_then(|address| ranges.find(address));
    let at_server = case.server_address(evidence).and_then(|server| by_server.get(&server));
    range.zip(at_server).is_some_and(|(range, at_server)| at_server.contains(&range))
}

/// The range of the edge's address of a case, or that address, where it stands out at the case's server during the case; at any server where that one is not captured, for its
/// address may have been translated.
fn stands_out(
    selective: &BTreeMap<IpAddr, BTreeMap<IpNet, Selective>>,
    case: &Case,
    evidence: &Whole,
    ranges: &EdgeRanges,
) -> Option<Selective> {
    let during = |selective: &&Selective| selective.is_during(case);
    parts_of(case.edge_address(evidence)?, ranges).find_map(|part| {
        match case.server_address(evidence).and_then(|server| selective.get(&server)) {
            Some(at_server) => at_server.get(&part).filter(during).copied(),
            None => selective.values().find_map(|at_server| at_server.get(&part).filter(during).copied()),
        }
    })
}

/// The breaks of the grammar that responses of failing requests have.
fn broken_by_failing(cases: &[Case], evidence: &Whole) -> BTreeSet<Break> {
    let exchanges = cases.iter().flat_map(|case| case.exchanges(evidence));
    let responses = exchanges.filter_map(|(_, kept)| kept.exchange.response.as_deref());
    responses.flat_map(|response| response.findings.iter().map(Finding::kind)).collect()
}

/// The servers behind that messages name.
fn upstreams_of(evidence: &Whole) -> impl Iterator<Item = &str> {
    evidence.messages.iter().filter_map(|row| row.line.upstream.as_deref())
}

fn no_route(evidence: &Whole, clocks: &Clocks) -> BTreeMap<IpAddr, Vec<(Time, ConnectionIndex)>> {
    let mut told: BTreeMap<IpAddr, Vec<(Time, ConnectionIndex)>> = BTreeMap::new();
    for (index, row) in evidence.connections.indexed() {
        if let Some(icmp) = row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Server)) {
            let time = clocks.correct(row.input(), icmp.at.time);
            told.entry(row.connection.server.ip()).or_default().push((time, index));
        }
    }
    told.values_mut().for_each(|told| told.sort_unstable());
    told
}
