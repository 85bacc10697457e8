//! Which places saw the same connections.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::InputId;
use crate::evidence::overlap::Overlap;
use crate::evidence::view::{Group, View, ViewId};

/// What was counted and sampled at each place.
pub(super) type Views = BTreeMap<ViewId, View>;

/// Views with which one is compared: those that share most numbers with it.
const MOST_COMPARED: usize = 8;

/// Two places that saw the same connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameTraffic {
    /// The place whose counts are taken.
    pub counted: ViewId,
    /// The files of its capture.
    pub counted_inputs: BTreeSet<InputId>,
    /// The other.
    pub other: ViewId,
    /// The files of its capture.
    pub other_inputs: BTreeSet<InputId>,
    /// What they have in common; `a` is the one that is counted.
    pub overlap: Overlap,
}

/// Takes views one after the other, those that saw most first: one that saw the same as those before it is not counted.
pub(super) fn same_traffic(views: &Views) -> Vec<SameTraffic> {
    let mut ranked: Vec<(&ViewId, &View)> = views.iter().collect();
    ranked.sort_by_cached_key(|(id, view)| Reverse(sees(id, view)));
    let mut counted = CountedViews::default();
    let mut same = Vec::new();
    for (id, view) in ranked {
        let found = counted.with_the_same(*id, view);
        if found.is_empty() {
            counted.add(*id, view);
        }
        same.extend(found);
    }
    same.sort_by_key(|same| (same.counted, same.other));
    same
}

/// Views that are counted, and which of them hold a client's number.
#[derive(Default)]
struct CountedViews<'v> {
    views: Vec<(ViewId, &'v View)>,
    holders: BTreeMap<u32, Vec<usize>>,
}

impl<'v> CountedViews<'v> {
    fn add(&mut self, id: ViewId, view: &'v View) {
        for number in view.sightings.numbers() {
            let holders = self.holders.entry(number).or_default();
            if holders.len() < MOST_COMPARED {
                holders.push(self.views.len());
            }
        }
        self.views.push((id, view));
    }

    /// Those that saw the same as `view`, of those that share most numbers with it.
    fn with_the_same(&self, id: ViewId, view: &View) -> Vec<SameTraffic> {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for &holder in view.sightings.numbers().filter_map(|number| self.holders.get(&number)).flatten() {
            *shared.entry(holder).or_default() += 1;
        }
        let mut sharing: Vec<(usize, usize)> = shared.into_iter().collect();
        sharing.sort_by_key(|&(holder, count)| (Reverse(count), holder));
        // What was begun and never completed is counted apart from all else.
        let half_open = |id: &ViewId| id.group == Group::HalfOpen;
        let comparable = sharing.into_iter().filter_map(|(holder, _)| self.views.get(holder));
        let comparable = comparable.filter(|(counted, _)| half_open(counted) == half_open(&id));
        comparable
            .take(MOST_COMPARED)
            .filter_map(|(counted, other)| {
                Some(SameTraffic {
                    counted: *counted,
                    counted_inputs: other.inputs.clone(),
                    other: id,
                    other_inputs: view.inputs.clone(),
                    overlap: Overlap::of(&other.sightings, &view.sightings)?,
                })
            })
            .collect()
    }
}

/// Of both directions, under the edge's own addresses, the most requests, the most connections, the most packets.
fn sees(id: &ViewId, view: &View) -> impl Ord + use<> {
    let tallies = &view.tallies;
    let requests: u64 = tallies.requests.values().flat_map(BTreeMap::values).sum();
    let both_ways = tallies.server_packets > 0;
    let seen = (requests, tallies.connections, tallies.server_packets);
    (both_ways, id.group.is_edge(), seen, Reverse(*id))
}
