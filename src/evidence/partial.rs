//! What one step of extraction gives: rows for what failed, counts and samples for what did not. Partials can be merged in any order and
//! any grouping with the same result, and merging an empty one changes nothing. So the result does not depend on how the work was divided
//! among threads.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::input::InputSummary;
use super::key_samples::KeySamples;
use super::place::{InputId, Place};
use super::request_key::{Competitor, RequestKey};
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
    /// Failed tries of proxies at servers behind them, where a capture that has the edge's connections holds those as well.
    pub behind: Vec<Box<ConnectionRow>>,
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
        append(&mut self.behind, other.behind);
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
        // The rows come in order most often.
        for rows in [&mut self.connections, &mut self.behind] {
            if !rows.is_sorted_by(|a, b| a.order(b).is_le()) {
                rows.sort_by(|a, b| a.order(b));
            }
        }
        sort(&mut self.access, |row| row.place);
        self.access.dedup_by_key(|row| row.place);
        sort(&mut self.messages, |row| row.place);
        self.messages.dedup_by_key(|row| row.place);
        sort(&mut self.edge, |row| row.place);
        self.edge.dedup_by_key(|row| row.place);
        sort(&mut self.har, |row| row.place);
        self.har.dedup_by_key(|row| row.place);
        sort(&mut self.competing, |row| row.place);
        self.competing.dedup_by_key(|competitor| competitor.place);
        sort(&mut self.settings, |row| row.place);
        self.settings.dedup();
        sort(&mut self.states, |row| row.place);
        self.states.dedup();
        sort(&mut self.events, |row| row.place);
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

/// Rows of one place stay in their order. Only places are sorted, then each row is moved once, where it is: a sort of rows takes half as
/// much memory again.
fn sort<R>(rows: &mut [R], place: impl Fn(&R) -> Place) {
    if !rows.is_sorted_by_key(&place) {
        rows.sort_by_cached_key(place);
    }
}
