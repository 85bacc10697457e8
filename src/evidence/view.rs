//! What was seen at one place of the traffic to one server. Two captures may have seen the same traffic, so their counts are added up only
//! when it is known which of them did (`correlate::vantage`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::key_samples::KeySamples;
use super::overlap::Overlap;
use super::place::InputId;
use super::sample::Samples;
use super::sightings::Sightings;
use super::tally::Tallies;
use crate::facts::ranges::is_internal;

/// The most servers that are counted separately; further ones are counted together.
const MOST_SERVERS: usize = 64;

/// A group of connections, by where they come from and to which server they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Group {
    /// From the edge's ranges to this server.
    Edge(IpAddr),
    /// From the edge's ranges to the servers that are counted together.
    EdgeRest,
    /// From other addresses to this server.
    Server(IpAddr),
    /// From other addresses to the servers that are counted together.
    Rest,
    /// Connections from any client that were begun and never completed.
    HalfOpen,
}

/// What names a view: a capture, by its first file, and a group of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ViewId {
    /// The first file of the capture.
    pub capture: InputId,
    /// The group of connections.
    pub group: Group,
}

/// What was counted and sampled of a group of connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The files of the capture.
    pub inputs: BTreeSet<InputId>,
    /// Packets of any connection that the capture says it lost; `None` where it says nothing.
    pub lost: Option<u64>,
    /// Counts.
    pub tallies: Tallies,
    /// Samples of healthy requests.
    pub samples: Samples,
    /// Samples of healthy requests by what they asked, where the capture cut their rays off.
    pub keys: KeySamples,
    /// A sample of the connections.
    pub sightings: Sightings,
}

impl Group {
    /// Whether its connections come from the edge's ranges.
    pub fn is_edge(self) -> bool {
        matches!(self, Group::Edge(_) | Group::EdgeRest)
    }

    /// The server's address, where the group is of one server.
    pub fn server(self) -> Option<IpAddr> {
        match self {
            Group::Edge(address) | Group::Server(address) => Some(address),
            Group::EdgeRest | Group::Rest | Group::HalfOpen => None,
        }
    }

    /// The group under which it is counted, given those that are there already: itself, or that of the further servers.
    pub fn among(self, known: &BTreeMap<Group, View>) -> Group {
        match self {
            _ if known.contains_key(&self) || known.len() < MOST_SERVERS => self,
            group => group.rest(),
        }
    }

    /// The group of further servers that it belongs to where its own server is not counted apart.
    pub fn rest(self) -> Group {
        match self {
            Group::Edge(_) | Group::EdgeRest => Group::EdgeRest,
            Group::Server(_) | Group::Rest => Group::Rest,
            Group::HalfOpen => Group::HalfOpen,
        }
    }
}

impl View {
    /// Adds another part of the same view.
    pub fn merge(&mut self, other: View) {
        self.inputs.extend(other.inputs);
        self.lost = [self.lost, other.lost].into_iter().flatten().max();
        self.tallies.merge(other.tallies);
        self.samples.merge(other.samples);
        self.keys.merge(other.keys);
        self.sightings.merge(other.sightings);
    }
}

/// Adds other views to these; views with the same name become one.
pub fn merge<K: Ord>(views: &mut BTreeMap<K, View>, others: BTreeMap<K, View>) {
    for (name, other) in others {
        match views.entry(name) {
            Entry::Occupied(mut view) => view.get_mut().merge(other),
            Entry::Vacant(place) => {
                place.insert(other);
            }
        }
    }
}

/// The groups in which failures are looked for. If there are groups of the edge, all of these; otherwise those of all servers that spoke HTTP
/// or TLS with somebody else than each other, and those that hold the same connections under another address. Where none spoke, that of the
/// server with most connections, one that said anything before one that did not.
pub fn that_can_fail(views: &BTreeMap<Group, View>) -> Vec<Group> {
    let edges: Vec<Group> = views.keys().copied().filter(|group| group.is_edge()).collect();
    if !edges.is_empty() {
        return edges;
    }
    let servers = || views.iter().filter(|(group, _)| **group != Group::HalfOpen);
    let mut chosen = speakers(views);
    if chosen.is_empty() {
        let fullest = servers().max_by_key(|(group, view)| {
            let tallies = &view.tallies;
            (tallies.server_packets > 0, tallies.connections, std::cmp::Reverse(**group))
        });
        chosen.extend(fullest.map(|(group, _)| *group));
    }
    let same = |(group, view): &(&Group, &View)| {
        let is_same = |other: &Group| {
            let other = views.get(other).map(|other| &other.sightings);
            other.is_some_and(|other| Overlap::of(other, &view.sightings).is_some())
        };
        chosen.contains(*group) || chosen.iter().any(is_same)
    };
    servers().filter(same).map(|(group, _)| *group).collect()
}

