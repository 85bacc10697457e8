//! What a server's log says alone, beside no log of the edge and no packet.

use super::incident::{Incident, Source, incident};
use super::request::{BEGIN, EDGES, SECOND, clock};

/// A folder with this file and nothing else.
fn alone(name: &str, lines: String) -> Incident {
    let nothing = [Source::EdgeLog, Source::AccessLog, Source::Capture, Source::ErrorLog, Source::SystemLog];
    nothing.into_iter().fold(incident(), Incident::without).file(name, lines)
}

fn told(incident: &Incident) -> (Vec<Option<String>>, usize) {
    (incident.named(), incident.judged().len())
}

fn only(slug: &str, failures: usize) -> (Vec<Option<String>>, usize) {
    (vec![Some(slug.to_owned())], failures)
}

/// Messages of nginx about these clients' connections, a second apart.
fn nginx(client: &str, words: &str) -> String {
    let line = |number: u32| {
        format!(
            "2026/11/17 08:00:{number:02} [error] 811#811: *{number} {words}, client: {client}, server: shop.example, request: \"GET /{number} HTTP/1.1\", host: \"shop.example\"\n"
        )
    };
    (10..20).map(line).collect()
}

/// Otherwise "no request was seen" stands over an error log in which a limit refuses the edge 1,450 times.
#[test]
fn a_limit_that_counts_the_edge_as_one_client_is_told_by_its_lines_alone() {
    let edge = EDGES[0].to_string();
    let log = |client: &str, words: &str| told(&alone("error.log", nginx(client, words)));
    assert_eq!(
        log(&edge, "limiting requests, excess: 20.460 by zone \"perip\""),
        only("client-throttle", 10)
    );
    assert_eq!(
        log("198.51.100.9", "limiting requests, excess: 20.460 by zone \"perip\""),
        (vec![], 0),
        "a visitor"
    );
    assert_eq!(log(&edge, "limiting requests, dry run, excess: 5.474 by zone \"login\""), (vec![], 0));
}

/// The same of a port that wants a header which the edge does not send: 420 connections.
#[test]
fn connections_that_bring_no_proxy_header_are_told_by_their_lines_alone() {
    let log = |client: &str| {
        let line = |number: u32| {
            format!(
                "2026/11/17 08:00:{number:02} [error] 811#811: *{number} broken header: \"GET / HTTP/1.1\" while reading PROXY protocol, client: {client}, server: 0.0.0.0:443\n"
            )
        };
        told(&alone("error.log", (10..20).map(line).collect()))
    };
    assert_eq!(log(&EDGES[0].to_string()), only("proxy-protocol-mismatch", 10));
    assert_eq!(log("198.51.100.9"), (vec![], 0), "a scanner");
}

/// uWSGI logs a request when it is over, and one at which it kills its worker is not.
#[test]
fn a_request_at_which_a_worker_is_killed_has_failed_though_its_server_logs_others() {
    let edge = EDGES[0];
    let well = |number: u32| {
        format!(
            "[pid: 811|app: 0|req: 1/{number}] {edge} () {{54 vars in 1090 bytes}} [Tue Nov 17 08:00:{number:02} 2026] GET / => generated 172 bytes in 29 msecs (HTTP/1.1 200) 2 headers in 78 bytes (1 switches on core 0)\n"
        )
    };
    let killed = |second: u32| {
        format!(
            "Tue Nov 17 08:01:{second:02} 2026 - *** HARAKIRI ON WORKER 4 (pid: 811, try: 1) ***\n\
             Tue Nov 17 08:01:{second:02} 2026 - HARAKIRI [core 0] {edge} - GET /report?year={second} since 1794902400\n\
             DAMN ! worker 4 (pid: 811) died, killed by signal 9 :( trying respawn ...\n"
        )
    };
    let lines: String = (10..50).map(well).chain([10, 20, 30, 40].map(killed)).collect();
    assert_eq!(told(&alone("uwsgi.log", lines)), only("upstream-timeout", 4));
}

