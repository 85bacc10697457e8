//! What went wrong inside TLS 1.3, read off the sizes and the order of its records.

use rayscope::correlate::{Outcome, ToldFrom};

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::Request;
use super::tls::{HOST, encrypted_well, good_chain};
use super::tls_messages::{
    client_end, client_hello, encrypted, fatal, hello_of_tls13, server_end, server_flight,
};

/// Payloads of records (RFC 8446, 4.4.4, 4.6.1 and 6).
const FINISHED: usize = 53;
const TICKET: usize = 234;
const ALERT: usize = 19;

/// Up to the origin's Finished.
fn offered(c: Conversation) -> Conversation {
    c.opens()
        .says(Edge, &client_hello(HOST, &["http/1.1"], 0))
        .takes(Origin)
        .says(Origin, &[hello_of_tls13(), encrypted(1200)].concat())
        .takes(Edge)
}

/// Up to the origin's session tickets.
fn established(c: Conversation) -> Conversation {
    offered(c)
        .says(Edge, &encrypted(FINISHED))
        .takes(Origin)
        .says(Origin, &[encrypted(TICKET), encrypted(TICKET)].concat())
        .takes(Edge)
}

/// One request and its answer.
fn served(c: Conversation) -> Conversation {
    established(c).says(Edge, &encrypted(500)).takes(Origin).answers(&encrypted(900)).wait(2000)
}

/// Six failing requests of this status that end in this way, among others that go well.
fn failing(status: u16, told: fn(Conversation) -> Conversation) -> Vec<JudgedCase> {
    let judged =
        incident().others(40, encrypted_well).failing(6, |r| r.edge(status, 0).connection(told)).judged();
    assert_eq!(judged.len(), 6, "{judged:?}");
    judged
}

fn assert_told(judged: &[JudgedCase], outcome: Outcome) {
    for case in judged {
        assert_eq!(
            (case.happened.outcome, case.happened.from),
            (outcome, ToldFrom::Packets),
            "{}",
            case.account
        );
    }
}

#[test]
fn a_request_inside_has_no_answer_where_the_origin_closes_after_it() {
    let first = |c| established(c).says(Edge, &encrypted(500)).takes(Origin).wait(20).ends(Origin);
    assert_told(&failing(520, first), Outcome::Closed);
    let second = |c| served(c).says(Edge, &encrypted(500)).takes(Origin).wait(20).ends(Origin);
    assert_told(&failing(520, second), Outcome::Closed);
    let says_good_bye =
        |c| served(c).says(Edge, &encrypted(500)).takes(Origin).says(Origin, &encrypted(ALERT)).ends(Origin);
    assert_told(&failing(520, says_good_bye), Outcome::Closed);
}

#[test]
fn a_request_inside_meets_an_origin_that_has_closed() {
    let crossing = |c| {
        served(c).says(Origin, &encrypted(ALERT)).closes(Origin).says(Edge, &encrypted(500)).resets(Origin)
    };
    let judged = failing(520, crossing);
    for case in &judged {
        assert!(case.seen.contains(&"fin-before-request"), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("keepalive-race"), "{}", case.account);
    }
}

/// Otherwise a cap on requests is told as an idle timeout wherever the capture comes without secrets.
#[test]
fn a_cap_on_requests_shows_by_the_number_of_turns() {
    let turn =
        |c: Conversation| c.says(Edge, &encrypted(500)).takes(Origin).answers(&encrypted(900)).wait(60);
    let named = |answered: fn(u64) -> u64| {
        let crossing = move |r: Request| {
            let answered = answered(r.ray().0 / 7_919 % 8);
            let served = |c: Conversation| (0..answered).fold(established(c), |c, _| turn(c));
            let crosses = |c: Conversation| c.closes(Origin).says(Edge, &encrypted(500)).resets(Origin);
            r.edge(520, 0).connection(|c| crosses(served(c)))
        };
        incident().others(40, encrypted_well).failing(8, crossing).named()
    };
    let cap = Some("keepalive-request-cap".to_owned());
    assert_eq!(named(|_| 10), std::slice::from_ref(&cap));
    let any = named(|number| 5 + 3 * number);
    assert!(!any.contains(&cap), "after any number: {any:?}");
}

