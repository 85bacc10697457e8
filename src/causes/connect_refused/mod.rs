//! What speaks for `connect-refused`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let connection = &row.connection;
        if let (Some(syn), Some(reset)) =
            (connection.handshake.syn, connection.reset.filter(|reset| reset.refused_syn))
        {
            let after = duration(reset.at.time.since(syn.time));
            let text =
                format!("the SYN to port {} is answered by RST after {after}", connection.server.port());
            weight = weight.shown(strength::STRONG, text, row.place(reset.at), when(reset.at));
            break;
        }
        if let Some(icmp) =
            connection.icmp.filter(|icmp| icmp.is_port_unreachable() && connection.is_unanswered())
        {
            let text = format!(
                "the SYN to port {} is answered by ICMP type {} code {}",
                connection.server.port(),
                icmp.kind,
                icmp.code
            );
            weight = weight.shown(strength::STRONG, text, row.place(icmp.at), when(icmp.at));
            break;
        }
    }
    if incident.population.refused_range(case.edge_address(&incident.evidence), &incident.ranges).is_some() {
        weight =
            weight.supported(-strength::PROOF, "other ranges connect meanwhile: something listens", None);
    }
    if case.status_at_origin(&incident.evidence) == Some(521) {
        let place = case.asked_origin(&incident.evidence).map(|row| row.place);
        weight =
            weight.supported(strength::HINT, "the edge says 521: the origin refused the connection", place);
    }
    weight.some()
}
