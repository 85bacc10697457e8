//! Connections to the requests of a log of the edge that names no address, and requests that the capture cut to those that they are: by when they
//! failed, and by how.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::by_address::without_exchange;
use super::joiner::Joiner;
use crate::correlate::case::{Attempt, Case, Join};
use crate::correlate::ending::{self, FailedEnding};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::ConnectionRow;
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// Cases before and after it that one connection is held against: the nearest ones.
const MOST_NEAR: usize = 32;

/// A connection that failed, or that ended without an answer to what was asked last.
struct FailedAttempt<'e> {
    attempt: Attempt,
    /// What it asked for, as far as it was captured.
    target: &'e str,
    /// The edge's address.
    client: IpAddr,
    server: IpAddr,
    ending: FailedEnding,
    /// When the edge met it, by the reference clock.
    time: Time,
    tolerance: Duration,
}

/// Cases that wait for their packets.
struct WaitingCases {
    /// By when they began.
    begun: Vec<(Time, usize)>,
    /// By when they were over.
    over: Vec<(Time, usize)>,
    /// How many of all cases have each status of the edge.
    said: BTreeMap<u16, usize>,
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

impl Joiner<'_> {
    /// Brings connections that failed to cases without an address. Gives back those that no case is near to.
    pub fn by_endings<'r>(
        &mut self,
        rows: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let endings = rows.iter().filter_map(|(index, row)| {
            Some(self.failed_attempt(without_exchange(*index), row, "", ending::of_connection(row)?))
        });
        let endings = endings.collect();
        let joined = self.one_to_one(endings, |record| !tells_address(record));
        rows.into_iter().filter(|(index, _)| !joined.contains(&without_exchange(*index))).collect()
    }

    /// Brings requests that failed and of which the capture has too little to know what they ask for to cases of their address, or to those
    /// without one. Gives those that were joined.
    pub fn unread_exchanges(&mut self) -> BTreeSet<Attempt> {
        let mut endings = Vec::new();
        for (connection, row) in self.evidence.connections.indexed() {
            for (exchange, kept) in (0..).zip(&row.exchanges) {
                let Some(ending) = ending::of_unread(row, kept) else { continue };
                let attempt = Attempt { connection, exchange: Some(exchange) };
                let target = kept.exchange.request.as_ref().map_or("", |request| &request.target);
                endings.push(self.failed_attempt(attempt, row, target, ending));
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
        let mut pairs: Vec<(bool, usize, Duration, usize, usize)> = Vec::new();
        for (number, ending) in endings.iter().enumerate() {
            let near = self.near(ending, &waiting).map(|(rank, apart, case)| {
                let is_elsewhere = self.is_elsewhere(&self.cases[case], ending.server);
                (is_elsewhere, rank, apart, case, number)
            });
            pairs.extend(near);
        }
        // What fits best and is nearest goes first; then whatever is left.
        pairs.sort_unstable();
        for (_, _, _, case, number) in pairs {
            let attempt = endings[number].attempt;
            if self.cases[case].attempts.is_empty() && joined.insert(attempt) {
                let by_address = self.cases[case].edge_address(self.evidence).is_some();
                self.attach(case, attempt, if by_address { Join::Addresses } else { Join::Time });
            }
        }
        joined
    }

    /// How many cases have each status.
    fn said(&self) -> BTreeMap<u16, usize> {
        let mut said = BTreeMap::new();
        for status in self.cases.iter().filter_map(|case| case.status_at_origin(self.evidence)) {
            *said.entry(status).or_default() += 1;
        }
        said
    }

    /// Cases by the edge's word that have no packets.
    fn waiting(&self, may_wait: impl Fn(&EdgeRecord) -> bool) -> WaitingCases {
        let waits = |case: &Case| {
            case.attempts.is_empty() && case.edge(self.evidence).is_some_and(|row| may_wait(&row.record))
        };
        let cases = || self.cases.iter().enumerate().filter(|(_, case)| waits(case));
        let mut begun: Vec<(Time, usize)> = cases().map(|(index, case)| (case.time, index)).collect();
        let mut over: Vec<(Time, usize)> = cases().map(|(index, case)| (case.end, index)).collect();
        begun.sort_unstable();
        over.sort_unstable();
        WaitingCases { begun, over, said: self.said() }
    }

    fn failed_attempt<'e>(
        &self,
        attempt: Attempt,
        row: &ConnectionRow,
        target: &'e str,
        ending: FailedEnding,
    ) -> FailedAttempt<'e> {
        let tolerance = self.tolerance(row.place(ending.at), Duration::NANOSECOND);
        let time = self.clocks.correct(row.input(), ending.at.time);
        let (client, server) = (row.connection.client.ip(), row.connection.server.ip());
        FailedAttempt { attempt, target, client, server, ending, time, tolerance }
    }

    /// The cases near an ending that the edge speaks of as it would of that: how well its word fits, and how far they are apart.
    fn near<'n>(
        &'n self,
        failed: &'n FailedAttempt<'_>,
        waiting: &'n WaitingCases,
    ) -> impl Iterator<Item = (usize, Duration, usize)> + 'n {
        let moments = if failed.ending.begins { &waiting.begun } else { &waiting.over };
        let (before, after) = moments.split_at(moments.partition_point(|(time, _)| *time < failed.time));
        let is_near = |(time, _): &&(Time, usize)| time.since(failed.time).abs() <= failed.tolerance;
        let before = before.iter().rev().take(MOST_NEAR).take_while(is_near);
        let near = before.chain(after.iter().take(MOST_NEAR).take_while(is_near));
        near.filter_map(|(time, case)| {
            let row = self.cases[*case].asked_origin(self.evidence)?;
            let is_other = tells_address(&row.record) && row.record.edge_address != Some(failed.client);
            let is_other = is_other || !self.may_be_at(&self.cases[*case], failed.server);
            if is_other || !ending::may_ask_for(&row.record, failed.target) {
                return None;
            }
            let status = self.cases[*case].status_at_origin(self.evidence)?;
            let rank = failed.ending.statuses.iter().position(|said| *said == status)?;
            if waiting.says_otherwise(&failed.ending, rank) {
                return None;
            }
            Some((rank, time.since(failed.time).abs(), *case))
        })
    }
}

/// Whether a record of the edge tells its address, or that it has none.
fn tells_address(record: &EdgeRecord) -> bool {
    record.edge_address.is_some() || record.edge_address_logged
}
