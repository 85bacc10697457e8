//! What a capture tells of failures where nothing of the edge's is at hand: most people have no log of the edge.

use std::net::Ipv4Addr;

use rayscope::correlate::ToldFrom;
use rayscope::diagnose::RankedCause;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, ORIGIN, Request};
use super::tcp::PROHIBITED;
use super::tls::hello;
use super::tls_messages::{client_hello, encrypted, fatal, hello_of_tls13};

/// Each case as it is named without the edge's log, once where several in a row have the same, of six connections that fail so beside forty healthy requests.
fn named(count: usize, fails: impl Fn(Conversation) -> Conversation) -> Vec<Option<String>> {
    incident().healthy(40).failing(count, |r| r.connection(&fails)).without(Source::EdgeLog).named()
}

fn only(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// "Nothing failed" was said of an origin whose port was closed, since the capture had only what leaves it.
#[test]
fn a_refused_syn_that_was_not_captured_is_a_failed_connection() {
    assert_eq!(named(6, |c| c.uncaptured(|c| c.syns(1)).refuses()), only("connect-refused"));
    let other_number = |c: Conversation| c.uncaptured(|c| c.syns(1)).resets(Origin);
    assert_eq!(
        named(6, other_number),
        [],
        "an RST that is no answer to a SYN ends something of which nothing is known"
    );
}

/// A rule that comes midway rejects what is sent on connections that are open, and TCP sends it again as if it had been lost.
#[test]
fn a_request_that_icmp_errors_alone_answer_has_failed() {
    let rejected = |c: Conversation| {
        c.opens().was_used(1).wait(50).asks_unheard().icmp(ORIGIN, PROHIBITED).repeats(Edge, 3)
    };
    assert_eq!(named(6, rejected), only("firewall-reset"));
    // One that comes through in the end was only held up.
    let page = answer("200 OK", "", "fine");
    let comes_through = |c: Conversation| rejected(c).takes(Origin).answers(&page).ends(Edge);
    assert_eq!(named(6, comes_through), []);
}

/// The same of a server that shares no cipher suite with the edge.
#[test]
fn an_alert_is_a_refusal_where_the_client_hello_was_not_captured() {
    let refused = |c: Conversation| {
        let c = c.uncaptured(|c| c.syns(1)).syn_acks(1).uncaptured(|c| c.takes(Edge).says(Edge, &hello()));
        c.takes(Origin).says(Origin, &fatal(40)).closes(Origin)
    };
    assert_eq!(named(6, refused), only("tls-no-shared-cipher"));
}

/// Otherwise a range that a firewall refuses is laid to a port that nobody listens on, as soon as the server is restarted once meanwhile.
#[test]
fn a_range_that_is_refused_stays_so_beside_seconds_in_which_everybody_is() {
    let well = [EDGES[0], EDGES[2], [188, 114, 96, 7].into()];
    let refused =
        |r: Request, edge: Ipv4Addr| r.by_edge(edge).connection(|connection| connection.syns(1).refuses());
    let mut told = incident().failing(40, |r| refused(r, EDGES[3]));
    for edge in well {
        for within in [(0, 59), (64, 120)] {
            told = told.others_within(20, within, move |r| r.by_edge(edge).goes_well());
        }
        told = told.others_within(9, (60, 63), move |r| refused(r, edge));
    }
    let told = told.without(Source::EdgeLog);
    let named =
        told.judged().into_iter().filter(|case| case.slug.as_deref() == Some("firewall-reset")).count();
    assert!((36..=42).contains(&named), "{named} of 40, and of 27 that were refused in passing none");
}

/// Hellos that never come through, and an RST over another way: no visitor's leaving looks like that.
#[test]
fn what_a_device_cuts_before_it_was_asked_anything_has_failed() {
    let cut_from = |ttl: u8| named(6, move |c| c.opens().wait(26).reset_from(Edge, ttl));
    assert_eq!(cut_from(121), only("middlebox-reset"));
    assert_eq!(cut_from(57), [], "the edge's own RST: it needed the connection no more");
}

/// A handshake of TLS 1.3 is complete for the edge before the server has seen that the edge has no certificate.
#[test]
fn a_refusal_after_the_edges_finished_has_failed() {
    let refused = |alert: usize| {
        named(6, move |c| {
            let flight = [hello_of_tls13(), encrypted(1200)].concat();
            let c = c.opens().says(Edge, &client_hello("shop.example", &["http/1.1"], 0)).takes(Origin);
            let c = c.says(Origin, &flight).takes(Edge);
            let own = [encrypted(25), encrypted(53), encrypted(500)].concat();
            c.says(Edge, &own).takes(Origin).says(Origin, &encrypted(alert)).ends(Origin)
        })
    };
    assert_eq!(refused(19), only("tls-client-certificate-required"));
    assert_eq!(refused(400), [], "that was an answer");
}

/// Otherwise what a browser was told stays unexplained beside the very handshakes that failed, since nothing names a request within them.
#[test]
fn a_browsers_525_is_of_the_handshakes_for_its_host() {
    let of_browser = |handshakes: &[(&str, Option<u8>)]| {
        let mut told = incident().healthy(40);
        for &(host, alert) in handshakes {
            told = told.failing(6, |r| {
                r.connection(|c| {
                    let c = c.opens().says(Edge, &client_hello(host, &["http/1.1"], 0)).takes(Origin);
                    match alert {
                        Some(alert) => c.says(Origin, &fatal(alert)).ends(Origin),
                        None => c.ends(Origin),
                    }
                })
            });
        }
        let judged = told.failing(3, |r| r.page(525, 525)).without(Source::EdgeLog).judged();
        let of_browser = judged.into_iter().filter(|case| case.happened.from == ToldFrom::Edge);
        of_browser.map(|case| case.slug).collect::<Vec<_>>()
    };
    let here = "shop.example";
    assert_eq!(of_browser(&[(here, Some(40))]), vec![Some("tls-no-shared-cipher".to_owned()); 3]);
    assert_eq!(of_browser(&[("old.example", Some(40))]), [None, None, None], "another host's");
    assert_eq!(
        of_browser(&[(here, Some(40)), (here, None)]),
        [None, None, None],
        "which of both, nothing tells"
    );
}

/// The same of records that tell no address: those that took a handshake in time leave some that have none.
#[test]
fn a_525_without_an_address_is_of_the_handshakes_for_its_host() {
    let untold = |r: Request| r.edge(525, 0).unlogged("EdgeServerIP").unlogged("OriginIP");
    let refused = |r: Request| {
        untold(r).connection(|c| {
            c.opens().says(Edge, &hello()).takes(Origin).says(Origin, &fatal(112)).ends(Origin)
        })
    };
    let named = |host: &str| {
        let judged = incident().healthy(40).failing(6, refused).failing(3, |r| untold(r.host(host))).judged();
        judged.iter().filter(|case| case.slug.as_deref() == Some("tls-unknown-name")).count()
    };
    assert_eq!((named("shop.example"), named("old.example")), (9, 6));
}

/// Otherwise a browser's 522 is that of an origin that does not answer, beside the very connection that shows that its answers go astray.
#[test]
fn a_browsers_522_is_of_the_connection_that_began_meanwhile() {
    let told = |ways: &[fn(Conversation) -> Conversation]| {
        let well = |address: Ipv4Addr| move |r: Request| r.by_edge(address).goes_well();
        let mut told = incident().others(20, well(EDGES[0])).others(20, well(EDGES[2]));
        for way in ways {
            told = told.failing_within(4, (50, 54), |r| r.by_edge(EDGES[3]).page(522, 522).connection(way));
        }
        let judged = told.without(Source::EdgeLog).judged();
        let from_packets = judged.iter().filter(|case| case.happened.from == ToldFrom::Packets).count();
        (judged.len(), from_packets)
    };
    let astray = |c: Conversation| c.syns(1).syn_acks(4);
    assert_eq!(told(&[astray]), (4, 4), "each once, by its packets");
    assert_eq!(told(&[astray, |c| c.syns(4)]), (16, 8), "which of both ways, nothing tells");
    assert_eq!(told(&[|c| c.syns(1).resets(Origin)]), (8, 4), "a refusal is no 522");
}

/// One record in ten of a log that does not say that it is a sample: otherwise one request of an address has tried all connections that were refused to that address meanwhile.
#[test]
fn a_request_that_waits_does_not_try_without_end() {
    let page = answer("200 OK", "", "fine");
    let is_well = |r: Request| r.connection(|c| c.opens().asks().answers(&page).ends(Edge));
    let told = incident().healthy(6).others(60, is_well);
    let refused = |c: Conversation| c.syns(1).resets(Origin);
    let told = told
        .failing_within(1, (50, 51), |r| r.by_edge(EDGES[0]).takes(9_000).edge(521, 0).connection(refused));
    let diagnosis =
        told.failing_within(20, (52, 58), |r| r.by_edge(EDGES[0]).connection(refused)).diagnosed();
    let borne_by = |ranked: &RankedCause| ranked.failures as usize + ranked.beside;
    let causes: Vec<_> =
        diagnosis.causes.iter().map(|ranked| (ranked.cause.slug.as_str(), borne_by(ranked))).collect();
    assert_eq!(causes, [("connect-refused", 18)], "it tried four times at the most");
}

/// Requests of which the first try ends so, and which the edge tries again so many milliseconds later, if it does.
fn tried(first: impl Fn(Conversation) -> Conversation + Copy, again: Option<i64>) -> Incident {
    let page = answer("200 OK", "", "fine");
    let failing = |r: Request| {
        let first = r.connection(first);
        match again {
            Some(after) => first.tries_again(after, |c| c.opens().asks().answers(&page).ends(Edge)),
            None => first,
        }
    };
    incident().healthy(40).failing(6, failing).without(Source::EdgeLog)
}

/// Whoever is reset says no more, and whether its request was acknowledged shows only when its connection is let go. Otherwise a race that the edge's second try
/// healed at once is told as a failure.
#[test]
fn what_a_second_try_healed_has_not_failed_however_late_the_first_one_is_let_go() {
    let page = answer("200 OK", "", "fine");
    let races = |c: Conversation| {
        c.opens().was_answered(&page).wait(3_000).closes(Origin).asks_unheard().resets(Origin)
    };
    assert_eq!(tried(races, Some(3_300)).named(), []);
    assert_eq!(tried(races, None).named(), only("keepalive-race"));
}

/// The same of connections that were open before the capture began, and which the origin had closed as their first captured request came.
#[test]
fn what_a_second_try_healed_has_not_failed_though_the_capture_began_as_the_first_connection_ended() {
    let page = answer("200 OK", "", "fine");
    let begun_before = |c: Conversation| {
        let opened = c.uncaptured(|c| c.opens().was_answered(&page));
        opened.closes(Origin).wait(100).asks_unheard().wait(20).closes(Edge)
    };
    assert_eq!(tried(begun_before, Some(400)).judged().len(), 0);
    assert_eq!(tried(begun_before, None).judged().len(), 6);
}

/// What a server's error log alone has: no log of requests, no packet.
fn error_log_alone(told: Incident) -> Incident {
    [Source::EdgeLog, Source::AccessLog, Source::Capture].into_iter().fold(told, Incident::without)
}

/// "No request was seen" was said of an error log that named 37 requests and why each failed.
#[test]
fn an_error_log_alone_tells_which_requests_failed_and_why() {
    let too_big = |r: Request| {
        r.edge(502, 502)
            .nginx("error", "upstream sent too big header while reading response header from upstream")
    };
    let told = error_log_alone(incident().healthy(40).failing(6, too_big));
    assert_eq!(told.named(), only("upstream-header-too-big"));
    assert_eq!(told.judged().len(), 6);
    // Where an access log would have shown what failed, a line of a request that another upstream answered is no failure.
    let answered = |r: Request| {
        r.goes_well()
            .nginx("error", "connect() failed (111: Connection refused) while connecting to upstream")
    };
    let told = incident().healthy(40).failing(6, answered).without(Source::EdgeLog).without(Source::Capture);
    assert_eq!(told.named(), []);
}

/// A request of which each upstream fails leaves a line of each, and is one failure.
#[test]
fn lines_of_one_request_about_several_upstreams_are_one_failure() {
    let line = |second: u32, upstream: &str, connection: u32| {
        format!(
            "2026/11/17 08:00:{second:02} [error] 811#811: *{connection} upstream timed out (110: Connection timed out) while reading response header from upstream, client: {}, server: shop.example, request: \"GET /cart HTTP/1.1\", upstream: \"http://{upstream}/cart\", host: \"shop.example\"\n",
            EDGES[0]
        )
    };
    let both = |second, connection| {
        line(second, "10.0.0.5:80", connection) + &line(second + 9, "10.0.0.6:80", connection)
    };
    let lines = both(1, 7) + &both(2, 8) + &both(30, 7);
    let told = error_log_alone(incident())
        .without(Source::ErrorLog)
        .without(Source::SystemLog)
        .file("nginx/error.log", lines);
    assert_eq!(told.judged().len(), 3);
    assert_eq!(told.named(), only("upstream-timeout"));
}

/// "No request was seen" was said of a server's log in which every handshake of the edge stands with why it failed.
#[test]
fn a_servers_messages_alone_tell_which_handshakes_of_the_edge_failed_and_why() {
    let named = |peer: &str, why: &str| {
        let line = |second: u32| {
            let port = 40_000 + second;
            format!("2026/11/17 08:00:{second:02} http: TLS handshake error from {peer}:{port}: {why}\n")
        };
        let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
        let told = told.file("gateway.log", (10..16).map(line).collect::<String>());
        (told.named(), told.judged().len())
    };
    let edge = EDGES[0].to_string();
    let no_certificate = "tls: client didn't provide a certificate";
    assert_eq!(named(&edge, no_certificate), (only("tls-client-certificate-required"), 6));
    assert_eq!(named("198.51.100.9", no_certificate), (vec![], 0), "a stranger's");
    assert_eq!(named(&edge, "EOF"), (vec![], 0), "who leaves says nothing of why");
}

/// Somebody saved one answer. Otherwise the 525 that a customer sent in hides the six of which the server's log tells.
#[test]
fn an_answer_that_somebody_saved_hides_no_failure_of_which_a_server_tells() {
    const SAVED: &str =
        "HTTP/2 525 \r\nserver: cloudflare\r\ncf-ray: 9c1f00aa12bc0001-FRA\r\n\r\nerror code: 525\n";
    let line = |second: u32| {
        let (peer, port) = (EDGES[0], 40_000 + second);
        format!(
            "2026/11/17 08:00:{second:02} http: TLS handshake error from {peer}:{port}: tls: client didn't provide a certificate\n"
        )
    };
    let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
    let told =
        told.file("gateway.log", (10..16).map(line).collect::<String>()).file("customer/curl.txt", SAVED);
    let of_server =
        told.judged().into_iter().filter(|case| case.seen.contains(&"client-certificate-line")).count();
    assert_eq!(of_server, 6);
}

/// IIS's own log has no line of a request whose worker process ended: the system's part of it has, without a status.
#[test]
fn a_request_that_the_worker_process_of_iis_left_has_failed() {
    let log = |peer: std::net::IpAddr, reason: &str| {
        let head = "#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n";
        let line = |number: u32| {
            format!(
                "2026-11-17 08:00:{number:02} {peer} {} 203.0.113.5 443 HTTP/1.1 GET /{number} - 1 {reason} Pool\n",
                40_000 + number
            )
        };
        let lines: String = (10..16).map(line).collect();
        let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
        told.file("HTTPERR/httperr1.log", format!("{head}{lines}")).named()
    };
    assert_eq!(log(EDGES[0].into(), "Connection_Abandoned_By_AppPool"), only("worker-crash"));
    assert_eq!(log(EDGES[0].into(), "Timer_ConnectionIdle"), []);
    assert_eq!(
        log(std::net::Ipv4Addr::new(198, 51, 100, 9).into(), "Connection_Abandoned_By_AppPool"),
        [],
        "a scanner's"
    );
}

/// The edge tries again on a new connection, of which the capture lost the packets: the server's line says that it was answered.
#[test]
fn an_attempt_whose_ray_the_server_answered_on_another_connection_is_no_failure() {
    let closed = |c: Conversation| c.opens().asks().takes(Origin).ends(Origin);
    let named = |elsewhere: bool| {
        let line = |r: Request| if elsewhere { r.access(200).access_field("remote_port", "1029") } else { r };
        let told = incident().healthy(40).failing(6, |r| line(r.connection(closed)));
        told.without(Source::EdgeLog).named()
    };
    assert_eq!(named(true), []);
    assert_eq!(named(false), only("empty-response"));
}

/// "No request was seen" was said of a tunnel's journal that names the ray of each request that its application refused. Each has a second line, without it.
#[test]
fn the_journal_of_a_tunnels_end_alone_tells_which_requests_failed_and_why() {
    const REFUSED: &str = "error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 127.0.0.1:8080: connect: connection refused\"";
    let lines: String = (10..18)
        .map(|second| {
            let at = format!("2026-11-17T08:00:{second}Z ERR ");
            format!(
                "{at} {REFUSED} cfRay=9f0000000000{second}aa-FRA connIndex=2 event=1 ingressRule=0 originService=http://app:8080\n\
                 {at}Request failed {REFUSED} connIndex=2 dest=https://shop.example/api/{second} event=0 ip=198.41.192.57 type=http\n"
            )
        })
        .collect();
    let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
    let judged = told.file("cloudflared.log", lines).diagnosed();
    assert_eq!(judged.incident.cases.len(), 8);
    assert!(
        judged
            .judgements
            .iter()
            .all(|one| one.cause.map(|cause| cause.slug.as_str()) == Some("upstream-refused"))
    );
}

/// The same of an error log that names no request, and whose server's children die one after the other: each had one.
#[test]
fn workers_that_die_are_failures_where_nothing_else_tells_of_requests() {
    let named = |died: fn(u32) -> String| {
        let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
        let lines: String = (10..18)
            .map(|second| format!("[Tue Nov 17 08:00:{second}.000000 2026] {}\n", died(second)))
            .collect();
        told.file("error.log", lines).named()
    };
    let crashed = |second| {
        format!(
            "[core:notice] [pid 811] AH00052: child pid {} exit signal Segmentation fault (11)",
            900 + second
        )
    };
    assert_eq!(named(crashed), only("worker-crash"));
    let told_to = |second| {
        format!("[core:notice] [pid 811] AH00052: child pid {} exit signal Terminated (15)", 900 + second)
    };
    assert_eq!(named(told_to), []);
}

/// The kernel's lines have no year, and those of a program in the same journal have it. Otherwise a kernel that kills worker after worker is not heard, and each is a
/// crash.
#[test]
fn what_the_kernel_says_in_a_journal_alone_is_of_the_year_of_its_programs() {
    let lines: String = (10..18)
        .map(|second| {
            let at = format!("Aug  5 22:00:{second} web1 ");
            let worker = 900 + second;
            format!(
                "{at}kernel: Out of memory: Killed process {worker} (gunicorn) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1204kB oom_score_adj:0\n\
                 {at}gunicorn[811]: [2025-08-05 22:00:{second} +0000] [811] [ERROR] Worker (pid:{worker}) was sent SIGKILL! Perhaps out of memory?\n"
            )
        })
        .collect();
    let told = error_log_alone(incident()).without(Source::ErrorLog).without(Source::SystemLog);
    assert_eq!(told.file("journal.txt", lines).named(), only("oom-kill"));
}
