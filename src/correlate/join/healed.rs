//! Captured failures that name no ray and that the edge's log contradicts: it covers their moment, has their host, and tells of no failure that they
//! could be. The edge tried again, or asked by itself; no visitor met them. Where a snap length cut the host off, the log has it if it has all that
//! another log of the machine tells of at that time.

use std::collections::{BTreeMap, BTreeSet};

use super::joiner::Joiner;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::Case;
use crate::evidence::sample::Seen;
use crate::evidence::{ConnectionRow, HostKey, InputId, InputKind, KeptExchange, RequestKey};
use crate::flow::Arrival;
use crate::http::exchange::Exchange;
use crate::time::{Duration, Time};

/// So much earlier than an attempt may its request have begun: the edge waits for an answer for 100 s and longer (Cloudflare docs: Proxy Read
/// Timeout), and tries again.
const LONGEST: Duration = Duration::from_seconds(300);
/// Of more failures than these nobody looks for the one that an attempt may be.
const MOST_NEAR: usize = 256;

/// What the edge's log tells of.
pub(super) struct ToldByEdge {
    /// The hosts of its requests, as far as they are kept.
    hosts: BTreeSet<HostKey>,
    /// Its failures by what they asked, in order of when they began.
    failures: BTreeMap<RequestKey, Vec<(Time, usize)>>,
    /// It has failures of which it does not tell what they asked.
    has_unknown: bool,
}

impl Joiner<'_> {
    /// What the edge's log tells of; `None` where there is none.
    pub(super) fn told_by_edge(&self) -> Option<ToldByEdge> {
        if !self.has_edge_log {
            return None;
        }
        let sampled = self.evidence.samples.of(Seen::Edge).filter_map(|request| request.host.as_deref());
        let hosts = sampled.map(HostKey::of).chain(self.hosts_at_edge.iter().copied()).collect();
        let mut told = ToldByEdge { hosts, failures: BTreeMap::new(), has_unknown: false };
        for (index, case) in self.cases.iter().enumerate().filter(|(_, case)| case.edge.is_some()) {
            let mut asked = self.asked(case).peekable();
            told.has_unknown |= asked.peek().is_none();
            asked.for_each(|key| told.failures.entry(key).or_default().push((case.time, index)));
        }
        told.failures.values_mut().for_each(|failures| failures.sort_unstable());
        Some(told)
    }

    /// Whether no visitor met the failure of a captured request without a ray.
    pub(super) fn is_healed_unseen(
        &self,
        told: &ToldByEdge,
        attempt: Attempt,
        row: &ConnectionRow,
        kept: &KeptExchange,
    ) -> bool {
        let Some(request) = kept.exchange.request.as_ref() else { return false };
        let host = request.host.as_deref();
        let time = self.attempt_time(attempt);
        let key = self.asked_at_edge.key(&request.method, &request.target);
        !told.has_unknown
            && match host {
                Some(host) => told.hosts.contains(&HostKey::of(host)),
                None => self.edge_has_all_of_machine(row.input(), time),
            }
            && self.edge_coverage.would_show(row.input(), host, time)
            && !self.may_be_told(told.failures.get(&key), time, row, request.first)
    }

    /// Whether the edge asked for the same again, from the same address and as soon as a connection that it had used before was gone, and was answered: so it tries
    /// again (docs/edge.md). Where the rays are cut off, nothing else tells that the two are one request.
    pub(super) fn is_asked_again(&self, row: &ConnectionRow, kept: &KeptExchange) -> bool {
        /// A handshake over a long way, and what is sent once more on it (RFC 6298, 2.1: after a second).
        const AT_ONCE: Duration = Duration::from_milliseconds(1_500);
        let Exchange { request, response, .. } = &kept.exchange;
        let is_used_again = row.was_used_before(kept);
        let Some(request) = request.as_ref().filter(|_| is_used_again && response.is_none()) else {
            return false;
        };
        let key = RequestKey::of(&request.method, &request.target);
        let again = self.evidence.keys.captured(RequestKey::asked_by(row.connection.client.ip(), key));
        let until = row.connection.last.time.plus(AT_ONCE);
        let mut starts = again.iter().filter_map(|sighting| sighting.start);
        starts.any(|start| start > request.last.time && start <= until)
    }

    /// Whether the edge's log shows all requests that the other inputs of a machine tell of at that time. Where a capture lies apart from every log, it may be of any of
    /// the machines that write these.
    fn edge_has_all_of_machine(&self, input: InputId, time: Time) -> bool {
        let machine = self.machines.get(&input);
        let inputs = || self.machines.iter().map(|(input, machine)| (*input, machine));
        let own = || inputs().filter(|(_, other)| Some(*other) == machine);
        if self.edge_coverage.has_all_of(own().map(|(input, _)| input), time) {
            return true;
        }
        let is_access =
            |(input, _): &(InputId, &usize)| self.evidence.kind(*input) == Some(InputKind::AccessLog);
        let mut logs = inputs().filter(is_access).peekable();
        let lies_apart = logs.peek().is_some() && !own().any(|input| is_access(&input));
        lies_apart && logs.all(|(log, _)| self.edge_coverage.has_all_of([log], time))
    }

    /// Whether one of these failures of the edge's log, all of which asked the same, may be that of a request that was under way then.
    fn may_be_told(
        &self,
        failures: Option<&Vec<(Time, usize)>>,
        time: Time,
        row: &ConnectionRow,
        first: Arrival,
    ) -> bool {
        let Some(failures) = failures else { return false };
        let tolerance = self.tolerance(row.place(first), Duration::SECOND);
        let from = failures.partition_point(|(began, _)| *began < time.plus(-LONGEST));
        let until = failures.partition_point(|(began, _)| *began <= time.plus(tolerance));
        let near = failures.get(from..until).unwrap_or_default();
        let may_be = |case: &Case| {
            case.end.plus(tolerance) >= time && self.may_be_at(case, row.connection.server.ip())
        };
        near.len() > MOST_NEAR || near.iter().any(|(_, index)| self.cases.get(*index).is_some_and(may_be))
    }
}
