//! Attempts that failed and of which no ray can be read, as a capture and the edge's log saw them: what the clock of a capture is told by that
//! shows no ray.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::offset::{Offset, stretch_at};
use super::sight::{BothSaw, SeenRequest};
use crate::correlate::ending::{self, FailedEnding};
use crate::correlate::whole::Whole;
use crate::evidence::{ConnectionRow, EdgeRow, HostKey, InputId, Place};
use crate::time::{Duration, Time};

/// The most failures of one address of the edge, or where these are more of one host at it, that are compared each with each.
const MOST_OF_AN_ADDRESS: usize = 64;
/// The most records that one failed attempt is held against.
const MOST_NEAR: usize = 32;
/// Between edge and origin, beyond what clocks tell.
pub(super) const WAY: Duration = Duration::from_milliseconds(500);

/// What failed at one address of the edge, in order of time; or anywhere, where the edge's log names no address.
#[derive(Default)]
pub(super) struct Ended<'e> {
    records: Vec<&'e EdgeRow>,
    attempts: Vec<EndedAttempt<'e>>,
}

/// A failed attempt.
#[derive(Clone, Copy)]
struct EndedAttempt<'e> {
    row: &'e ConnectionRow,
    /// What it asked for, as far as it was captured.
    target: &'e str,
    /// The host that it named, where that was captured.
    host: Option<&'e str>,
    ending: FailedEnding,
}

/// The failed attempts of the inputs that are wanted, with the records of the edge that may be of them.
pub(super) fn ended<'e>(evidence: &'e Whole, wanted: impl Fn(InputId) -> bool) -> Vec<Ended<'e>> {
    let mut by_address: BTreeMap<IpAddr, Ended<'_>> = BTreeMap::new();
    let mut anywhere = Ended::default();
    for row in evidence.connections.iter().filter(|row| wanted(row.input())) {
        if let Some(attempt) = EndedAttempt::of(row) {
            by_address.entry(row.connection.client.ip()).or_default().attempts.push(attempt);
            anywhere.attempts.push(attempt);
        }
    }
    for row in evidence.edge.iter().filter(|row| row.record.edge_status.is_some_and(|status| status >= 500)) {
        match row.record.edge_address {
            Some(address) => {
                if let Some(ended) = by_address.get_mut(&address) {
                    ended.records.push(row);
                }
            }
            None if !row.record.edge_address_logged => anywhere.records.push(row),
            None => {}
        }
    }
    let mut all: Vec<Ended<'_>> = by_address.into_values().chain([anywhere]).collect();
    all.retain(|ended| !ended.records.is_empty() && !ended.attempts.is_empty());
    all
}

impl<'e> EndedAttempt<'e> {
    fn of(row: &'e ConnectionRow) -> Option<EndedAttempt<'e>> {
        let rayless = row.exchanges.iter().find_map(|kept| {
            let request = kept.exchange.request.as_ref();
            let target = request.map_or("", |request| &request.target);
            let host = request.and_then(|request| request.host.as_deref());
            Some(EndedAttempt { row, target, host, ending: ending::of_rayless(row, kept)? })
        });
        rayless.or_else(|| {
            Some(EndedAttempt { row, target: "", host: None, ending: ending::of_connection(row)? })
        })
    }
}

impl<'e> Ended<'e> {
    /// The inputs whose attempts these are.
    pub fn inputs(&self) -> BTreeSet<InputId> {
        self.attempts.iter().map(|attempt| attempt.row.input()).collect()
    }

    /// How many attempts of some inputs have a record of their own at their time, or within so much of it, by each of these clocks.
    pub fn simultaneous(
        &self,
        is_of: impl Fn(InputId) -> bool,
        clocks: &[&[Offset]],
        within: Duration,
    ) -> Vec<usize> {
        let in_order = |moment: &dyn Fn(&EdgeRow) -> Time| {
            let mut records: Vec<(Time, &EdgeRow)> =
                self.records.iter().map(|record| (moment(record), *record)).collect();
            records.sort_by_key(|(time, row)| (*time, row.place));
            records
        };
        let (begun, over) = (in_order(&begin), in_order(&end));
        let matched = |stretches: &&[Offset]| {
            let mut taken = BTreeSet::new();
            for attempt in self.attempts.iter().filter(|attempt| is_of(attempt.row.input())) {
                let shown = attempt.ending.at.time;
                let time = stretch_at(stretches, shown).map_or(shown, |offset| offset.correct(shown));
                let records = if attempt.ending.begins { &begun } else { &over };
                // A clock that tells whole seconds has cut them off.
                let from =
                    records.partition_point(|(told, row)| told.plus(row.record.resolution + within) < time);
                let near = records.iter().skip(from).take(MOST_NEAR);
                let mut near = near.take_while(|(told, _)| *told <= time.plus(within));
                let own = near.find(|(_, record)| fits(record, attempt) && !taken.contains(&record.place));
                taken.extend(own.map(|(_, record)| record.place));
            }
            taken.len()
        };
        clocks.iter().map(matched).collect()
    }

