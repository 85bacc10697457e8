//! Which machine writes which logs, and which of the origin's addresses it serves: what a machine's log tells of a process or of the whole host
//! concerns the requests of that machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::{Clocks, machines};
use super::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::{HostKey, InputId, LoggedRequest};
use crate::ray::Ray;
use crate::time::Duration;

/// How near in time a line and a record of one request are, beyond what clocks are corrected by.
const NEAR: Duration = Duration::from_seconds(5);
/// So many requests show that a machine serves an address, and at least one in so many of those that show any.
const FEWEST: u64 = 3;
const LEAST_SHARE: u64 = 20;
/// So many requests of a machine show with which others it shares them.
const MANY: u64 = 10;

/// The machines of an incident. Inputs of one top-level folder come from one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machines {
    of_input: BTreeMap<InputId, usize>,
    /// The addresses whose requests each machine logs; those of a machine behind another one are the other one's, too.
    serves: BTreeMap<usize, BTreeSet<IpAddr>>,
    /// How many requests each machine is known to have logged with their rays, and with which other machines it shares any.
    logged: BTreeMap<usize, u64>,
    shared: BTreeMap<usize, BTreeSet<usize>>,
    /// How many requests for each host each machine has logged.
    hosts: BTreeMap<HostKey, BTreeMap<usize, u64>>,
    /// How many requests each machine has logged whose host is known.
    with_host: BTreeMap<usize, u64>,
}

impl Machines {
    /// By requests that both the edge and a machine have logged: by their rays, and where a machine's log has none by what was asked when.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> Machines {
        let mut machines = Machines { of_input: machines(evidence), ..Machines::default() };
        let at_edge: BTreeMap<Ray, &HealthyRequest> =
            evidence.samples.of(Seen::Edge).filter_map(|request| Some((request.ray?, request))).collect();
        let mut by_ray: BTreeMap<Ray, BTreeSet<InputId>> = BTreeMap::new();
        for request in evidence.samples.of(Seen::Access) {
            let asked = request.ray.and_then(|ray| at_edge.get(&ray));
            machines.serve(request.input, asked.and_then(|asked| asked.origin_address));
            let host = asked.and_then(|asked| asked.host.as_deref()).or(request.host.as_deref());
            machines.count_host(request.input, host.map(HostKey::of));
            if let Some(ray) = request.ray {
                by_ray.entry(ray).or_default().insert(request.input);
            }
        }
        for case in cases {
            let server = case.server_address(evidence);
            let lines: BTreeSet<InputId> = case.access(evidence).map(|row| row.place.input()).collect();
            machines.share(&lines);
            let messages = case.messages(evidence).map(|row| row.place.input());
            lines.into_iter().chain(messages).for_each(|input| machines.serve(input, server));
        }
        machines.by_what_was_asked(evidence, clocks, &mut by_ray);
        by_ray.values().for_each(|inputs| machines.share(inputs));
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
            self.shared.entry(*machine).or_default().extend(&met);
        }
    }

    /// Lines without a ray, each beside the edge's records of the same method and target at that moment, where all of these went to one address;
    /// and where there is one, beside the lines that have its ray.
    fn by_what_was_asked(
        &mut self,
        evidence: &Whole,
        clocks: &Clocks,
        by_ray: &mut BTreeMap<Ray, BTreeSet<InputId>>,
    ) {
        let mut met: BTreeMap<usize, BTreeMap<IpAddr, u64>> = BTreeMap::new();
        for (at_edge, at_origin) in evidence.keys.in_both() {
            for line in at_origin {
                let near: Vec<&LoggedRequest> =
                    at_edge.iter().filter(|record| are_near(record, line, clocks)).collect();
                // Else the sample would not hold a line of it.
                let would_meet = |ray: &Ray| evidence.samples.would_hold(Seen::Access, *ray);
                if let [only] = near[..]
                    && let Some(ray) = only.ray.filter(would_meet)
                {
                    by_ray.entry(ray).or_default().insert(line.place.input());
                }
                if let [only] = near[..]
                    && line.ray.is_none()
                {
                    self.count_host(line.place.input(), only.host);
                }
                let mut servers = near.into_iter().map(|record| record.origin_address);
                let first = servers.next().flatten();
                let server = first.filter(|first| servers.all(|server| server == Some(*first)));
                if let Some((&machine, server)) = self.of_input.get(&line.place.input()).zip(server) {
                    *met.entry(machine).or_default().entry(server).or_default() += 1;
                }
            }
        }
        for (machine, met) in met {
            let all: u64 = met.values().sum();
            // Fewer may have met by chance.
            let serves = met.into_iter().filter(|(_, times)| *times >= FEWEST && times * LEAST_SHARE >= all);
            self.serves.entry(machine).or_default().extend(serves.map(|(server, _)| server));
        }
        self.serves.retain(|_, servers| !servers.is_empty());
    }

    fn serve(&mut self, input: InputId, server: Option<IpAddr>) {
        if let Some((&machine, server)) = self.of_input.get(&input).zip(server) {
            self.serves.entry(machine).or_default().insert(server);
        }
    }

    /// Whether a line of this input may concern a request: not where its machine is known to serve other addresses alone, nor where it logs
    /// requests, and none that the machine logs that has this one, nor where it logs none for this host, and others do.
    pub fn may_concern(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        let lines = case.access(evidence).map(|row| row.place.input());
        self.may_serve(input, case.server_address(evidence))
            && self.may_have_met(input, lines)
            && self.may_serve_host(input, case.host(evidence))
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
        let shared = self.shared.get(&machine).into_iter().flatten().copied();
        std::iter::once(machine).chain(shared)
    }

    fn may_serve(&self, input: InputId, server: Option<IpAddr>) -> bool {
        let serves = self.of_input.get(&input).and_then(|machine| self.serves.get(machine));
        serves.zip(server).is_none_or(|(serves, server)| serves.contains(&server))
    }

    fn may_have_met(&self, input: InputId, lines: impl Iterator<Item = InputId>) -> bool {
        let Some(machine) = self.of_input.get(&input) else { return true };
        let logs = self.logged.get(machine).is_some_and(|requests| *requests >= MANY);
        let shared = self.shared.get(machine);
        let mut met = lines.filter_map(|input| self.of_input.get(&input)).peekable();
        let is_open = met.peek().is_none() || !logs;
        is_open || met.any(|other| shared.is_some_and(|shared| shared.contains(other)))
    }
}

