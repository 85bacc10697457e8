//! What speaks for `origin-error-status`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::http::exchange::BodyState;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let status = case.origin_status(&incident.evidence).filter(|status| (500..600).contains(status))?;
    if case.status_at_origin(&incident.evidence).is_some_and(|edge| edge != status) {
        return None;
    }
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(&incident.evidence) {
        if let Some(response) = &kept.exchange.response
            && response.status == Some(status)
            && response.body.state == BodyState::Complete
        {
            let text = format!("the origin itself answers {status}, whole and well formed");
            weight = weight.shown(strength::STRONG, text, row.place(response.first), when(response.first));
        }
    }
    if let Some(row) =
        case.asked_origin(&incident.evidence).filter(|row| row.record.origin_status == Some(status))
    {
        let text = format!("the edge passes on the origin's {status}");
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
    }
    if let Some(row) = case.access(&incident.evidence).find(|row| row.line.status == Some(status)) {
        weight =
            weight.shown(strength::HINT, format!("the origin logs {status}"), row.place, Some(row.line.time));
    }
    weight.some()
}
