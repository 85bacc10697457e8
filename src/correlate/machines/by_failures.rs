//! Lines that stand beside the failures of one host alone, or all that failed in one way, one for each: what they say is said of these, though none names a
//! request, and a machine that nothing else ties to what it serves is known by them.

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
pub const BESIDE: Duration = Duration::from_milliseconds(1_500);
/// One line or failure in so many may have no counterpart: a log or a record that lacks one.
const ONE_WITHOUT_IN: usize = 10;
/// Of more kinds of lines, each of a machine of its own, nobody could tell whose they are; nor are they all held against all failures.
const MOST_KINDS: usize = 256;

/// When requests for one that failed in one way ended, in order of time.
type Ends = BTreeMap<(Addressee, Failure), Vec<Time>>;

/// When lines of one kind were written, each with how far that may be off.
type Written = Vec<(Time, Duration)>;

/// How a case failed, by whoever tells: of some requests the edge's log has the status, of those that a sampled log left out the origin's alone.
fn in_one_way(case: &Case) -> Failure {
    match case.failure {
        Failure::OriginStatus(status) => Failure::EdgeStatus(status),
        failure => failure,
    }
}

impl Addressee {
    /// Anyone, and the host and the server of a case, as far as they are known.
    fn of(case: &Case, evidence: &Whole) -> impl Iterator<Item = Addressee> {
        let host = case.host(evidence).map(|host| Addressee::Host(HostKey::of(host)));
        let server = case.server_address(evidence).map(Addressee::Server);
        [Some(Addressee::Anyone), host, server].into_iter().flatten()
    }

    /// Whether both may be of one machine: not two hosts, and not two servers.
    fn may_be(self, other: Addressee) -> bool {
        let is_host = |of| matches!(of, Addressee::Host(_));
        let is_known = |of| of != Addressee::Anyone;
        self == other || !is_known(self) || !is_known(other) || is_host(self) != is_host(other)
    }
}

impl Machines {
    /// Ties each machine to the failures that its lines stand beside, if these are of one host or one server alone.
    pub(super) fn tie_by_failures(&mut self, cases: &[Case], evidence: &Whole, clocks: &Clocks) {
        let written = self.written(evidence, clocks);
        if written.is_empty() || written.len() > MOST_KINDS {
            return;
        }
        let ends = ends(cases, evidence);
        let mut beside: BTreeMap<usize, BTreeMap<FailuresAlike, BTreeSet<&'static str>>> = BTreeMap::new();
        for ((machine, signature), written) in &written {
            let of_machine = beside.entry(*machine).or_default();
            for &(of, failure) in met_one_by_one(written, &ends) {
                // While a server is gone its requests fail in more ways than the one that ended with it.
                let has_died = deaths::tells_of_death(signature) && of != Addressee::Anyone;
                let in_any_way = has_died.then_some((of, None));
                for alike in in_any_way.into_iter().chain([(of, Some(failure))]) {
                    of_machine.entry(alike).or_default().insert(signature);
                }
            }
        }
        let mut untied_beside: BTreeMap<FailuresAlike, usize> = BTreeMap::new();
        let untied = beside.iter().filter(|(machine, _)| !self.is_tied_by_requests(**machine));
        for met in untied.flat_map(|(_, failures)| failures.keys()) {
            *untied_beside.entry(*met).or_default() += 1;
        }
        for (machine, failures) in beside {
            let is_tied = self.is_tied_by_requests(machine);
            let is_of_one = |of: Addressee| failures.keys().all(|(other, _)| of.may_be(*other));
            let own =
                failures.iter().filter(|(met, _)| is_of_one(met.0) && (is_tied || untied_beside[*met] == 1));
            let left_by = own.map(|(met, said)| ((*met, machine), said.clone()));
            self.beside_failures.extend(left_by);
        }
    }

    /// Whether messages of one of these kinds stand beside any failures, one for each.
    pub fn stand_beside_any(&self, kinds: &[&str]) -> bool {
        self.beside_failures.values().flatten().any(|kind| kinds.contains(kind))
    }

    /// The messages that stand beside failures like a case's, one for each: the machine that writes them, and their kind.
    pub fn left_beside(&self, case: &Case, evidence: &Whole) -> Vec<(usize, &'static str)> {
        let alike = Addressee::of(case, evidence).map(|of| (of, Some(in_one_way(case))));
        let left = alike.flat_map(|alike| self.tell_beside(alike));
        left.flat_map(|(machine, said)| said.iter().map(move |kind| (machine, *kind))).collect()
    }

