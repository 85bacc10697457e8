//! What speaks for `request-header-too-large`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const TOO_LONG: &[&str] = &[
    "nginx-request-uri-too-long",
    "nginx-request-head-too-large",
    "apache-request-head-too-large",
    "apache-request-line-too-long",
    "lighttpd-request-head-too-large",
    "http-sys-request-too-large",
    "java-request-head-too-large",
    "gunicorn-request-too-large",
    "uwsgi-request-too-large",
    "puma-request-too-large",
    "kestrel-request-too-large",
    "node-header-overflow",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, incident, TOO_LONG, strength::STRONG).unwrap_or_default();
    for (row, kept) in case.exchanges(&incident.evidence) {
        let Some(request) = &kept.exchange.request else { continue };
        let Some(Failure::RequestHeaders(status)) = kept.failure else { continue };
        let largest = request
            .head
            .largest
            .first()
            .map_or(String::new(), |header| format!(", {} alone {} bytes", header.name, header.bytes));
        let text =
            format!("the origin answers {status} to a request head of {} bytes{largest}", request.head.bytes);
        weight = weight.shown(strength::STRONG, text, row.place(request.first), when(request.first));
    }
    if let Failure::RequestHeaders(status) = case.failure {
        if let Some(row) = case.edge(&incident.evidence)
            && let Some(bytes) = row.record.client_request_bytes
        {
            let text = format!("status {status} to a request of {bytes} bytes");
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.record.start));
        }
        if let Some(row) = case.access(&incident.evidence).find(|row| row.line.request_bytes.is_some()) {
            let text = format!(
                "the origin logs {status} to a request of {} bytes",
                row.line.request_bytes.unwrap_or(0)
            );
            weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
        }
        if let Some(row) = case.har(&incident.evidence) {
            let text = format!("status {status} to request headers of {} bytes", row.entry.request.bytes);
            weight = weight.shown(strength::LIKELY, text, row.place, row.entry.start);
        }
    }
    weight.some()
}