/// The servers that spoke HTTP or TLS, but for those that only such servers asked, and internal ones that only internal addresses asked where
/// others are asked from outside: these stand behind.
fn speakers(views: &BTreeMap<Group, View>) -> BTreeSet<Group> {
    let spoke = |view: &View| view.tallies.encrypted_connections > 0 || !view.tallies.requests.is_empty();
    let speaking: BTreeMap<Group, BTreeSet<IpAddr>> = views
        .iter()
        .filter(|(group, view)| **group != Group::HalfOpen && spoke(view))
        .map(|(group, view)| (*group, view.tallies.reached.keys().map(|reaching| reaching.client).collect()))
        .collect();
    let addresses: BTreeSet<IpAddr> = speaking.keys().filter_map(|group| group.server()).collect();
    let from_outside = |clients: &BTreeSet<IpAddr>| clients.iter().any(|client| !is_internal(*client));
    let any_from_outside = speaking.values().any(from_outside);
    let stands_behind = |group: &Group, clients: &BTreeSet<IpAddr>| {
        let inside = !from_outside(clients) && group.server().is_some_and(is_internal);
        !clients.is_empty() && (clients.is_subset(&addresses) || any_from_outside && inside)
    };
    let in_front = speaking.iter().filter(|(group, clients)| !stands_behind(group, clients));
    let in_front: BTreeSet<Group> = in_front.map(|(group, _)| *group).collect();
    if in_front.is_empty() { speaking.into_keys().collect() } else { in_front }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tally::{Reached, Reaching};
    use crate::time::Time;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// So many connections of a client to a server, with or without a request on each.
    fn view(client: &str, server: &str, connections: u64, speaks: bool) -> (Group, View) {
        let mut view = View::default();
        let reaching = Reaching { client: address(client), server: address(server), port: 443, second: 0 };
        view.tallies.reached.insert(reaching, Reached::default());
        view.tallies.connections = connections;
        if speaks {
            view.tallies.server_packets = connections;
            view.tallies.request(InputId(1), Time::default(), 200);
        }
        (Group::Server(address(server)), view)
    }

    fn chosen(views: &[(Group, View)]) -> Vec<IpAddr> {
        let views: BTreeMap<Group, View> = views.iter().cloned().collect();
        that_can_fail(&views).into_iter().filter_map(Group::server).collect()
    }

    #[test]
    fn every_server_that_spoke_is_judged_and_what_stands_behind_is_not() {
        let front = view("198.51.100.9", "203.0.113.7", 5, true);
        let other = view("198.51.100.9", "203.0.113.8", 2, true);
        let silent = view("198.51.100.9", "203.0.113.9", 50, false);
        let behind = view("203.0.113.7", "203.0.113.10", 90, true);
        let called = view("10.0.0.5", "192.0.2.80", 2, true);
        let bridged = view("172.17.0.1", "172.17.0.2", 90, true);
        let all = [front.clone(), other, silent, behind, bridged, called];
        assert_eq!(chosen(&all), ["192.0.2.80", "203.0.113.7", "203.0.113.8"].map(address));
        let internal = view("10.0.0.9", "10.0.0.1", 5, true);
        assert_eq!(chosen(&[internal]), [address("10.0.0.1")], "behind a balancer that was not captured");
        assert_eq!(chosen(&[view("127.0.0.1", "127.0.0.1", 5, true)]), [address("127.0.0.1")]);
    }

    #[test]
    fn a_server_that_answered_wins_over_one_that_did_not() {
        let mut answers = view("198.51.100.9", "203.0.113.8", 1, false);
        answers.1.tallies.server_packets = 3;
        let silent = view("198.51.100.9", "203.0.113.7", 1, false);
        assert_eq!(chosen(&[silent, answers]), [address("203.0.113.8")]);
    }
}
