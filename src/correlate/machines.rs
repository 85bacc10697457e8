//! Which machine writes which logs, and which of the origin's addresses it serves: what a machine's log tells of a process or of the whole host
//! concerns the requests of that machine.

mod by_failures;
mod by_handshakes;
mod known_at_edge;
mod side_by_side;
mod tied;
mod translated;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::{Clocks, machines};
use super::rows::MessageIndex;
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{AccessRow, HostKey, InputId, LoggedRequest, MessageRow};
use crate::facts::gateways;
use crate::ray::Ray;
pub(crate) use by_failures::BESIDE;
pub(super) use by_failures::stand_one_by_one;
use known_at_edge::{KnownAtEdge, are_near};

/// So many requests show that a machine serves an address; and that it stands before or behind another one, and at least one in so many of those
/// that either has logged.
const FEWEST: u64 = 3;
const LEAST_SHARE: u64 = 20;
/// So many requests of a machine show with which others it shares them.
const MANY: u64 = 10;

/// Whom a request was for: a host, by whichever server, a server, for whichever host, or anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Addressee {
    Anyone,
    Host(HostKey),
    Server(IpAddr),
}

/// Requests that failed in one way; `None`: in any.
type FailuresAlike = (Addressee, Option<Failure>);

/// The machines of an incident. Inputs of one top-level folder come from one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machines {
    of_input: BTreeMap<InputId, usize>,
    /// The addresses whose requests each machine logs; those of a machine behind another one are the other one's, too.
    serves: BTreeMap<usize, BTreeSet<IpAddr>>,
    /// How many requests each machine is known to have logged, and how many of them each other machine has logged, too.
    logged: BTreeMap<usize, u64>,
    shared: BTreeMap<usize, BTreeMap<usize, u64>>,
    /// How many requests for each host each machine has logged.
    hosts: BTreeMap<HostKey, BTreeMap<usize, u64>>,
    /// How many requests each machine has logged whose host is known.
    with_host: BTreeMap<usize, u64>,
    /// Which messages of a machine stand beside failures, one for each.
    beside_failures: BTreeMap<(FailuresAlike, usize), BTreeSet<&'static str>>,
    /// Whether several machines stand side by side, by their logs or by packets: folders are not those of the programs of one machine.
    are_side_by_side: bool,
}

/// How often machines' lines meet requests to each address.
#[derive(Default)]
struct Meetings {
    of_machine: BTreeMap<usize, BTreeMap<IpAddr, MeetingCount>>,
    /// How many requests that lines could meet each address answered.
    answered: BTreeMap<IpAddr, u64>,
    /// How many failing requests a line of each machine was joined to whose address no source names.
    of_unknown: BTreeMap<usize, u64>,
    /// Of how many requests of each machine a ray shows the address.
    of_ray: BTreeMap<usize, u64>,
}

/// How often lines of a machine meet requests to one address.
#[derive(Clone, Copy, Default)]
struct MeetingCount {
    /// By what was asked.
    times: u64,
    /// Failing requests that a line was joined to.
    joined: u64,
}

