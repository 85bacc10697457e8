//! More failing requests in logs than the memory budget has room for: a sample of them is judged. If one of these fails, a day of outage does not fit into the
//! memory, its figures are wrong, or the report depends on the machine.
#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]

#[path = "support/logs.rs"]
mod logs;

use std::fs;
use std::path::Path;

use logs::report;
use serde_json::Value;

/// Requests, of which every second one fails.
const REQUESTS: u64 = 80_000;
/// With 32 MiB so many of a kind of log are judged.
const JUDGED: u64 = 16_384;
/// One that fails.
const ONE: u64 = 5;

/// The edge's log in `parts` files, and the origin's. A quarter of the failures are 503, the others 502.
fn write_logs(folder: &Path, requests: u64, parts: u64) {
    let (mut edge, mut origin) = (vec![String::new(); parts as usize], String::new());
    let (mut record, mut line) = (String::new(), String::new());
    for number in 0..requests {
        let status = match number % 8 {
            1 => 503,
            3 | 5 | 7 => 502,
            _ => 200,
        };
        logs::write_request(number, status, &mut record, &mut line);
        edge[(number * parts / requests) as usize].extend([&record, "\n"]);
        origin.extend([&line, "\n"]);
    }
    for (part, text) in edge.iter().enumerate() {
        fs::write(folder.join(format!("edge-{part}.ndjson")), text).expect("a log");
    }
    fs::write(folder.join("access.log"), origin).expect("a log");
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
    let text = report(folder.path(), &["--memory", "32M", "--threads", "1"], None);
    for threads in ["2", "7"] {
        assert!(
            text == report(folder.path(), &["--memory", "32M", "--threads", threads], None),
            "{threads} threads tell something else"
        );
    }
    let (sampled, whole) = (parsed(&text), parsed(&report(folder.path(), &[], None)));
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
    let report = parsed(&report(folder.path(), &["--memory", "32M", "--threads", "2"], Some(96 << 20)));
    assert_eq!(report["totals"]["failed_requests"], 2 * REQUESTS);
}

/// Logpush delivers at least once, and what an origin's log says of a time that the edge's log covers is not counted again: neither may come in by way
/// of what is not judged.
#[test]
fn what_is_not_judged_is_counted_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), REQUESTS, 1);
    fs::copy(folder.path().join("edge-0.ndjson"), folder.path().join("edge-again.ndjson")).expect("a copy");
    let report = parsed(&report(folder.path(), &["--memory", "32M"], None));
    let failed = report["totals"]["failed_requests"].as_u64().expect("a number");
    assert!(failed.abs_diff(REQUESTS / 2) <= 2, "{failed}");
}

/// Whoever asks for one request is told of it, whatever the sample holds.
#[test]
fn a_request_that_is_asked_for_is_found_beyond_the_sample() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_logs(folder.path(), REQUESTS, 1);
    for number in [ONE, ONE + 8, ONE + 16, ONE + 24] {
        let ray = format!("{:016x}", logs::ray(number));
        let report = parsed(&report(folder.path(), &["--memory", "32M", "--ray", &ray], None));
        let rays = &report["totals"]["rays"];
        assert_eq!(
            (&rays["joined_edge_log"], &rays["joined_origin_log"]),
            (&Value::from(1), &Value::from(1)),
            "{ray}"
        );
    }
}
