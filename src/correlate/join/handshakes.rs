//! What names its peer alone and tells of a handshake that failed from there: access lines that hold no request (what a server that speaks plain
//! HTTP makes of a ClientHello), and messages of error logs. No request that went well leaves such a line.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::in_turn::TimedLine;
use super::joiner::Joiner;
use super::messages::Waiting;
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::AccessIndex;
use crate::evidence::{AccessRow, MessageRow};
use crate::facts::handshakes::{is_failed_handshake, tells_of_failed_handshake};

impl<'a> Joiner<'a> {
    /// Gives failed handshakes the access lines that hold no request. Gives the lines back.
    pub(super) fn lines_of_handshakes(
        &mut self,
        rows: &[(AccessIndex, &AccessRow)],
    ) -> BTreeSet<AccessIndex> {
        let mut lines: BTreeMap<IpAddr, Vec<TimedLine<AccessIndex>>> = BTreeMap::new();
        for &(index, row) in rows.iter().filter(|(_, row)| row.line.holds_no_request()) {
            if let Some(peer) = row.line.real_peer.or(row.line.remote_address) {
                let time = self.clocks.at(row.place, row.line.start());
                let tolerance = self.tolerance(row.place, row.line.resolution);
                lines.entry(peer).or_default().push((time, index, tolerance));
            }
        }
        let pairs = self.handshakes_in_turn(lines, |case| case.access.is_empty());
        for (case, index) in &pairs {
            self.cases[*case].access.push(*index);
            self.cases[*case].join = self.cases[*case].join.max(Join::Time);
        }
        pairs.into_iter().map(|(_, index)| index).collect()
    }

    /// Gives failed handshakes the messages about them, where nothing is known of the connection that a message names.
    pub(super) fn messages_of_handshakes(&mut self, rows: &Waiting<'a>) {
        let mut messages: BTreeMap<IpAddr, Vec<TimedLine<_>>> = BTreeMap::new();
        for &(index, row) in rows.iter().filter(|(_, row)| is_about_handshake(row)) {
            if let Some((client, time)) = row.line.client.zip(row.line.time) {
                let time = self.clocks.at(row.place, time);
                let tolerance = self.tolerance(row.place, row.line.resolution);
                messages.entry(client).or_default().push((time, index, tolerance));
            }
        }
        let evidence = self.evidence;
        let pairs =
            self.handshakes_in_turn(messages, |case| !case.messages(evidence).any(is_about_handshake));
        for (case, index) in pairs {
            self.cases[case].messages.to_mut().push(index);
            self.cases[case].join = self.cases[case].join.max(Join::Time);
        }
    }

    /// Each failed handshake of an address that is open with one line of its moment.
    fn handshakes_in_turn<I: Copy + Ord>(
        &self,
        told: BTreeMap<IpAddr, Vec<TimedLine<I>>>,
        is_open: impl Fn(&Case) -> bool,
    ) -> Vec<(usize, I)> {
        let mut pairs = Vec::new();
        for (peer, lines) in told {
            let failed = |case: &Case| {
                let status = case.edge(self.evidence).and_then(|row| row.record.edge_status);
                status.is_some_and(is_failed_handshake) && is_open(case)
            };
            pairs.extend(self.in_turn(lines, self.cases_of_address(peer, failed)));
        }
        pairs
    }
}

fn is_about_handshake(row: &MessageRow) -> bool {
    row.line.signature.is_some_and(tells_of_failed_handshake)
}
