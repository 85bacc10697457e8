//! Clocks that disagree. Offsets are found from requests that two sources both saw, by their rays, or by what they asked where a log
//! names none; a zone that a log left out, from messages and access lines of one request.

mod all_lines;
mod by_client;
mod densest;
mod ended;
mod failures;
mod lent;
mod local;
mod offset;
mod quarters;
mod seen;
mod series;
mod sight;
mod span;
mod stretches;
mod zones;
mod zones_of_processes;
mod zones_of_requests;

use std::collections::{BTreeMap, BTreeSet};

use super::vantage::SameTraffic;
use super::whole::Whole;
use crate::evidence::{InputId, InputKind, InputSummary, MessageRow, Place};
use crate::time::{Duration, Time};
use by_client::by_client;
use ended::Ended;
use local::{local_logs, put_into_zones, put_pairs_into_zone, without_zones};
use offset::{stretch_at, tells_lines};
use seen::{by_key, by_message, seen_requests};
use series::{BROWSER_CLOCK, EDGE_CLOCK, clock_name, clocks_of, numbered};
use sight::{BothSaw, SeenRequest};
use zones::{zones, zones_of_access_logs};

pub use offset::Offset;
pub(super) use series::machines;

/// The clocks of all inputs, and how far each is from the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    clock_of: BTreeMap<InputId, String>,
    /// Stretch by stretch in order of time.
    offsets: BTreeMap<String, Vec<Offset>>,
    /// Logs of whose clock nothing tells, and the one that they are taken to go by.
    lent: BTreeMap<InputId, String>,
    /// Inputs whose lines carry no zone, and the correction found for them.
    zones: BTreeMap<InputId, Duration>,
    /// Captures whose clock is another than that of their folder, and the correction to that one.
    apart: BTreeMap<InputId, Duration>,
    reference: String,
}

impl Clocks {
    /// Finds the clocks and their offsets. The edge's clock is the reference where its log is there, else that of a capture, which tells time finest, else that
    /// of the first input that has a time. Where captures of several places saw the same connections, each packet of those tells how far their clocks
    /// are apart.
    pub fn of(evidence: &Whole, same_traffic: &[SameTraffic]) -> Clocks {
        let clock_of: BTreeMap<InputId, String> = evidence
            .inputs
            .iter()
            .filter(|(_, input)| input.first.is_some())
            .map(|(&id, input)| (id, clock_name(&input.name, input.kind)))
            .collect();
        let is_capture = |input: &InputId| evidence.inputs[input].kind == InputKind::Capture;
        let reference = clock_of
            .values()
            .find(|name| *name == EDGE_CLOCK)
            .or_else(|| clock_of.iter().find(|(input, _)| is_capture(input)).map(|(_, name)| name))
            .or_else(|| clock_of.values().find(|name| !name.starts_with(BROWSER_CLOCK)))
            .or_else(|| clock_of.values().next())
            .cloned()
            .unwrap_or_default();
        let mut clocks = Clocks { clock_of, reference, ..Clocks::default() };
        clocks.tell_apart(same_traffic);
        let pairs = clocks.pairs_and_zones(evidence);
        let told: BTreeSet<InputId> = pairs.keys().copied().collect();
        clocks.find_offsets(evidence, pairs);
        clocks.tie(same_traffic);
        clocks.find_offsets_of_captures(evidence);
        clocks.find_offsets_of_lines(evidence);
        clocks.lend(evidence);
        let is_told = |input: InputId| told.contains(&input) || clocks.zones.contains_key(&input);
        let of_access_logs = zones_of_access_logs(evidence, is_told, &|place, time| clocks.at(place, time));
        clocks.zones.extend(of_access_logs);
        let mut of_messages = zones(evidence, &|place, time| clocks.at(place, time));
        of_messages.retain(|input, _| !clocks.zones.contains_key(input));
        clocks.zones.extend(of_messages);
        clocks.zones.retain(|_, zone| *zone != Duration::ZERO);
        clocks
    }

