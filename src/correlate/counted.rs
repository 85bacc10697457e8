//! What failures are counted in: requests, or, where no record of requests covers them, connections. The two are never added.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, ToldBy};
use super::clock::Clocks;
use super::coverage::{EdgeCoverage, spans};
use super::whole::Whole;
use crate::evidence::{InputId, InputKind};
use crate::time::{Duration, Time};

/// The edge tries to connect for so long (docs/edge.md, error 522): what its log told last may still be tried.
const CONNECTING: Duration = Duration::from_seconds(19);

/// What failures are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountedIn {
    /// Requests. A connection to which none could be tied has its own figure, and turns no verdict.
    #[default]
    Requests,
    /// Connections: no record of requests would show what wanted them.
    Connections,
}

/// The unit that the failures of an incident are counted in, and the cases that count.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The unit.
    pub unit: CountedIn,
    /// For each case, in their order, whether it counts.
    counts: Vec<bool>,
    /// Cases that do not count, by their index, and are failures of their own all the same: beside counted requests the connections that failed of which no log could tell
    /// what request wanted them, beside counted connections the requests that share one, or that only logs tell of.
    beside: BTreeSet<usize>,
}

impl Counted {
    /// Of these cases, in their order.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> Counted {
        let unrecorded = unrecorded(cases, evidence, clocks);
        let unit = CountedIn::of(cases, evidence, unrecorded.len());
        let mut connections = BTreeSet::new();
        let counts = cases.iter().map(|case| match unit {
            CountedIn::Requests => !case.is_connection_only(evidence),
            // Several requests that were lost on one connection are one failure of it.
            CountedIn::Connections => {
                case.attempts.last().is_some_and(|attempt| connections.insert(attempt.connection))
            }
        });
        let counts: Vec<bool> = counts.collect();
        let beside = match unit {
            CountedIn::Requests => unrecorded,
            CountedIn::Connections => uncounted_requests(cases, &counts, evidence),
        };
        Counted { unit, counts, beside }
    }

    /// Whether the case of this index counts.
    pub fn holds(&self, case: usize) -> bool {
        self.counts.get(case).copied().unwrap_or_default()
    }

    /// How many of these cases, told by their index, count.
    pub fn among(&self, cases: &[usize]) -> u64 {
        cases.iter().filter(|&&case| self.holds(case)).count() as u64
    }

    /// How many of these cases, told by their index, failed beside those that count: connections of which no log could tell what request wanted them, or, where
    /// connections are counted, requests that share one or that only logs tell of.
    pub fn beside_among(&self, cases: &[usize]) -> usize {
        cases.iter().filter(|&case| self.beside.contains(case)).count()
    }

    /// How many failures there are.
    pub fn failures(&self) -> u64 {
        self.counts.iter().filter(|counts| **counts).count() as u64
    }
}

impl CountedIn {
    /// Connections where packets alone tell of failures, some of which befell no request that they show; and where they tell of far more
    /// than any log does, which never hears of a connection that was refused.
    fn of(cases: &[Case], evidence: &Whole, unrecorded: usize) -> CountedIn {
        const FAR_MORE: usize = 4;
        let is_recorded =
            |case: &&Case| !case.is_connection_only(evidence) && !matches!(case.told_by, ToldBy::Packets(_));
        match unrecorded > cases.iter().filter(is_recorded).count() * FAR_MORE {
            true => CountedIn::Connections,
            false => CountedIn::Requests,
        }
    }
}

/// The cases, by their index, that are requests and do not count where connections do: of some no connection was captured, others share one.
fn uncounted_requests(cases: &[Case], counts: &[bool], evidence: &Whole) -> BTreeSet<usize> {
    let requests = cases.iter().zip(counts).enumerate();
    let requests = requests.filter(|(_, (case, counts))| !**counts && !case.is_connection_only(evidence));
    requests.map(|(index, _)| index).collect()
}

/// The cases, by their index, that are connections to which no request could be tied, although no log of the edge covers their time. One that lacks most of what
/// the origin saw, as a sample does, covers nothing.
fn unrecorded(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> BTreeSet<usize> {
    let alone: Vec<(usize, &Case)> =
        cases.iter().enumerate().filter(|(_, case)| case.is_connection_only(evidence)).collect();
    if alone.is_empty() {
        return BTreeSet::new();
    }
    let has_requests = |id: &InputId| evidence.tallies.requests.contains_key(id);
    let logs = evidence.inputs.iter();
    let logs = logs.filter(|(id, input)| input.kind == InputKind::EdgeLog && has_requests(id));
    let records = spans(logs, clocks);
    let within =
        |time: Time| records.iter().any(|(first, last)| *first <= time && time <= last.plus(CONNECTING));
    let coverage = EdgeCoverage::of(evidence, clocks);
    // Asked once a second, however many connections failed in it.
    let mut whole: BTreeMap<i64, bool> = BTreeMap::new();
    let mut is_whole = |time: Time| *whole.entry(time.second()).or_insert_with(|| coverage.is_whole_at(time));
    let unrecorded = alone.into_iter().filter(|(_, case)| !within(case.time) || !is_whole(case.time));
    unrecorded.map(|(index, _)| index).collect()
}
