//! keepalive-request-cap: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "keepalive-request-cap",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[520],
    doc: include_str!("text/keepalive_request_cap.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["keepalive-race"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let cap = incident.population.request_cap?;
    let sign = signs::unanswered(case, incident)?;
    let answered = sign.kept.exchange.number.checked_sub(1)?;
    let close = sign.closed_before_request().or(sign.reset_after_request())?;
    if answered.abs_diff(cap.requests) > 1 {
        return None;
    }
    let text = format!(
        "the origin closes after {answered} requests, as {} other connections do after {}",
        cap.connections, cap.requests
    );
    Weight::new().shown(strength::PROOF, text, sign.place(close), when(close)).some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
