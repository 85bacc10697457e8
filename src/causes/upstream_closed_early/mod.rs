//! What speaks for `upstream-closed-early`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const CLOSED: &[&str] = &[
    "nginx-upstream-prematurely-closed",
    "nginx-fastcgi-prematurely-closed",
    "nginx-stream-prematurely-closed",
    "nginx-upstream-reset",
    "nginx-upstream-broken-pipe",
    "apache-backend-closed-early",
    "apache-fastcgi-failed",
    "cloudflared-origin-closed",
    "haproxy-server-closed-early",
    "haproxy-server-cut-response",
    "go-proxy-backend-closed-early",
    "lighttpd-backend-closed-early",
    "litespeed-backend-closed-early",
    "varnish-backend-closed-early",
    "envoy-upstream-closed",
    "envoy-upstream-reset",
    "http-sys-worker-gone",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::from_own_message(case, incident, CLOSED, strength::STRONG)
}
