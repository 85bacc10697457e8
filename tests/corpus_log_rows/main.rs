//! What is read of each log of the corpus (`RAYSCOPE_CORPUS`, not part of this repository): lines.tsv beside this file has a row for each,
//! with the reason where a line is passed over or the file is not read.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayscope::evidence::{InputSummary, LineCounts};
use support::corpus::corpus;
use support::extraction::extracted;

const LINES: &str = include_str!("lines.tsv");

/// If this breaks, lines of somebody's log are passed over without a word, or read as what they are not.
#[test]
fn every_log_gives_the_rows_that_its_lines_hold() {
    let Some(root) = corpus("rows of logs") else { return };
    let expected: BTreeMap<&str, &str> =
        LINES.lines().skip(1).filter_map(|line| line.split_once('\t')).collect();
    let mut differing = Vec::new();
    let mut seen = 0;
    for path in files(&root.join("logs")) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let found = extracted(&path).inputs.values().next().map(facts).unwrap();
        // The last column is for people.
        let wanted = expected.get(name).and_then(|row| row.rsplit_once('\t')).map(|(facts, _)| facts);
        if wanted != Some(found.as_str()) {
            differing.push(format!("{name}\t{found}\n  expected: {}", wanted.unwrap_or("no row")));
        }
        seen += 1;
    }
    assert!(differing.is_empty(), "{} of {seen} logs:\n{}", differing.len(), differing.join("\n"));
    assert_eq!(seen, expected.len(), "rows of files that the corpus does not have");
}

/// Kind, format, rows, lines lost, rows with a time, with a status.
fn facts(input: &InputSummary) -> String {
    let LineCounts { with_time, with_status, .. } = input.lines.unwrap_or_default();
    let kind = format!("{:?}", input.kind);
    format!("{kind}\t{}\t{}\t{}\t{with_time}\t{with_status}", input.format, input.records, input.skipped)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
