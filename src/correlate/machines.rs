//! Which machine writes which logs, and which of the origin's addresses it serves: what a machine's log tells of a process or of the whole host
//! concerns the requests of that machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::clock::clock_name;
use super::whole::Whole;
use crate::evidence::InputId;
use crate::evidence::sample::Seen;
use crate::ray::Ray;

/// The machines of an incident. Inputs of one top-level folder come from one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machines {
    of_input: BTreeMap<InputId, usize>,
    /// The addresses whose requests each machine logs; those of a machine behind another one are the other one's, too.
    serves: Vec<BTreeSet<IpAddr>>,
}

impl Machines {
    /// By requests that both the edge and a machine have logged.
    pub(super) fn of(cases: &[Case], evidence: &Whole) -> Machines {
        let names: BTreeSet<String> =
            evidence.inputs.values().map(|input| clock_name(&input.name, input.kind)).collect();
        let number = |name: &String| names.iter().position(|known| known == name);
        let of_input: BTreeMap<InputId, usize> = evidence
            .inputs
            .iter()
            .filter_map(|(&id, input)| Some((id, number(&clock_name(&input.name, input.kind))?)))
            .collect();
        let mut machines = Machines { of_input, serves: vec![BTreeSet::new(); names.len()] };
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
        let serves = self.of_input.get(&input).and_then(|machine| self.serves.get_mut(*machine));
        if let Some((serves, server)) = serves.zip(server) {
            serves.insert(server);
        }
    }

    /// Whether a line of this input may concern the requests to a server: not where its machine is known to serve other addresses alone.
    pub fn may_concern(&self, input: InputId, server: Option<IpAddr>) -> bool {
        let serves = self.of_input.get(&input).and_then(|machine| self.serves.get(*machine));
        match (serves, server) {
            (Some(serves), Some(server)) => serves.is_empty() || serves.contains(&server),
            _ => true,
        }
    }
}
