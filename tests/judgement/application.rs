//! Causes that lie in the application and the host behind it.

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::error_pages::INCOMPLETE;
use super::incident::{Incident, JudgedCase, Source, incident};
use super::keepalive::race_beside_a_crash;
use super::request::Request;
use super::tcp::unanswered;
use super::{Decoy, Trial};

/// The origin answers with this status, in order, and the edge passes it on.
pub fn fails(r: Request, status: u16) -> Request {
    let page = answer(&format!("{status} Failed"), "", "it failed");
    r.edge(status, status).access(status).connection(|c| c.opens().asks().answers(&page).ends(Edge))
}

/// A server cuts off what it was asked, and refuses what comes then.
fn goes_away() -> Incident {
    let serves = incident().others_within(30, (0, 57), Request::goes_well);
    let cut_off = serves.failing_within(6, (58, 59), |r| {
        r.edge(520, 0).connection(|c| c.opens().asks().until(60).resets(Origin))
    });
    cut_off.others_within(12, (60, 65), is_refused)
}

fn comes_back(told: Incident) -> Incident {
    told.others_within(30, (66, 119), Request::goes_well)
}

fn is_refused(r: Request) -> Request {
    r.edge(521, 0).connection(|c| c.syns(1).resets(Origin))
}

fn closes_at(r: Request, at: i64) -> Request {
    r.edge(520, 0).connection(|c| c.opens().asks().until(at).ends(Origin))
}

/// The web server says of each request what its application did.
fn with_line(status: u16, text: &'static str) -> Incident {
    incident().healthy(40).failing(6, move |r| fails(r, status).nginx("[error]", text))
}

const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
const TIMED_OUT: &str =
    "upstream timed out (110: Connection timed out) while reading response header from upstream";
const CLOSED: &str = "upstream prematurely closed connection while reading response header from upstream";
const TOO_BIG: &str = "upstream sent too big header while reading response header from upstream";
const NO_NAME: &str = "app.internal could not be resolved (3: Host not found)";
const DIED: &str = "[alert] 810#810: worker process 811 exited on signal 11 (core dumped)";
const ALL_BUSY: &str =
    "php-fpm[801]: [pool www] server reached pm.max_children setting (5), consider raising it";
const NO_FILES: &str = "[crit] 811#811: accept4() failed (24: Too many open files)";

/// What the kernel writes of a process that it kills.
fn out_of_memory(process: &str) -> String {
    format!(
        "kernel: Out of memory: Killed process 811 ({process}) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB"
    )
}

/// The edge gives up on requests that were on their way when this line was written.
fn waiting_while(source: Source, line: &str) -> Incident {
    incident().healthy(40).line(source, 60, line).failing_within(6, (8, 14), gives_up)
}

/// The kernel kills this process at that second, and requests that are on their way end then.
fn killed(process: &str) -> Incident {
    incident().healthy(40).line(Source::SystemLog, 60, &out_of_memory(process)).failing_within(
        6,
        (58, 59),
        |r| closes_at(r, 60),
    )
}

/// nginx says by which signal a worker died, and requests that are on their way end then.
fn dies_by(signal: u8) -> Incident {
    let line = format!("[alert] 810#810: worker process 811 exited on signal {signal}");
    let told = incident().healthy(40).line(Source::ErrorLog, 60, &line);
    told.failing_within(6, (58, 59), |r| closes_at(r, 60))
}

fn has_died(process: u64) -> String {
    format!(
        "gunicorn[900]: [2026-11-17 08:00:00 +0000] [900] [WARNING] Worker with pid {process} was terminated due to signal 11"
    )
}

/// Requests that a proxy answers for, on a server whose every moment is near to the death of some process: of one for each of them, or of others, twice as
/// many.
fn die_behind_a_proxy(of_them: bool) -> Incident {
    let page = answer("502 Bad Gateway", "", INCOMPLETE);
    let fails = |r: Request| {
        let line = has_died(r.ray().0 % 1_000_000);
        let r = r.connection(|c| c.opens().asks().wait(20).answers(&page).wait(6_000).ends(Edge));
        let r = r.takes(40).edge(502, 502).haproxy("shop/app1", 502, "SH--");
        if of_them { r.in_system_log(100, &line) } else { r }
    };
    let told = incident().others_within(120, (20, 60), Request::goes_well).edge_in_seconds();
    let told = told.failing_within(40, (20, 60), fails);
    let die = |told: Incident, number| {
        told.line(Source::SystemLog, 20 + number % 40, &has_died(2_000_000 + number as u64))
    };
    let others: i64 = if of_them { 0 } else { 80 };
    (0..others).fold(told, die)
}

