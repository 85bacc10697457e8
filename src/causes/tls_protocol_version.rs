//! tls-protocol-version: the edge and the origin share no TLS version.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-protocol-version",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_protocol_version.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const LOGGED: &[&str] = &["nginx-tls-protocol-version"];

/// RFC 8446, 6.
const PROTOCOL_VERSION: u8 = 70;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = super::alerted(case, incident, Side::Server, PROTOCOL_VERSION);
    if let Some(row) = signs::messages_near(case, incident, LOGGED, SECOND, 2 * SECOND).next() {
        let text = format!("the log says: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the edge and the origin share no TLS version";

/// What confirms or refutes it.
const CHECK: &str = "for v in tls1 tls1_1 tls1_2 tls1_3; do printf '%s ' $v; openssl s_client -$v -cipher \
    'ALL:@SECLEVEL=0' -connect {origin}:443 -servername {host} </dev/null 2>&1 | grep -cE 'Cipher is \
    [A-Z]'; done";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Allow what the edge speaks",
        target: "nginx",
        snippet: "# http { }, and remove it from all server blocks: the default server of a port decides for all of them
ssl_protocols TLSv1.2 TLSv1.3;",
        why: "nginx before 1.23.4 does not offer TLS 1.3 unless it is named; a server block with less \
              limits its neighbours.",
        risk: "None for the edge. Clients that know only TLS 1.0 and connect past the edge are shut out.",
        rollback: "Restore the former lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Allow what the edge speaks",
        target: "apache",
        snippet: "# server config and every <VirtualHost *:443>
SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1",
        why: "A list such as \"+TLSv1.3\" alone leaves nothing for a library without it.",
        risk: "Old clients that connect past the edge are shut out.",
        rollback: "Restore the former line, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Allow what the edge speaks",
        target: "haproxy",
        snippet: "# global; a bind line may override it
ssl-default-bind-options ssl-min-ver TLSv1.2",
        why: "ssl-min-ver TLSv1.3 or no-tlsv12 on a bind line is the usual reason for alert 70.",
        risk: "None for the edge.",
        rollback: "Restore the former line, then reload",
    },
    Remedy {
        title: "Align the system's policy",
        target: "linux",
        snippet: "# Debian, Ubuntu: /etc/ssl/openssl.cnf, section [system_default_sect]
MinProtocol = TLSv1.2
CipherString = DEFAULT:@SECLEVEL=2
# RHEL and its kin:
#   update-crypto-policies --set DEFAULT
# then restart the web server",
        why: "\"version too low\" in the log comes from here: the library forbids what the server's \
              setting allows.",
        risk: "It holds for every program on the host.",
        rollback: "Restore the former lines or policy, then restart the server",
    },
];
