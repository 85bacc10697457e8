//! keepalive-request-cap: the origin closes connections after a fixed number of requests.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "keepalive-request-cap",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[520],
    doc: include_str!("text/keepalive_request_cap.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["keepalive-race"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let cap = incident.population.request_cap?;
    let sign = signs::unanswered(case, incident)?;
    let answered = sign.kept.exchange.number.checked_sub(1)?;
    let close = sign.closed_before_request().or(sign.reset_after_request())?;
    if answered.abs_diff(cap.requests) > 1 {
        return None;
    }
    let text = format!(
        "the origin closes after {answered} requests, as {} other connections do after {}",
        cap.connections, cap.requests
    );
    Weight::new().shown(strength::PROOF, text, sign.place(close), when(close)).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin closes connections after a fixed number of requests";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y 'http.request' -T fields -e tcp.stream | sort -n | uniq -c | awk '{ print \
    $1 }' | sort -n | uniq -c | sort -rn | head";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Raise the cap out of the way",
        target: "nginx",
        snippet: "# http { } or server { }
keepalive_requests 100000;
keepalive_time     24h;",
        why: "The edge closes idle connections itself after 900 s; nginx then hardly ever has to.",
        risk: "The memory that a connection gathers is freed when it closes; at this size it does not \
              matter.",
        rollback: "Remove both lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Raise the cap out of the way",
        target: "apache",
        snippet: "KeepAlive            On
MaxKeepAliveRequests 0
KeepAliveTimeout     905",
        why: "0 means no limit; 100 is what Apache is compiled with. With the event MPM an idle \
              connection costs no thread.",
        risk: "With the prefork MPM every idle connection holds a process: use event, or keep the timeout \
              short.",
        rollback: "Restore the former values, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Put a proxy between the edge and workers that recycle",
        target: "haproxy",
        snippet: "# the edge keeps its connection to HAProxy whatever the workers do
frontend fe
    bind :443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1
    timeout http-keep-alive 905s
    default_backend app
backend app
    http-reuse safe
    retry-on conn-failure empty-response response-timeout
    retries 2
    server app1 {upstream} check",
        why: "A worker that ends then costs a retry on the local network and no 520; safe sends the first \
              request of a session on a connection of its own.",
        risk: "empty-response repeats requests that may have had an effect: leave it out where POST is not \
              safe to repeat, or disable it with http-request disable-l7-retry if METH_POST.",
        rollback: "Remove the retry lines, then reload",
    },
];
