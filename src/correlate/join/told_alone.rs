//! Requests, handshakes and deaths that only messages tell of: where nothing at hand shows requests, no log of them and no packet, a server's error log still says which
//! ones failed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::correlate::rows::MessageIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{InputId, InputKind, InputSummary, MessageRow};
use crate::facts::deaths::{KILLED_AT_REQUEST, TIME_LIMITED, tells_of_child};
use crate::facts::{failed_requests, handshakes, refusals};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// A server that asks another upstream writes a line of each within so long of the last (nginx: `proxy_connect_timeout`, `proxy_read_timeout`, 60 s each).
const ASKS_ANOTHER_WITHIN: Duration = Duration::from_seconds(75);

/// A server's messages on one request that it ends.
const AT_ONCE: Duration = Duration::SECOND;

/// A server's messages on one handshake, and a port of the edge that is used again: in between lies at least the time that a closed connection keeps its port
/// (RFC 9293, 3.4.2: twice the longest life of a segment; Linux: 60 s).
const OF_ONE_HANDSHAKE: Duration = Duration::from_seconds(30);

/// What lines of one request have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum OfRequest<'a> {
    /// The log and the ray.
    Ray(InputId, Ray),
    /// The log, the connection by the server's number, the method where the line names it, and the target.
    Target(InputId, Option<u64>, Option<&'a str>, &'a str),
}

impl<'a> Joiner<'a> {
    /// A case for each request that a message names and says to have failed, where nothing else would show requests; and for each handshake of the edge,
    /// where nothing would show those.
    pub fn told_alone(&mut self) {
        // An answer that somebody saved tells nothing of any other request.
        let inputs = self.evidence.inputs.values().filter(|input| !input.is_saved_answer());
        let shows_requests = inputs.clone().any(shows_requests);
        if !shows_requests {
            self.requests_told_alone();
            self.connections_told_alone(refusals::closes_unanswered);
        }
        // No log of requests has one of a handshake that failed, nor of a connection whose PROXY header was amiss.
        if !inputs.clone().any(shows_handshakes) {
            self.handshakes_told_alone();
            self.connections_told_alone(|line| refusals::PROXY_HEADER_AMISS.contains(&line));
        }
        if !shows_requests && self.cases.is_empty() {
            self.deaths_told_alone();
        }
        self.killed_told_alone();
        // A request that fails in a Worker never reaches an origin, so that no log of one has it.
        if !self.has_edge_log {
            self.workers_told_alone();
        }
    }

    /// A case for each request whose Worker failed.
    fn workers_told_alone(&mut self) {
        for (index, row) in self.evidence.messages.indexed() {
            let line = &row.line;
            let status = line.signature.and_then(failed_requests::answered_for_worker);
            let Some((status, time)) = status.zip(line.time) else { continue };
            let time = self.clocks.at(row.place, time);
            if line.ray.is_some() && self.case_of_ray(line.ray, line.host.as_deref(), Some(time)).is_none() {
                self.add(Case::from_message(index, row, Failure::EdgeStatus(status), self.clocks), None);
            }
        }
    }

    fn requests_told_alone(&mut self) {
        // Of each the case, and when its last line was written.
        let mut told: BTreeMap<OfRequest<'a>, (usize, Time)> = BTreeMap::new();
        for (index, row, status) in self.failures_told() {
            let (Some(of_request), Some(time)) = (of_request(row), row.line.time) else { continue };
            let time = self.clocks.at(row.place, time);
            match told.get(&of_request) {
                Some(&(case, last)) if self.goes_on(&self.cases[case], row, time.since(last)) => {
                    let case = &mut self.cases[case];
                    case.messages.to_mut().push(index);
                    (case.end, case.failure) = (time, Failure::OriginStatus(status));
                    told.entry(of_request).and_modify(|(_, last)| *last = time);
                }
                _ => {
                    let case = Case::from_message(index, row, Failure::OriginStatus(status), self.clocks);
                    let case = self.add(case, row.line.client);
                    told.insert(of_request, (case, time));
                }
            }
        }
    }

    /// A case for each connection of the edge that was closed without an answer, by a message of which `says_so` holds.
    fn connections_told_alone(&mut self, says_so: impl Fn(&str) -> bool) {
        for (index, row) in self.evidence.messages.indexed() {
            let is_closed = row.line.signature.is_some_and(&says_so) && row.line.time.is_some();
            if is_closed && self.bystanders.is_edges(row.line.client) {
                let case = Case::from_message(index, row, Failure::NoResponse, self.clocks);
                self.add(case, row.line.client);
            }
        }
    }

