//! Everything that is printed, over all recorded and drawn incidents: counts that add up, verdicts that the evidence carries, one clock, ladders
//! that keep to causality. If this breaks, a person acts on a figure or a sentence that is wrong.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rayscope::compose::{Redaction, report};
use rayscope::diagnose::diagnose;
use support::extraction::{extracted, incident};
use support::printed::broken_laws;
use support::recorded;

/// The laws that the reports of these incidents break.
fn broken(incidents: &[(String, PathBuf)]) -> Vec<String> {
    let of_one = |(name, evidence): &(String, PathBuf)| {
        let report = report(&diagnose(incident(extracted(evidence))), Redaction::On);
        broken_laws(&report).into_iter().map(|law| format!("{name}: {law}")).collect::<Vec<_>>()
    };
    incidents.par_iter().flat_map_iter(of_one).collect()
}

fn named(recorded: &recorded::Recorded) -> Vec<(String, PathBuf)> {
    recorded.incidents.iter().map(|incident| (incident.name.clone(), incident.evidence())).collect()
}

#[test]
fn recorded_incidents_are_told_without_contradiction() {
    let recorded = recorded::incidents(&[]);
    let broken = broken(&named(&recorded));
    assert!(
        broken.is_empty(),
        "{} of {} incidents:\n{}",
        broken.len(),
        recorded.incidents.len(),
        broken.join("\n")
    );
}

#[test]
fn drawn_incidents_are_told_without_contradiction() {
    let recorded = recorded::drawn();
    let broken = broken(&named(&recorded));
    assert!(
        broken.is_empty(),
        "{} of {} incidents:\n{}",
        broken.len(),
        recorded.incidents.len(),
        broken.join("\n")
    );
}

/// Made by others, and no part of the repository.
#[test]
fn incidents_of_others_are_told_without_contradiction() {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lab-others");
    let folder =
        std::env::var_os("RAYSCOPE_LAB_OTHERS").map_or_else(default, PathBuf::from).join("incidents");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!(
            "1 test did not run (incidents of others): no folder {}; set RAYSCOPE_LAB_OTHERS",
            folder.display()
        );
        return;
    };
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let mut incidents: Vec<(String, PathBuf)> = folders
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path))
        .collect();
    incidents.sort();
    let broken = broken(&incidents);
    assert!(broken.is_empty(), "{} of {} incidents:\n{}", broken.len(), incidents.len(), broken.join("\n"));
}
