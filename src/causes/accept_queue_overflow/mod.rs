//! What speaks for `accept-queue-overflow`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::{duration, quote};
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// A full queue drops SYNs and final ACKs alike, for as long as it is full.
const STAYS_FULL: Duration = Duration::from_seconds(5);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // Where the path loses packets, final ACKs are lost as well: that is no sign of a full queue.
    if incident.population.loss.is_some() {
        return None;
    }
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let handshake = &row.connection.handshake;
        if let Some(syn_ack) = handshake.syn_ack.filter(|_| handshake.is_repeated_after_answer()) {
            let text = format!(
                "the origin repeats its SYN/ACK ({} in all) although the client's ACK had arrived: its queue is full",
                handshake.syn_acks
            );
            weight = weight.shown(strength::STRONG, text, row.place(syn_ack), when(syn_ack));
        }
    }
    let ignored =
        case.connections(&incident.evidence).find_map(|row| Some((row, row.first_request_ignored()?)));
    if let Some((row, ignored)) = ignored.filter(|_| !weight.positive) {
        let at = row.connection.handshake.established.unwrap_or(row.connection.first);
        let text = format!(
            "the handshake is complete, and the request is ignored for {} though sent {} times: the final ACK found the queue full",
            duration(ignored),
            row.connection.from_client.retransmissions + 1
        );
        weight = weight.shown(strength::STRONG, text, row.place(at), when(at));
    }
    if let Some((row, syn, _)) = signs::unanswered_syn(case, incident).filter(|_| weight.terms.is_empty()) {
        let time = incident.clocks.correct(row.input(), syn.time);
        let overflows = incident.population.overflows_near(time, STAYS_FULL);
        if overflows >= 2
            && incident
                .population
                .selective_range(case.edge_address(&incident.evidence), &incident.ranges)
                .is_none()
        {
            let text =
                format!("the SYN is dropped while {overflows} other connections show a full accept queue");
            weight = weight.shown(strength::LIKELY, text, row.place(syn), when(syn));
        }
    }
    weight = full_when_looked_at(weight, case, incident);
    if let Some(sign) =
        signs::unanswered(case, incident).filter(|sign| sign.kept.exchange.number == 1 && !weight.positive)
        && let Some(acknowledged) = sign.request.acknowledged
    {
        let time = incident.clocks.correct(sign.row.input(), acknowledged.time);
        let dropped = incident.population.dropped_syns_near(time, STAYS_FULL);
        if dropped >= 3 {
            let text = format!(
                "the kernel takes the request, no process does, and {dropped} SYNs are dropped meanwhile"
            );
            weight = weight.shown(strength::STRONG, text, sign.place(acknowledged), when(acknowledged));
        }
    }
    weight.some()
}

/// A listener whose queue was full when somebody looked, where the case shows no more than that connecting failed.
fn full_when_looked_at(weight: Weight, case: &Case, incident: &Incident) -> Weight {
    let failed = signs::unanswered_syn(case, incident).is_some()
        || case.status_at_origin(&incident.evidence) == Some(522);
    match signs::state(incident, "state-accept-queue-full") {
        Some(row) if failed && weight.terms.is_empty() => {
            weight.shown(strength::LIKELY, quote(&row.line.text), row.place, None)
        }
        _ => weight,
    }
}
