//! What speaks for `empty-response`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(fin) = sign.closed_after_request()
        && sign.given_up().is_none()
    {
        let text = format!(
            "the origin closes (FIN) {} after the request, without a byte of response",
            duration(fin.time.since(sign.request.last.time))
        );
        weight = weight.shown(strength::STRONG, text, sign.place(fin), when(fin));
    }
    if let Some(row) = case.asked_origin(&incident.evidence)
        && row.record.edge_status == Some(520)
        && row.record.origin_status == Some(0)
        && case.attempts.is_empty()
        && row.record.origin_tcp_time.is_some_and(|time| time > Duration::ZERO)
    {
        let text = "the edge opened a new connection and had no answer";
        weight = weight.supported(strength::SLIGHT, text, Some(row.place));
    }
    weight.some()
}
