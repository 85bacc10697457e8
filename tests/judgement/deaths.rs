//! Processes that die, and failures that only stand beside it.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::Request;

const KILLED: &str = "kernel: Memory cgroup out of memory: Killed process 811 (node) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB";

/// The answer ends in the midst of its body.
fn cut(r: Request) -> Request {
    let part = b"HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Length: 9000\r\n\r\npart of the page";
    r.edge(520, 200).connection(|c| c.opens().asks().answers(part).ends(Origin).ends(Edge))
}

/// Otherwise an application that cuts its answers all the time is told as killed, as soon as a job beside it is.
#[test]
fn what_is_cut_at_many_moments_around_one_kill_was_not_ended_by_it() {
    let told = |failing: usize| {
        let told = incident().healthy(80).line(Source::SystemLog, 60, KILLED).edge_in_seconds();
        told.failing_within(failing, (60, 62), cut).named()
    };
    assert_eq!(told(30), [Some("truncated-response".to_owned())]);
    assert_eq!(told(3), [Some("oom-kill".to_owned())], "as many as it may have held");
}

/// The same where no capture shows it: the edge gives up as soon as a connection ends.
#[test]
fn what_the_edge_gave_up_at_many_moments_around_one_kill_was_not_ended_by_it() {
    let beside_the_kill = |failing: usize| {
        let told = incident().others(80, |r| r.edge(200, 200)).line(Source::SystemLog, 60, KILLED);
        let told = told.failing_within(failing, (60, 62), |r| r.edge(520, 0)).without(Source::Capture);
        told.judged().iter().filter(|case| case.seen.contains(&"out-of-memory-line")).count()
    };
    assert_eq!(beside_the_kill(30), 0);
    assert_eq!(beside_the_kill(3), 3);
}

/// Otherwise what fails all along is told as killed, as soon as the kernel kills another process in the midst of it.
#[test]
fn what_ended_before_a_kill_did_not_end_for_it() {
    let kill = |clock: &str, uptime: &str, process: u32| {
        format!(
            "Nov 17 08:{clock} web1 kernel: [ {uptime}] Memory cgroup out of memory: Killed process {process} (node) total-vm:812345kB\n"
        )
    };
    let empty = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().ends(Origin));
    let near = |from: i64| {
        // Together they leave a fifth of a second for the machine's start: the first is of 59.8 s, the second of 62.0 s.
        let log = kill("00:59", "6059.300000", 811) + &kill("01:02", "6061.500000", 812);
        let told = incident().healthy(80).file("origin/kern.log", log);
        let told = told.failing_within(3, (from, from + 1), empty).without(Source::SystemLog);
        told.judged().iter().filter(|case| case.seen.contains(&"out-of-memory-line")).count()
    };
    assert_eq!(near(58), 0, "the log's own second is before them");
    assert_eq!(near(62), 3);
}

/// A program that is started again and again, and that no request needs: `deaths` seconds apart.
fn beside_a_crash_loop(service: &str, every: i64) -> Incident {
    let died = format!("systemd[1]: {service}: Main process exited, code=exited, status=1/FAILURE");
    let told = (5..115)
        .step_by(every as usize)
        .fold(incident().healthy(200), |told, at| told.line(Source::SystemLog, at, &died));
    told.failing_within(5, (53, 56), |r| r.edge(520, 0).connection(|c| c.opens().asks().ends(Origin)))
}

/// Otherwise what crashes all day beside an application, and harms nobody, explains whatever fails for once.
#[test]
fn a_service_that_dies_all_the_time_and_harms_nobody_explains_nothing() {
    assert_eq!(beside_a_crash_loop("mailer.service", 10).named(), [Some("empty-response".to_owned())]);
}

/// Otherwise who restarts a server has not, as soon as another program of the machine dies a few seconds before.
#[test]
fn the_death_of_another_service_did_not_make_anybody_start_this_one() {
    let told = |dies: &str| {
        let died = format!("systemd[1]: {dies}: Main process exited, code=exited, status=1/FAILURE");
        let told = incident().healthy(80).system_lines(&[
            (49, &died),
            (52, "systemd[1]: Stopping shop.service - The shop..."),
            (58, "systemd[1]: Started shop.service - The shop."),
        ]);
        let told = told.failing_within(12, (52, 57), |r| r.edge(521, 0)).without(Source::Capture);
        told.judged().iter().filter(|case| case.seen.contains(&"window-at-restart")).count()
    };
    assert_eq!(told("mailer.service"), 12);
    assert_eq!(told("shop.service"), 0, "it was started again since it had died");
}

