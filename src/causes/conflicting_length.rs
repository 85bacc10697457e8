//! conflicting-length: a response gives two different lengths for its body.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "conflicting-length",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/conflicting_length.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["duplicate-header"],
    weigh,
};

const BROKEN: &[Rule] =
    &[Rule::ConflictingContentLength, Rule::BadContentLength, Rule::LengthWithTransferEncoding];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "a response gives two different lengths for its body";

/// What confirms or refutes it.
const CHECK: &str = "curl -sk --http1.1 --raw --resolve {host}:443:{origin} -D - -o /dev/null 'https://{host}{path}' | \
    grep -iE '^(content-length|transfer-encoding):'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Do not pass the length on",
        target: "app",
        snippet: "// a Node handler that fetches from another server and passes the answer on
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'content-length', 'content-encoding']);
for (const [name, value] of answer.headers) if (!hopByHop.has(name)) response.setHeader(name, value);",
        why: "The server that writes the body frames it itself; what the backend said was about another \
              body (fetch has already decoded it).",
        risk: "Without Content-Length the response is chunked, and progress bars lose their total.",
        rollback: "Remove the two lines",
    },
    Remedy {
        title: "Look at the bytes that were refused",
        target: "haproxy",
        snippet: r#"# the last invalid response of each proxy, with the offset of the fault
echo "show errors" | socat - /run/haproxy/admin.sock
# global, if the socket is not there yet:
#   stats socket /run/haproxy/admin.sock mode 600 level admin"#,
        why: "It shows in one look which two lines contradict each other, and which server sent them.",
        risk: "The output holds parts of the response: treat it as confidential.",
        rollback: "Nothing to take back",
    },
    Remedy {
        title: "Do not set it in PHP",
        target: "app",
        snippet: "<?php
// remove header('Content-Length: ...') where output buffering, compression or a framework is in use; for files:
while (ob_get_level() > 0) { ob_end_clean(); }
header('Content-Type: application/pdf');
header('Content-Length: ' . filesize($file), true);   // true replaces a former line
readfile($file);",
        why: "header() with true as second argument replaces; a second Content-Length comes from add \
              calls of another layer.",
        risk: "The length must be that of what is sent: no compression in PHP at the same time.",
        rollback: "Restore the former lines",
    },
];