    /// How many could have one: no more than there are of either.
    pub fn most(&self, is_of: impl Fn(InputId) -> bool) -> usize {
        self.attempts.iter().filter(|attempt| is_of(attempt.row.input())).count().min(self.records.len())
    }

    /// Adds the pairs of one address, each by how many others there are of its record and of its connection.
    pub fn add_pairs(&self, pairs: &mut BTreeMap<InputId, Vec<BothSaw>>) {
        if self.are_few() {
            self.add_pairs_of_few(pairs);
        } else {
            self.by_host().iter().filter(|part| part.are_few()).for_each(|part| part.add_pairs_of_few(pairs));
        }
    }

    fn are_few(&self) -> bool {
        self.records.len().max(self.attempts.len()) <= MOST_OF_AN_ADDRESS
    }

    /// The attempts by the host that they ask for, each with the records that name it; those that ask for none, with all.
    fn by_host(&self) -> Vec<Ended<'e>> {
        let mut parts: BTreeMap<Option<HostKey>, Ended<'e>> = BTreeMap::new();
        for attempt in &self.attempts {
            let hello = attempt.row.tls.as_ref().and_then(|tls| tls.client_hello.as_ref());
            let asked = hello.and_then(|hello| hello.sni.as_deref()).map(HostKey::of);
            parts.entry(asked).or_default().attempts.push(*attempt);
        }
        for record in &self.records {
            let host = record.record.host.as_deref().map(HostKey::of);
            for key in BTreeSet::from([None, host]) {
                if let Some(part) = parts.get_mut(&key) {
                    part.records.push(record);
                }
            }
        }
        parts.into_values().collect()
    }

    fn add_pairs_of_few(&self, pairs: &mut BTreeMap<InputId, Vec<BothSaw>>) {
        let sight = |place: Place, start: Time, resolution: Duration| {
            let input = place.input();
            SeenRequest { input, start, end: None, resolution, line: Some(place) }
        };
        let attempts_of =
            |record: &&EdgeRow| self.attempts.iter().filter(|attempt| fits(record, attempt)).count();
        let of_record: Vec<usize> = self.records.iter().map(attempts_of).collect();
        for attempt in &self.attempts {
            let EndedAttempt { row, ending, .. } = attempt;
            let fitting = || self.records.iter().zip(&of_record).filter(|(record, _)| fits(record, attempt));
            let alike = fitting().count();
            for (record, of_record) in fitting() {
                let met = if ending.begins { begin(record) } else { end(record) };
                let reference = sight(record.place, met, record.record.resolution);
                let other = sight(row.place(ending.at), ending.at.time, Duration::NANOSECOND);
                #[expect(clippy::cast_precision_loss, reason = "few each")]
                let weight = 1.0 / (of_record * alike) as f64;
                pairs.entry(row.input()).or_default().push(BothSaw::of(&reference, &other, weight));
            }
        }
    }
}

fn begin(row: &EdgeRow) -> Time {
    row.record.start
}

fn end(row: &EdgeRow) -> Time {
    row.record.over().unwrap_or(row.record.start)
}

/// Whether the edge says of the record what it would of the attempt, which is to the record's host where it names one.
fn fits(record: &EdgeRow, attempt: &EndedAttempt<'_>) -> bool {
    let host = record.record.host.as_deref();
    let is_asked = |host: &str| attempt.host.is_none_or(|asked| HostKey::of(asked) == HostKey::of(host));
    record.record.edge_status.is_some_and(|status| attempt.ending.statuses.contains(&status))
        && ending::may_ask_for(&record.record, attempt.target)
        && host.is_none_or(|host| is_asked(host) && ending::other_name(attempt.row, host).is_none())
}
