//! What speaks for `keepalive-request-cap`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

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
