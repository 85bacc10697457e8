//! Causes that lie in how long a connection is kept.

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};
use super::{Decoy, Trial};
use rayscope::correlate::Outcome;
use rayscope::diagnose::Presence;

/// Healthy requests on new connections and on used ones.
fn new_and_used_are_well() -> Incident {
    incident()
        .others(30, |r| r.goes_well().field("OriginTCPHandshakeDurationMs", 12))
        .others(15, |r| r.goes_well().field("OriginTCPHandshakeDurationMs", 0))
}

/// It goes on a connection that was used before, which the origin has just closed.
fn comes_too_late(r: Request, used: usize, idle: i64) -> Request {
    let told =
        |c: Conversation| c.opens().was_used(used).wait(idle).closes(Origin).asks_unheard().resets(Origin);
    r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 0).connection(told)
}

/// The origin closes at once on a new connection.
fn closed_on_new(r: Request) -> Request {
    r.edge(520, 0)
        .field("OriginTCPHandshakeDurationMs", 12)
        .connection(|c| c.opens().asks().wait(5).ends(Origin))
}

/// The origin closes connections that are idle for five seconds, and some requests come too late, while a worker dies.
pub fn race_beside_a_crash() -> Incident {
    let died = "[alert] 810#810: worker process 811 exited on signal 11 (core dumped)";
    let idle_closes = |r: Request| {
        let page = answer("200 OK", "", "fine");
        let told = |c: Conversation| c.opens().asks().answers(&page).wait(5_000).ends(Origin);
        r.edge(200, 200).access(200).field("OriginTCPHandshakeDurationMs", 12).connection(told)
    };
    new_and_used_are_well().others(20, idle_closes).line(Source::ErrorLog, 60, died).failing_within(
        8,
        (53, 56),
        |r| comes_too_late(r, 2, 5_000),
    )
}

/// Requests come too late for some seconds, and nginx says in others that it closes idle connections for new ones, once a second (`ngx_drain_connections`).
fn taken_back(from: i64) -> Incident {
    let line = "[warn] 811#811: 64 worker_connections are not enough, reusing connections";
    let told =
        (from..from + 5).fold(new_and_used_are_well(), |told, at| told.line(Source::ErrorLog, at, line));
    told.failing_within(8, (53, 57), |r| {
        let idle = 300 + (r.ray().0 % 7) as i64 * 170;
        comes_too_late(r, 2, idle)
    })
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "worker-pool-exhausted",
        sign: "connections-taken-back",
        at_work: || taken_back(53),
        decoys: &[Decoy {
            mark: "nginx took connections back some time before",
            named: Some("keepalive-race"),
            told: || taken_back(10),
        }],
    },
    Trial {
        slug: "keepalive-race",
        sign: "fin-before-request",
        at_work: || new_and_used_are_well().failing(8, |r| comes_too_late(r, 2, 5_000)),
        decoys: &[
            Decoy {
                mark: "the same status and no line either, on new connections",
                named: Some("empty-response"),
                told: || new_and_used_are_well().failing(8, closed_on_new),
            },
            Decoy {
                mark: "the same close before a request, after a fixed number of requests",
                named: Some("keepalive-request-cap"),
                told: || new_and_used_are_well().failing(8, |r| comes_too_late(r, 10, 30)),
            },
            Decoy {
                mark: "the same close before requests, of all connections at once, as a process dies",
                named: Some("worker-crash"),
                told: || {
                    let died = "[alert] 810#810: worker process 811 exited on signal 11 (core dumped)";
                    let ends_at = |at: i64| {
                        move |r: Request| {
                            let told = |c: Conversation| {
                                c.opens().was_used(1).until(at).closes(Origin).asks_unheard().resets(Origin)
                            };
                            r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 0).connection(told)
                        }
                    };
                    new_and_used_are_well().line(Source::ErrorLog, 60, died).failing_within(
                        8,
                        (57, 59),
                        ends_at(60),
                    )
                },
            },
        ],
    },
    Trial {
        slug: "keepalive-request-cap",
        sign: "request-cap",
        at_work: || new_and_used_are_well().failing(8, |r| comes_too_late(r, 10, 30)),
        decoys: &[Decoy {
            mark: "the same close before a request, after any number of requests",
            named: Some("keepalive-race"),
            told: || {
                (1..9).fold(new_and_used_are_well(), |told, used| {
                    told.failing(1, |r| comes_too_late(r.by_edge(EDGES[used % 4]), used, 5_000))
                })
            },
        }],
    },
];

