//! What a capture cut or lacks is not what nobody said.

use std::cell::RefCell;

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{self, Edge, Origin};
use super::conversation::{Conversation, answer};
use super::delivery::answered_too_late;
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request, clock};
use super::tls::{encrypted_well, greets_too_late, never_answered, refused_by_alert_42, uncaptured_flight};
use super::two_servers::seen;

/// All but the first bytes of what TCP carries.
const SHORT: usize = 96;

fn handshakes(told: impl Fn(Request) -> Request) -> Incident {
    incident().others(40, told)
}

fn fails(told: &Incident) -> Vec<String> {
    told.judged().into_iter().map(|case| case.account).collect()
}

/// 349 failures of one capture were none.
#[test]
fn handshakes_whose_answer_was_cut_or_lost_or_went_another_way_have_not_failed() {
    assert_eq!(fails(&handshakes(encrypted_well).snapped(SHORT)), [""; 0], "a short snap length");
    assert_eq!(fails(&handshakes(encrypted_well).one_way()), [""; 0], "one direction");
    assert_eq!(fails(&handshakes(uncaptured_flight)), [""; 0], "packets that the capture dropped");
    let alone = handshakes(encrypted_well).without(Source::EdgeLog).snapped(SHORT);
    assert_eq!(fails(&alone), [""; 0], "and no log says that they went well");
}

#[test]
fn a_server_that_says_nothing_is_silent_however_short_the_packets_are_cut() {
    for length in [usize::MAX, SHORT] {
        let judged = handshakes(encrypted_well).failing(6, never_answered).snapped(length).judged();
        assert_eq!(judged.len(), 6);
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::HandshakeSilent, "{}", case.account);
            assert!(case.seen.contains(&"hello-unanswered"), "{}", case.account);
            assert_eq!(case.slug.as_deref(), Some("tls-handshake-timeout"), "{}", case.account);
        }
    }
}

#[test]
fn of_a_capture_of_one_direction_nobody_knows_what_the_origin_said() {
    let judged = handshakes(encrypted_well).failing(6, never_answered).one_way().judged();
    for case in judged {
        assert!(!case.seen.contains(&"hello-unanswered"), "{}", case.account);
    }
}

/// Up to the end of Ethernet's, IPv4's and TCP's headers, and so many bytes more.
pub fn keeping(bytes: usize) -> usize {
    14 + 20 + 20 + bytes
}

fn well(r: Request) -> Request {
    let page = answer("200 OK", "", "x".repeat(900));
    r.edge(200, 200).access(200).connection(|c| c.opens().asks().answers(&page).ends(Edge))
}

/// The origin's FIN crosses the edge's second request.
fn crosses(r: Request) -> Request {
    let page = answer("200 OK", "", "x".repeat(900));
    r.edge(520, 0).connection(|c| {
        c.opens().was_answered(&page).wait(40).closes(Origin).asks().takes(Origin).closes(Edge)
    })
}

/// What they ask for, of whom and from where is the same, and their rays are cut off. Otherwise each counts twice: by the edge's word, and by its packets.
#[test]
fn requests_that_are_alike_and_fail_together_count_once() {
    let alike = |r: Request| crosses(r.by_edge(EDGES[0]).target("/cart"));
    for bytes in [24, 70] {
        let told = incident().others(40, well).failing_within(10, (50, 51), alike).snapped(keeping(bytes));
        let cases = told.diagnosed().incident.cases;
        assert_eq!(cases.len(), 10, "{bytes}");
        assert!(cases.iter().all(|case| case.attempts.len() == 1 && case.ray.is_some()), "{bytes}");
    }
}

/// Of such a request the first bytes of its target are all that is known: its address, its time and those bytes tell whose it is.
#[test]
fn a_request_that_was_cut_and_got_no_answer_is_the_one_that_the_edge_tells_of() {
    for bytes in [8, 14, 24] {
        let judged = incident().others(40, well).failing(6, crosses).snapped(keeping(bytes)).judged();
        assert_eq!(judged.len(), 6, "{bytes}: {judged:?}");
        for case in judged {
            assert!(case.seen.contains(&"fin-before-request"), "{bytes}: {}", case.account);
            assert_eq!(case.slug.as_deref(), Some("keepalive-race"), "{bytes}: {}", case.account);
        }
    }
}

