//! Messages that name what was asked, and all requests that may have left them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::claims::Stake;
use super::joiner::Joiner;
use super::known::KnownToEdge;
use super::tiers::tiers;
use crate::correlate::assign::{Claimant, Field, MessageTrace, ServerConnection};
use crate::correlate::case::Case;
use crate::correlate::rows::{EdgeIndex, MessageIndex};
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::{AccessRow, InputId, InputKind, InputSummary, MessageRow, RequestKey};
use crate::facts::ranges::is_internal;
use crate::facts::refusals;
use crate::logs::MessageLine;

/// How likely a message belongs to a request that is not known: where the edge's log has all requests, and where it is a sample.
const UNCLAIMED: f64 = 0.001;
const UNCLAIMED_OF_SAMPLE: f64 = 0.05;
/// The same of a message that tells of no failure, where nothing tells of the healthy requests.
const UNCLAIMED_NOTE: f64 = 0.05;
/// Levels of messages that any request may leave.
const LEVELS_OF_NOTES: [&str; 7] = ["warn", "warning", "notice", "info", "debug", "trace", "verbose"];

/// What servers only warn of although they answer 502 then (httpd modules/proxy/mod_proxy_http.c).
const FAILURES_THAT_ARE_WARNED_OF: [&str; 1] = ["apache-backend-head-too-large"];

fn tells_of_failure(line: &MessageLine) -> bool {
    // nginx notes at its lowest level what it refuses for the client's sake.
    let is_told =
        |signature| FAILURES_THAT_ARE_WARNED_OF.contains(&signature) || refusals::is_refusal(signature);
    if line.signature.is_some_and(is_told) {
        return true;
    }
    line.level.as_deref().is_none_or(|level| !LEVELS_OF_NOTES.contains(&level.to_ascii_lowercase().as_str()))
}

