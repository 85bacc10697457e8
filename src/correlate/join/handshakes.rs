//! What names its peer alone and tells of a handshake that failed from there: access lines that hold no request (what a server that speaks plain
//! HTTP makes of a ClientHello), and messages of error logs. No request that went well leaves such a line.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::going_on::GoingOn;
use super::in_turn::TimedLine;
use super::joiner::Joiner;
use super::messages::Waiting;
use crate::correlate::case::{Case, Join};
use crate::correlate::machines::Machines;
use crate::correlate::rows::{AccessIndex, MessageIndex};
use crate::evidence::{AccessRow, InputId, MessageRow};
use crate::facts::handshakes::{is_failed_handshake, is_said_last, tells_of_failed_handshake};

impl<'a> Joiner<'a> {
    /// Gives failed handshakes the access lines that hold no request. Gives the lines back. One that names its peer's port is of a connection that no
    /// capture has, or it would be known by now.
    pub(super) fn lines_of_handshakes(
        &mut self,
        rows: &[(AccessIndex, &AccessRow)],
    ) -> BTreeSet<AccessIndex> {
        let rows = || rows.iter().copied().filter(|(_, row)| row.line.holds_no_request());
        let mut given = BTreeSet::new();
        for names_port in [true, false] {
            let lines =
                self.lines_by_peer(rows().filter(|(_, row)| row.line.remote_port.is_some() == names_port));
            let is_open = |case: &Case| case.access.is_empty() && (!names_port || case.attempts.is_empty());
            let input_of = |index: &AccessIndex| Some(self.evidence.access.get(*index)?.place.input());
            for (case, index) in self.handshakes_in_turn(lines, input_of, is_open) {
                self.cases[case].access.push(index);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
                given.insert(index);
            }
        }
        given
    }

    /// Access lines by their peer, each with when its request began.
    fn lines_by_peer<'m>(
        &self,
        rows: impl Iterator<Item = (AccessIndex, &'m AccessRow)>,
    ) -> BTreeMap<IpAddr, Vec<TimedLine<AccessIndex>>> {
        let mut lines: BTreeMap<IpAddr, Vec<TimedLine<AccessIndex>>> = BTreeMap::new();
        for (index, row) in rows {
            if let Some(peer) = row.line.real_peer.or(row.line.remote_address) {
                let time = self.clocks.at(row.place, row.line.start());
                let tolerance = self.tolerance(row.place, row.line.resolution);
                lines.entry(peer).or_default().push((time, index, tolerance));
            }
        }
        lines
    }

