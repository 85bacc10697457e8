use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

pub const CAUSE: Cause = Cause {
    slug: "request-header-too-large",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 400, 414, 431],
    doc: include_str!("text/request_header_too_large.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const TOO_LONG: &[&str] = &[
    "nginx-client-sent-too-long-uri",
    "nginx-client-sent-too-large-request",
    "nginx-client-sent-too-long-header-line",
    "nginx-client-sent-too-many-header-lines",
    "apache-header-exceeds-limit-request-field-size",
    "apache-number-of-headers-exceeds-limit-request-fields",
    "apache-request-line-exceeds-limit-request-line",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, TOO_LONG, strength::STRONG).unwrap_or_default();
    for (row, kept) in case.exchanges(incident) {
        let Some(request) = &kept.exchange.request else { continue };
        let Some(Failure::RequestHeaders(status)) = kept.failure else { continue };
        let largest = request.head.largest.first().map_or(String::new(), |header| {
            format!(", {} alone {} bytes", header.name, header.bytes)
        });
        let text = format!("the origin answers {status} to a request head of {} bytes{largest}", request.head.bytes);
        weight = weight.shown(strength::STRONG, text, row.place(request.first), when(request.first));
    }
    if let Failure::RequestHeaders(status) = case.failure {
        if let Some(row) = &case.edge
            && let Some(bytes) = row.record.client_request_bytes
        {
            let text = format!("status {status} to a request of {bytes} bytes");
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
        }
        if let Some(row) = case.access.iter().find(|row| row.line.request_bytes.is_some()) {
            let text = format!("the origin logs {status} to a request of {} bytes", row.line.request_bytes.unwrap_or(0));
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
        }
        if let Some(row) = &case.har {
            let text = format!("status {status} to request headers of {} bytes", row.entry.request.bytes);
            weight = weight.shown(strength::LIKELY, text, row.place, row.entry.start);
        }
    }
    weight.some()
}
