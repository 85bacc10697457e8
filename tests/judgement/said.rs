//! What a request's own lines say of it binds what lines that only stand near may have brought about.

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::Request;

const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";

fn named(judged: &[JudgedCase], slug: &str) -> usize {
    judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count()
}

/// A parent of workers listens on, whoever of its children dies. Otherwise the crashes of one application explain what another one refuses.
#[test]
fn a_child_that_dies_refuses_nothing() {
    let refused = |r: Request| r.edge(502, 502).nginx("[error]", REFUSED);
    let beside = |died: &str| {
        let told = (50..58).fold(incident().healthy(60), |told, at| told.line(Source::SystemLog, at, died));
        told.failing_within(8, (50, 58), refused).judged()
    };
    let child = beside(
        "php-fpm[822]: WARNING: [pool www] child 823 exited on signal 11 (SIGSEGV) after 2.4 seconds from start",
    );
    assert_eq!(named(&child, "upstream-refused"), 8, "{}", child[0].account);
    let alone = beside("systemd[1]: app.service: Main process exited, code=dumped, status=11/SEGV");
    assert!(alone.iter().any(|case| case.seen.contains(&"process-died-line")), "{}", alone[0].account);
}

/// HAProxy passes on what a server behind answers. Otherwise the errors of an application stand as refusals, or crashes, beside a second server that is down.
#[test]
fn a_server_that_answered_was_neither_down_nor_dead() {
    let down = "haproxy[812]: Server app/app2 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 1 active and 0 backup servers left.";
    let died = "systemd[1]: app.service: Main process exited, code=dumped, status=11/SEGV";
    let told = |state: &'static str| {
        let fails = move |r: Request| r.edge(500, 500).haproxy("app/app1", 500, state);
        let told = incident().healthy(60).line(Source::SystemLog, 50, down);
        let told = (50..58).fold(told, |told, at| told.line(Source::SystemLog, at, died));
        told.failing_within(8, (50, 58), fails).judged()
    };
    let seen = |judged: &[JudgedCase], sign: &str| judged.iter().any(|case| case.seen.contains(&sign));
    let passed_on = told("----");
    assert_eq!(named(&passed_on, "origin-error-status"), 8, "{}", passed_on[0].account);
    let cut = told("SH--");
    assert!(seen(&cut, "process-died-line") && seen(&cut, "server-down-line"), "{}", cut[0].account);
}

/// Otherwise each answer that broke off on a connection that lived on is a crash, since all connections end together as the server is stopped at last.
#[test]
fn connections_that_end_together_later_say_nothing_of_a_request_that_was_over() {
    let page = answer("502 Bad Gateway", "", "bad");
    let closed = "upstream prematurely closed connection while reading response header from upstream";
    let told = |stays: bool| {
        let fails = |r: Request| {
            let r = r.edge(502, 502).nginx("[error]", closed);
            r.connection(|c| {
                let c = c.opens().asks();
                if stays {
                    c.answers(&page).until(60).ends(Origin)
                } else {
                    c.until(60).answers(&page).ends(Origin)
                }
            })
        };
        incident().healthy(60).failing_within(6, (50, 55), fails).judged()
    };
    let together =
        |judged: Vec<JudgedCase>| judged.iter().filter(|case| case.seen.contains(&"ended-together")).count();
    assert_eq!((together(told(true)), together(told(false))), (0, 6));
}

/// HAProxy sends its page of 503 at once where no server is up, and after a wait where none became free. Otherwise a full backend is one that is down.
#[test]
fn a_page_that_comes_after_a_wait_says_no_more_than_that_no_server_answered() {
    let page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
    let told = |waits: i64| {
        let answer = answer("503 Service Unavailable", "", page);
        let fails = |r: Request| {
            r.takes(3_000)
                .edge(503, 503)
                .connection(|c| c.opens().asks().wait(waits).answers(&answer).ends(Edge))
        };
        let judged = incident().healthy(40).failing(8, fails).judged();
        judged.iter().filter(|case| case.seen.contains(&"no-server-left-page")).count()
    };
    assert_eq!((told(5), told(1_500), told(1_000)), (8, 0, 8), "it tries again after a second");
}

