//! The index for a terminal, and as Markdown.

use super::index::{Incidents, IndexedIncident, Recurrence};
use super::words::{amount, cell, columns, minute, per_cent, rate, told};
use crate::report::text::counted;
use crate::text::words::thousands;

/// For a terminal: a line an incident.
pub fn listed_as_text(index: &Incidents) -> String {
    let mut text = format!("{}\n\n", title(index));
    let head = ["when", "host", "acts", "first cause", "failed", "share", "report"].map(str::to_owned);
    let rows: Vec<Vec<String>> =
        std::iter::once(head.to_vec()).chain(index.incidents.iter().map(row)).collect();
    text.push_str(&columns(&rows));
    if !index.again.is_empty() {
        text.push_str("\nagain\n");
        let rows: Vec<Vec<String>> = index.again.iter().map(again).collect();
        text.push_str(&columns(&rows));
    }
    for why in &index.passed_over {
        text.push_str(&format!("passed over: {}\n", told(why)));
    }
    text
}

/// As Markdown, for a ticket or a wiki.
pub fn listed_as_markdown(index: &Incidents) -> String {
    let mut text = format!("# {}\n\n", title(index));
    text.push_str(
        "| when | host | acts | first cause | failed | share | report |\n|---|---|---|---|---:|---|---|\n",
    );
    for incident in &index.incidents {
        let cells: Vec<String> = row(incident).iter().map(|text| cell(text)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    if !index.again.is_empty() {
        text.push_str("\n## Again\n\n| cause | incidents | failed | latest |\n|---|---:|---:|---|\n");
        for cause in &index.again {
            let (name, failures) = (cell(&cause.cause), thousands(cause.failures));
            let latest = minute(cause.latest.as_deref());
            text.push_str(&format!("| {name} | {} | {failures} | {latest} |\n", cause.incidents));
        }
    }
    if !index.passed_over.is_empty() {
        text.push_str("\n## Passed over\n\n");
        text.extend(index.passed_over.iter().map(|why| format!("- {}\n", cell(why))));
    }
    text
}

/// `12 incidents, 2026-11-02 to 2026-11-19`.
pub(super) fn title(index: &Incidents) -> String {
    let days = || index.incidents.iter().filter_map(|incident| incident.first.as_deref()?.get(..10));
    let title = counted(index.incidents.len() as u64, "incident");
    match (days().min(), days().max()) {
        (Some(first), Some(last)) if first != last => format!("{title}, {} to {}", told(first), told(last)),
        (Some(day), _) => format!("{title}, {}", told(day)),
        _ => title,
    }
}

/// The host, and how many more there are.
pub(super) fn hosts(incident: &IndexedIncident) -> String {
    match incident.hosts.as_slice() {
        [] => "-".to_owned(),
        [host] => told(host),
        [host, others @ ..] => format!("{} +{}", told(host), others.len()),
    }
}

/// The first cause, and how many follow.
pub(super) fn cause(incident: &IndexedIncident) -> String {
    match (incident.cause.as_str(), incident.further_causes) {
        ("", _) => "-".to_owned(),
        (cause, 0) => told(cause),
        (cause, more) => format!("{} +{more}", told(cause)),
    }
}

/// How much failed; connections are said to be some.
pub(super) fn failed(incident: &IndexedIncident) -> String {
    let unit = if incident.noun == "connection" { " connections" } else { "" };
    format!("{}{unit}", amount(&incident.failed))
}

fn row(incident: &IndexedIncident) -> Vec<String> {
    let share = match incident.failed.failures {
        0 => rate(&incident.failed),
        _ => per_cent(incident.failed.rate),
    };
    vec![
        minute(incident.first.as_deref()),
        hosts(incident),
        told(&incident.verdict),
        cause(incident),
        failed(incident),
        share,
        told(&incident.folder),
    ]
}

fn again(cause: &Recurrence) -> Vec<String> {
    vec![
        format!("  {}", told(&cause.cause)),
        counted(cause.incidents as u64, "incident"),
        format!("{} failed", thousands(cause.failures)),
        format!("latest {}", minute(cause.latest.as_deref())),
    ]
}
