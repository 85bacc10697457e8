//! Servers whose accept queue is full: those that stopped accepting, and those that serve on as fast as their workers can.

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{JudgedCase, Source, incident};
use super::request::{BEGIN, EDGES, Request, SECOND};

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

/// The firewall drops what comes from one range while the others' requests wait for a slow page. Otherwise those are laid to a full queue, since SYNs go unanswered.
#[test]
fn what_a_firewall_drops_of_one_range_fills_no_queue() {
    let slow = |r: Request| waits(r.by_edge(EDGES[0]), |gave_up| gave_up + 2 * SECOND);
    let dropped = |r: Request| r.by_edge(EDGES[3]).edge(522, 0).connection(|c| c.syns(4));
    let told = incident().others(60, |r| r.by_edge(EDGES[0]).goes_well());
    let told = told.failing_within(12, (40, 90), slow).failing_within(20, (40, 90), dropped).judged();
    for case in told.iter().filter(|case| case.happened.outcome == Outcome::Silent) {
        let full = ["served-while-dropped", "untaken-while-dropped", "queue-full-meanwhile"];
        assert!(!full.iter().any(|sign| case.seen.contains(sign)), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("slow-response"), "{}", case.account);
    }
}

/// A worker that dies has its connections closed at once. Otherwise a pool without a free worker, whose requests wait until the edge gives up, is laid to
/// workers that crash meanwhile on somebody else's requests.
#[test]
fn what_is_open_until_the_edge_gives_up_no_death_has_ended() {
    let full = "php-fpm[801]: [pool www] server reached pm.max_children setting (4), consider raising it";
    let dies = |at: i64| {
        format!(
            "php-fpm[801]: [pool www] child {at} exited on signal 11 (SIGSEGV) after 3.1 seconds from start"
        )
    };
    let told = incident().healthy(40).line(Source::SystemLog, 48, full);
    let told = (50..64).fold(told, |told, at| told.line(Source::SystemLog, at, &dies(at)));
    let gives_up = |r: Request| r.edge(524, 0).connection(|c| c.opens().asks().wait(3_000).ends(Edge));
    let named = told.failing_within(9, (49, 58), gives_up).named();
    assert_eq!(named, [Some("worker-pool-exhausted".to_owned())]);
}

/// php-fpm says once that its pool is full, as it gets full. Otherwise what waits in vain for a worker minutes later is told as a page that takes too long.
#[test]
fn requests_that_wait_in_vain_while_others_find_the_backlog_full_have_no_worker() {
    let told = |others: usize| {
        let full = "connect() to unix:/run/php/php8.2-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream";
        let late =
            "upstream timed out (110: Connection timed out) while reading response header from upstream";
        let told = incident().healthy(40);
        let told =
            told.failing_within(others, (40, 80), |r| r.edge(502, 502).access(502).nginx("error", full));
        let told = told.failing_within(20, (41, 79), |r| r.edge(504, 504).access(504).nginx("error", late));
        let mut judged = told.without(Source::Capture).judged();
        judged.retain(|case| case.seen.contains(&"upstream-timed-out-line"));
        judged.into_iter().filter(|case| case.slug.as_deref() == Some("worker-pool-exhausted")).count()
    };
    assert_eq!([told(30), told(0)], [20, 0]);
}

/// Each pool has workers of its own. Otherwise an application that is too slow is told as busy, as soon as another one beside it is.
#[test]
fn a_pool_that_is_full_has_no_worker_for_its_own_requests_alone() {
    let told = |asked: &str| {
        let full = "connect() to unix:/run/php/cron.sock failed (11: Resource temporarily unavailable) while connecting to upstream";
        let late =
            "upstream timed out (110: Connection timed out) while reading response header from upstream";
        let told = incident().healthy(40).without(Source::Capture);
        let told = told.failing_within(30, (40, 80), |r| {
            r.edge(502, 502).access(502).nginx_behind("unix:/run/php/cron.sock:", full)
        });
        let told = told.failing_within(20, (41, 79), |r| {
            r.edge(504, 504).access(504).nginx_behind(&format!("unix:/run/php/{asked}.sock:"), late)
        });
        let mut judged = told.judged();
        judged.retain(|case| case.seen.contains(&"upstream-timed-out-line"));
        judged.into_iter().filter(|case| case.slug.as_deref() == Some("worker-pool-exhausted")).count()
    };
    assert_eq!([told("cron"), told("www")], [20, 0]);
}

/// Otherwise, of a server with a pool for each site, the one whose workers are all busy explains what is slow in all the others.
#[test]
fn a_pool_that_is_busy_says_nothing_of_the_requests_to_another_socket() {
    let late = "upstream timed out (110: Connection timed out) while reading response header from upstream";
    let told = |socket: &str| {
        let told = incident().healthy(40).without(Source::Capture).system_lines(&[
            (20, "php-fpm[811]: [pool www] child 900 exited with code 0 after 600.2 seconds from start"),
            (44, "php-fpm[811]: [pool shop] server reached pm.max_children setting (5), consider raising it"),
        ]);
        let told = told.failing_within(12, (45, 60), |r| {
            r.edge(504, 504)
                .access(504)
                .nginx_behind(&format!("fastcgi://unix:/run/php/{socket}.sock:"), late)
        });
        told.named()
    };
    assert_eq!(told("php8.2-shop"), [Some("worker-pool-exhausted".to_owned())]);
    assert_eq!(told("php8.2-www"), [Some("upstream-timeout".to_owned())]);
    assert_eq!(told("php8.2-fpm"), [Some("worker-pool-exhausted".to_owned())], "nobody knows whose that is");
}

/// nginx's own connections, one of which had gone to the application. Otherwise an application that is too slow is told as a server that has too few connections, whose
/// log is full of it.
#[test]
fn who_waited_for_an_application_was_not_without_a_connection() {
    let scarce = "[alert] 811#811: 64 worker_connections are not enough";
    let told = |failing: fn(Request) -> Request| {
        let told = (20..100).step_by(4).fold(incident(), |told, at| told.line(Source::ErrorLog, at, scarce));
        told.healthy(40).failing(20, failing).without(Source::Capture).named()
    };
    let slow = |r: Request| {
        let waited =
            "upstream timed out (110: Connection timed out) while reading response header from upstream";
        r.edge(504, 504).access(504).nginx("error", waited)
    };
    assert_eq!(told(slow), [Some("upstream-timeout".to_owned())]);
    let without = |r: Request| {
        r.edge(500, 500)
            .access(500)
            .nginx("alert", "64 worker_connections are not enough while connecting to upstream")
    };
    assert_eq!(told(without), [Some("worker-pool-exhausted".to_owned())]);
}
