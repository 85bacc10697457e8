//! Whether several machines stand side by side, so that the lines of one tell nothing of what another one served.

use std::collections::{BTreeMap, BTreeSet};

use super::{MANY, Machines};
use crate::correlate::whole::Whole;
use crate::evidence::InputKind;

impl Machines {
    /// Whether they do, by their logs or by what captures show beside these.
    pub(super) fn are_several(&self, evidence: &Whole) -> bool {
        self.have_logs_of_one_kind(evidence) || self.are_beside_others(evidence)
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

    /// Whether captures show several servers that answer, and were not taken on a machine whose logs are here: of which of them those are, nothing tells as yet.
    fn are_beside_others(&self, evidence: &Whole) -> bool {
        let answering = evidence.tallies.servers.values().filter(|server| server.healthy_responses >= MANY);
        let machines_with = |is_such: fn(InputKind) -> bool| -> BTreeSet<usize> {
            let inputs = evidence.inputs.iter().filter(|(_, input)| is_such(input.kind));
            inputs.filter_map(|(input, _)| self.of_input.get(input).copied()).collect()
        };
        let captured_on = machines_with(|kind| kind == InputKind::Capture);
        answering.count() > 1 && captured_on.is_disjoint(&machines_with(is_of_machine))
    }
}

/// Whether an input of this kind stands on the machine that it tells of.
fn is_of_machine(kind: InputKind) -> bool {
    matches!(kind, InputKind::AccessLog | InputKind::ErrorLog | InputKind::SystemLog)
}
