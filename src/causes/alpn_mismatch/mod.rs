//! What speaks for `alpn-mismatch`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The alert no_application_protocol: the two sides have no protocol in common (RFC 7301, section 3.2).
const NO_APPLICATION_PROTOCOL: u8 = 120;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::alerted(case, incident, Side::Server, NO_APPLICATION_PROTOCOL).some()
}
