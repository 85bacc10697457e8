//! What speaks for `invalid-chunking`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const BROKEN: &[Rule] = &[Rule::BadChunkSize, Rule::BadChunkEnd, Rule::BadTransferEncoding];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::broken_rules(case, incident, BROKEN)
}