/// What the web server says of a request that its application refuses.
const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";

fn refused(r: Request) -> Request {
    r.edge(502, 502).access(502).nginx("error", REFUSED)
}

/// Requests that go well before these moments and behind them.
fn served_but_within((from, to): (i64, i64)) -> Incident {
    let well = Request::goes_well;
    incident().others_within(30, (0, from - 1), well).others_within(30, (to, 118), well)
}

/// What is killed takes seconds to come up again. Otherwise most of what failed for a kill is told as an application that nobody started (`upstream-refused` at 0.95).
#[test]
fn what_is_refused_until_a_killed_process_is_back_failed_for_the_kill() {
    let told = |at: i64| {
        let told = served_but_within((52, 61)).line(Source::SystemLog, at, KILLED);
        told.failing_within(12, (52, 61), refused).without(Source::Capture).named()
    };
    assert_eq!(told(51), [Some("oom-kill".to_owned())]);
    assert_eq!(told(30), [Some("upstream-refused".to_owned())], "it was over long before");
}

/// A manager says "started" as it starts a program, which listens when it has loaded; and where little is asked for it is back before somebody asks. Otherwise each
/// deploy of a slow application is told as one that is down.
#[test]
fn a_deploy_ends_when_the_application_listens_and_not_when_it_is_started() {
    let told = |lines: &[(i64, &str)]| {
        let told = served_but_within((52, 66)).system_lines(lines);
        told.failing_within(9, (52, 61), refused).without(Source::Capture).named()
    };
    let stops = [
        (51, "systemd[1]: Stopping shop.service - Puma HTTP Server for the shop..."),
        (51, "puma[811]: [811] - Gracefully shutting down workers..."),
        (52, "systemd[1]: Stopped shop.service - Puma HTTP Server for the shop."),
        (52, "systemd[1]: Started shop.service - Puma HTTP Server for the shop."),
        (53, "puma[911]: [911] Puma starting in cluster mode..."),
    ];
    let listens = (64, "puma[911]: [911] * Listening on http://127.0.0.1:9292");
    assert_eq!(told(&[&stops[..], &[listens]].concat()), [Some("restart-window".to_owned())]);
}

/// Who wrote that the application refused was there. Otherwise an application that is down is told as a restart, as soon as the proxy before it is started again.
#[test]
fn the_restart_of_the_proxy_is_not_why_what_is_behind_it_refused() {
    let told = |source: Source, line: &str| {
        let told = served_but_within((52, 61)).line(source, 52, line);
        told.failing_within(12, (52, 61), refused).without(Source::Capture).judged()
    };
    let at_restart =
        |told: Vec<JudgedCase>| told.iter().filter(|case| case.seen.contains(&"window-at-restart")).count();
    let of_nginx = "[notice] 810#810: signal 15 (SIGTERM) received from 1, exiting";
    assert_eq!(at_restart(told(Source::ErrorLog, of_nginx)), 0);
    assert_eq!(at_restart(told(Source::SystemLog, "systemd[1]: Stopping shop.service - The shop...")), 12);
}

/// Otherwise the errors of an application whose workers crash at other requests are all told as crashes.
#[test]
fn a_worker_that_died_answers_nobody() {
    let told = |server: &str| {
        let body = "sorry, not today";
        let head =
            format!("HTTP/1.1 503 Service Unavailable\r\n{server}Content-Length: {}\r\n\r\n", body.len());
        let died = |at: i64| {
            let process = 900 + at;
            format!(
                "gunicorn[900]: [2026-11-17 08:00:00 +0000] [900] [WARNING] Worker with pid {process} was terminated due to signal 11"
            )
        };
        let told = (20..100)
            .step_by(4)
            .fold(incident().healthy(80), |told, at| told.line(Source::SystemLog, at, &died(at)));
        let told = told.failing_within(12, (20, 96), |r| {
            r.edge(503, 503).connection(|c| {
                c.opens().asks().answers(&[head.as_bytes(), body.as_bytes()].concat()).ends(Origin)
            })
        });
        told.judged().iter().filter(|case| case.seen.contains(&"process-died-line")).count()
    };
    assert!(told("") > 0, "who answered is not told");
    assert_eq!(told("Server: gunicorn\r\n"), 0);
}