/// Otherwise each counts twice, by the edge's word and by its packets, and what the origin's lines say of the one explains nothing of the other.
#[test]
fn an_error_that_the_origin_answered_to_a_request_that_was_cut_is_the_one_that_the_edge_passed_on() {
    let page = answer("504 Gateway Time-out", "", "late");
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nBad Name: 1\r\n\r\nlate";
    let kinds = [(page.as_slice(), 504, 504, [14, 24, 40]), (broken.as_bytes(), 520, 200, [60, 66, 70])];
    for (answer, edge, origin, lengths) in kinds {
        let answers = |r: Request| {
            r.edge(edge, origin).connection(|c| c.opens().asks().wait(900).answers(answer).ends(Edge))
        };
        for bytes in lengths {
            let told = || incident().others(40, well).failing(6, answers).snapped(keeping(bytes));
            for told in [told(), told().edge_in_seconds(), told().capture_apart().capture_ahead(64)] {
                let cases = told.diagnosed().incident.cases;
                assert_eq!(cases.len(), 6, "{bytes} {edge}");
                let are_one = cases.iter().all(|case| case.attempts.len() == 1 && case.ray.is_some());
                assert!(are_one, "{bytes} {edge}");
            }
        }
    }
}

/// Otherwise what went well at the origin stands for a request that the edge answered by itself, as soon as both ask for one thing.
#[test]
fn an_answer_of_another_status_is_not_what_the_edge_passed_on() {
    let bare = |r: Request| {
        let fields = ["OriginResponseStatus", "OriginIP", "EdgeServerIP"];
        fields.into_iter().fold(r, |r, field| r.unlogged(field))
    };
    let attempts = |status: &str, by_edge: u16| {
        let page = answer(status, "", "page");
        let failing = |r: Request| bare(r.target("/cart").edge(by_edge, by_edge));
        let captured =
            |r: Request| r.target("/cart").connection(|c| c.opens().asks().answers(&page).ends(Edge));
        let told = incident().others(40, |r| bare(well(r))).failing_within(1, (60, 61), failing);
        let told = told.others_within(1, (60, 61), captured).snapped(keeping(70));
        let cases = told.diagnosed().incident.cases;
        cases.iter().filter(|case| case.ray.is_some()).map(|case| case.attempts.len()).sum::<usize>()
    };
    assert_eq!(attempts("504 Gateway Time-out", 504), 1);
    assert_eq!(attempts("200 OK", 504), 0);
    assert_eq!(attempts("200 OK", 522), 0, "who got no connection got no answer");
}

/// Otherwise what the edge's next try healed is an incident wherever the capture cut the rays.
#[test]
fn of_requests_whose_rays_were_cut_the_edges_log_says_which_have_failed() {
    let healed = |r: Request| crosses(r).edge(200, 200);
    for bytes in [60, 2_000] {
        let told = || incident().others(40, well).others(6, healed).snapped(keeping(bytes));
        assert_eq!(fails(&told()), [""; 0], "{bytes}");
        let failing = told().failing(6, crosses).judged();
        assert_eq!(failing.len(), 6, "{bytes}: {failing:?}");
        assert!(failing.iter().all(|case| case.slug.as_deref() == Some("keepalive-race")), "{bytes}");
        let told = incident().others(40, well).failing(6, healed).snapped(keeping(bytes));
        assert_eq!(told.without(Source::EdgeLog).judged().len(), 6, "{bytes}: nobody else tells");
    }
}

/// Otherwise a capture whose clock is off tells nothing of any request as soon as a snap length cuts the rays.
#[test]
fn the_clock_of_a_capture_without_rays_is_told_by_what_was_asked() {
    for ahead in [0, 64, -300] {
        let told = incident().others(40, well).failing(6, crosses).snapped(keeping(40));
        let judged = told.capture_apart().capture_ahead(ahead).judged();
        assert_eq!(judged.len(), 6, "{ahead} s: {judged:?}");
        for case in judged {
            assert_eq!(case.slug.as_deref(), Some("keepalive-race"), "{ahead} s: {}", case.account);
        }
    }
}