/// Otherwise a FIN that crossed the request is taken for an origin that answers no connection attempts, since nothing acknowledged the request.
#[test]
fn an_origin_that_had_closed_already_was_reached_also_where_its_rst_is_missing() {
    let told = |c: Conversation| {
        c.opens().was_used(2).wait(5_000).closes(Origin).asks_unheard().wait(13).closes(Edge)
    };
    let crossed = |r: Request| r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 0).connection(told);
    for case in new_and_used_are_well().failing(8, crossed).judged() {
        assert_eq!(case.slug.as_deref(), Some("keepalive-race"), "{}", case.account);
    }
}

/// A cap on requests fails them on used connections alone, too; what tells both apart is in packets.
#[test]
fn without_packets_a_race_and_a_cap_on_requests_look_alike() {
    let told = new_and_used_are_well().without(Source::Capture);
    for case in told.failing(8, |r| r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 0)).judged() {
        assert!(case.seen.contains(&"only-used-again-fail"), "{}", case.account);
        assert_eq!(case.slug, None, "{}", case.account);
    }
    let told = new_and_used_are_well().without(Source::Capture);
    let soon = |r: Request| r.takes(2).edge(520, 0).field("OriginTCPHandshakeDurationMs", 0);
    for case in told.failing(8, soon).judged() {
        assert!(case.seen.contains(&"failed-too-soon"), "{}", case.account);
        assert_eq!(case.slug, None, "both close at once: {}", case.account);
    }
}

/// Otherwise the commonest cause of all needs packets, though the edge's log and the origin's settings show it.
#[test]
fn without_packets_a_race_is_told_by_how_soon_the_edge_gives_up_beside_a_low_idle_timeout() {
    let settings = "http {\n    keepalive_timeout 4;\n    server {\n        listen 443 ssl;\n    }\n}\n";
    let told = |milliseconds| {
        let fails =
            move |r: Request| r.takes(milliseconds).edge(520, 0).field("OriginTCPHandshakeDurationMs", 0);
        // Nearly all go on connections used again: that those that fail do, too, tells nothing.
        let used = |r: Request| r.goes_well().field("OriginTCPHandshakeDurationMs", 0);
        let told = incident().others(45, used).without(Source::Capture).file("nginx.conf", settings);
        told.failing(8, fails).named()
    };
    assert_eq!(told(2), [Some("keepalive-race".to_owned())]);
    assert_ne!(told(400), [Some("keepalive-race".to_owned())], "it took as long as an answer may");
}

/// Otherwise a limit that closes upon the request that is one too many is told as an origin that answers nothing.
#[test]
fn a_cap_may_close_upon_the_request_that_exceeds_it() {
    let closed_upon = |used: usize| {
        move |r: Request| r.edge(520, 0).connection(|c| c.opens().was_used(used).asks().wait(1).ends(Origin))
    };
    let cap = Some("keepalive-request-cap".to_owned());
    assert_eq!(new_and_used_are_well().failing(8, closed_upon(25)).named(), std::slice::from_ref(&cap));
    let any = (1..9).fold(new_and_used_are_well(), |told, used| told.failing(1, closed_upon(used * 7)));
    assert!(!any.named().contains(&cap));
}

/// Otherwise a cap is hidden by answers with which the connection ends anyway, and by connections of which the beginning is missing.
#[test]
fn a_cap_is_told_by_connections_that_were_seen_from_their_beginning_and_used_again() {
    let page = answer("200 OK", "Connection: close\r\n", "fine");
    let closes = |r: Request| {
        r.edge(200, 200).access(200).connection(|c| c.opens().asks().answers(&page).ends(Origin))
    };
    let cap = Some("keepalive-request-cap".to_owned());
    let told = new_and_used_are_well().others(30, closes).failing(8, |r| comes_too_late(r, 10, 30));
    assert_eq!(told.named(), std::slice::from_ref(&cap));
    // Eight more began before the capture, after one answer to six.
    let began = |r: Request| {
        let before = 1 + (r.ray().0 / 7_919 % 6) as usize;
        let told = |c: Conversation| {
            let c = c.uncaptured(|c| c.opens().was_used(before)).was_used(10 - before).wait(30);
            c.closes(Origin).asks_unheard().resets(Origin)
        };
        r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 0).connection(told)
    };
    let judged = new_and_used_are_well().failing(8, |r| comes_too_late(r, 10, 30)).failing(8, began).judged();
    let capped = judged.iter().filter(|case| case.slug == cap);
    assert!(capped.count() >= 8, "{judged:?}");
}

