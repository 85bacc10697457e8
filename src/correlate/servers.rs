//! What each origin server's traffic shows as a whole: loss, floods, timers, and what happened to many connections at once. What is true of one
//! server says nothing about the requests of another.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::case::Case;
use super::clock::Clocks;
use super::edge_part::parts_of;
use super::moments::{count_between, count_near};
use super::request_cap::{self, RequestCap};
use super::selective::Selective;
use super::timer::{Timer, origin_idle};
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::sample::Seen;
use crate::evidence::server_tally::{HALF_OPEN_STRETCH, STRETCHES_KEPT, ServerTally};
use crate::evidence::tally::Reached;
use crate::evidence::{ConnectionRow, HostKey, InputId, InputKind, KeptExchange};
use crate::facts::ranges::EdgeRanges;
use crate::flow::{Arrival, Connection};
use crate::http::conform::Break;
use crate::time::{Duration, Time};

/// Below this many segments of healthy connections nothing is known of loss.
const ENOUGH_SEGMENTS: u64 = 100;

/// So many connections that are taken show that a server has room, and so many for each that is not.
const MANY_TAKEN: usize = 10;

/// Segments of healthy connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Segments.
    pub segments: u64,
    /// Of these, sent again.
    pub repeated: u64,
}

impl Loss {
    /// From one segment in a hundred on (acknowledgements counted): far beyond what paths between data centres lose.
    pub fn is_far_above_normal(self) -> bool {
        self.repeated * 100 >= self.segments
    }
}

/// Handshakes that strangers begin and never complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// Half-open connections.
    pub half_open: u64,
    /// Addresses that began them, at least.
    pub sources: u64,
    /// Handshakes that completed.
    pub completed: u64,
}

/// Requests that waited for a server to take them and got their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredLate {
    /// All that are known.
    pub known: usize,
    /// Those that were answered while SYNs were dropped.
    pub amid: usize,
    /// From the first of these to the last.
    pub lasts: Duration,
}

/// One server as its captured traffic shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// After how long it closes an idle connection.
    pub idle: Option<Timer>,
    /// After how many requests it closes a connection, where it is a small fixed number.
    pub request_cap: Option<RequestCap>,
    /// What it did to connections behind their answers.
    pub behind_answers: BehindAnswers,
    /// Retransmissions on healthy connections; `None` where too few of these were captured.
    pub loss: Option<Loss>,
    /// Its healthy responses that were captured.
    pub healthy_responses: u64,
    /// How many of these have each break of the grammar.
    pub broken_by_healthy: BTreeMap<Break, u64>,
    /// A flood of half-open connections.
    pub half_open_flood: Option<Flood>,
    /// When it went on, by the reference clock: the beginnings of stretches, in order.
    flooded: Vec<Time>,
    /// Of a flooded server, in which seconds connections began that it took at once, and such of which it took none, in the same way; of each second and
    /// address no more than tell.
    taken_at_once: Vec<Time>,
    not_taken: Vec<Time>,
    /// In which seconds connections of each address began whose handshake completed at a later attempt, in the same way.
    late: BTreeMap<IpAddr, Vec<Time>>,
    /// When it ended connections that are kept, by the reference clock, in order.
    ended: Vec<Time>,
    /// When its accept queue was seen to be full, in the same way.
    overflows: Vec<Time>,
    /// When SYNs to it were dropped, in the same way.
    dropped_syns: Vec<Time>,
    /// The first and the last SYN of each connection of which it took none, in the same way.
    syns_in_vain: Vec<Time>,
    /// When it answered first requests that are kept and had waited for it, in the same way.
    answered_late: Vec<Time>,
    /// Those of them amid SYNs that were dropped, some before and some after.
    answered_amid: Vec<Time>,
}

/// A full accept queue drops SYNs and final ACKs alike, for as long as it is full.
pub const STAYS_FULL: Duration = Duration::from_seconds(5);

/// All servers that were captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    by_address: BTreeMap<IpAddr, Server>,
}

/// The captured servers at which each host is healthy, as far as they are sampled.
pub(super) fn servers_of_host(evidence: &Whole) -> BTreeMap<HostKey, BTreeSet<IpAddr>> {
    let captured = evidence.samples.of(Seen::Capture);
    let told = captured.filter_map(|request| request.host.as_deref().zip(request.origin_address));
    told.fold(BTreeMap::new(), |mut servers: BTreeMap<HostKey, BTreeSet<IpAddr>>, (host, server)| {
        servers.entry(HostKey::of(host)).or_default().insert(server);
        servers
    })
}

