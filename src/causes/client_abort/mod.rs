//! What speaks for `client-abort`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;
use crate::text::words::duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::ClientAbort {
        return None;
    }
    let mut weight = Weight::new();
    if let Some(row) = case.edge(&incident.evidence) {
        let text =
            format!("the edge says 499 after {}: the visitor left", duration(case.end.since(case.time)));
        weight = weight.shown(strength::STRONG, text, row.place, Some(row.record.start));
    } else if let Some(row) = case.access(&incident.evidence).next() {
        weight = weight.shown(
            strength::LIKELY,
            "the origin logs 499: its peer left first",
            row.place,
            Some(row.line.time),
        );
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(at) = sign.given_up()
    {
        let text = format!(
            "the edge closes {} into the request, the answer still due",
            duration(sign.waited().unwrap_or_default())
        );
        weight = weight.shown(strength::HINT, text, sign.place(at), signs::when(at));
    }
    weight.some()
}
