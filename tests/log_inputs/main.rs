//! What is taken from each kind of input that an incident leaves behind: a table of inputs, each read alone and beside an edge's log of
//! five failures. `*.toml` beside this file hold them; `table.rs` says what their fields mean.
//!
//! If this breaks, a person points rayscope at a log and it says nothing of what stands there, without a word.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod beside_others;
mod fields;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use rayscope::compose::{self, Redaction};
use rayscope::diagnose::diagnose;
use rayscope::evidence::Partial;
use rayscope::report::model::{Report, ReportText};
use support::extraction::{extracted, incident};
use table::{Input, Row, inputs};

/// The edge's log: five failing requests and twenty that went well.
const EDGE_LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/log_inputs/edge.ndjson");

/// What differs from what the table says.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn hold<T: PartialEq + Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.0.push(format!("  {what}: {found:?}, not {expected:?}"));
        }
    }
}

#[test]
fn every_input_gives_what_it_holds_alone_and_beside_the_edges_log() {
    let mut differing = Vec::new();
    let mut count = 0usize;
    for input in inputs() {
        count += 1;
        let mut differences = Differences::default();
        let folder = tempfile::tempdir().unwrap();
        alone(&input, folder.path(), &mut differences);
        rows(&input, &mut differences);
        beside(&input, folder.path(), &mut differences);
        if !differences.0.is_empty() {
            differing.push(format!("{} ({})\n{}", input.name, input.source, differences.0.join("\n")));
        }
    }
    assert!(differing.is_empty(), "{} of {count} inputs differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn no_two_inputs_have_one_name() {
    let mut names: Vec<String> = inputs().into_iter().map(|input| input.name).collect();
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

fn report(path: &Path) -> (Partial, Report) {
    let partial = extracted(path);
    let report = compose::report(&diagnose(incident(partial.clone())), Redaction::Off);
    (partial, report)
}

fn alone(input: &Input, folder: &Path, differences: &mut Differences) {
    let path = folder.join(input.file_name());
    fs::write(&path, &input.text).unwrap();
    let (partial, report) = report(&path);
    let found = &report.inputs[0];
    let kind = serde_json::to_value(found.kind).unwrap();
    differences.hold("kind", kind.as_str().unwrap(), &input.kind);
    differences.hold("format", found.format.as_deref().unwrap_or_default(), &input.format);
    differences.hold("records", found.records, input.records);
    differences.hold("skipped", found.skipped, input.skipped);
    if found.lines.is_some() {
        differences.hold("with_time", found.with_time, Some(input.timed()));
        differences.hold("with_status", found.with_status, Some(input.with_status()));
        differences.hold("with_ray", found.with_ray, Some(input.with_ray));
    }
    differences.hold("failed alone", report.totals.failed_requests, input.failed);
    for row in input.row.iter().filter(|_| found.lines.is_none()) {
        document_row(row, &partial, differences);
    }
    // A fault that nobody named is a claim that nobody checked.
    let faults = input.row.iter().filter(|row| found.lines.is_none() && row.fields.contains_key("signature"));
    differences.hold("faults", partial.states.len(), faults.count());
}

/// Holds the fields of single rows of a log.
fn rows(input: &Input, differences: &mut Differences) {
    let found = fields::of_log(input.text.as_bytes());
    for row in input.row.iter().filter(|_| !found.is_empty()) {
        let Some(fields) = found.get(row.record.saturating_sub(1)) else {
            differences.0.push(format!("  row {}: there is none", row.record));
            continue;
        };
        for (name, expected) in &row.fields {
            let value = fields.get(name.as_str()).map_or("-", String::as_str);
            differences.hold(&format!("row {}, {name}", row.record), value, expected);
        }
    }
}

/// Holds the fields of a row of what is taken as a whole: a setting, a fault of a state (with `signature`), or an event (with `time`).
fn document_row(row: &Row, partial: &Partial, differences: &mut Differences) {
    let index = row.record.saturating_sub(1);
    let found = if row.fields.contains_key("signature") {
        partial.states.get(index).map(fields::of_state)
    } else if row.fields.contains_key("time") {
        partial.events.get(index).map(fields::of_event)
    } else {
        partial.settings.get(index).map(fields::of_setting)
    };
    let Some(found) = found else {
        differences.0.push(format!("  row {}: there is none", row.record));
        return;
    };
    for (name, expected) in &row.fields {
        let value = found.get(name.as_str()).map_or("-", String::as_str);
        differences.hold(&format!("row {}, {name}", row.record), value, expected);
    }
}

fn beside(input: &Input, folder: &Path, differences: &mut Differences) {
    let both = folder.join("both");
    fs::create_dir_all(both.join("cloudflare")).unwrap();
    fs::create_dir_all(both.join("origin")).unwrap();
    fs::copy(EDGE_LOG, both.join("cloudflare/edge.ndjson")).unwrap();
    fs::write(both.join("origin").join(input.file_name()), &input.text).unwrap();
    let (_, report) = report(&both);
    differences.hold("failed beside the edge's log", report.totals.failed_requests, input.failed_beside);
    let is_five =
        |ray: &Option<ReportText>| ray.as_deref().is_some_and(|ray| ray.starts_with("9c1f00aa12bc34d"));
    let joined = report.cases.iter().filter(|case| is_five(&case.ray) && case.joined.len() > 1).count();
    differences.hold("joined", joined as u64, input.joined);
}
