//! Lines of handlers that failed, each of one request whose connection was cut, where nothing more is known of it than who its client was: the edge, or
//! a proxy in front. No request that went well leaves one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use super::messages::Waiting;
use super::refusals::{TimedMessage, one_for_each};
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::MessageIndex;
use crate::evidence::MessageRow;
use crate::facts::handlers::{BAD_GATEWAY, cuts_connection, is_close_behind};
use crate::facts::ranges::is_internal;

impl<'a> Joiner<'a> {
    /// Gives the requests that were cut the lines about them, as many as there are requests. Gives back what names a client and is still nobody's.
    pub(super) fn cut_by_handlers(&mut self, of_client: Waiting<'a>, of_host: &Waiting<'a>) -> Waiting<'a> {
        let mut by_client: BTreeMap<Option<IpAddr>, Vec<TimedMessage<'a>>> = BTreeMap::new();
        for &(index, row) in of_client.iter().chain(of_host).filter(|(_, row)| is_of_handler(row)) {
            let Some(time) = row.line.time else { continue };
            // A proxy is the client of all requests alike, and behind a Unix socket there is no address.
            let tells = |client: &IpAddr| !is_internal(*client) || self.by_edge_address.contains_key(client);
            let time = self.clocks.at(row.place, time);
            by_client.entry(row.line.client.filter(tells)).or_default().push((time, index, row));
        }
        let mut given: BTreeSet<MessageIndex> = BTreeSet::new();
        for (client, mut messages) in by_client {
            messages.sort_unstable_by_key(|(time, index, _)| (*time, *index));
            let cut = match client {
                Some(client) => self.cases_of_address(client, |case| self.is_cut(case)),
                None => self.cut_behind_proxy(),
            };
            for (case, message) in one_for_each(self, &cut, &messages) {
                self.cases[case].messages.to_mut().push(message);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
                given.insert(message);
            }
        }
        of_client.into_iter().filter(|(index, _)| !given.contains(index)).collect()
    }

    /// Whether a request got no answer, and no handler is known to have failed at it.
    fn is_cut(&self, case: &Case) -> bool {
        self.went_unanswered(case) && !case.messages(self.evidence).any(is_of_handler)
    }

    /// Requests that were cut, or for which a proxy answered, in the order of their ends.
    fn cut_behind_proxy(&self) -> Vec<usize> {
        let is_such = |case: &Case| self.is_cut(case) || self.may_be_cut_behind(case);
        let mut such: Vec<usize> =
            self.cases.iter().enumerate().filter(|(_, case)| is_such(case)).map(|(index, _)| index).collect();
        such.sort_unstable_by_key(|index| (self.cases[*index].end, *index));
        such
    }

    /// Whether a proxy answered for a server behind it that may have closed: its own lines say so, or it has none and answers as one does then.
    fn may_be_cut_behind(&self, case: &Case) -> bool {
        let evidence = self.evidence;
        if case.messages(evidence).any(is_of_handler) {
            return false;
        }
        let status = case.origin_status(evidence);
        let said = case.messages(evidence).filter_map(|row| row.line.signature);
        let ended = case.access(evidence).filter_map(|row| row.line.ending()).map(|ending| ending.id);
        let mut words = said.chain(ended).peekable();
        match words.peek() {
            None => status == Some(BAD_GATEWAY),
            Some(_) => status.is_some_and(|status| status >= 500) && words.all(is_close_behind),
        }
    }
}

fn is_of_handler(row: &MessageRow) -> bool {
    row.line.signature.is_some_and(cuts_connection)
}
