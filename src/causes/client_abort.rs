//! client-abort: clients leave before the response is complete.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "client-abort",
    title: TITLE,
    layer: Layer::Client,
    who: Who::Client,
    level: Level::Mechanism,
    edge_statuses: &[499],
    doc: include_str!("text/client_abort.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::ClientAbort {
        return None;
    }
    let mut weight = Weight::new();
    if let Some(row) = &case.edge {
        let text =
            format!("the edge says 499 after {}: the visitor left", duration(case.end.since(case.time)));
        weight = weight.shown(strength::STRONG, text, row.place, Some(row.record.start));
    } else if let Some(row) = case.access.first() {
        weight = weight.shown(
            strength::LIKELY,
            "the origin logs 499: its peer left first",
            row.place,
            Some(row.line.time),
        );
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(at) = sign.given_up()
    {
        let text = format!(
            "the edge closes {} into the request, the answer still due",
            duration(sign.waited().unwrap_or(0))
        );
        weight = weight.shown(strength::HINT, text, sign.place(at), signs::when(at));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "clients leave before the response is complete";

/// What confirms or refutes it.
const CHECK: &str = "jq -r 'select(.EdgeResponseStatus == 499) | [.ClientRequestUserAgent, .ClientASN, .ClientRequestPath] | \
    @tsv' cloudflare.ndjson | sort | uniq -c | sort -rn | head";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Send the first bytes sooner",
        target: "app",
        snippet: "# Find the slow paths first; the duration stands in rt= of the access log
awk '$9 == 499 { print $7 }' /var/log/nginx/access.log | cut -d'?' -f1 | sort | uniq -c | sort -rn | head
# then cache, paginate, or queue what they do",
        why: "People and programs leave when they wait; where all aborts lie on slow paths, the slowness is \
              the thing to repair.",
        risk: "None, the command only reads.",
        rollback: "Nothing to take back",
    },
    Remedy {
        title: "Give the calling program more time",
        target: "app",
        snippet:
            "// a browser or Node client: longer than the slowest good answer, and one retry with a pause
const response = await fetch('https://{host}{path}', { signal: AbortSignal.timeout(60_000) });",
        why: "Aborts that cluster at 5, 10 or 30 s and at one user agent are a timeout that someone set.",
        risk: "Users of the program wait longer before they see an error.",
        rollback: "Restore the former timeout",
    },
    Remedy {
        title: "Finish work that must not be lost",
        target: "nginx",
        snippet: "# location of orders and payments
proxy_ignore_client_abort on;",
        why: "By default nginx closes towards the application when the client has gone, which may end work \
              in the middle.",
        risk: "Work goes on for visitors who have left; under load this costs workers.",
        rollback: "proxy_ignore_client_abort off; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Drop queued work of clients that have left",
        target: "haproxy",
        snippet: "# defaults or backend
option abortonclose",
        why: "Requests that still wait in the queue are removed when their client closes, so that impatient \
              reloads do not pile up.",
        risk: "Clients that close their sending side early, which HTTP allows, lose their answer.",
        rollback: "no option abortonclose, then reload",
    },
];
