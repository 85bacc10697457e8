//! If these break, what a proxy writes of one request without naming it explains nothing, or is laid to a request that only ended about then.

use super::*;
use crate::evidence::MessageRow;
use crate::evidence::sample::{HealthyRequest, Samples, Seen};
use crate::logs::MessageLine;

const MESSAGES: InputId = InputId(2);

/// So many microseconds into second 10.
fn at(microseconds: i64) -> Time {
    Time::from_seconds(10, 0).plus(Duration::from_microseconds(microseconds))
}

/// Caddy's line of a request of this ray that ends then.
fn line(number: u64, ray: u64, end: i64) -> AccessRow {
    let mut row = access(number, Some(ray), 10, 200);
    row.line.time = at(end);
    row.line.resolution = Duration::from_microseconds(1);
    row
}

/// What Caddy writes of a request that ends then, and does not name.
fn aborting(number: u64, microseconds: i64) -> MessageRow {
    let message = MessageLine {
        time: Some(at(microseconds)),
        resolution: Duration::from_microseconds(1),
        signature: Some("go-proxy-backend-closed-early"),
        ..MessageLine::default()
    };
    MessageRow { place: Place::Line { input: MESSAGES, line: number, before: 0 }, line: message }
}

/// Two requests that fail, of which the first ends at 20 ms and the second at 30 ms, and Caddy's messages then.
fn told(messages: &[i64], change: impl Fn(&mut Partial)) -> Vec<usize> {
    let mut partial = evidence();
    let mut summary = InputSummary::new("origin/caddy.log", InputKind::ErrorLog, "caddy", 1);
    summary.saw(Time(0));
    partial.inputs.insert(MESSAGES, summary);
    partial.edge = vec![record(1, 7, 10, 520), record(2, 8, 10, 520)];
    partial.edge.iter_mut().for_each(|row| row.record.origin_status = Some(200));
    partial.access = vec![line(1, 7, 20_000), line(2, 8, 30_000)];
    partial.messages = (1..).zip(messages).map(|(number, at)| aborting(number, *at)).collect();
    change(&mut partial);
    joined(&partial).cases.iter().map(|case| case.messages.len()).collect()
}

#[test]
fn a_message_without_a_name_is_that_of_the_request_that_ends_beside_it() {
    assert_eq!(told(&[19_970], |_| ()), [1, 0]);
    assert_eq!(told(&[19_970, 29_950], |_| ()), [1, 1]);
    assert_eq!(told(&[25_000], |_| ()), [0, 0], "far from both");
}

#[test]
fn what_two_requests_end_beside_is_given_to_neither() {
    let near = |partial: &mut Partial| partial.access[1] = line(2, 8, 20_040);
    assert_eq!(told(&[20_020], near), [0, 0]);
    assert_eq!(told(&[20_002], near), [1, 0], "twenty times as near");
    assert_eq!(told(&[19_970, 19_980], |_| ()), [1, 0], "one request leaves one");
}

#[test]
fn a_healthy_request_that_ends_as_near_competes() {
    let healthy = |end: i64| HealthyRequest {
        input: ORIGIN,
        ray: Some(Ray(99)),
        time: at(end - 5_000),
        end: Some(at(end)),
        resolution: Duration::from_microseconds(1),
        edge_address: edge(),
        status: Some(200),
        ..HealthyRequest::default()
    };
    let beside = |end: i64| {
        move |partial: &mut Partial| {
            partial.samples = Samples::default();
            partial.samples.offer(Seen::Access, 0, || healthy(end), Some(Ray(99)));
        }
    };
    assert_eq!(told(&[19_970], beside(19_960)), [0, 0]);
    assert_eq!(told(&[19_970], beside(19_000)), [1, 0]);
}

/// Of a log that is longer than the sample, most healthy lines are not known.
#[test]
fn where_lines_that_are_only_counted_end_as_near_nobody_knows_whose_it_is() {
    let of = |lines: u64| {
        move |partial: &mut Partial| {
            partial.inputs.get_mut(&ORIGIN).expect("the log").records = lines;
        }
    };
    assert_eq!(told(&[19_970], of(2_000)), [1, 0]);
    assert_eq!(told(&[19_970], of(2_000_000)), [0, 0]);
}

#[test]
fn a_machine_of_its_own_and_a_log_of_whole_seconds_do_not_tell_whose_it_is() {
    let elsewhere = |partial: &mut Partial| {
        partial.inputs.get_mut(&MESSAGES).expect("the log").name = "web2/caddy.log".to_owned();
    };
    assert_eq!(told(&[19_970], elsewhere), [0, 0]);
    let coarse = |partial: &mut Partial| {
        partial.access.iter_mut().for_each(|row| {
            row.line.time = Time::from_seconds(10, 0);
            row.line.resolution = Duration::SECOND;
        });
    };
    assert_eq!(told(&[500], coarse), [0, 0]);
}
