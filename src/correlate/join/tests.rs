mod coverage;
mod messages;
mod refusals;
mod subrequests;
mod told_at_end;

use std::net::IpAddr;

use super::{Joined, asked_for};
use crate::correlate::case::Join;
use crate::correlate::clock::Clocks;
use crate::correlate::vantage;
use crate::evidence::{AccessRow, EdgeRow, InputId, InputKind, InputSummary, Partial, Place};
use crate::logs::{AccessLine, EdgeRecord};
use crate::ray::{Ray, RayAtColo};
use crate::time::{Duration, Time};

const EDGE: InputId = InputId(0);
const ORIGIN: InputId = InputId(1);

/// An edge's log and an access log that cover the same minute by one clock.
fn evidence() -> Partial {
    let mut partial = Partial::default();
    for (id, name, kind) in
        [(EDGE, "cloudflare/a.log", InputKind::EdgeLog), (ORIGIN, "origin/access.log", InputKind::AccessLog)]
    {
        let mut summary = InputSummary::new(name, kind, "", 1);
        summary.saw(Time(0));
        summary.saw(Time::from_seconds(60, 0));
        partial.inputs.insert(id, summary);
    }
    partial
}

fn record(line: u64, ray: u64, second: i64, status: u16) -> EdgeRow {
    let record = EdgeRecord {
        ray: Some(Ray(ray)),
        start: Time::from_seconds(second, 0),
        end: Some(Time::from_seconds(second, 40_000_000)),
        resolution: Duration::NANOSECOND,
        host: Some("shop.example".to_owned()),
        method: Some("GET".to_owned()),
        target: Some("/cart".to_owned()),
        edge_address: edge(),
        edge_address_logged: true,
        edge_status: Some(status),
        origin_status: Some(0),
        ..EdgeRecord::default()
    };
    EdgeRow { place: Place::Line { input: EDGE, line, before: 0 }, record }
}

fn edge() -> Option<IpAddr> {
    "172.68.1.2".parse().ok()
}

fn access(line: u64, ray: Option<u64>, second: i64, status: u16) -> AccessRow {
    let entry = AccessLine {
        time: Time::from_seconds(second, 0),
        resolution: Duration::SECOND,
        time_is_end: true,
        remote_address: edge(),
        ray: ray.map(|ray| RayAtColo { ray: Ray(ray), colo: None }),
        method: Some("GET".to_owned()),
        target: Some("/cart".to_owned()),
        status: Some(status),
        ..AccessLine::default()
    };
    AccessRow { place: Place::Line { input: ORIGIN, line, before: 0 }, line: entry }
}

fn joined(partial: &Partial) -> Joined {
    let (evidence, same_traffic) = vantage::settle(partial.clone());
    super::joined(&evidence, &same_traffic)
}

#[test]
fn a_record_that_was_delivered_twice_is_one_failure() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 520), record(2, 7, 10, 520)];
    assert_eq!(joined(&partial).cases.len(), 1);
}

/// Otherwise a log with one ray in all its lines loses failures, or takes hours.
#[test]
fn one_ray_on_any_number_of_urls_stays_as_many_requests() {
    let mut partial = evidence();
    partial.edge = (1..=600)
        .map(|line| {
            let mut row = record(line, 7, 10, 520);
            row.record.target = Some(format!("/{line}"));
            row
        })
        .collect();
    assert_eq!(joined(&partial).cases.len(), 600);
}

#[test]
fn one_ray_on_two_hosts_stays_two_requests() {
    let mut partial = evidence();
    let mut other = record(2, 7, 10, 520);
    other.record.host = Some("other.example".to_owned());
    partial.edge = vec![record(1, 7, 10, 520), other];
    assert_eq!(joined(&partial).cases.len(), 2);
}

#[test]
fn what_the_edge_and_the_origin_log_of_one_ray_is_one_failure() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 502)];
    partial.access = vec![access(1, Some(7), 10, 502)];
    let cases = joined(&partial).cases;
    assert_eq!((cases.len(), cases[0].access.len(), cases[0].join), (1, 1, Join::Ray));
}

