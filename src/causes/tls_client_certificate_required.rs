//! tls-client-certificate-required: the origin wants a client certificate that the edge did not send.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-client-certificate-required",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 525, 400],
    doc: include_str!("text/tls_client_certificate_required.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const LOGGED: &[&str] = &["nginx-client-certificate-missing"];

/// RFC 8446, 6: handshake_failure, bad_certificate, certificate_required.
const REFUSALS: [u8; 3] = [40, 42, 116];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, LOGGED, strength::PROOF).unwrap_or_default();
    for row in case.connections(incident) {
        let Some(tls) = &row.tls else { continue };
        let Some(asked) = tls.certificate_request else { continue };
        let sent_none = tls.client_certificate.as_ref().is_some_and(|sent| sent.certificates == 0);
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Server && REFUSALS.contains(&alert.description));
        if let (true, Some(alert)) = (sent_none, refused) {
            let text = "the origin asks for a client certificate, gets none, and ends the handshake";
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
        } else if sent_none {
            let text = "the origin asks for a client certificate and gets none";
            weight = weight.supported(strength::HINT, text, Some(row.place(asked)));
            if let Some(edge) = case.edge.as_ref().filter(|_| case.failure == Failure::ClientCertificate) {
                let text = "the origin answers 400 on that connection";
                weight = weight.shown(strength::LIKELY, text, edge.place, Some(edge.record.start));
            }
        }
    }
    for (row, kept) in
        case.exchanges(incident).filter(|(_, kept)| kept.failure == Some(Failure::ClientCertificate))
    {
        if let Some(response) = &kept.exchange.response {
            let text = "the origin answers 400 “No required SSL certificate was sent”";
            weight = weight.shown(strength::PROOF, text, row.place(response.first), when(response.first));
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin wants a client certificate that the edge did not send";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>&1 | grep -E 'Acceptable \
    client certificate CA names|No client certificate CA names|alert'; nginx -T 2>/dev/null | grep -nE \
    'ssl_(verify_client|client_certificate)'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Send the certificate",
        target: "cloudflare",
        snippet: r#"# global: the shared certificate of Cloudflare, for all hostnames of the zone
curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/tls_client_auth" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "on"}'
# zone-level: a certificate of your own that was uploaded before
curl -X PUT "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/origin_tls_client_auth/settings" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"enabled": true}'"#,
        why: "The origin gets what it asks for. Choose the one whose authority the origin has.",
        risk: "The shared certificate proves that a request comes from Cloudflare, not that it comes from \
              your zone.",
        rollback: "The same call with off, or false",
    },
    Remedy {
        title: "Accept the right authority",
        target: "nginx",
        snippet: "# curl -fsSo /etc/nginx/origin-pull-ca.pem https://developers.cloudflare.com/ssl/static/authenticated_origin_pull_ca.pem
# server { } of {host}
ssl_client_certificate /etc/nginx/origin-pull-ca.pem;
ssl_verify_client on;",
        why: "This file is the authority of the global certificate. It is not the one of Origin CA \
              certificates, which is a common mix-up.",
        risk: "Whoever connects past the edge, health checks included, gets 400.",
        rollback: "ssl_verify_client off; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Ask without insisting while you change",
        target: "nginx",
        snippet: "# server { } of {host}; watch the result before you insist
ssl_verify_client optional;
add_header X-Client-Verify $ssl_client_verify;
# log_format: add $ssl_client_verify; SUCCESS, NONE or FAILED:reason",
        why: "The site works at once, and the log shows which hostnames already send a certificate.",
        risk: "Until it is on again, the origin accepts everyone.",
        rollback: "ssl_verify_client on; and remove the header",
    },
    Remedy {
        title: "Accept the right authority",
        target: "apache",
        snippet: "# <VirtualHost *:443> of {host}
SSLVerifyClient require
SSLVerifyDepth 1
SSLCACertificateFile /etc/apache2/origin-pull-ca.pem",
        why: "A verification by directory or location asks in the middle of a connection, which TLS 1.3 \
              and HTTP/2 do not allow: use the whole host.",
        risk: "Whoever connects past the edge is refused.",
        rollback: "SSLVerifyClient none, then apachectl configtest && apachectl graceful",
    },
];
