//! bare-lf: response lines end with LF alone instead of CR LF.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "bare-lf",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/bare_lf.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, &[Rule::BareLf])
}

/// One line that names what is wrong.
const TITLE: &str = "response lines end with LF alone instead of CR LF";

/// What confirms or refutes it.
const CHECK: &str = r"printf 'GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n' | openssl s_client -quiet -connect {origin}:443 -servername {host} 2>/dev/null | head -c 512 | xxd";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Write CR LF",
        target: "app",
        snippet: r#"# every line of the head, and the empty line after it, ends with both bytes
connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n")"#,
        why: "println and here-documents end lines with LF alone on Unix. Better still, let a server library \
              write the head.",
        risk: "None known: every parser takes CR LF.",
        rollback: "Take the change back",
    },
    Remedy {
        title: "Put nginx before the server",
        target: "nginx",
        snippet: r#"# server { } of {host}; the home-made server moves to {upstream}
location / {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    proxy_pass http://{upstream};
}"#,
        why: "nginx reads lines that end with LF and writes its own head with CR LF.",
        risk: "One more hop with its own timeouts and limits.",
        rollback: "Let the edge ask the server directly again",
    },
    Remedy {
        title: "Put HAProxy before the server",
        target: "haproxy",
        snippet: "frontend web
    mode http
    bind :443 ssl crt /etc/haproxy/certs/
    default_backend app

backend app
    mode http
    server app1 {upstream}",
        why: "HAProxy parses the response and writes it anew with CR LF.",
        risk: "One more hop; a head that HAProxy refuses becomes a 502.",
        rollback: "Let the edge ask the server directly again",
    },
];
