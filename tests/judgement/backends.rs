//! What a proxy said of the servers behind it holds until it says otherwise, however long ago that was.

use super::incident::{Incident, Source, incident};
use super::request::Request;

const UNRESOLVED: &str = "haproxy[812]: Server app/web1 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left. 1 sessions active, 0 requeued, 0 remaining in queue.";
const DOWN: &str = "haproxy[812]: Server app/web1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 0 active and 0 backup servers left.";
const UP: &str = "haproxy[812]: Server app/web1 is UP, reason: Layer4 check passed, check duration: 0ms. 1 active and 0 backup servers online.";

fn without_server(backend: &'static str) -> impl Fn(Request) -> Request {
    move |r| r.edge(503, 503).haproxy(&format!("{backend}/<NOSRV>"), 503, "SC--")
}

fn told(lines: &[(i64, &str)]) -> Incident {
    let begin = incident().healthy(60).without(Source::Capture);
    begin.system_lines(lines)
}

/// Otherwise only the failures of the first second are known to come of the name, and the rest are called refusals.
#[test]
fn a_server_that_lost_its_name_is_the_reason_until_it_is_up_again() {
    let failing = |told: Incident| told.failing_within(8, (60, 110), without_server("app"));
    let slug = |slug: &str| vec![Some(slug.to_owned())];
    assert_eq!(failing(told(&[(20, UNRESOLVED)])).named(), slug("upstream-name"));
    assert_eq!(failing(told(&[(20, UNRESOLVED), (30, UP), (50, DOWN)])).named(), slug("upstream-refused"));
}

/// Otherwise one backend without a name makes all others nameless.
#[test]
fn another_backend_says_nothing() {
    let other = told(&[(20, UNRESOLVED)]).failing_within(8, (60, 110), without_server("shop"));
    assert_eq!(other.named(), [Some("upstream-refused".to_owned())]);
}
