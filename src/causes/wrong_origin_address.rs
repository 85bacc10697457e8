//! wrong-origin-address: the edge asks a server that is not the origin.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "wrong-origin-address",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[520, 521, 522, 523, 524, 525, 526],
    doc: include_str!("text/wrong_origin_address.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let row = case.edge.as_ref()?;
    let asked = row.record.origin_address?;
    let healthy = incident.population.healthy_origins(asked)?;
    let text = format!(
        "the edge asks {asked}; all {} healthy requests were answered by {}",
        healthy.requests, healthy.address
    );
    let weight = Weight::new().shown(strength::STRONG, text, row.place, Some(row.record.start));
    Some(if case.attempts.is_empty() {
        weight.supported(strength::SLIGHT, "no packet of it is in the origin's capture", None)
    } else {
        weight.supported(-strength::PROOF, "its packets are in the origin's capture", None)
    })
}

/// One line that names what is wrong.
const TITLE: &str = "the edge asks a server that is not the origin";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 \
    -noout -subject -issuer -ext subjectAltName";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Correct the record",
        target: "cloudflare",
        snippet: r#"# The edge asked {origin} for {host}.
curl -fsS "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records?name={host}" -H "Authorization: Bearer $API_TOKEN" | jq '.result[] | {id, type, content, proxied}'
curl -fsS -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records/$RECORD_ID" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data "{\"content\": \"$RIGHT_ADDRESS\"}""#,
        why: "For a proxied name the edge follows the record within moments; visitors' caches do not \
              matter.",
        risk: "With several records of one name all must be looked at, A and AAAA.",
        rollback: "The same call with the former content",
    },
    Remedy {
        title: "Keep the record beside the machine in code",
        target: "terraform",
        snippet: r#"resource "aws_eip" "origin" {
  domain   = "vpc"
  instance = aws_instance.origin.id
}

resource "cloudflare_dns_record" "origin" {
  zone_id = var.zone_id
  name    = "{host}"
  type    = "A"
  content = aws_eip.origin.public_ip
  proxied = true
  ttl     = 1
}"#,
        why: "Address and record are then changed in one step. In provider version 4 and older the \
              resource is cloudflare_record.",
        risk: "An existing record must be imported first, else the apply fails or makes a second one.",
        rollback: "terraform state rm the record, and set it by hand",
    },
    Remedy {
        title: "Let the edge ask for identity",
        target: "cloudflare",
        snippet: r#"# SSL/TLS > Overview: Full (strict)
curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/ssl" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "strict"}'"#,
        why: "A stranger at a stale address cannot show a certificate for {host}; visitors get a 526 and \
              no foreign page, and nobody gets their cookies.",
        risk: "An origin whose own certificate is not in order fails with 526 from that moment: check it \
              first.",
        rollback: "The same call with the value full",
    },
    Remedy {
        title: "Refuse names that are not yours",
        target: "nginx",
        snippet: "# the default server of a host that answers for someone else's name
server {
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
    server_name _;
    ssl_reject_handshake on;
}",
        why: "On a shared machine it keeps the first site from answering for all names, so that a wrong \
              record shows itself at once.",
        risk: "Names that lived by the default server stop working. nginx 1.19.4 and later.",
        rollback: "Remove the server block, then nginx -t && nginx -s reload",
    },
];
