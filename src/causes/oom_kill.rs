use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::time::SECOND;

pub const CAUSE: Cause = Cause {
    slug: "oom-kill",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 502],
    doc: include_str!("text/oom_kill.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-crash", "worker-pool-exhausted"],
    weigh,
};

const KILLED: &[&str] =
    &["kernel-oom-killed-process", "kernel-oom-kill", "kernel-memory-cgroup-out-of-memory", "systemd-oom-killer"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    let nearest = |row: &&crate::evidence::MessageRow| (incident.time_of(row).since(case.end).abs(), row.place);
    let row = signs::messages_near(case, incident, KILLED, 2 * SECOND, 2 * SECOND).min_by_key(nearest)?;
    let text = format!("at that moment the kernel kills a process: {}", signs::quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}
