//! Connections that are refused within a second in which those of others complete at the same port: where nobody listens all are refused. A rule turned them away, or the server
//! came or went within that second.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use ipnet::IpNet;

use super::whole::Whole;
use crate::evidence::tally::Reached;
use crate::facts::ranges::EdgeRanges;
use crate::flow::Connection;

/// Fewer connections of others may have come before the server went.
const SEVERAL: u32 = 3;

/// A server's port, the second in which a connection began, and the range of its client.
type PortSecond = (SocketAddr, i64, IpNet);

/// The refused ones among many that completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedAmid(BTreeMap<PortSecond, u32>);

impl RefusedAmid {
    /// By what came of all connections.
    pub(super) fn of(evidence: &Whole, ranges: &EdgeRanges) -> RefusedAmid {
        let refused = || evidence.tallies.reached.iter().filter(|(_, reached)| reached.refused > 0);
        let seconds: BTreeSet<(SocketAddr, i64)> = refused()
            .map(|(reaching, _)| (SocketAddr::new(reaching.server, reaching.port), reaching.second))
            .collect();
        let mut met: BTreeMap<(SocketAddr, i64), BTreeMap<IpNet, Reached>> = BTreeMap::new();
        for (reaching, reached) in &evidence.tallies.reached {
            let second = (SocketAddr::new(reaching.server, reaching.port), reaching.second);
            if let Some(range) = ranges.find(reaching.client).filter(|_| seconds.contains(&second)) {
                let of_range = met.entry(second).or_default().entry(range).or_default();
                of_range.refused += reached.refused;
                of_range.established += reached.established;
            }
        }
        RefusedAmid(met.into_iter().flat_map(|(second, by_range)| amid(second, &by_range)).collect())
    }

    /// How many connections of other ranges completed within the second in which this one was asked for and refused, if several did and none of theirs was refused.
    pub fn others(&self, connection: &Connection, ranges: &EdgeRanges) -> Option<u32> {
        let (asked, range) = (connection.asked_at()?, ranges.find(connection.client.ip())?);
        self.0.get(&(connection.server, asked.time.second(), range)).copied()
    }
}

/// Of one second at one port: the range of which all are refused, where it alone is.
fn amid(
    (server, second): (SocketAddr, i64),
    by_range: &BTreeMap<IpNet, Reached>,
) -> Option<(PortSecond, u32)> {
    let mut refused = by_range.iter().filter(|(_, reached)| reached.refused > 0);
    let (range, reached) = refused.next()?;
    let others: u32 = by_range.values().map(|reached| reached.established).sum();
    let is_alone = refused.next().is_none() && reached.established == 0;
    (is_alone && others >= SEVERAL).then_some(((server, second, *range), others))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn told(reached: &[(&str, u32, u32)]) -> Option<u32> {
        let by_range = reached.iter().map(|(range, established, refused)| {
            let reached = Reached { established: *established, refused: *refused, ..Reached::default() };
            (range.parse().unwrap(), reached)
        });
        let server = SocketAddr::new(IpAddr::from([203, 0, 113, 7]), 443);
        amid((server, 7), &by_range.collect()).map(|(_, others)| others)
    }

    /// Otherwise a closed port is told of a server that serves everybody else, or a rule of one that restarts.
    #[test]
    fn one_range_that_is_refused_while_others_connect_is_told() {
        let (one, two, three) = ("172.64.0.0/13", "104.16.0.0/13", "162.158.0.0/15");
        assert_eq!(told(&[(one, 0, 1), (two, 2, 0), (three, 1, 0)]), Some(3));
        assert_eq!(told(&[(one, 0, 1), (two, 2, 0)]), None, "too few others");
        assert_eq!(told(&[(one, 0, 1), (two, 4, 1)]), None, "others are refused, too: it came or went");
        assert_eq!(told(&[(one, 1, 1), (two, 4, 0)]), None, "its own connect as well");
    }
}
