//! Which machine writes which logs, and which of the origin's addresses it serves: what a machine's log tells of a process or of the whole host
//! concerns the requests of that machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::machines;
use super::whole::Whole;
use crate::evidence::InputId;
use crate::evidence::sample::Seen;
use crate::ray::Ray;

/// The machines of an incident. Inputs of one top-level folder come from one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machines {
    of_input: BTreeMap<InputId, usize>,
    /// The addresses whose requests each machine logs; those of a machine behind another one are the other one's, too.
    serves: BTreeMap<usize, BTreeSet<IpAddr>>,
}

impl Machines {
    /// By requests that both the edge and a machine have logged.
    pub(super) fn of(cases: &[Case], evidence: &Whole) -> Machines {
        let mut machines = Machines { of_input: machines(evidence), serves: BTreeMap::new() };
        let asked: BTreeMap<Ray, IpAddr> = evidence
            .samples
            .of(Seen::Edge)
            .filter_map(|request| Some((request.ray?, request.origin_address?)))
            .collect();
        for request in evidence.samples.of(Seen::Access) {
            machines.serve(request.input, request.ray.and_then(|ray| asked.get(&ray).copied()));
        }
        for case in cases {
            let server = case.server_address(evidence);
            let lines = case.access(evidence).map(|row| row.place.input());
            let messages = case.messages(evidence).map(|row| row.place.input());
            lines.chain(messages).for_each(|input| machines.serve(input, server));
        }
        machines
    }

    fn serve(&mut self, input: InputId, server: Option<IpAddr>) {
        if let Some((&machine, server)) = self.of_input.get(&input).zip(server) {
            self.serves.entry(machine).or_default().insert(server);
        }
    }

    /// Whether a line of this input may concern the requests to a server: not where its machine is known to serve other addresses alone.
    pub fn may_concern(&self, input: InputId, server: Option<IpAddr>) -> bool {
        let serves = self.of_input.get(&input).and_then(|machine| self.serves.get(machine));
        serves.zip(server).is_none_or(|(serves, server)| serves.contains(&server))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{join, vantage};
    use crate::evidence::{AccessRow, EdgeRow, InputKind, InputSummary, Partial, Place};
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
        Machines::of(&joined.cases, &evidence)
    }

    #[test]
    fn a_line_of_one_machine_says_nothing_about_requests_to_another() {
        let machines = machines();
        let [of_first, of_unknown] = [InputId(3), InputId(4)];
        assert!(machines.may_concern(of_first, server(1)));
        assert!(!machines.may_concern(of_first, server(2)));
        assert!(machines.may_concern(of_first, None), "nobody knows which server was asked");
        assert!(machines.may_concern(of_unknown, server(1)), "nobody knows what the machine serves");
    }
}
