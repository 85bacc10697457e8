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
    "haproxy-no-server",
    "cloudflared-origin-refused",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::from_own_message(case, incident, REFUSED, strength::STRONG)
}
