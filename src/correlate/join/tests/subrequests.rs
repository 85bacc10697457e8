//! What a Worker asks for on behalf of a visitor. If these break, one failing request is counted as two, or the report does not say what
//! became of it at the origin.

use super::*;

/// The record of a visitor's request, which the edge sent nowhere: its Worker asked in its place.
fn parent(line: u64, ray: u64, second: i64, status: u16) -> EdgeRow {
    let mut row = record(line, ray, second, status);
    row.record.edge_address = None;
    row
}

/// What the Worker asked, of another URL.
fn subrequest(line: u64, ray: u64, parent: u64, second: i64, status: u16) -> EdgeRow {
    let mut row = record(line, ray, second, status);
    row.record.parent_ray = Some(Ray(parent));
    row.record.worker_subrequest = true;
    row.record.source = crate::logs::RequestSource::EdgeItself;
    row.record.target = Some("/api".to_owned());
    row
}

fn line_of_api(line: u64, ray: Option<u64>, second: i64) -> AccessRow {
    let mut row = access(line, ray, second, 499);
    row.line.target = Some("/api".to_owned());
    row
}

#[test]
fn a_workers_subrequest_is_evidence_of_the_visitors_request() {
    let mut partial = evidence();
    partial.edge = vec![parent(1, 7, 10, 520), subrequest(2, 8, 7, 10, 520)];
    for line in [line_of_api(1, Some(8), 10), line_of_api(1, None, 10)] {
        partial.access = vec![line];
        let (evidence, same_traffic) = vantage::settle(partial.clone());
        let cases = crate::correlate::join::joined(&evidence, &same_traffic).cases;
        assert_eq!(cases.len(), 1);
        assert_eq!((cases[0].ray, cases[0].access.len()), (Some(Ray(7)), 1));
        assert_eq!((cases[0].target(&evidence), cases[0].edge_address(&evidence)), (Some("/cart"), edge()));
    }
}

#[test]
fn of_a_chain_of_workers_each_names_the_one_before_it() {
    let mut partial = evidence();
    // The last of the chain stands first in the log.
    partial.edge = vec![subrequest(1, 9, 8, 10, 502), subrequest(2, 8, 7, 10, 502), parent(3, 7, 10, 502)];
    partial.edge[0].record.origin_status = Some(502);
    let (evidence, same_traffic) = vantage::settle(partial);
    let cases = crate::correlate::join::joined(&evidence, &same_traffic).cases;
    assert_eq!((cases.len(), cases[0].subrequests.len()), (1, 2));
    assert_eq!(cases[0].edge_status(&evidence), Some(502));
}

#[test]
fn a_subrequest_that_its_worker_did_without_is_no_failure() {
    let mut partial = evidence();
    partial.edge = vec![parent(1, 7, 10, 200), subrequest(2, 8, 7, 10, 502)];
    let mut line = line_of_api(1, Some(8), 10);
    line.line.status = Some(502);
    partial.access = vec![line];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.apart.len()), (0, 1));
}

#[test]
fn a_subrequest_that_never_reached_the_origin_takes_no_line_by_time() {
    let mut partial = evidence();
    partial.edge = vec![parent(1, 7, 10, 500), subrequest(2, 8, 7, 10, 522)];
    partial.access = vec![line_of_api(1, None, 10)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.cases[0].access.len()), (1, 0));
}

#[test]
fn a_worker_may_ask_another_host_and_several_times() {
    let mut partial = evidence();
    partial.edge = vec![
        parent(1, 7, 10, 520),
        subrequest(2, 8, 7, 10, 520),
        subrequest(3, 9, 7, 11, 520),
        subrequest(4, 9, 7, 11, 520),
    ];
    for row in &mut partial.edge[1..] {
        row.record.host = Some("api.example".to_owned());
    }
    let mut line = line_of_api(1, Some(8), 10);
    line.line.host = Some("api.example".to_owned());
    // A rewritten target: the ray alone decides.
    line.line.target = Some("/index.php".to_owned());
    partial.access = vec![line];
    let cases = joined(&partial).cases;
    // What was delivered twice is one.
    assert_eq!((cases.len(), cases[0].access.len(), cases[0].subrequests.len()), (1, 1, 2));
}
