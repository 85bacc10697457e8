//! Messages that name no request and are written as one ends: each to the access line of its machine that ends beside it, healthy lines
//! competing.

use std::collections::{BTreeMap, BTreeSet};

use super::joiner::Joiner;
use super::messages::Waiting;
use crate::correlate::rows::{AccessIndex, MessageIndex};
use crate::evidence::sample::Seen;
use crate::evidence::{InputId, InputKind, MessageRow};
use crate::time::{Duration, Time};

/// A proxy writes both lines in so short a time.
const BESIDE: Duration = Duration::from_milliseconds(2);
/// A line that is less than so many times as far away as the nearest one may be it as well.
const CLEARLY_FARTHER: i64 = 4;
/// So many lines before and after a message are looked at: where more end beside it, nobody knows whose it is.
const NEAREST: usize = 16;
/// So likely may a line that is not known end as near.
const MOST_UNKNOWN: f64 = 0.05;

/// Whose an access line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Case(usize),
    /// A request that went well, or is no case; each its own.
    Other(usize),
}

/// The access logs of one machine that go by one clock.
#[derive(Default)]
struct EndsOfMachine {
    /// When requests ended by that clock, to what resolution, and whose they are; sorted.
    ends: Vec<(Time, Duration, Owner)>,
    inputs: BTreeSet<InputId>,
}

impl Joiner<'_> {
    /// The cases that left messages of this kind, each with its message. A line is given one message at most.
    pub fn told_at_end(&self, rows: &Waiting<'_>) -> Vec<(usize, MessageIndex)> {
        if rows.is_empty() {
            return Vec::new();
        }
        let of_machines = self.ends_of_machines();
        let mut claims: Vec<(Duration, MessageIndex, usize)> = Vec::new();
        for (index, row) in rows {
            let ends = self.machine_and_clock(row.place.input()).and_then(|key| of_machines.get(&key));
            let nearest = ends.and_then(|ends| self.nearest(row, ends));
            claims.extend(nearest.map(|(case, apart)| (apart, *index, case)));
        }
        claims.sort_unstable();
        let mut given = BTreeSet::new();
        let first_claim = claims.into_iter().filter(|(_, _, case)| given.insert(*case));
        first_claim.map(|(_, index, case)| (case, index)).collect()
    }

    /// Lines of another clock are not compared: what is known of how far it is off is coarser than what lies between the two lines.
    fn machine_and_clock(&self, input: InputId) -> Option<(usize, usize)> {
        self.machines.get(&input).copied().zip(self.clock_numbers.get(&input).copied())
    }

    fn ends_of_machines(&self) -> BTreeMap<(usize, usize), EndsOfMachine> {
        let evidence = self.evidence;
        let mut of_machines: BTreeMap<(usize, usize), EndsOfMachine> = BTreeMap::new();
        for (input, summary) in &evidence.inputs {
            if let Some(key) = self.machine_and_clock(*input).filter(|_| summary.kind == InputKind::AccessLog)
            {
                of_machines.entry(key).or_default().inputs.insert(*input);
            }
        }
        let mut owners: BTreeMap<AccessIndex, usize> = BTreeMap::new();
        for (case, known) in self.cases.iter().enumerate() {
            owners.extend(known.access.iter().map(|index| (*index, case)));
        }
        let of_rows = evidence.access.indexed().enumerate().map(|(number, (index, row))| {
            let owner = owners.get(&index).map_or(Owner::Other(number), |case| Owner::Case(*case));
            let end = row.line.end().map(|end| self.clocks.at(row.place, end));
            (row.place.input(), end, row.line.resolution, owner)
        });
        let kept = evidence.access.iter().count();
        let sampled = evidence.samples.of(Seen::Access).enumerate().map(|(number, request)| {
            let end = request.end.map(|end| self.clocks.correct(request.input, end));
            (request.input, end, request.resolution, Owner::Other(kept + number))
        });
        for (input, end, resolution, owner) in of_rows.chain(sampled) {
            let machine = self.machine_and_clock(input).and_then(|key| of_machines.get_mut(&key));
            if let Some((machine, end)) = machine.zip(end) {
                machine.ends.push((end, resolution, owner));
            }
        }
        of_machines.values_mut().for_each(|machine| machine.ends.sort_unstable());
        of_machines
    }

    /// The case whose line ends beside a message, and how far from it; `None` where that is no case's, or another line may be it as well.
    fn nearest(&self, row: &MessageRow, machine: &EndsOfMachine) -> Option<(usize, Duration)> {
        let time = self.clocks.written_at(row)?;
        let reach = BESIDE.max(row.line.resolution * 2);
        let at = machine.ends.partition_point(|(end, _, _)| *end < time);
        let looked_at = at.saturating_sub(NEAREST)..machine.ends.len().min(at + NEAREST);
        let near = machine.ends.get(looked_at)?.iter().filter_map(|(end, resolution, owner)| {
            let apart = end.since(time).abs();
            // What is told more coarsely does not tell this moment.
            (apart <= reach && *resolution <= reach).then_some((apart, *owner))
        });
        let (apart, owner) = near.clone().min()?;
        let Owner::Case(case) = owner else { return None };
        let as_near = apart * CLEARLY_FARTHER + row.line.resolution;
        let is_alone = near.filter(|(_, other)| *other != owner).all(|(apart, _)| apart > as_near);
        let is_fit = is_alone
            && self.cases.get(case)?.may_have_been_sent(self.evidence)
            && self.unknown_within(machine, as_near.min(reach)) <= MOST_UNKNOWN;
        is_fit.then_some((case, apart))
    }

    /// How many lines that are only counted end so near to an instant, on the average.
    fn unknown_within(&self, machine: &EndsOfMachine, near: Duration) -> f64 {
        let summaries = machine.inputs.iter().filter_map(|input| self.evidence.inputs.get(input));
        let lines: u64 = summaries.clone().map(|summary| summary.records).sum();
        let unknown = lines.saturating_sub(machine.ends.len() as u64);
        let first = summaries.clone().filter_map(|summary| summary.first).min();
        let last = summaries.filter_map(|summary| summary.last).max();
        let span = first.zip(last).map_or(Duration::ZERO, |(first, last)| last.since(first));
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let (unknown, span, near) =
            (unknown as f64, span.nanoseconds().max(1) as f64, near.nanoseconds() as f64);
        unknown * (2.0 * near / span).min(1.0)
    }
}
