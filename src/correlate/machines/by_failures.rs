//! Machines that nothing ties to what they serve, known by their failures: lines of one kind that stand beside the failures of one host alone, one for each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Addressee, FEWEST, FailuresAlike, Machines};
use crate::correlate::case::Case;
use crate::correlate::clock::Clocks;
use crate::correlate::whole::Whole;
use crate::evidence::HostKey;
use crate::evidence::failure::Failure;
use crate::facts::deaths;
use crate::facts::left_by_failures::is_left_by_failure;
use crate::time::{Duration, Time};

/// How far a line may be from the end of the request that left it, beyond what its clock leaves open.
const BESIDE: Duration = Duration::from_milliseconds(1_500);
/// One line or failure in so many may have no counterpart: a log or a record that lacks one.
const ONE_WITHOUT_IN: usize = 10;
/// Of more kinds of lines, each of a machine of its own, nobody could tell whose they are; nor are they all held against all failures.
const MOST_KINDS: usize = 256;

/// When requests for one that failed in one way ended, in order of time.
type Ends = BTreeMap<(Addressee, Failure), Vec<Time>>;

/// When lines of one kind were written, each with how far that may be off.
type Written = Vec<(Time, Duration)>;

impl Addressee {
    /// The host and the server of a case, as far as they are known.
    fn of(case: &Case, evidence: &Whole) -> [Option<Addressee>; 2] {
        let host = case.host(evidence).map(|host| Addressee::Host(HostKey::of(host)));
        [host, case.server_address(evidence).map(Addressee::Server)]
    }

    /// Whether both may be of one machine: not two hosts, and not two servers.
    fn may_be(self, other: Addressee) -> bool {
        match (self, other) {
            (Addressee::Host(_), Addressee::Server(_)) | (Addressee::Server(_), Addressee::Host(_)) => true,
            _ => self == other,
        }
    }
}

impl Machines {
    /// Ties each machine that is tied to nothing yet to the failures that its lines stand beside, if these are of one host or one server alone.
    pub(super) fn tie_by_failures(&mut self, cases: &[Case], evidence: &Whole, clocks: &Clocks) {
        if !self.are_side_by_side {
            return;
        }
        let written = self.written_by_untied(evidence, clocks);
        if written.is_empty() || written.len() > MOST_KINDS {
            return;
        }
        let ends = ends(cases, evidence);
        let mut beside: BTreeMap<usize, BTreeSet<FailuresAlike>> = BTreeMap::new();
        for ((machine, signature), written) in &written {
            let of_machine = beside.entry(*machine).or_default();
            for &(of, failure) in met_one_by_one(written, &ends) {
                of_machine.insert((of, Some(failure)));
                // While a server is gone its requests fail in more ways than the one that ended with it.
                of_machine.extend(deaths::tells_of_death(signature).then_some((of, None)));
            }
        }
        let mut machines_beside: BTreeMap<FailuresAlike, usize> = BTreeMap::new();
        for met in beside.values().flatten() {
            *machines_beside.entry(*met).or_default() += 1;
        }
        for (machine, failures) in &beside {
            let is_of_one = |(of, _): &FailuresAlike| failures.iter().all(|(other, _)| of.may_be(*other));
            let own = failures.iter().filter(|met| is_of_one(met) && machines_beside[met] == 1);
            self.beside_failures.extend(own.map(|met| (*met, *machine)));
        }
    }

    /// Whether a machine is known by failures that are like a case's, of its host or its server, or by deaths behind some of them.
    pub(super) fn stands_beside(&self, machine: usize, case: &Case, evidence: &Whole) -> bool {
        let is_tied = |failures: FailuresAlike| self.beside_failures.get(&failures) == Some(&machine);
        let [host, server] = Addressee::of(case, evidence);
        let alike = || [host, server].into_iter().flatten().any(|of| is_tied((of, Some(case.failure))));
        // Of several servers of a host one died.
        alike() || server.or(host).is_some_and(|of| is_tied((of, None)))
    }

    /// When machines that are tied to nothing wrote lines of one kind, in order of time.
    fn written_by_untied<'e>(
        &self,
        evidence: &'e Whole,
        clocks: &Clocks,
    ) -> BTreeMap<(usize, &'e str), Written> {
        let is_tied =
            |machine: &usize| self.serves.contains_key(machine) || self.with_host.contains_key(machine);
        let mut written: BTreeMap<(usize, &str), Written> = BTreeMap::new();
        for row in evidence.messages.iter().filter(|row| row.line.time.is_some()) {
            let machine = self.of_input.get(&row.place.input()).filter(|machine| !is_tied(machine));
            let signature = row.line.signature.filter(|signature| is_left_by_failure(signature));
            if let Some((machine, signature)) = machine.zip(signature) {
                let doubt = clocks.spread(row.place.input()).max(row.line.resolution);
                written.entry((*machine, signature)).or_default().push((clocks.time_of(row), doubt));
            }
        }
        written.values_mut().for_each(|written| written.sort_unstable());
        written
    }
}

fn ends(cases: &[Case], evidence: &Whole) -> Ends {
    let mut ends = Ends::new();
    for case in cases {
        for of in Addressee::of(case, evidence).into_iter().flatten() {
            ends.entry((of, case.failure)).or_default().push(case.end);
        }
    }
    ends.values_mut().for_each(|ends| ends.sort_unstable());
    ends
}

/// The failures beside which lines of one kind stand, one for each.
fn met_one_by_one<'a>(written: &Written, ends: &'a Ends) -> impl Iterator<Item = &'a (Addressee, Failure)> {
    ends.iter().filter(|(_, ends)| stand_one_by_one(written, ends)).map(|(failures, _)| failures)
}

/// Whether there is a line for nearly every failure and a failure for nearly every line, each beside its own.
fn stand_one_by_one(written: &Written, ends: &[Time]) -> bool {
    let most = written.len().max(ends.len());
    let is_enough = |pairs: usize| pairs as u64 >= FEWEST && (most - pairs) * ONE_WITHOUT_IN <= most;
    if !is_enough(written.len().min(ends.len())) {
        return false;
    }
    let mut waiting = written.iter().peekable();
    let mut pairs = 0;
    for end in ends {
        let near = |(_, doubt): &(Time, Duration)| BESIDE + *doubt;
        while waiting.next_if(|line| end.since(line.0) > near(line)).is_some() {}
        pairs += usize::from(waiting.next_if(|line| line.0.since(*end) <= near(line)).is_some());
    }
    is_enough(pairs)
}