#[test]
fn a_request_inside_is_reset_or_never_answered() {
    let reset = |c| served(c).says(Edge, &encrypted(500)).takes(Origin).wait(20).resets(Origin);
    assert_told(&failing(520, reset), Outcome::Reset);
    let silent = |c| established(c).says(Edge, &encrypted(500)).takes(Origin).wait(9_000).ends(Edge);
    assert_told(&failing(524, silent), Outcome::Silent);
}

/// "Nothing can be said of failures" was said of a capture in which the edge closes after the same wait each time. What the server says after that is no answer.
#[test]
fn a_wait_inside_that_always_ends_after_the_same_time_ends_at_a_timer() {
    let named = |waits: fn(u64) -> i64| {
        let asks = move |r: Request| {
            let wait = waits(r.ray().0 / 7_919 % 8);
            let asked = |c: Conversation| served(c).says(Edge, &encrypted(500)).takes(Origin).wait(wait);
            let leaves = |c: Conversation| c.says(Edge, &encrypted(ALERT)).closes(Edge).wait(400);
            r.edge(524, 0).connection(|c| leaves(asked(c)).says(Origin, &encrypted(900)).resets(Edge))
        };
        incident().others(40, encrypted_well).failing(8, asks).without(Source::EdgeLog).named()
    };
    assert_eq!(named(|_| 9_000), [Some("slow-response".to_owned())]);
    assert_eq!(named(|number| 2_500 + 1_900 * number as i64), [], "visitors leave when they like");
}

/// An edge that says 520 of an answer in full had an answer: the packets then tell nothing.
#[test]
fn what_was_answered_inside_is_not_called_silent() {
    let answered = |c| served(c).ends(Edge);
    for case in failing(520, answered) {
        assert_eq!(case.happened.from, ToldFrom::Edge, "{}", case.account);
    }
}

#[test]
fn the_size_of_an_alert_tells_who_refused_the_handshake() {
    let by_origin = |c| {
        offered(c).says(Edge, &encrypted(FINISHED)).takes(Origin).says(Origin, &encrypted(ALERT)).ends(Origin)
    };
    let judged = failing(520, by_origin);
    assert_told(&judged, Outcome::HandshakeRefused);
    assert!(judged.iter().all(|case| case.seen.contains(&"alert-answers-handshake")), "{judged:?}");
    let by_edge = |c| offered(c).says(Edge, &encrypted(ALERT)).ends(Edge);
    assert_told(&failing(526, by_edge), Outcome::CertificateRefused);
}

/// A ticket says that the handshake was good; an alert after it only says good-bye.
#[test]
fn an_alert_after_the_tickets_refuses_nothing() {
    let idle = |c| {
        established(c).says(Edge, &encrypted(500)).takes(Origin).says(Origin, &encrypted(ALERT)).ends(Origin)
    };
    let judged = failing(520, idle);
    assert_told(&judged, Outcome::Closed);
    assert!(judged.iter().all(|case| !case.seen.contains(&"alert-answers-handshake")), "{judged:?}");
}

/// Each message of the origin's flight in a record of its own, of these sizes: EncryptedExtensions, a CertificateRequest or none, certificate, its proof.
fn refused_after(sizes: &'static [usize]) -> Vec<JudgedCase> {
    let told = incident().others(40, encrypted_well).failing(6, |r| {
        r.edge(520, 0).connection(|c| {
            let flight = sizes
                .iter()
                .flat_map(|&size| encrypted(size))
                .chain(encrypted(FINISHED))
                .collect::<Vec<u8>>();
            let c = c.opens().says(Edge, &client_hello(HOST, &["http/1.1"], 0)).takes(Origin);
            let c = c.says(Origin, &[hello_of_tls13(), flight].concat()).takes(Edge);
            let c = c.says(Edge, &[encrypted(FINISHED), encrypted(500)].concat()).takes(Origin);
            c.says(Origin, &encrypted(ALERT)).ends(Origin)
        })
    });
    told.judged()
}

