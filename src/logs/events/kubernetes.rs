//! `kubectl get events`: <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_events/>. As JSON its events have instants; as a table
//! they have ages, counted back from a moment that the file does not tell, so they are counted and not placed in time.

use serde::Deserialize;

use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::EventLine;
use crate::time::Time;

/// Whether it is the table.
pub fn fits_table(head: &str) -> bool {
    let Some((_, first)) = telling_lines(head).next() else { return false };
    let columns: Vec<&str> = first.split_whitespace().collect();
    let at = usize::from(columns.first() == Some(&"NAMESPACE"));
    columns.get(at..).is_some_and(|rest| rest.starts_with(&["LAST", "SEEN", "TYPE", "REASON", "OBJECT"]))
}

/// Counts the rows of the table.
pub fn read_table(text: &str) -> DocumentContent {
    let note = "its ages count back from a moment that the file does not tell: `kubectl get events -o json` has instants";
    let records = telling_lines(text).skip(1).count() as u64;
    DocumentContent { records, notes: vec![note.to_owned()], ..DocumentContent::default() }
}

/// Whether it is a list of events as JSON.
pub fn fits_json(head: &str) -> bool {
    head.trim_start().starts_with('{') && head.contains("\"involvedObject\"") && head.contains("\"reason\"")
}

#[derive(Deserialize)]
struct EventList {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Item {
    first_timestamp: Option<String>,
    last_timestamp: Option<String>,
    event_time: Option<String>,
    reason: String,
    message: String,
    involved_object: InvolvedObject,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InvolvedObject {
    kind: String,
    name: String,
}

/// Reads a list as JSON, or a single event.
pub fn read_json(text: &str) -> DocumentContent {
    let list = serde_json::from_str::<EventList>(text).map(|list| list.items).unwrap_or_default();
    let items = if list.is_empty() { serde_json::from_str::<Item>(text).into_iter().collect() } else { list };
    let mut document = DocumentContent { records: items.len() as u64, ..DocumentContent::default() };
    let mut line = 1u64;
    let mut rest = text;
    for item in &items {
        // The line on which the object stands that the event is about, in the order of the file.
        if let Some((before, after)) = rest.split_once("\"involvedObject\"") {
            line += before.matches('\n').count() as u64;
            rest = after;
        }
        let times = [&item.last_timestamp, &item.event_time, &item.first_timestamp];
        let time = times.into_iter().flatten().find_map(|time| Time::parse_rfc3339(time));
        let InvolvedObject { kind, name } = &item.involved_object;
        let text = format!("{} {kind}/{name}: {}", item.reason, item.message);
        document.events.extend(time.map(|time| EventLine::new(line, time, "kubernetes", &text)));
    }
    document
}
