//! Builds the report's model from a diagnosis: typed values become the words and figures that people and scripts read. Judges
//! nothing. Redaction is the last step, over the whole model.

mod audit;
mod case;
mod cause;
mod figure;
mod ladder;
mod place;
mod redact;
mod story;
mod timeline;
mod totals;
mod vantage;
mod words;

use crate::correlate::Incident;
use crate::diagnose::{Diagnosis, VerdictKind};
use crate::evidence::{Fact, InputId, InputKind, InputSummary};
use crate::ray::Ray;
use crate::report::model::{self, Decimal, Moment, Report, Share};
use crate::time::{SECOND, Time};

/// The story of a request that did not fail, line by line; empty where the ray was not seen.
pub fn sightings(incident: &Incident, ray: Ray, redacted: bool) -> Vec<String> {
    let lines = incident.seen(ray).map_or(Vec::new(), |case| story::story(case, incident));
    if redacted { redact::lines(lines, incident) } else { lines }
}

/// Builds the report; without `redacted` every value stays as it was found, and the report says so.
pub fn report(diagnosis: &Diagnosis, redacted: bool) -> Report {
    let incident = &diagnosis.incident;
    let report = Report {
        redacted,
        profile: profile(incident),
        inputs: incident.inputs.iter().map(|(id, summary)| input(incident, *id, summary)).collect(),
        window: totals::window(incident),
        hosts: totals::hosts(incident),
        verdict: verdict(diagnosis),
        totals: totals::totals(diagnosis),
        causes: cause::causes(diagnosis),
        cases: case::cases(diagnosis),
        cases_omitted: (incident.cases.len() as u64).saturating_sub(model::MAX_CASES as u64),
        unexplained: unexplained(diagnosis),
        header_audit: audit::header_audit(incident),
        thresholds: audit::thresholds(diagnosis),
        timeline: timeline::timeline(diagnosis),
        clocks: clocks(incident),
        coverage: totals::coverage(diagnosis),
        warnings: warnings(incident),
        ..Report::default()
    };
    if redacted { redact::redact(report, incident) } else { report }
}

/// An instant as the report writes it.
fn moment(time: Time) -> Moment {
    Moment::new(time.to_string())
}

/// A probability as the report writes it.
fn share(thousandths: u16) -> Share {
    Share::from_thousandths(thousandths)
}

/// Nanoseconds as seconds.
fn seconds(nanoseconds: i64) -> Decimal {
    Decimal::from_millionths(nanoseconds / 1000)
}

/// A configured figure as the report writes it.
fn decimal(value: f64) -> Decimal {
    Decimal::from_millionths(libm::round(value * 1e6) as i64)
}

fn profile(incident: &Incident) -> model::Profile {
    let profile = &incident.profile;
    let limits = serde_json::to_value(&profile.limits).unwrap_or_default();
    let limits = limits.as_object().into_iter().flatten().map(|(name, value)| {
        (name.clone(), model::Limit::Number(decimal(value.as_f64().unwrap_or_default())))
    });
    model::Profile { name: profile.name.clone(), date: profile.date.clone(), limits: limits.collect() }
}

fn input(incident: &Incident, id: InputId, summary: &InputSummary) -> model::Input {
    let offset = summary.first.map_or(0, |first| incident.clocks.correct(id, first).since(first));
    model::Input {
        path: summary.name.clone(),
        kind: kind(summary.kind),
        format: Some(summary.format.clone()).filter(|format| !format.is_empty()),
        bytes: summary.bytes,
        records: summary.records,
        skipped: summary.skipped,
        first: summary.first.map(moment),
        last: summary.last.map(moment),
        clock_offset_s: seconds(offset),
        sample_interval: 1,
        vantage: vantage(summary.kind).map(str::to_owned),
        warnings: summary.warnings.clone(),
        counted_by: vantage::counted_by(incident, id),
        facts: (summary.kind == InputKind::Capture).then(|| facts(summary)),
    }
}

fn kind(kind: InputKind) -> model::InputKind {
    match kind {
        InputKind::Capture => model::InputKind::Capture,
        InputKind::AccessLog => model::InputKind::AccessLog,
        InputKind::ErrorLog => model::InputKind::ErrorLog,
        InputKind::SystemLog => model::InputKind::SystemLog,
        InputKind::EdgeLog => model::InputKind::EdgeLog,
        InputKind::Har => model::InputKind::Har,
        InputKind::Config => model::InputKind::Config,
        InputKind::Ignored => model::InputKind::Ignored,
    }
}

