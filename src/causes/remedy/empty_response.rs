//! Remedies of empty-response.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "the origin closes the connection without a byte of response";

/// What confirms or refutes it.
pub const CHECK: &str =
    "curl -sv --resolve {host}:443:{origin} 'https://{host}{path}' -o /dev/null 2>&1 | tail -3";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
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
retry-on empty-response conn-failure",
        why: "Where the empty answer comes from one of several servers, the next one can answer.",
        risk: "Requests that were already carried out may be carried out again; keep it to backends whose \
              requests are safe to repeat.",
        rollback: "Remove the retry-on line, then reload",
    },
];
