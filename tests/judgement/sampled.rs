//! Logs of the edge that are samples: of most requests nobody tells how they fared.

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::http::TWICE;
use super::incident::{Source, incident};
use super::request::Request;

/// One record in ten is in the log.
fn sampled(r: Request) -> Request {
    r.field("SampleInterval", 10)
}

/// Otherwise of what the edge waited for in vain nine tenths are visitors who left.
#[test]
fn a_499_at_the_time_at_which_the_edge_gives_up_is_a_failure_where_a_sample_lacks_it() {
    let waited = |seconds: i64| {
        move |r: Request| r.takes(seconds * 1_000).access(499).access_field("request_time", seconds)
    };
    let told = |seconds: i64| {
        let told = incident().without(Source::Capture).others(40, |r| sampled(r.goes_well()));
        let told = told.failing(4, |r| sampled(waited(100)(r).edge(524, 0)));
        told.failing(12, waited(seconds)).judged().len()
    };
    assert_eq!(told(100), 16);
    assert_eq!(told(7), 4, "visitors leave when they like");
}

/// An application on the visitors' side gives up after a time of its own, too, and the sample says that it was they who left. Otherwise a feed that is slow now and then
/// is an origin that the edge gives up on.
#[test]
fn what_visitors_leave_after_always_the_same_time_the_edge_did_not_give_up_on() {
    let left = |r: Request| r.takes(2_000).access(499).access_field("request_time", 2.0);
    let told = |of_edge: u16| {
        let told = incident().without(Source::Capture).others(200, |r| sampled(r.goes_well()));
        let told = told.failing(4, |r| sampled(left(r).edge(of_edge, 0)));
        told.failing(12, left).named()
    };
    assert_eq!(told(524), [Some("slow-response".to_owned())]);
    assert_eq!(told(499), []);
}

/// A server that takes connections late finds the edge gone as it reads the request. Otherwise nine tenths of those are visitors who left at once.
#[test]
fn what_is_left_as_the_requests_were_that_the_edge_gave_up_on_was_given_up_too() {
    let gone = |r: Request| r.takes(3_000).access(499).access_field("request_time", 0.0);
    let told = |of_edge: u16| {
        let told = incident().without(Source::Capture).others(40, |r| sampled(r.goes_well()));
        let told = told.failing(4, |r| sampled(gone(r).edge(524, 0)));
        told.failing(4, |r| sampled(gone(r).edge(of_edge, 0))).failing(12, gone).judged().len()
    };
    assert_eq!(told(524), 20);
    assert_eq!(told(499), 4, "visitors leave in the same way");
}

/// Otherwise the answers that failed, and of which a sample says nothing, show that answers of their kind are fine.
#[test]
fn an_answer_that_the_edge_could_not_use_breaks_a_rule_for_it_however_many_others_do() {
    let page = answer("200 OK", "", "fine");
    let well =
        |r: Request| sampled(r.edge(200, 200)).connection(|c| c.opens().asks().answers(&page).ends(Edge));
    let breaks = |r: Request| r.connection(|c| c.opens().asks().answers(TWICE).ends(Origin));
    let told = incident().others(40, well).failing(4, |r| breaks(sampled(r.edge(520, 200))));
    let judged = told.failing(40, breaks).judged();
    assert_eq!(judged.len(), 4, "nothing tells that the others failed");
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("duplicate-header"), "{}", case.account);
    }
}

/// A proxy in Go writes of each failure a line that names no request, and the edge's log has every other of them. Otherwise the lines stand beside twice as many failures as
/// are known, and say nothing of any.
#[test]
fn lines_that_stand_beside_all_failures_tell_of_those_of_a_sample_too() {
    let says = "http: proxy error: dial tcp: lookup shop on 127.0.0.11:53: no such host";
    let half = |r: Request| r.field("SampleInterval", 2);
    let told = incident().without(Source::Capture).others(60, |r| half(r.goes_well()));
    let told = told.failing(12, |r| half(r.edge(502, 502).access(502).go(says)));
    let told = told.failing(12, |r| r.access(502).go(says));
    assert_eq!(told.named(), [Some("upstream-name".to_owned())]);
}
