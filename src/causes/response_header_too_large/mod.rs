//! What speaks for `response-header-too-large`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let limit = incident.profile.limits.response_header_bytes;
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(&incident.evidence) {
        let Some(response) = &kept.exchange.response else { continue };
        let bytes = response.head.bytes;
        let largest = response.head.largest.first().map_or(String::new(), |header| {
            format!("; the largest line is {} with {} bytes", header.name, header.bytes)
        });
        let place = row.place(response.first);
        if bytes > limit {
            let text = format!("response headers of {bytes} bytes, the edge takes {limit}{largest}");
            weight = weight.shown(strength::PROOF, text, place, when(response.first));
        } else if bytes > incident.profile.warn.header_total_bytes
            && case.status_at_origin(&incident.evidence) == Some(520)
        {
            let text =
                format!("response headers of {bytes} bytes, above the edge's limit of former years{largest}");
            weight = weight.shown(strength::HINT, text, place, when(response.first));
        }
    }
    if let Some(row) = case.asked_origin(&incident.evidence) {
        let bytes: u64 = row.record.response_headers.iter().map(|(_, bytes)| *bytes).sum();
        if bytes > limit {
            let text = format!("the edge logged response headers of {bytes} bytes, it takes {limit}");
            weight = weight.shown(strength::PROOF, text, row.place, Some(row.record.start));
        }
    }
    weight.some()
}
