//! Programs that end TLS in front of the origin and read no request (stunnel, hitch): what they say of a server behind that is not there.

use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::Request;

const REFUSED: &str = "3[#]: s_connect: connect 10.0.0.5:8080: Connection refused (111)";
const LATE: &str = "3[#]: s_connect: s_poll_wait 10.0.0.5:8080: TIMEOUTconnect exceeded";
const CONNECTED: &str = "5[#]: s_connect: connected 10.0.0.6:8080";
const GIVEN_UP: &str = "3[#]: No more addresses to connect";
const RESET: &str = "5[#]: Connection reset: 0 byte(s) sent to TLS, 0 byte(s) sent to socket";
const CLOSED: &str = "5[#]: Connection closed: 412 byte(s) sent to TLS, 120 byte(s) sent to socket";
const REFUSED_BY_HITCH: &str = "{backend-connect}: Connection refused";

/// A balancer within, which looks whether the server is there.
const CHECKS: &str = "10.0.0.9:40001";

/// The edge had asked when nobody was found behind.
fn reset(r: Request) -> Request {
    r.edge(520, 0).connection(|c| c.opens().asks().takes(Origin).resets(Origin))
}

fn told(failing: impl Fn(Request) -> Request) -> Incident {
    let passed = |r: Request| r.goes_well().stunnel(&[CONNECTED, CLOSED]);
    incident().others(60, passed).failing(8, failing).without(Source::AccessLog)
}

fn slug(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// Otherwise the reset is told, and not that the server behind is away.
#[test]
fn what_ends_tls_and_finds_nobody_behind_it_is_why_the_edge_gets_a_reset() {
    let by_stunnel = |r: Request| reset(r).stunnel(&[REFUSED, GIVEN_UP, RESET]);
    let by_hitch = |r: Request| reset(r).hitch(REFUSED_BY_HITCH);
    assert_eq!(told(by_stunnel).named(), slug("upstream-refused"));
    assert_eq!(told(by_hitch).named(), slug("upstream-refused"));
    assert_eq!(told(by_stunnel).without(Source::Capture).named(), slug("upstream-refused"));
    assert_eq!(told(by_hitch).without(Source::Capture).named(), slug("upstream-refused"));
    let waited = |r: Request| r.takes(10_100).edge(520, 0).stunnel(&[LATE, GIVEN_UP, RESET]);
    assert_eq!(told(waited).without(Source::Capture).named(), slug("upstream-timeout"));
}

/// A health check that was refused, a server that was away while the next one was there, and another connection's lines say nothing of a request.
#[test]
fn a_refusal_that_is_not_the_requests_own_explains_none() {
    let is_not_told = |mark: &str, cases: Vec<JudgedCase>| {
        assert!(!cases.is_empty());
        for case in cases {
            assert_ne!(case.slug.as_deref(), Some("upstream-refused"), "{mark}: {}", case.account);
            assert!(!case.seen.contains(&"upstream-refused-line"), "{mark}: {}", case.account);
        }
    };
    type Failing = fn(Request) -> Request;
    let others: [(&str, Failing); 4] = [
        ("a check", |r| reset(r).stunnel_of(CHECKS, &[REFUSED, GIVEN_UP, RESET])),
        ("a check of hitch's", |r| reset(r).hitch_of(CHECKS, REFUSED_BY_HITCH)),
        ("the next server", |r| reset(r).stunnel(&[REFUSED, CONNECTED, CLOSED])),
        ("a port of the edge that no packet shows", |r| {
            reset(r).stunnel_of("172.68.10.9:9", &[REFUSED, GIVEN_UP, RESET])
        }),
    ];
    for (mark, failing) in others {
        is_not_told(mark, told(failing).judged());
    }
    let without_packets: [(&str, Failing); 2] = [others[0], others[2]];
    for (mark, failing) in without_packets {
        is_not_told(mark, told(failing).without(Source::Capture).judged());
    }
}

/// The server behind was there, and reset the connection.
#[test]
fn a_server_that_resets_what_it_took_is_no_server_that_is_away() {
    let lost = "3[#]: readsocket: Connection reset by peer (104)";
    let by_stunnel = |r: Request| {
        let told = r.edge(520, 0).stunnel(&[CONNECTED, lost, RESET]);
        told.connection(|c| c.opens().asks().takes(Origin).wait(30).resets(Origin).wait(1).takes(Edge))
    };
    assert_eq!(told(by_stunnel).without(Source::Capture).named(), slug("upstream-closed-early"));
}
