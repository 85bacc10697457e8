//! Logs that keep one request of many, read and reported.

use super::*;
use crate::compose;
use crate::correlate::Filter;
use crate::diagnose::diagnose;
use crate::extract::{Extraction, extract};
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::report::model::Report;
use crate::report::{html, markdown};
use crate::source::discover;

const RAY: u64 = 0x7d12_3456_7890_0000;

/// A record of the edge's log, one a second. To a request that failed no answer came from the origin.
fn record(number: u64, failed: bool, interval: &str) -> String {
    let (edge, origin) = if failed { (520, 0) } else { (200, 200) };
    format!(
        r#"{{"RayID":"{:016x}","EdgeStartTimestamp":{},"ClientRequestHost":"shop.example","ClientRequestMethod":"GET",
        "ClientRequestURI":"/{number}","EdgeServerIP":"172.68.1.2","EdgeResponseStatus":{edge},"OriginIP":"192.0.2.1",
        "OriginResponseStatus":{origin}{interval}}}"#,
        RAY + number,
        1_795_167_453 + number
    )
    .replace("\n        ", "")
}

/// The report of a log with such records: how many, how many of them failed, and the field that tells their interval.
fn report(groups: &[(u64, u64, &str)], access_log: &str) -> Report {
    let mut log = Vec::new();
    for &(records, failed, interval) in groups {
        let start = log.len() as u64;
        log.extend((0..records).map(|number| record(start + number, number < failed, interval)));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("edge.log"), log.join("\n")).unwrap();
    if !access_log.is_empty() {
        std::fs::write(folder.path().join("access.log"), access_log).unwrap();
    }
    let partial = extract(discover(&[folder.path().to_owned()]).unwrap(), &Extraction::default(), &|_| {});
    let incident = Incident::of(partial, EdgeRanges::with(&[]), Profile::cloudflare(), Filter::default());
    compose::report(&diagnose(incident), compose::Redaction::On)
}

const TENTH: &str = r#","SampleInterval":10"#;

/// Otherwise a report of a log that holds every request would begin to guess.
#[test]
fn a_log_that_is_not_sampled_is_counted_and_nothing_more() {
    let plain = report(&[(100, 10, "")], "");
    assert_eq!((plain.totals.requests, plain.totals.failed_requests), (100, 10));
    assert_eq!((plain.totals.estimated, plain.inputs[0].sample_interval), (None, 1));
    assert_eq!(plain.inputs[0].warnings, Vec::<String>::new());
    // A log that says of each record that it stands for itself says nothing new.
    let said = report(&[(100, 10, r#","SampleInterval":1"#)], "");
    assert_eq!((&said.totals, &said.coverage), (&plain.totals, &plain.coverage));
}

/// Whoever reads "10 failed" of a tenth of the requests must be told that a hundred did, wherever they read it.
#[test]
fn a_sampled_log_is_told_and_its_counts_are_scaled() {
    let report = report(&[(100, 10, TENTH)], "");
    assert_eq!((report.totals.requests, report.totals.failed_requests), (100, 10), "totals stay counts");
    let requests = Estimate { value: 1_000, low: 814, high: 1_186 };
    let failed_requests = Estimate { value: 100, low: 41, high: 159 };
    assert_eq!(report.totals.estimated, Some(Estimated { requests, failed_requests }));
    assert_eq!(report.inputs[0].sample_interval, 10);
    assert_eq!(report.inputs[0].warnings, ["a sampled log: each record stands for 10 requests"]);
    assert!(report.warnings.iter().any(|warning| warning.ends_with("each record stands for 10 requests")));
    assert!(
        report
            .coverage
            .notes
            .iter()
            .any(|note| note.contains("about 1,000 (with 95 % between 814 and 1,186)"))
    );
    for page in [markdown::render(&report), html::render(&report)] {
        assert!(page.contains("100 (41–159)"), "{page}");
    }
}

/// Cloudflare's own sampling adapts: one file may hold records that stand for one, and for a hundred.
#[test]
fn records_of_one_log_may_stand_for_different_numbers() {
    let mixed = report(&[(50, 5, ""), (100, 10, TENTH), (2, 0, r#","SampleInterval":"100""#)], "");
    assert_eq!(mixed.inputs[0].sample_interval, 10);
    let range = "a sampled log: each record stands for 1 to 100 requests, most for 10";
    assert_eq!(mixed.inputs[0].warnings, [range]);
    // 50 + 1,000 + 200 requests, and 1.96 · √(100 · 10 · 9 + 2 · 100 · 99) = 332.5…
    let requests = Estimate { value: 1_250, low: 917, high: 1_583 };
    // A hundred requests stand behind each of the two that did not fail: among those left out some three hundred may have.
    let failed_requests = Estimate { value: 105, low: 46, high: 405 };
    assert_eq!(mixed.totals.estimated, Some(Estimated { requests, failed_requests }));
}

/// The origin's own log holds every request: what it shows to fail stands for itself, also where the edge's log has a sample of it.
#[test]
fn what_another_source_shows_whole_is_not_scaled() {
    let line = |number: u64| {
        let second = 3 + number;
        let ray = RAY + number;
        format!(
            "172.68.1.2 - - [20/Nov/2026:09:37:{:02} +0000] \"GET /{number} HTTP/1.1\" 502 10 \"-\" \"-\" \"{ray:016x}-FRA\"\n",
            30 + second
        )
    };
    let access: String = (0..10).map(line).collect();
    let report = report(&[(20, 2, TENTH)], &access);
    assert_eq!(report.totals.failed_requests, 10, "{:?}", report.cases);
    let failed = report.totals.estimated.map(|estimated| estimated.failed_requests);
    assert_eq!(failed, Some(Estimate { value: 10, low: 10, high: 40 }));
}

fn of(records: &[(u64, u32)]) -> Estimate {
    let mut left_out = LeftOut::default();
    for &(count, interval) in records {
        (0..count).for_each(|_| left_out.merge(LeftOut::by(interval)));
    }
    let largest = records.iter().map(|(_, interval)| *interval).max().unwrap_or(1);
    estimate(records.iter().map(|(count, _)| count).sum(), left_out, largest)
}

/// A tenth of the requests, shown as all of them, makes an outage look like a glitch.
#[test]
fn records_are_scaled_by_what_they_stand_for() {
    // 1.96 · √(100 · 10 · 9) = 185.9…
    assert_eq!(of(&[(100, 10)]), Estimate { value: 1_000, low: 814, high: 1_186 });
    assert_eq!(of(&[(100, 10), (50, 1)]), Estimate { value: 1_050, low: 864, high: 1_236 });
    // One record says little: at least itself, and perhaps some four hundred.
    assert_eq!(of(&[(1, 100)]), Estimate { value: 100, low: 1, high: 400 });
    // What is counted for certain is never below its count.
    assert_eq!(of(&[(3, 10), (1_000, 1)]).low, 1_003);
}

/// Nothing failed among a few records, and yet something may have failed.
#[test]
fn no_failure_in_a_sample_is_no_proof_of_none() {
    assert_eq!(estimate(0, LeftOut::default(), 100), Estimate { value: 0, low: 0, high: 300 });
}

/// A log made to do harm must not overturn the sums.
#[test]
fn absurd_intervals_stop_at_the_largest_number() {
    let Estimate { value, low, high } = of(&[(3, u32::MAX)]);
    assert!(low <= value && value <= high && high <= LARGEST);
    let all = LeftOut { requests: u64::MAX, variance: u128::MAX, interval: u32::MAX };
    assert_eq!(estimate(u64::MAX, all, u32::MAX).high, LARGEST);
}
