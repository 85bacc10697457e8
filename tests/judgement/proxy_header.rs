//! A server that waits for a header of the PROXY protocol says so once, as it starts, and nothing of the connections that bring none.

use super::conversation::Conversation;
use super::conversation::Speaker::Origin;
use super::incident::{Incident, Source, incident};
use super::request::Request;

const ENABLED: &str =
    "[remoteip:notice] [pid 811:tid 811] AH03492: RemoteIPProxyProtocol: enabled on 0.0.0.0:80";
const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn named(told: Incident, begun: fn(Conversation) -> Conversation) -> Vec<Option<String>> {
    let closes = |r: Request| r.edge(520, 0).connection(|c| begun(c.opens()).asks().wait(20).ends(Origin));
    told.failing(6, closes).named()
}

/// Otherwise nothing but an empty response is named, and nobody looks at what stands in front of the server.
#[test]
fn what_the_server_wanted_as_it_started_explains_connections_that_begin_without_it() {
    let started = || incident().healthy(40).line(Source::ApacheErrorLog, 1, ENABLED);
    assert_eq!(named(started(), |c| c), [Some("proxy-protocol-mismatch".to_owned())]);
    let silent = incident().healthy(40);
    assert_eq!(named(silent, |c| c), [Some("empty-response".to_owned())]);
    // What was answered before on the same connection had all that the server wants.
    let later = named(started(), |c| c.was_answered(SHORT).wait(50));
    assert!(!later.contains(&Some("proxy-protocol-mismatch".to_owned())), "{later:?}");
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
