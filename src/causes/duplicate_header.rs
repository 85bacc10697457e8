//! duplicate-header: a response repeats a header that may appear only once.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "duplicate-header",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/duplicate_header.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["invalid-header"],
    weigh,
};

const BROKEN: &[Rule] = &[Rule::DuplicateHeader];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}

/// One line that names what is wrong.
const TITLE: &str = "a response repeats a header that may appear only once";

/// What confirms or refutes it.
const CHECK: &str = r#"curl -sk --http1.1 --resolve {host}:443:{origin} -D - -o /dev/null 'https://{host}{path}' | tr -d '\r' | cut -d: -f1 | tr A-Z a-z | grep -vE '^(set-cookie|vary|link|via|warning|www-authenticate|cache-control|server-timing)$' | sort | uniq -d"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Replace instead of adding",
        target: "nginx",
        snippet: r#"# location: the application's line is hidden, nginx's own is the only one
proxy_hide_header Access-Control-Allow-Origin;
add_header Access-Control-Allow-Origin "https://{host}" always;
# the same for fastcgi_hide_header with php-fpm"#,
        why: "add_header adds a second line where the application has sent one already.",
        risk: "add_header in a location removes those inherited from above: repeat what is needed.",
        rollback: "Remove both lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Replace instead of adding",
        target: "apache",
        snippet: r#"# mod_headers; "set" replaces, "add" and "append" do not
Header always unset Access-Control-Allow-Origin
Header        set   Access-Control-Allow-Origin "https://{host}""#,
        why: "Apache keeps two tables of headers: \"always\" and the plain one; the same name in both \
              goes out twice.",
        risk: "Responses with an error status lose the header unless it is set with always.",
        rollback: "Restore the former lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Replace instead of adding",
        target: "haproxy",
        snippet: r#"# frontend or backend
http-response set-header Access-Control-Allow-Origin "https://{host}"
http-response del-header X-Powered-By"#,
        why: "set-header removes all lines of the name and writes one.",
        risk: "None, if one value fits all responses of the section.",
        rollback: "Remove the rule, then reload",
    },
    Remedy {
        title: "Use the call that replaces",
        target: "app",
        snippet: r#"// Node: setHeader replaces, appendHeader adds        response.setHeader('Location', target)
// PHP: true replaces (default), false adds            header('Location: ' . $target, true)
// Java: setHeader replaces, addHeader adds            response.setHeader("Location", target)
// Go: Set replaces, Add adds                          w.Header().Set("Location", target)"#,
        why: "Two layers that each add the line make the pair.",
        risk: "Set-Cookie must be added, not replaced: each cookie is a line of its own.",
        rollback: "Restore the former call",
    },
];
