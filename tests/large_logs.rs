//! If one of these fails, a log that is larger than the memory is not read, or a person gets another report from another machine.

#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]

#[path = "support/logs.rs"]
mod logs;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
#[cfg(all(target_os = "linux", feature = "tables"))]
use std::process::Command;

/// What stands behind every line: what changes nothing for a parser, but that lines can be told at a glance.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Plain,
    Blank,
}

/// The edge's and the origin's log of so many requests, one in 500 of which fails; every 7,000th line is damaged.
fn write_logs(folder: &Path, requests: u64, ending: Ending) {
    let open = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("a log"));
    let (mut edge, mut origin) = (open("logpush.ndjson"), open("access.log"));
    let end = if ending == Ending::Blank { " \n" } else { "\n" };
    let (mut record, mut line) = (String::new(), String::new());
    for number in 0..requests {
        logs::write_request(number, if number % 500 == 3 { 502 } else { 200 }, &mut record, &mut line);
        let damaged = number % 7_000 == 6_999;
        edge.write_all(&record.as_bytes()[..if damaged { 90 } else { record.len() }]).expect("a line");
        edge.write_all(end.as_bytes()).expect("a line");
        origin.write_all(&line.as_bytes()[..if damaged { 20 } else { line.len() }]).expect("a line");
        origin.write_all(end.as_bytes()).expect("a line");
    }
    edge.into_inner().expect("the log");
    origin.into_inner().expect("the log");
}

/// The report on a folder; `limit`: bytes of memory that the program may ask for.
fn report(folder: &Path, threads: u8, limit: Option<u64>) -> String {
    logs::report(folder, &["--threads", &threads.to_string()], limit)
}

/// The logs are cut into many blocks, and which thread takes which is chance.
#[test]
fn threads_do_not_change_a_byte_of_what_large_logs_tell() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), 40_000, Ending::Plain);
    let one = report(folder.path(), 1, None);
    for threads in [2, 3, 8] {
        assert!(one == report(folder.path(), threads, None), "{threads} threads tell something else");
    }
}

#[test]
fn lines_that_must_be_parsed_tell_what_others_tell_at_a_glance() {
    let totals = |ending| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_logs(folder.path(), 20_000, ending);
        let report: serde_json::Value =
            serde_json::from_str(&report(folder.path(), 2, None)).expect("a report in JSON");
        let mut inputs = report["inputs"].clone();
        for input in inputs.as_array_mut().expect("inputs") {
            let row = input.as_object_mut().expect("an input");
            row.retain(|key, _| !matches!(key.as_str(), "bytes" | "sha256"));
        }
        (report["totals"].clone(), report["clocks"].clone(), report["cases"].clone(), inputs)
    };
    assert_eq!(totals(Ending::Plain), totals(Ending::Blank));
}

/// 200 MB of logs in 64 MB of memory.
#[cfg(target_os = "linux")]
#[test]
fn logs_that_are_larger_than_the_memory_are_read_to_their_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), 400_000, Ending::Plain);
    let bytes: u64 = ["logpush.ndjson", "access.log"]
        .map(|name| fs::metadata(folder.path().join(name)).expect("a log").len())
        .iter()
        .sum();
    assert!(bytes > 190_000_000, "{bytes}");
    let report: serde_json::Value =
        serde_json::from_str(&report(folder.path(), 2, Some(64 << 20))).expect("a report in JSON");
    assert_eq!(report["totals"]["failed_requests"], 800);
}

/// The same logs as tables, of which every line is a row, in 128 MB of memory: row groups leave it as they fill.
#[cfg(all(target_os = "linux", feature = "tables"))]
#[test]
fn tables_that_are_larger_than_the_memory_are_written_to_their_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (logs, tables) = (folder.path().join("logs"), folder.path().join("tables"));
    fs::create_dir(&logs).expect("a folder");
    write_logs(&logs, 400_000, Ending::Plain);
    let mut limited = Command::new("prlimit");
    limited.args([
        &format!("--data={}", 128 << 20),
        env!("CARGO_BIN_EXE_rayscope"),
        "tables",
        "--threads",
        "2",
    ]);
    // polars has threads of its own, each with memory of its own.
    let run = limited
        .env("POLARS_MAX_THREADS", "2")
        .arg("--out")
        .arg(&tables)
        .arg(&logs)
        .output()
        .expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let bytes = |name: &str| fs::metadata(tables.join(name)).expect("a table").len();
    assert!(bytes("edge.parquet") > 1_000_000 && bytes("access.parquet") > 1_000_000);
}
