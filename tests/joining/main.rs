//! Incidents that are drawn from seeds, and how much of their joins is right. If this breaks, a failing request gets another request's
//! line, or none although its line is there.

#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]
#![allow(clippy::cast_precision_loss, reason = "counts of some thousands")]

#[path = "../support/capture.rs"]
#[allow(dead_code, reason = "each test takes its part")]
mod capture;
#[path = "../support/extraction.rs"]
#[allow(dead_code, reason = "each test takes its part")]
mod extraction;
mod incident;
mod messages;
mod ports;
mod random;
mod truth;
mod workers;

use incident::{Axes, Layout, RaysIn, Zone, draw};
use rayscope::time::Duration;
use truth::{Score, score};

/// A plain incident: what the others depart from.
const PLAIN: Axes = Axes {
    requests: 3_000,
    per_second: 20,
    rays: RaysIn::None,
    layout: Layout::Seconds,
    zone: Zone::Told,
    ahead: [Duration::ZERO; 2],
    drift: Duration::ZERO,
    servers: 1,
    duplicates: false,
    missing: false,
    real_ip: false,
    rays_again: false,
    missing_records: false,
    balancer: false,
    errors: false,
};

fn joined(axes: &Axes, seed: u64) -> [Score; 2] {
    let drawn = draw(axes, seed);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, (text, _)) in &drawn.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    let incident = extraction::incident(extraction::extracted(folder.path()));
    score(&drawn, axes, &incident)
}

fn seconds(seconds: i64) -> [Duration; 2] {
    [Duration::from_seconds(seconds); 2]
}

/// The axes one by one, then mixed.
fn all_axes() -> Vec<(&'static str, Axes)> {
    let second = Duration::SECOND;
    let apart = [Duration::from_milliseconds(-7_310), Duration::from_seconds(41)];
    vec![
        ("rays in all lines", Axes { rays: RaysIn::All, ..PLAIN }),
        ("rays, an hour behind", Axes { rays: RaysIn::All, ahead: seconds(-3_600), ..PLAIN }),
        ("rays, an hour ahead", Axes { rays: RaysIn::All, ahead: seconds(3_600), ..PLAIN }),
        ("rays, drift", Axes { rays: RaysIn::All, drift: second, ..PLAIN }),
        ("rays, summer time begins", Axes { rays: RaysIn::All, zone: Zone::Changes(4, 8), ..PLAIN }),
        ("rays, summer time ends", Axes { rays: RaysIn::All, zone: Zone::Changes(8, 4), ..PLAIN }),
        ("rays, some used again", Axes { rays: RaysIn::All, rays_again: true, ..PLAIN }),
        (
            "rays, all at once",
            Axes {
                rays: RaysIn::All,
                rays_again: true,
                duplicates: true,
                missing: true,
                real_ip: true,
                servers: 2,
                ahead: apart,
                drift: second,
                layout: Layout::SecondsAndDuration,
                ..PLAIN
            },
        ),
        ("rays in some lines", Axes { rays: RaysIn::Some, ..PLAIN }),
        ("rays on one of two servers", Axes { rays: RaysIn::Some, servers: 2, ahead: apart, ..PLAIN }),
        ("no rays", PLAIN),
        ("durations", Axes { layout: Layout::SecondsAndDuration, ..PLAIN }),
        ("milliseconds", Axes { layout: Layout::Milliseconds, ..PLAIN }),
        ("three seconds behind", Axes { ahead: seconds(-3), ..PLAIN }),
        ("an hour behind", Axes { ahead: seconds(-3_600), ..PLAIN }),
        ("an hour ahead", Axes { ahead: seconds(3_600), layout: Layout::Milliseconds, ..PLAIN }),
        ("drift", Axes { drift: second, ..PLAIN }),
        ("drift, milliseconds", Axes { drift: second, layout: Layout::Milliseconds, ..PLAIN }),
        ("another zone", Axes { zone: Zone::Untold(22), ..PLAIN }),
        ("no zone told", Axes { zone: Zone::Untold(-20), layout: Layout::Milliseconds, ..PLAIN }),
        ("summer time begins", Axes { zone: Zone::Changes(4, 8), layout: Layout::Milliseconds, ..PLAIN }),
        ("summer time ends", Axes { zone: Zone::Changes(8, 4), layout: Layout::Milliseconds, ..PLAIN }),
        ("duplicates", Axes { duplicates: true, layout: Layout::Milliseconds, ..PLAIN }),
        ("missing lines", Axes { missing: true, layout: Layout::Milliseconds, ..PLAIN }),
        ("real ip", Axes { real_ip: true, ..PLAIN }),
        ("two servers", Axes { servers: 2, ahead: apart, layout: Layout::Milliseconds, ..PLAIN }),
        ("300 requests/s", Axes { per_second: 300, layout: Layout::SecondsAndDuration, ..PLAIN }),
        ("1,000 requests/s", Axes { per_second: 1_000, layout: Layout::Milliseconds, ..PLAIN }),
        (
            "all at once",
            Axes {
                rays: RaysIn::None,
                layout: Layout::Milliseconds,
                zone: Zone::Untold(8),
                ahead: apart,
                drift: second / 2,
                servers: 2,
                duplicates: true,
                missing: true,
                real_ip: true,
                per_second: 100,
                ..PLAIN
            },
        ),
        ("missing records", Axes { missing_records: true, layout: Layout::Milliseconds, ..PLAIN }),
        ("missing records, whole seconds", Axes { missing_records: true, ..PLAIN }),
        ("missing records, 300 requests/s", Axes { missing_records: true, per_second: 300, ..PLAIN }),
        ("rays, missing records", Axes { rays: RaysIn::All, missing_records: true, missing: true, ..PLAIN }),
        ("balancer", Axes { balancer: true, layout: Layout::Milliseconds, ..PLAIN }),
        ("balancer, whole seconds", Axes { balancer: true, ..PLAIN }),
        (
            "balancer, two servers",
            Axes { balancer: true, servers: 2, ahead: apart, layout: Layout::Milliseconds, ..PLAIN },
        ),
        ("rays, balancer", Axes { balancer: true, rays: RaysIn::All, servers: 2, ahead: apart, ..PLAIN }),
        ("20,000 requests", Axes { requests: 20_000, missing: true, ahead: seconds(97), ..PLAIN }),
        (
            "20,000 requests, 1,000/s",
            Axes {
                requests: 20_000,
                per_second: 1_000,
                layout: Layout::Milliseconds,
                ahead: seconds(-600),
                ..PLAIN
            },
        ),
        ("20,000 requests, rays", Axes { requests: 20_000, rays: RaysIn::All, rays_again: true, ..PLAIN }),
    ]
}

