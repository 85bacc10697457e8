//! What was seen of the traffic to one server at one place. Two captures may have seen the same traffic: what they counted is added up
//! only once it is known which did (`correlate::vantage`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::overlap::Overlap;
use super::place::InputId;
use super::sample::Samples;
use super::sightings::Sightings;
use super::tally::Tallies;

/// Servers told apart; more are counted together.
const MOST_SERVERS: usize = 64;

/// Whose connections: the edge's, or, where none is seen, those to one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// From the edge's ranges to this server.
    Edge(IpAddr),
    /// From the edge's ranges to other servers than are told apart.
    EdgeRest,
    /// To this server, from elsewhere.
    Server(IpAddr),
    /// To other servers than are told apart.
    Rest,
    /// Connections of whomever that were begun and never completed.
    HalfOpen,
}

/// A view's name: a capture by its first file, and whose connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewId {
    /// The first file of the capture.
    pub capture: InputId,
    /// Whose connections.
    pub group: Group,
}

/// What was counted and sampled of a group of connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The files of the capture.
    pub inputs: BTreeSet<InputId>,
    /// Packets that the capture says it lost, of whomever; `None` where it says nothing.
    pub lost: Option<u64>,
    /// Counts.
    pub tallies: Tallies,
    /// Samples of healthy requests.
    pub samples: Samples,
    /// A sample of the connections.
    pub sightings: Sightings,
}

impl Group {
    /// Whether it is of connections from the edge's ranges.
    pub fn is_edge(self) -> bool {
        matches!(self, Group::Edge(_) | Group::EdgeRest)
    }

    /// The server's address, where it is one alone.
    pub fn server(self) -> Option<IpAddr> {
        match self {
            Group::Edge(address) | Group::Server(address) => Some(address),
            Group::EdgeRest | Group::Rest | Group::HalfOpen => None,
        }
    }

    /// What it is counted under beside those that are known already.
    pub fn among(self, known: &BTreeMap<Group, View>) -> Group {
        match self {
            _ if known.contains_key(&self) || known.len() < MOST_SERVERS => self,
            Group::Server(_) => Group::Rest,
            group => group.rest(),
        }
    }

    /// The edge's connections to one server, where that is not told apart.
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

/// Adds other views to these, those of one name to each other.
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

/// The groups whose connections can fail: if any comes from the edge, all of the edge's; else those to the server that accepts most, and
/// the same connections under another address.
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
