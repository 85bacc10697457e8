//! upstream-closed-early: the application closes before its response is complete.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "upstream-closed-early",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 520],
    doc: include_str!("text/upstream_closed_early.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const CLOSED: &[&str] = &[
    "nginx-upstream-prematurely-closed",
    "nginx-fastcgi-prematurely-closed",
    "nginx-stream-prematurely-closed",
    "nginx-upstream-reset",
    "nginx-upstream-broken-pipe",
    "apache-backend-closed-early",
    "apache-fastcgi-failed",
];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, CLOSED, strength::STRONG)
}

/// One line that names what is wrong.
const TITLE: &str = "the application closes before its response is complete";

/// What confirms or refutes it.
const CHECK: &str = "grep 'prematurely closed' /var/log/nginx/error.log | tail -3; journalctl --since '-1 hour' | grep -E \
    'exited on signal|WORKER TIMEOUT|oom-kill' | tail";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Let the proxy close idle inner connections first",
        target: "nginx",
        snippet: r#"# http { }; below the idle timeout of the application
upstream app {
    server {upstream};
    keepalive 32;
    keepalive_timeout 4s;
}
# location:
#   proxy_http_version 1.1;
#   proxy_set_header Connection "";
#   proxy_pass http://app;"#,
        why: "On a reused inner connection the application may close just as the next request is sent. \
              Whoever waits for less closes first, and that must be the proxy.",
        risk: "More new connections to the application. keepalive_timeout in an upstream block needs nginx \
              1.15.3.",
        rollback: "Remove keepalive_timeout, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Outlast the proxy and finish before ending",
        target: "app",
        snippet: "# gunicorn: seconds; the idle timeout above the proxy's, time to finish at a restart
gunicorn app:application --worker-class gthread --threads 8 --keep-alive 75 --timeout 110 --graceful-timeout 60",
        why: "The default worker timeout of 30 s kills a worker together with its response; the default idle \
              timeout of 2 s loses the race against the proxy.",
        risk: "A hung worker is noticed later.",
        rollback: "Restore the former arguments and restart",
    },
    Remedy {
        title: "Ask the next server where it is safe",
        target: "nginx",
        snippet: "# location; without non_idempotent a POST that was sent is never repeated
proxy_next_upstream error timeout;
proxy_next_upstream_tries 2;
proxy_next_upstream_timeout 10s;",
        why: "A GET that died with its connection succeeds on the next one.",
        risk: "Work that was half done may be done again for methods that should be safe to repeat but are \
              not.",
        rollback: "proxy_next_upstream off; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Ask the next server where it is safe",
        target: "haproxy",
        snippet: "# backend; L7 retries only for methods that may be repeated
option redispatch 1
retries 2
retry-on conn-failure empty-response
http-request disable-l7-retry unless METH_GET",
        why: "The same for HAProxy.",
        risk: "The request is held in a buffer until the answer begins.",
        rollback: "Remove the lines, then reload",
    },
];
