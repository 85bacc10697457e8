//! Go programs: handlers that fail one by one while the server lives on, and programs that die.

use super::application::fails;
use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};

const STACK: &str = "goroutine 34 [running]:\nnet/http.(*conn).serve.func1()\n\t/usr/local/go/src/net/http/server.go:1898 +0xbe";

fn slug(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// What Go's server says of a handler that failed, for a client of this address.
fn panic_for(client: &str) -> String {
    format!("http: panic serving {client}: runtime error: index out of range [3] with length 3\n{STACK}")
}

/// Requests of one address of the edge of which no packets are at hand.
fn unseen(told: fn(Request) -> Request) -> Incident {
    let healthy = |r: Request| r.by_edge(EDGES[0]).edge(200, 200);
    let begin = incident().others(60, healthy).failing(8, move |r| told(r.by_edge(EDGES[0])));
    begin.without(Source::AccessLog).without(Source::Capture)
}

/// Otherwise an empty answer stays unexplained, or a crash is looked for, although the server says of each request whose handler failed.
#[test]
fn a_handler_that_failed_is_what_cut_the_edges_connection() {
    let cut = |r: Request| {
        let said = panic_for(&r.peer());
        r.edge(520, 0).go(&said)
    };
    let judged = unseen(cut).judged();
    assert_eq!(judged.len(), 8);
    for case in &judged {
        assert_eq!(case.slug.as_deref(), Some("empty-response"), "{}", case.account);
        assert!(case.seen.contains(&"handler-cut-line"), "{}", case.account);
    }
    // The line of another client, of another address of the edge, or of another minute is another request's.
    let others: [fn(Request) -> Request; 3] = [
        |r| r.edge(520, 0).go(&panic_for("198.51.100.200:40100")),
        |r| r.edge(520, 0).go(&panic_for(&format!("{}:40100", EDGES[2]))),
        |r| {
            let said = panic_for(&r.peer());
            r.edge(520, 0).go_later(40_000, &said)
        },
    ];
    for other in others {
        for case in unseen(other).judged() {
            assert!(!case.seen.contains(&"handler-cut-line"), "{}", case.account);
            assert_eq!(case.slug, None, "{}", case.account);
        }
    }
}

/// In packets it is the connection that the line names, in the middle of others that are closed for another reason.
#[test]
fn a_handler_that_failed_is_joined_by_the_port_where_packets_show_it() {
    let closes = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().takes(Origin).ends(Origin));
    let cut = |r: Request| {
        let said = panic_for(&r.peer());
        closes(r.go(&said))
    };
    let told = incident().healthy(40).others_within(4, (50, 52), closes).failing_within(4, (50, 52), cut);
    for case in told.judged() {
        assert_eq!(case.slug.as_deref(), Some("empty-response"), "{}", case.account);
        assert!(case.seen.contains(&"handler-cut-line"), "{}", case.account);
    }
}

/// Behind a proxy the client of all requests is the proxy. Otherwise nothing says which of the application's failures the proxy's 502 is.
#[test]
fn a_handler_that_failed_behind_a_proxy_closed_early_on_it() {
    let behind = |r: Request| fails(r, 502).go(&panic_for("127.0.0.1:40100"));
    let told = incident().healthy(40).failing(6, behind);
    assert_eq!(told.named(), slug("upstream-closed-early"));
    let by_socket = |r: Request| fails(r, 502).go(&panic_for("@"));
    assert_eq!(incident().healthy(40).failing(6, by_socket).named(), slug("upstream-closed-early"));
    // One line for two requests of its moment is nobody's.
    let without = |r: Request| fails(r, 502);
    let mixed = (20..26).fold(incident().healthy(40), |told, second| {
        told.failing_within(1, (second * 4, second * 4 + 1), behind).failing_within(
            2,
            (second * 4, second * 4 + 1),
            without,
        )
    });
    assert_eq!(mixed.named(), slug("origin-error-status"));
    // Whom the proxy could not reach at all did not fail at the request.
    let refused = |r: Request| {
        let said = "connect() failed (111: Connection refused) while connecting to upstream";
        behind(r).nginx("[error]", said)
    };
    assert_eq!(incident().healthy(40).failing(6, refused).named(), slug("upstream-refused"));
}

/// A program that ends, with what it held; what comes before it is up again finds nobody.
fn dies(dump: &str) -> Incident {
    let closes = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().until(60).ends(Origin));
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).refuses());
    let told = incident().healthy(40).line(Source::GoLog, 20, "listening on :443");
    let told = told.line(Source::GoLog, 59, "http: TLS handshake error from 198.51.100.20:41022: EOF");
    let told = told.line(Source::GoLog, 60, &format!("no cart\n{dump}"));
    let told = told.line(Source::GoLog, 66, "listening on :443");
    told.failing_within(6, (58, 59), closes).failing_within(6, (61, 65), refused)
}

const DEATH: &str = "panic: no cart\n\ngoroutine 34 [running]:\nmain.(*Shop).cart(0xc0000a6000)\n\t/srv/shop/main.go:31 +0x1d\nexit status 2";
const FATAL: &str = "fatal error: concurrent map writes\n\ngoroutine 21 [running]:\nmain.put(0x1)\n\t/srv/shop/main.go:40 +0x25";

/// Otherwise only those deaths are known that name a runtime error.
#[test]
fn a_go_program_that_dies_takes_its_requests_with_it() {
    assert_eq!(dies(DEATH).named(), slug("worker-crash"));
    assert_eq!(dies(FATAL).named(), slug("worker-crash"));
}

/// Whoever recovers prints the same words and answers 500. Otherwise a crash is made of each.
#[test]
fn a_panic_that_is_recovered_from_is_no_death() {
    let fiber = "panic: no cart\ngoroutine 35 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:24 +0x5e\npanic({0x6b5, 0x7f})";
    let chi = "\n panic: runtime error: index out of range\n\n -> main.cart\n ->   /srv/shop/main.go:31";
    for recovered in [fiber, chi] {
        let told = (50..56).fold(incident().healthy(40), |told, second| {
            told.line(Source::GoLog, second, &format!("request failed\n{recovered}"))
        });
        let told = told.failing_within(6, (50, 55), |r| {
            let page = super::conversation::answer("500 Failed", "", "it failed");
            r.edge(500, 500).access(500).connection(|c| c.opens().asks().answers(&page).ends(Edge))
        });
        assert_eq!(told.named(), slug("origin-error-status"), "{recovered}");
    }
}
