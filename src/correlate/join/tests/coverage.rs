//! Whether the edge's log covers a line. If these break, a failure that the edge did not see is lost, or one is counted twice.

use super::*;
use crate::evidence::sample::{HealthyRequest, Seen};

/// Healthy requests of a host in both logs, or in the origin's alone: one a second from `begin` on.
fn healthy(partial: &mut Partial, host: &str, (begin, seconds): (i64, i64), at_edge: bool) {
    for second in begin..begin + seconds {
        let ray = Ray(0x1000 + second.unsigned_abs() * 2 + u64::from(host.starts_with('i')));
        let request = |input: InputId| HealthyRequest {
            input,
            ray: Some(ray),
            time: Time::from_seconds(second, 0),
            resolution: Duration::SECOND,
            method: Some("GET".to_owned()),
            host: Some(host.to_owned()),
            path: Some("/".to_owned()),
            status: Some(200),
            ..HealthyRequest::default()
        };
        partial.samples.offer(Seen::Access, 0, || request(ORIGIN), Some(ray));
        if at_edge {
            partial.samples.offer(Seen::Edge, 0, || request(EDGE), Some(ray));
        }
    }
}

/// The logs of an hour.
fn an_hour() -> Partial {
    let mut partial = evidence();
    for summary in partial.inputs.values_mut() {
        summary.saw(Time::from_seconds(3_600, 0));
    }
    partial
}

/// A failure of a host that the origin alone logs.
fn failure(line: u64, host: &str, second: i64) -> AccessRow {
    let mut row = access(line, None, second, 502);
    row.line.host = Some(host.to_owned());
    row
}

#[test]
fn a_failure_of_a_host_that_does_not_go_through_the_edge_counts() {
    let mut partial = an_hour();
    healthy(&mut partial, "shop.example", (0, 3_600), true);
    healthy(&mut partial, "intern.example", (0, 600), false);
    partial.access = vec![failure(1, "shop.example", 100), failure(2, "Intern.example", 101)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.apart.len()), (1, 1));
}

#[test]
fn a_failure_of_minutes_that_the_edges_log_lacks_counts() {
    let mut partial = an_hour();
    healthy(&mut partial, "shop.example", (0, 1_200), true);
    healthy(&mut partial, "shop.example", (1_200, 600), false);
    healthy(&mut partial, "shop.example", (1_800, 1_800), true);
    partial.access = vec![failure(1, "shop.example", 1_100), failure(2, "shop.example", 1_500)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.apart.len()), (1, 1));
    assert_eq!(joined.cases[0].time, Time::from_seconds(1_500, 0));
}

#[test]
fn what_is_too_seldom_asked_to_tell_goes_by_the_log_as_a_whole() {
    let mut partial = an_hour();
    healthy(&mut partial, "shop.example", (0, 3_600), true);
    healthy(&mut partial, "intern.example", (0, 2), false);
    partial.access = vec![failure(1, "intern.example", 100)];
    assert_eq!(joined(&partial).apart.len(), 1);
}

/// Half of what went well is not in it, so it is a sample, though it does not say so. Otherwise half of the failures are told of nobody.
#[test]
fn a_failure_beside_a_log_of_the_edge_that_has_every_second_request_counts() {
    let mut partial = an_hour();
    for second in (0..3_600).step_by(2) {
        healthy(&mut partial, "shop.example", (second, 1), true);
        healthy(&mut partial, "shop.example", (second + 1, 1), false);
    }
    partial.access = vec![failure(1, "shop.example", 1_100)];
    let joined = joined(&partial);
    assert_eq!((joined.cases.len(), joined.apart.len()), (1, 0));
}

/// Otherwise the last of an internal report's failures, behind the end of the edge's log, is told as the incident.
#[test]
fn who_fails_where_the_edges_log_would_show_it_asks_past_the_edge_where_the_log_ends_too() {
    let stranger = |line: u64, second: i64| {
        let mut row = access(line, None, second, 502);
        row.line.remote_address = "192.0.2.66".parse().ok();
        row
    };
    let cases = |seconds: &[i64]| {
        let mut partial = an_hour();
        healthy(&mut partial, "shop.example", (0, 1_200), true);
        healthy(&mut partial, "shop.example", (1_200, 600), false);
        // More than half of the log is theirs: a request without a ray may be anyone's.
        for second in 0..2_000 {
            let well = || HealthyRequest {
                input: ORIGIN,
                time: Time::from_seconds(second % 1_200, 0),
                edge_address: "192.0.2.66".parse().ok(),
                status: Some(200),
                ..HealthyRequest::default()
            };
            partial.samples.offer(Seen::Access, second.unsigned_abs(), well, None);
        }
        partial.access = vec![access(1, Some(7), 100, 502)];
        partial.access.extend(seconds.iter().zip(2..).map(|(second, line)| stranger(line, *second)));
        joined(&partial).cases.iter().filter(|case| case.time == Time::from_seconds(1_500, 0)).count()
    };
    assert_eq!(cases(&[1_100, 1_500]), 1, "a visitor as real-ip shows one, which the log may lack by chance");
    assert_eq!(cases(&[1_000, 1_050, 1_100, 1_500]), 0);
}
