//! The evidence once nothing more is merged into it: each connection is one row, each request is counted once, and every row has a number
//! that stays.

use std::collections::BTreeMap;

use super::boot;
use super::rows::RowList;
use super::streams::StreamRows;
use crate::evidence::sample::Samples;
use crate::evidence::tally::Tallies;
use crate::evidence::{
    AccessRow, Competitor, ConnectionRow, EdgeRow, EventRow, HarRow, InputId, InputKind, InputSummary,
    KeySamples, MessageRow, Partial, SettingRow,
};
use crate::logs::ConfiguredProgram;
use crate::ray::Ray;
use crate::time::Time;

/// What a partial becomes when all of it is there. Cases refer to its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// What was looked at.
    pub inputs: BTreeMap<InputId, InputSummary>,
    /// Connections kept.
    pub connections: RowList<ConnectionRow, Box<ConnectionRow>>,
    /// Which of them each stream of a file is.
    pub streams: StreamRows,
    /// Failed tries of proxies at servers behind them.
    pub behind: Vec<Box<ConnectionRow>>,
    /// Access lines kept.
    pub access: RowList<AccessRow>,
    /// Messages kept.
    pub messages: RowList<MessageRow>,
    /// Edge records kept.
    pub edge: RowList<EdgeRow>,
    /// HAR entries.
    pub har: RowList<HarRow>,
    /// Settings read from configuration files.
    pub settings: Vec<SettingRow>,
    /// Faults that the state of a machine or a server tells of.
    pub states: Vec<MessageRow>,
    /// Changes that files of events tell of.
    pub events: Vec<EventRow>,
    /// Rays of which an attempt failed in a capture and a later one was answered well: when that one was sent, by the capture's clock.
    pub answered: BTreeMap<Ray, Time>,
    /// Counts.
    pub tallies: Tallies,
    /// Samples of healthy requests.
    pub samples: Samples,
    /// Samples of requests by what they asked, where some access log names no rays.
    pub keys: KeySamples,
    /// Healthy requests that a failing one might be mistaken for, where some access log names no rays.
    pub competing: Vec<Competitor>,
    /// How many more there were of an input than are kept.
    pub competing_beyond: BTreeMap<InputId, u64>,
    /// How many lines of an input that tell of failures are not kept, since there are so many.
    pub let_go: BTreeMap<InputId, u64>,
}

impl Whole {
    /// Whether the captures hold no packet of any server.
    pub fn is_one_way(&self) -> bool {
        self.tallies.server_packets == 0
    }

    /// From a partial whose views are settled (`vantage::settle`).
    pub(super) fn of(mut settled: Partial) -> Whole {
        boot::sharpen(&mut settled.messages);
        boot::place(&mut settled.messages, &settled.states);
        let connections = settled.connections.into();
        Whole {
            inputs: settled.inputs,
            streams: StreamRows::of(&connections),
            connections,
            behind: settled.behind,
            access: settled.access.into(),
            messages: settled.messages.into(),
            edge: settled.edge.into(),
            har: settled.har.into(),
            settings: settled.settings,
            states: settled.states,
            events: settled.events,
            answered: settled.answered,
            tallies: settled.tallies,
            samples: settled.samples,
            keys: settled.keys,
            competing: settled.competing,
            competing_beyond: settled.competing_beyond,
            let_go: settled.let_go,
        }
    }

    /// The kind of an input.
    pub fn kind(&self, input: InputId) -> Option<InputKind> {
        self.inputs.get(&input).map(|summary| summary.kind)
    }

    /// Whether any input of this kind holds a record.
    pub fn has(&self, kind: InputKind) -> bool {
        self.inputs.values().any(|input| input.kind == kind && input.records > 0)
    }

    /// The first setting among those of `directives`, each with its program, whose duration is below `seconds`.
    pub fn setting_below(
        &self,
        directives: &[(ConfiguredProgram, &str)],
        seconds: f64,
    ) -> Option<&SettingRow> {
        self.settings.iter().find(|row| {
            let wanted = (row.setting.program, row.setting.directive.as_str());
            directives.contains(&wanted) && row.seconds().is_some_and(|value| value < seconds)
        })
    }
}
