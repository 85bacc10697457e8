//! security-block: a firewall or plugin on the origin turns the edge away.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "security-block",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 403],
    doc: include_str!("text/security_block.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const BLOCKED: &[&str] = &[
    "nginx-access-forbidden",
    "nginx-requests-limited",
    "nginx-connections-limited",
    "modsecurity-denied",
    "apache-client-denied",
];

/// nginx closes the connection without an answer (ngx_http_request.h).
const CLOSED_WITHOUT_ANSWER: u16 = 444;

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, BLOCKED, strength::PROOF).unwrap_or_default();
    if let Some(row) = case.access.iter().find(|row| row.line.status == Some(CLOSED_WITHOUT_ANSWER)) {
        let text = "the origin logs 444: a rule closes the connection without an answer";
        weight = weight.shown(strength::PROOF, text, row.place, Some(row.line.time));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "a firewall or plugin on the origin turns the edge away";

/// What confirms or refutes it.
const CHECK: &str = "grep -hE 'access forbidden by rule|ModSecurity: Access denied|limiting (requests|connections)|client \
    denied by server configuration' /var/log/nginx/error.log /var/log/apache2/error.log 2>/dev/null | \
    tail -20; awk '$9 == 403 || $9 == 444 { print $9, $1, $7 }' /var/log/nginx/access.log | sort | uniq \
    -c | sort -rn | head";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Let the server know the visitor",
        target: "nginx",
        snippet: r#"# http { }: trust the header only from the edge; refresh the list from a timer
#   for r in $(curl -fsS https://www.cloudflare.com/ips-v4 https://www.cloudflare.com/ips-v6); do echo "set_real_ip_from $r;"; done > /etc/nginx/edge-ranges.conf
include /etc/nginx/edge-ranges.conf;
real_ip_header CF-Connecting-IP;
# log_format: keep $realip_remote_addr, so that the connection of the edge can still be found"#,
        why: "Limits, deny rules and fail2ban then see the visitor and not the edge.",
        risk: "The first log column changes: what reads it sees visitors from then on. Trusting the header \
              from anywhere else would let visitors choose their address.",
        rollback: "Remove both lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Answer instead of closing",
        target: "nginx",
        snippet: "# in place of: return 444;
return 403;
# limits: say so with the status that means it
limit_req_status 429;
limit_conn_status 429;",
        why: "A close without an answer becomes a 520 at the edge and looks like a crash; a status is \
              passed on.",
        risk: "The response costs a few bytes more than the close.",
        rollback: "Restore the former line, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Narrow the rule that fires",
        target: "apache",
        snippet: r#"# ModSecurity; the id stands in the log line as [id "942100"]
<LocationMatch "^/api/import">
    SecRuleRemoveById 942100
</LocationMatch>
# to see without refusing while you look:
#   SecRuleEngine DetectionOnly"#,
        why: "An exception for one path and one rule keeps the rest of the protection.",
        risk: "The path loses this rule: validate its input in the application.",
        rollback: "Remove the block, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Refuse at the edge instead",
        target: "cloudflare",
        snippet: r#"# Security > WAF > Custom rules, action Block or Managed Challenge
http.host eq "{host}" and http.request.uri.path eq "{path}""#,
        why: "The edge knows the visitor and refuses before the request costs the origin anything.",
        risk: "A rule that is too wide shuts out visitors: begin with the action Log where the plan has \
              it.",
        rollback: "Disable the rule",
    },
];
