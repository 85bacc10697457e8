//! Clocks that disagree. Offsets are found from requests that two sources both saw, by their rays; a zone that a log left out, from
//! messages and access lines of one request.

use std::collections::{BTreeMap, BTreeSet};

use super::SameTraffic;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{AccessRow, EdgeRow, HarRow, InputId, InputKind, Partial};
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
    /// Captures whose clock is another than that of their folder, and the correction to that one, in nanoseconds.
    apart: BTreeMap<InputId, i64>,
    reference: String,
}

/// How far one clock is ahead of another, from requests that both saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The reference clock's name.
    pub reference: String,
    /// Nanoseconds by which the reference is ahead.
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
        Clocks::tied(partial, &[])
    }

    /// The same, where captures of several places saw the same connections: each packet of those tells how far their clocks are apart.
    pub fn tied(partial: &Partial, same_traffic: &[SameTraffic]) -> Clocks {
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
        let mut clocks = Clocks { clock_of, reference, ..Clocks::default() };
        clocks.tell_apart(same_traffic);
        clocks.find_offsets(partial);
        clocks.tie(same_traffic);
        clocks.find_zones(partial);
        clocks
    }

    /// An instant of one input's clock, by the reference clock.
    pub fn correct(&self, input: InputId, time: Time) -> Time {
        let offset = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        time.plus(offset.map_or(0, |offset| offset.nanoseconds))
            .plus(self.zone(input))
            .plus(self.apart(input))
    }

    /// The correction for an input whose lines carry no zone, in nanoseconds.
    pub fn zone(&self, input: InputId) -> i64 {
        self.zones.get(&input).copied().unwrap_or(0)
    }

    /// The correction of a capture to the clock of its folder, in nanoseconds.
    fn apart(&self, input: InputId) -> i64 {
        self.apart.get(&input).copied().unwrap_or(0)
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
            let (nanoseconds, spread) =
                self.offsets.get(&leads).map_or((0, 0), |lead| (lead.nanoseconds, lead.spread));
            let offset = Offset {
                reference: self.reference.clone(),
                nanoseconds: nanoseconds.saturating_add(ahead),
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

    fn find_offsets(&mut self, partial: &Partial) {
        let mut pairs: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
        for seen in sightings(partial, |input| self.apart(input)).values() {
            let is_reference =
                |sighting: &&Sighting| self.clock_of.get(&sighting.input) == Some(&self.reference);
            let Some(reference) = seen.iter().find(is_reference) else { continue };
            for sighting in seen.iter().filter(|sighting| !is_reference(sighting)) {
                if let Some(clock) = self.clock_of.get(&sighting.input) {
                    pairs.entry(clock.clone()).or_default().push(pair(reference, sighting));
                }
            }
        }
        for (clock, pairs) in pairs {
            self.offsets.insert(clock, offset_of(pairs, self.reference.clone()));
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
        _ => {
            // What lies in an archive is named after it; the folders inside tell the machines apart.
            let inside = name.rsplit_once("!/").map_or(name, |(_, inside)| inside);
            inside.split_once('/').map_or("origin", |(folder, _)| folder).to_owned()
        }
    }
}

/// A request at one source: where, when it began and was over there, and how finely the source tells time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sighting {
    input: InputId,
    start: Time,
    end: Option<Time>,
    resolution: i64,
}

/// Two sources' words on one request: by how much the reference is ahead at its start and at its end, in nanoseconds.
struct Pair {
    at_start: i64,
    at_end: Option<i64>,
    resolution: i64,
}

fn pair(reference: &Sighting, other: &Sighting) -> Pair {
    // A clock that tells whole seconds has cut them off: the middle of its second is the best guess.
    let middle = |sighting: &Sighting, time: Time| time.plus(sighting.resolution / 2);
    let ahead = |a: Time, b: Time| middle(reference, a).since(middle(other, b));
    Pair {
        at_start: ahead(reference.start, other.start),
        at_end: reference.end.zip(other.end).map(|(a, b)| ahead(a, b)),
        resolution: reference.resolution.max(other.resolution),
    }
}

/// When each ray was first seen by each input: its request there. `apart` corrects captures to the clock of their folder.
fn sightings(partial: &Partial, apart: impl Fn(InputId) -> i64) -> BTreeMap<Ray, Vec<Sighting>> {
    let mut sightings: BTreeMap<Ray, Vec<Sighting>> = BTreeMap::new();
    let mut saw = |ray: Option<Ray>, mut sighting: Sighting| {
        if let Some(ray) = ray {
            let apart = apart(sighting.input);
            sighting.start = sighting.start.plus(apart);
            sighting.end = sighting.end.map(|end| end.plus(apart));
            sightings.entry(ray).or_default().push(sighting);
        }
    };
    for seen in [Seen::Edge, Seen::Capture, Seen::Access, Seen::Har] {
        for &HealthyRequest { ray, input, time, end, resolution, .. } in partial.samples.of(seen) {
            saw(ray, Sighting { input, start: time, end, resolution });
        }
    }
    for EdgeRow { place, record } in &partial.edge {
        let end = record.end;
        saw(
            record.ray,
            Sighting { input: place.input(), start: record.start, end, resolution: record.resolution },
        );
    }
    for AccessRow { place, line } in &partial.access {
        let ray = line.ray.map(|ray| ray.ray);
        saw(
            ray,
            Sighting {
                input: place.input(),
                start: line.start(),
                end: line.end(),
                resolution: line.resolution,
            },
        );
    }
    for HarRow { place, entry } in &partial.har {
        if let Some(start) = entry.start {
            let end = entry.duration.map(|duration| start.plus(duration));
            saw(entry.ray.map(|ray| ray.ray), Sighting { input: place.input(), start, end, resolution: 1 });
        }
    }
    for row in &partial.connections {
        for kept in &row.exchanges {
            let Some(request) = &kept.exchange.request else { continue };
            let end = kept.exchange.response.as_ref().map(|response| response.last.time);
            let input = row.place(request.first).input();
            saw(
                request.ray.map(|ray| ray.ray),
                Sighting { input, start: request.first.time, end, resolution: 1 },
            );
        }
    }
    // One ray, several attempts: the first is the one that the edge's start belongs to.
    for seen in sightings.values_mut() {
        seen.sort_unstable();
        seen.dedup_by_key(|sighting| sighting.input);
    }
    sightings
}

/// Between two places a request takes time on its way there and an answer on its way back: the true offset lies between what the
/// starts and what the ends say, so the middle of both is taken, each from the tenth of the pairs that lost least on the way. Where
/// some pairs are fine and others coarse (packets beside a log of whole seconds), only the fine ones speak.
fn offset_of(mut pairs: Vec<Pair>, reference: String) -> Offset {
    let finest = pairs.iter().map(|pair| pair.resolution).min().unwrap_or(1).max(1);
    pairs.retain(|pair| pair.resolution <= finest.saturating_mul(10));
    let sorted = |mut values: Vec<i64>| {
        values.sort_unstable();
        values
    };
    let starts = sorted(pairs.iter().map(|pair| pair.at_start).collect());
    let ends = sorted(pairs.iter().filter_map(|pair| pair.at_end).collect());
    let at =
        |values: &[i64], tenths: usize| values.get(values.len().saturating_sub(1) * tenths / 10).copied();
    let median = at(&starts, 5).unwrap_or(0);
    // Which of both comes first depends on which source is nearer to the visitor.
    let (low, high) = match at(&ends, 5) {
        Some(end) if end >= median => (at(&starts, 9).unwrap_or(median), at(&ends, 1).unwrap_or(end)),
        Some(end) => (at(&ends, 9).unwrap_or(end), at(&starts, 1).unwrap_or(median)),
        None => (median, median),
    };
    let quarter = (at(&starts, 7).unwrap_or(median) - at(&starts, 3).unwrap_or(median)) / 2;
    Offset {
        reference,
        nanoseconds: low / 2 + high / 2,
        spread: quarter.max(finest),
        pairs: pairs.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MILLISECOND;

    fn requests(latency: i64, ahead: i64, resolution: i64) -> Vec<Pair> {
        let request = |number: i64| {
            let origin =
                Sighting { input: InputId(1), start: Time(number * 7 * SECOND / 3), end: None, resolution };
            let took = 20 * MILLISECOND;
            // Some connections are new and take a round trip more before the request is sent.
            let way = if number % 3 == 0 { 3 * latency } else { latency };
            let edge = Sighting {
                input: InputId(0),
                start: origin.start.plus(ahead - way),
                end: Some(origin.start.plus(ahead + took + latency)),
                resolution: 1,
            };
            let floor = |time: Time| Time(time.0.div_euclid(resolution) * resolution);
            let logged =
                Sighting { start: floor(origin.start), end: Some(floor(origin.start.plus(took))), ..origin };
            pair(&edge, &logged)
        };
        (0..300).map(request).collect()
    }

    #[test]
    fn an_offset_is_not_mistaken_for_the_way_between() {
        let offset = offset_of(requests(50 * MILLISECOND, 7_310 * MILLISECOND, 1), "edge".to_owned());
        assert!((offset.nanoseconds - 7_310 * MILLISECOND).abs() < 2 * MILLISECOND, "{offset:?}");
    }

    #[test]
    fn a_log_of_whole_seconds_still_gives_an_offset_within_its_resolution() {
        let offset = offset_of(requests(20 * MILLISECOND, -3_800 * MILLISECOND, SECOND), "edge".to_owned());
        assert!((offset.nanoseconds + 3_800 * MILLISECOND).abs() < SECOND / 2, "{offset:?}");
    }
}