/// The edge asks again what may be asked again. Otherwise a worker that crashes at each such request dies more often than requests fail, and its deaths are chance.
#[test]
fn deaths_of_which_the_edge_healed_some_are_of_one_crash() {
    let page = super::conversation::answer("200 OK", "", "fine");
    let segfault =
        "kernel: python3[811]: segfault at 8 ip 000055d0c3 sp 00007ffd error 4 in python3.11[55d0+2a0000]";
    let crashes =
        |r: Request| r.connection(|c| c.opens().asks().takes(Origin).wait(30).ends(Origin).ends(Edge));
    let healed = |r: Request| {
        let again = |c: super::conversation::Conversation| c.opens().asks().answers(&page).ends(Edge);
        crashes(r.edge(200, 200).access(200)).in_system_log(20, segfault).tries_again(300, again)
    };
    let told = |healing: usize| {
        let told = incident().others_within(200, (40, 48), Request::goes_well);
        let told = told.others_within(healing, (40, 48), healed);
        told.failing_within(12, (40, 48), |r| crashes(r.edge(520, 0)).in_system_log(20, segfault)).named()
    };
    assert_eq!(told(6), [Some("worker-crash".to_owned())]);
    assert_eq!(told(0), [Some("worker-crash".to_owned())]);
}

/// Otherwise of two faults that kill processes within the same seconds, one by one path each, the one explains what the other ended as well.
#[test]
fn deaths_that_go_one_to_one_with_the_failures_of_one_path_ended_no_others() {
    let told = |crashing: &str| {
        let process = Cell::new(900);
        let dies = |r: Request, line: &str| {
            let reset =
                "recv() failed (104: Connection reset by peer) while reading response header from upstream";
            process.set(process.get() + 1);
            let line = line.replace("811", &process.get().to_string());
            r.edge(502, 502).access(502).nginx("error", reset).in_system_log(20, &line)
        };
        let crashes = |r: Request| {
            dies(
                r.target(crashing),
                "kernel: node[811]: segfault at 8 ip 000055d0c3 sp 00007ffd error 4 in node[55d0+2a0000]",
            )
        };
        let killed = |r: Request| dies(r.target("/export"), KILLED);
        let told = incident().others_within(60, (38, 52), Request::goes_well).without(Source::Capture);
        let told = told.failing_within(12, (40, 50), crashes).failing_within(8, (40, 50), killed);
        let mut named: BTreeMap<Option<String>, usize> = BTreeMap::new();
        told.judged().into_iter().for_each(|case| *named.entry(case.slug).or_default() += 1);
        named
    };
    let of = |slug: &str, cases| (Some(slug.to_owned()), cases);
    assert_eq!(told("/convert?to=webp"), BTreeMap::from([of("oom-kill", 8), of("worker-crash", 12)]));
    assert_ne!(
        told("/export"),
        BTreeMap::from([of("oom-kill", 8), of("worker-crash", 12)]),
        "nothing tells them apart"
    );
}

/// Otherwise who was killed for memory is told as crashed, since as many requests for another page failed while the kernel killed, of which most were healed.
#[test]
fn who_died_once_ended_requests_for_one_path() {
    let process = Cell::new(900);
    let killed = |r: Request| {
        process.set(process.get() + 1);
        let reset =
            "recv() failed (104: Connection reset by peer) while reading response header from upstream";
        let kernel = KILLED.replace("811", &process.get().to_string());
        let master = format!(
            "uwsgi[7]: DAMN ! worker 3 (pid: {}) died, killed by signal 9 :( trying respawn ...",
            process.get()
        );
        let r = r.target("/export").edge(502, 502).access(502).nginx("error", reset);
        r.in_system_log(20, &kernel).in_system_log(25, &master)
    };
    let slow = |r: Request| {
        let late =
            "upstream timed out (110: Connection timed out) while reading response header from upstream";
        r.target("/report").edge(504, 504).access(504).nginx("error", late)
    };
    let told = incident().others_within(60, (38, 56), Request::goes_well).without(Source::Capture);
    let told = told.failing_within(8, (40, 48), killed).failing_within(13, (40, 53), slow);
    let healed = |told: Incident, at: i64| {
        told.line(Source::SystemLog, at, &KILLED.replace("811", &(700 + at).to_string()))
    };
    let judged = (48..53).fold(told, healed).judged();
    let of = |slug: &str| judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count();
    assert_eq!((of("oom-kill"), of("worker-crash")), (8, 0));
}