/// Otherwise what the edge's next try healed is an incident wherever the capture cut the hosts, too.
#[test]
fn where_the_edges_log_has_all_that_was_captured_a_request_without_host_that_it_knows_well_has_not_failed() {
    let healed = |r: Request| crosses(r).edge(200, 200);
    let told = || incident().others(40, well).others(6, healed).snapped(keeping(40));
    assert_eq!(fails(&told()), [""; 0]);
    assert_eq!(fails(&told().capture_apart()), [""; 0], "the logs of all machines tell of it");
    assert_eq!(told().failing(6, crosses).judged().len(), 6);
}

/// Otherwise what was healed within the last second of an edge's log of whole seconds is an incident: the log seems to end before it.
#[test]
fn a_log_of_whole_seconds_reaches_to_the_end_of_its_last_one() {
    let healed = |r: Request| crosses(r).edge(200, 200);
    for bytes in [40, 60] {
        let told = incident().others(40, well).others_within(6, (121, 122), healed);
        assert_eq!(fails(&told.snapped(keeping(bytes)).edge_in_seconds()), [""; 0], "{bytes}");
    }
}

/// What the edge gave up on is told by packets alone where its log is missing, and a head of which the capture kept a part had been sent to its end.
#[test]
fn a_request_that_was_cut_is_given_up_as_a_whole_one_is() {
    let silent = |r: Request| {
        r.edge(524, 0).connection(|c| c.opens().asks().wait(3_000).closes(Edge).takes(Origin).closes(Origin))
    };
    let late = |r: Request| answered_too_late(r, 3_000);
    let fails: [fn(Request) -> Request; 2] = [silent, late];
    for (fails, bytes) in fails.into_iter().flat_map(|fails| [(fails, 24), (fails, 2_000)]) {
        let told = incident().others(40, well).failing(8, fails);
        let judged = told.without(Source::EdgeLog).snapped(keeping(bytes)).judged();
        assert_eq!(judged.len(), 8, "{bytes}: {judged:?}");
        for case in judged {
            assert_eq!(case.slug.as_deref(), Some("slow-response"), "{bytes}: {}", case.account);
        }
    }
}

/// What was cut short was captured; what was lost may have been the answer.
#[test]
fn where_the_capture_lost_packets_of_the_origin_no_request_is_called_unanswered() {
    let page = answer("200 OK", "", "x".repeat(900));
    let lost = |r: Request| {
        r.edge(200, 200).connection(|c| c.opens().asks().uncaptured(|c| c.answers(&page)).ends(Origin))
    };
    let told = incident().others(40, well).others(6, lost).snapped(keeping(24));
    assert_eq!(fails(&told.without(Source::EdgeLog)), [""; 0]);
}

/// A client that hears nothing sends its request again: one that waits for an idle connection's end had its answer, and the capture has not.
#[test]
fn a_request_that_nobody_acknowledged_and_nobody_repeated_was_answered_unseen() {
    let lost = |r: Request| {
        r.edge(200, 200).connection(|c| {
            c.uncaptured(|c| c.opens()).asks_unheard().wait(5_300).closes(Edge).closes(Origin).takes(Edge)
        })
    };
    for bytes in [24, 2_000] {
        let told = incident().others(40, well).others(6, lost).snapped(keeping(bytes));
        assert_eq!(fails(&told.without(Source::EdgeLog)), [""; 0], "{bytes}");
    }
}

/// Link headers and options leave three bytes of a ClientHello: its type.
#[test]
fn a_greeting_of_which_only_the_type_was_kept_is_a_greeting() {
    for kept in [8, 9, 12] {
        let told = handshakes(encrypted_well).failing(6, never_answered).snapped(keeping(kept));
        for case in told.judged() {
            assert_eq!(case.happened.outcome, Outcome::HandshakeSilent, "{kept}: {}", case.account);
        }
    }
}

/// A server that wakes up when the edge is gone has not answered, whether its late words can be read or not.
#[test]
fn a_server_that_greets_when_the_edge_has_left_was_silent() {
    for length in [usize::MAX, SHORT, keeping(24)] {
        let judged = handshakes(encrypted_well).failing(6, greets_too_late).snapped(length).judged();
        assert_eq!(judged.len(), 6, "{length}: {judged:?}");
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::HandshakeSilent, "{length}: {}", case.account);
        }
    }
}