    /// An instant of one input's clock, by the reference clock.
    pub fn correct(&self, input: InputId, time: Time) -> Time {
        let time = time.plus(self.zone(input));
        let stretch = self.stretch(input, time);
        stretch.map_or(time, |offset| offset.correct(time)).plus(self.apart(input))
    }

    /// An instant that stands at a place, by the reference clock. A clock that was set back shows an hour twice: which of them is
    /// meant, the place tells.
    pub fn at(&self, place: Place, time: Time) -> Time {
        let input = place.input();
        let stretches = self.stretches(input);
        let is_later = |offset: &&Offset| {
            offset.first_line.is_some_and(|first| first.input() == input && first <= place)
        };
        let earliest = || stretches.first().filter(|_| tells_lines(stretches, input));
        let stretch =
            if stretches.len() > 1 { stretches.iter().rfind(is_later).or_else(earliest) } else { None };
        match stretch {
            Some(offset) => offset.correct(time.plus(self.zone(input))).plus(self.apart(input)),
            None => self.correct(input, time),
        }
    }

    /// When a second begins in which captures count connections, by the reference clock: they count by their own, of which there is one but where several
    /// machines captured.
    pub(super) fn counted_seconds(&self, evidence: &Whole) -> impl Fn(i64) -> Time {
        let mut captures = evidence.inputs.iter().filter(|(_, input)| input.kind == InputKind::Capture);
        let capture = captures.next().map(|(&capture, _)| capture);
        move |second| {
            let time = Time::from_seconds(second, 0);
            capture.map_or(time, |capture| self.correct(capture, time))
        }
    }

    /// When a message was written, by the reference clock; one without a time, at the epoch. Beside lines without a zone stand some that tell theirs (a program's own
    /// instant behind the journal's): the zone of the others is none of theirs.
    pub fn time_of(&self, row: &MessageRow) -> Time {
        self.corrected(row, row.line.time.unwrap_or_default())
    }

    /// The same of a message that has a time.
    pub fn written_at(&self, row: &MessageRow) -> Option<Time> {
        row.line.time.map(|time| self.corrected(row, time))
    }

    fn corrected(&self, row: &MessageRow, written: Time) -> Time {
        let zone = if row.line.time_is_local { Duration::ZERO } else { self.zone(row.place.input()) };
        self.at(row.place, written.plus(-zone))
    }

    /// The clock that each input goes by, in a numbering.
    pub(super) fn numbers(&self) -> BTreeMap<InputId, usize> {
        numbered(self.clock_of.clone())
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
        self.stretches(input).iter().map(|offset| offset.spread).max().unwrap_or_default()
    }

    /// How far a moment of an input, told to such a resolution, may lie from another's: what one of the two leaves open holds the other.
    pub fn doubt(&self, input: InputId, resolution: Duration) -> Duration {
        self.spread(input).max(resolution)
    }

    /// The offset of an input, where one is known: its first stretch, whose lags hold for all.
    pub fn offset(&self, input: InputId) -> Option<&Offset> {
        self.stretches(input).first()
    }

