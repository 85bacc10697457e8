//! edge-dns: the edge cannot resolve the origin's name.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "edge-dns",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[530],
    doc: include_str!("text/edge_dns.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// Cloudflare docs: cloudflare-1xxx-errors.
const CODES: &[u16] = &[1001, 1016];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let row = case.har.as_ref()?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: the edge cannot resolve the origin's name");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the edge cannot resolve the origin's name";

/// What confirms or refutes it.
const CHECK: &str = r#"curl -fsS "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records?name={host}" -H "Authorization: Bearer $API_TOKEN" | jq -r '.result[] | [.type, .content, .proxied] | @tsv'"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Point the record to what exists",
        target: "cloudflare",
        snippet: r#"curl -fsS "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records?name={host}" -H "Authorization: Bearer $API_TOKEN" | jq '.result[] | {id, type, content, proxied}'
curl -fsS -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records/$RECORD_ID" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data "{\"content\": \"$TARGET\"}"
dig +short "$TARGET" @1.1.1.1"#,
        why: "For a proxied record the edge resolves the target itself; a name that does not exist any \
              more gives 1016.",
        risk: "A wrong target sends all visitors to another machine.",
        rollback: "The same call with the former content",
    },
    Remedy {
        title: "Keep an address in reserve",
        target: "terraform",
        snippet: r#"resource "cloudflare_load_balancer_pool" "fallback" {
  account_id = var.account_id
  name       = "fallback"
  origins = [{
    name    = "origin"
    address = var.origin_address
    enabled = true
  }]
}"#,
        why: "A pool that holds an address and no name works while the names of the others do not \
              resolve; make it fallback_pool of the balancer.",
        risk: "The address must be kept up to date. In provider version 4 origins is a block.",
        rollback: "terraform destroy -target=cloudflare_load_balancer_pool.fallback",
    },
    Remedy {
        title: "Keep target and record together",
        target: "aws",
        snippet: "# the record's target is an alias that AWS deletes with the balancer: find what is left, then correct the record
aws elbv2 describe-load-balancers --query 'LoadBalancers[].[LoadBalancerName,DNSName]' --output text",
        why: "A balancer that was built anew has another name; the old one stops resolving.",
        risk: "None, the command only reads.",
        rollback: "Nothing to take back",
    },
];
