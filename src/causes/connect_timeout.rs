use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{duration, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "connect-timeout",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[522, 524],
    doc: include_str!("text/connect_timeout.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some((row, syn, last)) = super::unanswered_syn(case, incident) {
        let handshake = &row.connection.handshake;
        let text = format!("{} SYNs within {} and no answer", handshake.syns, duration(last.time.since(syn.time)));
        weight = weight.shown(strength::STRONG, text, row.place(syn), when(syn));
        if let Some(selective) = incident.population.selective_range(case.edge_address(incident), incident) {
            let text = format!("only {} goes unanswered, other ranges complete", selective.range);
            weight = weight.supported(-strength::PROOF, text, None);
        }
    }
    if case.edge_status() == Some(522) {
        let place = case.edge.as_ref().map(|row| row.place);
        weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
    }
    weight.some()
}
