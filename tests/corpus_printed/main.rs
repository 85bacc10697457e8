//! Everything that is printed of captures, logs and HAR files that other projects made (`RAYSCOPE_CORPUS`, not part of this repository), each
//! given alone: what a foreign file shows is told without contradiction, and what it cannot show is not claimed.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rayscope::compose::{Redaction, report};
use rayscope::diagnose::diagnose;
use rayscope::evidence::InputKind;
use support::corpus::corpus;
use support::extraction::{extracted, incident};
use support::printed::broken_laws;

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the corpus") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, into),
            false => into.push(path),
        }
    }
}

#[test]
fn foreign_files_are_told_without_contradiction() {
    let Some(root) = corpus("what is printed of foreign files") else { return };
    let mut all = Vec::new();
    ["pcap", "logs", "har"].into_iter().for_each(|folder| files(&root.join(folder), &mut all));
    all.sort();
    let of_one = |path: &PathBuf| {
        let partial = extracted(path);
        let is_evidence = |kind| !matches!(kind, InputKind::Ignored | InputKind::KeyLog);
        // Of nothing usable there is no report.
        if !partial.inputs.values().any(|input| is_evidence(input.kind)) {
            return Vec::new();
        }
        let report = report(&diagnose(incident(partial)), Redaction::On);
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        broken_laws(&report).into_iter().map(|law| format!("{name}: {law}")).collect()
    };
    let broken: Vec<String> = all.par_iter().flat_map_iter(of_one).collect();
    assert!(broken.is_empty(), "{} in {} files:\n{}", broken.len(), all.len(), broken.join("\n"));
}
