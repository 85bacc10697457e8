//! Messages that a proxy writes of one request and that name none: they stand beside the request's own line in that proxy's access log, since
//! both are written as it ends.

/// The messages, by their ids in `facts::messages`.
///
/// Caddy logs "aborting with incomplete response" where it copies an answer, without the fields of the request, and gives up; its handler of
/// access logs writes the line then (caddyserver/caddy @ 0cf03d32f, modules/caddyhttp/reverseproxy/reverseproxy.go, `finalizeResponse`;
/// modules/caddyhttp/server.go, `logRequest`). So it does where it finds no server for a request (the same file, `proxyLoopIteration`). Go's `httputil.ReverseProxy` writes "http: proxy error" in its error handler, by `log.Printf` and
/// with no word of the request (net/http/httputil/reverseproxy.go, `defaultErrorHandler`).
pub const ALL: [&str; 8] = [
    "go-proxy-backend-closed-early",
    "go-proxy-canceled",
    "go-proxy-closed",
    "go-proxy-failed",
    "go-proxy-refused",
    "go-proxy-servers-unresolved",
    "go-proxy-timed-out",
    "go-proxy-unresolved",
];

/// Whether a message tells of the request that ends as it is written.
pub fn is_told_at_end(signature: &str) -> bool {
    ALL.contains(&signature)
}