/// Otherwise an expired certificate of which the capture has the dates, and not the end, is told as one for another name: one alert is said of both.
#[test]
fn a_certificate_that_is_cut_behind_its_dates_tells_them() {
    /// The ServerHello, and of the certificate all before its subject.
    const DATES: usize = 54 + 15 + 110;
    let named = |is_expired, kept: usize| {
        let told = move |r: Request| refused_by_alert_42(r, is_expired);
        handshakes(encrypted_well).failing(6, told).snapped(keeping(kept)).named()
    };
    let slug = |slug: &str| [Some(slug.to_owned())];
    assert_eq!(named(true, DATES), slug("tls-certificate-expired"));
    assert_eq!(named(false, DATES), slug("tls-certificate-name-mismatch"), "it is within its dates");
    assert_eq!(named(true, 54 + 15 + 20), slug("tls-certificate-name-mismatch"), "the dates are cut as well");
}

/// Otherwise an origin whose answer came to a halt is said to have closed within it, where it closed because the edge did.
#[test]
fn who_closes_last_has_not_cut_its_answer_short() {
    let begun = answer("200 OK", "", "x".repeat(4000));
    let halts = |status: u16, first: Speaker| {
        let begun = &begun;
        move |r: Request| {
            let stops = |c: Conversation| c.opens().asks().answers(&begun[..2000]).wait(100_000);
            r.edge(status, 200).connection(|c| stops(c).ends(first))
        }
    };
    let named =
        |status, first| incident().healthy(40).failing_within(6, (2, 12), halts(status, first)).named();
    assert_eq!(named(524, Edge), [Some("slow-response".to_owned())]);
    assert_eq!(named(520, Origin), [Some("truncated-response".to_owned())]);
}

/// Of an answer, whether its whole head was captured, its length alone, or neither.
const OF_ANSWER: [(&str, usize); 3] = [("the head", 85), ("its length", 79), ("its beginning", 42)];

/// Sequence numbers tell that a body was shorter than its head says. Where the capture has cut that, too, a server that closes behind no other answer tells that
/// something broke, and not what: otherwise two lengths that differ and broken chunks are `truncated-response` at 0.97 in captures of the first 96 bytes of packets.
#[test]
fn a_body_that_the_capture_cut_was_cut_short_by_its_server() {
    let whole = answer("200 OK", "", "x".repeat(4000));
    let truncated = Some("truncated-response".to_owned());
    let stops =
        |r: Request| r.edge(520, 200).connection(|c| c.opens().asks().answers(&whole[..2000]).ends(Origin));
    for (has, kept) in OF_ANSWER {
        let judged = incident().others(40, well).failing(6, stops).snapped(keeping(kept)).judged();
        assert_eq!(judged.len(), 6, "{has}: {judged:?}");
        for case in judged {
            let told = if has == "its beginning" { None } else { truncated.clone() };
            assert_eq!(case.slug, told, "{has}: {}", case.account);
            assert!(case.account.contains("truncated-response"), "{has}: {}", case.account);
        }
        let alone = incident().others(40, well).failing(6, stops).without(Source::EdgeLog);
        let found = alone.snapped(keeping(kept)).judged().len();
        assert_eq!(found, if has == "its beginning" { 0 } else { 6 }, "{has}, packets alone");
    }
}

/// Who closes behind every answer, behind one that has no body, or when the connection was idle has cut nothing short.
#[test]
fn a_close_that_ends_an_answer_or_an_idle_connection_cuts_nothing_short() {
    let truncated = Some("truncated-response".to_owned());
    let page = answer("200 OK", "", "x".repeat(4000));
    let last = answer("200 OK", "Connection: close\r\n", "x".repeat(4000));
    let unchanged = b"HTTP/1.1 304 Not Modified\r\nServer: shop\r\nContent-Length: 90000\r\nDate: Tue, 17 Nov 2026 08:00:00 GMT\r\n\r\n";
    let closes_always =
        |r: Request| r.edge(200, 200).connection(|c| c.opens().asks().answers(&last).ends(Origin));
    for (has, kept) in OF_ANSWER {
        let named = |told: Incident| {
            let named = told.snapped(keeping(kept)).named();
            assert!(!named.contains(&truncated), "{has}: {named:?}");
        };
        let closes =
            |r: Request| r.edge(520, 200).connection(|c| c.opens().asks().answers(&last).ends(Origin));
        named(incident().others(40, closes_always).failing(6, closes));
        named(incident().others(40, well).failing(6, |r| {
            r.edge(520, 200).connection(|c| c.opens().asks().answers(unchanged).ends(Origin))
        }));
        named(incident().others(40, well).failing(6, |r| {
            r.edge(520, 200).connection(|c| c.opens().asks().answers(&page).wait(5_000).ends(Origin))
        }));
        let told = incident().others(40, closes_always).without(Source::EdgeLog).snapped(keeping(kept));
        assert_eq!(fails(&told), [""; 0], "{has}");
    }
}

