//! Access lines in which a server has a header of the PROXY protocol for a request, since it expects none. Such a line names no request, and the one
//! that it is about has no line of its own on that server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::in_turn::TimedLine;
use super::joiner::Joiner;
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::AccessIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{AccessRow, InputId};
use crate::facts::handshakes::is_failed_handshake;
use crate::facts::ranges::is_internal;
use crate::logs::AccessLine;

/// What such a server answers.
const BAD_REQUEST: u16 = 400;

/// Lines of one input, by the address of the edge that they name; those that name one first.
type ByClient = BTreeMap<(bool, Option<IpAddr>, InputId), Vec<TimedLine<AccessIndex>>>;

impl Joiner<'_> {
    /// Gives requests that were refused so, or not answered, one such line each, in order of time. What names an address of the edge is about a request
    /// from there. The others may be left by the balancer's own checks, which go on while all is well: they are given out where half of them find
    /// a request. Gives the lines back.
    pub(super) fn proxy_headers(
        &mut self,
        rows: &[(AccessIndex, &AccessRow)],
        settled: &BTreeSet<AccessIndex>,
    ) -> BTreeSet<AccessIndex> {
        let mut lines = ByClient::new();
        let is_open = |index: &AccessIndex, row: &AccessRow| {
            row.line.is_proxy_header() && !settled.contains(index) && !self.is_strangers(&row.line)
        };
        let knows_addresses =
            self.by_edge_address.keys().any(|address| self.bystanders.is_edges(Some(*address)));
        for &(index, row) in rows.iter().filter(|(index, row)| is_open(index, row)) {
            let client = self.client(&row.line).filter(|client| knows_addresses && self.is_of_edge(*client));
            let time = self.clocks.at(row.place, row.line.start());
            let line = (time, index, self.tolerance(row.place, row.line.resolution));
            lines.entry((client.is_none(), client, row.place.input())).or_default().push(line);
        }
        let mut given = BTreeSet::new();
        for ((_, client, input), lines) in lines {
            let pairs = self.edges_first(&lines, &self.turned_away(client, input));
            if client.is_none() && pairs.len() * 2 < self.within_view(&lines) {
                continue;
            }
            for (case, index) in pairs {
                self.cases[case].access.push(index);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
                given.insert(index);
            }
        }
        given
    }

    /// Lines in order of time for requests that the edge's log has; what is left for those that packets alone show, which may be the same ones as a balancer handed
    /// them on.
    fn edges_first(&self, lines: &[TimedLine<AccessIndex>], cases: &[usize]) -> Vec<(usize, AccessIndex)> {
        let (of_edge, others): (Vec<usize>, Vec<usize>) =
            cases.iter().partition(|case| self.cases[**case].edge.is_some());
        let mut pairs = self.in_turn(lines.to_vec(), of_edge);
        let given: BTreeSet<AccessIndex> = pairs.iter().map(|(_, index)| *index).collect();
        let left = lines.iter().filter(|(_, index, _)| !given.contains(index)).copied().collect();
        pairs.extend(self.in_turn(left, others));
        pairs
    }

    /// Requests, of an address of the edge where one is named, that a server may have refused for such a header, in the order of their ends. `input`:
    /// the log that has it, and so no line of the request.
    fn turned_away(&self, client: Option<IpAddr>, input: InputId) -> Vec<usize> {
        let has_no_line = |case: &Case| {
            let mut lines = case.access(self.evidence);
            lines.all(|row| row.place.input() != input && !row.line.is_proxy_header())
        };
        let is_such = |case: &Case| {
            let status = case.edge(self.evidence).and_then(|row| row.record.edge_status);
            let may_be = case.failure == Failure::ToldByLine(BAD_REQUEST)
                || self.went_unanswered(case)
                || status.is_some_and(is_failed_handshake);
            may_be && has_no_line(case)
        };
        match client {
            Some(client) => self.cases_of_address(client, is_such),
            None => self.cases_by_end(is_such),
        }
    }

    /// How many of these lines were written while the edge's log goes on; where there is none, all.
    fn within_view(&self, lines: &[TimedLine<AccessIndex>]) -> usize {
        lines.iter().filter(|(time, ..)| !self.has_edge_log || self.edge_coverage.spans(*time)).count()
    }

    /// Whether an access line comes neither from the edge, whoever hands it on, nor from within.
    pub(super) fn is_strangers(&self, line: &AccessLine) -> bool {
        self.client(line).is_some_and(|client| !is_internal(client) && !self.is_of_edge(client))
    }

    /// Whether an access line comes from an address of the edge, whoever hands it on.
    pub(super) fn is_edges(&self, line: &AccessLine) -> bool {
        self.client(line).is_some_and(|client| self.is_of_edge(client))
    }

    /// For whom a connection was made, as far as a line tells: a balancer's header names the edge, and one that the edge itself sends (Cloudflare Spectrum) its
    /// visitor.
    fn client(&self, line: &AccessLine) -> Option<IpAddr> {
        let proxied = line.proxied_client().map(|client| client.ip());
        let told = || [proxied, line.real_peer, line.remote_address].into_iter().flatten();
        told().find(|client| self.is_of_edge(*client)).or_else(|| told().next())
    }

    fn is_of_edge(&self, client: IpAddr) -> bool {
        let is_known = !is_internal(client) && self.by_edge_address.contains_key(&client);
        is_known || self.bystanders.is_edges(Some(client))
    }
}
