//! tls-certificate-self-signed: no authority that the edge trusts signed the origin's certificate.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-self-signed",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_self_signed.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6: the edge does not know the authority.
const UNKNOWN_CA: u8 = 48;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = super::refused_certificate(case, incident)?;
    if !leaf.self_issued {
        return None;
    }
    let text = format!("the certificate of {} is its own issuer", leaf.subject);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(super::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}

/// One line that names what is wrong.
const TITLE: &str = "no authority that the edge trusts signed the origin's certificate";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 \
    -noout -subject -issuer -dates";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Use an origin certificate of the edge",
        target: "cloudflare",
        snippet: r#"# SSL/TLS > Origin Server > Create Certificate, for {host}; or:
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout origin.key -out origin.csr -subj "/CN={host}"
jq -n --rawfile csr origin.csr '{csr: $csr, hostnames: ["{host}"], request_type: "origin-ecc", requested_validity: 5475}' |
  curl -fsS https://api.cloudflare.com/client/v4/certificates -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data @- |
  jq -r .result.certificate > origin.pem"#,
        why: "The edge trusts it in Full (strict), and it does not have to be renewed for up to 15 years.",
        risk: "Browsers do not trust it: the hostname must stay proxied.",
        rollback: "Revoke it under Origin Server, and install the former certificate",
    },
    Remedy {
        title: "Install the certificate",
        target: "nginx",
        snippet: "# server { } of {host}
ssl_certificate     /etc/ssl/{host}.fullchain.pem;
ssl_certificate_key /etc/ssl/{host}.key;
# nginx -t && nginx -s reload
# openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -issuer",
        why: "A new file helps only after a reload; the last line shows what is served.",
        risk: "None, if nginx -t passes.",
        rollback: "Restore the two lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Get a public certificate",
        target: "linux",
        snippet: "certbot certonly --webroot -w /var/www/html -d {host} --deploy-hook 'nginx -t && systemctl reload nginx'",
        why: "Needed where visitors also connect past the edge.",
        risk: "The validation must reach the origin through the edge: exempt /.well-known/acme-challenge/ \
              from redirects and challenges.",
        rollback: "certbot delete --cert-name {host}, and restore the former lines",
    },
    Remedy {
        title: "Stop validating until it is replaced",
        target: "cloudflare",
        snippet: r#"curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/ssl" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "full"}'"#,
        why: "In mode Full the edge accepts any certificate, and the site is back at once.",
        risk: "Someone on the way could stand in for the origin: for minutes, not for days.",
        rollback: "The same call with the value strict",
    },
];
