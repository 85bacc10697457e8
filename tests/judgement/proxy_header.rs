//! A server that waits for a header of the PROXY protocol says so once, as it starts, and nothing of the connections that bring none. One that expects none
//! has such a header for a request, and knows nothing of the request behind it.

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};
use super::tls::hello;

const ENABLED: &str =
    "[remoteip:notice] [pid 811:tid 811] AH03492: RemoteIPProxyProtocol: enabled on 0.0.0.0:80";
const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn named(told: Incident, begun: fn(Conversation) -> Conversation) -> Vec<Option<String>> {
    let closes = |r: Request| r.edge(520, 0).connection(|c| begun(c.opens()).asks().wait(20).ends(Origin));
    told.failing_within(6, (62, 80), closes).named()
}

/// Otherwise nothing but an empty response is named, and nobody looks at what stands in front of the server.
#[test]
fn what_the_server_wanted_as_it_started_explains_connections_that_begin_without_it() {
    let before = || incident().others_within(40, (0, 55), Request::goes_well);
    let started = || before().line(Source::ApacheErrorLog, 60, ENABLED);
    assert_eq!(named(started(), |c| c), [Some("proxy-protocol-mismatch".to_owned())]);
    let silent = before();
    assert_eq!(named(silent, |c| c), [Some("empty-response".to_owned())]);
    // What was answered before on the same connection had all that the server wants.
    let later = named(started(), |c| c.was_answered(SHORT).wait(50));
    assert!(!later.contains(&Some("proxy-protocol-mismatch".to_owned())), "{later:?}");
    // Who sends none is answered meanwhile: another server of the machine wants one.
    let beside = named(started().others_within(40, (62, 80), Request::goes_well), |c| c);
    assert_eq!(beside, [Some("empty-response".to_owned())]);
}

/// Without packets nothing shows how the connections began: that all was well until the server started so is what is left.
#[test]
fn failures_that_begin_as_such_a_server_starts_are_its_own() {
    let told = |started: i64| {
        let incident = incident().without(Source::Capture).line(Source::ApacheErrorLog, started, ENABLED);
        let incident = incident.others_within(40, (0, 50), Request::goes_well);
        incident.failing_within(8, (52, 60), |r| r.edge(520, 0)).named()
    };
    assert_eq!(told(51), [Some("proxy-protocol-mismatch".to_owned())]);
    assert_eq!(told(1), [None], "it was well with it");
}

/// It closes without a word. Otherwise a server of plain HTTP, which answers the handshake with a page, is told as one that waits for a header, as soon as another one of the
/// incident starts so.
#[test]
fn who_answers_a_handshake_in_the_clear_did_not_wait_for_a_header() {
    const PAGE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let told = incident().line(Source::ApacheErrorLog, 51, ENABLED);
    let told = told.others_within(40, (0, 50), Request::goes_well);
    let told = told.failing_within(8, (52, 60), |r| {
        r.edge(525, 0)
            .connection(|c| c.opens().says(Edge, &hello()).says(Origin, PAGE).ends(Origin).ends(Edge))
    });
    assert_eq!(told.named(), [Some("tls-plaintext-on-port".to_owned())]);
}

const STOPPED: &str = "[mpm_event:notice] [pid 811:tid 811] AH00491: caught SIGTERM, shutting down";
const RUNS: &str = "[mpm_event:notice] [pid 811:tid 811] AH00489: Apache/2.4.62 (Debian) configured -- resuming normal operations";

/// What goes well but for these seconds, at whose ends the server is stopped and started; it says at these moments that it wants such a header.
fn restarted_twice(wanted: &[i64]) -> Incident {
    let told = incident()
        .others_within(40, (0, 49), Request::goes_well)
        .others_within(40, (60, 119), Request::goes_well)
        .line(Source::ApacheErrorLog, 1, RUNS)
        .line(Source::ApacheErrorLog, 50, STOPPED)
        .line(Source::ApacheErrorLog, 51, RUNS)
        .line(Source::ApacheErrorLog, 57, STOPPED)
        .line(Source::ApacheErrorLog, 58, RUNS);
    wanted.iter().fold(told, |told, at| told.line(Source::ApacheErrorLog, *at, ENABLED))
}

/// Otherwise a server that was told to want such headers, and told better after some seconds, was away meanwhile.
#[test]
fn a_server_that_wants_a_header_from_one_restart_to_the_next_was_there_all_the_while() {
    let closes = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().wait(20).ends(Origin));
    let told = |wanted: &[i64]| restarted_twice(wanted).failing_within(12, (52, 56), closes).named();
    assert_eq!(told(&[51]), [Some("proxy-protocol-mismatch".to_owned())]);
    let unsaid = told(&[]);
    assert!(!unsaid.contains(&Some("proxy-protocol-mismatch".to_owned())), "{unsaid:?}");
    // What the server had wanted before it was started anew it wants no more.
    let before = told(&[1]);
    assert!(!before.contains(&Some("proxy-protocol-mismatch".to_owned())), "{before:?}");
}

