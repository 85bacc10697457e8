//! Captured requests without a ray, brought to requests of the edge's log by when these began and were over: between the two they were at the origin.
//! Of several that asked for one thing within a second, that tells which.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::by_address::{MOST_NEAR, without_ray};
use super::joiner::Joiner;
use super::refusals::may_be_answer;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::{Case, Join};
use crate::evidence::{ConnectionRow, KeptExchange, RequestKey};
use crate::time::{Duration, Time};

/// Requests that the edge waited for longer are passed by: others of the kind lie within their lives as well.
const LONGEST_LIFE: Duration = Duration::from_seconds(10);
/// What no clock tells: how far a packet may be stamped apart from what its program did.
const JITTER: Duration = Duration::from_milliseconds(5);

/// A request of the edge's log that no packets are known of.
#[derive(Clone, Copy)]
struct RequestLife {
    began: Time,
    over: Time,
    /// To which its instants are told.
    resolution: Duration,
    case: usize,
}

impl Joiner<'_> {
    /// Joins each of those that no attempt of `joined` is with the one request in whose life it lies, where neither could be another's; these go to `joined`, too.
    pub(super) fn exchanges_within_lives(&mut self, joined: &mut BTreeSet<Attempt>) {
        let lives = self.lives();
        if lives.is_empty() {
            return;
        }
        let mut of_case: BTreeMap<usize, Vec<Attempt>> = BTreeMap::new();
        let mut of_attempt: BTreeMap<Attempt, Vec<usize>> = BTreeMap::new();
        for (connection, row) in self.evidence.connections.indexed() {
            // Of a clock that nothing tells, no instant lies between two of another.
            if self.clocks.offset(row.input()).is_none() {
                continue;
            }
            for (attempt, kept) in
                without_ray(connection, row).filter(|(attempt, _)| !joined.contains(attempt))
            {
                for case in self.lives_around(attempt, row, kept, &lives) {
                    of_case.entry(case).or_default().push(attempt);
                    of_attempt.entry(attempt).or_default().push(case);
                }
            }
        }
        for (attempt, cases) in of_attempt {
            if let [case] = cases[..]
                && of_case.get(&case).is_some_and(|attempts| attempts.len() == 1)
            {
                self.attach(case, attempt, Join::Addresses);
                joined.insert(attempt);
            }
        }
    }

    /// Those that wait for packets, by what they asked for, in order of when they began.
    fn lives(&self) -> BTreeMap<RequestKey, Vec<RequestLife>> {
        let mut lives: BTreeMap<RequestKey, Vec<RequestLife>> = BTreeMap::new();
        for (index, case) in self.cases.iter().enumerate() {
            let waits = case.attempts.is_empty() && case.end.since(case.time) <= LONGEST_LIFE;
            let record = case.edge(self.evidence).map(|row| &row.record);
            let Some(record) = record.filter(|record| waits && record.over().is_some()) else { continue };
            let life =
                RequestLife { began: case.time, over: case.end, resolution: record.resolution, case: index };
            let keys: BTreeSet<RequestKey> = self.asked(case).collect();
            keys.into_iter().for_each(|key| lives.entry(key).or_default().push(life));
        }
        lives.values_mut().for_each(|lives| lives.sort_unstable_by_key(|life| (life.began, life.case)));
        lives
    }

    /// The requests in whose lives an exchange lies, and whose it may be; two at the most, since which of several it is nobody knows.
    fn lives_around(
        &self,
        attempt: Attempt,
        row: &ConnectionRow,
        kept: &KeptExchange,
        lives: &BTreeMap<RequestKey, Vec<RequestLife>>,
    ) -> Vec<usize> {
        let Some(request) = &kept.exchange.request else { return Vec::new() };
        let key = self.asked_at_edge.key(&request.method, &request.target);
        let (time, spread) = (self.attempt_time(attempt), self.clocks.spread(row.input()) + JITTER);
        let lives = lives.get(&key).map_or(&[][..], Vec::as_slice);
        // No log of the edge is told to less than a second.
        let until = lives.partition_point(|life| life.began <= time.plus(spread + Duration::SECOND));
        let lasts = |life: &&RequestLife| time.since(life.began) <= LONGEST_LIFE + spread + Duration::SECOND;
        let near: Vec<&RequestLife> =
            lives[..until].iter().rev().take_while(lasts).take(MOST_NEAR + 1).collect();
        if near.len() > MOST_NEAR {
            return Vec::new();
        }
        let around = near.into_iter().filter(|life| {
            let tolerance = spread + life.resolution;
            life.began.since(time) <= tolerance && time.since(life.over) <= tolerance
        });
        let client = row.connection.client.ip();
        let fitting = around.map(|life| life.case).filter(|&index| {
            let case = &self.cases[index];
            may_be_answer(case, kept, self.evidence)
                && self.may_be_at(case, row.connection.server.ip())
                && self.may_be_from(case, client)
        });
        fitting.take(2).collect()
    }

    /// Whether a request may have come from a captured address: not where the edge's record, or a line of its ray, tells another one that is captured as well.
    pub(super) fn may_be_from(&self, case: &Case, client: IpAddr) -> bool {
        let told = case.edge_address(self.evidence);
        told.is_none_or(|told| told == client || !self.captured_clients.contains(&told))
    }
}