impl Machines {
    /// By requests that both the edge or a capture and a machine have logged: by their rays, and where a machine's log has none by what was
    /// asked when.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> Machines {
        let mut machines = Machines { of_input: machines(evidence), ..Machines::default() };
        machines.are_side_by_side = machines.are_several(cases, evidence);
        let at_edge = by_ray(evidence, Seen::Edge);
        let captured = captured(cases, evidence, &at_edge);
        let mut by_ray: BTreeMap<Ray, BTreeSet<InputId>> = BTreeMap::new();
        let mut meetings = Meetings::default();
        for request in evidence.samples.of(Seen::Access) {
            let asked = [&at_edge, &captured].map(|of| request.ray.and_then(|ray| of.get(&ray)));
            let asked = || asked.iter().flatten();
            asked().for_each(|asked| machines.serve(request.input, asked.origin_address));
            if asked().any(|asked| asked.origin_address.is_some()) {
                meetings.count_ray(machines.of_input.get(&request.input));
            }
            let host = asked().find_map(|asked| asked.host.as_deref()).or(request.host.as_deref());
            machines.count_host(request.input, host.map(HostKey::of));
            if let Some(ray) = request.ray {
                by_ray.entry(ray).or_default().insert(request.input);
            }
        }
        for case in cases {
            let server = case.server_address(evidence);
            let lines: BTreeSet<InputId> = case.access(evidence).map(|row| row.place.input()).collect();
            machines.share(&lines);
            let of_line = |row: &AccessRow| (row.place.input(), row.line.ray.map(|ray| ray.ray));
            let of_message = |row: &MessageRow| (row.place.input(), row.line.ray);
            let lines = case.access(evidence).map(of_line);
            for (input, ray) in lines.chain(case.messages(evidence).map(of_message)) {
                if ray.is_some() && ray == case.ray {
                    machines.serve(input, server);
                } else {
                    meetings.join(machines.of_input.get(&input), server);
                }
            }
        }
        machines.by_what_was_asked(evidence, clocks, &mut by_ray, &mut meetings);
        meetings.proven().for_each(|(machine, server)| {
            machines.serves.entry(machine).or_default().insert(server);
        });
        by_ray.values().for_each(|inputs| machines.share(inputs));
        machines.serve_by_handshakes(cases, evidence, clocks);
        machines.serve_translated(cases, evidence);
        machines.tie_by_failures(cases, evidence, clocks);
        machines
    }

    fn count_host(&mut self, input: InputId, host: Option<HostKey>) {
        if let Some((&machine, host)) = self.of_input.get(&input).zip(host) {
            *self.hosts.entry(host).or_default().entry(machine).or_default() += 1;
            *self.with_host.entry(machine).or_default() += 1;
        }
    }

    /// Counts a request that stands in these logs.
    fn share(&mut self, inputs: &BTreeSet<InputId>) {
        let met: BTreeSet<usize> =
            inputs.iter().filter_map(|input| self.of_input.get(input).copied()).collect();
        for machine in &met {
            *self.logged.entry(*machine).or_default() += 1;
            let shared = self.shared.entry(*machine).or_default();
            met.iter()
                .filter(|other| *other != machine)
                .for_each(|other| *shared.entry(*other).or_default() += 1);
        }
    }

    /// Whether one of two machines stands behind the other: not where a few requests of both were taken for one.
    fn share_requests(&self, machine: usize, other: usize) -> bool {
        let logged = |machine| self.logged.get(&machine).copied().unwrap_or_default();
        let both = self.shared.get(&machine).and_then(|shared| shared.get(&other)).copied();
        let enough = |both: u64| both >= FEWEST && both * LEAST_SHARE >= logged(machine).min(logged(other));
        machine == other || both.is_some_and(enough)
    }

    /// Lines without a ray, each beside the edge's records of the same method and target at that moment, where all of these went to one address;
    /// and where there is one, beside the lines that have its ray.
    fn by_what_was_asked(
        &mut self,
        evidence: &Whole,
        clocks: &Clocks,
        by_ray: &mut BTreeMap<Ray, BTreeSet<InputId>>,
        meetings: &mut Meetings,
    ) {
        let known = KnownAtEdge::of(evidence);
        for (at_edge, at_origin) in evidence.keys.in_both() {
            let was_answered = |record: &&LoggedRequest| !matches!(record.status, Some(0 | 520..));
            for server in at_edge.iter().filter(was_answered).filter_map(|record| record.origin_address) {
                *meetings.answered.entry(server).or_default() += 1;
            }
            for line in at_origin {
                let may_be_one =
                    |record: &&LoggedRequest| are_near(record, line, clocks) && known.agree(record, line);
                let near: Vec<&LoggedRequest> = at_edge.iter().filter(may_be_one).collect();
                // Else the sample would not hold a line of it.
                let would_meet = |ray: &Ray| evidence.samples.would_hold(Seen::Access, *ray);
                if let [only] = near[..] {
                    if let Some(ray) = only.ray.filter(would_meet) {
                        by_ray.entry(ray).or_default().insert(line.place.input());
                    }
                    if line.ray.is_none() {
                        self.count_host(line.place.input(), only.host);
                    }
                }
                let mut servers = near.into_iter().map(|record| record.origin_address);
                let first = servers.next().flatten();
                let server = first.filter(|first| servers.all(|server| server == Some(*first)));
                let met = meetings.count_of(self.of_input.get(&line.place.input()), server);
                met.into_iter().for_each(|met| met.times += 1);
            }
        }
    }

    fn serve(&mut self, input: InputId, server: Option<IpAddr>) {
        if let Some((&machine, server)) = self.of_input.get(&input).zip(server) {
            self.serves.entry(machine).or_default().insert(server);
        }
    }

    /// The machine that writes an input, by its number.
    pub fn machine_of(&self, input: InputId) -> Option<usize> {
        self.of_input.get(&input).copied()
    }

    /// Whether a line of this input may concern a request: not where its machine is known to serve other addresses alone, nor where it logs
    /// requests, and none that the machine logs that has this one, nor where it logs none for this host, and others do, nor where another one
    /// says that it asked a server of its own.
    pub fn may_concern(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        self.may_serve(input, case.server_address(evidence))
            && self.may_have_met(input, lines_of(case, evidence))
            && self.may_serve_host(input, case.host(evidence))
            && self.may_be_behind(input, case, evidence)
    }

    /// Whether this input's machine may have taken part: what a server asked on its own machine no other one answered.
    fn may_be_behind(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        let Some(machine) = self.of_input.get(&input).filter(|_| self.are_side_by_side) else { return true };
        let on_own =
            |row: &&MessageRow| gateways::is_on_own_machine(row.line.upstream.as_deref(), &row.line.text);
        let mut asked = case
            .messages(evidence)
            .filter(on_own)
            .filter_map(|row| self.of_input.get(&row.place.input()))
            .peekable();
        asked.peek().is_none() || asked.any(|own| own == machine)
    }

    /// Takes from cases the messages that were joined by what was asked, where a line with the case's ray stands on another machine, with which theirs shares
    /// no requests, or where theirs is known to serve other addresses alone: several servers are asked the same within a second. What names the ray stays.
    pub(super) fn part_anothers(&self, cases: &mut [Case], evidence: &Whole) {
        for case in cases.iter_mut().filter(|case| !case.messages.is_empty()) {
            let names_it = |ray: Option<Ray>| ray.is_some() && ray == case.ray;
            let by_ray = || {
                let lines = case.access(evidence);
                lines.filter(|row| names_it(row.line.ray.map(|ray| ray.ray))).map(|row| row.place.input())
            };
            let server = case.server_address(evidence);
            let may_be_its =
                |input: InputId| self.may_serve(input, server) && self.may_have_met(input, by_ray());
            let stays = |row: &MessageRow| names_it(row.line.ray) || may_be_its(row.place.input());
            let messages = case.messages.iter().copied();
            let stay: Vec<MessageIndex> =
                messages.filter(|index| evidence.messages.get(*index).is_none_or(stays)).collect();
            case.messages = stay.into();
        }
    }

    fn may_serve_host(&self, input: InputId, host: Option<&str>) -> bool {
        let served_by = host.and_then(|host| self.hosts.get(&HostKey::of(host)));
        let Some((machine, served_by)) = self.of_input.get(&input).zip(served_by) else { return true };
        let logs = self.with_host.get(machine).is_some_and(|requests| *requests >= MANY);
        let by_another = served_by.values().any(|requests| *requests >= FEWEST);
        !(logs && by_another) || self.with_behind(*machine).any(|machine| served_by.contains_key(&machine))
    }

    /// A machine and those that share requests with it: they stand before it or behind it.
    fn with_behind(&self, machine: usize) -> impl Iterator<Item = usize> {
        let shared = self.shared.get(&machine).into_iter().flat_map(|shared| shared.keys().copied());
        std::iter::once(machine).chain(shared.filter(move |other| self.share_requests(machine, *other)))
    }

    /// Whether the machine of an input may be that at an address: not where it is known to serve others alone.
    pub(super) fn may_serve(&self, input: InputId, server: Option<IpAddr>) -> bool {
        let serves = self.of_input.get(&input).and_then(|machine| self.serves.get(machine));
        serves.zip(server).is_none_or(|(serves, server)| serves.contains(&server))
    }

    fn may_have_met(&self, input: InputId, lines: impl Iterator<Item = InputId>) -> bool {
        let Some(&machine) = self.of_input.get(&input) else { return true };
        let logs = self.logged.get(&machine).is_some_and(|requests| *requests >= MANY);
        let mut met = lines.filter_map(|input| self.of_input.get(&input)).peekable();
        let is_open = met.peek().is_none() || !logs;
        is_open || met.any(|other| self.share_requests(machine, *other))
    }
}

