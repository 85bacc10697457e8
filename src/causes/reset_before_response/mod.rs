//! What speaks for `reset-before-response`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let sign = signs::unanswered(case, incident)?;
    let reset = sign.reset_after_request()?;
    if sign.closed_before_request().is_some() || sign.given_up().is_some() {
        return None;
    }
    let text = format!(
        "RST from the origin {} after the request",
        duration(reset.time.since(sign.request.last.time))
    );
    let weight = Weight::new().shown(strength::STRONG, text, sign.place(reset), when(reset));
    Some(match sign.request.acknowledged.filter(|acknowledged| *acknowledged < reset) {
        Some(at) => {
            weight.shown(strength::SLIGHT, "the request had been acknowledged", sign.place(at), when(at))
        }
        None => weight,
    })
}
