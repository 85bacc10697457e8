//! What speaks for `return-path-broken`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::{Arrival, Connection, Side};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let selective =
        incident.population.unacknowledged_range(case.edge_address(&incident.evidence), &incident.ranges);
    let begun =
        case.connections(&incident.evidence).find(|row| row.connection.handshake.is_never_completed());
    let mut weight = Weight::new();
    if let Some((row, syn_ack)) = begun.and_then(|row| Some((row, row.connection.handshake.syn_ack?))) {
        let times = row.connection.handshake.syn_acks;
        let text = format!("the SYN arrives, the SYN/ACK leaves {times} times, and no ACK ever comes");
        weight = weight.shown(strength::LIKELY, text, row.place(syn_ack), when(syn_ack));
    } else if let Some((row, last)) =
        case.connections(&incident.evidence).find_map(|row| Some((row, unheard(&row.connection)?)))
        && selective.is_some()
    {
        let text =
            "what the origin sends is repeated and never acknowledged, as are its SYN/ACKs to that range";
        weight = weight.shown(strength::LIKELY, text, row.place(last), when(last));
    }
    let no_way_back = case.connections(&incident.evidence).find_map(|row| {
        let icmp = row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Client))?;
        Some((row, icmp))
    });
    if let Some((row, icmp)) = no_way_back {
        let edge = row.connection.client.ip();
        let text = format!("ICMP type {} code {}: no route back to {edge}", icmp.kind, icmp.code);
        weight = weight.shown(strength::LIKELY, text, row.place(icmp.at), when(icmp.at));
    }
    if let Some(selective) = selective.filter(|_| weight.positive) {
        let text = format!(
            "so it is with {} alone: {} connections from other ranges complete meanwhile",
            selective.range, selective.others_established
        );
        weight = weight.supported(strength::LIKELY, text, None);
    }
    weight.some()
}

/// The last packet of an origin that sends its data again and again and gets no acknowledgement.
fn unheard(connection: &Connection) -> Option<Arrival> {
    let sent = &connection.from_server;
    sent.last_data.filter(|_| sent.retransmissions >= 2 && !sent.all_acknowledged)
}