impl Meetings {
    fn join(&mut self, machine: Option<&usize>, server: Option<IpAddr>) {
        match (self.count_of(machine, server), machine) {
            (Some(met), _) => met.joined += 1,
            (None, Some(&machine)) => *self.of_unknown.entry(machine).or_default() += 1,
            (None, None) => {}
        }
    }

    fn count_ray(&mut self, machine: Option<&usize>) {
        machine.into_iter().for_each(|machine| *self.of_ray.entry(*machine).or_default() += 1);
    }

    fn count_of(&mut self, machine: Option<&usize>, server: Option<IpAddr>) -> Option<&mut MeetingCount> {
        let (&machine, server) = machine.zip(server)?;
        Some(self.of_machine.entry(machine).or_default().entry(server).or_default())
    }

    /// What cannot be chance: on a busy edge, lines of one server meet requests for the same to all others. Of what an address answers its
    /// machine has lines, whether that is much or little; of what others answer they meet a few.
    fn proven(&self) -> impl Iterator<Item = (usize, IpAddr)> {
        self.of_machine.iter().flat_map(move |(machine, met)| {
            // Requests met for each thousand that were answered.
            let rate = |server: &IpAddr, met: &MeetingCount| {
                let answered = self.answered.get(server).copied().unwrap_or_default();
                met.times.saturating_mul(1000) / answered.max(met.times).max(1)
            };
            let best = met.iter().map(|(server, met)| rate(server, met)).max().unwrap_or_default();
            // Where it has lines of many whose address nobody knows, those of the few with one may be another machine's.
            let unknown = self.of_unknown.get(machine).copied().unwrap_or_default();
            let most = met.values().map(|met| met.joined).fold(unknown, u64::max);
            // Where rays show whom it serves, a few lines that something else joined show nothing.
            let by_ray = self.of_ray.get(machine).copied().unwrap_or_default();
            let is_proven = move |(server, met): &(&IpAddr, &MeetingCount)| {
                let is_joined =
                    met.joined > 0 && met.joined * 2 >= most && met.joined * LEAST_SHARE >= by_ray;
                met.times >= FEWEST && rate(server, met) * 2 >= best || is_joined
            };
            met.iter().filter(is_proven).map(|(server, _)| (*machine, *server))
        })
    }
}

/// The logs that have lines of a case.
fn lines_of(case: &Case, evidence: &Whole) -> impl Iterator<Item = InputId> {
    case.access(evidence).map(|row| row.place.input())
}

fn by_ray(evidence: &Whole, seen: Seen) -> BTreeMap<Ray, &HealthyRequest> {
    evidence.samples.of(seen).filter_map(|request| Some((request.ray?, request))).collect()
}

/// The captured requests, where a capture knows the servers by the addresses that the edge has, or the edge names none: behind a translation
/// they have others.
fn captured<'e>(
    cases: &[Case],
    evidence: &'e Whole,
    at_edge: &BTreeMap<Ray, &HealthyRequest>,
) -> BTreeMap<Ray, &'e HealthyRequest> {
    let of_cases = cases.iter().filter_map(|case| case.asked_origin(evidence)?.record.origin_address);
    let of_samples = at_edge.values().filter_map(|request| request.origin_address);
    let named: BTreeSet<IpAddr> = of_cases.chain(of_samples).collect();
    let mut captured = by_ray(evidence, Seen::Capture);
    captured.retain(|_, request| {
        named.is_empty() || request.origin_address.is_some_and(|server| named.contains(&server))
    });
    captured
}

#[cfg(test)]
mod tests;