/// A server that sends no tickets says good-bye with what has the size of a refusal; where its flight held no CertificateRequest, it wanted no certificate.
#[test]
fn who_asked_for_no_certificate_does_not_refuse_for_want_of_one() {
    assert_told(&refused_after(&[38, 823, 281]), Outcome::Closed);
    assert_told(&refused_after(&[38, 823, 281, FINISHED, TICKET]), Outcome::Closed);
    assert_told(&refused_after(&[38, 60, 823, 281]), Outcome::HandshakeRefused);
    assert_told(&refused_after(&[1140]), Outcome::HandshakeRefused);
}

/// What the client protects first has the size of TLS 1.3's Finished.
#[test]
fn a_refusal_is_known_where_the_capture_cut_the_greeting() {
    let flight = [hello_of_tls13(), encrypted(1200)].concat();
    let told = incident().others(40, encrypted_well).failing(6, |r| {
        r.edge(520, 0).connection(|c| {
            let c = c.opens().says(Edge, &client_hello(HOST, &["http/1.1"], 0)).takes(Origin);
            let c = c.uncaptured(|c| c.says(Origin, &flight)).takes(Edge);
            let c = c.says(Edge, &[encrypted(FINISHED), encrypted(500)].concat()).takes(Origin);
            c.says(Origin, &encrypted(ALERT)).ends(Origin)
        })
    });
    assert_told(&told.judged(), Outcome::HandshakeRefused);
}

/// What the client says before its Finished has the size of a certificate that is none.
#[test]
fn a_client_that_has_no_certificate_for_the_origin_that_asks_is_known_by_size() {
    let sees = |first: usize| {
        let told = incident().others(40, encrypted_well).failing(6, |r| {
            r.edge(520, 0).connection(|c| {
                let own = [encrypted(first), encrypted(FINISHED), encrypted(500)].concat();
                offered(c).says(Edge, &own).takes(Origin).says(Origin, &encrypted(ALERT)).ends(Origin)
            })
        });
        let judged = told.judged();
        assert_told(&judged, Outcome::HandshakeRefused);
        assert!(
            judged.iter().all(|case| case.slug.as_deref() == Some("tls-client-certificate-required")),
            "{judged:?}"
        );
        judged.iter().filter(|case| case.seen.contains(&"client-certificate-asked")).count()
    };
    assert_eq!((sees(25), sees(35)), (6, 0));
}

/// The edge refuses what the origin chose, of which TLS 1.3 shows the size alone.
fn chosen(size: usize, offered: &'static [&'static str]) -> Vec<JudgedCase> {
    let told = incident().others(40, encrypted_well).failing(6, |r| {
        r.edge(525, 0).connection(|c| {
            let flight = [hello_of_tls13(), encrypted(size), encrypted(900), encrypted(FINISHED)].concat();
            let c = c.opens().says(Edge, &client_hello(HOST, offered, 0)).takes(Origin);
            c.says(Origin, &flight).takes(Edge).says(Edge, &fatal(50)).ends(Edge)
        })
    });
    told.judged()
}

#[test]
fn the_size_of_a_choice_tells_a_protocol_that_was_not_offered() {
    let sees = |judged: &[JudgedCase]| {
        judged.iter().filter(|case| case.seen.contains(&"protocol-not-offered")).count()
    };
    let http1 = chosen(42, &["h2"]);
    assert_eq!(sees(&http1), 6, "{http1:?}");
    assert!(http1.iter().all(|case| case.slug.as_deref() == Some("alpn-mismatch")), "{http1:?}");
    for judged in
        [chosen(42, &["h2", "http/1.1"]), chosen(36, &["h2"]), chosen(27, &["h2"]), chosen(900, &["h2"])]
    {
        assert_eq!(sees(&judged), 0, "{judged:?}");
    }
}

/// Six requests inside that get no answer, in a capture that lies apart from its machine's logs, beside a log of the edge that is behind.
fn behind(seconds: i64, more: impl Fn(Incident) -> Incident) -> Vec<JudgedCase> {
    let unanswered = |c| established(c).says(Edge, &encrypted(500)).takes(Origin).wait(20).ends(Origin);
    let told = incident().others(40, encrypted_well).failing(6, |r| r.edge(520, 0).connection(unanswered));
    more(told.edge_behind(seconds).capture_apart()).judged()
}

