//! What one step of extraction gives: rows for what failed, counts and samples for what did not. Partials can be merged in any order and
//! any grouping with the same result, and merging an empty one changes nothing. So the result does not depend on how the work was divided
//! among threads.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::input::InputSummary;
use super::place::InputId;
use super::request_key::{Competitor, KeySamples, RequestKey};
use super::row::{AccessRow, ConnectionRow, EdgeRow, EventRow, HarRow, MessageRow, SettingRow};
use super::sample::Samples;
use super::tally::Tallies;
use super::view::{self, View, ViewId};
use crate::ray::Ray;
use crate::time::Time;

/// Evidence that can be merged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// The inputs that were looked at.
    pub inputs: BTreeMap<InputId, InputSummary>,
    /// Connections kept.
    pub connections: Vec<Box<ConnectionRow>>,
    /// Access lines kept.
    pub access: Vec<AccessRow>,
    /// Messages kept.
    pub messages: Vec<MessageRow>,
    /// Edge records kept.
    pub edge: Vec<EdgeRow>,
    /// HAR entries.
    pub har: Vec<HarRow>,
    /// Settings read from configuration files.
    pub settings: Vec<SettingRow>,
    /// Faults that the state of a machine or a server tells of. They have no time.
    pub states: Vec<MessageRow>,
    /// Changes that files of events tell of.
    pub events: Vec<EventRow>,
    /// Rays for which one attempt failed in a capture and a later one succeeded, and when the later one was sent by the capture's clock.
    pub answered: BTreeMap<Ray, Time>,
    /// Counts and samples of captures, by the place that saw the traffic. Two places may have seen the same traffic.
    pub views: BTreeMap<ViewId, View>,
    /// Counts of everything else.
    pub tallies: Tallies,
    /// Samples of the healthy requests of everything else.
    pub samples: Samples,
    /// Samples of requests by what they asked, where some access log names no rays.
    pub keys: KeySamples,
    /// Healthy requests that a failing one might be mistaken for, where some access log names no rays.
    pub competing: Vec<Competitor>,
    /// How many more there were of an input than are kept.
    pub competing_beyond: BTreeMap<InputId, u64>,
    /// How many lines of an input that tell of failures are not kept, since there are so many.
    pub let_go: BTreeMap<InputId, u64>,
    /// What failed and was asked for so often that an access log's lines without a ray about it are kept only near the failing requests.
    pub crowded: BTreeMap<InputId, BTreeSet<RequestKey>>,
}

impl Partial {
    /// Adds another partial to this one and sorts the rows by place.
    pub fn merge(mut self, other: Partial) -> Partial {
        for (input, summary) in other.inputs {
            match self.inputs.get_mut(&input) {
                Some(known) => known.merge(summary),
                None => {
                    self.inputs.insert(input, summary);
                }
            }
        }
        append(&mut self.connections, other.connections);
        append(&mut self.access, other.access);
        append(&mut self.messages, other.messages);
        append(&mut self.edge, other.edge);
        append(&mut self.har, other.har);
        append(&mut self.settings, other.settings);
        append(&mut self.states, other.states);
        append(&mut self.events, other.events);
        for (ray, time) in other.answered {
            let latest = self.answered.entry(ray).or_insert(time);
            *latest = (*latest).max(time);
        }
        view::merge(&mut self.views, other.views);
        self.tallies.merge(other.tallies);
        self.samples.merge(other.samples);
        self.keys.merge(other.keys);
        self.competing.extend(other.competing);
        for (input, beyond) in other.competing_beyond {
            *self.competing_beyond.entry(input).or_default() += beyond;
        }
        for (input, count) in other.let_go {
            *self.let_go.entry(input).or_default() += count;
        }
        for (input, keys) in other.crowded {
            self.crowded.entry(input).or_default().extend(keys);
        }
        self.sort();
        self
    }

    /// The second look at a log may bring a row that is there already: rows with the same place are the same.
    fn sort(&mut self) {
        // A sort takes half as much memory again, and the rows of a log come in order.
        sort_unless_sorted(&mut self.connections, |a, b| {
            (&a.files, a.connection.first).cmp(&(&b.files, b.connection.first))
        });
        sort_unless_sorted(&mut self.access, |a, b| a.place.cmp(&b.place));
        self.access.dedup_by_key(|row| row.place);
        sort_unless_sorted(&mut self.messages, |a, b| a.place.cmp(&b.place));
        self.messages.dedup_by_key(|row| row.place);
        sort_unless_sorted(&mut self.edge, |a, b| a.place.cmp(&b.place));
        self.edge.dedup_by_key(|row| row.place);
        sort_unless_sorted(&mut self.har, |a, b| a.place.cmp(&b.place));
        self.har.dedup_by_key(|row| row.place);
        sort_unless_sorted(&mut self.competing, |a, b| a.place.cmp(&b.place));
        self.competing.dedup_by_key(|competitor| competitor.place);
        sort_unless_sorted(&mut self.settings, |a, b| a.place.cmp(&b.place));
        self.settings.dedup();
        sort_unless_sorted(&mut self.states, |a, b| a.place.cmp(&b.place));
        self.states.dedup();
        sort_unless_sorted(&mut self.events, |a, b| a.place.cmp(&b.place));
        self.events.dedup();
    }
}

/// Adds rows behind those that are there; where none are, no row is copied.
fn append<R>(rows: &mut Vec<R>, others: Vec<R>) {
    if rows.is_empty() {
        *rows = others;
    } else {
        rows.extend(others);
    }
}

/// Rows that compare as equal stay in their order.
fn sort_unless_sorted<R>(rows: &mut [R], order: impl Fn(&R, &R) -> Ordering) {
    if !rows.is_sorted_by(|a, b| order(a, b).is_le()) {
        rows.sort_by(order);
    }
}