/// Otherwise a crash behind HAProxy is an answer that broke off, wherever workers die so often that some death is near to every request.
#[test]
fn deaths_that_go_one_to_one_with_what_a_proxy_answers_for_are_its_crashes() {
    let judged = die_behind_a_proxy(true).judged();
    let named = |judged: &[JudgedCase], slug: &str| {
        judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count()
    };
    assert_eq!(named(&judged, "worker-crash"), 40, "{}", judged[0].account);
    let of_others = die_behind_a_proxy(false).judged();
    assert_eq!(named(&of_others, "upstream-closed-early"), 40, "{}", of_others[0].account);
}

/// A process tells of its own end, and its parent of what it finds; `apart`: another process's number stands in the second line.
fn is_told_twice(apart: bool) -> Incident {
    let told = incident().others_within(200, (20, 80), Request::goes_well).edge_in_seconds();
    told.failing_within(30, (20, 80), |r| {
        let process = 1000 + r.ray().0 % 1_000_000;
        let other = if apart { process + 1_000_000 } else { process };
        let of_own = format!("uwsgi[900]: !!! uWSGI process {process} got Segmentation Fault !!!");
        let of_parent = format!("uwsgi[900]: DAMN ! worker 3 (pid: {other}) died :( trying respawn ...");
        let r = r.takes(40).edge(520, 0).in_system_log(0, &of_own).in_system_log(700, &of_parent);
        r.connection(|c| c.opens().asks().wait(20).ends(Origin))
    })
}

/// Otherwise twice as many processes die as requests fail, and it may be chance that some do at that moment.
#[test]
fn a_process_whose_end_is_told_twice_died_once() {
    let named = |apart| is_told_twice(apart).named();
    // Its own line says by words that it was its own fault.
    for case in is_told_twice(false).judged() {
        assert!(case.seen.contains(&"own-fault-line"), "{}", case.account);
    }
    assert_eq!(named(false), [Some("worker-crash".to_owned())]);
    assert_ne!(named(true), [Some("worker-crash".to_owned())]);
}

/// Otherwise a kill for memory, of which nobody has the kernel's log, is told as a crash, and its owner looks for a broken library.
#[test]
fn who_was_killed_did_not_crash_by_himself() {
    let told = |incident: Incident, slug: &str| {
        let causes = incident.diagnosed().causes;
        let [named] = &causes[..] else { panic!("{} causes", causes.len()) };
        assert_eq!(named.cause.slug, slug);
        named.confidence
    };
    let by_kernel = told(killed("php-fpm"), "oom-kill");
    assert!(told(dies_by(9).without(Source::SystemLog), "oom-kill") < by_kernel, "a supervisor kills, too");
    assert!(told(dies_by(11).without(Source::SystemLog), "worker-crash") >= 800);
    told(dies_by(9).line(Source::ErrorLog, 60, DIED).without(Source::SystemLog), "worker-crash");
    // Where the kernel's log is at hand and says nothing of memory, somebody else killed it.
    told(dies_by(9), "worker-crash");
}

/// The kernel killed one process after another meanwhile, and what was told of each of the requests was that: those that it killed had closed their connections.
#[test]
fn kills_for_memory_explain_no_request_that_was_held_until_the_edge_gave_up() {
    let slow = |r: Request| r.takes(100_000).edge(524, 0).access(499);
    let closed = |r: Request| r.edge(502, 502).access(502);
    let told = incident().healthy(40).without(Source::Capture).failing_within(6, (4, 12), slow);
    let killed = |told: Incident, second: i64| {
        let told = told.line(Source::SystemLog, second, &out_of_memory("node"));
        told.failing_within(3, (second, second + 1), closed)
    };
    let named = [30, 55, 90].into_iter().fold(told, killed).diagnosed().causes;
    let rays =
        |slug: &str| named.iter().find(|cause| cause.cause.slug == slug).map(|cause| cause.cases.len());
    assert_eq!(
        rays("slow-response"),
        Some(6),
        "{:?}",
        named.iter().map(|cause| &cause.cause.slug).collect::<Vec<_>>()
    );
}

