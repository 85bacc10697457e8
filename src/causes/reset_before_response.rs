use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, duration, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "reset-before-response",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[520],
    doc: include_str!("text/reset_before_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let sign = signs::unanswered(case, incident)?;
    let reset = sign.reset_after_request()?;
    if sign.closed_before_request().is_some() || sign.given_up().is_some() {
        return None;
    }
    let text = format!("RST from the origin {} after the request", duration(reset.time.since(sign.request.last.time)));
    let weight = Weight::new().shown(strength::STRONG, text, sign.place(reset), when(reset));
    Some(match sign.request.acknowledged.filter(|acknowledged| *acknowledged < reset) {
        Some(at) => weight.shown(strength::SLIGHT, "the request had been acknowledged", sign.place(at), when(at)),
        None => weight,
    })
}
