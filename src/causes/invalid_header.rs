//! invalid-header: a response header line breaks the grammar of HTTP.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "invalid-header",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/invalid_header.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["bare-lf"],
    weigh,
};

const BROKEN: &[Rule] = &[
    Rule::NoColon,
    Rule::EmptyHeaderName,
    Rule::BadHeaderName,
    Rule::ControlInValue,
    Rule::BareCr,
    Rule::FoldedLine,
    Rule::SpaceBeforeColon,
    Rule::SpaceBeforeFirstHeader,
    Rule::NoHeaders,
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "a response header line breaks the grammar of HTTP";

/// What confirms or refutes it.
const CHECK: &str = r"printf 'GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n' | openssl s_client -quiet -connect {origin}:443 -servername {host} 2>/dev/null | head -c 4096 | xxd";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Clean values before they become headers",
        target: "app",
        snippet: r#"# Python; the same in any language: refuse what a header may not carry
import re

def header_value(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", text).strip()"#,
        why: "Control bytes come from user input, file names and error messages that are put into headers as \
              they are. A line break in a value also lets others write headers of their own.",
        risk: "Values that legitimately need such bytes must be encoded instead (RFC 8187).",
        rollback: "Remove the call",
    },
    Remedy {
        title: "Drop the header at the web server",
        target: "nginx",
        snippet: "# location that proxies to the application; X-Trace stands for the offending name
proxy_hide_header X-Trace;",
        why: "Takes the header away for all visitors until the code is repaired. Where nginx itself refuses \
              the line, this does not help: the application must be repaired.",
        risk: "Clients that read the header no longer see it.",
        rollback: "Remove the line, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Drop the header at the web server",
        target: "apache",
        snippet: "# needs mod_headers; X-Trace stands for the offending name
Header always unset X-Trace
Header unset X-Trace",
        why: "The same for Apache; the second line covers responses that do not pass the always table.",
        risk: "Clients that read the header no longer see it.",
        rollback: "Remove both lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Show the offending bytes",
        target: "haproxy",
        snippet: "# on the load balancer; the position of the error is in the output
echo 'show errors' | socat stdio /run/haproxy/admin.sock",
        why: "HAProxy keeps the last response that it refused, with the offset of the wrong byte.",
        risk: "None, it only reads. The output may hold cookies.",
        rollback: "Nothing to take back",
    },
];
