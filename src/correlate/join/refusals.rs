//! Requests of which a line says that the server refused them. Their status alone tells nothing, so they begin as what may be a case: they
//! compete for lines and messages as all others do, and those that have got one that says so are failures, and those of an address of the edge that
//! a limit counts as one client. The others went well.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;

use super::joiner::Joiner;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::{Case, Join};
use crate::correlate::limited::LimitedAddresses;
use crate::correlate::moments::count_near;
use crate::correlate::rows::{AccessIndex, MessageIndex};
use crate::correlate::whole::Whole;
use crate::evidence::failure::{self, Failure};
use crate::evidence::limited_addresses::TOO_MANY_REQUESTS;
use crate::evidence::{AccessRow, EdgeRow, KeptExchange, MessageRow};
use crate::facts::refusals;
use crate::ray::Ray;
use crate::time::Time;

/// A message with its time by the reference clock.
pub(super) type TimedMessage<'a> = (Time, MessageIndex, &'a MessageRow);

impl<'a> Joiner<'a> {
    /// What the edge's log has of them, with the captured attempts of their rays.
    pub fn refusable_records(&mut self) {
        let evidence = self.evidence;
        let may_be = |row: &EdgeRow| {
            failure::may_be_refused(&row.record)
                && failure::of_edge_record(&row.record, self.line_limit).is_none()
        };
        let rows: Vec<_> = evidence.edge.indexed().filter(|(_, row)| may_be(row)).collect();
        let mut added: BTreeMap<Ray, usize> = BTreeMap::new();
        for (index, row) in rows {
            let known = row.record.ray.is_some_and(|ray| self.by_ray.contains_key(&ray));
            let Some(status) = row.record.edge_status.filter(|_| !known) else { continue };
            let case = Case::from_edge(index, row, Failure::ToldByLine(status), self.clocks);
            let case = self.add(case, row.record.edge_address);
            added.extend(row.record.ray.map(|ray| (ray, case)));
        }
        for (attempt, kept) in refusable_exchanges(self) {
            let case = kept.exchange.ray().and_then(|ray| added.get(&ray.ray));
            if let Some(&case) = case.filter(|case| may_be_answer(&self.cases[**case], kept, self.evidence)) {
                self.cases[case].colo =
                    self.cases[case].colo.or(kept.exchange.ray().and_then(|ray| ray.colo));
                self.attach(case, attempt, Join::Ray);
            }
        }
    }

    /// Captured requests that no other source has.
    pub fn refusable_exchanges(&mut self) {
        let known: BTreeSet<Attempt> =
            self.cases.iter().flat_map(|case| case.attempts.iter().copied()).collect();
        for (attempt, kept) in refusable_exchanges(self) {
            let known_ray = kept.exchange.ray().is_some_and(|ray| self.by_ray.contains_key(&ray.ray));
            let status = kept.exchange.response.as_deref().and_then(|response| response.status);
            let Some(status) = status.filter(|_| !known_ray && !known.contains(&attempt)) else { continue };
            if let Some(case) = self.add_captured_case(attempt) {
                self.cases[case].failure = Failure::ToldByLine(status);
            }
        }
    }

    /// What only access logs have of them, and the edge's log would not show.
    pub fn refusable_lines(&mut self) {
        let known: BTreeSet<AccessIndex> =
            self.cases.iter().flat_map(|case| case.access.iter().copied()).collect();
        for (index, row) in self.evidence.access.indexed().filter(|(index, _)| !known.contains(index)) {
            let status = row.line.status.filter(|status| refusals::may_refuse(*status));
            let Some(status) = status.filter(|_| self.failure_of(row).is_none()) else { continue };
            if row.line.is_proxy_header() && !self.is_edges(&row.line) {
                continue;
            }
            let case = Case::from_access(index, row, Failure::ToldByLine(status), self.clocks);
            if !self.edge_coverage.would_show(row.place.input(), row.line.host.as_deref(), case.time)
                && !self.is_past_edge(row, case.time)
            {
                self.add(case, row.line.real_peer.or(row.line.remote_address));
            }
        }
    }

