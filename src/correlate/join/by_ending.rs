//! Connections to the requests of a log of the edge that names no address, and requests that the capture cut to those that they are: by when they
//! failed, and by how.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::by_address::without_exchange;
use super::joiner::Joiner;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::Join;
use crate::correlate::ending::{self, FailedEnding};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::{ConnectionRow, HostKey};
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// Cases before and after it, of one status, that one connection is held against: the nearest ones.
const MOST_NEAR: usize = 32;

/// Connections on which nothing that was asked can be read.
type Silent<'r> = Vec<(ConnectionIndex, &'r ConnectionRow)>;

/// Cases of one status by the edge's word that have no packets, in order.
#[derive(Default)]
struct CasesInOrder {
    /// By when they began.
    begun: Vec<(Time, usize)>,
    /// By when they were over.
    over: Vec<(Time, usize)>,
}

/// Cases that wait for their packets.
#[derive(Default)]
struct WaitingCases {
    by_status: BTreeMap<u16, CasesInOrder>,
    /// How many of all cases have each status of the edge.
    said: BTreeMap<u16, usize>,
    /// The coarsest to which one of them is dated.
    resolution: Duration,
}

impl WaitingCases {
    /// Whether the edge has a word of its own for such ends: one edge says of one end one thing. `rank`: the place of another word among those for
    /// this end.
    fn says_otherwise(&self, ending: &FailedEnding, rank: usize) -> bool {
        const FEWEST: usize = 3;
        let mut likelier = ending.statuses.get(..rank).unwrap_or_default().iter();
        let said = |status: &u16| self.said.get(status).is_some_and(|cases| *cases >= FEWEST);
        rank >= ending.side_by_side && likelier.any(said)
    }
}

/// How well a case fits a connection that failed: the best is the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Its host's requests that went well went elsewhere.
    is_elsewhere: bool,
    /// How likely the edge says its status of such an ending, from the likeliest on.
    rank: usize,
    /// Most of its host's requests that failed so fit best what ended at another server.
    is_unusual: bool,
    /// It was over at another time than the handshake.
    ends_apart: bool,
    apart: Duration,
}

/// What is left of a head that the capture cut.
#[derive(Clone, Copy, Default)]
struct CapturedHead<'e> {
    target: &'e str,
    host: Option<&'e str>,
}

/// A connection that failed, or that ended without an answer to what was asked last.
struct FailedAttempt<'e> {
    attempt: Attempt,
    /// What it asked for, as far as it was captured.
    asked: CapturedHead<'e>,
    row: &'e ConnectionRow,
    ending: FailedEnding,
    /// When the edge met it, by the reference clock.
    time: Time,
    /// When a handshake that failed was over, in the same way.
    over: Option<Time>,
    tolerance: Duration,
}

