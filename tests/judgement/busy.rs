//! Servers whose accept queue is full: those that stopped accepting, and those that serve on as fast as their workers can.

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{JudgedCase, incident};
use super::request::{BEGIN, Request, SECOND};

/// The edge gives up after three seconds, and the server answers after that.
fn waits(r: Request, answered: impl FnOnce(i64) -> i64) -> Request {
    let page = answer("200 OK", "", "ok");
    r.edge(524, 0).connection(|c| {
        let c = c.opens().asks().wait(3_000).closes(Edge).takes(Origin);
        let at = answered(c.now());
        c.until((at - BEGIN) / SECOND).loses(Origin, &page).resets(Edge)
    })
}

fn judged(answered: impl Fn(i64) -> i64 + Copy) -> Vec<JudgedCase> {
    let told = incident().healthy(40).failing_within(9, (48, 58), |r| waits(r, answered));
    told.failing_within(9, (50, 58), |r| r.edge(522, 0).connection(|c| c.syns(3))).judged()
}

/// Otherwise a server without a free worker is told as one whose queue is too short, and nothing speaks for its workers.
#[test]
fn a_server_that_serves_on_while_its_queue_is_full_has_no_worker_free() {
    let shown = |cases: &[JudgedCase]| {
        cases.iter().filter(|case| case.seen.contains(&"served-while-dropped")).count()
    };
    let serves_on = judged(|gave_up| gave_up + 2 * SECOND);
    assert_eq!(shown(&serves_on), serves_on.len(), "{serves_on:?}");
    let stopped = judged(|_| BEGIN + 65 * SECOND);
    assert_eq!(
        shown(&stopped),
        0,
        "all that waited is answered when it goes on, and nothing is dropped then"
    );
    for case in stopped.iter().filter(|case| case.happened.outcome == Outcome::Silent) {
        assert_eq!(case.slug.as_deref(), Some("accept-queue-overflow"), "{}", case.account);
    }
}
