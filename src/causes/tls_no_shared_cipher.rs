//! tls-no-shared-cipher: the edge and the origin share no cipher suite.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-no-shared-cipher",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_no_shared_cipher.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const LOGGED: &[&str] = &["nginx-tls-no-shared-cipher"];

/// RFC 8446, 6: the alert for parameters that cannot be agreed on.
const HANDSHAKE_FAILURE: u8 = 40;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let Some(tls) = &row.tls else { continue };
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Server && alert.description == HANDSHAKE_FAILURE);
        // After a CertificateRequest the same alert asks for a certificate.
        if let (Some(alert), Some(hello), None) = (refused, &tls.client_hello, tls.certificate_request) {
            let text = format!(
                "handshake_failure (40) from the origin to a ClientHello that offers {} cipher suites",
                hello.cipher_suites.len()
            );
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
            break;
        }
    }
    if let Some(row) = signs::messages_near(case, incident, LOGGED, SECOND, 2 * SECOND).next() {
        let text = format!("the log says: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the edge and the origin share no cipher suite";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} -tls1_2 -cipher \
    ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256 </dev/null; openssl s_client -connect \
    {origin}:443 -servername {host} -tls1_3 </dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Allow suites that the edge offers",
        target: "nginx",
        snippet: "# the default server { } of the address and the one of {host}
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;
ssl_prefer_server_ciphers off;",
        why: "These four stand for both kinds of certificate and are safe; TLS 1.3 brings its own.",
        risk: "Clients older than about 2014 that ask the origin directly no longer get in.",
        rollback: "Restore the former ssl_ciphers, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Allow suites that the edge offers",
        target: "apache",
        snippet: "# VirtualHost of {host} and the first one of the address
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384
SSLHonorCipherOrder off",
        why: "The same for Apache.",
        risk: "Clients older than about 2014 that ask the origin directly no longer get in.",
        rollback: "Restore the former lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Allow suites that the edge offers",
        target: "haproxy",
        snippet: "# global
ssl-default-bind-options ssl-min-ver TLSv1.2
ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384
ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        why: "The same for HAProxy; ciphers on a bind line override the default.",
        risk: "Clients older than about 2014 that ask the origin directly no longer get in.",
        rollback: "Restore the former lines, then reload",
    },
    Remedy {
        title: "Have a certificate of the kind that the suites need",
        target: "linux",
        snippet: "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -text | grep 'Public Key Algorithm'
# a second certificate with an RSA key beside the ECDSA one (nginx takes two pairs of ssl_certificate lines):
certbot certonly --cert-name {host}-rsa --key-type rsa -d {host}",
        why: "With an ECDSA key only ECDHE-ECDSA suites can be used at TLS 1.2, with an RSA key only the RSA \
              ones.",
        risk: "Two certificates to renew.",
        rollback: "Remove the second pair of lines; certbot delete --cert-name NAME-rsa",
    },
];
