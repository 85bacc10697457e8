//! upstream-timeout: the application behind the web server is too slow.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "upstream-timeout",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[504],
    doc: include_str!("text/upstream_timeout.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["upstream-closed-early", "slow-response"],
    weigh,
};

const TIMED_OUT: &[&str] =
    &["nginx-upstream-timed-out", "nginx-connect-timed-out", "apache-backend-timed-out"];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    if let Some(weight) = signs::from_own_message(case, TIMED_OUT, strength::STRONG) {
        return Some(weight);
    }
    // Without the error log: the server gave 504 itself, having waited for its upstream.
    let row = case.access.iter().find(|row| row.line.status == Some(504))?;
    let last = row.line.upstream.last()?;
    let waited = last.response_time?;
    let gave_up_itself = last.status == Some(504) && last.header_time.is_none();
    gave_up_itself.then(|| {
        let text = format!("the origin logs 504 after {} without a head from its upstream", duration(waited));
        Weight::new().shown(strength::LIKELY, text, row.place, Some(row.line.time))
    })
}

/// One line that names what is wrong.
const TITLE: &str = "the application behind the web server is too slow";

/// What confirms or refutes it.
const CHECK: &str = "grep 'upstream timed out' /var/log/nginx/error.log | tail -3; time curl -s -o /dev/null --max-time 300 \
    http://{upstream}{path}";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Find what the requests wait for",
        target: "php-fpm",
        snippet: "; pool file
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log
request_terminate_timeout = 110s",
        why: "The slow log shows the line in which a request hangs; the time limit stops work that nobody \
              waits for any more.",
        risk: "Requests that ran longer are ended.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Wait longer, for this path only",
        target: "nginx",
        snippet: "# the web server gave up after {timeout_s} s; stay below the edge's read timeout
location = {path} {
    proxy_read_timeout 110s;
    proxy_pass http://{upstream};
}
# behind FastCGI: fastcgi_read_timeout 110s;",
        why: "Gives slow work the time that the edge would give it, and keeps the origin's own error page \
              and log line where even that is too short.",
        risk: "Slow requests hold connections and workers longer.",
        rollback: "Remove the location, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Wait longer",
        target: "haproxy",
        snippet: "# backend; the balancer gave up after {timeout_s} s
timeout connect 5s
timeout server 110s",
        why: "The same for HAProxy: timeout server bounds the wait for the head and each pause in the body.",
        risk: "Slow requests hold connections longer.",
        rollback: "Restore the former value, then reload",
    },
    Remedy {
        title: "Bound the work inside the application",
        target: "app",
        snippet: "-- PostgreSQL: no statement of the web role runs longer than the request may
ALTER ROLE web SET statement_timeout = '60s';
ALTER ROLE web SET lock_timeout = '5s';",
        why: "A query that outlives its request makes the next ones slow.",
        risk: "Long reports need a role of their own.",
        rollback: "ALTER ROLE web RESET statement_timeout; ALTER ROLE web RESET lock_timeout;",
    },
];
