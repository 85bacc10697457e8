use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::http::conform::Rule;

pub const CAUSE: Cause = Cause {
    slug: "invalid-header",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/invalid_header.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["bare-lf"],
    weigh,
};

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
    super::broken_rules(case, incident, BROKEN)
}