    /// Messages that name a client alone, of whose connections nothing is known: as many as requests of that address were refused at that
    /// moment are one for each.
    pub fn refusals_by_client(&mut self, messages: &[(MessageIndex, &'a MessageRow)]) {
        let mut of_client: BTreeMap<(IpAddr, &str), Vec<TimedMessage<'a>>> = BTreeMap::new();
        for &(index, row) in messages {
            let tells =
                |signature: &&str| refusals::is_refusal(signature) || refusals::closes_unanswered(signature);
            let signature = row.line.signature.filter(tells);
            if let Some(((client, signature), time)) = row.line.client.zip(signature).zip(row.line.time) {
                let time = self.clocks.at(row.place, time);
                of_client.entry((client, signature)).or_default().push((time, index, row));
            }
        }
        for ((client, signature), mut messages) in of_client {
            messages.sort_unstable_by_key(|(time, index, _)| (*time, *index));
            let refused = self.refused_from(client, signature);
            for (case, message) in one_for_each(self, &refused, &messages) {
                self.cases[case].messages.to_mut().push(message);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
            }
        }
    }

    /// Requests of an address that such a line may be about and that have none, in the order of their ends.
    fn refused_from(&self, client: IpAddr, signature: &str) -> Vec<usize> {
        let closes = refusals::closes_unanswered(signature);
        let is_told = |row: &MessageRow| row.line.signature == Some(signature);
        self.cases_of_address(client, |case| match case.failure {
            Failure::ToldByLine(status) => {
                refusals::refuses(signature, status) && !says_so(case, self, status)
            }
            _ => closes && self.went_unanswered(case) && !case.messages(self.evidence).any(is_told),
        })
    }

    /// Whether no answer came, by the edge's record or, where it has none, by the packets.
    pub(super) fn went_unanswered(&self, case: &Case) -> bool {
        match case.edge(self.evidence) {
            Some(row) => row.record.was_not_answered(),
            None => case.failure == Failure::NoResponse,
        }
    }

    /// Only those are failures that a line speaks of, or that came from an address of the edge that a limit counts as one client; and of what one server answers
    /// 429 meanwhile the rest, where most is such.
    pub fn settle_refusals(&mut self, limited: &LimitedAddresses) {
        let is_limited = |case: &Case, status| {
            let address = case.edge_address(self.evidence).filter(|_| status == TOO_MANY_REQUESTS);
            address.is_some_and(|address| limited.get(address).is_some())
        };
        // What is denied to everybody on purpose is no failure, whoever asks for it.
        let is_meant =
            |case: &Case, status| status == 403 && case.path(self.evidence).is_some_and(refusals::is_hidden);
        self.settle_pages();
        let cases = std::mem::take(&mut self.cases);
        let is_known: Vec<bool> = cases
            .iter()
            .map(|case| match case.failure {
                Failure::ToldByLine(status) => {
                    !is_meant(case, status) && (says_so(case, self, status) || is_limited(case, status))
                }
                _ => true,
            })
            .collect();
        let limits = LimitsMet::of(cases.iter().zip(&is_known), self);
        let settled = cases.into_iter().zip(is_known);
        let settled = settled.filter(|(case, is_known)| *is_known || limits.hold_for(case, self));
        self.cases = settled.map(|(case, _)| case).collect();
    }
}

/// Answers of 429 of one server that are known to be a limit's on what the edge asks, and others.
#[derive(Default)]
struct LimitMet {
    known: usize,
    others: usize,
    /// How many of the others each visitor got: one who asks again and again meets a limit of its own.
    others_of: BTreeMap<IpAddr, usize>,
    /// From the first that is known to the last.
    span: Option<(Time, Time)>,
}

/// Those of all servers.
struct LimitsMet(BTreeMap<Option<IpAddr>, LimitMet>);

impl LimitsMet {
    fn of<'c>(cases: impl Iterator<Item = (&'c Case, &'c bool)>, joiner: &Joiner<'_>) -> LimitsMet {
        let mut met: BTreeMap<Option<IpAddr>, LimitMet> = BTreeMap::new();
        for (case, is_known) in cases.filter(|(case, _)| is_too_many(case)) {
            let of_server = met.entry(case.server_address(joiner.evidence)).or_default();
            if *is_known {
                let (first, last) = of_server.span.unwrap_or((case.time, case.time));
                of_server.span = Some((first.min(case.time), last.max(case.time)));
                of_server.known += 1;
            } else {
                of_server.others += 1;
                let visitor = visitor(case, joiner.evidence);
                visitor.into_iter().for_each(|visitor| *of_server.others_of.entry(visitor).or_default() += 1);
            }
        }
        LimitsMet(met)
    }

    /// Whether a limit that is known answered this, too.
    fn hold_for(&self, case: &Case, joiner: &Joiner<'_>) -> bool {
        const FEWEST: usize = 10;
        const MOST_OF_A_VISITOR: usize = 2;
        let met = self.0.get(&case.server_address(joiner.evidence)).filter(|_| is_too_many(case));
        let is_edges = case.edge_address(joiner.evidence).is_some() || case.edge.is_some();
        met.is_some_and(|met| {
            let is_meanwhile = met.span.is_some_and(|(first, last)| first <= case.time && case.time <= last);
            let of_visitor = visitor(case, joiner.evidence).and_then(|visitor| met.others_of.get(&visitor));
            let is_robots = of_visitor.is_some_and(|others| *others > MOST_OF_A_VISITOR);
            is_edges && is_meanwhile && !is_robots && met.known >= FEWEST && met.known >= met.others * 2
        })
    }
}

fn visitor(case: &Case, evidence: &Whole) -> Option<IpAddr> {
    case.edge(evidence)?.record.client_address
}

fn is_too_many(case: &Case) -> bool {
    matches!(case.failure, Failure::ToldByLine(TOO_MANY_REQUESTS))
}

/// Each message that belongs to one request, in order of time. Where fewer messages than requests are near each other, it is not known which
/// of these were refused for another reason.
pub(super) fn one_for_each(
    joiner: &Joiner<'_>,
    refused: &[usize],
    messages: &[TimedMessage<'_>],
) -> Vec<(usize, MessageIndex)> {
    let mut pairs = Vec::new();
    let mut next = 0;
    let ends: Vec<Time> = refused.iter().map(|case| joiner.cases[*case].end).collect();
    let times: Vec<Time> = messages.iter().map(|(time, ..)| *time).collect();
    for (time, message, row) in messages {
        let within = joiner.tolerance(row.place, row.line.resolution);
        let first = ends.partition_point(|end| *end < time.plus(-within));
        let (requests, lines) = (count_near(&ends, *time, within), count_near(&times, *time, within));
        next = next.max(first);
        if let Some(case) = refused.get(next).filter(|_| next < first + requests && requests <= lines) {
            pairs.push((*case, *message));
            next += 1;
        }
    }
    pairs
}

/// Kept exchanges that went well by their packets, with an answer that a line may make a failure of.
fn refusable_exchanges<'a>(joiner: &Joiner<'a>) -> Vec<(Attempt, &'a KeptExchange)> {
    let rows = joiner.evidence.connections.indexed();
    let exchanges = rows.flat_map(|(connection, row)| {
        (0..)
            .zip(&row.exchanges)
            .map(move |(number, kept)| (Attempt { connection, exchange: Some(number) }, kept))
    });
    let may_be = |kept: &KeptExchange| {
        let status = kept.exchange.response.as_deref().and_then(|response| response.status);
        kept.failure.is_none() && status.is_some_and(refusals::may_refuse)
    };
    exchanges.filter(|(_, kept)| may_be(kept)).collect()
}

/// Whether a captured exchange may be that of a case: it has the status with which the request was refused, or none that the edge's record contradicts.
pub(super) fn may_be_answer(case: &Case, kept: &KeptExchange, evidence: &Whole) -> bool {
    /// The edge passes these on as they come; those above say what it met (docs/edge.md).
    const PASSED_ON: Range<u16> = 500..512;
    let answered = kept.exchange.response.as_deref().and_then(|response| response.status);
    if let Failure::ToldByLine(status) = case.failure {
        return answered == Some(status);
    }
    if answered.is_some() && !case.may_have_been_sent(evidence) {
        return false;
    }
    let record = case.asked_origin(evidence).map(|row| &row.record);
    let of_origin = record.and_then(|record| record.origin_status).filter(|status| *status > 0);
    let passed_on = || record?.edge_status.filter(|status| PASSED_ON.contains(status));
    let told = of_origin.or_else(passed_on);
    answered.zip(told).is_none_or(|(answered, told)| answered == told)
}

/// Whether a line of a case says that it was refused with this status.
fn says_so(case: &Case, joiner: &Joiner<'_>, status: u16) -> bool {
    let evidence = joiner.evidence;
    let says = |row: &AccessRow| failure::says_refused(&row.line) && row.line.status == Some(status);
    case.messages(evidence)
        .filter_map(|row| row.line.signature)
        .any(|signature| refusals::refuses(signature, status))
        || case.access(evidence).any(says)
}
