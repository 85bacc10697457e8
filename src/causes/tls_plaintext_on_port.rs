//! tls-plaintext-on-port: the origin speaks plain HTTP on the TLS port.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-plaintext-on-port",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_plaintext_on_port.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        if let Some((at, bytes)) = row.tls.as_ref().and_then(|tls| tls.plaintext_reply.as_ref()) {
            let line = String::from_utf8_lossy(
                bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default(),
            );
            let text = format!("port {} answers a ClientHello with “{line}”", row.connection.server.port());
            weight = weight.shown(strength::PROOF, text, row.place(*at), when(*at));
            break;
        }
    }
    for row in case.access.iter().filter(|row| row.line.odd_request_line.is_some()) {
        let text = "the origin's plain-HTTP log has the handshake's bytes as a request line";
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin speaks plain HTTP on the TLS port";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null; curl -sv -H 'Host: {host}' \
    http://{origin}:443/ -o /dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Turn TLS on for the listener",
        target: "nginx",
        snippet: "# server { } of {host}
listen 443 ssl;
listen [::]:443 ssl;
ssl_certificate     /etc/ssl/site.pem;
ssl_certificate_key /etc/ssl/site.key;",
        why: "listen 443 without ssl opens the port for plain HTTP.",
        risk: "Whoever speaks plain HTTP to port 443 now gets a 400, such as an internal health check.",
        rollback: "Remove ssl from the listen lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Turn TLS on for the listener",
        target: "apache",
        snippet: "# needs mod_ssl
Listen 443 https
<VirtualHost *:443>
    ServerName {host}
    SSLEngine on
    SSLCertificateFile    /etc/ssl/site.pem
    SSLCertificateKeyFile /etc/ssl/site.key
</VirtualHost>",
        why: "Without SSLEngine on, a VirtualHost speaks plain HTTP on whatever port.",
        risk: "Whoever speaks plain HTTP to port 443 now gets an error.",
        rollback: "SSLEngine off, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Turn TLS on for the listener",
        target: "haproxy",
        snippet: "# frontend; the directory holds files with certificate and key
bind :443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1",
        why: "bind :443 without ssl opens the port for plain HTTP.",
        risk: "Whoever speaks plain HTTP to port 443 now gets an error.",
        rollback: "Restore the former bind line, then reload",
    },
    Remedy {
        title: "Point the edge at the port that speaks TLS",
        target: "cloudflare",
        snippet: r#"# Rules > Origin Rules
# When incoming requests match:
http.host eq "{host}"
# Then: Destination Port, rewrite to 8443   (the port on which openssl s_client succeeds)"#,
        why: "Where the TLS listener is on another port, for instance behind a container's port mapping.",
        risk: "The port must be open for all of the edge's ranges.",
        rollback: "Disable the rule",
    },
];
