//! edge-queue-full: too many requests wait at the edge for this origin.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "edge-queue-full",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[503],
    doc: include_str!("text/edge_queue_full.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// Cloudflare docs: cloudflare-1xxx-errors.
const CODES: &[u16] = &[1200];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let row = case.har.as_ref()?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: too many requests wait at the edge for this origin");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}

/// One line that names what is wrong.
const TITLE: &str = "too many requests wait at the edge for this origin";

/// What confirms or refutes it.
const CHECK: &str = "nstat -az TcpExtListenOverflows TcpExtListenDrops; ss -ltn '( sport = :80 or sport = :443 )'; jq -r \
    'select(.EdgeResponseStatus == 503 and .OriginResponseStatus == 0) | .EdgeColoCode' cloudflare.ndjson \
    | sort | uniq -c | sort -rn | head";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Ask the origin less",
        target: "cloudflare",
        snippet: r#"# Caching > Cache Rules
# When incoming requests match:
http.host eq "{host}" and not http.request.uri.path matches "^/(api|account|cart)"
# Then: Eligible for cache; Edge TTL 5 minutes; Cache key: ignore query string parameters that do not matter
# Caching > Tiered Cache: on"#,
        why: "Each hit is a request that does not wait for the origin; tiered cache gathers misses of \
              many places into one.",
        risk: "Pages that differ by visitor must stay out of the rule. The operator matches needs a higher \
              plan: use starts_with() otherwise.",
        rollback: "Disable the rule",
    },
    Remedy {
        title: "Serve stale while fetching anew",
        target: "app",
        snippet: "# response header of pages that may be some seconds old
Cache-Control: public, max-age=60, stale-while-revalidate=300, stale-if-error=86400",
        why: "An expired object then makes one request and not one for each visitor.",
        risk: "Visitors may see content that is up to five minutes old.",
        rollback: "Restore the former header",
    },
    Remedy {
        title: "Accept faster",
        target: "nginx",
        snippet:
            "# main context, http { } and server { }; needs net.core.somaxconn of at least the same value
worker_processes auto;
listen 443 ssl backlog=4096;
keepalive_timeout 905s;
keepalive_requests 100000;",
        why: "Connections that stay open need no accept; the longer queue takes up a burst.",
        risk: "Idle connections need descriptors and memory. If the application is the slow part, this \
              only moves the queue.",
        rollback: "Restore the former lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Keep the burst from the application",
        target: "nginx",
        snippet: "# http { } and the expensive location: one request fills the cache, the others wait for it
proxy_cache_path /var/cache/nginx/app keys_zone=app:20m max_size=2g inactive=1h;
location / {
    proxy_pass http://{upstream};
    proxy_cache app;
    proxy_cache_valid 200 30s;
    proxy_cache_lock on;
    proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504;
}",
        why: "Thirty seconds of cache turn thousands of equal requests into one.",
        risk: "Responses that differ by visitor must not be cached: nginx leaves out those with Set-Cookie \
              or Cache-Control: private.",
        rollback: "Remove the proxy_cache lines, then nginx -t && nginx -s reload",
    },
];