/// nginx has the status of the server behind it: who has died gave none. Otherwise what an application answers by itself is told as its death, beside kills of other requests.
#[test]
fn who_answered_by_himself_has_not_died() {
    let told = |behind: u16| {
        let told = (20..100).step_by(3).fold(incident(), |told, at| told.line(Source::SystemLog, at, KILLED));
        let failed = move |r: Request| {
            r.edge(behind, behind).access(behind).access_field("upstream_status", behind.to_string())
        };
        let told = told.healthy(20).failing(30, failed).without(Source::Capture).judged();
        told.iter().filter(|case| case.seen.contains(&"out-of-memory-line")).count()
    };
    assert_eq!(told(500), 0);
    assert!(told(502) > 20, "{}", told(502));
}

/// Otherwise whoever reads that nobody listened behind the proxy looks for who stopped it, and not for why it dies again and again.
#[test]
fn what_is_refused_behind_right_after_a_death_is_of_that_death() {
    let refused = |r: Request| {
        r.edge(502, 502)
            .access(502)
            .nginx("error", "connect() failed (111: Connection refused) while connecting to upstream")
    };
    let told = |deaths: &[i64]| {
        let died = "systemd[1]: shop.service: Main process exited, code=dumped, status=11/SEGV";
        let told =
            deaths.iter().fold(incident().healthy(160), |told, at| told.line(Source::SystemLog, *at, died));
        [10, 20, 30, 40, 50, 60, 70, 80]
            .into_iter()
            .fold(told, |told, at| told.failing_within(3, (at, at + 2), refused))
    };
    let every_time: Vec<i64> =
        (1..12).map(|number| number * 10).chain((0..60).map(|number| 2 * number)).collect();
    assert_eq!(told(&every_time).named(), [Some("worker-crash".to_owned())]);
    assert_eq!(told(&[]).named(), [Some("upstream-refused".to_owned())]);
}

/// Otherwise a kill on some machine explains what a gateway waited for in vain: what dies lets go at once.
#[test]
fn what_a_gateway_had_waited_for_was_not_held_by_a_process_that_died() {
    let told = |status: u16| {
        let told = incident().healthy(60).line(Source::SystemLog, 60, KILLED).without(Source::Capture);
        let told = told.without(Source::AccessLog).without(Source::ErrorLog);
        told.failing_within(6, (60, 62), move |r| r.edge(status, status)).named()
    };
    assert_eq!(told(504), [Some("origin-error-status".to_owned())]);
    assert_eq!(told(502), [Some("oom-kill".to_owned())]);
    assert_eq!(told(500), [Some("origin-error-status".to_owned())], "who answers for itself is alive");
}

/// Otherwise an application that writes what is no HTTP is killed for memory, as soon as a job beside it is.
#[test]
fn who_writes_a_line_of_the_request_is_alive() {
    let told = |logged: bool| {
        let broken = move |r: Request| if logged { r.edge(520, 0).access(0) } else { r.edge(520, 0) };
        let beside = |told: Incident, at: i64| {
            told.line(Source::SystemLog, at, KILLED).failing_within(1, (at, at + 1), broken)
        };
        [20, 50, 80]
            .into_iter()
            .fold(incident().others(80, |r| r.edge(200, 200).access(200)), beside)
            .without(Source::Capture)
            .named()
    };
    assert_eq!(told(true), [None]);
    assert_eq!(told(false), [Some("oom-kill".to_owned())]);
}
