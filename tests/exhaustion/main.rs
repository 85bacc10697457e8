//! Inputs that are made, or have come about, to fill a memory: each is read to its end under a limit of what the program may allocate
//! (RLIMIT_DATA), and what was folded is told. docs/memory-and-time.md has the promises; `benches/growth` holds the time.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]

mod failing;
mod files;
mod flood;
#[path = "../support/http2.rs"]
mod http2;
mod raw_capture;
mod streams;
mod undecided;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Diagnoses an input with so many mebibytes of memory that can be written; gives what came of it and the report, where there is one.
fn diagnosed(input: &Path, mebibytes: u64, options: &[&str]) -> (Output, Option<serde_json::Value>) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = limited(mebibytes).arg(input).args(options).arg("--out").arg(out.path()).output();
    let report = std::fs::read_to_string(out.path().join("report.json")).ok();
    let report = report.map(|report| serde_json::from_str(&report).expect("a report in JSON"));
    (run.expect("the program"), report)
}

/// The program with a limit of the memory that can be written: heap, stacks and all other private memory.
fn limited(mebibytes: u64) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(format!("--data={}", mebibytes << 20)).arg(env!("CARGO_BIN_EXE_rayscope"));
    command.args(["diagnose", "--format", "quiet"]).stdin(Stdio::null());
    command
}

/// The report of a run that was to end well.
fn report(input: &Path, mebibytes: u64, options: &[&str]) -> serde_json::Value {
    let (run, report) = diagnosed(input, mebibytes, options);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    report.expect("a report")
}

/// All texts of a list in a report.
fn texts(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
}