const MACHINE_STOPS: &str = "systemd[1]: Stopped target multi-user.target - Multi-User System.";
const KERNEL_STARTS: &str = "kernel: Linux version 6.1.0-26-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP";

/// For half a minute nothing answers; nobody captures packets.
fn silent_machine() -> Incident {
    incident()
        .others_within(20, (0, 48), Request::goes_well)
        .failing_within(8, (52, 80), |r| r.edge(522, 0).takes(19_000))
        .others_within(20, (90, 120), Request::goes_well)
        .without(Source::Capture)
}

fn gives_up(r: Request) -> Request {
    r.edge(524, 0).access(499).connection(|c| c.opens().asks().wait(100_000).ends(Edge))
}

const TRIALS_OF_PROCESSES: [Trial; 8] = [
    Trial {
        slug: "worker-crash",
        sign: "process-died-line",
        at_work: || {
            incident()
                .healthy(40)
                .line(Source::ErrorLog, 60, DIED)
                .failing_within(6, (58, 59), |r| closes_at(r, 60))
        },
        decoys: &[
            Decoy {
                mark: "the same close, and the process ended in order, half a minute before",
                named: Some("empty-response"),
                told: || {
                    let ended = "[notice] 810#810: worker process 811 exited with code 0";
                    incident().healthy(40).line(Source::ErrorLog, 30, ended).failing(6, |r| closes_at(r, 0))
                },
            },
            Decoy {
                mark: "the same line at the same moment, and connections that were closed at their idle timer",
                named: Some("keepalive-race"),
                told: race_beside_a_crash,
            },
            Decoy {
                mark: "the same line, while requests wait until the edge gives up: a process that ends closes its connections",
                named: Some("slow-response"),
                told: || waiting_while(Source::ErrorLog, DIED),
            },
            Decoy {
                mark: "a line of the same kind, of a process that was killed, where no log of the kernel's tells by whom",
                named: Some("oom-kill"),
                told: || dies_by(9).without(Source::SystemLog),
            },
            Decoy {
                mark: "the same line, and the kernel's about memory beside it",
                named: Some("oom-kill"),
                told: || {
                    killed("php-fpm").line(
                        Source::ErrorLog,
                        60,
                        "[alert] 810#810: worker process 811 exited on signal 9",
                    )
                },
            },
        ],
    },
    Trial {
        slug: "oom-kill",
        sign: "out-of-memory-line",
        at_work: || killed("php-fpm"),
        decoys: &[
            Decoy {
                mark: "the same line, about a process that serves nothing",
                named: Some("empty-response"),
                told: || killed("mysqldump"),
            },
            Decoy {
                mark: "the same line, about a job of the same name, while the server's own worker dies by its own fault",
                named: Some("worker-crash"),
                told: || killed("php-fpm").line(Source::ErrorLog, 60, DIED),
            },
            Decoy {
                mark: "the same line, while requests wait until the edge gives up: a killed process would have closed its connections",
                named: Some("slow-response"),
                told: || waiting_while(Source::SystemLog, &out_of_memory("php-fpm")),
            },
        ],
    },
    Trial {
        slug: "worker-pool-exhausted",
        sign: "all-busy-line",
        at_work: || {
            incident()
                .healthy(40)
                .line(Source::SystemLog, 50, ALL_BUSY)
                .failing_within(6, (52, 58), |r| fails(r, 503))
        },
        decoys: &[Decoy {
            mark: "the same line, a minute before",
            named: Some("origin-error-status"),
            told: || {
                incident().healthy(40).line(Source::SystemLog, 20, ALL_BUSY).failing_within(
                    6,
                    (95, 110),
                    |r| fails(r, 503),
                )
            },
        }],
    },
    Trial {
        slug: "fd-exhausted",
        sign: "files-used-up-line",
        at_work: || {
            (50..58)
                .fold(incident().healthy(40), |told, at| told.line(Source::ErrorLog, at, NO_FILES))
                .failing_within(6, (51, 57), |r| fails(r, 500))
        },
        decoys: &[Decoy {
            mark: "the same line, half a minute before",
            named: Some("origin-error-status"),
            told: || {
                incident()
                    .healthy(40)
                    .line(Source::ErrorLog, 20, NO_FILES)
                    .failing_within(6, (51, 57), |r| fails(r, 500))
            },
        }],
    },
    Trial {
        slug: "restart-window",
        sign: "restart-line",
        at_work: || {
            incident()
                .healthy(40)
                .line(Source::SystemLog, 60, "systemd[1]: Stopping app.service - The shop...")
                .line(Source::SystemLog, 63, "systemd[1]: Started app.service - The shop.")
                .failing_within(8, (60, 63), |r| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin)))
        },
        decoys: &[
            Decoy {
                mark: "the same stop and start, and SYNs that are not refused but met by silence",
                named: Some("connect-timeout"),
                told: || {
                    incident()
                        .others_within(30, (0, 58), Request::goes_well)
                        .others_within(30, (66, 119), Request::goes_well)
                        .line(Source::SystemLog, 59, "systemd[1]: Stopping app.service - The shop...")
                        .line(Source::SystemLog, 65, "systemd[1]: Started app.service - The shop.")
                        .failing_within(8, (59, 64), |r| r.edge(522, 0).connection(|c| c.syns(3)))
                },
            },
            Decoy {
                mark: "the same start, after a process died",
                named: Some("worker-crash"),
                told: || {
                    incident()
                        .healthy(40)
                        .line(Source::ErrorLog, 60, DIED)
                        .line(
                            Source::SystemLog,
                            61,
                            "systemd[1]: app.service: Main process exited, code=dumped, status=11/SEGV",
                        )
                        .line(Source::SystemLog, 62, "systemd[1]: Started app.service - The shop.")
                        .failing_within(6, (58, 59), |r| closes_at(r, 60))
                },
            },
            Decoy {
                mark: "a start and a stop, and what fails now and then between them, beside other failures of its status",
                named: Some("upstream-closed-early"),
                told: || {
                    incident()
                        .healthy(300)
                        .others(14, |r| fails(r, 502).nginx("[error]", NO_NAME))
                        .line(Source::SystemLog, 50, "systemd[1]: Started app.service - The shop.")
                        .failing_within(8, (51, 57), |r| fails(r, 502).nginx("[error]", CLOSED))
                        .line(Source::SystemLog, 58, "systemd[1]: Stopping app.service - The shop...")
                },
            },
        ],
    },
    Trial {
        slug: "restart-window",
        sign: "server-was-gone",
        at_work: || comes_back(goes_away()),
        decoys: &[
            Decoy {
                mark: "the same, and no log that would tell of a crash",
                named: Some("reset-before-response"),
                told: || comes_back(goes_away()).without(Source::ErrorLog).without(Source::SystemLog),
            },
            Decoy {
                mark: "the same, and nobody is taken again",
                named: Some("reset-before-response"),
                told: goes_away,
            },
            Decoy {
                mark: "who is refused meanwhile sees only that nothing listens",
                named: Some("connect-refused"),
                told: || {
                    let serves = incident().others_within(30, (0, 57), Request::goes_well);
                    let serves = serves.others_within(30, (66, 119), Request::goes_well);
                    serves.failing_within(12, (60, 65), is_refused)
                },
            },
        ],
    },
    Trial {
        slug: "restart-window",
        sign: "machine-restarted-line",
        at_work: || {
            silent_machine()
                .line(Source::SystemLog, 50, MACHINE_STOPS)
                .line(Source::SystemLog, 52, "systemd[1]: Reached target reboot.target - System Reboot.")
                .line(Source::SystemLog, 84, KERNEL_STARTS)
        },
        decoys: &[
            Decoy {
                mark: "the same silence, half a minute after the machine was up again",
                named: Some("connect-timeout"),
                told: || {
                    silent_machine().line(Source::SystemLog, 4, MACHINE_STOPS).line(
                        Source::SystemLog,
                        18,
                        KERNEL_STARTS,
                    )
                },
            },
            Decoy {
                mark: "the same silence, as somebody who was logged in leaves",
                named: Some("connect-timeout"),
                told: || {
                    silent_machine().line(
                        Source::SystemLog,
                        50,
                        "systemd[1987]: Reached target shutdown.target - Shutdown.",
                    )
                },
            },
        ],
    },
    Trial {
        slug: "slow-response",
        sign: "edge-gave-up",
        at_work: || incident().healthy(40).failing_within(6, (1, 20), gives_up),
        decoys: &[Decoy {
            mark: "requests as long, to which the web server itself says 504",
            named: Some("upstream-timeout"),
            told: || with_line(504, TIMED_OUT),
        }],
    },
];