/// Whether both may be one request, by when.
fn are_near(record: &LoggedRequest, line: &LoggedRequest, clocks: &Clocks) -> bool {
    let moment =
        |logged: &LoggedRequest| logged.end.or(logged.start).map(|time| clocks.at(logged.place, time));
    let apart = moment(record).zip(moment(line)).map(|(one, two)| one.since(two));
    apart.is_some_and(|apart| apart.abs() <= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{join, vantage};
    use crate::evidence::{AccessRow, EdgeRow, InputKind, InputSummary, LogSide, Partial, Place, RequestKey};
    use crate::logs::{AccessLine, EdgeRecord};
    use crate::ray::RayAtColo;
    use crate::time::Time;

    const NAMES: [&str; 5] =
        ["cloudflare/edge.log", "web1/access.log", "web2/access.log", "web1/syslog", "web3/syslog"];

    fn server(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, 113, last]))
    }

    fn place(input: u32, line: u64) -> Place {
        Place::Line { input: InputId(input), line, before: 0 }
    }

    /// Two machines with an access log each, which serve addresses 1 and 2, and a machine of which no request is known.
    fn machines() -> Machines {
        let mut partial = Partial::default();
        for (id, name) in (0..).zip(NAMES) {
            let kind = [InputKind::EdgeLog, InputKind::AccessLog, InputKind::SystemLog];
            let kind = kind[usize::from(id > 0) + usize::from(id > 2)];
            let mut summary = InputSummary::new(name, kind, "", 1);
            summary.saw(Time(0));
            partial.inputs.insert(InputId(id), summary);
        }
        for (input, ray) in [(1, Ray(7)), (2, Ray(8))] {
            let record = EdgeRecord {
                ray: Some(ray),
                edge_status: Some(502),
                origin_status: Some(502),
                origin_address: server(input as u8),
                ..EdgeRecord::default()
            };
            partial.edge.push(EdgeRow { place: place(0, u64::from(input)), record });
            let ray = Some(RayAtColo { ray, colo: None });
            let line = AccessLine { ray, status: Some(502), ..AccessLine::default() };
            partial.access.push(AccessRow { place: place(input, 1), line });
        }
        let (evidence, same_traffic) = vantage::settle(partial);
        let joined = join::joined(&evidence, &same_traffic);
        Machines::of(&joined.cases, &evidence, &Clocks::of(&evidence, &same_traffic))
    }

    #[test]
    fn a_line_of_one_machine_says_nothing_about_requests_to_another() {
        let machines = machines();
        let [of_first, of_unknown] = [InputId(3), InputId(4)];
        assert!(machines.may_serve(of_first, server(1)));
        assert!(!machines.may_serve(of_first, server(2)));
        assert!(machines.may_serve(of_first, None), "nobody knows which server was asked");
        assert!(machines.may_serve(of_unknown, server(1)), "nobody knows what the machine serves");
    }

    #[test]
    fn a_machine_that_shares_no_request_with_the_one_that_logged_this_says_nothing_of_it() {
        let mut machines = machines();
        let own = || [InputId(1)].into_iter();
        assert!(machines.may_have_met(InputId(2), own()), "one request shows little");
        (0..MANY).for_each(|_| machines.share(&BTreeSet::from([InputId(2)])));
        assert!(!machines.may_have_met(InputId(2), own()));
        assert!(machines.may_have_met(InputId(2), std::iter::empty()), "nobody knows who logged it");
        assert!(machines.may_have_met(InputId(4), own()), "a machine without an access log");
        machines.share(&BTreeSet::from([InputId(1), InputId(2)]));
        assert!(machines.may_have_met(InputId(2), own()), "one stands behind the other");
    }

    /// Otherwise, where the edge's log has no addresses, one server's full table of files explains what other hosts do not answer.
    #[test]
    fn a_machine_that_logs_nothing_for_a_host_which_another_one_serves_says_nothing_of_it() {
        let mut machines = machines();
        let count = |machines: &mut Machines, input: u32, host, times| {
            (0..times).for_each(|_| {
                machines.count_host(InputId(input), Some(HostKey::of(host)));
                machines.share(&BTreeSet::from([InputId(input)]));
            });
        };
        count(&mut machines, 1, "shop.example", MANY);
        count(&mut machines, 2, "blog.example", MANY);
        assert!(machines.may_serve_host(InputId(1), Some("Shop.example")));
        assert!(!machines.may_serve_host(InputId(2), Some("shop.example")));
        assert!(machines.may_serve_host(InputId(2), Some("new.example")), "nobody is known to serve it");
        assert!(machines.may_serve_host(InputId(4), Some("shop.example")), "a machine without an access log");
        assert!(machines.may_serve_host(InputId(2), None), "nobody knows what was asked");
        machines.share(&BTreeSet::from([InputId(1), InputId(2)]));
        assert!(machines.may_serve_host(InputId(2), Some("shop.example")), "one stands behind the other");
    }

    /// Otherwise an access log without rays leaves it open which server it is of, and a kill on one machine explains the failures of all.
    #[test]
    fn a_log_without_rays_tells_its_server_by_what_was_asked_there() {
        let mut partial = Partial::default();
        for (id, (name, kind)) in (0..).zip([
            ("cloudflare/edge.log", InputKind::EdgeLog),
            ("web1/access.log", InputKind::AccessLog),
            ("web2/access.log", InputKind::AccessLog),
        ]) {
            partial.inputs.insert(InputId(id), InputSummary::new(name, kind, "", 1));
        }
        let logged = |input, line: u64, server| LoggedRequest {
            place: place(input, line),
            start: Some(Time::from_seconds(line as i64 * 60, 0)),
            end: None,
            resolution: Duration::SECOND,
            status: Some(200),
            host: None,
            origin_address: server,
            ray: None,
        };
        for line in 1..=4u64 {
            let key = RequestKey::of("GET", &format!("/{line}"));
            for web in [1u8, 2] {
                // Both servers are asked the same, at other times.
                let at = line + 10 * u64::from(web);
                partial.keys.offer(LogSide::Edge, key, || logged(0, at, server(web)));
                partial.keys.offer(LogSide::Origin, key, || logged(u32::from(web), at, None));
            }
        }
        let (evidence, same_traffic) = vantage::settle(partial);
        let machines = Machines::of(&[], &evidence, &Clocks::of(&evidence, &same_traffic));
        assert!(machines.may_serve(InputId(1), server(1)) && !machines.may_serve(InputId(1), server(2)));
        assert!(machines.may_serve(InputId(2), server(2)) && !machines.may_serve(InputId(2), server(1)));
    }
}
