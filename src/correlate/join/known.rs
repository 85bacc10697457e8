//! Whether a log's peers and hosts are those that the edge knows. Behind a balancer or a tunnel the peer is always that one, and a server
//! may log its own name: then neither tells requests apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::correlate::rows::AccessIndex;
use crate::correlate::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId};

/// Which inputs log addresses and hosts that the edge or the packets know.
pub(super) struct KnownToEdge {
    addresses: BTreeSet<InputId>,
    hosts: BTreeSet<InputId>,
}

/// What the edge and the packets know.
struct KnownNames {
    addresses: BTreeSet<IpAddr>,
    hosts: BTreeSet<String>,
}

impl KnownToEdge {
    /// Looks at the access lines of all inputs: at least half of those of one must be known.
    pub fn of_lines(evidence: &Whole, rows: &[(AccessIndex, &AccessRow)]) -> KnownToEdge {
        let known = KnownNames::of(evidence);
        let is_known = |row: &AccessRow| known.address(row.line.real_peer.or(row.line.remote_address));
        let has_known_host = |row: &AccessRow| known.host(row.line.host.as_deref());
        let lines = || rows.iter().map(|(_, row)| (row.place.input(), *row));
        KnownToEdge {
            addresses: at_least_half(lines().map(|(input, row)| (input, is_known(row)))),
            hosts: at_least_half(lines().map(|(input, row)| (input, has_known_host(row)))),
        }
    }

    /// Looks at the messages of all inputs. Many are about strangers that ask past the edge: one client that is known tells that clients
    /// are those of the edge.
    pub fn of_messages(evidence: &Whole) -> KnownToEdge {
        let mut known = KnownNames::of(evidence);
        // Where the edge's log tells no addresses of its own, the peers are known by access lines alone.
        if !evidence.edge.iter().any(|row| row.record.edge_address_logged) {
            let of_lines =
                evidence.access.iter().flat_map(|row| [row.line.remote_address, row.line.real_peer]);
            known.addresses.extend(of_lines.flatten());
        }
        let rows = || evidence.messages.iter();
        let with_known = rows().filter(|row| known.address(row.line.client));
        let hosts = rows().filter(|row| row.line.host.is_some());
        let hosts = hosts.map(|row| (row.place.input(), known.host(row.line.host.as_deref())));
        KnownToEdge {
            addresses: with_known.map(|row| row.place.input()).collect(),
            hosts: at_least_half(hosts),
        }
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

impl KnownNames {
    fn of(evidence: &Whole) -> KnownNames {
        let records = evidence.edge.iter().map(|row| &row.record);
        let at_edge = records.clone().flat_map(|record| [record.edge_address, record.client_address]);
        let competing = evidence.competing.iter();
        let competing = competing.flat_map(|competitor| [competitor.edge_address, competitor.client_address]);
        let sampled = evidence.samples.of(Seen::Edge).map(|request| request.edge_address);
        let packets = evidence.connections.iter().map(|row| Some(row.connection.client.ip()));
        let exchanges = evidence.connections.iter().flat_map(|row| &row.exchanges);
        let asked = exchanges.filter_map(|kept| kept.exchange.request.as_ref()?.host.as_deref());
        let hosts = records.filter_map(|record| record.host.as_deref()).chain(asked);
        KnownNames {
            addresses: at_edge.chain(competing).chain(sampled).chain(packets).flatten().collect(),
            hosts: hosts.map(str::to_ascii_lowercase).collect(),
        }
    }

    fn address(&self, address: Option<IpAddr>) -> bool {
        address.is_some_and(|address| self.addresses.contains(&address))
    }

    fn host(&self, host: Option<&str>) -> bool {
        host.is_some_and(|host| self.hosts.contains(&host.to_ascii_lowercase()))
    }
}

fn at_least_half(rows: impl Iterator<Item = (InputId, bool)>) -> BTreeSet<InputId> {
    let mut counts: BTreeMap<InputId, (u64, u64)> = BTreeMap::new();
    for (input, is_known) in rows {
        let (known, all) = counts.entry(input).or_default();
        *known += u64::from(is_known);
        *all += 1;
    }
    counts.into_iter().filter(|(_, (known, all))| known * 2 >= *all).map(|(input, _)| input).collect()
}
