//! edge-block: the edge itself refuses requests by a rule, limit or challenge.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "edge-block",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[403, 429],
    doc: include_str!("text/edge_block.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// From the edge's log alone it is a candidate: the error page has the code that makes it certain.
const CANDIDATE: i32 = 400;

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    if case.failure != Failure::EdgeBlock {
        return None;
    }
    let mut weight = Weight::new();
    if let Some(row) = &case.edge {
        let action = row.record.security_action.as_deref().unwrap_or("a rule");
        let text = format!(
            "the edge answers {} itself, by its own {action}; the origin was not asked",
            row.record.edge_status.unwrap_or(403)
        );
        weight = weight.shown(CANDIDATE, text, row.place, Some(row.record.start));
    }
    if let Some(row) = &case.har {
        let what = match (&row.entry.mitigated, row.entry.error_code) {
            (_, Some(code)) => format!("the error page says {code}"),
            (Some(mitigated), None) => format!("the response says cf-mitigated: {mitigated}"),
            (None, None) => return weight.some(),
        };
        weight = weight.shown(strength::PROOF, what, row.place, row.entry.start);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the edge itself refuses requests by a rule, limit or challenge";

/// What confirms or refutes it.
const CHECK: &str = "jq -r 'select((.EdgeResponseStatus == 403 or .EdgeResponseStatus == 429) and .OriginResponseStatus == \
    0) | [.SecurityAction, .SecurityRuleID, .SecurityRuleDescription, .ClientRequestPath] | @tsv' \
    cloudflare.ndjson | sort | uniq -c | sort -rn | head -20";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Exempt those who belong",
        target: "cloudflare",
        snippet: r#"# Security > WAF > Custom rules, placed first; action Skip: all remaining custom rules, rate limiting rules, Super Bot Fight Mode
http.host eq "{host}" and starts_with(http.request.uri.path, "{path}") and ip.src in {192.0.2.0/24}"#,
        why: "A Skip rule in front keeps all protection for everyone else. Replace the range by that of \
              the partner, or ask for a header with a secret.",
        risk: "Whoever can send from that range, or knows the secret, is no longer checked.",
        rollback: "Disable the rule",
    },
    Remedy {
        title: "Narrow the rule that fires",
        target: "cloudflare",
        snippet: r#"# the rule is named by SecurityRuleID of the log; a managed rule gets an exception for one path:
# Security > WAF > Managed rules > Add exception
http.host eq "{host}" and http.request.uri.path eq "{path}"
# Then: Skip specific rules: choose the rule's id"#,
        why: "The rule goes on protecting all other paths.",
        risk: "The path loses this rule: validate its input in the application.",
        rollback: "Delete the exception",
    },
    Remedy {
        title: "Keep the rules in code",
        target: "terraform",
        snippet: r#"resource "cloudflare_ruleset" "custom" {
  zone_id = var.zone_id
  name    = "custom rules"
  kind    = "zone"
  phase   = "http_request_firewall_custom"
  rules = [{
    description       = "partners' callbacks are not challenged"
    expression        = "http.host eq \"{host}\" and starts_with(http.request.uri.path, \"{path}\")"
    action            = "skip"
    action_parameters = { ruleset = "current" }
    logging           = { enabled = true }
    enabled           = true
  }]
}"#,
        why: "A change is then reviewed, dated and can be taken back; \"since when\" has an answer.",
        risk: "The resource owns the whole phase: rules made by hand in it are removed at the next apply. \
              In provider version 4 rules is a block.",
        rollback: "terraform apply of the former version",
    },
    Remedy {
        title: "Make programs fit to be rate limited",
        target: "app",
        snippet: "// on 429 wait for Retry-After, then try again with growing pauses
for (let pause = 1; pause <= 32; pause *= 2) {
  const response = await fetch('https://{host}{path}', { headers: { 'User-Agent': 'partner-sync/1.0' } });
  if (response.status !== 429) break;
  await new Promise(resolve => setTimeout(resolve, 1000 * (Number(response.headers.get('retry-after')) || pause)));
}",
        why: "1015 is a limit that works as told; programs that repeat at once keep it alive.",
        risk: "Work takes longer under load.",
        rollback: "Restore the former code",
    },
];