fn closed_by_packets(judged: &[JudgedCase]) -> usize {
    let is_told = |case: &&JudgedCase| {
        (case.happened.outcome, case.happened.from) == (Outcome::Closed, ToldFrom::Packets)
    };
    judged.iter().filter(is_told).count()
}

/// Otherwise a capture of TLS says nothing of the requests that failed, as soon as two clocks differ.
#[test]
fn the_clock_of_a_capture_that_cannot_be_read_is_that_of_its_machines_logs() {
    for seconds in [-40, -3, 3, 40] {
        let judged = behind(seconds, |told| told);
        assert_eq!(closed_by_packets(&judged), 6, "{seconds}: {judged:?}");
    }
}

/// What fails in the same way at the same address tells it where there are no logs.
#[test]
fn the_clock_of_a_capture_alone_is_told_by_the_requests_that_got_no_answer() {
    for seconds in [-8, 8] {
        let judged = behind(seconds, |told| told.without(Source::AccessLog).without(Source::ErrorLog));
        assert_eq!(closed_by_packets(&judged), 6, "{seconds}: {judged:?}");
    }
}

/// A log of the edge that names no address leaves the times alone to tell it.
#[test]
fn the_clock_of_its_machines_logs_is_found_without_the_edges_addresses() {
    let unanswered = |c| established(c).says(Edge, &encrypted(500)).takes(Origin).wait(20).ends(Origin);
    let well = |r: Request| encrypted_well(r).unlogged("EdgeServerIP");
    let fails = |r: Request| r.edge(520, 0).unlogged("EdgeServerIP").connection(unanswered);
    let told = incident().others(40, well).failing(6, fails).edge_behind(40).capture_apart();
    let judged = told.judged();
    assert_eq!(closed_by_packets(&judged), 6, "{judged:?}");
}

/// Failures of other kinds, of which the capture has nothing, are no reason to look at none.
#[test]
fn the_clock_of_a_capture_is_told_by_failures_by_their_hosts_among_many_others() {
    let unlogged = |r: Request| r.unlogged("EdgeServerIP").unlogged("OriginIP");
    let mut told = incident().others(40, move |r| unlogged(encrypted_well(r)));
    told = told.failing(80, move |r| unlogged(r.host("other.example").edge(521, 0)));
    for host in ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"] {
        told = told.failing(1, move |r| {
            let hello = client_hello(host, &["http/1.1"], 0);
            let silent = |c: Conversation| c.opens().says(Edge, &hello).takes(Origin).wait(15_000).ends(Edge);
            unlogged(r.host(host).edge(525, 0)).connection(silent)
        });
    }
    let told = told.edge_behind(8).capture_apart().without(Source::AccessLog).without(Source::ErrorLog);
    let judged = told.judged();
    let silent = judged.iter().filter(|case| case.happened.outcome == Outcome::HandshakeSilent).count();
    assert_eq!((judged.len(), silent), (86, 6), "{judged:?}");
}

/// Otherwise connections that the edge kept open behind an answer, and closed together, are an application that is slow: where a short snap length cut the ServerHello,
/// what the origin said may have been the answer.
#[test]
fn what_is_said_behind_a_greeting_that_was_not_read_may_be_the_answer() {
    let kept_open = |c: Conversation| {
        let c = c.opens().says(Edge, &client_hello(HOST, &["http/1.1"], 0)).takes(Origin);
        let c = c.uncaptured(|c| c.says(Origin, &server_flight(None, &good_chain(), false))).takes(Edge);
        let c = c.says(Edge, &client_end(false)).takes(Origin).says(Origin, &server_end()).takes(Edge);
        c.says(Edge, &encrypted(500)).takes(Origin)
    };
    let named = |answers: fn(Conversation) -> Conversation| {
        let told = incident().others(40, encrypted_well);
        let told = told.failing(8, move |r| r.connection(|c| answers(kept_open(c)).wait(6_700).ends(Edge)));
        told.without(Source::EdgeLog).without(Source::AccessLog)
    };
    assert_eq!(named(|c| c.answers(&encrypted(223))).named(), []);
    assert_eq!(named(|c| c).named(), [Some("slow-response".to_owned())], "nothing was said");
    assert_eq!(named(|c| c).one_way().named(), [], "the capture has nothing of what the origin says");
}
