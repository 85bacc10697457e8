//! The totals, the window of time, and how much of the incident the evidence shows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::values::moment;
use super::{estimate, undecided, vantage};
use crate::correlate::coverage::edge_seen;
use crate::correlate::{Case, CountedIn, Incident, RepeatedRecords};
use crate::diagnose::Diagnosis;
use crate::evidence::row::MOST_EXCHANGES;
use crate::evidence::tally::PassedBy;
use crate::evidence::{InputKind, Protocol};
use crate::facts::ranges::is_internal;
use crate::report::model::{Coverage, RayTotals, Share, StatusTable, Totals, Window};
use crate::report::redaction::{Redactor, ReportText};
use crate::report::text::counted;
use crate::text::words::thousands;

/// The time from the first to the last request and packet of all inputs, by the reference clock, within the limits of the filter. Only where
/// no input has these, messages tell it: a kernel's log begins with the machine.
pub fn window(incident: &Incident) -> Window {
    const REQUESTS: [InputKind; 4] =
        [InputKind::EdgeLog, InputKind::Capture, InputKind::AccessLog, InputKind::Har];
    const MESSAGES: [InputKind; 2] = [InputKind::ErrorLog, InputKind::SystemLog];
    let filter = &incident.filter;
    let (first, last) = incident.reach(&REQUESTS).or_else(|| incident.reach(&MESSAGES)).unzip();
    let first = first.map(|first| filter.since.map_or(first, |since| since.max(first)));
    let last = last.map(|last| filter.until.map_or(last, |until| until.min(last)));
    // The filter may have left no time at all.
    match first.zip(last).filter(|(first, last)| first <= last) {
        Some((first, last)) => Window { first: Some(moment(first)), last: Some(moment(last)) },
        None => Window::default(),
    }
}

/// Hosts of the failing requests, or, where nothing failed, of the healthy ones, sorted by name.
pub fn hosts(incident: &Incident) -> Vec<&str> {
    const SHOWN: usize = 20;
    let evidence = &incident.evidence;
    let mut hosts: BTreeSet<&str> = incident.cases.iter().filter_map(|case| case.host(evidence)).collect();
    if hosts.is_empty() {
        hosts.extend(evidence.samples.on_the_way().filter_map(|request| request.host.as_deref()));
    }
    hosts.into_iter().take(SHOWN).collect()
}

/// How many of these cases are requests, and how many are connections to which none could be tied.
pub fn requests_and_connections<'c>(
    cases: impl Iterator<Item = &'c Case>,
    incident: &Incident,
) -> (u64, u64) {
    cases.fold((0, 0), |(requests, connections), case| match case.is_connection_only(&incident.evidence) {
        true => (requests, connections + 1),
        false => (requests + 1, connections),
    })
}

/// The counts of the report.
pub fn totals(diagnosis: &Diagnosis) -> Totals {
    let incident = &diagnosis.incident;
    let (judged, failed_connections) = requests_and_connections(incident.cases.iter(), incident);
    let failed_requests = judged.saturating_add(incident.unjudged.requests());
    // Where a source saw fewer requests than failed, it did not see them all.
    let requests = incident.requests().max(failed_requests);
    let failures = incident.counted.failures();
    let all_failures = failures.saturating_add(incident.unjudged.all());
    let connections = incident.evidence.tallies.connections;
    let statuses = StatusTable { edge: all_edge_statuses(incident), origin: origin_statuses(incident) };
    Totals {
        population: incident.counted.unit.into(),
        failures,
        requests,
        failed_requests,
        unjudged_failures: Some(incident.unjudged.all()).filter(|count| *count > 0),
        failed_connections: failed_connections.saturating_add(incident.unjudged.connections),
        connections,
        failure_rate: match incident.counted.unit {
            CountedIn::Requests => Share::of(all_failures, requests),
            CountedIn::Connections => Share::of(all_failures, connections),
        },
        client_aborts: incident.passed_over.client_aborts,
        healed_attempts: incident.passed_over.healed_attempts,
        unmatched_origin_failures: Some(incident.passed_over.unmatched_lines).filter(|count| *count > 0),
        edge_statuses: edge_statuses(incident),
        origin_statuses: statuses.origin.clone(),
        statuses,
        rays: rays(incident),
        estimated: estimate::estimated(incident),
    }
}

