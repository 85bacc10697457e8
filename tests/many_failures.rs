//! More failing requests in logs than the memory budget has room for: a sample of them is judged. If one of these fails, a day of outage does not fit into the
//! memory, its figures are wrong, or the report depends on the machine.
#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Requests, of which every second one fails.
const REQUESTS: u64 = 80_000;
/// With 32 MiB so many of a kind of log are judged.
const JUDGED: u64 = 16_384;
/// One that fails.
const ONE: u64 = 5;

fn ray(number: u64) -> u64 {
    0x9c1f_0000_0000_0000 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// The edge's log in `parts` files, and the origin's. A quarter of the failures are 503, the others 502.
fn write_logs(folder: &Path, requests: u64, parts: u64) {
    let (mut edge, mut origin) = (vec![String::new(); parts as usize], String::new());
    for number in 0..requests {
        let status = match number % 8 {
            1 => 503,
            3 | 5 | 7 => 502,
            _ => 200,
        };
        let (time, ray) = (1_794_902_400 + number / 100, ray(number));
        let (hour, minute, second) = (8 + number / 360_000, number / 6_000 % 60, number / 100 % 60);
        let _ = writeln!(
            edge[(number * parts / requests) as usize],
            "{{\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/items?id={number}\",\
             \"EdgeEndTimestamp\":{time}900000000,\"EdgeResponseStatus\":{status},\"EdgeServerIP\":\"172.68.10.9\",\
             \"EdgeStartTimestamp\":{time}000000000,\"OriginResponseStatus\":{status},\"RayID\":\"{ray:016x}\"}}"
        );
        let _ = writeln!(
            origin,
            "172.68.10.9 - - [17/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET /items?id={number} HTTP/1.1\" {status} 512 \"-\" \
             \"Mozilla/5.0 (X11)\" 0.900 \"{ray:016x}-FRA\""
        );
    }
    for (part, text) in edge.iter().enumerate() {
        fs::write(folder.join(format!("edge-{part}.ndjson")), text).expect("a log");
    }
    fs::write(folder.join("access.log"), origin).expect("a log");
}

fn report(folder: &Path, options: &[&str]) -> String {
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
    command.args(["diagnose", "--format", "quiet"]).args(options).arg("--out").arg(out.path()).arg(folder);
    let run = command.output().expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    fs::read_to_string(out.path().join("report.json")).expect("a report")
}

fn parsed(report: &str) -> Value {
    serde_json::from_str(report).expect("a report in JSON")
}

/// A cause, and which share of the failures it has.
fn causes(report: &Value) -> Vec<(&str, f64)> {
    let of = |cause: &'_ Value| cause["affected"]["share_of_failures"].as_f64().expect("a share");
    let causes = report["causes"].as_array().expect("causes").iter();
    causes.map(|cause| (cause["slug"].as_str().expect("a slug"), of(cause))).collect()
}

#[test]
fn of_more_failures_than_fit_a_sample_is_judged_and_all_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), REQUESTS, 3);
    let text = report(folder.path(), &["--memory", "32M", "--threads", "1"]);
    for threads in ["2", "7"] {
        assert!(
            text == report(folder.path(), &["--memory", "32M", "--threads", threads]),
            "{threads} threads tell something else"
        );
    }
    let (sampled, whole) = (parsed(&text), parsed(&report(folder.path(), &[])));
    let (totals, all) = (&sampled["totals"], &whole["totals"]);
    assert_eq!(all["unjudged_failures"], Value::Null, "with the usual memory all are judged");
    for key in ["requests", "failed_requests", "failure_rate", "statuses"] {
        assert_eq!(totals[key], all[key], "{key}");
    }
    assert_eq!(totals["failures"], JUDGED);
    assert_eq!(totals["unjudged_failures"], REQUESTS / 2 - JUDGED);
    // Both logs keep the same requests.
    assert_eq!(totals["rays"]["joined_origin_log"], JUDGED);
    assert_eq!(totals["rays"]["joined_edge_log"], JUDGED);
    assert_eq!(totals["unmatched_origin_failures"], Value::Null);
    assert_eq!(sampled["verdict"]["kind"], whole["verdict"]["kind"]);
    for ((slug, share), (known, wanted)) in causes(&sampled).into_iter().zip(causes(&whole)) {
        assert!(slug == known && (share - wanted).abs() < 0.02, "{slug} {share}, of all {known} {wanted}");
    }
    let notes = sampled["coverage"]["notes"].as_array().expect("notes").iter().filter_map(Value::as_str);
    assert!(
        notes.into_iter().any(|note| note.starts_with("some 23,616 requests more failed by the logs")),
        "{}",
        sampled["coverage"]
    );
}

/// A day's outage, and a quarter of it: no row more.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_failures_of_a_log() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), 4 * REQUESTS, 1);
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = Command::new("prlimit")
        .arg(format!("--data={}", 96 << 20))
        .arg(env!("CARGO_BIN_EXE_rayscope"))
        .args(["diagnose", "--format", "quiet", "--memory", "32M", "--threads", "2", "--out"])
        .arg(out.path())
        .arg(folder.path())
        .output()
        .expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let report = parsed(&fs::read_to_string(out.path().join("report.json")).expect("a report"));
    assert_eq!(report["totals"]["failed_requests"], 2 * REQUESTS);
}

/// Logpush delivers at least once, and what an origin's log says of a time that the edge's log covers is not counted again: neither may come in by way
/// of what is not judged.
#[test]
fn what_is_not_judged_is_counted_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), REQUESTS, 1);
    fs::copy(folder.path().join("edge-0.ndjson"), folder.path().join("edge-again.ndjson")).expect("a copy");
    let report = parsed(&report(folder.path(), &["--memory", "32M"]));
    let failed = report["totals"]["failed_requests"].as_u64().expect("a number");
    assert!(failed.abs_diff(REQUESTS / 2) <= 2, "{failed}");
}

/// Whoever asks for one request is told of it, whatever the sample holds.
#[test]
fn a_request_that_is_asked_for_is_found_beyond_the_sample() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), REQUESTS, 1);
    for number in [ONE, ONE + 8, ONE + 16, ONE + 24] {
        let ray = format!("{:016x}", ray(number));
        let report = parsed(&report(folder.path(), &["--memory", "32M", "--ray", &ray]));
        let rays = &report["totals"]["rays"];
        assert_eq!(
            (&rays["joined_edge_log"], &rays["joined_origin_log"]),
            (&Value::from(1), &Value::from(1)),
            "{ray}"
        );
    }
}
