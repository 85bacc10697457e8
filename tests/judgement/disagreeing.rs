//! Sources that seem to speak of more failures than there are: the edge took what others refuse, a log has a second line of a request, and one is of another
//! time.

use std::collections::BTreeSet;

use rayscope::correlate::{Outcome, ToldFrom};

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, ORIGIN, Request};

/// ICMP's type and code (RFC 1812, 5.2.7.1).
const ADMINISTRATIVELY_PROHIBITED: (u8, u8) = (3, 13);

fn only(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// 90 pages with many header lines stood as failures, of each of which the edge had a record that it was passed on.
#[test]
fn an_answer_that_the_edge_passed_on_was_not_refused() {
    let many_lines = answer("200 OK", &"Link: </a.css>; rel=preload\r\n".repeat(400), "fine");
    let named = |edge: u16, origin: u16| {
        let served = |r: Request| {
            r.edge(edge, origin)
                .connection(|c| c.opens().asks().takes(Origin).answers(&many_lines).ends(Edge))
        };
        incident().healthy(40).failing(6, served).named()
    };
    assert_eq!(named(200, 200), []);
    assert_eq!(named(520, 0), only("response-header-too-large"));
}

/// Failures that were written down a night before explain nothing of an afternoon, and are none of its incident.
#[test]
fn a_log_of_the_night_before_tells_of_no_failure_of_today() {
    let line = |hour: i64| {
        move |number: i64| {
            format!(
                "198.51.100.7 - - [16/Nov/2026:{hour:02}:00:{number} +0000] \"GET /meter/{number} HTTP/1.1\" 504 160 \"-\" \"curl/8.5.0\"\n"
            )
        }
    };
    let old: String = (10..40).map(line(21)).collect();
    let told = |failing: usize| {
        let told = incident().others(40, |r| r.edge(200, 200)).failing(failing, |r| r.edge(520, 0));
        let told = told.without(Source::Capture).without(Source::AccessLog).without(Source::ErrorLog);
        told.file("logs/access.log.2", old.clone())
    };
    assert_eq!(told(6).diagnosed().incident.cases.len(), 6);
    let notes = told(6).diagnosed();
    assert_eq!(notes.incident.passed_over.of_another_time, 30);
    assert_eq!(told(0).diagnosed().incident.cases.len(), 30, "the edge's log is of no incident");
}

/// nginx behind a balancer writes a line of each request, too. Otherwise those lines take the messages about the failures away from them.
#[test]
fn the_line_of_a_server_behind_takes_no_message_from_its_request() {
    const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
    let page = answer("502 Bad Gateway", "Server: nginx\r\n", "<center>nginx</center>");
    let fails = |second: i64| {
        let page = page.clone();
        move |r: Request| {
            let asks = |c: Conversation| c.opens().asks().takes(Origin).answers(&page).ends(Edge);
            r.target(&format!("/cart/{second}")).connection(asks).nginx("error", REFUSED)
        }
    };
    let behind: String = (40..52)
        .map(|second| {
            format!("127.0.0.1 - - [17/Nov/2026:08:00:{second} +0000] \"GET /cart/{second} HTTP/1.1\" 502 559 \"-\" \"curl/8.5.0\"\n")
        })
        .collect();
    let told = |with_line: bool| {
        let told: Incident = incident().healthy(40).without(Source::EdgeLog).without(Source::AccessLog);
        let told =
            (40..52).fold(told, |told, second| told.failing_within(1, (second, second + 1), fails(second)));
        if with_line { told.file("origin/nginx/access.log", behind.clone()) } else { told }
    };
    assert_eq!(told(false).named(), only("upstream-refused"));
    assert_eq!(told(true).named(), only("upstream-refused"));
}

/// The edge asks once more when a connection that was open is gone. Otherwise every race that it healed is a failure where a snap length cut the rays off.
#[test]
fn what_is_asked_again_at_once_and_answered_has_not_failed() {
    let page = answer("200 OK", "", "fine");
    let raced: fn(Conversation) -> Conversation = |c| c.wait(50).closes(Origin).asks().resets(Origin);
    let whole: fn(Conversation) -> Conversation =
        |c| c.opens().was_used(1).wait(50).closes(Origin).asks().resets(Origin);
    let told_of = |met: fn(Conversation) -> Conversation, again: Option<i64>| {
        let failed = |told: Incident, second: i64| {
            let races =
                move |r: Request| r.by_edge(EDGES[1]).target(&format!("/poll/{second}")).connection(met);
            told.failing_within(1, (second, second + 1), races)
        };
        let told = (30..42).fold(incident().healthy(40).without(Source::EdgeLog), failed);
        let told = (30..42).fold(told, |told, second| {
            let Some(later) = again else { return told };
            let (page, at) = (page.clone(), second + later);
            let served = move |r: Request| {
                let asks = |c: Conversation| c.opens().asks().takes(Origin).answers(&page).ends(Edge);
                r.by_edge(EDGES[1]).target(&format!("/poll/{second}")).connection(asks)
            };
            told.others_within(1, (at, at + 1), served)
        });
        told.without(Source::AccessLog).snapped(96)
    };
    let told = |again| told_of(whole, again);
    assert_eq!(told(None).named(), only("keepalive-race"));
    assert_eq!(told(Some(1)).named(), []);
    // Its first request was asked before the capture began.
    assert_eq!(told_of(raced, None).named(), only("empty-response"));
    assert_eq!(told_of(raced, Some(1)).named(), []);
    assert_eq!(told(Some(20)).named(), only("keepalive-race"), "somebody else asks for it");
}

/// Otherwise an origin that refuses is told as one that is silent: of the error that says so a short snap length leaves no more than that it is one.
#[test]
fn what_the_edge_was_refused_did_not_go_unanswered_though_the_capture_lacks_the_answer() {
    let told = |status: u16| {
        let asked = move |r: Request| r.edge(status, 0).connection(|c| c.syns(3));
        let told = incident().healthy(40).failing(8, asked);
        let outcomes: BTreeSet<Outcome> = told.judged().iter().map(|case| case.happened.outcome).collect();
        (outcomes.into_iter().collect::<Vec<_>>(), told.named())
    };
    assert_eq!(told(521), (vec![Outcome::Refused], only("connect-refused")));
    assert_eq!(told(522), (vec![Outcome::Unanswered], only("connect-timeout")));
}

/// Otherwise what a filter rejects in the last second of a capture is told by the edge's word alone, as a way that is gone.
#[test]
fn an_attempt_that_was_rejected_needs_no_more_time_to_be_answered() {
    let rejected = |r: Request| {
        let connection = |c: Conversation| c.syns(1).icmp(ORIGIN, ADMINISTRATIVELY_PROHIBITED);
        r.by_edge(EDGES[3]).edge(523, 0).connection(connection)
    };
    let well = |told: Incident, edge: usize| told.others(20, move |r| r.by_edge(EDGES[edge]).goes_well());
    let told = [0, 2].into_iter().fold(incident(), well).failing_within(8, (118, 120), rejected);
    let from: Vec<ToldFrom> = told.judged().iter().map(|case| case.happened.from).collect();
    assert_eq!(from, [ToldFrom::Packets; 8]);
    assert_eq!(told.named(), only("firewall-reset"));
}
