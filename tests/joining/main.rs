//! Incidents that are drawn from seeds, and how much of their joins is right. If this breaks, a failing request gets another request's
//! line, or none although its line is there.

#![allow(clippy::expect_used, reason = "a test that cannot write its data has failed")]
#![allow(clippy::cast_precision_loss, reason = "counts of some thousands")]

#[path = "../support/extraction.rs"]
#[allow(dead_code, reason = "each test takes its part")]
mod extraction;
mod incident;
mod random;
mod truth;

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
};

fn joined(axes: &Axes, seed: u64) -> Score {
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

#[test]
fn lines_are_joined_to_the_requests_that_they_are_about() {
    let mut short_of: Vec<String> = Vec::new();
    println!("| incident | precision | recall | identifiable |\n|---|---|---|---|");
    for (name, axes) in all_axes() {
        let mut sum = Score::default();
        let seeds = if axes.requests > 10_000 { 1 } else { 2 };
        for seed in 1..=seeds {
            sum += joined(&axes, seed);
        }
        let (precision, recall) = (sum.precision(), sum.recall());
        println!(
            "| {name} | {precision:.4} | {recall:.4} | {:.3} of {} |",
            sum.identifiable_share(),
            sum.logged
        );
        let (least_precision, least_recall) =
            if axes.rays == RaysIn::All { (0.999, 0.99) } else { (0.99, 0.9) };
        if precision < least_precision || recall < least_recall || sum.counted_twice > 0 {
            short_of.push(format!("{name}: {sum:?}"));
        }
    }
    assert!(short_of.is_empty(), "{}", short_of.join("\n"));
}
