//! Lines of a proxy that reads no request and could not pass a connection on: each is of one request, or of one handshake, of the client that it names. The
//! edge tries again, so there may be more lines than requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use super::messages::Waiting;
use super::refusals::{TimedMessage, one_for_each};
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::MessageIndex;
use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, MessageRow};
use crate::facts::handshakes::tells_of_failed_handshake;
use crate::facts::tcp_proxies::may_be_unpassed;
use crate::tls::Handshake;

impl<'a> Joiner<'a> {
    /// Gives what was not passed on the lines about it, as many as there are requests. Gives back what is still nobody's.
    pub(super) fn unpassed(&mut self, rows: Waiting<'a>) -> Waiting<'a> {
        // Apart: those that name a port.
        let mut by_client: BTreeMap<(IpAddr, bool), Vec<TimedMessage<'a>>> = BTreeMap::new();
        for &(index, row) in rows.iter().filter(|(_, row)| row.line.server_behind().is_some()) {
            if let Some((client, time)) = row.line.client.zip(row.line.time) {
                let time = self.clocks.at(row.place, time);
                let names_port = row.line.client_port.is_some();
                by_client.entry((client, names_port)).or_default().push((time, index, row));
            }
        }
        let mut given: BTreeSet<MessageIndex> = BTreeSet::new();
        for ((client, names_port), mut messages) in by_client {
            messages.sort_unstable_by_key(|(time, index, _)| (*time, *index));
            let may_be = |case: &Case| !names_port || !self.is_seen_from(case, client);
            let open = self.cases_of_address(client, |case| may_be(case) && self.is_unpassed(case));
            for (case, message) in one_for_each(self, &open, &messages) {
                self.cases[case].messages.to_mut().push(message);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
                given.insert(message);
            }
        }
        rows.into_iter().filter(|(index, _)| !given.contains(index)).collect()
    }

    /// Whether a connection was taken and nothing came of it, for which no line says why.
    fn is_unpassed(&self, case: &Case) -> bool {
        let evidence = self.evidence;
        let ended_so = match case.edge(evidence) {
            Some(row) => {
                row.record.edge_status.is_some_and(may_be_unpassed)
                    && row.record.origin_status.unwrap_or(0) == 0
            }
            None => matches!(case.failure, Failure::Connect | Failure::NoResponse),
        };
        let says_why = |row: &MessageRow| {
            row.line.server_behind().is_some() || row.line.signature.is_some_and(tells_of_failed_handshake)
        };
        ended_so
            && !case.messages(evidence).any(says_why)
            && case.connections(evidence).all(was_taken_in_silence)
    }
}

/// Whether a connection was taken, and the server said nothing on it.
fn was_taken_in_silence(row: &ConnectionRow) -> bool {
    let connection = &row.connection;
    let says_nothing = |tls: &Handshake| {
        let is_refused = tls.alerts.iter().any(|alert| alert.from != tls.client_side);
        tls.server_hello.is_none() && tls.plaintext_reply.is_none() && !is_refused
    };
    let is_silent = row.tls.as_deref().is_none_or(says_nothing);
    let is_answered = row.exchanges.iter().any(|kept| kept.exchange.response.is_some());
    connection.refused_at().is_none() && !connection.is_unanswered() && is_silent && !is_answered
}
