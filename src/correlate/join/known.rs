//! Whether a log's peers and hosts are those that the edge knows. Behind a balancer or a tunnel the peer is always that one, and a server
//! may log its own name: then neither tells requests apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::correlate::assign::NamedPeer;
use crate::correlate::rows::AccessIndex;
use crate::correlate::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId};
use crate::facts::ranges::is_internal;

/// Which inputs log addresses and hosts that the edge or the packets know.
pub(super) struct KnownToEdge {
    peers: BTreeMap<InputId, PeersOf>,
    hosts: BTreeSet<InputId>,
}

/// Whose addresses a log names as its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PeersOf {
    Edge,
    Visitors,
}

/// What the edge and the packets know.
struct KnownNames {
    edge: BTreeSet<IpAddr>,
    visitors: BTreeSet<IpAddr>,
    hosts: BTreeSet<String>,
}

/// The peers of an input.
#[derive(Clone, Copy, Debug, Default)]
struct Peers {
    all: u64,
    edges: u64,
    visitors: u64,
}

impl Peers {
    fn known(self) -> u64 {
        self.edges + self.visitors
    }

    fn of(self) -> PeersOf {
        if self.visitors > self.edges { PeersOf::Visitors } else { PeersOf::Edge }
    }
}

impl KnownToEdge {
    /// Looks at the access lines of all inputs: at least half of those of one must be known.
    pub fn of_lines(evidence: &Whole, rows: &[(AccessIndex, &AccessRow)]) -> KnownToEdge {
        let known = KnownNames::of(evidence);
        let peer = |row: &AccessRow| row.line.real_peer.or(row.line.remote_address);
        let has_known_host = |row: &AccessRow| known.host(row.line.host.as_deref());
        let lines = || rows.iter().map(|(_, row)| (row.place.input(), *row));
        let mut peers = known.peers(lines().map(|(input, row)| (input, peer(row))));
        peers.retain(|_, peers| peers.known() * 2 >= peers.all);
        KnownToEdge {
            peers: peers.into_iter().map(|(input, peers)| (input, peers.of())).collect(),
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
            // A server behind another one has that one for its peer, whoever asks.
            let is_outside = |peer: &IpAddr| !is_internal(*peer) && !known.visitors.contains(peer);
            let of_lines: Vec<IpAddr> = of_lines.flatten().filter(is_outside).collect();
            known.edge.extend(of_lines);
        }
        let rows = || evidence.messages.iter();
        let mut peers = known.peers(rows().map(|row| (row.place.input(), row.line.client)));
        peers.retain(|_, peers| peers.known() > 0);
        let hosts = rows().filter(|row| row.line.host.is_some());
        let hosts = hosts.map(|row| (row.place.input(), known.host(row.line.host.as_deref())));
        KnownToEdge {
            peers: peers.into_iter().map(|(input, peers)| (input, peers.of())).collect(),
            hosts: at_least_half(hosts),
        }
    }

    /// Whether an input's peers tell requests apart.
    pub fn peers_of(&self, input: InputId) -> bool {
        self.peers.contains_key(&input)
    }

    /// What an address that an input names as its peer says of a request: nothing where all have the same peer.
    pub fn peer(&self, input: InputId, address: Option<IpAddr>) -> Option<NamedPeer> {
        let address = address?;
        Some(match self.peers.get(&input)? {
            PeersOf::Edge => NamedPeer::Edge(address),
            PeersOf::Visitors => NamedPeer::Visitor(address),
        })
    }

    /// Whether an input's hosts do.
    pub fn hosts_of(&self, input: InputId) -> bool {
        self.hosts.contains(&input)
    }
}

impl KnownNames {
    fn of(evidence: &Whole) -> KnownNames {
        let records = evidence.edge.iter().map(|row| &row.record);
        let competing = evidence.competing.iter();
        let at_edge = records
            .clone()
            .map(|record| record.edge_address)
            .chain(competing.clone().map(|other| other.edge_address));
        let visitors = records
            .clone()
            .map(|record| record.client_address)
            .chain(competing.map(|other| other.client_address));
        let sampled = evidence.samples.of(Seen::Edge).map(|request| request.edge_address);
        let packets = evidence.connections.iter().map(|row| Some(row.connection.client.ip()));
        let exchanges = evidence.connections.iter().flat_map(|row| &row.exchanges);
        let asked = exchanges.filter_map(|kept| kept.exchange.request.as_ref()?.host.as_deref());
        let hosts = records.filter_map(|record| record.host.as_deref()).chain(asked);
        KnownNames {
            edge: at_edge.chain(sampled).chain(packets).flatten().collect(),
            visitors: visitors.flatten().collect(),
            hosts: hosts.map(str::to_ascii_lowercase).collect(),
        }
    }

    /// The peers of each input, counted by whose they are. An address that both have is the edge's, of whom the packets tell.
    fn peers(&self, rows: impl Iterator<Item = (InputId, Option<IpAddr>)>) -> BTreeMap<InputId, Peers> {
        let mut of_inputs: BTreeMap<InputId, Peers> = BTreeMap::new();
        for (input, address) in rows {
            let peers = of_inputs.entry(input).or_default();
            peers.all += 1;
            match address {
                Some(address) if self.edge.contains(&address) => peers.edges += 1,
                Some(address) if self.visitors.contains(&address) => peers.visitors += 1,
                _ => {}
            }
        }
        of_inputs
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