/// By the edge's record an answer began, and a capture of what reaches the origin shows no answer at all: how it broke is left open, as without any capture.
#[test]
fn a_capture_of_one_direction_does_not_tell_how_an_answer_broke() {
    let page = answer("200 OK", "", "x".repeat(900));
    let cut = &page[..400];
    let broken = |r: Request| {
        let began = r.edge(520, 200).field("OriginResponseHeaderReceiveDurationMs", 12);
        began.connection(|c| c.opens().asks().answers(cut).ends(Origin))
    };
    let told = || incident().healthy(40).failing(8, broken);
    assert_eq!(told().named(), [Some("truncated-response".to_owned())]);
    assert_eq!(told().one_way().named(), [None]);
    // The edge breaks off what it cannot use, as a device between the two does.
    let refused = |r: Request| r.edge(520, 200).connection(|c| c.opens().asks().answers(&page).resets(Edge));
    let by_edge = incident().healthy(40).failing(8, refused).one_way().judged();
    assert_eq!(by_edge.len(), 8);
    for case in by_edge {
        assert_eq!(
            (case.happened.outcome, case.slug.as_deref()),
            (Outcome::Unusable, None),
            "{}",
            case.account
        );
    }
    assert_eq!(told().without(Source::Capture).named(), [None]);
}

/// Otherwise whoever closed second is told as the first, and where nobody else did, nothing is told: the capture lacks a FIN, which its acknowledgement proves.
#[test]
fn who_closed_is_known_where_the_capture_lacks_the_fin() {
    let named = |told: fn(Conversation) -> Conversation| {
        incident().without(Source::EdgeLog).healthy(40).failing(6, |r| r.connection(told)).named()
    };
    let by_origin =
        |c: Conversation| c.opens().asks().wait(30).uncaptured(|c| c.closes(Origin)).takes(Edge).wait(9);
    assert_eq!(named(by_origin), [Some("empty-response".to_owned())]);
    let by_edge = |c: Conversation| {
        let c = c.opens().asks().wait(100_000).uncaptured(|c| c.closes(Edge)).takes(Origin);
        c.wait(2_000).closes(Origin).takes(Edge)
    };
    assert_eq!(named(by_edge), [Some("slow-response".to_owned())]);
    let still_open = |c: Conversation| c.opens().asks().wait(30).takes(Edge);
    assert_eq!(named(still_open), [], "an acknowledgement of nothing new");
}

/// Otherwise chunks of which the capture has nothing are said to be in order, and an answer of which the edge had the head to be cut short.
#[test]
fn what_the_capture_has_cut_off_of_an_answer_is_not_called_in_order() {
    let broken = |r: Request| {
        let page =
            b"HTTP/1.1 200 OK\r\nServer: app\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nfine\r\n0\r\n\r\n";
        r.edge(520, 200).connection(|c| c.opens().asks().takes(Origin).answers(page).ends(Origin))
    };
    let told = |length| incident().healthy(40).failing(6, broken).snapped(length).judged();
    for case in told(usize::MAX) {
        assert!(case.seen.contains(&"broken-chunking"), "{}", case.account);
        assert!(case.unseen.contains(&"conflicting-lengths"), "{}", case.account);
    }
    for case in told(SHORT) {
        assert!(!case.unseen.contains(&"broken-chunking"), "{}", case.account);
        assert!(!case.unseen.contains(&"conflicting-lengths"), "{}", case.account);
        assert!(case.unseen.contains(&"broken-status-line"), "{}", case.account);
        assert_eq!(case.slug, None, "{}", case.account);
    }
}