/// Heroku's router has a code for why it answered 503.
#[test]
fn what_a_platforms_router_says_of_a_request_is_read() {
    let heroku = |code: &str, words: &str| {
        let well = |number: u32| {
            format!(
                "2026-11-17T08:00:{number:02}.123456+00:00 heroku[router]: at=info method=GET path=\"/{number}\" host=shop.example request_id=8f fwd=\"198.51.100.7,172.68.10.9\" dyno=web.1 connect=0ms service=12ms status=200 bytes=812 protocol=https\n\
                 2026-11-17T08:00:{number:02}.123456+00:00 app[web.1]: Completed 200 OK in 11ms\n"
            )
        };
        let failed = |number: u32| {
            format!(
                "2026-11-17T08:01:{number:02}.123456+00:00 heroku[router]: at=error code={code} desc=\"{words}\" method=GET path=\"/{number}\" host=shop.example request_id=8f fwd=\"198.51.100.7,172.68.10.9\" dyno=web.1 connect=0ms service=30001ms status=503 bytes=0 protocol=https\n"
            )
        };
        let lines: String = (10..50).map(well).chain((10..16).map(failed)).collect();
        told(&alone("heroku.log", lines))
    };
    assert_eq!(heroku("H12", "Request timeout"), only("upstream-timeout", 6));
    assert_eq!(heroku("H13", "Connection closed without response"), only("upstream-closed-early", 6));
    assert_eq!(heroku("H21", "Backend connection refused"), only("upstream-refused", 6));
}

/// Otherwise a site whose visitors are sent in a circle, which an access log alone shows, goes well.
#[test]
fn visitors_who_are_sent_to_where_they_are_are_seen_in_an_access_log() {
    let line = |second: i64, visitor: i64, path: &str, status: u16| {
        let clock = clock(BEGIN + second * SECOND);
        let edge = EDGES[visitor as usize % EDGES.len()];
        format!(
            "{edge} - - [17/Nov/2026:{} +0000] \"GET {path} HTTP/1.1\" {status} 162 \"-\" \"Mozilla/5.0\" \"198.51.100.{visitor}\" shop.example\n",
            &clock[11..19]
        )
    };
    let told = |times: i64, others: u16| {
        let well = (0..60).map(|number| line(number, number, &format!("/p/{number}"), 200));
        let sent = (0..6).flat_map(|visitor| (0..times).map(move |time| (10 + visitor * 9 + time, visitor)));
        let sent = sent.map(|(second, visitor)| line(second, visitor, "/cart", 301));
        let other = (others > 0).then(|| line(99, 99, "/cart", others));
        let log: String = well.chain(sent).chain(other).collect();
        alone("access.log", log)
    };
    let loops = |told: Incident| {
        let told = told.diagnosed();
        let named = told.judgements.iter().filter_map(|judgement| judgement.cause);
        named.filter(|cause| cause.slug == "redirect-loop").count()
    };
    assert_eq!(loops(told(8, 0)), 48);
    assert_eq!(loops(told(1, 0)), 0, "a page that was moved");
    assert_eq!(loops(told(8, 200)), 0, "somebody is answered");
}

/// Otherwise nothing fails where a rule of HAProxy closes what comes through the edge without an answer: such a line has no status.
#[test]
fn what_haproxy_turns_away_without_an_answer_is_told_by_its_line() {
    let line = |number: usize, peer: &str, ray: &str, told: &str| {
        format!(
            "Nov 17 08:00:{number:02} lb1 haproxy[812]: {peer}:{} [17/Nov/2026:08:00:{number:02}.500] web {told} 3/3/0/0/0 0/0 {{{ray}}} \"GET /p/{number} HTTP/1.1\"\n",
            20_000 + number
        )
    };
    let ray = |number: usize| format!("9c1f00aa12bc{number:04x}-FRA");
    let log = |peer: &str, with_ray: bool| {
        let well = (0..30).map(|number| {
            line(number, &EDGES[0].to_string(), &ray(number), "web/app1 0/0/0/9/9 200 225 - - ----")
        });
        let turned_away = (30..40).map(|number| {
            let ray = if with_ray { ray(number) } else { "-".to_owned() };
            line(number, peer, &ray, "web/<NOSRV> 0/-1/-1/-1/0 -1 0 - - PR--")
        });
        let diagnosis = alone("haproxy.log", well.chain(turned_away).collect()).diagnosed();
        let named = diagnosis.judgements.iter().map(|judged| judged.cause.map(|cause| cause.slug.as_str()));
        named.collect::<Vec<_>>()
    };
    assert_eq!(log(&EDGES[1].to_string(), true), [Some("security-block"); 10]);
    assert_eq!(log("198.51.100.9", false), [], "what asks past the edge is nobody's failure");
}
