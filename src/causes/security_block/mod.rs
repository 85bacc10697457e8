//! What speaks for `security-block`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const BLOCKED: &[&str] = &[
    "nginx-access-forbidden",
    "nginx-requests-limited",
    "nginx-connections-limited",
    "modsecurity-denied",
    "apache-client-denied",
    "haproxy-request-denied",
    "haproxy-request-tarpitted",
    "go-proxy-address-refused",
    "envoy-rate-limited",
    "envoy-denied",
    "http-sys-forbidden",
];

/// nginx closes the connection without an answer (ngx_http_request.h).
const CLOSED_WITHOUT_ANSWER: u16 = 444;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, incident, BLOCKED, strength::PROOF).unwrap_or_default();
    if let Some(row) =
        case.access(&incident.evidence).find(|row| row.line.status == Some(CLOSED_WITHOUT_ANSWER))
    {
        let text = "the origin logs 444: a rule closes the connection without an answer";
        weight = weight.shown(strength::PROOF, text, row.place, Some(row.line.time));
    }
    weight.some()
}
