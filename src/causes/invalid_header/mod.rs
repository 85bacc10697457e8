//! What speaks for `invalid-header`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const BROKEN: &[Rule] = &[
    Rule::NoColon,
    Rule::EmptyHeaderName,
    Rule::BadHeaderName,
    Rule::ControlInValue,
    Rule::BareCr,
    Rule::FoldedLine,
    Rule::SpaceBeforeColon,
    Rule::SpaceBeforeFirstHeader,
    Rule::NoHeaders,
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    signs::broken_rules(case, incident, BROKEN)
}
