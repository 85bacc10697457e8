//! Requests that are failures because a line says that the server refused them. If these break, visitors whom a rule turned away are
//! called well, or every 403 of a robot is an alarm.

use super::*;
use crate::correlate::case::Case;
use crate::evidence::failure::Failure;
use crate::evidence::{Competitor, MessageRow, RequestKey};
use crate::facts::endings::EndingVocabulary;
use crate::logs::{MessageLine, Termination};

const ERRORS: InputId = InputId(2);

/// The logs of a minute, in which the origin answered one request for `/cart` with `status` at 10 s.
fn answered(status: u16) -> Partial {
    let mut partial = evidence();
    let mut summary = InputSummary::new("origin/error.log", InputKind::ErrorLog, "nginx_error", 1);
    summary.saw(Time(0));
    summary.saw(Time::from_seconds(60, 0));
    partial.inputs.insert(ERRORS, summary);
    partial.edge = vec![passed_on(1, 7, 10, status)];
    partial
}

/// A record of an answer of the origin.
fn passed_on(line: u64, ray: u64, second: i64, status: u16) -> EdgeRow {
    let mut row = record(line, ray, second, status);
    row.record.origin_status = Some(status);
    row
}

/// nginx's line about a rule that refused a request for `/cart`.
fn denied(line: u64, second: i64) -> MessageRow {
    let message = MessageLine {
        time: Some(Time::from_seconds(second, 0)),
        resolution: Duration::SECOND,
        level: Some("error".to_owned()),
        signature: Some("nginx-access-forbidden"),
        client: edge(),
        request: Some(("GET".to_owned(), "/cart".to_owned())),
        ..MessageLine::default()
    };
    MessageRow { place: Place::Line { input: ERRORS, line, before: 0 }, line: message }
}

/// Apache's line, which names the client alone.
fn denied_client(line: u64, second: i64) -> MessageRow {
    let mut row = denied(line, second);
    row.line.signature = Some("apache-client-denied");
    row.line.request = None;
    row.line.client_port = Some(40_000);
    row
}

fn refused(partial: &Partial) -> Vec<(Option<u64>, Failure)> {
    let told = |case: &Case| (case.ray.map(|ray| ray.0), case.failure);
    joined(partial).cases.iter().map(told).collect()
}

#[test]
fn a_rules_line_makes_a_failure_of_a_403_and_nothing_else_does() {
    let mut partial = answered(403);
    assert_eq!(refused(&partial), [], "a status tells nothing");
    partial.messages = vec![denied(1, 10)];
    assert_eq!(refused(&partial), [(Some(7), Failure::ToldByLine(403))]);
    partial.messages = vec![denied(1, 40)];
    assert_eq!(refused(&partial), [], "a line of another time");
    let mut other = denied(1, 10);
    other.line.request = Some(("GET".to_owned(), "/admin".to_owned()));
    partial.messages = vec![other];
    assert_eq!(refused(&partial), [], "a line about another request");
    let mut upstream = denied(1, 10);
    upstream.line.signature = Some("nginx-upstream-prematurely-closed");
    partial.messages = vec![upstream];
    assert_eq!(refused(&partial), [], "a line that refuses nothing");
}

#[test]
fn a_line_refuses_with_the_statuses_of_its_program_alone() {
    for status in [200, 301, 404] {
        let mut partial = answered(status);
        partial.messages = vec![denied(1, 10)];
        assert_eq!(refused(&partial), [], "{status}");
    }
}

#[test]
fn a_healthy_twin_at_the_same_instant_leaves_the_line_to_the_request_of_its_status() {
    let mut partial = answered(403);
    partial.messages = vec![denied(1, 10)];
    partial.competing = vec![Competitor {
        place: Place::Line { input: EDGE, line: 5, before: 0 },
        key: RequestKey::of("GET", "/cart"),
        named: RequestKey::without_method("/cart"),
        ray: Some(Ray(5)),
        span: (Time::from_seconds(10, 0), Some(Time::from_seconds(10, 40_000_000))),
        resolution: Duration::NANOSECOND,
        host: None,
        edge_status: Some(403),
        origin_status: Some(403),
        edge_address: edge(),
        client_address: None,
    }];
    assert_eq!(refused(&partial), [], "either may have left it");
}

