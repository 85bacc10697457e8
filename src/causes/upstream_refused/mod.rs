//! What speaks for `upstream-refused`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const REFUSED: &[&str] = &[
    "nginx-connect-refused",
    "nginx-connect-no-socket",
    "nginx-connect-no-route",
    "nginx-connect-socket-permission",
    "nginx-no-live-upstreams",
    "nginx-upstream-unresolved",
    "apache-backend-refused",
    "apache-backend-unresolved",
    "apache-backends-marked-down",
    "haproxy-no-server",
    "cloudflared-origin-refused",
    "haproxy-no-server-left",
    "haproxy-server-refused",
    "haproxy-server-marked-down",
    "go-proxy-backend-refused",
    "go-proxy-backend-unresolved",
    "go-proxy-no-backend",
    "lighttpd-backend-refused",
    "lighttpd-backends-down",
    "litespeed-backend-refused",
    "varnish-backend-refused",
    "varnish-backend-unhealthy",
    "envoy-upstream-not-connected",
    "envoy-upstream-unresolved",
    "envoy-no-healthy-upstream",
    "http-sys-application-offline",
    "http-sys-application-shut-down",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::from_own_message(case, incident, REFUSED, strength::STRONG)
}