fn vantage(kind: InputKind) -> Option<&'static str> {
    match kind {
        InputKind::Capture | InputKind::AccessLog | InputKind::ErrorLog | InputKind::SystemLog => {
            Some("origin")
        }
        InputKind::EdgeLog => Some("edge"),
        InputKind::Har => Some("client"),
        InputKind::Config | InputKind::Ignored => None,
    }
}

fn facts(summary: &InputSummary) -> model::CaptureFacts {
    let count = |name: &str| match summary.facts.get(name) {
        Some(Fact::Count(count)) => *count,
        _ => 0,
    };
    let time = |name: &str| match summary.facts.get(name) {
        Some(Fact::Time(time)) => Some(moment(*time)),
        _ => None,
    };
    let link_types = match summary.facts.get("link_types") {
        Some(Fact::Numbers(numbers)) => numbers.clone(),
        _ => Vec::new(),
    };
    model::CaptureFacts {
        packets: count("packets"),
        bytes: count("bytes"),
        captured_bytes: count("captured_bytes"),
        first: time("first"),
        last: time("last"),
        link_types,
        ipv4_packets: count("ipv4_packets"),
        ipv6_packets: count("ipv6_packets"),
        ip_fragments: count("ip_fragments"),
        tcp_packets: count("tcp_packets"),
        syn: count("syn"),
        syn_ack: count("syn_ack"),
        fin: count("fin"),
        rst: count("rst"),
        tcp_payload_bytes: count("tcp_payload_bytes"),
        tcp_streams: count("tcp_streams"),
        retransmissions: count("retransmissions"),
        fast_retransmissions: count("fast_retransmissions"),
        spurious_retransmissions: count("spurious_retransmissions"),
        out_of_order: count("out_of_order"),
        duplicate_acks: count("duplicate_acks"),
        zero_windows: count("zero_windows"),
        full_windows: count("full_windows"),
        lost_segments: count("lost_segments"),
        keep_alives: count("keep_alives"),
        copies: count("copies"),
        http1_requests: count("http1_requests"),
        http1_responses: count("http1_responses"),
        http2_streams: count("http2_streams"),
        tls_client_hellos: count("tls_client_hellos"),
        tls_server_hellos: count("tls_server_hellos"),
        tls_alerts: count("tls_alerts"),
        tls_certificates: count("tls_certificates"),
        icmp_unreachable: count("icmp_unreachable"),
    }
}

fn verdict(diagnosis: &Diagnosis) -> model::Verdict {
    let kind = match diagnosis.verdict.kind {
        VerdictKind::Act(who) => who.into(),
        VerdictKind::Healthy => model::VerdictKind::Healthy,
        VerdictKind::Inconclusive => model::VerdictKind::Inconclusive,
    };
    model::Verdict {
        kind,
        headline: cause::headline(diagnosis),
        confidence: share(diagnosis.verdict.confidence),
    }
}

fn unexplained(diagnosis: &Diagnosis) -> model::Unexplained {
    model::Unexplained {
        requests: diagnosis.unexplained.cases.len() as u64,
        why: diagnosis.unexplained.why.clone(),
        collect_next: diagnosis.unexplained.collect_next.clone(),
    }
}

fn clocks(incident: &Incident) -> Vec<model::Clock> {
    let clock = |(name, offset): (&str, &crate::correlate::clock::Offset)| model::Clock {
        a: offset.reference.clone(),
        b: name.to_owned(),
        offset_s: seconds(offset.nanoseconds),
        spread_s: seconds(offset.spread),
        pairs: offset.pairs,
    };
    incident.clocks.offsets().map(clock).collect()
}

/// A zone that was found is worth a word; what is wrong with single inputs stands beside them.
fn warnings(incident: &Incident) -> Vec<String> {
    let mut warnings = Vec::new();
    for (&id, summary) in &incident.inputs {
        let zone = incident.clocks.zone(id);
        if zone != 0 {
            let hours = Decimal::ratio(-zone, 3600 * SECOND).unwrap_or_default();
            warnings.push(format!(
                "{}: its lines carry no time zone; read as UTC{hours:+}, by the requests they name",
                summary.name
            ));
        }
        // A note for people among the evidence is nothing to be warned about; it is listed with the inputs.
        if summary.kind == InputKind::Ignored && summary.format == "text" {
            continue;
        }
        warnings.extend(summary.warnings.iter().map(|warning| format!("{}: {warning}", summary.name)));
    }
    warnings
}
