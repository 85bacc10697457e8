//! What speaks for `oom-kill`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const KILLED: &[&str] = &[
    "kernel-oom-killed",
    "kernel-oom-killed-in-cgroup",
    "kernel-oom-constraint",
    "systemd-oom-killed",
    "systemd-oomd-killed",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    let nearest =
        |row: &&crate::evidence::MessageRow| (incident.clocks.time_of(row).since(case.end).abs(), row.place);
    let row =
        signs::messages_near(case, incident, KILLED, Duration::from_seconds(2), Duration::from_seconds(2))
            .min_by_key(nearest)?;
    let text = format!("at that moment the kernel kills a process: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}
