//! Handlers of requests that fail while the server lives on: it cuts the connection of that one request. And what a proxy in front makes of that.

/// The messages, by their ids in `facts::messages`. Go's server recovers from the panic of a handler, logs it with the address of its client and closes the
/// connection; over HTTP/2 it resets the stream (golang/go src/net/http/server.go, `conn.serve`; h2_bundle.go, `runHandler`).
const CUT: [&str; 1] = ["go-handler-panicked"];

/// How proxies say that the server behind closed without an answer, by ids in `facts::messages` and `facts::endings` (see there for the source of each).
const CLOSED_BEHIND: [&str; 16] = [
    "apache-backend-closed-early",
    "azure-server-closed-early",
    "cloudflared-origin-closed",
    "elb-target-closed-early",
    "envoy-upstream-closed",
    "envoy-upstream-reset",
    "go-proxy-backend-closed-early",
    "go-proxy-closed",
    "google-backend-closed-early",
    "haproxy-server-closed-early",
    "lighttpd-backend-closed-early",
    "nginx-upstream-prematurely-closed",
    "nginx-upstream-reset",
    "node-proxy-closed",
    "traffic-server-backend-closed-early",
    "varnish-backend-closed-early",
];

/// What most proxies answer then (RFC 9110, 15.6.3: an invalid response from behind).
pub const BAD_GATEWAY: u16 = 502;

/// Whether a message says that the handler of one request failed and its connection was cut.
pub fn cuts_connection(signature: &str) -> bool {
    CUT.contains(&signature)
}

/// Whether a proxy says by this message or ending that the server behind closed without an answer.
pub fn is_close_behind(id: &str) -> bool {
    CLOSED_BEHIND.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{endings, messages};

    #[test]
    fn every_line_is_one_that_is_known() {
        let is_ending = |id: &str| endings::by_id(id).is_some();
        for id in CUT.iter().chain(&CLOSED_BEHIND) {
            assert!(messages::by_id(id).is_some() || is_ending(id), "{id}");
        }
        assert!(cuts_connection("go-handler-panicked") && !cuts_connection("go-died"));
        assert!(is_close_behind("nginx-upstream-reset") && !is_close_behind("nginx-connect-refused"));
    }
}