const TRIALS_OF_PROXIES: [Trial; 5] = [
    Trial {
        slug: "upstream-refused",
        sign: "upstream-refused-line",
        at_work: || with_line(502, REFUSED),
        decoys: &[
            Decoy {
                mark: "the same status, and the application's name has no address",
                named: Some("upstream-name"),
                told: || with_line(502, NO_NAME),
            },
            Decoy {
                mark: "the same line, from a stop of the application to its start",
                named: Some("restart-window"),
                told: || {
                    incident()
                        .healthy(40)
                        .line(Source::SystemLog, 50, "systemd[1]: Stopping app.service - The shop...")
                        .failing_within(8, (51, 57), |r| fails(r, 502).nginx("[error]", REFUSED))
                        .line(Source::SystemLog, 57, "systemd[1]: Started app.service - The shop.")
                },
            },
        ],
    },
    Trial {
        slug: "upstream-timeout",
        sign: "upstream-timed-out-line",
        at_work: || with_line(504, TIMED_OUT),
        decoys: &[Decoy {
            mark: "a 504 that the application itself answers",
            named: Some("origin-error-status"),
            told: || incident().healthy(40).failing(6, |r| fails(r, 504)),
        }],
    },
    Trial {
        slug: "upstream-closed-early",
        sign: "upstream-closed-line",
        at_work: || with_line(502, CLOSED),
        decoys: &[Decoy {
            mark: "the same status, and the application refuses",
            named: Some("upstream-refused"),
            told: || with_line(502, REFUSED),
        }],
    },
    Trial {
        slug: "upstream-header-too-big",
        sign: "upstream-head-too-big-line",
        at_work: || with_line(502, TOO_BIG),
        decoys: &[Decoy {
            mark: "the same status, and the application closes",
            named: Some("upstream-closed-early"),
            told: || with_line(502, CLOSED),
        }],
    },
    Trial {
        slug: "upstream-name",
        sign: "upstream-name-line",
        at_work: || with_line(502, NO_NAME),
        decoys: &[Decoy {
            mark: "the same status, and the application refuses",
            named: Some("upstream-refused"),
            told: || with_line(502, REFUSED),
        }],
    },
];

