//! Whether several machines stand side by side, so that the lines of one tell nothing of what another one served.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{FEWEST, MANY, Machines};
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::InputKind;

impl Machines {
    /// Whether they do, by their logs or by what captures show beside these.
    pub(super) fn are_several(&self, cases: &[Case], evidence: &Whole) -> bool {
        self.have_logs_of_one_kind(evidence) || self.are_beside_others(cases, evidence)
    }

    /// Whether logs of several machines are of one kind.
    fn have_logs_of_one_kind(&self, evidence: &Whole) -> bool {
        let mut of_format: BTreeMap<(InputKind, &str), usize> = BTreeMap::new();
        evidence.inputs.iter().any(|(input, summary)| {
            let machine = self.of_input.get(input).filter(|_| is_of_machine(summary.kind));
            machine.is_some_and(|machine| {
                *of_format.entry((summary.kind, &summary.format)).or_insert(*machine) != *machine
            })
        })
    }

    /// Whether requests to several servers fail that captures show to answer, and were not taken on a machine whose logs are here: of which of them those are, nothing tells as yet.
    fn are_beside_others(&self, cases: &[Case], evidence: &Whole) -> bool {
        let mut failing: BTreeMap<IpAddr, u64> = BTreeMap::new();
        for server in cases.iter().filter_map(|case| case.server_address(evidence)) {
            *failing.entry(server).or_default() += 1;
        }
        let answers = |server: &IpAddr| {
            evidence.tallies.servers.get(server).is_some_and(|tally| tally.healthy_responses >= MANY)
        };
        let several =
            failing.iter().filter(|(server, cases)| **cases >= FEWEST && answers(server)).count() > 1;
        let machines_with = |is_such: fn(InputKind) -> bool| -> BTreeSet<usize> {
            let inputs = evidence.inputs.iter().filter(|(_, input)| is_such(input.kind));
            inputs.filter_map(|(input, _)| self.of_input.get(input).copied()).collect()
        };
        let captured_on = machines_with(|kind| kind == InputKind::Capture);
        several && captured_on.is_disjoint(&machines_with(is_of_machine))
    }
}

/// Whether an input of this kind stands on the machine that it tells of.
fn is_of_machine(kind: InputKind) -> bool {
    matches!(kind, InputKind::AccessLog | InputKind::ErrorLog | InputKind::SystemLog)
}
