//! Clocks that disagree. Offsets are found from requests that two sources both saw, by their rays; a zone that a log left out, from
//! messages and access lines of one request.

use std::collections::BTreeMap;

use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{InputId, InputKind, Partial};
use crate::ray::Ray;
use crate::time::{SECOND, Time};

/// Zones differ from UTC by multiples of a quarter of an hour.
const QUARTER_HOUR: i64 = 900 * SECOND;

/// The clocks of all inputs, and how far each is from the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    clock_of: BTreeMap<InputId, String>,
    offsets: BTreeMap<String, Offset>,
    /// Inputs whose lines carry no zone, and the correction found for them, in nanoseconds.
    zones: BTreeMap<InputId, i64>,
    reference: String,
}

/// How far one clock is ahead of another, from requests that both saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The reference clock's name.
    pub reference: String,
    /// Nanoseconds by which the reference is ahead: the median of the pairs.
    pub nanoseconds: i64,
    /// Half the width that holds the middle half of the pairs, in nanoseconds, and never less than the resolution allows.
    pub spread: i64,
    /// Requests that both saw.
    pub pairs: u64,
}

impl Clocks {
    /// Finds the clocks and their offsets. The edge's clock is the reference where its log is there, else that of the first input
    /// that has a time.
    pub fn of(partial: &Partial) -> Clocks {
        let clock_of: BTreeMap<InputId, String> = partial
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
        let mut clocks = Clocks { clock_of, offsets: BTreeMap::new(), zones: BTreeMap::new(), reference };
        clocks.find_offsets(partial);
        clocks.find_zones(partial);
        clocks
    }

    /// An instant of one input's clock, by the reference clock.
    pub fn correct(&self, input: InputId, time: Time) -> Time {
        let offset = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        time.plus(offset.map_or(0, |offset| offset.nanoseconds)).plus(self.zone(input))
    }

    /// The correction for an input whose lines carry no zone, in nanoseconds.
    pub fn zone(&self, input: InputId) -> i64 {
        self.zones.get(&input).copied().unwrap_or(0)
    }

    /// How far two events of different clocks may lie apart and still be simultaneous, beyond their own resolution.
    pub fn spread(&self, input: InputId) -> i64 {
        let offset = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        offset.map_or(0, |offset| offset.spread)
    }

    /// Whether one input's clock is the reference, or its offset from it is known.
    pub fn is_known(&self, input: InputId) -> bool {
        self.clock_of
            .get(&input)
            .is_some_and(|clock| *clock == self.reference || self.offsets.contains_key(clock))
    }

    /// The offsets found, by the other clock's name.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, &Offset)> {
        self.offsets.iter().map(|(name, offset)| (name.as_str(), offset))
    }

    fn find_offsets(&mut self, partial: &Partial) {
        let sightings = sightings(partial);
        let mut pairs: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for seen in sightings.values() {
            let Some(&(_, at, resolution)) =
                seen.iter().find(|(input, _, _)| self.clock_of.get(input) == Some(&self.reference))
            else {
                continue;
            };
            for &(input, time, other_resolution) in seen {
                match self.clock_of.get(&input) {
                    Some(clock) if *clock != self.reference => {
                        pairs
                            .entry(clock.clone())
                            .or_default()
                            .push((at.since(time), resolution.max(other_resolution)));
                    }
                    _ => {}
                }
            }
        }
        for (clock, pairs) in pairs {
            let reference = self.reference.clone();
            self.offsets.insert(clock, offset_of(pairs, reference));
        }
    }

    /// An error log has no zone: held against access lines of the same requests it shows one.
    fn find_zones(&mut self, partial: &Partial) {
        let mut starts: BTreeMap<(&str, &str), Vec<Time>> = BTreeMap::new();
        for row in &partial.access {
            if let (Some(method), Some(target)) = (&row.line.method, &row.line.target) {
                starts.entry((method, target)).or_default().push(row.line.time);
            }
        }
        for row in &partial.connections {
            for request in row.exchanges.iter().filter_map(|kept| kept.exchange.request.as_ref()) {
                starts.entry((&request.method, &request.target)).or_default().push(request.first.time);
            }
        }
        let mut differences: BTreeMap<InputId, BTreeMap<i64, u64>> = BTreeMap::new();
        for row in partial.messages.iter().filter(|row| row.line.time_is_local) {
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
        _ => name.split_once('/').map_or("origin", |(folder, _)| folder).to_owned(),
    }
}

type Sighting = (InputId, Time, i64);

/// When each ray was first seen by each input: the start of its request there.
fn sightings(partial: &Partial) -> BTreeMap<Ray, Vec<Sighting>> {
    let mut sightings: BTreeMap<Ray, Vec<Sighting>> = BTreeMap::new();
    let mut saw = |ray: Option<Ray>, input, time, resolution| {
        if let Some(ray) = ray {
            sightings.entry(ray).or_default().push((input, time, resolution));
        }
    };
    for seen in [Seen::Edge, Seen::Capture, Seen::Access, Seen::Har] {
        for HealthyRequest { ray, input, time, resolution, .. } in partial.samples.of(seen) {
            saw(*ray, *input, *time, *resolution);
        }
    }
    for row in &partial.edge {
        saw(row.record.ray, row.place.input(), row.record.start, row.record.resolution);
    }
    for row in &partial.access {
        saw(row.line.ray.map(|ray| ray.ray), row.place.input(), row.line.start(), row.line.resolution);
    }
    for row in &partial.har {
        if let Some(start) = row.entry.start {
            saw(row.entry.ray.map(|ray| ray.ray), row.place.input(), start, 1);
        }
    }
    for row in &partial.connections {
        for request in row.exchanges.iter().filter_map(|kept| kept.exchange.request.as_ref()) {
            saw(request.ray.map(|ray| ray.ray), row.place(request.first).input(), request.first.time, 1);
        }
    }
    // One ray, several attempts: the first is the one that the edge's start belongs to.
    for seen in sightings.values_mut() {
        seen.sort_unstable();
        seen.dedup_by_key(|(input, _, _)| *input);
    }
    sightings
}

/// Where some pairs are fine and others coarse (packets beside a log of whole seconds), only the fine ones speak.
fn offset_of(mut pairs: Vec<(i64, i64)>, reference: String) -> Offset {
    let finest = pairs.iter().map(|(_, resolution)| *resolution).min().unwrap_or(1).max(1);
    pairs.retain(|(_, resolution)| *resolution <= finest.saturating_mul(10));
    let mut differences: Vec<i64> = pairs.iter().map(|(difference, _)| *difference).collect();
    differences.sort_unstable();
    let at =
        |share: usize| differences.get(differences.len().saturating_sub(1) * share / 4).copied().unwrap_or(0);
    Offset {
        reference,
        nanoseconds: at(2),
        spread: ((at(3) - at(1)) / 2).max(finest),
        pairs: differences.len() as u64,
    }
}