/// HAProxy says of connections at these seconds that no PROXY line came.
fn no_proxy_line(told: Incident) -> Incident {
    let line = "haproxy[812]: 162.158.84.5:20041 [17/Nov/2026:08:00:50.000] tls-in/1: Received something which does not look like a PROXY protocol header";
    (50..56).fold(told, |told, at| told.line(Source::SystemLog, at, line))
}

fn closes_soon(r: Request) -> Request {
    r.edge(520, 0).connection(|c| c.opens().asks().wait(2).ends(Origin))
}

const TRIALS_OF_APPLICATIONS: [Trial; 6] = [
    Trial {
        slug: "backend-pool-stalled",
        sign: "database-line",
        at_work: || {
            let full = "app[900]: SQLSTATE[08004] [1040] Too many connections";
            (50..58)
                .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, full))
                .failing_within(6, (51, 57), |r| fails(r, 500))
        },
        decoys: &[
            Decoy {
                mark: "the same line, half a minute before",
                named: Some("origin-error-status"),
                told: || {
                    let full = "app[900]: SQLSTATE[08004] [1040] Too many connections";
                    incident().healthy(40).line(Source::SystemLog, 20, full).failing_within(
                        6,
                        (51, 57),
                        |r| fails(r, 500),
                    )
                },
            },
            Decoy {
                mark: "the same lines, where a server out of files closes what it has taken before it was asked",
                named: Some("empty-response"),
                told: || {
                    let full = "app[900]: SQLSTATE[08004] [1040] Too many connections";
                    (50..58)
                        .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, full))
                        .failing_within(6, (51, 57), |r| {
                            let ends = |c: Conversation| c.closes(Origin).asks_unheard().resets(Origin);
                            r.edge(520, 0).connection(|c| ends(c.opens()))
                        })
                },
            },
        ],
    },
    Trial {
        slug: "request-framing",
        sign: "request-framing-line",
        at_work: || {
            incident().healthy(40).failing(6, |r| {
                fails(r.post("Transfer-Encoding: chunked\r\n"), 501)
                    .apache("core:error", "AH01592: Unknown Transfer-Encoding x")
            })
        },
        decoys: &[Decoy {
            mark: "the same status for requests with a body, of which no line tells",
            named: Some("origin-error-status"),
            told: || incident().healthy(40).failing(6, |r| fails(r.post("Content-Length: 0\r\n"), 501)),
        }],
    },
    Trial {
        slug: "proxy-protocol-mismatch",
        sign: "proxy-header-line",
        at_work: || no_proxy_line(incident().healthy(40)).failing_within(6, (50, 55), closes_soon),
        decoys: &[Decoy {
            mark: "the same line, of a port scan long before",
            named: Some("empty-response"),
            told: || no_proxy_line(incident().healthy(40)).failing_within(6, (90, 110), closes_soon),
        }],
    },
    Trial {
        slug: "security-block",
        sign: "logged-444",
        at_work: || incident().healthy(40).failing(6, |r| closes_soon(r).access(444)),
        decoys: &[Decoy {
            mark: "the same close, that the log has as answered",
            named: Some("empty-response"),
            told: || incident().healthy(40).failing(6, |r| closes_soon(r).access(200)),
        }],
    },
    Trial {
        slug: "client-throttle",
        sign: "limited-line",
        at_work: || with_line(503, "limiting requests, excess: 5.020 by zone \"z\""),
        decoys: &[Decoy {
            mark: "the same status, and a rule denies",
            named: Some("security-block"),
            told: || with_line(503, "access forbidden by rule"),
        }],
    },
    Trial {
        slug: "origin-error-status",
        sign: "whole-error-answer",
        at_work: || incident().healthy(40).failing(6, |r| fails(r, 500)),
        decoys: &[Decoy {
            mark: "the same answer, and the web server names what its application did",
            named: Some("upstream-closed-early"),
            told: || with_line(500, CLOSED),
        }],
    },
];