/// nginx names the upstream with its protocol. Otherwise the crash of one application explains what another one behind the same server did.
#[test]
fn what_a_program_says_of_itself_is_about_what_was_asked_in_its_protocol() {
    let closed = "upstream prematurely closed connection while reading response header from upstream";
    let seen = |died: &str| {
        let fails = |r: Request| r.edge(502, 502).nginx("error", closed);
        let told = (50..56).fold(incident().healthy(60), |told, at| told.line(Source::SystemLog, at, died));
        let judged = told.failing_within(6, (50, 56), fails).judged();
        judged.iter().filter(|case| case.seen.contains(&"process-died-line")).count()
    };
    let of_php =
        "php-fpm[801]: [pool www] child 811 exited on signal 11 (SIGSEGV) after 3.1 seconds from start";
    let of_any = "kernel: [77.1] node[811]: segfault at 0 ip 00007f1 sp 00007f2 error 4 in node[400000+1000]";
    assert_eq!((seen(of_php), seen(of_any) > 0), (0, true));
}

/// The application says that the database let a statement go, and the database that a lock was held. Otherwise it is the application's own error.
#[test]
fn a_statement_that_waits_for_a_lock_is_the_databases() {
    let fails = |r: Request| r.takes(2_500).edge(500, 500).access(500);
    let told = |line: &str| {
        let told = (50..58).fold(incident().healthy(60), |told, at| told.line(Source::SystemLog, at, line));
        told.failing_within(8, (50, 58), fails).named()
    };
    let stalled = [Some("backend-pool-stalled".to_owned())];
    assert_eq!(
        told("shop[811]: ERROR in app: QueryCanceled: canceling statement due to statement timeout"),
        stalled
    );
    assert_eq!(
        told(
            "postgres[900]: [900] LOG:  process 900 still waiting for RowShareLock on relation 16385 of database 16384 after 1000.103 ms"
        ),
        stalled
    );
    assert_ne!(
        told(
            "postgres[900]: [900] LOG:  process 900 acquired RowShareLock on relation 16385 of database 16384 after 12.103 ms"
        ),
        stalled
    );
}

/// Otherwise a device that cuts off whatever asks for one path, on new connections as well, is an idle timeout of the origin.
#[test]
fn what_fails_too_soon_on_new_connections_as_well_is_no_race() {
    let cut = |opened: i64| {
        move |r: Request| r.takes(4 + opened).edge(520, 0).field("OriginTCPHandshakeDurationMs", opened)
    };
    let told = |on_new: usize| -> Incident {
        let told =
            incident().others(60, |r| r.takes(60).edge(200, 200).field("OriginTCPHandshakeDurationMs", 0));
        told.failing(8, cut(0)).failing(on_new, cut(6)).without(Source::Capture).without(Source::AccessLog)
    };
    let too_soon =
        |told: Incident| told.judged().iter().filter(|case| case.seen.contains(&"failed-too-soon")).count();
    assert_eq!((too_soon(told(0)), too_soon(told(3))), (8, 0));
}

/// nginx's `$uri` and HAProxy's `%HP` have no query. Otherwise no line of such a log is of any request that was asked with one.
#[test]
fn a_log_that_leaves_queries_out_has_lines_of_requests_with_them() {
    let logged = |r: Request, target: &str| {
        r.access(499).access_field("request_uri", target).access_field("cf_ray", "-")
    };
    let told = |another: &'static str| {
        let fails = |r: Request| logged(r.target("/search?q=2").edge(520, 0), "/search");
        let other = move |r: Request| logged(r.target("/cart?step=1").edge(520, 0), another);
        let told = incident().healthy(60).failing(8, fails).failing(2, other).without(Source::Capture);
        let diagnosis = told.diagnosed();
        let evidence = &diagnosis.incident.evidence;
        diagnosis.incident.cases.iter().filter(|case| case.access(evidence).next().is_some()).count()
    };
    assert_eq!(told("/cart"), 10);
    assert_eq!(told("/cart?step=1"), 2, "this log has queries, and those requests had none");
}
