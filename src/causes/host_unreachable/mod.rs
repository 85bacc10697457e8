//! What speaks for `host-unreachable`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(signs::NoRoute { row, icmp, own }) = signs::no_route(case, incident) {
        let said =
            format!("ICMP type {} code {}: no route to {}", icmp.kind, icmp.code, row.connection.server.ip());
        let (strength, text) = if own {
            (strength::STRONG, said)
        } else {
            let other = row.connection.client;
            (strength::LIKELY, format!("no answer, and a router tells {other} meanwhile, {said}"))
        };
        weight = weight.shown(strength, text, row.place(icmp.at), when(icmp.at));
    }
    if case.status_at_origin(&incident.evidence) == Some(523) {
        let place = case.asked_origin(&incident.evidence).map(|row| row.place);
        weight = weight.supported(strength::HINT, "the edge says 523: the origin is unreachable", place);
    }
    weight.some()
}