/// What programs say in passing of themselves and of each other.
const TRIALS_OF_LINES: [Trial; 3] = [
    Trial {
        slug: "upstream-timeout",
        sign: "time-limit-line",
        at_work: || {
            let ended =
                "gunicorn[900]: [2026-11-17 08:01:00 +0000] [900] [CRITICAL] WORKER TIMEOUT (pid:811)";
            let until = |r: Request| {
                let page = answer("502 Bad Gateway", "", "no");
                r.edge(502, 502)
                    .access(502)
                    .connection(|c| c.opens().asks().until(60).answers(&page).ends(Edge))
            };
            incident().healthy(40).line(Source::SystemLog, 60, ended).failing_within(6, (30, 31), until)
        },
        decoys: &[Decoy {
            mark: "the same line, of a moment at which no request ends",
            named: Some("origin-error-status"),
            told: || {
                let ended =
                    "gunicorn[900]: [2026-11-17 08:00:20 +0000] [900] [CRITICAL] WORKER TIMEOUT (pid:811)";
                incident()
                    .healthy(40)
                    .line(Source::SystemLog, 20, ended)
                    .failing_within(6, (50, 60), |r| fails(r, 502))
            },
        }],
    },
    Trial {
        slug: "upstream-refused",
        sign: "server-down-line",
        at_work: || {
            let down = "haproxy[812]: Server app/web1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 0 active and 0 backup servers left.";
            incident()
                .healthy(40)
                .line(Source::SystemLog, 50, down)
                .failing_within(6, (51, 60), |r| fails(r, 503))
        },
        decoys: &[Decoy {
            mark: "the same status, and HAProxy finds the server up again long before",
            named: Some("origin-error-status"),
            told: || {
                let up = "haproxy[812]: Server app/web1 is UP, reason: Layer4 check passed, check duration: 0ms. 1 active and 0 backup servers online.";
                incident()
                    .healthy(40)
                    .line(Source::SystemLog, 20, up)
                    .failing_within(6, (81, 90), |r| fails(r, 503))
            },
        }],
    },
    Trial {
        slug: "proxy-protocol-mismatch",
        sign: "proxy-header-line",
        at_work: || {
            let line = "[error] 811#811: *7 broken header: \"GET / HTTP/1.1\" while reading PROXY protocol, client: 162.158.84.5, server: 0.0.0.0:443";
            (50..56)
                .fold(incident().healthy(40), |told, at| told.line(Source::ErrorLog, at, line))
                .failing_within(6, (50, 55), closes_soon)
        },
        decoys: &[Decoy {
            mark: "the same close, of which no line tells",
            named: Some("empty-response"),
            told: || incident().healthy(40).failing(6, closes_soon),
        }],
    },
];

