//! What speaks for `connect-timeout`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some((row, syn, last)) = signs::unanswered_syn(case, incident) {
        let handshake = &row.connection.handshake;
        let text =
            format!("{} SYNs within {} and no answer", handshake.syns, duration(last.time.since(syn.time)));
        weight = weight.shown(strength::STRONG, text, row.place(syn), when(syn));
        if let Some(selective) =
            incident.population.selective_range(case.edge_address(&incident.evidence), &incident.ranges)
        {
            let text = format!("only {} goes unanswered, other ranges complete", selective.range);
            weight = weight.supported(-strength::PROOF, text, None);
        }
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && sign.never_acknowledged()
        && case.status_at_origin(&incident.evidence) == Some(522)
    {
        let text = "the request is never acknowledged";
        weight =
            weight.shown(strength::LIKELY, text, sign.place(sign.request.first), when(sign.request.first));
    }
    if case.status_at_origin(&incident.evidence) == Some(522) {
        let place = case.asked_origin(&incident.evidence).map(|row| row.place);
        weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
    }
    weight.some()
}