#[test]
fn what_the_edge_answered_itself_no_line_of_the_origin_is_about() {
    let mut partial = answered(403);
    partial.edge[0].record.edge_address = None;
    partial.edge[0].record.origin_status = Some(0);
    partial.messages = vec![denied(1, 10)];
    assert_eq!(refused(&partial), []);
}

#[test]
fn a_line_that_names_a_client_alone_is_of_the_request_of_that_address_if_there_is_one_for_each() {
    let mut partial = answered(403);
    partial.messages = vec![denied_client(1, 10)];
    assert_eq!(refused(&partial), [(Some(7), Failure::ToldByLine(403))]);
    partial.edge.push(passed_on(2, 8, 10, 403));
    assert_eq!(refused(&partial), [], "one line, two requests");
    partial.messages.push(denied_client(2, 10));
    assert_eq!(refused(&partial).len(), 2);
    partial.messages.iter_mut().for_each(|row| row.line.client_port = None);
    assert_eq!(refused(&partial).len(), 2, "gunicorn knows the address alone");
    partial.messages.iter_mut().for_each(|row| row.line.client = "172.68.9.9".parse().ok());
    assert_eq!(refused(&partial), [], "lines of another client");
}

#[test]
fn a_proxys_own_line_says_that_it_refused() {
    let with_state = |code: &str| {
        let mut partial = answered(403);
        partial.edge.clear();
        let mut row = access(1, Some(9), 10, 403);
        row.line.termination =
            Some(Termination { vocabulary: EndingVocabulary::Haproxy, code: code.to_owned() });
        partial.access = vec![row];
        // The edge's log ends before.
        partial.inputs.remove(&EDGE);
        refused(&partial)
    };
    assert_eq!(with_state("PR--"), [(Some(9), Failure::ToldByLine(403))]);
    assert_eq!(with_state("----"), []);
    assert_eq!(with_state("LR--"), []);
}

#[test]
fn a_request_past_the_edge_is_no_failure_where_the_log_shows_the_edge() {
    let stranger = |peer: &str| {
        let mut row = access(9, None, 20, 500);
        row.line.remote_address = peer.parse().ok();
        row
    };
    let mut partial = evidence();
    partial.inputs.remove(&EDGE);
    partial.access = vec![access(1, Some(7), 10, 500), access(2, Some(8), 12, 502), stranger("10.0.0.7")];
    assert_eq!(joined(&partial).cases.len(), 2, "an internal client");
    partial.access[2] = stranger("198.51.100.9");
    assert_eq!(
        joined(&partial).cases.len(),
        3,
        "a visitor as real-ip shows one: too little is known of this log"
    );
    partial.access = vec![stranger("10.0.0.7")];
    assert_eq!(joined(&partial).cases.len(), 1, "nothing shows that there is an edge");
}

#[test]
fn a_line_of_a_server_behind_about_a_request_past_the_edge_is_none_either() {
    let inner = InputId(3);
    let behind = |second: i64| {
        let mut row = access(1, None, second, 500);
        row.place = Place::Line { input: inner, line: 1, before: 0 };
        row.line.remote_address = "127.0.0.1".parse().ok();
        row
    };
    let mut stranger = access(3, None, 20, 500);
    stranger.line.remote_address = "10.0.0.7".parse().ok();
    let mut partial = evidence();
    partial.inputs.remove(&EDGE);
    partial.inputs.insert(inner, InputSummary::new("origin/app/access.log", InputKind::AccessLog, "", 1));
    partial.access = vec![access(1, Some(7), 10, 502), access(2, Some(8), 12, 502), stranger, behind(20)];
    assert_eq!(joined(&partial).cases.len(), 2);
    partial.access[3] = behind(40);
    assert_eq!(joined(&partial).cases.len(), 3, "nobody asked past the edge at that time");
}
