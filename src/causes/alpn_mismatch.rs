//! alpn-mismatch: edge and origin disagree about the protocol inside TLS.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "alpn-mismatch",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 525],
    doc: include_str!("text/alpn_mismatch.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 7301, 3.2: no protocol in common.
const NO_APPLICATION_PROTOCOL: u8 = 120;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::alerted(case, incident, Side::Server, NO_APPLICATION_PROTOCOL).some()
}

/// One line that names what is wrong.
const TITLE: &str = "edge and origin disagree about the protocol inside TLS";

/// What confirms or refutes it.
const CHECK: &str = "for p in h2 http/1.1; do printf '%s: ' $p; openssl s_client -connect {origin}:443 -servername {host} \
    -alpn $p </dev/null 2>&1 | grep -E 'ALPN|alert'; done; curl -skv --http2 --resolve \
    {host}:443:{origin} https://{host}/ -o /dev/null 2>&1 | grep -iE 'ALPN|HTTP/|error'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Offer only what stands behind",
        target: "haproxy",
        snippet: "# HAProxy in mode tcp passes the bytes on: then ALPN must name what the server speaks
frontend fe
    mode tcp
    bind :443 ssl crt /etc/haproxy/certs/ alpn http/1.1
    default_backend app
# better: mode http on both sides, where HAProxy translates, and alpn h2,http/1.1 is right",
        why: "In mode tcp HAProxy promises h2 on behalf of a server that does not know it.",
        risk: "Without h2 the edge opens more connections.",
        rollback: "Restore the former bind line, then reload",
    },
    Remedy {
        title: "Speak HTTP/2 where it is promised",
        target: "nginx",
        snippet: "# server { } of {host}; before 1.25.1: listen 443 ssl http2;
listen 443 ssl;
http2 on;
# behind a balancer that ends TLS and passes plain HTTP/2:
#   listen 8080; http2 on;",
        why: "nginx offers h2 in ALPN only where http2 is on, and then speaks it.",
        risk: "Old modules and very large numbers of streams: watch the error log.",
        rollback: "http2 off; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Ask for HTTP/1.1",
        target: "cloudflare",
        snippet: r#"curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/origin_max_http_version" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "1"}'"#,
        why: "The edge then offers http/1.1 alone, and the site is back at once.",
        risk: "More connections to the origin; its limits must allow them.",
        rollback: "The same call with the value 2",
    },
    Remedy {
        title: "Set the balancer's ALPN policy",
        target: "aws",
        snippet: r#"# Network Load Balancer, TLS listener: HTTP1Only, HTTP2Optional, HTTP2Preferred, HTTP2Only or None
aws elbv2 modify-listener --listener-arn "$LISTENER" --alpn-policy HTTP1Only"#,
        why: "The balancer ends TLS and passes bytes on: its policy must fit the targets.",
        risk: "None for targets that speak HTTP/1.1.",
        rollback: "The same call with the former policy",
    },
];
