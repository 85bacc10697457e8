//! invalid-status-line: the response does not begin with an HTTP/1 status line.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "invalid-status-line",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/invalid_status_line.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["bare-lf", "invalid-header"],
    weigh,
};

const BROKEN: &[Rule] =
    &[Rule::NoStatusLine, Rule::BadVersion, Rule::BadStatusCode, Rule::BadReason, Rule::LeadingBlankLine];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "the response does not begin with an HTTP/1 status line";

/// What confirms or refutes it.
const CHECK: &str = r"printf 'GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n' | openssl s_client -quiet -connect {origin}:443 -servername {host} 2>/dev/null | head -c 64 | xxd";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Write nothing before the status line",
        target: "app",
        snippet: r"# Find a byte order mark or a blank before the first PHP tag
grep -rlP '\A(\xEF\xBB\xBF|\s)' --include='*.php' /var/www
# and keep warnings out of the output: php.ini
#   display_errors = Off
#   log_errors = On",
        why: "Output that leaves the process before the head takes the place of the status line.",
        risk: "Warnings are then found in the log only.",
        rollback: "display_errors = On",
    },
    Remedy {
        title: "Use the protocol that the upstream speaks",
        target: "nginx",
        snippet: "# one of these, according to what listens on {upstream}
proxy_pass    http://{upstream};
# proxy_pass  https://{upstream};
# fastcgi_pass {upstream};
# uwsgi_pass   {upstream};",
        why: "FastCGI, uWSGI or TLS bytes are not a status line; each protocol has its own directive.",
        risk: "A wrong choice fails for all requests of the location at once.",
        rollback: "Restore the former line, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Put a web server before the server that speaks another dialect",
        target: "haproxy",
        snippet: "backend app
    mode http
    server app1 {upstream} check",
        why: "The edge then always gets a well-formed answer: what HAProxy cannot read becomes a clear 502 \
              with PH in its log.",
        risk: "Streams in the ICY dialect do not pass; serve them on a hostname that is not proxied.",
        rollback: "Let the edge ask the server directly again",
    },
];
