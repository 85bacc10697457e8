use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, duration, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "empty-response",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[520],
    doc: include_str!("text/empty_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

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
    if let Some(row) = &case.edge
        && row.record.edge_status == Some(520)
        && row.record.origin_status == Some(0)
        && case.attempts.is_empty()
        && row.record.origin_tcp_ms.is_some_and(|ms| ms > 0)
    {
        let text = "the edge opened a new connection and had no answer";
        weight = weight.supported(strength::SLIGHT, text, Some(row.place));
    }
    weight.some()
}
