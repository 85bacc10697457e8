//! What speaks for `upstream-header-too-big`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const TOO_BIG: &[&str] = &[
    "nginx-upstream-header-too-big",
    "apache-backend-head-too-large",
    "lighttpd-response-head-too-large",
    "varnish-backend-head-too-large",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::from_own_message(case, incident, TOO_BIG, strength::PROOF)
}