/// Otherwise each restart of a server that gets such headers all day is the fault of whoever sends them.
#[test]
fn a_server_that_always_wanted_a_header_is_restarted_as_any_other() {
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin));
    let restart = [Some("restart-window".to_owned())];
    for wanted in [&[1, 51, 58][..], &[51, 58]] {
        let told = restarted_twice(wanted).failing_within(12, (50, 57), refused);
        assert_eq!(told.named(), restart, "{wanted:?}");
        let told = restarted_twice(wanted).failing_within(12, (50, 57), |r| r.edge(521, 0));
        assert_eq!(told.without(Source::Capture).named(), restart, "{wanted:?}");
    }
}

/// A line a second, of nginx in its own layout.
fn logged(seconds: std::ops::Range<i64>, peer: &str, request: impl Fn(i64) -> String, status: u16) -> String {
    let line = |second: i64| {
        let at = format!("17/Nov/2026:08:{:02}:{:02} +0000", second / 60, second % 60);
        format!("{peer} - - [{at}] \"{}\" {status} 150 \"-\" \"-\"\n", request(second))
    };
    seconds.map(line).collect()
}

/// After twenty seconds the balancer sends such headers, and nothing goes well any more: the edge has this status for it, and the origin that.
fn refused(statuses: (u16, u16), peer: &str, header: impl Fn(i64) -> String) -> Vec<Option<String>> {
    let before = logged(0..20, peer, |second| format!("GET /item/{second} HTTP/1.1"), 200);
    let log = before + &logged(20..60, peer, header, 400);
    let told = incident().others_within(20, (0, 20), |r| r.edge(200, 200));
    let told = told.failing_within(40, (20, 60), |r| r.edge(statuses.0, statuses.1));
    let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
    told.file("origin/access.log", log).named()
}

const BALANCER: &str = "10.0.0.5";
const VERSION_2: &str = r"\x00";
const STATUSES: [(u16, u16); 3] = [(400, 400), (520, 0), (525, 0)];

/// Otherwise the line that says it stays with nobody, for it names no request.
#[test]
fn a_header_in_the_place_of_a_request_tells_of_a_server_that_expects_none() {
    let whole = r"\r\n\r\n\x00\r\nQUIT\n!\x11";
    let of_edge = |second: i64| {
        let edge = EDGES[second as usize % EDGES.len()];
        format!("PROXY TCP4 {edge} 203.0.113.10 {} 443", 20_000 + second)
    };
    let mismatch = [Some("proxy-protocol-mismatch".to_owned())];
    for statuses in STATUSES {
        assert_eq!(refused(statuses, BALANCER, |_| VERSION_2.to_owned()), mismatch, "{statuses:?}");
        assert_eq!(refused(statuses, BALANCER, |_| whole.to_owned()), mismatch, "{statuses:?}");
        assert_eq!(refused(statuses, BALANCER, of_edge), mismatch, "{statuses:?}");
    }
}

/// The edge itself sends such headers where it is told to (Spectrum), and names its visitor in them. Otherwise its own lines are a scanner's.
#[test]
fn a_header_that_the_edge_sends_names_its_visitor() {
    let told = |peer: &str| {
        let header = |second: i64| format!("PROXY TCP4 192.0.2.7 203.0.113.10 {} 80", 20_000 + second);
        let log = logged(0..20, peer, |second| format!("GET /item/{second} HTTP/1.1"), 200)
            + &logged(20..60, peer, header, 400);
        let told = incident().others_within(20, (0, 20), |r| r.by_edge(EDGES[1]).edge(200, 200));
        let told = told.failing_within(40, (20, 60), |r| r.by_edge(EDGES[1]).edge(400, 400));
        let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
        told.file("origin/access.log", log).named()
    };
    assert_eq!(told(&EDGES[1].to_string()), [Some("proxy-protocol-mismatch".to_owned())]);
    assert_eq!(told("198.51.100.9"), []);
}

/// Otherwise whoever probes a server explains the failures of its visitors.
#[test]
fn junk_of_strangers_and_of_checks_explains_nothing() {
    let mismatch = Some("proxy-protocol-mismatch".to_owned());
    for statuses in STATUSES {
        let stranger = refused(statuses, "198.51.100.9", |_| VERSION_2.to_owned());
        assert!(!stranger.contains(&mismatch), "a scanner: {stranger:?}");
        let handed_on = |second| format!("PROXY TCP4 198.51.100.9 203.0.113.10 {} 443", 20_000 + second);
        let scanner = refused(statuses, BALANCER, handed_on);
        assert!(!scanner.contains(&mismatch), "a scanner behind the balancer: {scanner:?}");
        let hello = refused(statuses, BALANCER, |_| r"\x16\x03\x01\x02\x00".to_owned());
        assert!(!hello.contains(&mismatch), "TLS on a plain port: {hello:?}");
    }
    // The balancer's own checks go on all the time, and others fail now and then.
    let checks = logged(0..120, BALANCER, |_| VERSION_2.to_owned(), 400);
    let told = incident().others(60, |r| r.edge(200, 200)).failing(8, |r| r.edge(520, 0));
    let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
    assert_eq!(told.file("origin/access.log", checks).named(), [None]);
}
