//! Whether a log's peers and hosts are those that the edge knows. Behind a balancer or a tunnel the peer is always that one, and a server
//! may log its own name: then neither tells requests apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::correlate::rows::AccessIndex;
use crate::correlate::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId};

/// Which inputs log addresses and hosts that the edge or the packets know, in at least half of their lines.
pub(super) struct KnownToEdge {
    addresses: BTreeSet<InputId>,
    hosts: BTreeSet<InputId>,
}

impl KnownToEdge {
    /// Looks at the lines of all inputs.
    pub fn of(evidence: &Whole, rows: &[(AccessIndex, &AccessRow)]) -> KnownToEdge {
        let records = evidence.edge.iter().map(|row| &row.record);
        let at_edge = records.clone().flat_map(|record| [record.edge_address, record.client_address]);
        let competing = evidence.competing.iter();
        let competing = competing.flat_map(|competitor| [competitor.edge_address, competitor.client_address]);
        let sampled = evidence.samples.of(Seen::Edge).map(|request| request.edge_address);
        let packets = evidence.connections.iter().map(|row| Some(row.connection.client.ip()));
        let addresses: BTreeSet<IpAddr> =
            at_edge.chain(competing).chain(sampled).chain(packets).flatten().collect();
        let exchanges = evidence.connections.iter().flat_map(|row| &row.exchanges);
        let asked = exchanges.filter_map(|kept| kept.exchange.request.as_ref()?.host.as_deref());
        let hosts: BTreeSet<String> = records
            .filter_map(|record| record.host.as_deref())
            .chain(asked)
            .map(str::to_ascii_lowercase)
            .collect();
        let is_known = |row: &AccessRow| {
            let address = row.line.real_peer.or(row.line.remote_address);
            address.is_some_and(|address| addresses.contains(&address))
        };
        let has_known_host = |row: &AccessRow| {
            row.line.host.as_ref().is_some_and(|host| hosts.contains(&host.to_ascii_lowercase()))
        };
        KnownToEdge { addresses: at_least_half(rows, is_known), hosts: at_least_half(rows, has_known_host) }
    }

    /// Whether an input's peers tell requests apart.
    pub fn addresses_of(&self, input: InputId) -> bool {
        self.addresses.contains(&input)
    }

    /// Whether an input's hosts do.
    pub fn hosts_of(&self, input: InputId) -> bool {
        self.hosts.contains(&input)
    }
}

fn at_least_half(
    rows: &[(AccessIndex, &AccessRow)],
    is_known: impl Fn(&AccessRow) -> bool,
) -> BTreeSet<InputId> {
    let mut counts: BTreeMap<InputId, (u64, u64)> = BTreeMap::new();
    for (_, row) in rows {
        let (known, all) = counts.entry(row.place.input()).or_default();
        *known += u64::from(is_known(row));
        *all += 1;
    }
    counts.into_iter().filter(|(_, (known, all))| known * 2 >= *all).map(|(input, _)| input).collect()
}
