//! A proxy in front of the origin that passes bytes on and reads no request: what it says of a server behind that is not there.

use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};
use super::tls::hello;

const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
const TIMED_OUT: &str = "upstream timed out (110: Connection timed out) while connecting to upstream";

/// What becomes of a request.
type Failing = fn(Request) -> Request;

/// Requests of one address of the edge; nothing but the edge's log and the proxy's is at hand.
fn in_logs(count: usize, failing: impl Fn(Request) -> Request) -> Incident {
    let healthy = |r: Request| r.by_edge(EDGES[0]).edge(200, 200);
    let told = incident().others(60, healthy).failing(count, |r| failing(r.by_edge(EDGES[0])));
    told.without(Source::AccessLog).without(Source::Capture)
}

fn named(failing: impl Fn(Request) -> Request) -> Vec<Option<String>> {
    in_logs(8, failing).named()
}

fn slug(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// Otherwise a broken handshake is looked for in certificates and ciphers, though nobody was there to shake hands with.
#[test]
fn a_proxy_that_found_nobody_behind_it_is_why_the_edge_says_525_or_520() {
    for status in [525, 520] {
        let by_nginx = named(|r| r.edge(status, 0).nginx_stream(REFUSED));
        assert_eq!(by_nginx, slug("upstream-refused"), "{status}");
        let by_haproxy = named(|r| r.edge(status, 0).haproxy_tcp("app/<NOSRV>", 0, "SC"));
        assert_eq!(by_haproxy, slug("upstream-refused"), "{status}");
        let of_server = named(|r| r.edge(status, 0).haproxy_tcp("app/web1", 3, "SC"));
        assert_eq!(of_server, slug("upstream-refused"), "{status}");
        let silent = named(|r| r.takes(5_100).edge(status, 0).haproxy_tcp("app/web1", 5_000, "sC"));
        assert_eq!(silent, slug("upstream-timeout"), "{status}");
    }
    let waited = named(|r| r.takes(15_000).edge(522, 0).nginx_stream(TIMED_OUT));
    assert_eq!(waited, slug("upstream-timeout"));
}

/// Lines of somebody else, of another minute, or fewer than there are requests, are none of these requests'.
#[test]
fn a_proxys_line_about_another_connection_says_nothing() {
    let about_others: [(&str, Failing); 3] = [
        ("a visitor past the edge", |r| r.edge(525, 0).nginx_stream_of("198.51.100.7", 50, REFUSED)),
        ("another address of the edge", |r| r.edge(525, 0).nginx_stream_of("104.22.56.201", 50, REFUSED)),
        ("another minute", |r| {
            let of = EDGES[0].to_string();
            r.edge(525, 0).nginx_stream_of(&of, 50_000, REFUSED)
        }),
    ];
    for (mark, failing) in about_others {
        for case in in_logs(2, failing).judged() {
            assert_ne!(case.slug.as_deref(), Some("upstream-refused"), "{mark}: {}", case.account);
            assert!(!case.seen.contains(&"upstream-refused-line"), "{mark}: {}", case.account);
        }
    }
    let broken = |r: Request| r.by_edge(EDGES[0]).edge(525, 0);
    let told = in_logs(0, broken).failing_within(1, (50, 51), |r| broken(r).nginx_stream(REFUSED));
    for case in told.failing_within(2, (50, 51), broken).judged() {
        assert!(!case.seen.contains(&"upstream-refused-line"), "{}", case.account);
    }
}

/// Packets show a handshake that the proxy closed; its line says why. One that the server itself refused is another matter.
#[test]
fn packets_of_what_a_proxy_could_not_pass_on_belong_to_its_line() {
    let cut =
        |r: Request| r.edge(525, 0).connection(|c| c.opens().says(Edge, &hello()).takes(Origin).ends(Origin));
    let told = |failing: &dyn Fn(Request) -> Request| {
        incident().healthy(60).failing(8, failing).without(Source::AccessLog)
    };
    assert_eq!(told(&|r| cut(r.nginx_stream(REFUSED))).named(), slug("upstream-refused"));
    assert_eq!(told(&|r| cut(r.haproxy_tcp("app/<NOSRV>", 0, "SC"))).named(), slug("upstream-refused"));
    let refused = |r: Request| {
        let alert = super::tls_messages::fatal(40);
        let said = |r: Request| r.edge(525, 0).nginx_stream(REFUSED);
        said(r).connection(|c| c.opens().says(Edge, &hello()).takes(Origin).says(Origin, &alert).ends(Origin))
    };
    assert_eq!(told(&refused).named(), slug("tls-no-shared-cipher"));
}
