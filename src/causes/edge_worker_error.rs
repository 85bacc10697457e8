//! edge-worker-error: a Worker at the edge fails.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "edge-worker-error",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[500, 503],
    doc: include_str!("text/edge_worker_error.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// Cloudflare docs: cloudflare-1xxx-errors.
const CODES: &[u16] = &[1101, 1102];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let row = case.har.as_ref()?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: a Worker at the edge failed");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}

/// One line that names what is wrong.
const TITLE: &str = "a Worker at the edge fails";

/// What confirms or refutes it.
const CHECK: &str = r#"jq -r 'select(.WorkerScriptName != null and .WorkerScriptName != "" and .EdgeResponseStatus >= 500) | [.WorkerScriptName, .WorkerStatus, .EdgeResponseStatus, .WorkerCPUTime] | @tsv' cloudflare.ndjson | sort | uniq -c | sort -rn | head -20"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Go back to the version before",
        target: "cloudflare",
        snippet: r#"npx wrangler deployments list --name "$WORKER"
npx wrangler rollback "$VERSION_ID" --name "$WORKER" --message "errors on {host}""#,
        why: "It takes effect within seconds, and leaves time for the repair.",
        risk: "Bindings and stored data that the newer version has changed are not taken back.",
        rollback: "npx wrangler rollback to the newer version",
    },
    Remedy {
        title: "Let requests pass when it fails",
        target: "app",
        snippet: "export default {
  async fetch(request, env, context) {
    context.passThroughOnException();
    try {
      return await handle(request, env, context);
    } catch (error) {
      console.error('worker', request.url, error.stack);
      return fetch(request);
    }
  },
};",
        why: "The visitor gets the origin's answer instead of 1101, and the log keeps the reason.",
        risk: "What the Worker protects or rewrites is skipped: not for access control. A body that was \
              already read cannot be sent again.",
        rollback: "Remove the two safety nets",
    },
    Remedy {
        title: "Work less in each request",
        target: "app",
        snippet: "// pass bodies through, do not read them
const response = await fetch(request);
return new Response(response.body.pipeThrough(new TransformStream()), response);   // not: await response.text()

// keep what is expensive
const cache = caches.default;
const found = await cache.match(request);
if (found) return found;",
        why: "Reading and parsing large bodies is what uses up CPU time and the 128 MB, which all \
              requests of an isolate share.",
        risk: "A stream cannot be changed as a whole; use HTMLRewriter for pages.",
        rollback: "Restore the former code",
    },
    Remedy {
        title: "Raise the limit of CPU time",
        target: "cloudflare",
        snippet: "# wrangler.toml, paid plan; milliseconds
[limits]
cpu_ms = 1000
# npx wrangler deploy",
        why: "For work that really needs it; time that waits for the network does not count.",
        risk: "It is charged by CPU time; an endless loop costs that much more.",
        rollback: "Remove the section and deploy",
    },
];
