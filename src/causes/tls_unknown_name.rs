//! tls-unknown-name: the origin has no host for the name that the edge asks for.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-unknown-name",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_unknown_name.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6.
const UNRECOGNIZED_NAME: u8 = 112;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::alerted(case, incident, Side::Server, UNRECOGNIZED_NAME).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin has no host for the name that the edge asks for";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>&1 | grep -E \
    'alert|subject=|Verification'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Add the name at the origin",
        target: "nginx",
        snippet: "server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {host};
    ssl_certificate     /etc/ssl/{host}.pem;
    ssl_certificate_key /etc/ssl/{host}.key;
    root /var/www/{host};
}",
        why: "A server block with the name answers before the default server refuses.",
        risk: "None for the other names.",
        rollback: "Remove the block, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Add the certificate",
        target: "haproxy",
        snippet: "# put certificate, chain and key into one file of the directory; the names are read from the certificate
cat {host}.crt chain.crt {host}.key > /etc/haproxy/certs/{host}.pem
# bind :443 ssl crt /etc/haproxy/certs/ strict-sni alpn h2,http/1.1
haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy",
        why: "With strict-sni a name without a certificate is refused.",
        risk: "The file holds the key: keep it readable by HAProxy's user only.",
        rollback: "Remove the file and reload",
    },
    Remedy {
        title: "Ask for a name that the origin knows",
        target: "cloudflare",
        snippet: r#"# Rules > Origin Rules; the plan must include the override
# When incoming requests match:
http.host eq "{host}"
# Then: SNI, override to www.{host}; Host header, rewrite to www.{host}"#,
        why: "For many hostnames that one host serves under one name.",
        risk: "The application sees the other name and may build links or redirects with it; in Full \
              (strict) the certificate must cover the overridden name.",
        rollback: "Disable the rule",
    },
    Remedy {
        title: "Add the name",
        target: "apache",
        snippet: "<VirtualHost *:443>
    ServerName {host}
    SSLEngine on
    SSLCertificateFile    /etc/ssl/{host}.pem
    SSLCertificateKeyFile /etc/ssl/{host}.key
    DocumentRoot /var/www/{host}
</VirtualHost>",
        why: "Ends 421 and 403 of AH02032 and AH02033 as well.",
        risk: "None for the other names.",
        rollback: "Remove the block, then apachectl configtest && apachectl graceful",
    },
];
