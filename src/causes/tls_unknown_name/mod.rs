//! What speaks for `tls-unknown-name`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The alert unrecognized_name: no server of that name is known (RFC 8446, section 6.2).
const UNRECOGNIZED_NAME: u8 = 112;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::alerted(case, incident, Side::Server, UNRECOGNIZED_NAME).some()
}
