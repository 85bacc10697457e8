//! The files that were looked at, as the report lists them.

use std::collections::BTreeMap;

use super::values::{moment, seconds};
use super::vantage;
use crate::correlate::{Case, Incident};
use crate::evidence::{CaptureFacts, InputId, InputKind, InputSummary, LineCounts};
use crate::report::model;
use crate::report::redaction::{Redactor, ReportText};
use crate::time::Duration;

/// Every input, sorted by name.
pub fn inputs(incident: &Incident, redactor: &Redactor<'_>) -> Vec<model::Input> {
    let joined = joined_lines(incident);
    let joined = |id| joined.get(&id).copied().unwrap_or_default();
    let inputs = incident.evidence.inputs.iter();
    inputs.map(|(&id, summary)| input(incident, id, summary, joined(id), redactor)).collect()
}

/// Lines about failing requests that another input tells of, too, by input.
fn joined_lines(incident: &Incident) -> BTreeMap<InputId, u64> {
    let mut joined = BTreeMap::new();
    for case in &incident.cases {
        let connections = case.connections(&incident.evidence).map(|row| row.input());
        let browser = case.har(&incident.evidence).map(|row| row.place.input());
        let mut sources = lines_of(case, incident).chain(connections).chain(browser);
        let Some(first) = sources.next() else { continue };
        if sources.any(|source| source != first) {
            lines_of(case, incident).for_each(|input| *joined.entry(input).or_default() += 1);
        }
    }
    joined
}

/// The input of each line that tells of a case.
fn lines_of(case: &Case, incident: &Incident) -> impl Iterator<Item = InputId> {
    let record = case.edge(&incident.evidence).map(|row| row.place);
    let access = case.access(&incident.evidence).map(|row| row.place);
    let messages = case.messages(&incident.evidence).map(|row| row.place);
    let subrequests = case.subrequests(&incident.evidence).map(|row| row.place);
    record.into_iter().chain(subrequests).chain(access).chain(messages).map(|place| place.input())
}

/// Why nothing was taken from a log that was read; `None` where something was.
fn unused(incident: &Incident, id: InputId, summary: &InputSummary, joined: u64) -> Option<&'static str> {
    if summary.records > 0 && matches!(summary.kind, InputKind::Config | InputKind::Events) {
        return unused_document(incident, id, summary.kind);
    }
    if let Some(facts) = summary.facts.as_deref().filter(|facts| facts.packets.tcp_packets == 0) {
        let why =
            if facts.file.packets == 0 { "it holds no packet" } else { "none of its packets is of TCP" };
        return Some(why);
    }
    let LineCounts { with_status, telling, .. } = summary.lines?;
    if summary.records == 0 || joined > 0 {
        return None;
    }
    match summary.kind {
        InputKind::ErrorLog | InputKind::SystemLog if telling == 0 => {
            Some("none of its messages is known to tell of a failure, and none names a request")
        }
        InputKind::AccessLog | InputKind::EdgeLog if with_status == 0 => {
            Some("none of its lines has a status, and none belongs to a failing request")
        }
        _ => None,
    }
}

/// The same for a configuration, a state or a list of events, which is taken as a whole.
fn unused_document(incident: &Incident, id: InputId, kind: InputKind) -> Option<&'static str> {
    let evidence = &incident.evidence;
    let settings = evidence.settings.iter().map(|row| row.place);
    let mut places = settings
        .chain(evidence.states.iter().map(|row| row.place))
        .chain(evidence.events.iter().map(|row| row.place));
    if places.any(|place| place.input() == id) {
        return None;
    }
    Some(match kind {
        InputKind::Events => "none of its events has an instant",
        _ => "none of its settings or figures is known to bear on a failure",
    })
}

fn input(
    incident: &Incident,
    id: InputId,
    summary: &InputSummary,
    joined: u64,
    redactor: &Redactor<'_>,
) -> model::Input {
    let offset =
        summary.first.map_or(Duration::ZERO, |first| incident.clocks.correct(id, first).since(first));
    model::Input {
        counted_by: vantage::counted_by(incident, id).map(|input| redactor.text(input)),
        path: redactor.text(&summary.name),
        kind: summary.kind.into(),
        format: Some(redactor.text(&summary.format)).filter(|format| !format.is_empty()),
        bytes: summary.bytes,
        records: summary.records,
        skipped: summary.skipped,
        lines: summary.lines.map(|counts| counts.lines),
        with_time: summary.lines.map(|counts| counts.with_time),
        with_status: summary.lines.map(|counts| counts.with_status),
        with_ray: summary.lines.map(|counts| counts.with_ray),
        joined: summary.lines.map(|_| joined),
        unused: unused(incident, id, summary, joined).map(ReportText::from),
        first: summary.first.map(moment),
        last: summary.last.map(moment),
        clock_offset_s: seconds(offset),
        sample_interval: u64::from(summary.intervals.commonest()),
        vantage: taken_at(summary).map(ReportText::from),
        warnings: redactor.texts(&summary.warnings),
        facts: summary.facts.as_deref().map(model::CaptureFacts::from),
    }
}