impl<'a> Joiner<'a> {
    /// All messages, and the requests that may have left them.
    pub fn field_of_messages(
        &self,
        rows: &[(MessageIndex, &'a MessageRow)],
    ) -> Field<'a, usize, MessageIndex, MessageTrace<'a>> {
        let evidence = self.evidence;
        let mut field = Field::default();
        let named: BTreeSet<RequestKey> =
            rows.iter().filter_map(|(_, row)| self.asked_at_edge.of_message(&row.line)).collect();
        let mut told_by_case = BTreeSet::new();
        for (index, case) in self.cases.iter().enumerate() {
            told_by_case.extend(case.edge.iter().chain(&case.subrequests).copied());
            // What was never sent left no message that names its request line.
            if !case.may_have_been_sent(evidence) {
                continue;
            }
            for (method, target, claim) in self.claims_of_case(case, Stake::Message) {
                let (method, target) = self.asked_at_edge.as_told(method, target);
                let keys = RequestKey::by_any_name(method, target).into_iter();
                for key in keys.filter(|key| named.contains(key)) {
                    field.want(key, index, self.with_connection(case, claim.clone()));
                }
            }
        }
        self.rivals_for_messages(&mut field, &told_by_case);
        let known = KnownToEdge::of_messages(evidence);
        let mut writers = self.writers();
        let sampled = evidence.inputs.values().any(InputSummary::is_sample);
        for &(index, row) in rows {
            let Some(key) = self.asked_at_edge.of_message(&row.line) else { continue };
            let writer = writers.number_of(self, row);
            if let Some(trace) = self.message_trace(row, &known, (writer, sampled)) {
                field.offer(key, index, trace);
            }
        }
        field
    }

    /// Messages that name their client and nothing else, and the failing requests that came from it. Of healthy requests nobody knows which came
    /// from there, so some of the messages are nobody's.
    pub fn field_of_peers(
        &self,
        rows: &[(MessageIndex, &'a MessageRow)],
    ) -> Field<'a, usize, MessageIndex, MessageTrace<'a>> {
        let named: BTreeSet<IpAddr> = rows.iter().filter_map(|(_, row)| row.line.client).collect();
        let mut field = Field::default();
        for (index, case) in self.cases.iter().enumerate() {
            if !case.may_have_been_sent(self.evidence) {
                continue;
            }
            for (_, _, claim) in self.claims_of_case(case, Stake::Message) {
                let claim = self.with_connection(case, claim);
                let from: BTreeSet<IpAddr> =
                    claim.peers.iter().copied().chain([claim.visitor]).flatten().collect();
                for address in from.intersection(&named).filter(|address| !self.is_seen_from(case, **address))
                {
                    field.want(RequestKey::of_peer(*address), index, claim.clone());
                }
            }
        }
        let known = KnownToEdge::of_messages(self.evidence);
        let mut writers = self.writers();
        for &(index, row) in rows.iter().filter(|(_, row)| known.peers_of(row.place.input())) {
            let writer = writers.number_of(self, row);
            let trace = self.message_trace(row, &known, (writer, true));
            if let Some((client, trace)) =
                row.line.client.zip(trace).filter(|(_, trace)| trace.tells_of_failure)
            {
                field.offer(RequestKey::of_peer(client), index, trace);
            }
        }
        field
    }

    fn rivals_for_messages(
        &self,
        field: &mut Field<'a, usize, MessageIndex, MessageTrace<'a>>,
        told_by_case: &BTreeSet<EdgeIndex>,
    ) {
        let evidence = self.evidence;
        let mut compete = |keys: &[RequestKey], claim: Claimant<'a>| {
            keys.iter().for_each(|key| field.compete(*key, claim.clone()));
        };
        let others = evidence.edge.indexed().filter(|(index, _)| !told_by_case.contains(index));
        for (_, row) in others {
            let Some(claim) = self.claim_of_record(row, Stake::Message) else { continue };
            if let Some(target) = row.record.target.as_deref() {
                let method = row.record.method.as_deref().unwrap_or(COMMONEST_METHOD);
                compete(&RequestKey::by_any_name(method, target), claim);
            }
        }
        for competitor in &evidence.competing {
            let [by_target, by_path] = competitor.named;
            let claim = self.claim_of_competitor(competitor, Stake::Message);
            compete(&[competitor.key, by_target, by_path], claim);
        }
        if self.has_edge_log {
            return;
        }
        let mut of_cases = BTreeSet::new();
        self.cases.iter().for_each(|case| of_cases.extend(case.access.iter().copied()));
        // A line that tells of a failure and is no case is another one of a request that is one: of a server behind, or of the one in front.
        let is_told_elsewhere = |row: &AccessRow| {
            let time = self.clocks.at(row.place, row.line.start());
            self.failure_of(row).is_some() && !self.is_past_edge(row, time)
        };
        let lines = evidence.access.indexed().filter(|(index, _)| !of_cases.contains(index));
        for (_, row) in lines.filter(|(_, row)| !is_told_elsewhere(row)) {
            if let Some((method, target)) = row.line.method.as_deref().zip(row.line.target.as_deref()) {
                compete(&RequestKey::by_any_name(method, target), self.claim_of_line(row, false));
            }
        }
    }

    /// The claim of a case on a message, with what its access lines say of its connection.
    fn with_connection(&self, case: &Case, mut claim: Claimant<'a>) -> Claimant<'a> {
        let lines = || case.access(self.evidence);
        claim.connection = lines().find_map(|row| self.connection_of_line(row));
        claim.logged = lines().find_map(|row| self.logged_span(row));
        // The peer of a server behind another one is that one, and none of the clients that the one in front names.
        let visitor = claim.visitor;
        let is_outside = |peer: &IpAddr| !is_internal(*peer) && Some(*peer) != visitor;
        let peers = lines().flat_map(|row| [row.line.remote_address, row.line.real_peer]).flatten();
        let packets = case.connections(self.evidence).map(|row| row.connection.client.ip());
        let mut more = peers.chain(packets).filter(is_outside);
        for address in claim.peers.iter_mut().filter(|address| address.is_none()) {
            *address = more.next();
        }
        claim
    }

    fn message_trace(
        &self,
        row: &'a MessageRow,
        known: &KnownToEdge,
        (writer, sampled): (usize, bool),
    ) -> Option<MessageTrace<'a>> {
        let (input, line) = (row.place.input(), &row.line);
        let machine = self.machines.get(&input).copied();
        let tells_of_failure = tells_of_failure(line);
        Some(MessageTrace {
            time: self.clocks.written_at(row)?,
            resolution: line.resolution,
            host: line.host.as_deref().filter(|_| known.hosts_of(input)),
            peer: known.peer(input, line.client),
            connection: line
                .connection
                .zip(machine)
                .map(|(number, machine)| ServerConnection { machine, number }),
            clock: self.clock_numbers.get(&input).copied(),
            logs_starts: self.evidence.inputs.get(&input).is_some_and(|log| log.format == "apache_error"),
            port: line.client_port,
            signature: line.signature,
            upstream: line.upstream.as_deref(),
            tells_of_failure,
            left_by_healthy: 1.0,
            share_of_peer: 1.0,
            writer,
            log: input,
            lags: self.lags(input),
            unclaimed: match (sampled, self.has_edge_log) {
                (true, _) => UNCLAIMED_OF_SAMPLE,
                (false, false) if !tells_of_failure => UNCLAIMED_NOTE,
                (false, _) => UNCLAIMED,
            },
        })
    }

    fn writers(&self) -> Writers<'a> {
        let evidence = self.evidence;
        let is_access = |input: &InputId| evidence.kind(*input) == Some(InputKind::AccessLog);
        let mut tier_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (input, tier) in
            tiers(evidence, &self.machines, evidence.inputs.keys().copied().filter(is_access))
        {
            if let Some(machine) = self.machines.get(&input) {
                let known = tier_of.entry(*machine).or_insert(tier);
                *known = tier.min(*known);
            }
        }
        Writers { tier_of, numbers: BTreeMap::new() }
    }
}

/// The programs that write messages, in a numbering. One program of machines side by side is one, of which each request meets one; a
/// balancer in front of them is another.
struct Writers<'a> {
    /// By the machine.
    tier_of: BTreeMap<usize, usize>,
    /// By tier, format and program.
    numbers: BTreeMap<(usize, &'a str, &'a str), usize>,
}

impl<'a> Writers<'a> {
    fn number_of(&mut self, joiner: &Joiner<'a>, row: &'a MessageRow) -> usize {
        let input = row.place.input();
        let tier = joiner.machines.get(&input).and_then(|machine| self.tier_of.get(machine));
        let format = joiner.evidence.inputs.get(&input).map_or("", |summary| summary.format.as_str());
        let program = row.line.program.as_deref().unwrap_or_default();
        let next = self.numbers.len();
        *self.numbers.entry((tier.copied().unwrap_or_default(), format, program)).or_insert(next)
    }
}
