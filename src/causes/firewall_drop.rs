use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::time::SECOND;

pub const CAUSE: Cause = Cause {
    slug: "firewall-drop",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[522],
    doc: include_str!("text/firewall_drop.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-timeout"],
    weigh,
};

/// A kernel's firewall writes one line a packet, with the source address in it.
const BLOCKED: &[&str] = &["kernel-firewall-block"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let address = case.edge_address(incident)?;
    let mut weight = Weight::new();
    let selective = incident.population.selective_range(Some(address), incident);
    if let (Some((row, syn, _)), Some(selective)) = (super::unanswered_syn(case, incident), &selective) {
        let text = format!(
            "SYNs from {} are captured and never answered, while {} connections from other ranges complete",
            selective.range, selective.others_established
        );
        weight = weight.shown(strength::PROOF, text, row.place(syn), when(syn));
    }
    let mut lines = signs::messages_near(case, incident, BLOCKED, 2 * SECOND, 2 * SECOND);
    if let Some(row) = lines.find(|row| row.line.client == Some(address)) {
        let text = format!("the firewall's own line: {}", signs::quote(&row.line.text));
        weight = weight.shown(strength::PROOF, text, row.place, row.line.time);
    }
    if case.edge_status() == Some(522) {
        let place = case.edge.as_ref().map(|row| row.place);
        if case.attempts.is_empty() && let Some(range) = incident.population.range_that_only_fails(address, incident) {
            let text = format!("every request from {range} ends in 522, those from other ranges pass");
            weight = weight.supported(strength::LIKELY, text, place);
        } else if !weight.terms.is_empty() {
            weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
        }
    }
    weight.some()
}
