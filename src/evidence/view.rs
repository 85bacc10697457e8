//! What was seen at one place of the traffic to one server. Two captures may have seen the same traffic, so their counts are added up only
//! when it is known which of them did (`correlate::vantage`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::overlap::Overlap;
use super::place::InputId;
use super::sample::Samples;
use super::sightings::Sightings;
use super::tally::Tallies;

/// The most servers that are counted separately; further ones are counted together.
const MOST_SERVERS: usize = 64;

/// A group of connections, by where they come from and to which server they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewId {
    /// The first file of the capture.
    pub capture: InputId,
    /// The group of connections.
    pub group: Group,
}

/// What was counted and sampled of a group of connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The files of the capture.
    pub inputs: BTreeSet<InputId>,
    /// Packets of any connection that the capture says it lost; `None` where it says nothing.
    pub lost: Option<u64>,
    /// Counts.
    pub tallies: Tallies,
    /// Samples of healthy requests.
    pub samples: Samples,
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
            Group::Server(_) => Group::Rest,
            group => group.rest(),
        }
    }

    /// The edge's group of further servers, for a group of the edge; any other group itself.
    pub fn rest(self) -> Group {
        if self.is_edge() { Group::EdgeRest } else { self }
    }
}

impl View {
    /// Adds another part of the same view.
    pub fn merge(&mut self, other: View) {
        self.inputs.extend(other.inputs);
        self.lost = [self.lost, other.lost].into_iter().flatten().max();
        self.tallies.merge(other.tallies);
        self.samples.merge(other.samples);
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

/// The groups in which failures are looked for. If there are groups of the edge, all of these; otherwise that of the server with the most
/// connections, and those that hold the same connections under another address.
pub fn that_can_fail(views: &BTreeMap<Group, View>) -> Vec<Group> {
    let edges: Vec<Group> = views.keys().copied().filter(|group| group.is_edge()).collect();
    if !edges.is_empty() {
        return edges;
    }
    let servers = || views.iter().filter(|(group, _)| **group != Group::HalfOpen);
    let Some((fullest, most)) =
        servers().max_by_key(|(group, view)| (view.tallies.connections, std::cmp::Reverse(**group)))
    else {
        return Vec::new();
    };
    let same = |(group, view): &(&Group, &View)| {
        *group == fullest || Overlap::of(&most.sightings, &view.sightings).is_some()
    };
    servers().filter(same).map(|(group, _)| *group).collect()
}
