//! upstream-header-too-big: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "upstream-header-too-big",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 520],
    doc: include_str!("text/upstream_header_too_big.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["upstream-closed-early"],
    weigh,
};

const TOO_BIG: &[&str] = &["nginx-upstream-header-too-big"];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, TOO_BIG, strength::PROOF)
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
