use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, duration};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

pub const CAUSE: Cause = Cause {
    slug: "client-abort",
    title: TITLE,
    layer: Layer::Client,
    who: Who::Client,
    level: Level::Mechanism,
    edge_statuses: &[499],
    doc: include_str!("text/client_abort.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::ClientAbort {
        return None;
    }
    let mut weight = Weight::new();
    if let Some(row) = &case.edge {
        let text = format!("the edge says 499 after {}: the visitor left", duration(case.end.since(case.time)));
        weight = weight.shown(strength::STRONG, text, row.place, Some(row.record.start));
    } else if let Some(row) = case.access.first() {
        weight = weight.shown(strength::LIKELY, "the origin logs 499: its peer left first", row.place, Some(row.line.time));
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(at) = sign.given_up()
    {
        let text = format!("the edge closes {} into the request, the answer still due", duration(sign.waited().unwrap_or(0)));
        weight = weight.shown(strength::HINT, text, sign.place(at), signs::when(at));
    }
    weight.some()
}