impl Joiner<'_> {
    /// Brings connections that failed to cases without an address. Gives back those that no case is near to.
    pub fn by_endings<'r>(&mut self, rows: Silent<'r>) -> Silent<'r> {
        self.each_to_its_ending(rows, |record| !tells_address(record))
    }

    /// The same to cases of their address, where several of one address failed within a short time. Gives back those that no case is near to.
    pub fn by_endings_of_address<'r>(&mut self, rows: Silent<'r>) -> Silent<'r> {
        self.each_to_its_ending(rows, tells_address)
    }

    fn each_to_its_ending<'r>(
        &mut self,
        rows: Silent<'r>,
        may_wait: impl Fn(&EdgeRecord) -> bool,
    ) -> Silent<'r> {
        let endings = rows.iter().filter_map(|(index, row)| {
            Some(self.failed_attempt(
                without_exchange(*index),
                row,
                CapturedHead::default(),
                ending::of_connection(row)?,
            ))
        });
        let endings = endings.collect();
        let joined = self.one_to_one(endings, may_wait);
        rows.into_iter().filter(|(index, _)| !joined.contains(&without_exchange(*index))).collect()
    }

    /// Brings requests that failed and whose rays the capture cut off to cases of their address, or to those without one, as far as what is left of
    /// their heads allows. Gives those that were joined.
    pub fn unread_exchanges(&mut self) -> BTreeSet<Attempt> {
        let mut endings = Vec::new();
        for (connection, row) in self.evidence.connections.indexed() {
            for (exchange, kept) in (0..).zip(&row.exchanges) {
                let Some(ending) = ending::of_unread(row, kept) else { continue };
                let attempt = Attempt { connection, exchange: Some(exchange) };
                let asked = kept.exchange.request.as_ref().map_or_else(CapturedHead::default, |request| {
                    CapturedHead { target: &request.target, host: request.host.as_deref() }
                });
                endings.push(self.failed_attempt(attempt, row, asked, ending));
            }
        }
        self.one_to_one(endings, |_| true)
    }

    /// Each case takes the ending nearest to it in time among those that the edge would speak of as it does. Gives the attempts that were joined.
    fn one_to_one(
        &mut self,
        endings: Vec<FailedAttempt<'_>>,
        may_wait: impl Fn(&EdgeRecord) -> bool,
    ) -> BTreeSet<Attempt> {
        let mut joined = BTreeSet::new();
        if endings.is_empty() {
            return joined;
        }
        let waiting = self.waiting(may_wait);
        let mut pairs: Vec<(Fit, usize, usize)> = Vec::new();
        for (number, ending) in endings.iter().enumerate() {
            pairs.extend(self.near(ending, &waiting).map(|(fit, case)| (fit, case, number)));
        }
        // What fits best and is nearest goes first; then whatever is left.
        pairs.sort_unstable();
        let usual = self.usual_servers(&one_for_each(&pairs), &endings);
        for (fit, case, number) in &mut pairs {
            let usual = self.cases[*case].host(self.evidence).and_then(|host| usual.get(&HostKey::of(host)));
            fit.is_unusual = usual.is_some_and(|usual| *usual != endings[*number].server());
        }
        pairs.sort_unstable();
        for (case, number) in one_for_each(&pairs) {
            let attempt = endings[number].attempt;
            joined.insert(attempt);
            let by_address = self.cases[case].edge_address(self.evidence).is_some();
            self.attach(case, attempt, if by_address { Join::Addresses } else { Join::Time });
        }
        joined
    }

    /// At which server most of what failed of each host fits best, of several captured ones: where hosts fail at the same time and nothing else tells
    /// them apart, each fails at its own server.
    fn usual_servers(
        &self,
        pairs: &[(usize, usize)],
        endings: &[FailedAttempt<'_>],
    ) -> BTreeMap<HostKey, IpAddr> {
        const FEWEST: usize = 4;
        let mut met: BTreeMap<HostKey, BTreeMap<IpAddr, usize>> = BTreeMap::new();
        for &(case, number) in pairs {
            if let Some(host) = self.cases[case].host(self.evidence) {
                *met.entry(HostKey::of(host)).or_default().entry(endings[number].server()).or_default() += 1;
            }
        }
        let usual = |(host, servers): (HostKey, BTreeMap<IpAddr, usize>)| {
            let all: usize = servers.values().sum();
            let (server, most) = servers.into_iter().max_by_key(|(_, cases)| *cases)?;
            (most >= FEWEST && most * 4 >= all * 3).then_some((host, server))
        };
        met.into_iter().filter_map(usual).collect()
    }

    /// Cases by the edge's word that have no packets, by what it says.
    fn waiting(&self, may_wait: impl Fn(&EdgeRecord) -> bool) -> WaitingCases {
        let mut waiting = WaitingCases::default();
        for (index, case) in self.cases.iter().enumerate() {
            let Some(status) = case.status_at_origin(self.evidence) else { continue };
            *waiting.said.entry(status).or_default() += 1;
            let waits = case.attempts.is_empty();
            let record = case.edge(self.evidence).map(|row| &row.record);
            if let Some(record) = record.filter(|record| waits && may_wait(record)) {
                waiting.resolution = waiting.resolution.max(record.resolution);
                let of_status = waiting.by_status.entry(status).or_default();
                of_status.begun.push((case.time, index));
                of_status.over.push((case.end, index));
            }
        }
        for of_status in waiting.by_status.values_mut() {
            of_status.begun.sort_unstable();
            of_status.over.sort_unstable();
        }
        waiting
    }

    fn failed_attempt<'e>(
        &self,
        attempt: Attempt,
        row: &'e ConnectionRow,
        asked: CapturedHead<'e>,
        ending: FailedEnding,
    ) -> FailedAttempt<'e> {
        let tolerance = self.tolerance(row.place(ending.at), Duration::NANOSECOND);
        let time = self.clocks.correct(row.input(), ending.at.time);
        let is_handshake = ending.begins && row.connection.handshake.established.is_some();
        let over = row.connection.closed_first().filter(|_| is_handshake);
        let over = over.map(|(_, _, at)| self.clocks.correct(row.input(), at.time));
        FailedAttempt { attempt, asked, row, ending, time, over, tolerance }
    }

    /// The cases near an ending that the edge speaks of as it would of that, and how well each fits.
    fn near<'n>(
        &'n self,
        failed: &'n FailedAttempt<'_>,
        waiting: &'n WaitingCases,
    ) -> impl Iterator<Item = (Fit, usize)> + 'n {
        let of_statuses = failed.ending.statuses.iter().enumerate();
        let of_statuses = of_statuses.filter(|(rank, _)| !waiting.says_otherwise(&failed.ending, *rank));
        of_statuses.filter_map(|(rank, status)| Some((rank, waiting.by_status.get(status)?))).flat_map(
            move |(rank, of_status)| {
                let moments = if failed.ending.begins { &of_status.begun } else { &of_status.over };
                let (before, after) =
                    moments.split_at(moments.partition_point(|(time, _)| *time < failed.time));
                // What is dated to whole seconds rounds down.
                let earliest = failed.time.plus(-(failed.tolerance + waiting.resolution));
                let latest = failed.time.plus(failed.tolerance);
                let before =
                    before.iter().rev().take(MOST_NEAR).take_while(move |(time, _)| *time >= earliest);
                let after = after.iter().take(MOST_NEAR).take_while(move |(time, _)| *time <= latest);
                let near = before.chain(after);
                near.filter_map(move |(time, case)| Some((self.fit(failed, rank, *time, *case)?, *case)))
            },
        )
    }

    /// How well a case fits an ending, which it met at this time; `None` where it is of another one.
    fn fit(&self, failed: &FailedAttempt<'_>, rank: usize, time: Time, case: usize) -> Option<Fit> {
        let case = &self.cases[case];
        let record = &case.asked_origin(self.evidence)?.record;
        let is_other =
            tells_address(record) && record.edge_address != Some(failed.row.connection.client.ip());
        let CapturedHead { target, host } = failed.asked;
        let of_host = case.host(self.evidence).zip(host);
        let is_other_host = of_host.is_some_and(|(one, other)| HostKey::of(one) != HostKey::of(other));
        if is_other
            || is_other_host
            || !self.may_be_on(case, failed.row)
            || !ending::may_ask_for(record, target)
        {
            return None;
        }
        let within = failed.tolerance + record.resolution;
        let over = failed.over.filter(|_| record.over().is_some());
        let ends_apart = over.is_some_and(|over| case.end.since(over).abs() > within);
        let is_elsewhere = self.is_elsewhere(case, failed.row.connection.server.ip());
        let apart = failed.apart_from(time, record.resolution);
        let fit = Fit { is_elsewhere, rank, is_unusual: false, ends_apart, apart };
        (apart <= failed.tolerance).then_some(fit)
    }
}

impl FailedAttempt<'_> {
    /// How far it lies from what was dated to this instant, rounded down to a resolution: anywhere within that it may have been.
    fn apart_from(&self, time: Time, resolution: Duration) -> Duration {
        let later = self.time.since(time);
        (later - resolution).max(-later).max(Duration::ZERO)
    }

    fn server(&self) -> IpAddr {
        self.row.connection.server.ip()
    }
}

/// Each case with the first ending of these that no other case before it has.
fn one_for_each(pairs: &[(Fit, usize, usize)]) -> Vec<(usize, usize)> {
    let (mut cases, mut endings) = (BTreeSet::new(), BTreeSet::new());
    let mut is_free = |case: usize, ending: usize| {
        let is_free = !cases.contains(&case) && !endings.contains(&ending);
        is_free && cases.insert(case) && endings.insert(ending)
    };
    pairs
        .iter()
        .filter(|(_, case, ending)| is_free(*case, *ending))
        .map(|(_, case, ending)| (*case, *ending))
        .collect()
}

/// Whether a record of the edge tells its address, or that it has none.
fn tells_address(record: &EdgeRecord) -> bool {
    record.edge_address.is_some() || record.edge_address_logged
}