    /// The offsets found, by the other clock's name, stretch by stretch.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, &Offset)> {
        self.offsets
            .iter()
            .flat_map(|(name, offsets)| offsets.iter().map(move |offset| (name.as_str(), offset)))
    }

    fn stretches(&self, input: InputId) -> &[Offset] {
        let offsets = self.clock_of.get(&input).and_then(|clock| self.offsets.get(clock));
        let offsets = offsets.or_else(|| self.offsets.get(self.lent.get(&input)?));
        offsets.map_or(&[], Vec::as_slice)
    }

    /// The stretch that an instant of an input's clock lies in.
    fn stretch(&self, input: InputId, time: Time) -> Option<&Offset> {
        stretch_at(self.stretches(input), time)
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
                self.first_offset(&leads).map_or_else(Default::default, |lead| (lead.ahead, lead.spread));
            let offset = Offset {
                ahead: before + ahead,
                spread: spread.max(same.overlap.spread),
                pairs: same.overlap.matched,
                ..self.first_offset(&leads).cloned().unwrap_or_else(|| Offset::none(self.reference.clone()))
            };
            self.offsets.insert(follows, vec![offset]);
        }
    }

    /// The clocks of both places.
    fn clocks_of(&self, same: &SameTraffic) -> Option<(String, String)> {
        let clock =
            |inputs: &BTreeSet<InputId>| inputs.iter().find_map(|input| self.clock_of.get(input)).cloned();
        Some((clock(&same.counted_inputs)?, clock(&same.other_inputs)?))
    }

    fn first_offset(&self, clock: &str) -> Option<&Offset> {
        self.offsets.get(clock).and_then(|offsets| offsets.first())
    }

    /// What requests say that both the reference and another clock saw, by the input of that clock; the zones of these that their logs do not
    /// tell are noted.
    fn pairs_and_zones(&mut self, evidence: &Whole) -> BTreeMap<InputId, Vec<BothSaw>> {
        let mut pairs: BTreeMap<InputId, Vec<BothSaw>> = BTreeMap::new();
        let local = local_logs(evidence);
        let mut requests = seen_requests(evidence, |input| self.apart(input));
        self.zones = put_into_zones(&mut requests, &local);
        let of_reference: BTreeSet<InputId> = self
            .clock_of
            .iter()
            .filter(|(_, clock)| **clock == self.reference)
            .map(|(input, _)| *input)
            .collect();
        for of_ray in requests.chunk_by(|(ray, _), (other, _)| ray == other).filter(|of_ray| of_ray.len() > 1)
        {
            let is_reference = |seen: &&SeenRequest| of_reference.contains(&seen.input);
            let seen = || of_ray.iter().map(|(_, seen)| seen);
            let Some(reference) = seen().find(is_reference) else { continue };
            for other in seen().filter(|other| !is_reference(other)) {
                pairs.entry(other.input).or_default().push(BothSaw::of(reference, other, 1.0));
            }
        }
        if self.reference == EDGE_CLOCK {
            for (input, mut more) in by_key(evidence) {
                if local.contains(&input) {
                    let zone = put_pairs_into_zone(input, &mut more, self.zones.get(&input).copied());
                    self.zones.insert(input, zone);
                }
                pairs.entry(input).or_default().extend(more);
            }
        }
        pairs
    }

    /// The offset of each clock that pairs tell of.
    fn find_offsets(&mut self, evidence: &Whole, mut pairs: BTreeMap<InputId, Vec<BothSaw>>) {
        let mut of_clock: BTreeMap<String, Vec<(InputId, &InputSummary)>> = BTreeMap::new();
        for (&input, clock) in self.clock_of.iter().filter(|(_, clock)| **clock != self.reference) {
            if let Some(summary) = evidence.inputs.get(&input) {
                of_clock.entry(clock.clone()).or_default().push((input, summary));
            }
        }
        for (clock, inputs) in of_clock {
            let of_inputs: BTreeMap<_, _> =
                inputs.iter().filter_map(|(input, _)| pairs.remove_entry(input)).collect();
            if of_inputs.is_empty() {
                continue;
            }
            for found in clocks_of(&clock, &inputs, of_inputs, &self.reference) {
                if found.offsets.is_empty() {
                    continue;
                }
                for input in found.inputs {
                    self.clock_of.insert(input, found.name.clone());
                }
                self.offsets.insert(found.name, found.offsets);
            }
        }
    }

    /// Where a capture shows no request that another source names, the attempts that failed tell how far its clock is off: as far as the clock
    /// of a machine whose logs are here, since it was taken on one, or not at all, or as most of them say.
    fn find_offsets_of_captures(&mut self, evidence: &Whole) {
        if self.reference != EDGE_CLOCK {
            return;
        }
        let ended = ended::ended(evidence, |input| self.stretches(input).is_empty());
        let inputs: BTreeSet<InputId> = ended.iter().flat_map(Ended::inputs).collect();
        let clocks: BTreeSet<String> =
            inputs.iter().filter_map(|input| self.clock_of.get(input)).cloned().collect();
        let mut told: BTreeSet<String> = BTreeSet::new();
        for clock in clocks {
            let is_of = |input: InputId| self.clock_of.get(&input) == Some(&clock);
            let machines = self.machines().map(|(_, stretches)| stretches);
            if let Some(stretches) = lent::clock_of_capture(&ended, is_of, machines, &self.reference) {
                if !stretches.is_empty() {
                    self.offsets.insert(clock.clone(), stretches);
                }
                told.insert(clock);
            }
        }
        let mut pairs = BTreeMap::new();
        ended.iter().for_each(|ended| ended.add_pairs(&mut pairs));
        pairs.retain(|input, _| self.clock_of.get(input).is_none_or(|clock| !told.contains(clock)));
        self.find_offsets(evidence, pairs);
    }

    /// The clocks of machines that are told, stretch by stretch: not those of browsers.
    fn machines(&self) -> impl Iterator<Item = (&str, &[Offset])> {
        let of_machines = self.offsets.iter().filter(|(name, _)| !name.starts_with(BROWSER_CLOCK));
        of_machines.map(|(name, offsets)| (name.as_str(), offsets.as_slice()))
    }

    /// Where nothing else tells how far a log's clock is off, the requests that its lines name do: those of an error log by what was asked, else by
    /// their connections, which packets show.
    fn find_offsets_of_lines(&mut self, evidence: &Whole) {
        if self.reference == EDGE_CLOCK {
            let mut pairs = by_message(evidence, |row| self.is_untold(row.place.input()));
            without_zones(evidence, &mut pairs);
            self.find_offsets(evidence, pairs);
        }
        let mut pairs =
            by_client(evidence, |input| self.is_untold(input), |input, time| self.correct(input, time));
        without_zones(evidence, &mut pairs);
        self.find_offsets(evidence, pairs);
    }

    /// Lends the clock of all other machines to logs of which nothing tells. Of a capture its own attempts tell, or nothing does.
    fn lend(&mut self, evidence: &Whole) {
        if self.reference != EDGE_CLOCK {
            return;
        }
        let is_log = |kind| !matches!(kind, InputKind::Capture | InputKind::Har);
        let logs = || evidence.inputs.iter().filter(|(_, input)| is_log(input.kind)).map(|(&id, _)| id);
        let of_logs: BTreeSet<&str> =
            logs().filter_map(|input| self.clock_of.get(&input)).map(String::as_str).collect();
        let Some(shared) = lent::clock_of_others(self.machines(), |name| of_logs.contains(name)) else {
            return;
        };
        let untold = logs().filter(|&input| self.is_untold(input));
        self.lent = untold.map(|input| (input, shared.clone())).collect();
    }

    /// Whether nothing tells how far the clock of a log is off.
    fn is_untold(&self, input: InputId) -> bool {
        self.clock_of.get(&input) != Some(&self.reference) && self.stretches(input).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::MessageLine;

    /// Otherwise what a program dates itself is an hour away from what the journal around it says.
    #[test]
    fn a_line_that_tells_its_zone_is_not_put_into_that_of_the_lines_around_it() {
        let input = InputId(0);
        let zones = BTreeMap::from([(input, Duration::from_seconds(-3600))]);
        let clocks = Clocks { zones, ..Clocks::default() };
        let told = |time_is_local| {
            let time = Some(Time::from_seconds(7200, 0));
            let line = MessageLine { time, time_is_local, ..MessageLine::default() };
            clocks.time_of(&MessageRow { place: Place::Line { input, line: 1, before: 0 }, line })
        };
        assert_eq!((told(true), told(false)), (Time::from_seconds(3600, 0), Time::from_seconds(7200, 0)));
    }
}
