use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::http::exchange::BodyState;

pub const CAUSE: Cause = Cause {
    slug: "origin-error-status",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[500, 502, 503, 504],
    doc: include_str!("text/origin_error_status.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["empty-response", "reset-before-response"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let status = case.origin_status(incident).filter(|status| (500..600).contains(status))?;
    if case.edge_status().is_some_and(|edge| edge != status) {
        return None;
    }
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(incident) {
        if let Some(response) = &kept.exchange.response
            && response.status == Some(status)
            && response.body.state == BodyState::Complete
        {
            let text = format!("the origin itself answers {status}, whole and well formed");
            weight = weight.shown(strength::STRONG, text, row.place(response.first), when(response.first));
        }
    }
    if let Some(row) = case.edge.as_ref().filter(|row| row.record.origin_status == Some(status)) {
        let text = format!("the edge passes on the origin's {status}");
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
    }
    if let Some(row) = case.access.iter().find(|row| row.line.status == Some(status)) {
        weight = weight.shown(strength::HINT, format!("the origin logs {status}"), row.place, Some(row.line.time));
    }
    weight.some()
}
