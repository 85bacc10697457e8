//! worker-pool-exhausted: every worker of the origin is busy.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "worker-pool-exhausted",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 502, 503, 504, 522, 524],
    doc: include_str!("text/worker_pool_exhausted.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// nginx was turned away by a full backlog: this very request found no worker.
const NO_WORKER: &[&str] = &["nginx-connect-backlog-full"];

/// The server says that all of its workers are busy.
const ALL_BUSY: &[&str] = &[
    "php-fpm-max-children",
    "apache-workers-used-up",
    "nginx-connections-used-up",
    "haproxy-connections-used-up",
    "uwsgi-queue-full",
];

/// php-fpm says it once a pool is full, and stays silent while it stays full.
const STAYS_FULL: i64 = 30 * SECOND;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, NO_WORKER, strength::PROOF).unwrap_or_default();
    let waits =
        matches!(case.edge_status().or(case.origin_status(incident)), Some(502..=504 | 520 | 522 | 524))
            || signs::unanswered(case, incident).is_some_and(|sign| sign.given_up().is_some());
    if waits && let Some(row) = signs::messages_near(case, incident, ALL_BUSY, STAYS_FULL, SECOND).last() {
        let text = format!("every worker is busy: {}", quote(&row.line.text));
        weight = weight.shown(strength::LIKELY, text, row.place, row.line.time);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "every worker of the origin is busy";

/// What confirms or refutes it.
const CHECK: &str = "grep -hE 'max_children|MaxRequestWorkers|worker_connections are not enough|Resource temporarily \
    unavailable' /var/log/php*fpm*.log /var/log/apache2/error.log /var/log/nginx/error.log | tail; ss -ltn";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Size the pool by memory and bound each request",
        target: "php-fpm",
        snippet: "; pool file. pm.max_children = memory for the pool / memory of one worker, see:
;   ps -C php-fpm -o rss= | sort -n | tail
pm = dynamic
pm.max_children = 80
pm.start_servers = 20
pm.min_spare_servers = 10
pm.max_spare_servers = 30
pm.max_requests = 1000
request_terminate_timeout = 60s
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log
listen.backlog = 1024",
        why: "More workers help with bursts, the time limit with requests that hang; the slow log tells what \
              they hang on.",
        risk: "More workers than fit into memory end in kills by the kernel. Requests longer than 60 s are \
              ended. The database needs as many connections.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Size the pool",
        target: "apache",
        snippet: "# mpm_event; MaxRequestWorkers = ServerLimit x ThreadsPerChild
ServerLimit             16
ThreadsPerChild         25
MaxRequestWorkers      400
MaxConnectionsPerChild 10000",
        why: "The event MPM keeps idle connections without a thread; threads are then needed for requests \
              only.",
        risk: "More threads need more memory and more connections of whatever stands behind. ServerLimit \
              changes need a restart, not a reload.",
        rollback: "Restore the former values and restart",
    },
    Remedy {
        title: "Raise the number of connections",
        target: "nginx",
        snippet: "# main context and events { }; each proxied request takes two connections
worker_processes auto;
worker_rlimit_nofile 16384;
events {
    worker_connections 8192;
}",
        why: "Idle connections from the edge count as well: long keep-alive needs room.",
        risk: "More memory; the system's own limit of file descriptors must allow it.",
        rollback: "Restore the former values, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Queue a little instead of dropping",
        target: "haproxy",
        snippet: "# backend: as many requests at once as the server has workers, the others wait shortly
backend app
    timeout queue 10s
    server app1 {upstream} maxconn 80 check",
        why: "A short queue in front evens out bursts; without it the excess piles up in the application's \
              listen queue, where nobody sees it.",
        risk: "Requests that wait longer than 10 s get 503 from HAProxy.",
        rollback: "Remove maxconn and timeout queue, then reload",
    },
];
