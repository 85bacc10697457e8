//! Connections that failed beside requests that failed: no request can be tied to them, and only packets tell of them.

use rayscope::compose::{Redaction, report};

use super::conversation::Speaker::Origin;
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::Request;

/// Requests that the access log has with 502, and attempts to connect that nobody answers, of which no log tells.
fn refused_and_unanswered(attempts: usize) -> Incident {
    incident().healthy(60).failing(10, |r| r.edge(502, 502).access(502)).failing_within(
        attempts,
        (40, 90),
        |r| r.connection(|c| c.syns(4)),
    )
}

/// The causes that are named, with the failures and with the cases of each.
fn named(told: &Incident) -> Vec<(String, u64, usize)> {
    let causes = told.diagnosed().causes.into_iter();
    causes.map(|ranked| (ranked.cause.slug.clone(), ranked.failures, ranked.cases.len())).collect()
}

/// Otherwise whoever has no log of the edge reads of a firewall that drops every other visitor in a note alone.
#[test]
fn what_befell_connections_of_which_no_log_could_tell_is_named_behind_the_failures() {
    let told = refused_and_unanswered(8).without(Source::EdgeLog);
    let [(_, 10, 10), (slug, 0, 8)] = &named(&told)[..] else { panic!("{:?}", named(&told)) };
    assert_eq!(slug, "connect-timeout");
    let report = report(&told.diagnosed(), Redaction::On);
    assert_eq!(report.totals.failed_requests, 10);
    assert!(report.verdict.headline.ends_with("(8 connections beside these)"), "{}", report.verdict.headline);
    let summary = &report.causes[1].summary;
    assert!(summary.starts_with("The clearest of 8 connections: "), "{summary}");
}

/// Otherwise two SYNs of a scanner are an incident.
#[test]
fn one_or_two_connections_beside_the_failures_are_no_cause() {
    let told = refused_and_unanswered(2).without(Source::EdgeLog);
    assert_eq!(named(&told).len(), 1, "{:?}", named(&told));
}

/// Otherwise attempts that the edge tried again with success are told as failures.
#[test]
fn connections_of_which_the_log_of_the_edge_knows_nothing_bad_are_no_cause() {
    assert_eq!(named(&refused_and_unanswered(8)).len(), 1);
}

/// Otherwise a cause that only a log tells of is not listed at all, as soon as far more connections are refused than that log has failures.
#[test]
fn requests_that_only_logs_tell_of_are_named_behind_the_connections_that_are_counted() {
    let told = refused_and_unanswered(60).without(Source::EdgeLog);
    let [(_, 60, 60), (_, 0, 10)] = &named(&told)[..] else { panic!("{:?}", named(&told)) };
    let report = report(&told.diagnosed(), Redaction::On);
    assert!(report.verdict.headline.ends_with("(10 requests beside these)"), "{}", report.verdict.headline);
    let summary = &report.causes[1].summary;
    assert!(summary.starts_with("The clearest of 10 requests: "), "{summary}");
}

/// Otherwise what befell most requests stands behind what befell some, as soon as connections are counted: several were lost on each that was kept open.
#[test]
fn causes_are_ranked_by_requests_where_connections_are_counted() {
    let page = answer("502 Bad Gateway", "Server: shop\r\n", "nobody is at home");
    let lost = |r: Request| r.connection(|c| c.opens().was_answered(&page).asks().answers(&page));
    let told = incident().healthy(60).failing(10, lost);
    let told = told.failing_within(12, (40, 90), |r| r.connection(|c| c.syns(1).resets(Origin)));
    let named = named(&told.without(Source::EdgeLog).without(Source::AccessLog));
    let [(first, 10, 20), (second, 12, 12)] = &named[..] else { panic!("{named:?}") };
    assert_eq!((first.as_str(), second.as_str()), ("origin-error-status", "connect-refused"));
}

/// Otherwise the report shows a request with its cause, and no cause in its list.
#[test]
fn a_request_alone_is_named_behind_the_connections_that_are_counted() {
    let told = incident().healthy(60).failing(1, |r| r.edge(502, 502).access(502));
    let told = told.failing_within(60, (40, 90), |r| r.connection(|c| c.syns(4))).without(Source::EdgeLog);
    let [(_, 60, 60), (_, 0, 1)] = &named(&told)[..] else { panic!("{:?}", named(&told)) };
}