/// What a server did to connections behind their answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BehindAnswers {
    /// Kept open.
    pub kept_open: u64,
    /// Healthy ones that it closed behind their only answer.
    pub closed: u64,
    /// Those of them that it closed by a reset.
    pub reset: u64,
}

impl BehindAnswers {
    /// What fewer do is no habit.
    const ENOUGH: u64 = 6;

    /// All that tell.
    pub fn all(self) -> u64 {
        self.kept_open + self.closed
    }

    /// Whether it keeps connections open: at least ten times as many as it closes.
    pub fn stay_open(self) -> bool {
        self.kept_open >= Self::ENOUGH && self.closed * 10 <= self.kept_open
    }

    /// Whether it resets hardly any, however it ends them.
    pub fn end_in_order(self) -> bool {
        self.all() >= Self::ENOUGH && self.reset * 10 <= self.all()
    }
}

impl Server {
    /// How many of the connections that are kept it ended at an instant, by the reference clock.
    pub fn ended_at(&self, time: Time) -> usize {
        const INSTANT: Duration = Duration::from_milliseconds(10);
        count_near(&self.ended, time, INSTANT)
    }

    /// Connections that showed a full accept queue within so long of an instant, by the reference clock.
    pub fn overflows_near(&self, time: Time, within: Duration) -> usize {
        count_near(&self.overflows, time, within)
    }

    /// Whether a flood of half-open connections may bear on who connects at an instant of the reference clock. What waits half-open is kept for as long as
    /// the answer to it is repeated; who is taken at once shows that there is room again.
    pub fn is_flooded_at(&self, time: Time) -> bool {
        /// Five times, after 1, 2, 4, 8 and 16 s, and 32 s more (`tcp_synack_retries` of Linux: tcp(7)).
        const KEPT: Duration = Duration::from_seconds(63);
        const STRETCH: Duration = Duration::from_seconds(HALF_OPEN_STRETCH);
        let from = self.flooded.partition_point(|begun| begun.plus(STRETCH + KEPT) < time);
        let began_before = self.flooded.get(from).is_some_and(|begun| *begun <= time);
        // Of a longer time than a week nothing is known.
        (began_before || self.flooded.len() >= STRETCHES_KEPT) && !self.takes_nearly_all_at(time)
    }

    /// Whether it takes many connections around an instant, and next to none is not taken.
    fn takes_nearly_all_at(&self, time: Time) -> bool {
        const AROUND: Duration = Duration::from_seconds(2);
        let taken = count_near(&self.taken_at_once, time, AROUND);
        taken >= MANY_TAKEN && taken >= MANY_TAKEN * count_near(&self.not_taken, time, AROUND)
    }

    /// In how many seconds within so long of an instant of the reference clock connections of an address began whose handshake completed at a later attempt
    /// alone.
    pub fn late_near(&self, client: IpAddr, time: Time, within: Duration) -> usize {
        self.late.get(&client).map_or(0, |times| count_near(times, time, within))
    }

    /// The first requests of connections that had waited and were answered between two moments, by the reference clock: how many are known, and how many of
    /// these were answered amid SYNs that were dropped, some before and some after.
    pub fn answered_late(&self, (from, to): (Time, Time)) -> AnsweredLate {
        let begin = self.answered_amid.partition_point(|at| *at < from);
        let amid = count_between(&self.answered_amid, from, to);
        let within = self.answered_amid.get(begin..begin + amid).unwrap_or_default();
        let ends = within.first().zip(within.last());
        let lasts = ends.map_or(Duration::ZERO, |(first, last)| last.since(*first));
        AnsweredLate { known: count_between(&self.answered_late, from, to), amid, lasts }
    }

    /// Puts all moments in order, once all of its connections are known.
    fn settle(&mut self) {
        let lists = [&mut self.ended, &mut self.overflows, &mut self.dropped_syns];
        let lists = lists.into_iter().chain([&mut self.syns_in_vain, &mut self.answered_late]);
        let lists = lists.chain([&mut self.taken_at_once, &mut self.not_taken]);
        lists.chain(self.late.values_mut()).for_each(|times| times.sort_unstable());
        let syns = &self.syns_in_vain;
        let is_amid = |at: &Time| {
            count_between(syns, at.plus(-STAYS_FULL), *at) > 0
                && count_between(syns, *at, at.plus(STAYS_FULL)) > 0
        };
        self.answered_amid = self.answered_late.iter().copied().filter(is_amid).collect();
    }

