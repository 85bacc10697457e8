//! What one step of extraction yields: rows of what failed, counts and samples of what did not. Partials merge in any order and
//! in any tree to the same whole, and the empty one changes nothing; so one machine, many threads and a cluster are one program.

use std::collections::BTreeMap;

use super::input::InputSummary;
use super::place::InputId;
use super::row::{AccessRow, ConnectionRow, EdgeRow, HarRow, MessageRow, SettingRow};
use super::sample::Samples;
use super::tally::Tallies;
use super::view::{self, View, ViewId};
use crate::ray::Ray;
use crate::time::Time;

/// Evidence that can be merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// What was looked at.
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
    /// Rays of which an attempt failed in a capture and a later one was answered well: when that one was sent, by the capture's clock.
    pub answered: BTreeMap<Ray, Time>,
    /// What captures counted and sampled, by the place at which they saw it: two may have seen the same.
    pub views: BTreeMap<ViewId, View>,
    /// Counts of all else.
    pub tallies: Tallies,
    /// Samples of healthy requests of all else.
    pub samples: Samples,
}

impl Partial {
    /// Adds another partial to this one and puts the rows into their canonical order: by place.
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

    /// A look-up of single rays may bring a row that is there already; places tell.
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
    }
}