/// Otherwise a server that takes a moment to close is told as one whose idle timeout is low.
#[test]
fn a_cap_closes_sooner_than_any_idle_timer_and_at_one_number() {
    let named = |used: fn(usize) -> usize, idle: i64| {
        let all = (0..8).fold(new_and_used_are_well(), |told, n| {
            told.failing(1, |r| comes_too_late(r.by_edge(EDGES[n % 4]), used(n), idle))
        });
        all.named()
    };
    let cap = Some("keepalive-request-cap".to_owned());
    assert_eq!(named(|_| 10, 300), std::slice::from_ref(&cap));
    let any = named(|n| 5 + 3 * n, 300);
    assert!(!any.contains(&cap), "closed after any number: {any:?}");
    assert_eq!(named(|_| 10, 5_000), [Some("keepalive-race".to_owned())], "closed at one idle age");
}

/// Otherwise a reader who is told what "could not be seen" makes a capture that shows no more than this one.
#[test]
fn what_no_other_evidence_would_show_is_not_missed() {
    let diagnosis = race_beside_a_crash().diagnosed();
    let race = diagnosis.causes.iter().find(|ranked| ranked.cause.slug == "keepalive-race");
    let signs = diagnosis.signs(race.expect("the race is named"));
    let missed: Vec<&str> = signs
        .iter()
        .filter(|told| told.counts && matches!(told.state, Presence::NotVisible(_)))
        .map(|told| told.sign.id)
        .collect();
    assert_eq!(
        missed,
        ["idle-setting-low", "edge-received-head"],
        "the settings, and a field of the edge's log"
    );
}

/// The edge tries once more on a new connection. Otherwise a restart that such requests met first is explained for those alone that came over new ones.
#[test]
fn a_word_of_the_edge_for_its_next_attempt_is_not_of_the_idle_connection() {
    let told = |status: u16| {
        let told = new_and_used_are_well().nginx_restarts();
        told.failing_within(8, (51, 57), |r| {
            let late = |c: Conversation| {
                c.opens().was_used(2).wait(900).closes(Origin).asks_unheard().resets(Origin)
            };
            r.edge(status, 0).connection(late)
        })
    };
    let outcomes = |status: u16| -> Vec<Outcome> {
        told(status).judged().iter().map(|case| case.happened.outcome).collect()
    };
    assert_eq!(outcomes(521), [Outcome::Refused; 8]);
    assert_eq!(told(521).named(), [Some("restart-window".to_owned())]);
    assert_eq!(outcomes(520), [Outcome::Closed; 8], "said of this one");
}

/// Otherwise answers whose heads the edge could not use are told as requests that came too late, since they lie on connections used again as most do.
#[test]
fn an_origin_whose_status_the_edge_has_did_not_close_without_a_byte() {
    let settings = "http {\n    keepalive_timeout 4;\n    server {\n        listen 443 ssl;\n    }\n}\n";
    let judged = |origin_status| {
        let fails =
            move |r: Request| r.takes(2).edge(520, origin_status).field("OriginTCPHandshakeDurationMs", 0);
        let used = |r: Request| r.goes_well().field("OriginTCPHandshakeDurationMs", 0);
        let told = incident().others(45, used).without(Source::Capture).file("nginx.conf", settings);
        told.failing(8, fails).judged()
    };
    let named = |origin_status| {
        let slugs = judged(origin_status).into_iter().map(|case| case.slug);
        slugs.collect::<std::collections::BTreeSet<_>>()
    };
    let race = || [Some("keepalive-race".to_owned())].into();
    assert_eq!((named(0), named(200)), (race(), [None].into()));
    assert!(judged(200).iter().all(|case| case.seen.contains(&"edge-read-status")));
    // Some versions of the log have the edge's own status there.
    assert_eq!(named(520), race(), "which tells nothing of the origin");
}