    /// What became of connections from one address within a second.
    fn connected(&mut self, time: Time, reached: Reached) {
        let most = |count: u32| (count as usize).min(MANY_TAKEN);
        self.taken_at_once.extend(std::iter::repeat_n(time, most(reached.established)));
        self.not_taken.extend(std::iter::repeat_n(time, most(reached.unanswered)));
    }

    /// One of its connections that are kept.
    fn saw(&mut self, row: &ConnectionRow, clocks: &Clocks, is_kept_out: bool) {
        let time = |at: Arrival| clocks.correct(row.input(), at.time);
        let first = time(row.connection.first);
        self.ended.extend(row.ended_by_server().map(time));
        // Connections whose SYN/ACK was repeated although the client had answered, and those whose first request the kernel
        // acknowledged and nobody took: they fill the queue.
        let untaken = row.exchanges.first().is_some_and(|kept| {
            let acknowledged =
                kept.exchange.request.as_ref().is_some_and(|request| request.acknowledged.is_some());
            kept.exchange.number == 1 && kept.failure == Some(Failure::GivenUp) && acknowledged
        });
        let repeated = row.connection.handshake.is_repeated_after_answer;
        if untaken || row.first_request_ignored().is_some() || repeated {
            self.overflows.push(first);
        }
        if row.connection.is_unanswered() && !is_kept_out {
            self.dropped_syns.push(first);
            self.syns_in_vain
                .extend([first, time(row.connection.handshake.last_syn.unwrap_or(row.connection.first))]);
        }
        self.answered_late.extend(row.exchanges.first().and_then(answered_late).map(time));
    }

    /// SYNs dropped within so long of an instant, by the reference clock.
    pub fn dropped_syns_near(&self, time: Time, within: Duration) -> usize {
        count_near(&self.dropped_syns, time, within)
    }
}

impl Servers {
    /// Looks at all captured connections once. `kept_out`: ranges and addresses that a server alone leaves unanswered, whose SYNs no full queue drops.
    pub(super) fn of(
        evidence: &Whole,
        ranges: &EdgeRanges,
        clocks: &Clocks,
        kept_out: &BTreeMap<IpAddr, BTreeMap<IpNet, Selective>>,
    ) -> Servers {
        let mut by_address: BTreeMap<IpAddr, Server> = BTreeMap::new();
        let idle_ages = idle_ages(evidence);
        for (&address, tally) in &evidence.tallies.servers {
            let server = by_address.entry(address).or_default();
            server.request_cap = request_cap::by_closes(tally);
            server.behind_answers = BehindAnswers {
                kept_open: tally.stayed_open,
                closed: tally.closed_behind_answer,
                reset: tally.reset_behind_answer,
            };
            server.loss = loss(tally);
            server.healthy_responses = tally.healthy_responses;
            server.broken_by_healthy = tally.broken_by_healthy.clone();
        }
        for (address, cap) in request_cap::by_failures(evidence) {
            by_address.entry(address).or_default().request_cap.get_or_insert(cap);
        }
        let mut completed: BTreeMap<IpAddr, u64> = BTreeMap::new();
        let capture = a_capture(evidence);
        for (reaching, reached) in &evidence.tallies.reached {
            if reached.late > 0 {
                let time = clocks.correct(capture, Time::from_seconds(reaching.second, 0));
                let late = &mut by_address.entry(reaching.server).or_default().late;
                late.entry(reaching.client).or_default().push(time);
            }
            *completed.entry(reaching.server).or_default() += u64::from(reached.established);
        }
        for (&address, completed) in &completed {
            let server = by_address.entry(address).or_default();
            let Some(tally) = evidence.tallies.servers.get(&address) else { continue };
            server.half_open_flood = flood(tally, *completed, ranges);
            server.flooded = flooded(tally, evidence, clocks);
        }
        for (reaching, reached) in &evidence.tallies.reached {
            let flooded = by_address.get_mut(&reaching.server);
            if let Some(server) = flooded.filter(|server| server.half_open_flood.is_some()) {
                server.connected(clocks.correct(capture, Time::from_seconds(reaching.second, 0)), *reached);
            }
        }
        for row in &evidence.connections {
            let Connection { server, client, .. } = &row.connection;
            let is_kept_out = kept_out.get(&server.ip()).is_some_and(|kept_out| {
                parts_of(client.ip(), ranges).any(|part| kept_out.contains_key(&part))
            });
            by_address.entry(server.ip()).or_default().saw(row, clocks, is_kept_out);
        }
        for (address, server) in &mut by_address {
            let tally = evidence.tallies.servers.get(address);
            let ages = idle_ages.get(address).map(Vec::as_slice).unwrap_or_default();
            server.idle = origin_idle(tally.map(|tally| &tally.idle_closes), ages);
            server.settle();
        }
        Servers { by_address }
    }

