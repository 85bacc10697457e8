//! An outage with more failing requests than a report lists, of which one cause has nearly all and the others come late: what is listed and told
//! must be of each of them. If this breaks, the rare causes of a bad night have no story, and links lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rayscope::report::model::{MAX_CASES, Report};

use crate::support::extraction::reported;
use crate::support::printed::broken_laws;

/// What nginx writes of a failing request, the status that it answers, and how many requests end so.
const ENDINGS: [(&str, u16, u32); 9] = [
    (
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
        504,
        12_000,
    ),
    ("connect() failed (111: Connection refused) while connecting to upstream", 502, 900),
    ("upstream sent too big header while reading response header from upstream", 502, 300),
    ("no live upstreams while connecting to upstream", 502, 120),
    ("connect() failed (113: No route to host) while connecting to upstream", 502, 60),
    (
        "upstream sent duplicate header line: \"Content-Length: 5\", previous value: \"Content-Length: 4\" while reading response header from upstream",
        502,
        30,
    ),
    ("client intended to send too large body: 10485761 bytes", 413, 50),
    ("access forbidden by rule", 403, 20),
    ("app.internal could not be resolved (3: Host not found)", 502, 9),
];

/// The edge's log and nginx's error log of it, one failure after the other, four a second.
fn outage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut edge, mut errors) = (String::new(), String::new());
    let mut request = 0u32;
    for (message, status, count) in ENDINGS {
        for _ in 0..count {
            request += 1;
            let (second, part) = (request / 4, request % 4 * 250);
            let clock = format!("{:02}:{:02}:{:02}", 9 + second / 3600, second / 60 % 60, second % 60);
            let record = serde_json::json!({
                "RayID": format!("9f00000000{request:06x}"), "EdgeStartTimestamp": format!("2026-11-20T{clock}.{part:03}Z"),
                "EdgeEndTimestamp": format!("2026-11-20T{clock}.{:03}Z", part + 40), "ClientIP": "198.51.100.77",
                "ClientRequestSource": "eyeball", "ClientRequestHost": "shop.example", "ClientRequestMethod": "GET",
                "ClientRequestURI": format!("/item/{request}"), "EdgeColoCode": "AMS", "EdgeServerIP": "162.158.84.5",
                "EdgeResponseStatus": status, "OriginIP": "203.0.113.7", "OriginResponseStatus": status,
            });
            writeln!(edge, "{record}").expect("a String");
            writeln!(
                errors,
                "2026/11/20 {clock} [error] 811#811: *{request} {message}, client: 162.158.84.5, server: shop.example, request: \"GET \
                 /item/{request} HTTP/1.1\", upstream: \"http://127.0.0.1:9000/item/{request}\", host: \"shop.example\""
            )
            .expect("a String");
        }
    }
    std::fs::write(folder.path().join("edge.log"), edge).expect("a log");
    std::fs::write(folder.path().join("error.log"), errors).expect("a log");
    folder
}

/// The cases listed of each cause.
fn listed(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut listed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in &report.cases {
        listed.entry(&case.slug).or_default().extend(case.ray.as_deref());
    }
    listed
}

#[test]
fn of_a_dense_incident_every_cause_is_listed_over_its_time_and_told() {
    let folder = outage();
    let report = reported(folder.path());
    assert!(
        report.causes.len() >= 5,
        "{:?}",
        report.causes.iter().map(|cause| &cause.slug).collect::<Vec<_>>()
    );
    assert_eq!(report.cases.len(), MAX_CASES);
    assert_eq!(broken_laws(&report), [""; 0]);
    let listed = listed(&report);
    for cause in &report.causes {
        let of_it: BTreeSet<&str> = listed[cause.slug.as_str()].iter().copied().collect();
        assert!(of_it.len() >= cause.rays.len().min(40), "{}: {}", cause.slug, of_it.len());
        for end in [cause.rays.first(), cause.rays.last()] {
            assert!(end.is_none_or(|ray| of_it.contains(ray.as_str())), "{}: {end:?}", cause.slug);
        }
    }
}
