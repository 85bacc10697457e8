use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::time::SECOND;

pub const CAUSE: Cause = Cause {
    slug: "worker-crash",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 502],
    doc: include_str!("text/worker_crash.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-pool-exhausted"],
    weigh,
};

const EXITED: &[&str] = &[
    "nginx-worker-exited-on-signal",
    "nginx-worker-exited-with-fatal-code",
    "php-fpm-child-exited-on-signal",
    "apache-child-exit-signal",
    "apache-child-exit-signal-coredump",
    "kernel-segfault",
    "kernel-general-protection",
    "systemd-main-process-killed",
    "uwsgi-worker-died",
    "gunicorn-worker-sigkill",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    // The parent notices at once; logs of whole seconds round down.
    let nearest = |row: &&crate::evidence::MessageRow| {
        let time = incident.time_of(row);
        (time.since(case.end).abs(), row.place)
    };
    let row = signs::messages_near(case, incident, EXITED, SECOND, 2 * SECOND).min_by_key(nearest)?;
    let text = format!("at that moment a process dies: {}", signs::quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}
