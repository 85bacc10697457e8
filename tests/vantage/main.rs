//! Captures of several places at once. If this breaks, a failure that two captures show is counted twice, or two captures that have
//! nothing to do with each other are read as one.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod frames;
mod rotated;
#[path = "../support/mod.rs"]
mod support;
mod views;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::recorded::Incident;

/// The lab's origin.
const ORIGIN: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

fn diagnose(paths: &[&Path]) -> Value {
    serde_json::from_slice(&report(paths, &[])).expect("JSON")
}

fn report(paths: &[&Path], options: &[&str]) -> Vec<u8> {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
    command.args(["diagnose", "--format", "quiet", "--out"]).arg(out.path()).args(options).args(paths);
    let run = command.output().expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    std::fs::read(out.path().join("report.json")).expect("report.json")
}

/// An incident's captures, in the order of their names.
fn captures(incident: &Incident) -> Vec<PathBuf> {
    let origin = incident.evidence().join("origin");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(origin)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cap.pcap")))
        .collect();
    paths.sort();
    paths
}

/// All packets of an incident.
fn packets(incident: &Incident) -> Vec<frames::Frame> {
    captures(incident).iter().flat_map(|path| frames::read(path)).collect()
}
