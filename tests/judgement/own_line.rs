//! What a line of the request itself tells, beside lines that only time ties to it, and which lines time ties.

use super::conversation::Speaker::Origin;
use super::incident::{Source, incident};
use super::request::Request;

/// Otherwise a server that has no descriptors left now and then takes the failures of an application whose answers are too large for it.
#[test]
fn a_line_of_the_request_outweighs_lines_of_its_moment() {
    let too_big = |r: Request| {
        let said = "upstream sent too big header while reading response header from upstream";
        r.edge(502, 502).access(502).nginx("error", said)
    };
    let begin = incident().healthy(60).without(Source::Capture).failing_within(6, (40, 52), too_big);
    let used_up = "[crit] 811#811: accept4() failed (24: Too many open files)";
    let told = (30..66).fold(begin, |told, second| told.line(Source::ErrorLog, second, used_up));
    assert_eq!(told.named(), [Some("upstream-header-too-big".to_owned())]);
}

/// Otherwise the rule that hides `.git` from robots is reported as an incident.
#[test]
fn a_hidden_file_that_is_denied_is_no_failure_and_a_page_is() {
    let denied = |target: &'static str| {
        let told = |r: Request| {
            r.target(target).edge(403, 403).access(403).nginx("error", "access forbidden by rule")
        };
        incident().healthy(60).without(Source::Capture).failing(6, told).named()
    };
    assert_eq!(denied("/.git/config"), []);
    assert_eq!(denied("/checkout"), [Some("security-block".to_owned())]);
}

/// Otherwise a death that the parent notices within its second is missed wherever the edge's log has whole seconds.
#[test]
fn a_record_of_whole_seconds_ends_when_its_connection_does() {
    let served = |r: Request| {
        r.edge(520, 0).connection(|c| c.opens().asks().takes(Origin).until(58).wait(900).ends(Origin))
    };
    let died = "[alert] 811#811: worker process 4242 exited on signal 11";
    let told = incident().healthy(40).line(Source::ErrorLog, 60, died).failing_within(6, (57, 58), served);
    assert_eq!(told.edge_in_seconds().named(), [Some("worker-crash".to_owned())]);
}