#[test]
fn a_line_without_a_ray_joins_the_one_request_that_fits_and_no_guess_is_made_among_two() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 502)];
    partial.access = vec![access(1, None, 10, 502)];
    let cases = joined(&partial).cases;
    assert_eq!((cases.len(), cases[0].join), (1, Join::Time));

    partial.edge.push(record(2, 8, 10, 502));
    let cases = joined(&partial).cases;
    assert_eq!(cases.len(), 2);
    assert!(cases.iter().all(|case| case.access.is_empty()));
}

#[test]
fn an_answer_that_the_edge_calls_good_is_no_failure_for_what_the_origin_logged_of_a_probe() {
    let mut partial = evidence();
    let mut probe = record(1, 7, 10, 520);
    probe.record.source = crate::logs::RequestSource::EdgeItself;
    partial.edge = vec![probe, record(2, 8, 11, 200)];
    assert!(joined(&partial).cases.is_empty());
}

#[test]
fn a_visitor_who_left_is_no_case_by_itself() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 499)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.client_aborts.len()), (0, 1));
}

#[test]
fn a_request_goes_by_the_method_host_and_target_of_the_row_that_it_was_found_by() {
    let mut partial = evidence();
    let mut line = access(1, Some(7), 10, 502);
    line.line.host = None;
    line.line.target = Some("/index.php".to_owned());
    partial.edge = vec![record(1, 7, 10, 502)];
    partial.access = vec![line, access(2, Some(9), 90, 502)];
    let (evidence, same_traffic) = vantage::settle(partial);
    let cases = super::joined(&evidence, &same_traffic).cases;
    let told = |ray: u64| {
        let case = cases.iter().find(|case| case.ray == Some(Ray(ray))).expect("a case");
        (case.method(&evidence), case.host(&evidence), case.target(&evidence), case.access.len())
    };
    assert_eq!(told(7), (Some("GET"), Some("shop.example"), Some("/cart"), 1));
    assert_eq!(told(9), (Some("GET"), None, Some("/cart"), 1));
}

#[test]
fn a_failure_of_the_origin_that_the_edges_log_would_show_and_does_not_is_counted_apart() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 502)];
    partial.access = vec![access(1, Some(7), 10, 502), access(2, None, 30, 502), access(3, None, 90, 502)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.apart.len()), (2, 1));
}

#[test]
fn what_was_never_sent_to_the_origin_takes_no_line_by_time() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 521), record(2, 8, 20, 522), record(3, 9, 30, 520)];
    partial.edge[2].record.edge_address = None;
    partial.access = vec![access(1, None, 10, 499), access(2, None, 20, 499), access(3, None, 30, 499)];
    assert!(joined(&partial).cases.iter().all(|case| case.access.is_empty()));
}

#[test]
fn a_ray_that_is_asked_for_and_that_no_source_knows_is_no_request() {
    let mut partial = evidence();
    partial.edge = vec![record(1, 7, 10, 200)];
    partial.access = vec![access(1, Some(8), 10, 200)];
    let (evidence, same_traffic) = vantage::settle(partial);
    let clocks = Clocks::of(&evidence, &same_traffic);
    let asked_for = asked_for(&[Ray(7), Ray(8), Ray(9)], &evidence, &clocks);
    assert_eq!(asked_for.keys().copied().collect::<Vec<Ray>>(), [Ray(7), Ray(8)]);
    assert!(asked_for[&Ray(7)].edge.is_some() && asked_for[&Ray(8)].edge.is_none());
}

/// Otherwise no line of what was posted is found where the edge's log leaves the methods out.
#[test]
fn a_log_of_the_edge_without_methods_is_joined_by_the_targets_alone() {
    for method in ["GET", "POST"] {
        let mut partial = evidence();
        partial.edge = vec![record(1, 7, 10, 502)];
        partial.edge[0].record.method = None;
        partial.access = vec![access(1, None, 10, 502)];
        partial.access[0].line.method = Some(method.to_owned());
        let cases = joined(&partial).cases;
        assert_eq!((cases.len(), cases[0].access.len(), cases[0].join), (1, 1, Join::Time), "{method}");
        // Where the methods are told, it is another request's line.
        partial.edge[0].record.method = Some("HEAD".to_owned());
        let cases = joined(&partial).cases;
        assert!(cases.iter().all(|case| case.edge.is_none() || case.access.is_empty()), "{method}");
    }
}
