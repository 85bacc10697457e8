//! What speaks for `worker-crash`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::MessageRow;
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const EXITED: &[&str] = &[
    "nginx-worker-exited-on-signal",
    "nginx-worker-exited",
    "php-fpm-child-signalled",
    "php-fpm-child-exited",
    "apache-child-died",
    "apache-child-fatal",
    "apache-children-killed",
    "haproxy-worker-died",
    "lighttpd-child-died",
    "varnish-died",
    "kernel-segfault",
    "systemd-main-killed",
    "systemd-main-exited",
    "uwsgi-worker-died",
    "uwsgi-segfault",
    "gunicorn-worker-terminated",
    "unicorn-worker-died",
    "uvicorn-worker-died",
    "ruby-crashed",
    "passenger-crashed",
    "passenger-process-gone",
    "supervisor-killed",
    "supervisor-exited",
    "systemd-dumped-core",
    "node-unhandled-error",
    "gunicorn-worker-killed",
    "gunicorn-worker-exited",
    "java-crashed",
    "go-died",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    // The parent process notices at once, but a log with whole seconds rounds the time down.
    let nearest = |row: &&MessageRow| {
        let time = incident.clocks.time_of(row);
        (time.since(case.end).abs(), row.place)
    };
    let died = signs::messages_near(case, incident, EXITED, Duration::SECOND, Duration::from_seconds(2))
        .filter(|row| !ended_in_order(row));
    let row = died.min_by_key(nearest)?;
    let text = format!("at that moment a process dies: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}

/// Whether the worker ended as it was told to (SIGHUP, SIGINT, SIGQUIT, SIGTERM, or exit code 0), and not because of a request.
fn ended_in_order(row: &MessageRow) -> bool {
    let by_signal = row.line.text.contains("signal");
    matches!((by_signal, row.line.figure), (true, Some(1 | 2 | 3 | 15)) | (false, Some(0)))
}
