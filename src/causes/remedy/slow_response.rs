//! Remedies of slow-response.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "the application takes longer than the edge waits";

/// What confirms or refutes it.
pub const CHECK: &str =
    "time curl -s -o /dev/null --max-time 300 --resolve {host}:443:{origin} 'https://{host}{path}'";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Find what the requests wait for",
        target: "php-fpm",
        snippet: "; pool file
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log
request_terminate_timeout = 110s",
        why: "The slow log shows the line of code in which a request hangs. Ending requests before the edge \
              gives up frees the worker and leaves a line in the origin's own log. The edge gave up after \
              {timeout_s} s.",
        risk: "Requests that used to finish after 110 s are ended.",
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
        rollback: "Route {path} to the former handler",
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
