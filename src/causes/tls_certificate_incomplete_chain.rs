//! tls-certificate-incomplete-chain: the origin does not send its intermediate certificate.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-incomplete-chain",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_incomplete_chain.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6: the edge does not know the authority.
const UNKNOWN_CA: u8 = 48;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = super::refused_certificate(case, incident)?;
    let tls = row.tls.as_ref()?;
    let alerted =
        tls.alerts.iter().any(|alert| alert.from == Side::Client && alert.description == UNKNOWN_CA);
    // With the edge's word for an unknown authority, a lone leaf that somebody else issued lacks its intermediate.
    if leaf.self_issued || tls.certificates.len() != 1 || !alerted {
        return None;
    }
    let text = format!("one certificate is sent, {}, and its issuer {} is not", leaf.subject, leaf.issuer);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(super::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}

/// One line that names what is wrong.
const TITLE: &str = "the origin does not send its intermediate certificate";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} -showcerts </dev/null 2>/dev/null | grep -E \
    '^ *[0-9]+ s:|^ +i:'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Configure the full chain",
        target: "nginx",
        snippet: "# server { } of {host}: fullchain.pem, not cert.pem
ssl_certificate     /etc/letsencrypt/live/{host}/fullchain.pem;
ssl_certificate_key /etc/letsencrypt/live/{host}/privkey.pem;
# nginx -t && nginx -s reload",
        why: "nginx sends what stands in this file, in that order, and nothing else.",
        risk: "None.",
        rollback: "Restore the former line, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Configure the full chain",
        target: "apache",
        snippet: "# <VirtualHost *:443> of {host}; since 2.4.8 the chain belongs into this file, and SSLCertificateChainFile is not needed
SSLCertificateFile    /etc/letsencrypt/live/{host}/fullchain.pem
SSLCertificateKeyFile /etc/letsencrypt/live/{host}/privkey.pem",
        why: "A chain file of its own grows stale when only the leaf is renewed.",
        risk: "Before 2.4.8 only the first certificate of the file is sent.",
        rollback: "Restore the former lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Build the chain by hand",
        target: "linux",
        snippet: r#"# the address of the issuer's certificate stands in the leaf
ISSUER=$(openssl x509 -in {host}.pem -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI://p')
curl -fsS "$ISSUER" | openssl x509 -inform der -out issuer.pem    # some authorities deliver PKCS #7: openssl pkcs7 -inform der -print_certs
cat {host}.pem issuer.pem > {host}.fullchain.pem
openssl verify -untrusted issuer.pem {host}.pem"#,
        why: "For certificates that were delivered without their chain.",
        risk: "The address is fetched over plain HTTP: the last command must say OK.",
        rollback: "Use the former file",
    },
    Remedy {
        title: "Put the chain into HAProxy's file",
        target: "haproxy",
        snippet: "cat {host}.pem issuer.pem {host}.key > /etc/haproxy/certs/{host}.pem
haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy",
        why: "HAProxy sends all certificates of the file, leaf first.",
        risk: "The file holds the key: keep it readable by HAProxy's user only.",
        rollback: "Restore the former file and reload",
    },
];
