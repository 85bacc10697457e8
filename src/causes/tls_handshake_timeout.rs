//! tls-handshake-timeout: the origin never answers the ClientHello.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::duration;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-handshake-timeout",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_handshake_timeout.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let Some(tls) = row.tls.as_ref().filter(|tls| tls.plaintext_reply.is_none()) else { continue };
        let (Some(hello), Some((Side::Client, _, closed))) =
            (&tls.client_hello, row.connection.closed_first())
        else {
            continue;
        };
        if tls.server_hello.as_ref().is_some_and(|answer| answer.at < closed) {
            continue;
        }
        let waited = closed.time.since(hello.at.time);
        // The origin has it, says nothing, and the edge is the one to go.
        if hello.acknowledged.is_some() && tls.alerts.is_empty() && waited >= SECOND / 2 {
            let text = format!(
                "the ClientHello is acknowledged, no ServerHello comes for {}, then the edge closes",
                duration(waited)
            );
            weight = weight.shown(strength::STRONG, text, row.place(hello.at), when(hello.at));
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin never answers the ClientHello";

/// What confirms or refutes it.
const CHECK: &str = "timeout 30 openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>&1 | grep -E \
    'CONNECTED|Cipher is|alert'; ss -ltn '( sport = :443 )'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Find what blocks the server",
        target: "linux",
        snippet: r#"# in the minutes of the failures
ss -ltn '( sport = :443 )'; ss -tnp state established '( sport = :443 )' | awk '$1 > 0' | head
top -b -n 1 | head -15; vmstat 1 5
for p in $(pgrep -x nginx); do printf '%s ' "$p"; cat /proc/$p/wchan; echo; done"#,
        why: "A process that waits in disk or swap cannot answer; one that burns CPU is busy with \
              handshakes or with the application.",
        risk: "None, the commands only read.",
        rollback: "Nothing to take back",
    },
    Remedy {
        title: "Make handshakes cheap",
        target: "nginx",
        snippet: "# http { }; an ECDSA key beside the RSA one costs a fraction of the time
ssl_certificate     /etc/ssl/site.ecdsa.pem;
ssl_certificate_key /etc/ssl/site.ecdsa.key;
ssl_session_cache   shared:tls:20m;
ssl_session_timeout 1h;
worker_processes    auto;    # main context
keepalive_timeout   905s;    # connections that stay open need no handshake",
        why: "An RSA 4096 signature takes some milliseconds of one core; a burst of new connections after \
              a reload multiplies that.",
        risk: "Idle connections need memory and descriptors.",
        rollback: "Restore the former lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Do not accept for dead backends",
        target: "haproxy",
        snippet: "# mode tcp in front of servers that speak TLS themselves
backend app
    mode tcp
    timeout connect 3s
    default-server inter 2s fall 2 rise 2
    server app1 {upstream} check check-ssl verify none",
        why: "The check makes a TLS handshake of its own, so that a frozen server is taken out within \
              seconds; the traffic itself stays untouched.",
        risk: "With a single server HAProxy then refuses the edge, which shows 521 or 520 at once instead \
              of 525 after a wait.",
        rollback: "Remove check-ssl verify none, then reload",
    },
];
