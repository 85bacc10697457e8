//! What programs say in words of their own while requests fail, and what looks like it.

use super::application::fails;
use super::conversation::Speaker::Edge;
use super::conversation::answer;
use super::error_pages::answered;
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{EDGES, Request};

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

/// What a manager says of its worker at second 60, as the requests that it served end.
fn managed(lines: &[&str]) -> Incident {
    let page = answer("502 Bad Gateway", "", "no");
    let told = incident().healthy(40).failing_within(6, (30, 31), |r| {
        r.edge(502, 502).access(502).connection(|c| c.opens().asks().until(60).answers(&page).ends(Edge))
    });
    lines.iter().fold(told, |told, line| told.line(Source::SystemLog, 60, line))
}

/// Otherwise a request that is too slow is told as a crash, and its owner looks for a broken library or for memory.
#[test]
fn a_worker_that_its_manager_kills_at_a_time_limit_did_not_crash() {
    for [limit, death] in [
        [
            "gunicorn[900]: [2026-11-17 08:01:00 +0000] [900] [CRITICAL] WORKER TIMEOUT (pid:811)",
            "gunicorn[900]: [2026-11-17 08:01:00 +0000] [900] [ERROR] Worker (pid:811) was sent SIGKILL! Perhaps out of memory?",
        ],
        [
            "unicorn[900]: E, [2026-11-17T08:01:00.123456 #900] ERROR -- : worker=1 PID:811 timeout (31s > 30s), killing",
            "unicorn[900]: E, [2026-11-17T08:01:00.223456 #900] ERROR -- : reaped #<Process::Status: pid 811 SIGKILL (signal 9)> worker=1",
        ],
        [
            "uwsgi[900]: *** HARAKIRI ON WORKER 3 (pid: 811, try: 1, graceful: yes) ***",
            "uwsgi[900]: DAMN ! worker 3 (pid: 811) died, killed by signal 9 :( trying respawn ...",
        ],
    ] {
        let timeout = Some("upstream-timeout".to_owned());
        assert_eq!(managed(&[limit, death]).named(), [timeout], "{limit}");
        assert_eq!(managed(&[death]).named(), [Some("worker-crash".to_owned())], "{death}");
        let of_another = death.replace("811", "812");
        let named = managed(&[limit, &of_another]).named();
        assert_ne!(named, [Some("upstream-timeout".to_owned())], "another process died: {of_another}");
        let memory = "kernel: Out of memory: Killed process 811 (python3) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB";
        assert_eq!(managed(&[memory, death]).named(), [Some("oom-kill".to_owned())], "{death}");
    }
}

/// A service that dies again and again is started again each time. Otherwise the crashes behind a window of refusals are told as somebody's restart.
#[test]
fn a_service_that_dies_again_and_again_was_not_restarted_by_anybody() {
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).refuses());
    let told = incident().healthy(40).failing_within(24, (50, 57), refused);
    let said = |told: Incident, at: i64, line: &str| told.line(Source::SystemLog, at, line);
    let told = (50..58).step_by(2).fold(told, |told, at| {
        let told =
            said(told, at, "systemd[1]: shop.service: Main process exited, code=dumped, status=11/SEGV");
        let told = said(told, at, "systemd[1]: shop.service: Failed with result 'core-dump'.");
        let told =
            said(told, at + 1, "systemd[1]: shop.service: Scheduled restart job, restart counter is at 3.");
        said(told, at + 1, "systemd[1]: Started shop.service - Shop application.")
    });
    for case in told.judged() {
        assert!(!case.seen.contains(&"window-between-restart-lines"), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("worker-crash"), "{}", case.account);
    }
}

/// HAProxy says how a request ended in whatever column its layout has the state. Otherwise its word is lost wherever somebody changed the layout.
#[test]
fn haproxys_state_tells_in_a_layout_of_its_own() {
    let ends = |server: &'static str, status: u16, state: &'static str| {
        let fails = move |r: Request| r.edge(status, status).haproxy_own_layout(server, status, state);
        let well = |r: Request| r.edge(200, 200).haproxy_own_layout("app/web1", 200, "--");
        let told = incident().others(60, well).failing(8, fails);
        told.without(Source::Capture).without(Source::AccessLog).named()
    };
    let named = |slug: &str| [Some(slug.to_owned())];
    assert_eq!(ends("app/<NOSRV>", 503, "sQ"), named("worker-pool-exhausted"));
    assert_eq!(ends("app/<NOSRV>", 503, "SC"), named("upstream-refused"));
    assert_eq!(ends("app/web1", 502, "SH"), named("upstream-closed-early"));
    assert_eq!(ends("web/<NOSRV>", 403, "PR"), named("security-block"));
    assert_eq!(ends("app/web1", 503, "--"), named("origin-error-status"), "the application's own answer");
}

/// HAProxy sends one page for a backend without a server and for a queue that took too long. Otherwise a full backend is told as one that is down.
#[test]
fn haproxys_state_tells_more_than_its_page() {
    let page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
    let told = |state: Option<&'static str>| {
        let fails = move |r: Request| {
            let r = match state {
                Some(state) => r.edge(503, 503).haproxy("app/<NOSRV>", 503, state),
                None => r.edge(503, 503),
            };
            r.connection(|c| {
                c.opens().asks().answers(&answer("503 Service Unavailable", "", page)).ends(Edge)
            })
        };
        incident().healthy(40).failing(8, fails).judged()
    };
    let says = ["no-server-left", "no-server-left-page"];
    let is_down = |case: &&JudgedCase| says.iter().any(|sign| case.seen.contains(sign));
    let down = |state| told(state).iter().filter(is_down).count();
    assert_eq!([down(Some("sQ--")), down(Some("SC--")), down(None)], [0, 8, 8]);
    let named = |state| told(state).into_iter().next_back().and_then(|case| case.slug);
    assert_eq!(named(Some("sQ--")).as_deref(), Some("worker-pool-exhausted"));
    assert_eq!(named(Some("SC--")).as_deref(), Some("upstream-refused"));
}
