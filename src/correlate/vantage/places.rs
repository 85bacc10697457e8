//! The places at which traffic was seen, and how they are found.

use std::collections::BTreeMap;

use super::same::{SameTraffic, Views};
use crate::evidence::overlap::Overlap;
use crate::evidence::view::{View, ViewId};
use crate::evidence::{ConnectionRow, InputId, Partial};
use crate::time::Time;

/// From the first packet of a view's capture to its last.
pub(super) fn span(view: &View, partial: &Partial) -> Option<(Time, Time)> {
    let inputs = || view.inputs.iter().filter_map(|input| partial.inputs.get(input));
    Some((inputs().filter_map(|input| input.first).min()?, inputs().filter_map(|input| input.last).max()?))
}

/// The places at which traffic was seen, and which of them saw the same.
pub(super) struct Places<'v> {
    pub views: &'v Views,
    pub same: &'v [SameTraffic],
    /// The capture of which a file is a part.
    capture_of: BTreeMap<InputId, InputId>,
    /// When each place looked.
    pub spans: BTreeMap<ViewId, (Time, Time)>,
}

impl<'v> Places<'v> {
    pub fn new(views: &'v Views, same: &'v [SameTraffic], partial: &Partial) -> Places<'v> {
        let files = views.iter().flat_map(|(id, view)| view.inputs.iter().map(|input| (*input, id.capture)));
        let spans = views.iter().filter_map(|(id, view)| Some((*id, span(view, partial)?)));
        Places { views, same, capture_of: files.collect(), spans: spans.collect() }
    }

    /// The view in which a connection was seen.
    pub fn view_of(&self, row: &ConnectionRow) -> Option<ViewId> {
        let id = ViewId { capture: *self.capture_of.get(&row.input())?, group: row.group };
        self.views.contains_key(&id).then_some(id)
    }

    /// Whether nothing says that a connection went unanswered but a place that no answer comes by, as another place shows.
    pub fn sees_one_way(&self, row: &ConnectionRow) -> bool {
        let both_ways = |view: &View| view.tallies.server_packets > 0;
        row.connection.is_unanswered()
            && self.view_of(row).is_some_and(|id| {
                !self.views.get(&id).is_some_and(both_ways)
                    && self.beside(id).any(|(_, view, _)| both_ways(view))
            })
    }

    /// Views that saw the same as `id`, each with what they have in common; `a` is `id`.
    pub fn beside(&self, id: ViewId) -> impl Iterator<Item = (ViewId, &'v View, Overlap)> {
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
