//! What a verdict claims must have been seen, and what is counted must be one thing. The tests of `printed` hold the same over all recorded
//! incidents; here each way to see too little stands by itself.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::program::{Desk, access_line, edge_log, sample};

/// The verdict, the headline, and why no more can be said.
fn told(report: &Value) -> (&str, &str, String) {
    let why = report["unexplained"]["why"].as_array().unwrap();
    let why: Vec<&str> = why.iter().filter_map(Value::as_str).collect();
    (
        report["verdict"]["kind"].as_str().unwrap(),
        report["verdict"]["headline"].as_str().unwrap(),
        why.join("; "),
    )
}

fn healthy_log() -> String {
    edge_log().lines().filter(|line| !line.contains(":520")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_filter_that_matches_nothing_says_so() {
    let desk = Desk::new();
    desk.put("edge.log", healthy_log());
    desk.put("access.log", (0..40).map(access_line).collect::<String>());
    assert_eq!(told(&desk.report(&["edge.log"])).0, "healthy");
    for inputs in [&["edge.log"][..], &["access.log"], &["edge.log", "access.log"]] {
        let report = desk.report(&[inputs, &["--host", "nosuch"]].concat());
        let (kind, headline, _) = told(&report);
        assert_eq!(kind, "inconclusive", "{headline}");
        assert!(headline.contains("nosuch"), "{headline}");
        assert_eq!(report["totals"]["requests"], 0);
    }
    let report = desk.report(&["edge.log", "--since", "2027-01-01"]);
    let (kind, headline, _) = told(&report);
    assert_eq!(kind, "inconclusive", "{headline}");
    assert!(
        headline.contains("reach from 2026-11-20T09:00:00"),
        "an empty window names that of the inputs: {headline}"
    );
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused() {
    let desk = Desk::new();
    desk.put("edge.log", healthy_log());
    let ended = desk.run(&["diagnose", "edge.log", "--since", "2026-11-20", "--until", "2026-11-19"]);
    assert_eq!(ended.status, Some(2), "{}", ended.err);
    assert!(ended.err.contains("--until") && ended.err.contains("help:"), "{}", ended.err);
}

/// Otherwise an incident that somebody's saved page proves is called healthy.
#[test]
fn a_saved_page_whose_request_is_not_among_the_inputs_leaves_it_open_whether_anything_failed() {
    let desk = Desk::new();
    desk.put("edge.log", healthy_log());
    desk.put(
        "page.html",
        "<!DOCTYPE html>\n<html><head><title>Something new | shop.example | Cloudflare</title></head><body><div id=\"cf-error-details\">\
         <h1><span>Error</span> <span>1104</span></h1>Cloudflare Ray ID: <strong>8aaaaaaaaaaaaaaa</strong></div></body></html>\n",
    );
    let report = desk.report(&["edge.log", "page.html"]);
    let (kind, headline, why) = told(&report);
    assert_eq!(kind, "inconclusive", "{headline}");
    assert!(why.contains("error 1104"), "{why}");
}

/// Requests that never reached it left no line.
#[test]
fn an_origins_own_log_alone_is_not_called_healthy() {
    let desk = Desk::new();
    desk.put("access.log", (0..40).map(access_line).collect::<String>());
    let report = desk.report(&["access.log"]);
    let (kind, headline, why) = told(&report);
    assert_eq!((kind, report["totals"]["requests"].as_u64()), ("inconclusive", Some(40)), "{headline}");
    assert!(why.contains("never reached it"), "{why}");
    assert!(report["unexplained"]["collect_next"][0].as_str().is_some());
    let text = desk.run(&["diagnose", "access.log"]).out;
    assert!(text.contains("  next  "), "{text}");
}

#[test]
fn a_capture_of_one_direction_is_not_called_healthy() {
    let desk = Desk::new();
    let capture = std::fs::read(sample("keepalive-race/origin/cap.pcap")).unwrap();
    desk.put("cap.pcap", towards_the_origin(&capture));
    let (report, one_way) = (desk.report(&["cap.pcap"]), "inconclusive");
    let (kind, headline, _) = told(&report);
    assert_eq!(kind, one_way, "{headline}");
    assert!(report["totals"]["requests"].as_u64() > Some(100));
}

/// The packets of a capture that go to the origin.
fn towards_the_origin(capture: &[u8]) -> Vec<u8> {
    const FILE_HEADER: usize = 24;
    const PACKET_HEADER: usize = 16;
    const DESTINATION: usize = PACKET_HEADER + 14 + 16;
    let mut kept = capture[..FILE_HEADER].to_vec();
    let mut at = FILE_HEADER;
    while let Some(length) = capture.get(at + 8..at + 12) {
        let end = at + PACKET_HEADER + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        if capture[at + DESTINATION..][..4] == [203, 0, 113, 7] {
            kept.extend(&capture[at..end]);
        }
        at = end;
    }
    kept
}

#[test]
fn where_a_fifth_was_refused_healthy_says_so() {
    let desk = Desk::new();
    let refused = healthy_log()
        .replace("/cart?voucher=birthday-of-anna\",\"ClientRequestURI", "/cart\",\"ClientRequestURI");
    let refused: String = refused
        .lines()
        .enumerate()
        .map(|(number, line)| match number % 4 {
            0 => format!("{}\n", line.replace("Status\":200", "Status\":403")),
            _ => format!("{line}\n"),
        })
        .collect();
    desk.put("edge.log", refused);
    let report = desk.report(&["edge.log"]);
    let (kind, headline, _) = told(&report);
    assert_eq!(kind, "healthy", "{headline}");
    assert!(headline.contains("were answered 403"), "{headline}");
    assert!(report["totals"]["statuses"]["edge"]["403"].as_u64() > Some(0), "{}", report["totals"]);
    let markdown = std::fs::read_to_string(desk.path("report/report.md")).unwrap();
    assert!(markdown.contains("edge statuses of all requests | 200 ×"), "{markdown}");
}

/// What is no failure never fires, and what is one is none of the others.
#[test]
fn visitors_who_leave_are_failures_in_every_table_or_in_none() {
    let desk = Desk::new();
    let record = |visit: u32, left: bool| {
        let line = healthy_log().lines().next().unwrap().to_owned();
        let line = line.replace("9f00000000000000", &format!("9f0000000000{visit:04x}"));
        if left {
            line.replace("EdgeResponseStatus\":200", "EdgeResponseStatus\":499")
                .replace("OriginResponseStatus\":200", "OriginResponseStatus\":0")
        } else {
            line
        }
    };
    let log =
        |all: u32, left: u32| (0..all).map(|visit| record(visit, visit < left) + "\n").collect::<String>();
    desk.put("few.log", log(400, 5));
    desk.put("many.log", log(400, 60));
    let few = desk.report(&["few.log"]);
    assert_eq!((&few["totals"]["client_aborts"], &few["totals"]["failures"]), (&5.into(), &0.into()));
    assert_eq!(desk.run(&["diagnose", "few.log", "--fail-on", "failures"]).status, Some(0));
    let many = desk.report(&["many.log"]);
    assert_eq!((&many["totals"]["client_aborts"], &many["totals"]["failures"]), (&0.into(), &60.into()));
    assert_eq!(desk.run(&["diagnose", "many.log", "--fail-on", "failures"]).status, Some(1));
}

#[test]
fn an_unreadable_folder_costs_that_folder_only() {
    let desk = Desk::new();
    desk.put("incident/edge.log", healthy_log());
    desk.put("incident/private/other.log", "x");
    std::fs::set_permissions(desk.path("incident/private"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let refused = std::fs::read_dir(desk.path("incident/private")).is_err();
    let report = desk.report(&["incident"]);
    std::fs::set_permissions(desk.path("incident/private"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(report["totals"]["requests"], 38);
    // The superuser may read everything.
    assert!(!refused || report["inputs"].to_string().contains("private"), "{}", report["inputs"]);
}
