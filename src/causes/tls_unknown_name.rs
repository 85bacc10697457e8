//! tls-unknown-name: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-unknown-name",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_unknown_name.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6.
const UNRECOGNIZED_NAME: u8 = 112;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::alerted(case, incident, Side::Server, UNRECOGNIZED_NAME).some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
