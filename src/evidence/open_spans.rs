//! From when to when connections to a server were open, and which attempts came to nothing: enough to tell whether a server turns away what comes while
//! a number of connections are open.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::flow::Connection;
use crate::time::Time;

/// The most spans of a server that are kept: those that begin first, so that merging is associative and up to the last of them none is missing.
const SPANS_KEPT: usize = 4 << 10;

/// What came of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AttemptFate {
    /// The handshake was completed.
    Taken,
    /// It was refused, by RST or by an ICMP error.
    Refused,
    /// It was not answered.
    Dropped,
}

/// An attempt to connect, and from when to when the connection was open that it led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenSpan {
    /// When it was begun.
    pub from: Time,
    /// When both sides had closed it, or one had reset it: the largest instant where it was open to the end.
    pub to: Time,
    /// The address that began it.
    pub client: IpAddr,
    /// The ports, the client's first.
    pub ports: (u16, u16),
    /// What came of it.
    pub fate: AttemptFate,
}

/// Those of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSpans(BTreeSet<OpenSpan>);

impl OpenSpans {
    /// Notes a connection. A SYN that had to be sent again was dropped the first time.
    pub fn note(&mut self, connection: &Connection, fate: AttemptFate) {
        let handshake = &connection.handshake;
        let Some(syn) = handshake.syn else { return };
        let begun = |from: Time, to: Time, fate| OpenSpan {
            from,
            to,
            client: connection.client.ip(),
            ports: (connection.client.port(), connection.server.port()),
            fate,
        };
        let again = handshake.syn_ack.zip(handshake.last_syn).filter(|_| fate == AttemptFate::Taken);
        if let Some((answer, last)) = again {
            self.add(begun(syn.time, syn.time, AttemptFate::Dropped));
            self.add(begun(last.time.min(answer.time), closed(connection), fate));
        } else if fate == AttemptFate::Taken {
            self.add(begun(syn.time, closed(connection), fate));
        } else {
            self.add(begun(syn.time, syn.time, fate));
        }
    }

    /// Adds others to these.
    pub fn merge(&mut self, other: OpenSpans) {
        other.0.into_iter().for_each(|span| self.add(span));
    }

    /// All of them, in the order in which they begin.
    pub fn iter(&self) -> impl Iterator<Item = &OpenSpan> {
        self.0.iter()
    }

    fn add(&mut self, span: OpenSpan) {
        let is_full = self.0.len() >= SPANS_KEPT;
        if is_full && self.0.last().is_some_and(|last| *last <= span) {
            return;
        }
        self.0.insert(span);
        if self.0.len() > SPANS_KEPT {
            self.0.pop_last();
        }
    }
}

/// When a connection no longer counted as open: Linux's connlimit counts none that is in TIME_WAIT or was reset (net/netfilter/nf_conncount.c,
/// `already_closed`).
fn closed(connection: &Connection) -> Time {
    let both = connection.from_client.fin.zip(connection.from_server.fin).map(|(one, other)| one.max(other));
    let reset = connection.reset.map(|reset| reset.at);
    [both, reset].into_iter().flatten().min().map_or(Time(i64::MAX), |at| at.time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from: i64) -> OpenSpan {
        let client = IpAddr::from([172, 68, 10, 9]);
        let (from, to) = (Time(from), Time(from + 5));
        OpenSpan { from, to, client, ports: (4000, 443), fate: AttemptFate::Taken }
    }

    fn spans(from: &[i64]) -> OpenSpans {
        let mut spans = OpenSpans::default();
        from.iter().for_each(|from| spans.add(span(*from)));
        spans
    }

    #[test]
    fn the_first_are_kept() {
        let all: Vec<i64> = (0..SPANS_KEPT as i64 + 100).rev().collect();
        let kept = spans(&all);
        assert_eq!(kept.0.len(), SPANS_KEPT);
        assert_eq!(kept.0.last(), Some(&span(SPANS_KEPT as i64 - 1)));
    }

    proptest! {
        /// Otherwise a report depends on how the work was divided.
        #[test]
        fn however_they_are_merged_the_same_are_kept(from in proptest::collection::vec(0i64..20_000, 0..60), cut in 0usize..60) {
            let cut = cut.min(from.len());
            let [mut one, mut other] = [&from[..cut], &from[cut..]].map(spans);
            let (first, second) = (one.clone(), other.clone());
            one.merge(second);
            other.merge(first);
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(one, spans(&from));
        }
    }
}
