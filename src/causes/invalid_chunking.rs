//! invalid-chunking: the chunks of a response are malformed.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "invalid-chunking",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/invalid_chunking.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const BROKEN: &[Rule] = &[Rule::BadChunkSize, Rule::BadChunkEnd, Rule::BadTransferEncoding];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "the chunks of a response are malformed";

/// What confirms or refutes it.
const CHECK: &str = "curl -sk --http1.1 --raw --resolve {host}:443:{origin} 'https://{host}{path}' | head -c 512 | xxd | \
    head -40";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Let the server frame the body",
        target: "app",
        snippet: r#"# Search for code that frames by hand, and remove it; the server adds the header itself when no length is known
grep -rniE "transfer-encoding|dechex\(strlen|\.toString\(16\)" src/ public/ | head
# PHP:  remove header('Transfer-Encoding: chunked')
# Node: response.write() is chunked by itself
# WSGI: Transfer-Encoding is a hop-by-hop header that an application must not set"#,
        why: "A second encoder around a hand-made one, or a filter that changes the length of a chunk, \
              breaks the framing.",
        risk: "None.",
        rollback: "Restore the former lines",
    },
    Remedy {
        title: "Ask the application for plain bodies",
        target: "nginx",
        snippet: r#"# location of the faulty responses
proxy_http_version 1.0;
proxy_set_header Connection "";"#,
        why: "To an HTTP/1.0 request a server must not answer with chunks; nginx then frames the body for \
              the edge.",
        risk: "No keep-alive to the application. An application that sets the header regardless stays \
              broken.",
        rollback: "proxy_http_version 1.1; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Look at the bytes that were refused",
        target: "haproxy",
        snippet: r#"# the last invalid response of each proxy, with the offset of the fault
echo "show errors" | socat - /run/haproxy/admin.sock
# global, if the socket is not there yet:
#   stats socket /run/haproxy/admin.sock mode 600 level admin"#,
        why: "It shows in one look what the application writes.",
        risk: "The output holds parts of the response: treat it as confidential.",
        rollback: "Nothing to take back",
    },
];
