//! What the near end of a tunnel says of a request that it names by its URL, where the edge's record tells of no origin: the tunnel's end is none, and the edge
//! says the rest by itself. All other records compete for such lines as for any (`correlate::assign`).

use std::collections::{BTreeMap, BTreeSet};

use super::joiner::Joiner;
use super::messages::Waiting;
use super::refusals::{TimedMessage, one_for_each};
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::MessageIndex;
use crate::evidence::{HostKey, MessageRow, RequestKey};
use crate::facts::{statuses, tunnels};

impl<'a> Joiner<'a> {
    /// Gives requests for which no origin is told the lines that name their URLs, as many as there are requests. `given` are no longer to be had.
    pub(super) fn through_tunnels(&mut self, rows: &Waiting<'a>, given: &BTreeSet<MessageIndex>) {
        let mut by_url: BTreeMap<(HostKey, RequestKey), Vec<TimedMessage<'a>>> = BTreeMap::new();
        let is_free = |(index, row): &&(MessageIndex, &MessageRow)| has_asked(row) && !given.contains(index);
        for &(index, row) in rows.iter().filter(is_free) {
            let named =
                row.line.host.as_deref().map(HostKey::of).zip(self.asked_at_edge.of_message(&row.line));
            if let Some((url, time)) = named.zip(row.line.time) {
                by_url.entry(url).or_default().push((self.clocks.at(row.place, time), index, row));
            }
        }
        for ((host, asked), mut messages) in by_url {
            messages.sort_unstable_by_key(|(time, index, _)| (*time, *index));
            let open = self.untold_at_origin(host, asked);
            for (case, message) in one_for_each(self, &open, &messages) {
                self.cases[case].messages.to_mut().push(message);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
            }
        }
    }

    /// Requests for this, for which the edge's record tells of no origin, in the order of their ends.
    fn untold_at_origin(&self, host: HostKey, asked: RequestKey) -> Vec<usize> {
        let evidence = self.evidence;
        let is_such = |case: &Case| {
            let Some(row) = case.edge(evidence) else { return false };
            let of_host = row.record.host.as_deref().map(HostKey::of) == Some(host);
            let is_failure = row
                .record
                .edge_status
                .is_some_and(|status| status >= 500 && !statuses::is_edge_failure(status));
            of_host
                && is_failure
                && row.record.was_not_sent()
                && self.is_named_by(case, asked)
                && !case.messages(evidence).any(has_asked)
        };
        let mut such: Vec<usize> =
            self.cases.iter().enumerate().filter(|(_, case)| is_such(case)).map(|(index, _)| index).collect();
        such.sort_unstable_by_key(|index| (self.cases[*index].end, *index));
        such
    }

    /// Whether a message that names this names what a case asked for, by whatever method.
    fn is_named_by(&self, case: &Case, asked: RequestKey) -> bool {
        let own = self.request_line(case);
        own.is_some_and(|(method, target)| RequestKey::by_any_name(method, target).contains(&asked))
    }
}

fn has_asked(row: &MessageRow) -> bool {
    row.line.signature.is_some_and(tunnels::has_asked)
}