pub const TRIALS: [&[Trial]; 4] =
    [&TRIALS_OF_PROCESSES, &TRIALS_OF_PROXIES, &TRIALS_OF_APPLICATIONS, &TRIALS_OF_LINES];

/// A capture before the machine shows attempts that nothing answers: a filter that drops looks the same, but writes no such lines.
#[test]
fn what_a_machine_that_is_down_leaves_unanswered_is_its_restart() {
    let unanswered = |lines: [(i64, &str); 2]| {
        let told = incident()
            .others_within(20, (0, 48), Request::goes_well)
            .failing_within(8, (52, 80), |r| r.edge(522, 0).connection(|c| c.syns(4)))
            .others_within(20, (110, 120), Request::goes_well);
        told.system_lines(&lines).named()
    };
    let restart = [Some("restart-window".to_owned())];
    assert_eq!(unanswered([(50, MACHINE_STOPS), (84, KERNEL_STARTS)]), restart);
    assert_ne!(unanswered([(4, MACHINE_STOPS), (18, KERNEL_STARTS)]), restart);
}

/// The machine of a program that is gone refuses; otherwise whoever restarts a server during an outage of the way there has made it.
#[test]
fn what_nobody_answers_is_no_restart_of_a_program() {
    let failing = |status: u16, connects: fn(Conversation) -> Conversation| {
        incident()
            .healthy(40)
            .nginx_restarts()
            .failing_within(8, (51, 57), move |r| r.edge(status, 0).connection(connects))
    };
    let timeout = [Some("connect-timeout".to_owned())];
    assert_eq!(failing(522, |c| c.syns(4)).named(), timeout);
    assert_eq!(failing(522, |c| c.syns(4)).without(Source::Capture).named(), timeout);
    let restart = [Some("restart-window".to_owned())];
    assert_eq!(failing(521, |c| c.syns(1).resets(Origin)).named(), restart);
    assert_eq!(failing(521, |c| c.syns(1).resets(Origin)).without(Source::Capture).named(), restart);
    // Most people have no log of the edge.
    assert_eq!(failing(521, |c| c.syns(1).resets(Origin)).without(Source::EdgeLog).named(), restart);
}

/// Otherwise whoever stops a server when all is over, or starts one before it begins, has explained what failed in between.
#[test]
fn a_stop_begins_a_window_of_failures_and_a_start_ends_it() {
    let [stop, start] =
        ["systemd[1]: Stopping app.service - The shop...", "systemd[1]: Started app.service - The shop."];
    let told = |lines: [(i64, &str); 2]| {
        let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin));
        let told = incident().healthy(40).failing_within(8, (60, 66), refused);
        told.system_lines(&lines).named()
    };
    let named = |slug: &str| vec![Some(slug.to_owned())];
    assert_eq!(told([(60, stop), (66, start)]), named("restart-window"));
    assert_eq!(told([(60, start), (66, stop)]), named("connect-refused"));
}

/// Otherwise whoever has no log of the edge reads that nothing failed, though a rule closed on every other visitor; a scanner that asks past the edge is one whom it is for.
#[test]
fn a_444_of_a_request_that_came_through_the_edge_is_a_failure_where_only_the_origin_tells() {
    let told = |peer: &'static str| {
        let closed =
            move |r: Request| r.access(444).access_field("remote_addr", peer).access_field("cf_ray", "-");
        let told = incident().healthy(40).failing(6, closed).without(Source::Capture);
        told.without(Source::EdgeLog).named()
    };
    assert_eq!(told("172.68.10.9"), [Some("security-block".to_owned())]);
    assert_eq!(told("198.51.100.99"), []);
}

/// Its manager starts again what died. Whoever reads that it was restarted looks for who did it, and not for the fault.
#[test]
fn what_is_refused_until_a_service_that_died_is_started_again_is_of_its_death() {
    let started = |ends: &str| {
        let (ends, starts) = (
            format!("systemd[1]: shop.service: Main process exited, {ends}"),
            "systemd[1]: Started shop.service - Shop application.".to_owned(),
        );
        let told = incident().healthy(40).system_lines(&[(50, ends.as_str()), (54, starts.as_str())]);
        told.failing_within(8, (50, 54), |r| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin))).named()
    };
    assert_eq!(started("code=dumped, status=11/SEGV"), [Some("worker-crash".to_owned())]);
    assert_eq!(
        started("code=exited, status=0/SUCCESS"),
        [Some("restart-window".to_owned())],
        "it was told to end"
    );
}

