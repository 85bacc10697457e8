//! What programs say in words of their own while requests fail, and what looks like it.

use super::application::fails;
use super::error_pages::answered;
use super::incident::{Incident, Source, incident};
use super::request::EDGES;

/// An application answers 500 for some seconds, and says this in each of them.
fn while_it_says(line: &str) -> Incident {
    (50..58).fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, line)).failing_within(
        6,
        (51, 57),
        |r| fails(r, 500),
    )
}

#[test]
fn a_pool_of_connections_is_used_up_in_any_language() {
    for said in [
        "app[900]: Sequel::PoolTimeout: timeout: 5.0, elapsed: 5.000172",
        "app[900]: ConnectionPool::TimeoutError: Waited 5 sec, 0/5 available",
        "app[900]: ERROR shop: pool timed out while waiting for an open connection",
        "app[900]: ERROR shop: Timeout occurred while waiting for a slot to become available",
        "app[900]: ** (DBConnection.ConnectionError) connection not available and request was dropped from queue after 2986ms.",
        "app[900]: ORA-24496: OCISessionGet() timed out waiting for a free connection.",
        "app[900]: Error: NJS-040: connection request timeout. Request exceeded \"queueTimeout\" of 60000",
        "app[900]: oracledb.exceptions.DatabaseError: DPY-4005: timed out waiting for the connection pool to return a connection",
    ] {
        assert_eq!(while_it_says(said).named(), [Some("backend-pool-stalled".to_owned())], "{said}");
    }
    let closed = "app[900]: ERROR shop: Pool has been closed";
    assert_eq!(while_it_says(closed).named(), [Some("origin-error-status".to_owned())]);
}

/// The application itself turns away what comes from one address too often, by the page that it answers with.
#[test]
fn a_limit_within_an_application_is_told_by_what_it_answers() {
    let shown = |status: u16, page: &'static str| {
        incident().healthy(40).failing(8, move |r| answered(r, status, page, "")).named()
    };
    let throttled = [Some("client-throttle".to_owned())];
    assert_eq!(shown(503, "Too many requests, please try again later."), throttled);
    assert_eq!(shown(503, "Retry later\n"), throttled);
    assert_eq!(
        shown(503, "service is overloaded, try again later"),
        [Some("worker-pool-exhausted".to_owned())]
    );
    assert_eq!(shown(503, "Please retry later, we are moving"), [Some("origin-error-status".to_owned())]);
    assert_eq!(shown(429, "Retry later\n"), [], "a robot may meet its own limit");
}

#[test]
fn an_application_that_takes_no_more_requests_at_a_time_has_no_workers_left() {
    let exhausted = [Some("worker-pool-exhausted".to_owned())];
    let busy = |line: &str| {
        (50..58)
            .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, line))
            .failing_within(6, (51, 57), |r| fails(r, 503))
            .named()
    };
    assert_eq!(busy("shop[900]: ERROR shop: request failed error=service overloaded"), exhausted);
    let bulkhead = "app[900]: io.github.resilience4j.bulkhead.BulkheadFullException: Bulkhead 'orders' is full and does not permit further calls";
    assert_eq!(busy(bulkhead), exhausted);
    let another = "shop[900]: WARN shop: the payment service is overloaded, asking again";
    assert_eq!(busy(another), [Some("origin-error-status".to_owned())]);
}

/// ASP.NET Core's limiter names nobody. What fails meanwhile in another way has another reason.
#[test]
fn a_limit_that_names_nobody_is_told_by_the_moment_and_its_status() {
    let says = "app[900]: dbug: Microsoft.AspNetCore.RateLimiting.RateLimitingMiddleware[1] Rate limits exceeded, rejecting this request.";
    let limited = |status: u16| {
        (50..58)
            .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, says))
            .failing_within(6, (51, 57), move |r| fails(r, status))
            .named()
    };
    assert_eq!(limited(503), [Some("client-throttle".to_owned())]);
    assert_eq!(limited(500), [Some("origin-error-status".to_owned())]);
}

/// Django's throttles count users, too, as they should: its line alone makes no failure, but tells of those that an address of the edge met.
#[test]
fn a_throttle_of_django_is_told_where_it_counts_an_address_of_the_edge() {
    let throttled = |from_one: bool| {
        let told = incident().healthy(80).failing(12, move |r| {
            let visitor = r.ray().0 / 7_919 % 200;
            let r = if from_one { r.by_edge(EDGES[0]) } else { r };
            let r = fails(r, 429).field("ClientIP", format!("198.51.100.{visitor}"));
            r.says("app[900]: WARNING django.request: Too Many Requests: ")
        });
        told.judged()
    };
    let judged = throttled(true);
    assert_eq!(judged.len(), 12);
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("client-throttle"), "{}", case.account);
        assert!(case.seen.contains(&"limited-line"), "{}", case.account);
    }
    assert_eq!(throttled(false).len(), 0);
}
