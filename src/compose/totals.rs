//! The totals, the window of time, and how much of the incident the evidence shows.

use std::collections::{BTreeMap, BTreeSet};

use super::values::moment;
use super::{estimate, vantage};
use crate::correlate::coverage::edge_seen;
use crate::correlate::{Case, Incident, Join, RepeatedRecords};
use crate::diagnose::Diagnosis;
use crate::evidence::{InputKind, Protocol};
use crate::report::model::{Coverage, RayTotals, Share, Totals, Window};
use crate::time::Time;

/// The time from the first to the last event of all inputs, by the reference clock, within the limits of the filter.
pub fn window(incident: &Incident) -> Window {
    let filter = &incident.filter;
    let spans = incident.evidence.inputs.iter().filter_map(|(&id, input)| {
        Some((incident.clocks.correct(id, input.first?), incident.clocks.correct(id, input.last?)))
    });
    let (first, last) =
        spans.fold((None, None), |(first, last): (Option<Time>, Option<Time>), (from, to)| {
            (Some(first.map_or(from, |first| first.min(from))), Some(last.map_or(to, |last| last.max(to))))
        });
    let first = first.map(|first| filter.since.map_or(first, |since| since.max(first)));
    let last = last.map(|last| filter.until.map_or(last, |until| until.min(last)));
    // The filter may have left no time at all.
    match first.zip(last).filter(|(first, last)| first <= last) {
        Some((first, last)) => Window { first: Some(moment(first)), last: Some(moment(last)) },
        None => Window::default(),
    }
}

/// Hosts of the failing requests, or, where nothing failed, of the healthy ones, sorted by name.
pub fn hosts(incident: &Incident) -> Vec<String> {
    use crate::evidence::sample::Seen;
    const SHOWN: usize = 20;
    let evidence = &incident.evidence;
    let mut hosts: BTreeSet<&str> = incident.cases.iter().filter_map(|case| case.host(evidence)).collect();
    if hosts.is_empty() {
        let seen =
            [Seen::Edge, Seen::Capture, Seen::Access].into_iter().flat_map(|seen| evidence.samples.of(seen));
        hosts.extend(seen.filter_map(|request| request.host.as_deref()));
    }
    hosts.into_iter().take(SHOWN).map(str::to_owned).collect()
}

/// The counts of the report.
pub fn totals(diagnosis: &Diagnosis) -> Totals {
    let incident = &diagnosis.incident;
    let failed_connections =
        incident.cases.iter().filter(|case| case.is_connection_only(&incident.evidence)).count() as u64;
    let failed_requests = incident.cases.len() as u64 - failed_connections;
    // Where a source saw fewer requests than failed, it did not see them all.
    let requests = incident.requests().max(failed_requests);
    Totals {
        requests,
        failed_requests,
        failed_connections,
        failure_rate: Share::of(failed_requests, requests),
        client_aborts: incident.passed_over.client_aborts,
        healed_attempts: incident.passed_over.healed_attempts,
        unmatched_origin_failures: Some(incident.passed_over.unmatched_lines).filter(|count| *count > 0),
        edge_statuses: edge_statuses(incident),
        origin_statuses: origin_statuses(incident),
        rays: rays(incident),
        estimated: estimate::estimated(incident),
    }
}

/// Counts by the status in words; `none` stands for no status.
fn words(counts: BTreeMap<u16, u64>) -> BTreeMap<String, u64> {
    let word = |status| if status == 0 { "none".to_owned() } else { format!("{status}") };
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(status, count)| (word(status), count)).collect()
}

/// Failed requests by the status that the visitor got.
fn edge_statuses(incident: &Incident) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for status in incident.cases.iter().filter_map(|case| case.edge_status(&incident.evidence)) {
        *counts.entry(status).or_default() += 1;
    }
    words(counts)
}

