//! origin-error-status: the application itself answers with a 5xx status.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::http::exchange::BodyState;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "origin-error-status",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[500, 502, 503, 504],
    doc: include_str!("text/origin_error_status.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["empty-response", "reset-before-response"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let status = case.origin_status(incident).filter(|status| (500..600).contains(status))?;
    if case.edge_status().is_some_and(|edge| edge != status) {
        return None;
    }
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(incident) {
        if let Some(response) = &kept.exchange.response
            && response.status == Some(status)
            && response.body.state == BodyState::Complete
        {
            let text = format!("the origin itself answers {status}, whole and well formed");
            weight = weight.shown(strength::STRONG, text, row.place(response.first), when(response.first));
        }
    }
    if let Some(row) = case.edge.as_ref().filter(|row| row.record.origin_status == Some(status)) {
        let text = format!("the edge passes on the origin's {status}");
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
    }
    if let Some(row) = case.access.iter().find(|row| row.line.status == Some(status)) {
        weight =
            weight.shown(strength::HINT, format!("the origin logs {status}"), row.place, Some(row.line.time));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the application itself answers with a 5xx status";

/// What confirms or refutes it.
const CHECK: &str =
    "curl -s -o /dev/null -D - --resolve {host}:443:{origin} 'https://{host}{path}' | head -20";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Log the ray beside the error",
        target: "nginx",
        snippet: r#"# http { }
log_format ray '$remote_addr [$time_iso8601] "$request" $status "$http_cf_ray" '
               'rt=$request_time us=$upstream_status ua=$upstream_addr urt=$upstream_response_time';
access_log /var/log/nginx/access.log ray;"#,
        why: "The ray of a failing request then leads to its line, and us= tells whether nginx or the \
              application made the status.",
        risk: "Programs that read the access log must know the new format.",
        rollback: "Restore the former access_log line, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Log the ray in the application",
        target: "app",
        snippet: r#"# Django middleware; the same in any framework
import logging

class RayLogging:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        ray = request.headers.get("CF-Ray", "-")
        logging.getLogger("ray").exception("ray=%s path=%s", ray, request.path)"#,
        why: "The exception behind a 500 is found by the ray that the visitor's error page shows.",
        risk: "More log lines while errors last.",
        rollback: "Remove the middleware",
    },
    Remedy {
        title: "Serve what is stored while the application fails",
        target: "nginx",
        snippet: "# http { }: proxy_cache_path /var/cache/nginx keys_zone=site:50m max_size=1g inactive=1d;
# location of pages without personal content:
proxy_cache site;
proxy_cache_valid 200 1m;
proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
proxy_cache_background_update on;",
        why: "Visitors get the last good page instead of an error.",
        risk: "Never for pages with personal content: a page of one visitor would be shown to others. \
              Content may be old.",
        rollback: "proxy_cache off; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Let the edge serve stale content",
        target: "cloudflare",
        snippet: "# response header of pages without personal content, set at the origin; the edge must be told to cache them (Cache Rules)
Cache-Control: public, max-age=60, stale-if-error=86400",
        why: "The edge can answer from its copy while the origin fails.",
        risk: "Content may be up to a day old; Always Online and cache rules change what is served.",
        rollback: "Send the former Cache-Control header",
    },
];
