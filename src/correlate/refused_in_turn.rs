//! Servers that refuse some connections of an address and take others of it within the same second, again and again. A port on which nobody listens
//! refuses all, a range that is shut out gets nothing, and a restart mixes both within the seconds in which it begins and ends. A process that dies at
//! requests and is started again, time after time, mixes both as well, but leaves requests that it took without an answer, or refuses all that come while it
//! is away. What is left are rules that count connections (nftables' `limit rate`, iptables' `hashlimit` and `connlimit` with a reject behind them).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use super::whole::Whole;
use crate::evidence::open_spans::{AttemptFate, OpenSpans};
use crate::evidence::row::KeptExchange;
use crate::evidence::tally::Reached;

/// More seconds than several restarts mix.
const SECONDS: usize = 4;
/// Of so many refused connections at most one may stand beside a request that was taken and got no answer.
const REFUSED_EACH: u64 = 10;

/// So many attempts on end, in the mean, are refused by a server that is away; who counts connections takes one in between.
const ON_END: usize = 6;

/// What came of the connections to a server from the first second in which both fates met an address to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusedInTurn {
    /// Connections that were refused.
    pub refused: u64,
    /// Connections that completed, of the addresses of which others were refused.
    pub taken: u64,
}

/// By server.
pub(super) fn refused_in_turn(evidence: &Whole) -> BTreeMap<SocketAddr, RefusedInTurn> {
    // Next to no server does so: of the others nothing is put together.
    if !evidence.tallies.reached.values().any(is_mixed) {
        return BTreeMap::new();
    }
    let mut by_server: BTreeMap<SocketAddr, Seconds> = BTreeMap::new();
    for (reaching, &reached) in &evidence.tallies.reached {
        let Seconds(seconds) = by_server.entry(SocketAddr::new(reaching.server, reaching.port)).or_default();
        seconds.entry(reaching.second).or_default().insert(reaching.client, reached);
    }
    let dropped = dropped(evidence);
    let in_turn = by_server.into_iter().filter_map(|(server, seconds)| {
        let (fates, first, last) = seconds.in_turn()?;
        let dropped = dropped
            .get(&server)
            .map_or(0, |seconds| seconds.range(first..=last).map(|(_, count)| count).sum());
        let is_rule =
            dropped * REFUSED_EACH <= fates.refused && !is_away_at_times(evidence, server, first..=last);
        is_rule.then_some((server, fates))
    });
    in_turn.collect()
}

/// Whether a server refuses attempts in long rows alone: it is away meanwhile.
fn is_away_at_times(evidence: &Whole, server: SocketAddr, seconds: RangeInclusive<i64>) -> bool {
    let opened = evidence.tallies.opened.get(&server.ip());
    let at_port = opened.into_iter().flat_map(OpenSpans::iter).filter(|span| span.ports.1 == server.port());
    let fates: Vec<AttemptFate> =
        at_port.filter(|span| seconds.contains(&span.from.second())).map(|span| span.fate).collect();
    let rows =
        || fates.chunk_by(|one, next| one == next).filter(|row| row.first() == Some(&AttemptFate::Refused));
    let refused: usize = rows().map(<[AttemptFate]>::len).sum();
    refused > 0 && refused >= rows().count() * ON_END
}

/// In which seconds servers took how many connections whose requests got no answer.
fn dropped(evidence: &Whole) -> BTreeMap<SocketAddr, BTreeMap<i64, u64>> {
    let mut dropped: BTreeMap<SocketAddr, BTreeMap<i64, u64>> = BTreeMap::new();
    for row in evidence.connections.iter().filter(|row| row.connection.is_established()) {
        let is_dropped = |kept: &KeptExchange| kept.exchange.response.is_none();
        if row.exchanges.iter().any(is_dropped) {
            let second = row.connection.last.time.second();
            *dropped.entry(row.connection.server).or_default().entry(second).or_default() += 1;
        }
    }
    dropped
}

/// What came of the connections to one server, by second and client.
#[derive(Default)]
struct Seconds(BTreeMap<i64, BTreeMap<IpAddr, Reached>>);

impl Seconds {
    /// What came of them, and the first and the last second that mix both.
    fn in_turn(&self) -> Option<(RefusedInTurn, i64, i64)> {
        let mixing =
            || self.0.iter().filter(|(_, clients)| clients.values().any(is_mixed)).map(|(second, _)| *second);
        let (first, last) = mixing().next().zip(mixing().next_back())?;
        let within = || self.0.range(first..=last).map(|(_, clients)| clients);
        let refusing = within().filter(|clients| clients.values().any(|reached| reached.refused > 0)).count();
        let mixed = mixing().count();
        // A server that is away for some seconds, now and then, mixes both at the edges of each absence alone.
        if mixed < SECONDS || mixed * 2 < refusing {
            return None;
        }
        let refused = within().flatten().filter(|(_, reached)| reached.refused > 0);
        let refused: BTreeSet<&IpAddr> = refused.map(|(client, _)| client).collect();
        let of_them = within().flatten().filter(|(client, _)| refused.contains(client));
        let fates = of_them.fold(RefusedInTurn::default(), |sum, (_, reached)| RefusedInTurn {
            refused: sum.refused + u64::from(reached.refused),
            taken: sum.taken + u64::from(reached.established),
        });
        Some((fates, first, last))
    }
}

/// Whether some of a client's connections of one second were refused and others taken.
fn is_mixed(reached: &Reached) -> bool {
    reached.refused > 0 && reached.established > 0
}