/// Counts by the status in words; `none` stands for no status.
fn words(counts: BTreeMap<u16, u64>) -> BTreeMap<ReportText, u64> {
    let word = |status| if status == 0 { "none".into() } else { ReportText::from(status) };
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(status, count)| (word(status), count)).collect()
}

/// Failed requests by the status that the visitor got.
fn edge_statuses(incident: &Incident) -> BTreeMap<ReportText, u64> {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for status in incident.cases.iter().filter_map(|case| case.edge_status(&incident.evidence)) {
        *counts.entry(status).or_default() += 1;
    }
    words(counts)
}

/// The statuses that visitors got, healthy requests among them: from the edge's log, else from the browsers.
fn all_edge_statuses(incident: &Incident) -> BTreeMap<ReportText, u64> {
    let mut counts = incident.request_counts().by_status(InputKind::EdgeLog);
    if counts.is_empty() {
        counts = incident.request_counts().by_status(InputKind::Har);
    }
    words(counts)
}

/// The statuses that the origin sent: from the edge's log, else from the captures, else from the origin's own log.
fn origin_statuses(incident: &Incident) -> BTreeMap<ReportText, u64> {
    let mut counts = incident.request_counts().by_origin_status();
    for kind in [InputKind::Capture, InputKind::AccessLog] {
        if counts.is_empty() {
            counts = incident.request_counts().by_status(kind);
        }
    }
    words(counts)
}

/// How many rays were seen, healthy requests among them: by the kind of source that shows most of them.
fn rays_seen(incident: &Incident) -> u64 {
    let of_kind = |kind: InputKind| -> u64 {
        let inputs = incident.evidence.inputs.values().filter(|input| input.kind == kind);
        inputs.filter_map(|input| input.lines).map(|counts| counts.with_ray).sum()
    };
    let browsers = incident.evidence.har.iter().filter(|row| row.entry.ray.is_some()).count() as u64;
    of_kind(InputKind::EdgeLog).max(of_kind(InputKind::AccessLog)).max(browsers)
}

/// How many rays were seen, and in which sources those of failing requests were found.
fn rays(incident: &Incident) -> RayTotals {
    let with_ray: Vec<&Case> = incident.cases.iter().filter(|case| case.ray.is_some()).collect();
    let count = |joined: &dyn Fn(&Case) -> bool| with_ray.iter().filter(|case| joined(case)).count() as u64;
    RayTotals {
        seen: rays_seen(incident).max(with_ray.len() as u64),
        joined_capture: count(&|case| !case.attempts.is_empty()),
        joined_origin_log: count(&|case| !case.access.is_empty()),
        joined_edge_log: count(&|case| case.edge.is_some()),
        joined_har: count(&|case| case.har.is_some()),
    }
}

