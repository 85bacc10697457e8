//! What one step of extraction gives: rows for what failed, counts and samples for what did not. Partials can be merged in any order and
//! any grouping with the same result, and merging an empty one changes nothing. So the result does not depend on how the work was divided
//! among threads.

use std::collections::BTreeMap;

use super::input::InputSummary;
use super::place::InputId;
use super::row::{AccessRow, ConnectionRow, EdgeRow, EventRow, HarRow, MessageRow, SettingRow};
use super::sample::Samples;
use super::tally::Tallies;
use super::view::{self, View, ViewId};
use crate::ray::Ray;
use crate::time::Time;

/// Evidence that can be merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// The inputs that were looked at.
    pub inputs: BTreeMap<InputId, InputSummary>,
    /// Connections kept.
    pub connections: Vec<ConnectionRow>,
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
        self.connections.extend(other.connections);
        self.access.extend(other.access);
        self.messages.extend(other.messages);
        self.edge.extend(other.edge);
        self.har.extend(other.har);
        self.settings.extend(other.settings);
        self.states.extend(other.states);
        self.events.extend(other.events);
        for (ray, time) in other.answered {
            let latest = self.answered.entry(ray).or_insert(time);
            *latest = (*latest).max(time);
        }
        view::merge(&mut self.views, other.views);
        self.tallies.merge(other.tallies);
        self.samples.merge(other.samples);
        self.sort();
        self
    }

    /// The second look at a log may bring a row that is there already: rows with the same place are the same.
    fn sort(&mut self) {
        self.connections.sort_by_key(|row| (row.files.clone(), row.connection.first));
        self.access.sort_by_key(|row| row.place);
        self.access.dedup_by_key(|row| row.place);
        self.messages.sort_by_key(|row| row.place);
        self.messages.dedup_by_key(|row| row.place);
        self.edge.sort_by_key(|row| row.place);
        self.edge.dedup_by_key(|row| row.place);
        self.har.sort_by_key(|row| row.place);
        self.har.dedup_by_key(|row| row.place);
        self.settings.sort_by_key(|row| row.place);
        self.settings.dedup();
        self.states.sort_by_key(|row| row.place);
        self.states.dedup();
        self.events.sort_by_key(|row| row.place);
        self.events.dedup();
    }
}
