//! body-overrun: the origin sends more bytes than its Content-Length says.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "body-overrun",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/body_overrun.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const BROKEN: &[Rule] = &[Rule::BytesAfterBody];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "the origin sends more bytes than its Content-Length says";

/// What confirms or refutes it.
const CHECK: &str = "curl -skv --http1.1 --resolve {host}:443:{origin} 'https://{host}{path}' -o /dev/null 2>&1 | grep -iE \
    'excess|content-length'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Count bytes, or do not count",
        target: "app",
        snippet: "// Node:   Buffer.byteLength(text)        not text.length
// PHP:    strlen($body)                  not mb_strlen($body); better: no header at all
// Python: len(text.encode())             not len(text)
// Go:     len([]byte(text)); net/http refuses to write more than was announced
// HEAD, 204, 304: end without a body",
        why: "Characters beyond ASCII take two to four bytes each.",
        risk: "None.",
        rollback: "Restore the former lines",
    },
    Remedy {
        title: "Keep stray output out of the body",
        target: "php-fpm",
        snippet: "; pool file; and end PHP files without the closing tag
php_admin_flag[display_errors] = off
php_admin_flag[log_errors] = on
php_admin_value[error_log] = /var/log/php-app.log",
        why: "A warning printed after the body makes it longer than the length that was set.",
        risk: "Errors are then seen in the log only.",
        rollback: "Remove the lines, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Let a proxy cut it off",
        target: "nginx",
        snippet: r#"# location: nginx passes exactly the announced bytes on, and logs the rest
proxy_pass http://{upstream};
proxy_http_version 1.1;
proxy_set_header Connection "";"#,
        why: "nginx closes its own connection to the application after such a response, so that the next \
              request is safe.",
        risk: "The fault stays in the application; read the warnings.",
        rollback: "Restore the former location, then nginx -t && nginx -s reload",
    },
];
