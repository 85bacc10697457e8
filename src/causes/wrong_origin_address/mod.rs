//! What speaks for `wrong-origin-address`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let row = case.asked_origin(&incident.evidence)?;
    let asked = row.record.origin_address?;
    let healthy = incident.population.healthy_origins(asked)?;
    let text = format!(
        "the edge asks {asked}; all {} healthy requests were answered by {}",
        healthy.requests, healthy.address
    );
    let weight = Weight::new().shown(strength::STRONG, text, row.place, Some(row.record.start));
    Some(if case.attempts.is_empty() {
        weight.supported(strength::SLIGHT, "no packet of it is in the origin's capture", None)
    } else {
        weight.supported(-strength::PROOF, "its packets are in the origin's capture", None)
    })
}