/// The statuses that the origin sent: from the edge's log, else from the captures, else from the origin's own log.
fn origin_statuses(incident: &Incident) -> BTreeMap<String, u64> {
    let mut counts = incident.request_counts().by_origin_status();
    for kind in [InputKind::Capture, InputKind::AccessLog] {
        if counts.is_empty() {
            counts = incident.request_counts().by_status(kind);
        }
    }
    words(counts)
}

/// How many failing requests have a ray, and in which sources it was found.
fn rays(incident: &Incident) -> RayTotals {
    let with_ray: Vec<&Case> = incident.cases.iter().filter(|case| case.ray.is_some()).collect();
    let count = |joined: &dyn Fn(&Case) -> bool| with_ray.iter().filter(|case| joined(case)).count() as u64;
    RayTotals {
        seen: with_ray.len() as u64,
        joined_capture: count(&|case| !case.attempts.is_empty()),
        joined_origin_log: count(&|case| !case.access.is_empty()),
        joined_edge_log: count(&|case| case.edge.is_some()),
        joined_har: count(&|case| case.har.is_some()),
    }
}

/// How much of the incident the evidence shows.
pub fn coverage(diagnosis: &Diagnosis) -> Coverage {
    let incident = &diagnosis.incident;
    let cases = incident.cases.len() as u64;
    let captured = incident.cases.iter().filter(|case| !case.attempts.is_empty()).count() as u64;
    let has_capture =
        incident.evidence.inputs.values().any(|input| input.kind == InputKind::Capture && input.records > 0);
    let tallies = &incident.evidence.tallies;
    Coverage {
        captured_share_of_failures: (cases > 0 && has_capture).then(|| Share::of(captured, cases)),
        encrypted_share: (tallies.connections > 0)
            .then(|| Share::of(tallies.encrypted_connections, tallies.connections)),
        packets_lost_by_capture: tallies.packets_lost_by_capture,
        snaplen_cut_packets: tallies.snaplen_cut_packets,
        notes: notes(incident, has_capture, cases - captured),
    }
}

/// What could not be seen, and what that means for the result.
fn notes(incident: &Incident, has_capture: bool, not_captured: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if has_capture && !edge_seen(&incident.evidence, &incident.ranges) {
        notes.push(
            "no address of the edge was seen: the side that accepts most connections is taken for the origin, and no confidence \
             exceeds 0.9 (name other edges with --edge-range)"
                .to_owned(),
        );
    }
    if has_capture && not_captured > 0 {
        notes.push(format!("{not_captured} failing requests have no packets in the captures"));
    }
    let encrypted = incident.evidence.connections.iter().filter(|row| row.protocol == Protocol::Tls).count();
    if encrypted > 0 {
        notes.push(format!(
            "{encrypted} of the connections kept are encrypted: requests and responses in them cannot be read"
        ));
    }
    notes.extend(estimate::note(incident));
    notes.extend(repeated_records(incident));
    notes.extend(vantage::notes(incident));
    let by_time = incident.cases.iter().filter(|case| case.join > Join::Ray).count();
    if by_time > 0 {
        notes.push(format!("{by_time} failing requests were joined by addresses or time, not by ray"));
    }
    let passed_over = incident.passed_over;
    if passed_over.unmatched_lines > 0 {
        notes.push(format!(
            "{} failures in the origin's logs belong to no failing request of the edge's log for certain, although it covers their \
             time; they are not counted as further failures",
            passed_over.unmatched_lines
        ));
    }
    if passed_over.undecided > 0 {
        notes.push(format!(
            "{} failing requests may have left a line of the origin's logs that another request may have left as well; they were \
             given none",
            passed_over.undecided
        ));
    }
    if passed_over.undecided_messages > 0 {
        notes.push(format!(
            "{} messages of the origin's logs may be about several requests; they were joined to none",
            passed_over.undecided_messages
        ));
    }
    let beyond: u64 = incident.evidence.competing_beyond.values().sum();
    if beyond > 0 {
        notes.push(format!(
            "{beyond} healthy requests that ask the same as failing ones near them were beyond what is kept: lines without a ray, and \
             messages, may be joined to the wrong one"
        ));
    }
    notes
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