/// A server that stops lets go of what it holds, and is gone after that. Otherwise what it cut off stays unexplained beside those that found nobody there.
#[test]
fn what_a_server_cuts_off_as_it_stops_is_of_the_same_restart_as_what_is_refused() {
    let stopped = |refused: (i64, i64)| {
        incident()
            .healthy(40)
            .nginx_restarts()
            .failing_within(4, (50, 51), |r| r.edge(520, 0))
            .failing_within(8, refused, |r| r.edge(521, 0))
            .without(Source::Capture)
    };
    assert_eq!(stopped((51, 57)).named(), [Some("restart-window".to_owned())]);
    let between = |told: Incident| {
        let mut cut_off = told.judged();
        cut_off.retain(|case| case.happened.outcome == Outcome::Unusable);
        let seen = cut_off.iter().filter(|case| case.seen.contains(&"window-between-restart-lines"));
        (seen.count(), cut_off.len())
    };
    assert_eq!(between(stopped((51, 57))), (4, 4));
    assert_eq!(between(stopped((54, 57))), (0, 4), "a server that answered in between");
}

/// Otherwise whatever else the edge cannot use all the time hides that these were cut off in one moment.
#[test]
fn what_a_server_cuts_off_as_it_stops_is_known_amid_answers_that_break_http() {
    let broken = answer("200 OK", "Bad Name: 1\r\n", "page");
    let cut_off = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().wait(20).resets(Origin));
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin));
    let breaks = |r: Request| r.edge(520, 200).connection(|c| c.opens().asks().answers(&broken).ends(Edge));
    let told = incident().healthy(40).nginx_restarts().failing_within(20, (3, 117), breaks);
    let judged = told.failing_within(4, (50, 51), cut_off).failing_within(8, (51, 57), refused).judged();
    let cut_off: Vec<_> = judged.iter().filter(|case| case.happened.outcome == Outcome::Reset).collect();
    assert_eq!(cut_off.len(), 4);
    for case in cut_off {
        assert!(case.seen.contains(&"window-between-restart-lines"), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("restart-window"), "{}", case.account);
    }
}

/// Otherwise workers that all got busy later explain whose connecting had failed by then.
#[test]
fn workers_that_get_busy_keep_nobody_waiting_who_had_given_up() {
    let named = |line_at: i64| {
        let told = incident().healthy(40).line(Source::SystemLog, line_at, ALL_BUSY);
        told.failing_within(6, (40, 44), |r| unanswered(r.takes(3_000))).named()
    };
    assert_eq!(named(38), [Some("worker-pool-exhausted".to_owned())]);
    assert_eq!(named(63), [Some("connect-timeout".to_owned())]);
}

/// Otherwise a server that crashes and is started again was restarted, and nobody looks for what it crashed of.
#[test]
fn what_is_gone_by_a_death_was_not_stopped() {
    let back = goes_away().others_within(30, (66, 119), Request::goes_well);
    let judged = back.line(Source::ErrorLog, 60, DIED).judged();
    assert!(judged.iter().all(|case| case.slug.as_deref() != Some("restart-window")), "{judged:?}");
}

/// An application answers whom its database keeps waiting, and writes a line for each. Otherwise what it drops without an answer meanwhile is told as its full pool.
#[test]
fn what_got_no_answer_beside_others_that_a_full_pool_failed_has_another_cause() {
    let pool = "node[811]: ERROR GET /gallery Error: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?";
    let full = |r: Request| r.target("/gallery").edge(500, 500).in_system_log(1, pool);
    let beside = |target: &str| {
        let dropped = |r: Request| {
            let r = r.target(target).edge(520, 0);
            r.connection(|c| c.opens().asks().wait(20).ends(Origin))
        };
        let told = incident().healthy(60).failing_within(10, (40, 60), full);
        let judged = told.failing_within(8, (40, 60), dropped).judged();
        let dropped = judged.iter().filter(|case| case.happened.outcome == Outcome::Closed);
        dropped.filter(|case| case.seen.contains(&"database-line")).count()
    };
    assert_eq!(beside("/booking"), 0);
    assert!(beside("/gallery") > 0, "of the same page the pool may have dropped some");
}