    /// Gives failed handshakes the messages about them, where nothing is known of the connection that a message names. Gives back those that are still
    /// nobody's.
    pub(super) fn messages_of_handshakes(&mut self, rows: Waiting<'a>, going_on: &GoingOn) -> Waiting<'a> {
        let messages = self.by_client(rows.iter().filter(|(_, row)| is_about_handshake(row)));
        let evidence = self.evidence;
        let input_of = |index: &MessageIndex| Some(evidence.messages.get(*index)?.place.input());
        let is_open = |case: &Case| !case.messages(evidence).any(is_about_handshake);
        let pairs = self.handshakes_in_turn(messages, input_of, is_open);
        let mut given: BTreeSet<MessageIndex> = pairs.iter().map(|(_, index)| *index).collect();
        let left = rows.iter().copied().filter(|(index, _)| !given.contains(index));
        let pairs = [pairs, self.refused_at_last(&left.collect(), going_on)].concat();
        for (case, index) in pairs {
            self.cases[case].messages.to_mut().push(index);
            self.cases[case].join = self.cases[case].join.max(Join::Time);
            given.insert(index);
        }
        rows.into_iter().filter(|(index, _)| !given.contains(index)).collect()
    }

    /// What a server says against the client's last part of the handshake, to the requests that the edge had sent by then and that got no answer: as many
    /// lines as there are such requests of that address.
    fn refused_at_last(&self, rows: &Waiting<'a>, going_on: &GoingOn) -> Vec<(usize, MessageIndex)> {
        let says_so = |row: &MessageRow| row.line.signature.is_some_and(is_said_last);
        let goes_on_so = |index: &MessageIndex| {
            let behind = going_on.get(index).and_then(|behind| self.evidence.messages.get(*behind));
            behind.is_some_and(says_so)
        };
        let is_such = |&&(index, row): &&(MessageIndex, &MessageRow)| says_so(row) || goes_on_so(&index);
        // Of a request whose packets are known its connection would be, too.
        let is_open = |case: &Case| {
            self.went_unanswered(case)
                && case.attempts.is_empty()
                && !case.messages(self.evidence).any(is_about_handshake)
        };
        let mut pairs = Vec::new();
        for (client, lines) in self.by_client(rows.iter().filter(is_such)) {
            let near = |(time, _, tolerance): &TimedLine<_>| (time.plus(-*tolerance), time.plus(*tolerance));
            let (from, to) =
                (lines.iter().map(|line| near(line).0).min(), lines.iter().map(|line| near(line).1).max());
            let mut open = self.cases_of_address(client, is_open);
            open.retain(|case| from <= Some(self.cases[*case].end) && Some(self.cases[*case].time) <= to);
            if open.len() <= lines.len() {
                pairs.extend(self.in_turn(lines, open));
            }
        }
        pairs
    }

    /// Messages by the client that they name, each with when it was written.
    fn by_client<'m>(
        &self,
        rows: impl Iterator<Item = &'m (MessageIndex, &'m MessageRow)>,
    ) -> BTreeMap<IpAddr, Vec<TimedLine<MessageIndex>>> {
        let mut lines: BTreeMap<IpAddr, Vec<TimedLine<MessageIndex>>> = BTreeMap::new();
        for &(index, row) in rows {
            if let Some((client, time)) = row.line.client.zip(row.line.time) {
                let tolerance = self.tolerance(row.place, row.line.resolution);
                lines.entry(client).or_default().push((self.clocks.at(row.place, time), index, tolerance));
            }
        }
        lines
    }

    /// Each failed handshake of an address that is open with one line of its moment, of a machine that may serve what was asked: from one address of the edge
    /// several servers are asked within seconds.
    fn handshakes_in_turn<I: Copy + Ord>(
        &self,
        told: BTreeMap<IpAddr, Vec<TimedLine<I>>>,
        input_of: impl Fn(&I) -> Option<InputId>,
        is_open: impl Fn(&Case) -> bool,
    ) -> Vec<(usize, I)> {
        let mut pairs = BTreeMap::new();
        if told.is_empty() {
            return Vec::new();
        }
        let machines = Machines::of(&self.cases, self.evidence, self.clocks);
        for (peer, lines) in told {
            let mut of_machine: BTreeMap<Option<usize>, Vec<TimedLine<I>>> = BTreeMap::new();
            for line in lines {
                let machine = input_of(&line.1).and_then(|input| machines.machine_of(input));
                of_machine.entry(machine).or_default().push(line);
            }
            for lines in of_machine.into_values() {
                let input = lines.first().and_then(|line| input_of(&line.1));
                let may_serve = |server| input.is_none_or(|input| machines.may_serve(input, server));
                let failed = |case: &Case| {
                    let status = case.edge(self.evidence).and_then(|row| row.record.edge_status);
                    let is_failed = status.is_some_and(is_failed_handshake) && is_open(case);
                    is_failed && may_serve(case.server_address(self.evidence))
                };
                let mut cases = self.cases_of_address(peer, failed);
                cases.retain(|case| !pairs.contains_key(case));
                pairs.extend(self.in_turn(lines, cases));
            }
        }
        pairs.into_iter().collect()
    }
}

fn is_about_handshake(row: &MessageRow) -> bool {
    row.line.signature.is_some_and(tells_of_failed_handshake)
}