    /// The machines whose lines stand beside such failures, each with the kinds of these lines.
    fn tell_beside(&self, failures: FailuresAlike) -> impl Iterator<Item = (usize, &BTreeSet<&'static str>)> {
        let beside = self.beside_failures.range((failures, 0)..=(failures, usize::MAX));
        beside.map(|((_, machine), said)| (*machine, said))
    }

    /// Whether a machine is known by failures that are like a case's, of its host or its server, or by deaths behind some of them. One that is known by requests is
    /// so only where these failed of what no machine has served, and no other machine has such lines.
    pub(super) fn stands_beside(&self, machine: usize, case: &Case, evidence: &Whole) -> bool {
        let is_known = self.is_tied_by_requests(machine);
        if is_known && self.is_served(case, evidence) {
            return false;
        }
        let is_tied = |failures: FailuresAlike| {
            let is_alone = || self.tell_beside(failures).all(|(other, _)| other == machine);
            self.beside_failures.contains_key(&(failures, machine)) && (!is_known || is_alone())
        };
        let mut alike = Addressee::of(case, evidence);
        // Of several servers of a host one died: the last that is known is the server, else the host.
        alike.any(|of| is_tied((of, Some(in_one_way(case)))))
            || Addressee::of(case, evidence).last().is_some_and(|of| is_tied((of, None)))
    }

    /// Whether a machine is known to have served the host of a case or the address that was asked, or neither of them is known.
    fn is_served(&self, case: &Case, evidence: &Whole) -> bool {
        let host = case.host(evidence).map(HostKey::of);
        let server = case.server_address(evidence);
        let serves = |server| self.serves.values().any(|serves| serves.contains(&server));
        host.is_none_or(|host| self.hosts.contains_key(&host)) || server.is_some_and(serves)
    }

    /// Whether requests show what a machine serves.
    fn is_tied_by_requests(&self, machine: usize) -> bool {
        self.serves.contains_key(&machine) || self.with_host.contains_key(&machine)
    }

    /// When machines wrote lines of one kind, in order of time. Apache says twice of a request that its backend was not reached, as it tries to connect (AH00957)
    /// and, with the client, as it gives up (AH01114): where some of a kind name whom they are for, the others say it once more.
    fn written(&self, evidence: &Whole, clocks: &Clocks) -> BTreeMap<(usize, &'static str), Written> {
        let mut written: BTreeMap<(usize, &'static str), [Written; 2]> = BTreeMap::new();
        for row in evidence.messages.iter().filter(|row| row.line.time.is_some()) {
            let machine = self.of_input.get(&row.place.input());
            let signature = row.line.signature.filter(|signature| is_left_by_failure(signature));
            if let Some((machine, signature)) = machine.zip(signature) {
                let [nameless, named] = written.entry((*machine, signature)).or_default();
                let alike = if row.line.client.is_some() { named } else { nameless };
                alike.push((clocks.time_of(row), clocks.doubt(row.place.input(), row.line.resolution)));
            }
        }
        let once = written.into_iter().map(|(of, [nameless, named])| {
            let mut once = if named.is_empty() { nameless } else { named };
            once.sort_unstable();
            (of, once)
        });
        once.collect()
    }
}

fn ends(cases: &[Case], evidence: &Whole) -> Ends {
    let mut ends = Ends::new();
    for case in cases {
        for of in Addressee::of(case, evidence) {
            ends.entry((of, in_one_way(case))).or_default().push(case.end);
        }
    }
    ends.values_mut().for_each(|ends| ends.sort_unstable());
    ends
}

/// The failures beside which lines of one kind stand, one for each.
fn met_one_by_one<'a>(written: &Written, ends: &'a Ends) -> impl Iterator<Item = &'a (Addressee, Failure)> {
    ends.iter().filter(|(_, ends)| stand_one_by_one(written, ends, BESIDE)).map(|(failures, _)| failures)
}

/// Whether there is a line for nearly every failure and a failure for nearly every line, each beside its own: so near, beyond what its clock leaves open.
pub fn stand_one_by_one(written: &[(Time, Duration)], ends: &[Time], beside: Duration) -> bool {
    let most = written.len().max(ends.len());
    let is_enough = |pairs: usize| pairs as u64 >= FEWEST && (most - pairs) * ONE_WITHOUT_IN <= most;
    if !is_enough(written.len().min(ends.len())) {
        return false;
    }
    let mut waiting = written.iter().peekable();
    let mut pairs = 0;
    for end in ends {
        let near = |(_, doubt): &(Time, Duration)| beside + *doubt;
        while waiting.next_if(|line| end.since(line.0) > near(line)).is_some() {}
        pairs += usize::from(waiting.next_if(|line| line.0.since(*end) <= near(line)).is_some());
    }
    is_enough(pairs)
}
