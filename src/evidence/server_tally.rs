//! Counts of one server's connections. A fault of one server says nothing about the requests of another.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::request_key::HostKey;
use crate::http::conform::Break;
use crate::time::{Duration, Time};

/// No server closes idle connections sooner than this: what it closes before, it closes because of what it did last.
pub const SOONEST_IDLE_CLOSE: Duration = Duration::from_milliseconds(500);

/// The most names of a server that are kept: the smallest keys, for the same reason.
const NAMES_KEPT: usize = 256;
/// The most sources of half-open connections that are kept of a server: the smallest addresses, so that merging is associative.
const SOURCES_KEPT: usize = 64;

/// Half-open connections are counted by stretches of so many seconds.
pub const HALF_OPEN_STRETCH: i64 = 10;
/// The most of these stretches that are kept of a server: the earliest ones, a week of them.
pub const STRETCHES_KEPT: usize = 1 << 16;

/// What the connections of one server were like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTally {
    /// Segments on healthy connections.
    pub segments: u64,
    /// Those of them that were sent again.
    pub repeated_segments: u64,
    /// TCP handshakes, from any client, that were begun and never completed.
    pub half_open: u64,
    /// Connections that failed before any request and are counted alone, since too many did.
    pub unjudged: u64,
    /// Requests that failed or got no answer and are counted alone, since too many did on one connection.
    pub unjudged_requests: u64,
    /// Requests that failed and are counted alone, since too many connections carried such.
    pub let_go_requests: u64,
    /// Connections that may have carried a request that failed elsewhere, and are counted alone, since too many may.
    pub let_go_connections: u64,
    /// Sources of half-open connections; beyond a limit the smallest addresses.
    pub half_open_sources: BTreeSet<IpAddr>,
    /// How many half-open connections began in each stretch of the captures' clock, by the stretch's number; beyond a limit the earliest ones.
    pub half_open_stretches: BTreeMap<i64, u64>,
    /// How often the server closed an idle connection, by how long it had been idle, in units of 10 ms.
    pub idle_closes: BTreeMap<u32, u64>,
    /// How many connections the server closed right behind an answer that was not their only one, by the number of requests that they had carried.
    pub requests_at_close: BTreeMap<u32, u64>,
    /// Healthy connections that the server closed right behind their only answer.
    pub closed_behind_answer: u64,
    /// Those of them that it closed by a reset.
    pub reset_behind_answer: u64,
    /// Connections that stayed open behind an answer, as far as the server is concerned.
    pub stayed_open: u64,
    /// Its healthy captured responses.
    pub healthy_responses: u64,
    /// How many of these have each break of the grammar.
    pub broken_by_healthy: BTreeMap<Break, u64>,
    /// The requests that these answer, as far as their heads were captured whole.
    pub answered_heads: AnsweredHeads,
    /// The names to which it answered a ClientHello; beyond a limit the smallest keys.
    pub greeted_for: BTreeSet<HostKey>,
}

/// The heads of requests that were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredHeads {
    /// How many.
    pub count: u64,
    /// The bytes of the largest.
    pub largest: u64,
}

impl AnsweredHeads {
    /// Adds others to these.
    pub fn merge(&mut self, other: AnsweredHeads) {
        self.count += other.count;
        self.largest = self.largest.max(other.largest);
    }
}

impl ServerTally {
    /// Whether more is known of it than that connections stayed open behind its answers, whatever these were.
    pub fn tells_more_than_staying(&self) -> bool {
        *self != ServerTally { stayed_open: self.stayed_open, ..ServerTally::default() }
    }

    /// Counts a half-open connection that began then.
    pub fn half_open(&mut self, source: IpAddr, begun: Time) {
        self.half_open += 1;
        *self.half_open_stretches.entry(begun.second().div_euclid(HALF_OPEN_STRETCH)).or_default() += 1;
        self.half_open_sources.insert(source);
        self.trim();
    }

    /// Notes that it answered a ClientHello for this name.
    pub fn greeted(&mut self, name: &str) {
        self.greeted_for.insert(HostKey::of(name));
        self.trim();
    }

    /// Adds other counts to these.
    pub fn merge(&mut self, other: ServerTally) {
        self.segments += other.segments;
        self.repeated_segments += other.repeated_segments;
        self.half_open += other.half_open;
        self.unjudged += other.unjudged;
        self.unjudged_requests += other.unjudged_requests;
        self.let_go_requests += other.let_go_requests;
        self.let_go_connections += other.let_go_connections;
        self.half_open_sources.extend(other.half_open_sources);
        add(&mut self.half_open_stretches, other.half_open_stretches);
        self.greeted_for.extend(other.greeted_for);
        self.trim();
        add(&mut self.idle_closes, other.idle_closes);
        add(&mut self.requests_at_close, other.requests_at_close);
        self.closed_behind_answer += other.closed_behind_answer;
        self.reset_behind_answer += other.reset_behind_answer;
        self.stayed_open += other.stayed_open;
        self.healthy_responses += other.healthy_responses;
        add(&mut self.broken_by_healthy, other.broken_by_healthy);
        self.answered_heads.merge(other.answered_heads);
    }

    fn trim(&mut self) {
        while self.half_open_sources.len() > SOURCES_KEPT {
            self.half_open_sources.pop_last();
        }
        while self.half_open_stretches.len() > STRETCHES_KEPT {
            self.half_open_stretches.pop_last();
        }
        while self.greeted_for.len() > NAMES_KEPT {
            self.greeted_for.pop_last();
        }
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *sums.entry(key).or_default() += count;
    }
}