/// At which end evidence of this kind is taken. Workers run at the edge, and their traces are messages as those of programs are.
fn taken_at(summary: &InputSummary) -> Option<&'static str> {
    match summary.kind {
        InputKind::ErrorLog if summary.format == "workers_trace" => Some("edge"),
        InputKind::Capture | InputKind::AccessLog | InputKind::ErrorLog | InputKind::SystemLog => {
            Some("origin")
        }
        InputKind::EdgeLog => Some("edge"),
        InputKind::Har => Some("client"),
        InputKind::Config | InputKind::Events | InputKind::KeyLog | InputKind::Ignored => None,
    }
}

impl From<&CaptureFacts> for model::CaptureFacts {
    fn from(facts: &CaptureFacts) -> model::CaptureFacts {
        let CaptureFacts { file, packets, segments, application } = facts;
        model::CaptureFacts {
            packets: file.packets,
            bytes: file.bytes,
            captured_bytes: file.captured_bytes,
            first: file.first.map(moment),
            last: file.last.map(moment),
            link_types: file.link_types.iter().copied().map(u32::from).collect(),
            ipv4_packets: packets.ipv4_packets,
            ipv6_packets: packets.ipv6_packets,
            ip_fragments: packets.ip_fragments,
            tcp_packets: packets.tcp_packets,
            syn: packets.syn,
            syn_ack: packets.syn_ack,
            fin: packets.fin,
            rst: packets.rst,
            tcp_payload_bytes: packets.tcp_payload_bytes,
            tcp_streams: segments.tcp_streams,
            retransmissions: segments.retransmissions,
            fast_retransmissions: segments.fast_retransmissions,
            spurious_retransmissions: segments.spurious_retransmissions,
            out_of_order: segments.out_of_order,
            duplicate_acks: segments.duplicate_acks,
            zero_windows: segments.zero_windows,
            full_windows: segments.full_windows,
            lost_segments: segments.lost_segments,
            keep_alives: segments.keep_alives,
            copies: segments.copies,
            http1_requests: application.http1_requests,
            http1_responses: application.http1_responses,
            http2_streams: facts.http2_streams(),
            tls_client_hellos: application.tls_client_hellos,
            tls_server_hellos: application.tls_server_hellos,
            tls_alerts: application.tls_alerts,
            tls_certificates: application.tls_certificates,
            icmp_unreachable: facts.icmp_unreachable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ApplicationFacts;
    use crate::time::Time;
    use crate::{capture, flow, packet};

    /// Every figure another one, so that none can stand in the place of its neighbour.
    fn facts() -> CaptureFacts {
        let file = capture::Summary {
            packets: 1,
            bytes: 2,
            captured_bytes: 3,
            first: Some(Time(4)),
            last: Some(Time(5)),
            link_types: [6, 7].into(),
            ..capture::Summary::default()
        };
        let packets = packet::Tally {
            ipv4_packets: 11,
            ipv6_packets: 12,
            ip_fragments: 13,
            tcp_packets: 14,
            syn: 15,
            syn_ack: 16,
            fin: 17,
            rst: 18,
            tcp_payload_bytes: 19,
            icmp_unreachable: 20,
            icmpv6_unreachable: 10,
            ..packet::Tally::default()
        };
        let segments = flow::Facts {
            tcp_streams: 31,
            retransmissions: 32,
            fast_retransmissions: 33,
            spurious_retransmissions: 34,
            out_of_order: 35,
            duplicate_acks: 36,
            zero_windows: 37,
            full_windows: 38,
            lost_segments: 39,
            keep_alives: 40,
            copies: 41,
            ..flow::Facts::default()
        };
        let application = ApplicationFacts {
            http1_requests: 51,
            http1_responses: 52,
            http2_streams: 0,
            hidden_http2_connections: 0,
            tls_client_hellos: 53,
            tls_server_hellos: 54,
            tls_alerts: 55,
            tls_certificates: 56,
        };
        CaptureFacts { file, packets, segments, application }
    }

    /// Otherwise a person who compares a table of `extract` with a report finds other names, or one figure under another's name.
    #[test]
    fn the_report_and_the_tables_call_each_fact_of_a_capture_the_same() {
        let facts = facts();
        let report = serde_json::to_value(model::CaptureFacts::from(&facts)).unwrap();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(numbers) => {
                numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        let report = report.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), text(value)));
        let mut tables: Vec<(&str, String)> = facts.by_name().into_iter().collect();
        let mut report: Vec<(&str, String)> = report.collect();
        tables.sort();
        report.sort();
        assert_eq!(report, tables);
    }
}
