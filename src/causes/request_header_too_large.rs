//! request-header-too-large: request headers exceed what the origin takes.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "request-header-too-large",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 400, 414, 431],
    doc: include_str!("text/request_header_too_large.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const TOO_LONG: &[&str] = &[
    "nginx-request-uri-too-long",
    "nginx-request-head-too-large",
    "apache-request-head-too-large",
    "apache-request-line-too-long",
    "java-request-head-too-large",
    "node-header-overflow",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, TOO_LONG, strength::STRONG).unwrap_or_default();
    for (row, kept) in case.exchanges(incident) {
        let Some(request) = &kept.exchange.request else { continue };
        let Some(Failure::RequestHeaders(status)) = kept.failure else { continue };
        let largest = request
            .head
            .largest
            .first()
            .map_or(String::new(), |header| format!(", {} alone {} bytes", header.name, header.bytes));
        let text =
            format!("the origin answers {status} to a request head of {} bytes{largest}", request.head.bytes);
        weight = weight.shown(strength::STRONG, text, row.place(request.first), when(request.first));
    }
    if let Failure::RequestHeaders(status) = case.failure {
        if let Some(row) = &case.edge
            && let Some(bytes) = row.record.client_request_bytes
        {
            let text = format!("status {status} to a request of {bytes} bytes");
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
        }
        if let Some(row) = case.access.iter().find(|row| row.line.request_bytes.is_some()) {
            let text = format!(
                "the origin logs {status} to a request of {} bytes",
                row.line.request_bytes.unwrap_or(0)
            );
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
        }
        if let Some(row) = &case.har {
            let text = format!("status {status} to request headers of {} bytes", row.entry.request.bytes);
            weight = weight.shown(strength::LIKELY, text, row.place, row.entry.start);
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "request headers exceed what the origin takes";

/// What confirms or refutes it.
const CHECK: &str = r#"curl -s -o /dev/null -D - -H "Cookie: pad=$(head -c 9000 /dev/zero | tr '\0' x)" --resolve {host}:443:{origin} 'https://{host}{path}' | head -1"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Take larger request headers",
        target: "nginx",
        snippet: "# http { } or the default server { } of the address; largest measured: {bytes} bytes
large_client_header_buffers 4 32k;",
        why: "One header line must fit into one buffer, 8 KB by default; a Cookie header is one line.",
        risk: "Up to 128 KB of memory for a connection that sends so much; the application behind has its \
              own limit.",
        rollback: "large_client_header_buffers 4 8k; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Take larger request headers",
        target: "apache",
        snippet: "# server config, or the first VirtualHost of the address; largest measured: {bytes} bytes
LimitRequestFieldSize 32768
LimitRequestLine 16384",
        why: "One field may have 8190 bytes by default; a Cookie header is one field.",
        risk: "More memory for a request that sends so much.",
        rollback: "Remove both lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Expire the cookies that grew",
        target: "app",
        snippet: "Set-Cookie: NAME=; Path=/; Domain=.{host}; Max-Age=0; Secure",
        why: "The headers grow since cookies are added and never taken back. Send one such line for each \
              cookie that is no longer needed, with the path and domain it was set with.",
        risk: "What was stored in the cookie is lost.",
        rollback: "Stop sending the line",
    },
    Remedy {
        title: "Drop cookies where none are needed",
        target: "cloudflare",
        snippet: r#"# Rules > Transform Rules > Modify Request Header
# When incoming requests match:
starts_with(http.request.uri.path, "/static/")
# Then: Remove, header name: Cookie"#,
        why: "Static paths need no cookies, and they are most of the requests.",
        risk: "A path that does read cookies loses the session of its visitors.",
        rollback: "Disable the rule",
    },
];
