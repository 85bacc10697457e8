//! What speaks for `edge-block`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The edge's log alone makes it one possible cause among others. Only the error page has the code that proves it.
const CANDIDATE: i32 = 400;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::EdgeBlock {
        return None;
    }
    let mut weight = Weight::new();
    if let Some(row) = case.edge(&incident.evidence) {
        let action = row.record.security_action.as_deref().unwrap_or("a rule");
        let text = format!(
            "the edge answers {} itself, by its own {action}; the origin was not asked",
            row.record.edge_status.unwrap_or(403)
        );
        weight = weight.shown(CANDIDATE, text, row.place, Some(row.record.start));
    }
    if let Some(row) = case.har(&incident.evidence) {
        let what = match (&row.entry.mitigated, row.entry.error_code) {
            (_, Some(code)) => format!("the error page says {code}"),
            (Some(mitigated), None) => format!("the response says cf-mitigated: {mitigated}"),
            (None, None) => return weight.some(),
        };
        weight = weight.shown(strength::PROOF, what, row.place, row.entry.start);
    }
    weight.some()
}