    /// The server of a case: by its packets, else by the edge's word. Where captures know no such address, it was translated; then it is the one
    /// server that they know.
    pub fn of_case(&self, case: &Case, evidence: &Whole) -> Option<&Server> {
        let named = case.server_address(evidence).and_then(|address| self.by_address.get(&address));
        let only = || self.by_address.values().next().filter(|_| self.by_address.len() == 1);
        named.or_else(only)
    }

    /// The idle timer that most closes show.
    pub fn idle(&self) -> Option<Timer> {
        let timers = self.by_address.values().filter_map(|server| server.idle);
        timers.max_by_key(|timer| (timer.count, timer.duration))
    }
}

/// When the first request of a connection was answered that had waited for it.
fn answered_late(kept: &KeptExchange) -> Option<Arrival> {
    const WAITED: Duration = Duration::from_seconds(1);
    let (request, response) = (kept.exchange.request.as_ref()?, kept.exchange.response.as_deref()?);
    let is_late = response.first.time.since(request.last.time) >= WAITED;
    (kept.exchange.number == 1 && is_late).then_some(response.first)
}

/// How long the connections of failing requests without an answer had been idle, by server.
fn idle_ages(evidence: &Whole) -> BTreeMap<IpAddr, Vec<Duration>> {
    let mut ages: BTreeMap<IpAddr, Vec<Duration>> = BTreeMap::new();
    for row in &evidence.connections {
        let unanswered = row.exchanges.iter().filter(|kept| kept.exchange.response.is_none());
        let inside = row.unanswered_inside();
        let inside = inside.and_then(|turn| Some(turn.first.time.since(turn.before?.time)));
        let idle = unanswered.filter_map(|kept| kept.idle_before()).chain(inside);
        ages.entry(row.connection.server.ip()).or_default().extend(idle);
    }
    ages
}

fn loss(tally: &ServerTally) -> Option<Loss> {
    let loss = Loss { segments: tally.segments, repeated: tally.repeated_segments };
    (loss.segments >= ENOUGH_SEGMENTS).then_some(loss)
}

/// By whose clock connections are counted in seconds: there is one but where several machines captured.
fn a_capture(evidence: &Whole) -> InputId {
    let mut captures = evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::Capture);
    captures.next().map(|(&capture, _)| capture).unwrap_or_default()
}

/// The stretches in which strangers began at least a tenth as many handshakes as in the busiest one: a scanner now and then is no flood.
fn flooded(tally: &ServerTally, evidence: &Whole, clocks: &Clocks) -> Vec<Time> {
    let capture = a_capture(evidence);
    let most = tally.half_open_stretches.values().copied().max().unwrap_or_default();
    let busy = tally.half_open_stretches.iter().filter(|(_, begun)| **begun * 10 >= most);
    let begins = |stretch: &i64| Time::from_seconds(stretch.saturating_mul(HALF_OPEN_STRETCH), 0);
    busy.map(|(stretch, _)| clocks.correct(capture, begins(stretch))).collect()
}

/// A hundred half-open connections, most of all handshakes, from many addresses that are not the edge's.
fn flood(tally: &ServerTally, completed: u64, ranges: &EdgeRanges) -> Option<Flood> {
    let half_open = tally.half_open;
    let sources = tally.half_open_sources.iter().filter(|address| !ranges.contains(**address)).count() as u64;
    (half_open >= 100 && half_open > completed && sources >= 20).then_some(Flood {
        half_open,
        sources,
        completed,
    })
}

#[cfg(test)]
mod tests;
