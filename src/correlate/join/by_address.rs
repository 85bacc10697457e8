//! Joins without a ray: by the edge's address and port, by the request line, by time, and only where one case alone fits.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use super::refusals::may_be_answer;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::{Case, Join};
use crate::correlate::ending;
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, HostKey, KeptExchange, Protocol, RequestKey};
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// An edge tries again once or twice, or at each of a few addresses (docs/edge.md). What more fails from one address was wanted by requests that no record tells of: a sample leaves them out.
const MOST_TRIES: usize = 4;
/// Where more cases than these ask for one thing at about one time, nobody knows which of them a row without an address belongs to.
pub(super) const MOST_NEAR: usize = 256;

/// Cases by what they ask for, in order of when they began: what there is to go by where the edge's log tells no address.
type ByAsked = BTreeMap<RequestKey, Vec<(Time, usize)>>;

/// When a case may have begun that a row without a ray belongs to.
struct Near {
    /// When the row's request began, by the reference clock.
    time: Time,
    /// How far the case may be earlier or later.
    tolerance: Duration,
}

/// From the first packet of a connection to its last, by the reference clock.
struct Life {
    first: Time,
    last: Time,
    /// How far an event of another clock may lie outside and still be inside.
    tolerance: Duration,
}

impl Joiner<'_> {
    /// Where no ray is in the packets: the edge's address and the request line must agree, the time be near, and one case alone fit.
    pub fn exchanges_without_ray(&mut self) {
        if self.evidence.connections.is_empty() {
            return;
        }
        let mut joined = self.unread_exchanges();
        self.exchanges_within_lives(&mut joined);
        let by_asked = if self.by_edge_address.is_empty() { self.by_asked() } else { ByAsked::new() };
        let by_address = self.without_packets_by_address();
        let told_by_edge = self.told_by_edge();
        for (connection, row) in self.evidence.connections.indexed() {
            for (attempt, kept) in
                without_ray(connection, row).filter(|(attempt, _)| !joined.contains(attempt))
            {
                let known = kept.exchange.request.as_ref().and_then(|request| {
                    let near = Near {
                        time: self.attempt_time(attempt),
                        tolerance: self.tolerance(row.place(request.first), Duration::NANOSECOND),
                    };
                    let key = self.asked_at_edge.key(&request.method, &request.target);
                    let fits = |case: &Case| {
                        case.attempts.is_empty()
                            && self.asks_for(case, key)
                            && may_be_answer(case, kept, self.evidence)
                            && self.may_be_at(case, row.connection.server.ip())
                            && self.may_be_from(case, row.connection.client.ip())
                    };
                    let of_address =
                        by_address.get(&row.connection.client.ip()).map_or(&[][..], Vec::as_slice);
                    self.only_case(&near, of_address, by_asked.get(&key).map_or(&[][..], Vec::as_slice), fits)
                });
                match known {
                    Some(index) => self.attach(index, attempt, Join::Addresses),
                    None if kept.failure.is_none() => {}
                    None if self.is_asked_again(row, kept) => self.healed_attempts += 1,
                    None if told_by_edge
                        .as_ref()
                        .is_some_and(|told| self.is_healed_unseen(told, attempt, row, kept)) =>
                    {
                        self.healed_attempts += 1;
                    }
                    None => {
                        self.add_captured_case(attempt);
                    }
                }
            }
        }
    }

    /// Connections that failed before a request; then encrypted ones, whose requests cannot be read, and those that a device on the way
    /// ended, whose last request may never have come through.
    pub fn connections_without_request(&mut self) {
        let silent =
            self.evidence.connections.indexed().filter(|(_, row)| row.exchanges.is_empty()).collect();
        let silent = self.by_endings(silent).into_iter();
        let (failed, others): (Vec<_>, Vec<_>) = silent.partition(|(_, row)| row.failed_before_request());
        // What the edge says of the request fits how its connection ended; of a request that was tried several times that holds for one of them.
        let said = |statuses: &[u16], status| statuses.contains(&status);
        let fits: &dyn Fn(&ConnectionRow, u16) -> bool =
            &|row, status| ending::of_connection(row).is_some_and(|ending| said(ending.statuses, status));
        let failed = self.attach_at_connect(failed, fits);
        let failed = self.attach_at_connect(failed, &|_, _| true);
        for (connection, row) in self.by_browsers(failed) {
            self.add(Case::from_connection(connection, row, Failure::Connect, self.clocks), None);
        }
        // That the edge left as it had seen the certificate, or was cut off before it had said anything, is a failure by the edge's word alone.
        let by_word = |row: &ConnectionRow| row.is_left_unasked() || row.is_cut_before_request();
        let (left, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|(_, row)| by_word(row));
        let others = others.into_iter().chain(self.attach_at_connect(left, fits));
        let unreadable = |row: &ConnectionRow| {
            row.protocol == Protocol::Tls
                || row.connection.reset_is_forged()
                || row.asked_not_in_http2().is_some()
        };
        let others = others.filter(|(_, row)| unreadable(row));
        // A healthy connection of the same moment is taken only where none shows the failure itself.
        let (failing, others): (Vec<_>, Vec<_>) = others.partition(|(_, row)| row.shows_failure_inside());
        let failing = self.attach_within_life(failing);
        let failing = self.by_endings_of_address(failing);
        let failing = self.given_up_inside(failing);
        let others = self.attach_within_life(others);
        // Where the edge has no word of it, what no visitor's leaving looks like has failed.
        let told_alone = |row: &ConnectionRow| !self.has_edge_log && row.is_broken_off();
        let alone: Vec<_> = failing.into_iter().chain(others).filter(|(_, row)| told_alone(row)).collect();
        for (connection, row) in alone {
            self.add(Case::from_connection(connection, row, Failure::Connect, self.clocks), None);
        }
    }

    /// Brings connections to the one case each that was under way on it. Gives back those for which there is none, or more than one.
    fn attach_within_life<'r>(
        &mut self,
        rows: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let mut left = Vec::new();
        for (connection, row) in rows {
            match self.case_within_life(row) {
                Some(index) => self.attach(index, without_exchange(connection), Join::Addresses),
                None => left.push((connection, row)),
            }
        }
        left
    }

    /// Brings connections that failed to cases that waited for them and whose status fits. Gives back those for which there is none.
    fn attach_at_connect<'r>(
        &mut self,
        failed: Vec<(ConnectionIndex, &'r ConnectionRow)>,
        fits: &dyn Fn(&ConnectionRow, u16) -> bool,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let mut left = Vec::new();
        for (connection, row) in failed {
            match self.case_at_connect(row, fits) {
                Some(index) => self.attach(index, without_exchange(connection), Join::Addresses),
                None => left.push((connection, row)),
            }
        }
        left
    }

    /// Whether a request may have gone to a captured server: not where the edge's record tells another address that is captured as well. One that
    /// is not may have been translated.
    pub(super) fn may_be_at(&self, case: &Case, server: IpAddr) -> bool {
        let told = case.asked_origin(self.evidence).and_then(|row| row.record.origin_address);
        told.is_none_or(|told| told == server || !self.captured_servers.contains(&told))
    }

    /// Whether a request may have gone over a connection: to that server, and by the name that the connection's handshake asks for. An edge may be told to
    /// ask for another name than the host's, but not for that of another of its hosts.
    pub(super) fn may_be_on(&self, case: &Case, row: &ConnectionRow) -> bool {
        let other = case.host(self.evidence).and_then(|host| ending::other_name(row, host));
        let is_of_another = other.is_some_and(|name| self.hosts_at_edge.contains(&HostKey::of(name)));
        !is_of_another && self.may_be_at(case, row.connection.server.ip())
    }

    /// Whether the requests of its host that went well went to other captured servers alone. Those that failed may have gone elsewhere all the
    /// same, so this only tells which of several requests a connection was likelier for.
    pub(super) fn is_elsewhere(&self, case: &Case, server: IpAddr) -> bool {
        let host = case.host(self.evidence).map(HostKey::of);
        let healthy_at = host.and_then(|host| self.servers_of_host.get(&host));
        healthy_at.is_some_and(|servers| !servers.contains(&server))
    }

    fn life(&self, row: &ConnectionRow) -> Life {
        Life {
            first: self.clocks.correct(row.input(), row.connection.first.time),
            last: self.clocks.correct(row.input(), row.connection.last.time),
            tolerance: self.tolerance(row.place(row.connection.first), Duration::NANOSECOND),
        }
    }

    /// The one case from this connection's address that was under way while the connection lived and that no packets are known of.
    fn case_within_life(&self, row: &ConnectionRow) -> Option<usize> {
        let Life { first, last, tolerance } = self.life(row);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let mut fitting = candidates.iter().filter(|index| {
            let case = &self.cases[**index];
            let overlaps = case.time.since(last) <= tolerance && first.since(case.end) <= tolerance;
            // The request went over this connection only if it was the one that the failure ended.
            overlaps
                && self.may_be_on(case, row)
                && case.attempts.is_empty()
                && !matches!(case.failure, Failure::ToldByLine(_))
                && case.may_have_been_sent(self.evidence)
                && last.since(case.end).abs() <= tolerance
        });
        let only = fitting.next().copied();
        only.filter(|_| fitting.next().is_none())
    }

    /// The case that was waiting for this connection: of the edge's address, begun no later than its first packet and not over
    /// before it; the earliest that has no packets yet, else the earliest that has (it tried again).
    fn case_at_connect(
        &self,
        row: &ConnectionRow,
        fits: &dyn Fn(&ConnectionRow, u16) -> bool,
    ) -> Option<usize> {
        let Life { first, tolerance, .. } = self.life(row);
        let candidates = self.by_edge_address.get(&row.connection.client.ip())?;
        let waiting = candidates.iter().copied().filter(|&index| {
            let case = &self.cases[index];
            case.time.since(first) <= tolerance
                && first.since(case.end) <= tolerance
                && case.attempts.len() < MOST_TRIES
                && case.failed_before_answer(self.evidence)
                && self.may_be_on(case, row)
                && case.status_at_origin(self.evidence).is_some_and(|status| fits(row, status))
        });
        waiting.min_by_key(|&index| {
            let case = &self.cases[index];
            let is_elsewhere = self.is_elsewhere(case, row.connection.server.ip());
            (!case.attempts.is_empty(), is_elsewhere, case.time.since(first).abs(), index)
        })
    }

    /// A 400 of the origin, on a connection in whose handshake it asked for a client certificate and got none, is that demand.
    pub fn certificate_demands(&mut self) {
        let connections = self.evidence.connections.indexed();
        for (connection, row) in connections.filter(|(_, row)| row.client_sent_no_certificate()) {
            let Life { first, last, tolerance } = self.life(row);
            for (index, edge) in
                self.evidence.edge.indexed().filter(|(_, edge)| is_answered_400(&edge.record))
            {
                let time = self.clocks.correct(edge.place.input(), edge.record.start);
                let during = time.since(last) <= tolerance && first.since(time) <= tolerance;
                let same_address = edge.record.edge_address == Some(row.connection.client.ip());
                if !during || !same_address {
                    continue;
                }
                let case = match self.case_with_record(edge) {
                    Some(case) if matches!(self.cases[case].failure, Failure::ToldByLine(_)) => case,
                    Some(_) => continue,
                    None => {
                        let case = Case::from_edge(index, edge, Failure::ClientCertificate, self.clocks);
                        self.add(case, edge.record.edge_address)
                    }
                };
                self.cases[case].failure = Failure::ClientCertificate;
                self.attach(case, without_exchange(connection), Join::Addresses);
            }
        }
    }

    fn by_asked(&self) -> ByAsked {
        let mut by_asked = ByAsked::new();
        for (index, case) in self.cases.iter().enumerate() {
            let keys: BTreeSet<RequestKey> = self.asked(case).collect();
            keys.into_iter().for_each(|key| by_asked.entry(key).or_default().push((case.time, index)));
        }
        by_asked.values_mut().for_each(|cases| cases.sort_unstable());
        by_asked
    }

    /// The cases of each edge address that no packets are known of so far, in order of when they began. Captured requests find theirs among these alone:
    /// they become cases by the thousand themselves.
    fn without_packets_by_address(&self) -> BTreeMap<IpAddr, Vec<(Time, usize)>> {
        let waits = |index: &usize| self.cases[*index].attempts.is_empty();
        let of_address = |(address, indices): (&IpAddr, &Vec<usize>)| {
            let waiting = indices.iter().copied().filter(waits);
            let mut cases: Vec<_> = waiting.map(|index| (self.cases[index].time, index)).collect();
            cases.sort_unstable();
            (*address, cases)
        };
        self.by_edge_address.iter().map(of_address).collect()
    }

    /// The case near a row that fits, where it is the only one; `alike` are taken into account as long as they are few.
    fn only_case(
        &self,
        near: &Near,
        of_address: &[(Time, usize)],
        alike: &[(Time, usize)],
        fits: impl Fn(&Case) -> bool,
    ) -> Option<usize> {
        let of_time = Some(near.among(alike)).filter(|cases| cases.len() <= MOST_NEAR).unwrap_or_default();
        let candidates = near.among(of_address).iter().chain(of_time).map(|(_, index)| *index);
        let mut fitting = candidates.filter(|&index| fits(&self.cases[index]));
        let only = fitting.next();
        only.filter(|_| fitting.next().is_none())
    }
}

impl Near {
    /// Those of these cases, in order of when they began, that began near.
    fn among<'c>(&self, cases: &'c [(Time, usize)]) -> &'c [(Time, usize)] {
        let from = cases.partition_point(|(time, _)| *time < self.time.plus(-self.tolerance));
        let until = cases.partition_point(|(time, _)| *time <= self.time.plus(self.tolerance));
        cases.get(from..until).unwrap_or_default()
    }
}

/// The exchanges of a connection that name no ray.
pub(super) fn without_ray(
    connection: ConnectionIndex,
    row: &ConnectionRow,
) -> impl Iterator<Item = (Attempt, &KeptExchange)> {
    let without = (0..).zip(&row.exchanges).filter(|(_, kept)| kept.exchange.ray().is_none());
    without.map(move |(exchange, kept)| (Attempt { connection, exchange: Some(exchange) }, kept))
}

/// An attempt of which no request can be read.
pub(super) fn without_exchange(connection: ConnectionIndex) -> Attempt {
    Attempt { connection, exchange: None }
}

fn is_answered_400(record: &EdgeRecord) -> bool {
    record.edge_status == Some(400) && record.origin_status == Some(400)
}
