//! Clocks that disagree. Offsets are found from requests that two sources both saw, by their rays; a zone that a log left out, from
//! messages and access lines of one request.

mod offset;
mod seen;

use std::collections::{BTreeMap, BTreeSet};

use super::vantage::SameTraffic;
use super::whole::Whole;
use crate::evidence::{InputId, InputKind, MessageRow};
use crate::time::{Duration, Time};
use offset::{BothSaw, offset_of};
use seen::{SeenRequest, seen_requests};

pub use offset::Offset;

/// Zones differ from UTC by multiples of a quarter of an hour.
const QUARTER_HOUR: Duration = Duration::from_seconds(900);

/// The clocks of all inputs, and how far each is from the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    clock_of: BTreeMap<InputId, String>,
    offsets: BTreeMap<String, Offset>,
    /// Inputs whose lines carry no zone, and the correction found for them.
    zones: BTreeMap<InputId, Duration>,
    /// Captures whose clock is another than that of their folder, and the correction to that one.
    apart: BTreeMap<InputId, Duration>,
    reference: String,
}

impl Clocks {
    /// Finds the clocks and their offsets. The edge's clock is the reference where its log is there, else that of the first input
    /// that has a time. Where captures of several places saw the same connections, each packet of those tells how far their clocks
    /// are apart.
    pub fn of(evidence: &Whole, same_traffic: &[SameTraffic]) -> Clocks {
        let clock_of: BTreeMap<InputId, String> = evidence
            .inputs
            .iter()
            .filter(|(_, input)| input.first.is_some())
            .map(|(&id, input)| (id, clock_name(&input.name, input.kind)))
            .collect();
        let reference = clock_of
            .values()
            .find(|name| *name == EDGE_CLOCK)
            .or_else(|| clock_of.values().find(|name| !name.starts_with(BROWSER_CLOCK)))
            .or_else(|| clock_of.values().next())
            .cloned()
            .unwrap_or_default();
        let mut clocks = Clocks { clock_of, reference, ..Clocks::default() };
        clocks.tell_apart(same_traffic);
        clocks.find_offsets(evidence);
        clocks.tie(same_traffic);
        clocks.find_zones(evidence);
        clocks
    }

    /// An instant of one input's clock, by the reference clock.
    pub fn correct(&self, input: InputId, time: Time) -> Time {
        let offset = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        time.plus(offset.map_or(Duration::ZERO, |offset| offset.ahead))
            .plus(self.zone(input))
            .plus(self.apart(input))
    }

    /// When a message was written, by the reference clock; one without a time, at the epoch.
    pub fn time_of(&self, row: &MessageRow) -> Time {
        self.correct(row.place.input(), row.line.time.unwrap_or_default())
    }

    /// The correction for an input whose lines carry no zone.
    pub fn zone(&self, input: InputId) -> Duration {
        self.zones.get(&input).copied().unwrap_or_default()
    }

    /// The correction of a capture to the clock of its folder.
    fn apart(&self, input: InputId) -> Duration {
        self.apart.get(&input).copied().unwrap_or_default()
    }

    /// How far two events of different clocks may lie apart and still be simultaneous, beyond their own resolution.
    pub fn spread(&self, input: InputId) -> Duration {
        let offset = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        offset.map_or(Duration::ZERO, |offset| offset.spread)
    }

