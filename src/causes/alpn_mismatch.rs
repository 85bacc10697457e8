//! alpn-mismatch: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::Weight;
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "alpn-mismatch",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 525],
    doc: include_str!("text/alpn_mismatch.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 7301, 3.2: no protocol in common.
const NO_APPLICATION_PROTOCOL: u8 = 120;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    super::alerted(case, incident, Side::Server, NO_APPLICATION_PROTOCOL).some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
