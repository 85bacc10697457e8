//! Servers that refuse some connections of an address and take others of it within the same second, again and again. A port on which nobody listens
//! refuses all, a range that is shut out gets nothing, and a restart mixes both within the seconds in which it begins and ends. A process that dies at
//! requests and is started again, time after time, mixes both as well, but leaves requests that it took without an answer. What is left are rules that
//! count connections (nftables' `limit rate`, iptables' `hashlimit` and `connlimit` with a reject behind them).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::whole::Whole;
use crate::evidence::row::KeptExchange;
use crate::evidence::tally::Reached;

/// More seconds than several restarts mix.
const SECONDS: usize = 4;
/// Of so many refused connections at most one may stand beside a request that was taken and got no answer.
const REFUSED_EACH: u64 = 10;

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
    let mut by_server: BTreeMap<SocketAddr, Seconds> = BTreeMap::new();
    for (reaching, reached) in &evidence.tallies.reached {
        let server = SocketAddr::new(reaching.server, reaching.port);
        by_server.entry(server).or_default().add(reaching.second, reaching.client, reached);
    }
    let dropped = dropped(evidence);
    let in_turn = by_server.into_iter().filter_map(|(server, seconds)| {
        let (fates, first, last) = seconds.in_turn()?;
        let dropped = dropped
            .get(&server)
            .map_or(0, |seconds| seconds.range(first..=last).map(|(_, count)| count).sum());
        (dropped * REFUSED_EACH <= fates.refused).then_some((server, fates))
    });
    in_turn.collect()
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

/// What came of the connections to one server.
#[derive(Default)]
struct Seconds(BTreeMap<i64, BTreeMap<IpAddr, (u64, u64)>>);

impl Seconds {
    fn add(&mut self, second: i64, client: IpAddr, reached: &Reached) {
        let (refused, taken) = self.0.entry(second).or_default().entry(client).or_default();
        *refused += u64::from(reached.refused);
        *taken += u64::from(reached.established);
    }

    /// What came of them, and the first and the last second that mix both.
    fn in_turn(&self) -> Option<(RefusedInTurn, i64, i64)> {
        let is_mixed = |(refused, taken): &(u64, u64)| *refused > 0 && *taken > 0;
        let mixed: Vec<i64> = self
            .0
            .iter()
            .filter(|(_, fates)| fates.values().any(is_mixed))
            .map(|(second, _)| *second)
            .collect();
        let (first, last) = mixed.first().copied().zip(mixed.last().copied())?;
        let refuses = |fates: &BTreeMap<IpAddr, (u64, u64)>| fates.values().any(|(refused, _)| *refused > 0);
        let refusing = self.0.range(first..=last).filter(|(_, fates)| refuses(fates)).count();
        // A server that is away for some seconds, now and then, mixes both at the edges of each absence alone.
        if mixed.len() < SECONDS || mixed.len() * 2 < refusing {
            return None;
        }
        let within = || self.0.range(first..=last).flat_map(|(_, fates)| fates);
        let refused_ones: BTreeSet<&IpAddr> =
            within().filter(|(_, (refused, _))| *refused > 0).map(|(client, _)| client).collect();
        let of_them = within().filter(|(client, _)| refused_ones.contains(client));
        let fates = of_them.fold(RefusedInTurn::default(), |sum, (_, (refused, taken))| RefusedInTurn {
            refused: sum.refused + refused,
            taken: sum.taken + taken,
        });
        Some((fates, first, last))
    }
}
