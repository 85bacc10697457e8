use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

pub const CAUSE: Cause = Cause {
    slug: "invalid-status-line",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/invalid_status_line.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["bare-lf", "invalid-header"],
    weigh,
};

const BROKEN: &[Rule] =
    &[Rule::NoStatusLine, Rule::BadVersion, Rule::BadStatusCode, Rule::BadReason, Rule::LeadingBlankLine];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::broken_rules(case, incident, BROKEN)
}