    /// The offsets found, by the other clock's name.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, &Offset)> {
        self.offsets.iter().map(|(name, offset)| (name.as_str(), offset))
    }

    /// Captures of several machines in one folder have not one clock.
    fn tell_apart(&mut self, same_traffic: &[SameTraffic]) {
        for same in same_traffic {
            if self.clocks_of(same).is_none_or(|(a, b)| a != b) {
                continue;
            }
            for input in same.other_inputs.difference(&same.counted_inputs) {
                self.apart.entry(*input).or_insert(-same.overlap.ahead);
            }
        }
    }

    /// What the same packets say at two places is finer than what requests say: of two clocks, one follows the other.
    fn tie(&mut self, same_traffic: &[SameTraffic]) {
        for same in same_traffic {
            let Some((counted, other)) = self.clocks_of(same).filter(|(a, b)| a != b) else { continue };
            let known = |clock: &String| *clock == self.reference || self.offsets.contains_key(clock);
            let other_leads = other == self.reference || (known(&other) && !known(&counted));
            let (follows, leads, ahead) = if other_leads {
                (counted, other, same.overlap.ahead)
            } else {
                (other, counted, -same.overlap.ahead)
            };
            if !known(&leads) {
                // Neither is known by the reference, but each by the other.
                for input in &same.other_inputs {
                    self.apart.entry(*input).or_insert(ahead);
                }
                continue;
            }
            let (before, spread) =
                self.offsets.get(&leads).map_or_else(Default::default, |lead| (lead.ahead, lead.spread));
            let offset = Offset {
                reference: self.reference.clone(),
                ahead: before + ahead,
                spread: spread.max(same.overlap.spread),
                pairs: same.overlap.matched,
            };
            self.offsets.insert(follows, offset);
        }
    }

    /// The clocks of both places.
    fn clocks_of(&self, same: &SameTraffic) -> Option<(String, String)> {
        let clock =
            |inputs: &BTreeSet<InputId>| inputs.iter().find_map(|input| self.clock_of.get(input)).cloned();
        Some((clock(&same.counted_inputs)?, clock(&same.other_inputs)?))
    }

    /// What requests say that both the reference and another clock saw.
    fn find_offsets(&mut self, evidence: &Whole) {
        let mut of_clock: BTreeMap<String, Vec<BothSaw>> = BTreeMap::new();
        for seen in seen_requests(evidence, |input| self.apart(input)).values() {
            let is_reference = |seen: &&SeenRequest| self.clock_of.get(&seen.input) == Some(&self.reference);
            let Some(reference) = seen.iter().find(is_reference) else { continue };
            for other in seen.iter().filter(|other| !is_reference(other)) {
                if let Some(clock) = self.clock_of.get(&other.input) {
                    of_clock.entry(clock.clone()).or_default().push(BothSaw::of(reference, other));
                }
            }
        }
        for (clock, requests) in of_clock {
            self.offsets.insert(clock, offset_of(requests, self.reference.clone()));
        }
    }

    /// An error log has no zone: held against access lines of the same requests it shows one.
    fn find_zones(&mut self, evidence: &Whole) {
        let mut starts: BTreeMap<(&str, &str), Vec<Time>> = BTreeMap::new();
        for row in &evidence.access {
            if let (Some(method), Some(target)) = (&row.line.method, &row.line.target) {
                starts.entry((method, target)).or_default().push(row.line.time);
            }
        }
        for row in &evidence.connections {
            for request in row.exchanges.iter().filter_map(|kept| kept.exchange.request.as_ref()) {
                starts.entry((&request.method, &request.target)).or_default().push(request.first.time);
            }
        }
        let mut differences: BTreeMap<InputId, BTreeMap<i64, u64>> = BTreeMap::new();
        for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
            let (Some(time), Some((method, target))) = (row.line.time, &row.line.request) else { continue };
            for start in starts.get(&(method.as_str(), target.as_str())).into_iter().flatten() {
                let quarters = (start.since(time) + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR);
                *differences.entry(row.place.input()).or_default().entry(quarters).or_default() += 1;
            }
        }
        for (input, quarters) in differences {
            // The commonest; of equally common ones the one nearest to UTC.
            let best = quarters.iter().max_by_key(|(quarters, count)| (**count, -quarters.abs()));
            if let Some((&quarters, _)) = best.filter(|(quarters, _)| **quarters != 0) {
                self.zones.insert(input, quarters * QUARTER_HOUR);
            }
        }
    }
}

/// The edge's own clock.
const EDGE_CLOCK: &str = "cloudflare";
/// A visitor's machine.
const BROWSER_CLOCK: &str = "browser";

/// Inputs of one top-level folder come from one machine, whatever they are; the edge's and the browsers' stand apart.
fn clock_name(name: &str, kind: InputKind) -> String {
    match kind {
        InputKind::EdgeLog => EDGE_CLOCK.to_owned(),
        InputKind::Har => format!("{BROWSER_CLOCK} {name}"),
        _ => {
            // What lies in an archive is named after it; the folders inside tell the machines apart.
            let inside = name.rsplit_once("!/").map_or(name, |(_, inside)| inside);
            inside.split_once('/').map_or("origin", |(folder, _)| folder).to_owned()
        }
    }
}