/// Incidents of which the servers' error logs tell, too.
fn with_errors() -> Vec<(&'static str, Axes)> {
    let errors = Axes { errors: true, requests: 6_000, ..PLAIN };
    let apart = [Duration::from_milliseconds(-7_310), Duration::from_seconds(41)];
    vec![
        ("rays", Axes { rays: RaysIn::All, ..errors }),
        ("rays, an hour behind", Axes { rays: RaysIn::All, ahead: seconds(-3_600), ..errors }),
        ("rays, another zone", Axes { rays: RaysIn::All, zone: Zone::Untold(22), ..errors }),
        ("rays, drift", Axes { rays: RaysIn::All, drift: Duration::SECOND, ..errors }),
        ("rays, 300 requests/s", Axes { rays: RaysIn::All, per_second: 300, ..errors }),
        ("rays, 1,000 requests/s", Axes { rays: RaysIn::All, per_second: 1_000, ..errors }),
        ("rays, missing records", Axes { rays: RaysIn::All, missing_records: true, ..errors }),
        (
            "rays, real ip, two servers",
            Axes { rays: RaysIn::All, real_ip: true, servers: 2, ahead: apart, ..errors },
        ),
        ("rays, balancer", Axes { rays: RaysIn::All, balancer: true, servers: 2, ..errors }),
        ("no rays", errors),
        ("three seconds behind", Axes { ahead: seconds(-3), ..errors }),
        (
            "milliseconds, two servers",
            Axes { servers: 2, ahead: apart, layout: Layout::Milliseconds, ..errors },
        ),
        ("300 requests/s", Axes { per_second: 300, layout: Layout::SecondsAndDuration, ..errors }),
        ("1,000 requests/s", Axes { per_second: 1_000, layout: Layout::Milliseconds, ..errors }),
        ("balancer", Axes { balancer: true, layout: Layout::Milliseconds, ..errors }),
        ("missing records and lines", Axes { missing_records: true, missing: true, ..errors }),
    ]
}

fn sum(axes: &Axes) -> [Score; 2] {
    let seeds = if axes.requests > 10_000 { 1 } else { 2 };
    let mut sums = [Score::default(); 2];
    for seed in 1..=seeds {
        for (sum, score) in sums.iter_mut().zip(joined(axes, seed)) {
            *sum += score;
        }
    }
    sums
}

fn print(name: &str, score: &Score) {
    println!(
        "| {name} | {:.4} | {:.4} | {:.3} of {} |",
        score.precision(),
        score.recall(),
        score.identifiable_share(),
        score.logged
    );
}

#[test]
fn lines_are_joined_to_the_requests_that_they_are_about() {
    let mut short_of: Vec<String> = Vec::new();
    println!("| incident | precision | recall | identifiable |\n|---|---|---|---|");
    for (name, axes) in all_axes() {
        let [lines, _] = sum(&axes);
        print(name, &lines);
        let (least_precision, least_recall) =
            if axes.rays == RaysIn::All { (0.999, 0.99) } else { (0.99, 0.9) };
        if lines.precision() < least_precision || lines.recall() < least_recall || lines.counted_twice > 0 {
            short_of.push(format!("{name}: {lines:?}"));
        }
    }
    assert!(short_of.is_empty(), "{}", short_of.join("\n"));
}

#[test]
fn messages_are_joined_to_the_requests_that_they_are_about() {
    let mut short_of: Vec<String> = Vec::new();
    println!("| messages of an incident | precision | recall | identifiable |\n|---|---|---|---|");
    for (name, axes) in with_errors() {
        let [_, messages] = sum(&axes);
        print(name, &messages);
        if messages.precision() < 0.99 || messages.recall() < 0.9 {
            short_of.push(format!("{name}: {messages:?}"));
        }
    }
    assert!(short_of.is_empty(), "{}", short_of.join("\n"));
}
