//! What speaks for `worker-pool-exhausted`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The application's listen queue or pool was full and refused the web server: this request itself found no worker.
const NO_WORKER: &[&str] = &[
    "nginx-connect-backlog-full",
    "apache-backend-busy",
    "apache-backend-pool-full",
    "haproxy-queue-timed-out",
    "lighttpd-backend-busy",
    "varnish-backend-busy",
    "envoy-upstream-overflow",
    "envoy-overloaded",
    "http-sys-queue-full",
    "http-sys-application-busy",
    "http-sys-connection-limit",
];

/// The server says that all of its workers are busy.
const ALL_BUSY: &[&str] = &[
    "php-fpm-max-children",
    "apache-workers-used-up",
    "nginx-connections-used-up",
    "haproxy-connections-used-up",
    "lighttpd-connections-used-up",
    "litespeed-backend-busy",
    "varnish-threads-used-up",
    "uwsgi-queue-full",
    "php-fpm-processes-used-up",
    "passenger-queue-full",
    "waitress-queue",
    "waitress-connections-used-up",
    "uvicorn-concurrency-limit",
    "kestrel-starved",
    "kestrel-connections-used-up",
];

/// php-fpm says it once a pool is full, and stays silent while it stays full.
const STAYS_FULL: Duration = Duration::from_seconds(30);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, incident, NO_WORKER, strength::PROOF).unwrap_or_default();
    let waits = matches!(
        case.status_at_origin(&incident.evidence).or(case.origin_status(&incident.evidence)),
        Some(502..=504 | 520 | 522 | 524)
    ) || signs::unanswered(case, incident).is_some_and(|sign| sign.given_up().is_some());
    if waits
        && let Some(row) = signs::messages_near(case, incident, ALL_BUSY, STAYS_FULL, Duration::SECOND).last()
    {
        let text = format!("every worker is busy: {}", quote(&row.line.text));
        weight = weight.shown(strength::LIKELY, text, row.place, row.line.time);
    }
    weight.some()
}