/// Otherwise a head above the edge's limit is no cause wherever a capture keeps the first bytes of each segment alone.
#[test]
fn a_head_that_the_capture_cut_is_as_large_as_what_was_sent_without_the_body() {
    let named = |body: u64, cookies: usize| {
        let head = answer("200 OK", &format!("Set-Cookie: s={}\r\n", "x".repeat(cookies)), "fine");
        let fails = |r: Request| {
            let r = r.edge(520, 200).access(200).access_field("body_bytes_sent", body);
            r.connection(|c| c.opens().asks().wait(30).answers(&head).ends(Edge))
        };
        incident().others(40, well).failing(6, fails).snapped(keeping(200)).named()
    };
    assert_eq!(named(4, 140_000), [Some("response-header-too-large".to_owned())]);
    assert_ne!(
        named(120_000, 140_000),
        [Some("response-header-too-large".to_owned())],
        "most of it is the body"
    );
}

/// Otherwise an application behind a proxy whose own log counts the head with the body hides a head above the edge's limit.
#[test]
fn of_two_hops_that_tell_a_body_the_smaller_is_without_the_head() {
    let head = answer("200 OK", &format!("Set-Cookie: s={}\r\n", "x".repeat(140_000)), "fine");
    let behind = RefCell::new(String::new());
    let fails = |r: Request| {
        let (time, ray, target) = (clock(r.at()), r.ray(), r.asked());
        *behind.borrow_mut() += &format!(
            r#"{{"time":"{time}","remote_addr":"127.0.0.1","request":"GET {target} HTTP/1.1","status":200,"body_bytes_sent":140100,"http_cf_ray":"{ray}-FRA"}}"#
        );
        behind.borrow_mut().push('\n');
        let r = r.edge(520, 200).access(200).access_field("body_bytes_sent", 4);
        r.connection(|c| c.opens().asks().wait(30).answers(&head).ends(Edge))
    };
    let told = incident().others(40, well).failing(6, fails).snapped(keeping(200));
    let told = told.file("app/access.log", behind.take());
    assert_eq!(told.named(), [Some("response-header-too-large".to_owned())]);
}

/// Otherwise nothing is said of answers that were cut at the origin and by the snap length, where their connections are the most of all.
#[test]
fn an_answer_that_was_cut_and_reset_behind_its_captured_beginning_is_cut_short() {
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf of it";
    let page = answer("200 OK", "", "x".repeat(900));
    let broken_off = |c: Conversation, end: fn(Conversation) -> Conversation| {
        end(c.opens().was_answered(&page).wait(40).asks().answers(begun.as_bytes()))
    };
    let told = |end: fn(Conversation) -> Conversation| {
        let fails = |r: Request| r.edge(520, 0).connection(|c| broken_off(c, end));
        incident().others(6, well).failing(12, fails).snapped(keeping(30)).judged()
    };
    let reset = told(|c| c.resets(Origin));
    assert!(reset.iter().all(|case| case.slug.as_deref() == Some("truncated-response")), "{reset:?}");
    // Who closes in order may have meant to, after chunks that make no sense.
    let closed = told(|c| c.ends(Origin));
    assert_eq!(seen(&closed, "closed-behind-answer"), (12, 12));
    assert_eq!(seen(&closed, "reset-behind-answer"), (0, 12));
}

/// Otherwise a server that closes behind every answer is never known to have broken one off.
#[test]
fn a_server_that_closes_in_order_behind_others_breaks_off_what_it_resets() {
    let page = answer("200 OK", "", "x".repeat(900));
    let begun = &page[..page.len() / 2];
    let told = |end: fn(Conversation) -> Conversation| {
        let other = |r: Request| {
            let r = r.edge(200, 200).access(200);
            r.connection(|c| end(c.opens().asks().answers(&page)))
        };
        let fails = |r: Request| {
            r.edge(520, 200).connection(|c| c.opens().asks().answers(begun).wait(20).resets(Origin))
        };
        incident().others(20, other).failing(6, fails).snapped(keeping(30)).judged()
    };
    let alone = told(|c| c.ends(Origin));
    assert_eq!(seen(&alone, "reset-behind-answer"), (6, 6));
    assert!(alone.iter().all(|case| case.slug.as_deref() == Some("truncated-response")), "{alone:?}");
    let as_all = told(|c| c.resets(Origin));
    assert_eq!(seen(&as_all, "reset-behind-answer"), (0, as_all.len()));
}
