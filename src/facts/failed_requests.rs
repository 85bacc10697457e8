//! Which lines say that a request failed, and with which status its server answers it where nothing of the answer was on its way: an application that failed
//! at it (500), and an upstream that a server in front of it did not get an answer from (502, 504).

/// By their ids in `facts::messages`, each with the source code that has the answer.
const ANSWERED_500: &[(&str, &str)] = &[
    ("gunicorn-request-failed", "gunicorn, gunicorn/workers/base.py (handle_error)"),
    (
        "uvicorn-request-failed",
        "uvicorn, uvicorn/protocols/http/h11_impl.py, httptools_impl.py (send_500_response)",
    ),
    ("waitress-request-failed", "Pylons/waitress, src/waitress/channel.py, task.py (ErrorTask)"),
    ("django-request-failed", "django, django/core/handlers/exception.py (handle_uncaught_exception)"),
    ("flask-request-failed", "pallets/flask, src/flask/app.py (handle_exception)"),
    ("puma-request-failed", "puma, lib/puma/server.rb (lowlevel_error)"),
    ("unicorn-request-failed", "unicorn, lib/unicorn/http_server.rb (handle_error)"),
];

/// What a server in front answers where it writes such a line of the request and asks no other upstream any more (nginx, src/http/ngx_http_upstream.c:
/// `ngx_http_upstream_next`, `ngx_http_upstream_process_header`, `ngx_http_upstream_resolve_handler`, `ngx_http_upstream_finalize_request`).
const ANSWERED_FOR_UPSTREAM: &[(&str, u16)] = &[
    ("nginx-upstream-prematurely-closed", 502),
    ("nginx-fastcgi-prematurely-closed", 502),
    ("nginx-stream-prematurely-closed", 502),
    ("nginx-connect-refused", 502),
    ("nginx-connect-no-socket", 502),
    ("nginx-connect-socket-permission", 502),
    ("nginx-connect-backlog-full", 502),
    ("nginx-connect-no-route", 502),
    ("nginx-connect-timed-out", 504),
    ("nginx-ports-used-up", 502),
    ("nginx-upstream-timed-out", 504),
    ("nginx-upstream-reset", 502),
    ("nginx-upstream-broken-pipe", 502),
    ("nginx-upstream-header-too-big", 502),
    ("nginx-upstream-invalid-header", 502),
    ("nginx-upstream-invalid-length", 502),
    ("nginx-upstream-protocol-broken", 502),
    ("nginx-inner-tls-failed", 502),
    ("nginx-no-live-upstreams", 502),
    ("nginx-upstream-unresolved", 502),
    // cloudflare/cloudflared, connection/http2.go, connection/quic_connection.go (`WriteErrorResponse`).
    ("cloudflared-origin-unreachable", 502),
    ("cloudflared-origin-refused", 502),
    ("cloudflared-origin-unresolved", 502),
    ("cloudflared-origin-timed-out", 502),
    ("cloudflared-origin-closed", 502),
    ("cloudflared-inner-tls-failed", 502),
];

/// What a server answers beyond a limit on one client's requests or connections, unless it is told another status (nginx.org, limit_req_status, limit_conn_status).
const ANSWERED_BEYOND_LIMIT: &[(&str, u16)] =
    &[("nginx-requests-limited", 503), ("nginx-connections-limited", 503)];

/// With which status the edge answers for a Worker whose invocation ended so: its page of 1101 comes with 500, that of 1102 with 503 (Cloudflare docs:
/// support/troubleshooting/http-status-codes/cloudflare-1xxx-errors, workers/observability/errors).
const ANSWERED_FOR_WORKER: &[(&str, u16)] = &[
    ("worker-exception", 500),
    ("worker-exceeded-cpu", 503),
    ("worker-exceeded-memory", 503),
    ("worker-not-found", 500),
];

/// The status with which the edge answers for a Worker of which such a line is written.
pub fn answered_for_worker(line: &str) -> Option<u16> {
    ANSWERED_FOR_WORKER.iter().find(|(known, _)| *known == line).map(|(_, status)| *status)
}

/// The status with which a server answers a request of which it writes this line, as far as it asks nobody else; `None` where the line tells of no failure.
pub fn answered_with(line: &str) -> Option<u16> {
    let for_upstream =
        ANSWERED_FOR_UPSTREAM.iter().find(|(known, _)| *known == line).map(|(_, status)| *status);
    for_upstream.or_else(|| is_answered_500(line).then_some(500))
}

/// The status with which a server answers a request that a limit refuses, of which it writes this line; `None` where the line tells of no such request.
pub fn limited_with(line: &str) -> Option<u16> {
    ANSWERED_BEYOND_LIMIT.iter().find(|(known, _)| *known == line).map(|(_, status)| *status)
}

/// Whether a server answers 500 to a request of which it writes this line.
pub fn is_answered_500(line: &str) -> bool {
    ANSWERED_500.iter().any(|(known, _)| *known == line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn the_lines_are_known_messages_each_with_a_source() {
        assert!(
            ANSWERED_500.iter().all(|(line, source)| messages::by_id(line).is_some() && !source.is_empty())
        );
        let with_status = || ANSWERED_FOR_UPSTREAM.iter().chain(ANSWERED_BEYOND_LIMIT);
        assert!(with_status().all(|(line, _)| messages::by_id(line).is_some()));
        assert!(is_answered_500("django-request-failed") && !is_answered_500("php-slow-request"));
        assert_eq!(answered_with("nginx-upstream-timed-out"), Some(504));
        assert_eq!(
            (answered_with("django-request-failed"), answered_with("nginx-client-closed")),
            (Some(500), None)
        );
    }
}
