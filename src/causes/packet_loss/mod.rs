//! What speaks for `packet-loss`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::ConnectionRow;
use crate::evidence::failure::Failure;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // An answer that tells the reason has arrived: no loss has to explain it.
    let told = matches!(
        case.failure,
        Failure::OriginStatus(_)
            | Failure::Refused(_)
            | Failure::ResponseHeaders
            | Failure::RequestHeaders(_)
            | Failure::ClientCertificate
            | Failure::RedirectToItself
    );
    if told {
        return None;
    }
    // Loss on the path hits healthy connections as well. Where it hits one range of addresses alone, something else drops its packets.
    let loss = incident.population.loss?;
    let address = case.edge_address(&incident.evidence);
    if incident.population.selective_range(address, &incident.ranges).is_some() {
        return None;
    }
    // A router that has no route to the origin is another cause.
    if signs::no_route(case, incident).is_some() {
        return None;
    }
    let row = case
        .connections(&incident.evidence)
        .max_by_key(|row| repeats(row))
        .filter(|row| repeats(row) >= 2)?;
    let ended_by_silence = signs::unanswered(case, incident).is_none_or(|sign| {
        sign.closed_before_request().is_none()
            && sign.reset_after_request().is_none()
            && sign.closed_after_request().is_none()
    });
    if !ended_by_silence {
        return None;
    }
    let at = row.connection.last;
    let text = format!(
        "{} segments of this connection are sent again; {} of {} on healthy connections are, too",
        repeats(row),
        loss.repeated,
        loss.segments
    );
    Weight::new().shown(strength::STRONG, text, row.place(at), when(at)).some()
}

fn repeats(row: &ConnectionRow) -> u32 {
    let connection = &row.connection;
    let handshake =
        connection.handshake.syns.saturating_sub(1) + connection.handshake.syn_acks.saturating_sub(1);
    connection.from_client.retransmissions + connection.from_server.retransmissions + handshake
}
