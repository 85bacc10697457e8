//! connect-refused: nothing listens on the origin's port.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "connect-refused",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[521],
    doc: include_str!("text/connect_refused.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-timeout"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let connection = &row.connection;
        if let (Some(syn), Some(reset)) =
            (connection.handshake.syn, connection.reset.filter(|reset| reset.refused_syn))
        {
            let after = duration(reset.at.time.since(syn.time));
            let text =
                format!("the SYN to port {} is answered by RST after {after}", connection.server.port());
            weight = weight.shown(strength::STRONG, text, row.place(reset.at), when(reset.at));
            break;
        }
        if let Some(icmp) =
            connection.icmp.filter(|icmp| icmp.is_port_unreachable() && connection.is_unanswered())
        {
            let text = format!(
                "the SYN to port {} is answered by ICMP type {} code {}",
                connection.server.port(),
                icmp.kind,
                icmp.code
            );
            weight = weight.shown(strength::STRONG, text, row.place(icmp.at), when(icmp.at));
            break;
        }
    }
    if incident.population.refused_range(case.edge_address(incident), incident).is_some() {
        weight =
            weight.supported(-strength::PROOF, "other ranges connect meanwhile: something listens", None);
    }
    if case.edge_status() == Some(521) {
        let place = case.edge.as_ref().map(|row| row.place);
        weight =
            weight.supported(strength::HINT, "the edge says 521: the origin refused the connection", place);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "nothing listens on the origin's port";

/// What confirms or refutes it.
const CHECK: &str = "curl -sv --connect-timeout 5 --resolve {host}:443:{origin} https://{host}/ -o /dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Start the server and keep it running",
        target: "systemd",
        snippet: "# nginx.service stands for the service that should listen.
nginx -t && systemctl enable --now nginx
mkdir -p /etc/systemd/system/nginx.service.d
cat > /etc/systemd/system/nginx.service.d/restart.conf <<'EOF'
[Unit]
StartLimitIntervalSec=300
StartLimitBurst=20

[Service]
Restart=on-failure
RestartSec=2s
EOF
systemctl daemon-reload",
        why: "The kernel refuses because no process holds the port; the supervisor now brings the process \
              back when it ends with an error.",
        risk: "A server that fails at every start is restarted up to 20 times in five minutes; read its log \
              if it does.",
        rollback: "rm /etc/systemd/system/nginx.service.d/restart.conf && systemctl daemon-reload",
    },
    Remedy {
        title: "Listen on the port and the addresses that the edge asks",
        target: "nginx",
        snippet: "# server { } of {host}
listen 80;
listen [::]:80;
listen 443 ssl;
listen [::]:443 ssl;",
        why: "Flexible mode asks port 80, Full and Full (strict) ask port 443; an origin that listens on \
              loopback or on one address family refuses the rest.",
        risk: "The server becomes reachable for everyone who can reach the address, not only for the edge.",
        rollback: "Remove the added listen lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Listen on the port and the addresses that the edge asks",
        target: "apache",
        snippet: "# ports.conf; needs mod_ssl and a matching VirtualHost
Listen 80
Listen 443 https",
        why: "Without an address, Listen takes every address of both families.",
        risk: "The server becomes reachable for everyone who can reach the address, not only for the edge.",
        rollback: "Restore the former Listen lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Point the DNS record at the server that runs",
        target: "cloudflare",
        snippet: "# DNS > Records > {host}: the A/AAAA content must be the address that answers here:
ip -br addr show scope global
dig +short A {host} @1.1.1.1   # proxied: shows edge addresses; read the content in the dashboard",
        why: "If the address that the edge asks is no longer the origin, no change on it will help.",
        risk: "A wrong address sends all visitors to another machine.",
        rollback: "Put the former address back; the edge takes it up within minutes",
    },
];
