//! Captures that saw the same connections at several places: at a load balancer and at the origin, before and after addresses were
//! translated. What they count is counted once, a connection that several of them hold is one, and what only one of them holds tells
//! where it was lost.

mod between;
mod rows;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::overlap::Overlap;
use crate::evidence::tally::Tallies;
use crate::evidence::view::{Group, View, ViewId};
use crate::evidence::{ConnectionRow, InputId, Partial};
use crate::time::{SECOND, Time};

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

type Views = BTreeMap<ViewId, View>;

/// Takes the counts of each traffic from one place, makes one row of all that several hold of a connection, and tells which places saw
/// the same.
pub fn settle(partial: &mut Partial) -> Vec<SameTraffic> {
    let views = std::mem::take(&mut partial.views);
    let same = same_traffic(&views);
    if !same.is_empty() {
        let places = Places::new(&views, &same, partial);
        partial
            .connections
            .retain(|row| !places.sees_one_way(row) && !between::answered_by_another_way(row, &places));
        rows::join(&mut partial.connections, &places);
        partial.connections.retain(|row| !between::is_refuted(row, &places));
        for row in &mut partial.connections {
            between::tell(row, &places);
        }
        partial.connections.sort_by_key(|row| (row.files.clone(), row.connection.first));
    }
    count_once(partial, views, &same);
    same
}

/// Takes views one after the other, those that saw most first: one that saw the same as those before it is not counted.
fn same_traffic(views: &Views) -> Vec<SameTraffic> {
    let mut ranked: Vec<(&ViewId, &View)> = views.iter().collect();
    ranked.sort_by_cached_key(|(id, view)| Reverse(sees(id, view)));
    let mut counted = Counted::default();
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
struct Counted<'v> {
    views: Vec<(ViewId, &'v View)>,
    holders: BTreeMap<u32, Vec<usize>>,
}

impl<'v> Counted<'v> {
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

/// Adds the counts of all views that are counted, and of the others what was before or after those looked.
fn count_once(partial: &mut Partial, views: Views, same: &[SameTraffic]) {
    let spans: BTreeMap<ViewId, (Time, Time)> =
        views.iter().filter_map(|(id, view)| Some((*id, span(view, partial)?))).collect();
    for (id, view) in views {
        let counted: Vec<(i64, (Time, Time))> = same
            .iter()
            .filter(|same| same.other == id)
            .map(|same| (same.overlap.ahead, spans.get(&same.counted).copied().unwrap_or_default()))
            .collect();
        if counted.is_empty() {
            partial.tallies.merge(view.tallies);
            partial.samples.merge(view.samples);
            continue;
        }
        let outside = |second: i64| {
            let begin = Time(second.saturating_mul(SECOND));
            counted.iter().all(|&(ahead, (first, last))| {
                begin.plus(SECOND) <= first.plus(ahead) || begin > last.plus(ahead)
            })
        };
        let mut rest =
            Tallies { requests: view.tallies.requests, reached: view.tallies.reached, ..Tallies::default() };
        rest.reached.retain(|(_, second), _| outside(*second));
        for seconds in rest.requests.values_mut() {
            seconds.retain(|(second, _), _| outside(*second));
        }
        rest.requests.retain(|_, seconds| !seconds.is_empty());
        partial.tallies.merge(rest);
    }
}

/// From the first packet of a view's capture to its last.
fn span(view: &View, partial: &Partial) -> Option<(Time, Time)> {
    let inputs = || view.inputs.iter().filter_map(|input| partial.inputs.get(input));
    Some((inputs().filter_map(|input| input.first).min()?, inputs().filter_map(|input| input.last).max()?))
}

/// The places at which traffic was seen, and which of them saw the same.
struct Places<'v> {
    views: &'v Views,
    same: &'v [SameTraffic],
    /// The capture of which a file is a part.
    capture_of: BTreeMap<InputId, InputId>,
    spans: BTreeMap<ViewId, (Time, Time)>,
}

impl<'v> Places<'v> {
    fn new(views: &'v Views, same: &'v [SameTraffic], partial: &Partial) -> Places<'v> {
        let files = views.iter().flat_map(|(id, view)| view.inputs.iter().map(|input| (*input, id.capture)));
        let spans = views.iter().filter_map(|(id, view)| Some((*id, span(view, partial)?)));
        Places { views, same, capture_of: files.collect(), spans: spans.collect() }
    }

    /// The view in which a connection was seen.
    fn view_of(&self, row: &ConnectionRow) -> Option<ViewId> {
        let id = ViewId { capture: *self.capture_of.get(&row.input())?, group: row.group };
        self.views.contains_key(&id).then_some(id)
    }

    /// Whether nothing says that a connection went unanswered but a place that no answer comes by, as another place shows.
    fn sees_one_way(&self, row: &ConnectionRow) -> bool {
        let both_ways = |view: &View| view.tallies.server_packets > 0;
        row.connection.is_unanswered()
            && self.view_of(row).is_some_and(|id| {
                !self.views.get(&id).is_some_and(both_ways)
                    && self.beside(id).any(|(_, view, _)| both_ways(view))
            })
    }

    /// Views that saw the same as `id`, each with what they have in common; `a` is `id`.
    fn beside(&self, id: ViewId) -> impl Iterator<Item = (ViewId, &'v View, Overlap)> {
        let views = self.views;
        self.same.iter().filter_map(move |same| {
            let (other, overlap) = if same.counted == id {
                (same.other, same.overlap)
            } else if same.other == id {
                (same.counted, same.overlap.reversed())
            } else {
                return None;
            };
            Some((other, views.get(&other)?, overlap))
        })
    }
}
