//! Captures that saw the same connections at several places: at a load balancer and at the origin, before and after addresses were
//! translated. What they count is counted once, a connection that several of them hold is one, and what only one of them holds tells
//! where it was lost.

mod between;
mod one_row;
mod places;
mod same;

use std::collections::BTreeMap;

use super::whole::Whole;
use crate::evidence::Partial;
use crate::evidence::tally::Tallies;
use crate::evidence::view::ViewId;
use crate::time::{Duration, Time};
use places::{Places, span};
use same::{Views, same_traffic};

pub use same::SameTraffic;

/// Takes the counts of each traffic from one place, makes one row of all that several hold of a connection, and tells which places saw
/// the same.
pub fn settle(mut partial: Partial) -> (Whole, Vec<SameTraffic>) {
    let views = std::mem::take(&mut partial.views);
    let same = same_traffic(&views);
    if !same.is_empty() {
        let places = Places::new(&views, &same, &partial);
        partial
            .connections
            .retain(|row| !places.sees_one_way(row) && !between::answered_by_another_way(row, &places));
        one_row::join(&mut partial.connections, &places);
        partial.connections.retain(|row| !between::is_refuted(row, &places));
        for row in &mut partial.connections {
            between::tell(row, &places);
        }
        partial.connections.sort_by_key(|row| (row.files.clone(), row.connection.first));
    }
    count_once(&mut partial, views, &same);
    (Whole::of(partial), same)
}

/// Adds the counts of all views that are counted, and of the others what was before or after those looked.
fn count_once(partial: &mut Partial, views: Views, same: &[SameTraffic]) {
    let spans: BTreeMap<ViewId, (Time, Time)> =
        views.iter().filter_map(|(id, view)| Some((*id, span(view, partial)?))).collect();
    for (id, view) in views {
        partial.keys.merge(view.keys);
        let counted: Vec<(Duration, (Time, Time))> = same
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
            let begin = Time::from_seconds(second, 0);
            counted.iter().all(|&(ahead, (first, last))| {
                begin.plus(Duration::SECOND) <= first.plus(ahead) || begin > last.plus(ahead)
            })
        };
        let mut rest =
            Tallies { requests: view.tallies.requests, reached: view.tallies.reached, ..Tallies::default() };
        rest.reached.retain(|reaching, _| outside(reaching.second));
        for seconds in rest.requests.values_mut() {
            seconds.retain(|(second, _), _| outside(*second));
        }
        rest.requests.retain(|_, seconds| !seconds.is_empty());
        partial.tallies.merge(rest);
    }
}
