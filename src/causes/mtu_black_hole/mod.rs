//! What speaks for `mtu-black-hole`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::{Side, Traffic};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// From this many bytes on a segment counts as full-size. Every IPv6 link carries packets of 1280 bytes with their headers (RFC 8200,
/// section 5).
const FULL_SIZE: u32 = 1200;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    // Where small segments are lost as well, or nothing at all is acknowledged, their size is not the reason.
    let other_reason = incident.population.loss.is_some()
        || incident
            .population
            .unacknowledged_range(case.edge_address(&incident.evidence), &incident.ranges)
            .is_some();
    if other_reason {
        return None;
    }
    for row in case.connections(&incident.evidence) {
        let connection = &row.connection;
        if let Some(icmp) = connection.icmp.filter(|icmp| icmp.is_packet_too_big()) {
            let text = "a router says that the packet is too big and must not be fragmented";
            weight = weight.shown(strength::STRONG, text, row.place(icmp.at), when(icmp.at));
        }
        let stuck = [Side::Server, Side::Client].into_iter().find(|side| is_stuck(connection.traffic(*side)));
        if let Some(side) = stuck {
            let traffic = connection.traffic(side);
            let at = traffic.last_data.unwrap_or(connection.last);
            let text = format!(
                "segments of {} bytes from {} are sent again {} times and never acknowledged; smaller ones pass",
                traffic.smallest_repeated.unwrap_or(FULL_SIZE),
                connection.address(side),
                traffic.retransmissions
            );
            weight = weight.shown(strength::STRONG, text, row.place(at), when(at));
            break;
        }
    }
    weight.some()
}

/// Only full-size segments are repeated, and the last of them never arrive.
fn is_stuck(traffic: &Traffic) -> bool {
    traffic.retransmissions >= 2
        && !traffic.all_acknowledged
        && traffic.smallest_repeated.is_some_and(|bytes| bytes >= FULL_SIZE)
}