/// How much of the incident the evidence shows.
pub fn coverage(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Coverage {
    let incident = &diagnosis.incident;
    let failures = incident.counted.failures();
    let counted = incident.cases.iter().enumerate().filter(|(index, _)| incident.counted.holds(*index));
    let captured = counted.filter(|(_, case)| !case.attempts.is_empty()).count() as u64;
    let has_capture =
        incident.evidence.inputs.values().any(|input| input.kind == InputKind::Capture && input.records > 0);
    let tallies = &incident.evidence.tallies;
    Coverage {
        captured_share_of_failures: (failures > 0 && has_capture).then(|| Share::of(captured, failures)),
        encrypted_share: (tallies.connections > 0)
            .then(|| Share::of(tallies.encrypted_connections, tallies.connections)),
        packets_lost_by_capture: tallies.packets_lost_by_capture,
        snaplen_cut_packets: tallies.snaplen_cut_packets,
        notes: redactor.texts(notes(diagnosis, has_capture, failures - captured)),
    }
}

/// What could not be seen, and what that means for the result.
fn notes(diagnosis: &Diagnosis, has_capture: bool, not_captured: u64) -> Vec<String> {
    let incident = &diagnosis.incident;
    let mut notes: Vec<String> = population(diagnosis).into_iter().collect();
    if has_capture && !edge_seen(&incident.evidence, &incident.ranges) {
        notes.push(
            "no address of the edge was seen: the servers that spoke HTTP or TLS are taken for the origin, and no confidence exceeds 0.9 \
             (name other edges with --edge-range)"
                .to_owned(),
        );
    }
    if has_capture && not_captured > 0 {
        notes.push(format!("{not_captured} failing requests have no packets in the captures"));
    }
    let not_judged =
        [unjudged, unjudged_on_connections, let_go_requests, let_go_connections, unjudged_requests];
    notes.extend(not_judged.into_iter().filter_map(|told| told(incident)));
    notes.extend(passed_by(incident));
    let encrypted = incident.evidence.connections.iter().filter(|row| row.protocol == Protocol::Tls).count();
    if encrypted > 0 {
        notes.push(format!(
            "{encrypted} of the connections kept are encrypted: requests and responses in them cannot be read"
        ));
    }
    notes.extend(estimate::note(incident));
    notes.extend(repeated_records(incident));
    notes.extend(vantage::notes(incident));
    notes.extend(undecided::notes(incident));
    notes
}

/// What failures are counted in, where that are not requests alone.
fn population(diagnosis: &Diagnosis) -> Option<String> {
    let incident = &diagnosis.incident;
    let (beside, evidence) = (diagnosis.beside.len() as u64, &incident.evidence);
    match incident.counted.unit {
        CountedIn::Connections => {
            let rest = incident.cases.len() as u64 - incident.counted.failures();
            let rest = match rest {
                0 => String::new(),
                rest => format!(
                    "; {} of which no connection was captured are not among them",
                    counted(rest, "request")
                ),
            };
            Some(format!(
                "no record of requests covers these failures, so they are counted in connections, a failed request by its own{rest}"
            ))
        }
        CountedIn::Requests => {
            let all = incident.cases.iter().filter(|case| case.is_connection_only(evidence)).count() as u64;
            (all > 0).then(|| {
                format!(
                    "{} failed to which no request could be tied; they are not counted among the failed requests{}",
                    counted(all, "connection"),
                    if beside == all { ", and no cause is told of them" } else { "" }
                )
            })
        }
    }
}

/// Connections that are like others that are judged, and that are counted alone.
fn unjudged(incident: &Incident) -> Option<String> {
    let beyond = incident.evidence.tallies.over_servers(|server| server.unjudged);
    (beyond > 0).then(|| {
        let told = match incident.counted.unit {
            CountedIn::Connections => "judged, and causes and cases are counted in it",
            CountedIn::Requests => {
                "judged and counted among the failed connections, the others are counted here alone"
            }
        };
        let beyond = counted(beyond, "connection");
        format!("{beyond} more failed before any request: of so many a sample is {told} (give more --memory)")
    })
}

/// Requests on one connection beyond those of it that are judged.
fn unjudged_on_connections(incident: &Incident) -> Option<String> {
    let beyond = incident.evidence.tallies.over_servers(|server| server.unjudged_requests);
    (beyond > 0).then(|| {
        format!(
            "{} more failed or got no answer on connections of which the first {} such are judged: {}",
            counted(beyond, "captured request"),
            thousands(MOST_EXCHANGES as u64),
            where_counted(incident.unjudged.on_connections, beyond)
        )
    })
}

/// Requests on connections that are like others that are judged.
fn let_go_requests(incident: &Incident) -> Option<String> {
    let beyond = incident.evidence.tallies.over_servers(|server| server.let_go_requests);
    (beyond > 0).then(|| {
        format!(
            "{} more failed on so many connections that a sample of these is judged, and causes and cases are counted in it: {} (give more --memory)",
            counted(beyond, "captured request"),
            where_counted(incident.unjudged.of_connections, beyond)
        )
    })
}

/// Connections whose packets do not tell whether a failing request was on them.
fn let_go_connections(incident: &Incident) -> Option<String> {
    let beyond = incident.evidence.tallies.over_servers(|server| server.let_go_connections);
    (beyond > 0).then(|| {
        format!(
            "{} more may have carried a failing request, encrypted or with the URL of one and no ray: of so many a sample is joined with the failing \
             requests, and the others are looked at no further (give more --memory)",
            counted(beyond, "connection")
        )
    })
}

/// Where requests are counted that captures tell of and that are not judged: so many of all, of which no log tells.
fn where_counted(alone: u64, all: u64) -> String {
    match alone {
        0 => "these are among the failures only where a log tells of them".to_owned(),
        alone if alone == all => "these are counted among the failed requests alone".to_owned(),
        some => format!("{} of these are counted, among the failed requests alone", thousands(some)),
    }
}

/// Failing requests of logs that are like others that are judged.
fn unjudged_requests(incident: &Incident) -> Option<String> {
    let in_logs = incident.unjudged.in_logs;
    (in_logs > 0).then(|| {
        format!(
            "some {} more failed by the logs: of so many a sample is judged, drawn by ray, and causes and cases are counted in it; the others are counted \
             among the failed requests alone (give more --memory)",
            counted(in_logs, "request")
        )
    })
}

/// Captured connections in which no failure was looked for, and why.
fn passed_by(incident: &Incident) -> Option<String> {
    const NAMED: usize = 3;
    let mut servers: Vec<(Option<IpAddr>, PassedBy)> =
        incident.evidence.tallies.passed_by.iter().map(|(server, passed_by)| (*server, *passed_by)).collect();
    servers.retain(|(_, passed_by)| passed_by.connections > 0);
    servers.sort_by_key(|(server, passed_by)| (std::cmp::Reverse(passed_by.connections), *server));
    // An address that is neither internal nor that of a judged server may be a person's.
    let judged: BTreeSet<IpAddr> =
        incident.evidence.connections.iter().map(|row| row.connection.server.ip()).collect();
    let may_be_named = |server: IpAddr| is_internal(server) || judged.contains(&server);
    let (mut servers, mut unnamed): (Vec<_>, Vec<_>) =
        servers.into_iter().partition(|(server, _)| server.is_none_or(may_be_named));
    unnamed.extend(servers.drain(NAMED.min(servers.len())..));
    let more = unnamed.len() as u64;
    let connections: u64 = unnamed.iter().map(|(_, passed_by)| passed_by.connections).sum();
    let requests: u64 = unnamed.iter().map(|(_, passed_by)| passed_by.requests).sum();
    let tell = |server: String, PassedBy { connections, requests }: PassedBy| {
        let requests = match requests {
            0 => String::new(),
            requests => format!(" with {}", counted(requests, "request")),
        };
        format!("{} to {server}{requests}", counted(connections, "connection"))
    };
    let name = |server: Option<IpAddr>| {
        server.map_or_else(|| "further servers".to_owned(), |server| server.to_string())
    };
    let mut told: Vec<String> =
        servers.into_iter().map(|(server, passed_by)| tell(name(server), passed_by)).collect();
    if more > 0 {
        let noun = if told.is_empty() { "server" } else { "more server" };
        told.push(tell(counted(more, noun), PassedBy { connections, requests }));
    }
    let why = match edge_seen(&incident.evidence, &incident.ranges) {
        true => "they do not come from the edge's addresses",
        false => "they carry neither HTTP nor TLS, or a server that stands in front opened them",
    };
    let tries = match incident.evidence.behind.is_empty() {
        true => "",
        false => "; the failed tries of a proxy among them are told with its requests",
    };
    (!told.is_empty()).then(|| format!("not judged: {}; {why}{tries}", told.join(", ")))
}

/// Where healthy records of the edge stand in several inputs: the totals count each of them.
fn repeated_records(incident: &Incident) -> Option<String> {
    let found = RepeatedRecords::of(&incident.evidence);
    let names: Vec<&str> =
        found.inputs.iter().filter_map(|id| Some(&*incident.evidence.inputs.get(id)?.name)).collect();
    found.matter().then(|| {
        format!(
            "{} of {} healthy records of the edge that were looked at stand in a second input as well ({}): a failing request is counted once, \
             but `totals.requests` counts records. Give only one of these inputs",
            found.repeated,
            found.sampled,
            names.join(", ")
        )
    })
}
