//! slow-response: the application takes longer than the edge waits.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, same_timer, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "slow-response",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[524],
    doc: include_str!("text/slow_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["client-abort"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(sign) = signs::unanswered(case, incident)
        && let (Some(at), Some(waited)) = (sign.given_up(), sign.waited())
    {
        let timer = incident.population.edge_gives_up.filter(|timer| same_timer(waited, timer.nanoseconds));
        if let Some(timer) = timer {
            let text = format!(
                "no byte for {} after the request, then the edge closes; {} requests ended at the same {}",
                duration(waited),
                timer.count,
                duration(timer.nanoseconds)
            );
            weight = weight.shown(strength::STRONG, text, sign.place(at), when(at));
        } else if case.edge_status() == Some(524) {
            let text = format!("no byte for {} after the request, then the edge closes", duration(waited));
            weight = weight.shown(strength::LIKELY, text, sign.place(at), when(at));
        }
    }
    if let Some(row) = case.edge.as_ref().filter(|row| row.record.edge_status == Some(524)) {
        let waited = case.end.since(case.time);
        let text =
            format!("the edge says 524 after {}: connected, asked, and no answer in time", duration(waited));
        // The record alone leaves open what kept the origin from answering.
        let alone = case.attempts.is_empty() && case.access.is_empty();
        let strength = if alone { strength::HINT } else { strength::LIKELY };
        weight = weight.shown(strength, text, row.place, Some(row.record.start));
    }
    let gave_up = case.edge_status() == Some(524) || !weight.terms.is_empty();
    if let Some(row) = case.access.iter().find(|row| row.line.status == Some(499)).filter(|_| gave_up) {
        let text = match row.line.request_time {
            Some(time) => format!("the origin logs 499 after {}: the edge left", duration(time)),
            None => "the origin logs 499: the edge left".to_owned(),
        };
        weight = weight.shown(strength::HINT, text, row.place, Some(row.line.time));
    } else if let Some((row, waited)) = logged_at_timer(case, incident) {
        let text =
            format!("the origin logs 499 after {}, as others do: a timer of the edge", duration(waited));
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
    }
    weight.some()
}

/// Without the edge's record: 499s that end at one timer are the edge giving up, not visitors leaving.
fn logged_at_timer<'a>(case: &'a Case, incident: &Incident) -> Option<(&'a crate::evidence::AccessRow, i64)> {
    if case.edge.is_some() {
        return None;
    }
    let timer = incident.population.edge_gives_up?;
    let row = case.access.iter().find(|row| row.line.status == Some(499))?;
    let waited = row.line.request_time?;
    (waited >= SECOND && same_timer(waited, timer.nanoseconds)).then_some((row, waited))
}

/// One line that names what is wrong.
const TITLE: &str = "the application takes longer than the edge waits";

/// What confirms or refutes it.
const CHECK: &str =
    "time curl -s -o /dev/null --max-time 300 --resolve {host}:443:{origin} 'https://{host}{path}'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Find what the requests wait for",
        target: "php-fpm",
        snippet: "; pool file; the edge gave up after {timeout_s} s
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log
request_terminate_timeout = 90s",
        why: "The slow log shows the line of code in which a request hangs. Ending requests before the edge \
              gives up frees the worker and leaves a line in the origin's own log.",
        risk: "Requests that take longer than 90 s are ended, also those that would have passed.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Take long work out of the request",
        target: "app",
        snippet: r#"# the handler of {path}: accept, queue, tell where to ask
job = queue.enqueue(build_report, request.args)
return "", 202, {"Location": "/jobs/" + job.id, "Retry-After": "5"}"#,
        why: "No timeout on the way matters where the answer comes at once and the result is fetched later.",
        risk: "Clients must be taught to ask again.",
        rollback: "Route the path to the former handler",
    },
    Remedy {
        title: "Give up at the origin before the edge does",
        target: "nginx",
        snippet: "# location of {path}; below the {timeout_s} s that the edge waits
proxy_connect_timeout 5s;
proxy_read_timeout 90s;",
        why: "The origin then answers 504 itself, with a log line that names the upstream, instead of the \
              edge's 524 that names nothing.",
        risk: "Requests between 90 s and the edge's limit fail that would have passed.",
        rollback: "Restore the former values, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Let the edge wait longer",
        target: "cloudflare",
        snippet: r#"# Enterprise zones only; seconds, up to 6000
curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/proxy_read_timeout" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": 300}'"#,
        why: "Where the work cannot be made shorter. Other plans can move the few long calls to a hostname \
              that is not proxied.",
        risk: "Slow requests hold workers and connections longer; browsers and proxies on the visitor's side \
              have limits too.",
        rollback: "The same call with the former value",
    },
];
