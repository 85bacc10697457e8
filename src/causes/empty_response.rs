//! empty-response: the origin closes the connection without a byte of response.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "empty-response",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[520],
    doc: include_str!("text/empty_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(fin) = sign.closed_after_request()
        && sign.given_up().is_none()
    {
        let text = format!(
            "the origin closes (FIN) {} after the request, without a byte of response",
            duration(fin.time.since(sign.request.last.time))
        );
        weight = weight.shown(strength::STRONG, text, sign.place(fin), when(fin));
    }
    if let Some(row) = &case.edge
        && row.record.edge_status == Some(520)
        && row.record.origin_status == Some(0)
        && case.attempts.is_empty()
        && row.record.origin_tcp_ms.is_some_and(|ms| ms > 0)
    {
        let text = "the edge opened a new connection and had no answer";
        weight = weight.supported(strength::SLIGHT, text, Some(row.place));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin closes the connection without a byte of response";

/// What confirms or refutes it.
const CHECK: &str =
    "curl -sv --resolve {host}:443:{origin} 'https://{host}{path}' -o /dev/null 2>&1 | tail -3";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Answer instead of closing",
        target: "nginx",
        snippet: "# Find rules that close without an answer:
#   nginx -T 2>/dev/null | grep -n 'return *444'
# and let them answer:
return 403;",
        why: "444 closes the connection without a byte, which the edge can only show as 520. A status tells \
              the visitor and the log what happened.",
        risk: "Scanners learn that a server is there; behind the edge they know that anyway.",
        rollback: "Put return 444 back, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Log what nginx closes and why",
        target: "nginx",
        snippet: "# main context, for the time of the search
error_log /var/log/nginx/error.log info;",
        why: "Most lines about client connections are written at level info and are hidden by the default \
              level error.",
        risk: "The log grows fast under traffic; watch the disk.",
        rollback: "Set the level back to error, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Answer every request, also after an error",
        target: "app",
        snippet: "// Node.js (Express): the last middleware
app.use((error, request, response, next) => {
  console.error(request.get('cf-ray'), error);
  if (response.headersSent) return next(error);
  response.status(500).type('text/plain').send('Internal error');
});",
        why: "A handler that throws or returns without writing leaves the connection to be closed empty; the \
              ray in the log ties it to the edge's record.",
        risk: "Errors that were hidden become visible as 500.",
        rollback: "Remove the middleware",
    },
    Remedy {
        title: "Let the proxy try another server",
        target: "haproxy",
        snippet: "# defaults or backend
option redispatch
retries 2
retry-on conn-failure empty-response
http-request disable-l7-retry unless METH_GET",
        why: "Where the empty answer comes from one of several servers, the next one can answer.",
        risk: "A GET that was already carried out may be carried out again. The request is held in a buffer \
              until the answer begins.",
        rollback: "Remove the lines, then reload",
    },
];