    /// A case for each request at which a worker was killed, since it took too long. Not where another input shows what became of it.
    fn killed_told_alone(&mut self) {
        let inputs = self.evidence.inputs.iter().filter(|(_, input)| shows_requests(input));
        let showing: BTreeSet<InputId> = inputs.map(|(input, _)| *input).collect();
        let is_shown_elsewhere = |own: InputId| showing.len() > usize::from(showing.contains(&own));
        let mut told: BTreeMap<(InputId, &'a str), Time> = BTreeMap::new();
        for (index, row) in self.evidence.messages.indexed() {
            let line = &row.line;
            let is_killed = line.signature.is_some_and(|one| KILLED_AT_REQUEST.contains(&one));
            let (true, Some(target), Some(_)) = (is_killed, line.named_target(), line.time) else { continue };
            let is_edges = line.client.is_none() || self.bystanders.is_edges(line.client);
            if !is_edges || is_shown_elsewhere(row.place.input()) {
                continue;
            }
            let time = self.clocks.time_of(row);
            // Two lines may tell of one.
            let before = told.insert((row.place.input(), target), time);
            if before.is_none_or(|before| time.since(before) > AT_ONCE) {
                let case = Case::from_message(index, row, Failure::NoResponse, self.clocks);
                self.add(case, line.client);
            }
        }
    }

    /// A case for each worker that died at its work: the request that it served died with it. Who was ended at a time limit, or as it was told to, did not die so.
    fn deaths_told_alone(&mut self) {
        let process = |row: &MessageRow| Some((row.place.input(), row.line.about_process?));
        let is_limit = |row: &&MessageRow| row.line.signature.is_some_and(|one| TIME_LIMITED.contains(&one));
        let mut ended: BTreeSet<_> =
            self.evidence.messages.iter().filter(is_limit).filter_map(process).collect();
        for (index, row) in self.evidence.messages.indexed() {
            let line = &row.line;
            let died = line.signature.is_some_and(tells_of_child) && !line.tells_of_end_in_order();
            // Several lines may tell of one death.
            if died && line.time.is_some() && process(row).is_some_and(|process| ended.insert(process)) {
                let case = Case::from_message(index, row, Failure::NoResponse, self.clocks);
                self.add(case, None);
            }
        }
    }

    /// A case for each handshake of an address of the edge that a message tells why it failed. Several messages of one connection are one.
    fn handshakes_told_alone(&mut self) {
        let mut told: BTreeMap<Option<(IpAddr, u16)>, Time> = BTreeMap::new();
        for (index, row) in self.evidence.messages.indexed() {
            let line = &row.line;
            let tells = line.signature.is_some_and(handshakes::tells_why_handshake_failed);
            let (true, Some(time)) = (tells && self.bystanders.is_edges(line.client), line.time) else {
                continue;
            };
            let time = self.clocks.at(row.place, time);
            let peer = line.client.zip(line.client_port);
            let before = told.insert(peer, time).filter(|_| peer.is_some());
            if before.is_none_or(|before| time.since(before).abs() > OF_ONE_HANDSHAKE) {
                let case = Case::from_message(index, row, Failure::Connect, self.clocks);
                self.add(case, line.client);
            }
        }
    }

    /// The messages that say that a request failed, with the status that it was answered with. Where some name clients of the edge, what others asked is no
    /// failure of this incident; nor is what a limit refuses another client than the edge.
    fn failures_told(&self) -> Vec<(MessageIndex, &'a MessageRow, u16)> {
        let is_edges = |row: &MessageRow| self.bystanders.is_edges(row.line.client);
        let status = |row: &MessageRow| {
            let signature = row.line.signature?;
            let limited = || failed_requests::limited_with(signature).filter(|_| is_edges(row));
            failed_requests::answered_with(signature).or_else(limited)
        };
        let told = self.evidence.messages.indexed();
        let mut told: Vec<_> = told.filter_map(|(index, row)| Some((index, row, status(row)?))).collect();
        if told.iter().any(|(_, row, _)| is_edges(row)) {
            told.retain(|(_, row, _)| row.line.client.is_none() || is_edges(row));
        }
        // A program that names rays does so once for each request, whatever else it says of it (cloudflared writes a line with the ray and one with the URL).
        let saying = |row: &MessageRow| (row.place.input(), row.line.signature);
        let with_ray: BTreeSet<_> =
            told.iter().filter(|(_, row, _)| row.line.ray.is_some()).map(|(_, row, _)| saying(row)).collect();
        told.retain(|(_, row, _)| row.line.ray.is_some() || !with_ray.contains(&saying(row)));
        told
    }

    /// Whether a message goes on with a request: its server asks another upstream than those that failed.
    fn goes_on(&self, case: &Case, row: &MessageRow, later: Duration) -> bool {
        let upstream = row.line.upstream.as_deref();
        let is_another =
            || case.messages(self.evidence).all(|before| before.line.upstream.as_deref() != upstream);
        row.line.connection.is_some() && upstream.is_some() && later <= ASKS_ANOTHER_WITHIN && is_another()
    }
}

/// Whether an input shows connections whatever became of them, or what the edge says of them.
fn shows_handshakes(input: &InputSummary) -> bool {
    matches!(input.kind, InputKind::EdgeLog | InputKind::Har | InputKind::Capture)
}

/// Whether an input shows requests whatever became of them. A container's stream has its server's log of requests among the messages; HTTPERR has those
/// requests alone that no worker process was given.
fn shows_requests(input: &InputSummary) -> bool {
    match input.kind {
        InputKind::EdgeLog | InputKind::Har | InputKind::AccessLog | InputKind::Capture => true,
        _ => !input.is_of_refused_requests() && input.lines.is_some_and(|lines| lines.with_status > 0),
    }
}

fn of_request(row: &MessageRow) -> Option<OfRequest<'_>> {
    let line = &row.line;
    if let Some(ray) = line.ray {
        return Some(OfRequest::Ray(row.place.input(), ray));
    }
    let method = line.request.as_ref().map(|(method, _)| method.as_str());
    Some(OfRequest::Target(row.place.input(), line.connection, method, line.named_target()?))
}
