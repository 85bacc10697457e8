//! An answer that the origin sent and that never arrived is told by the packets alone.

use std::cell::Cell;

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, ROUTER, Request};
use super::tcp::loses_segments;
use super::tls::{HOST, encrypted_well, established};
use super::tls_messages::{client_hello, encrypted, hello_of_tls13};

const TOO_BIG: (u8, u8) = (3, 4);

/// The origin sends its answer five times; the edge acknowledges nothing of it and closes after nine seconds.
fn never_arrives(r: Request, page: &[u8], more: bool) -> Request {
    r.edge(520, 0).connection(|c| {
        let c = c.opens().asks().wait(20).loses(Origin, page);
        let c = if more { c.icmp(ROUTER, TOO_BIG) } else { c };
        c.repeats(Origin, 5).wait(9000).closes(Edge)
    })
}

fn packets_alone(told: Incident) -> Incident {
    told.without(Source::EdgeLog)
}

/// Otherwise a capture without the edge's log shows a hundred answers of 200 and calls a path healthy on which nothing arrives.
#[test]
fn an_answer_that_is_sent_again_and_again_to_an_edge_that_leaves_has_failed() {
    let whole = answer("200 OK", "", "ok");
    let long = answer("200 OK", "", "x".repeat(4000));
    for (page, more, slug) in
        [(&whole[..], false, "return-path-broken"), (&long[..1400], true, "mtu-black-hole")]
    {
        let told = incident().healthy(40).failing(6, |r| never_arrives(r, page, more));
        let judged = packets_alone(told).judged();
        assert_eq!(judged.len(), 6, "{slug}");
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::Undelivered, "{}", case.account);
            assert_eq!(case.slug.as_deref(), Some(slug), "{}", case.account);
        }
    }
}

/// A capture that lacks the acknowledgements, or a visitor who leaves at once, has lost nothing.
#[test]
fn an_answer_that_is_sent_once_or_to_an_edge_that_leaves_at_once_has_not_failed() {
    let page = answer("200 OK", "", "ok");
    let once = |r: Request| {
        r.edge(200, 200)
            .connection(|c| c.opens().asks().wait(20).loses(Origin, &page).wait(9000).closes(Edge))
    };
    let at_once = |r: Request| {
        r.edge(200, 200)
            .connection(|c| c.opens().asks().wait(20).loses(Origin, &page).repeats(Origin, 1).closes(Edge))
    };
    let healthy = incident().others(20, once).others(20, at_once);
    let accounts: Vec<String> =
        packets_alone(healthy).judged().into_iter().map(|case| case.account).collect();
    assert_eq!(accounts, [""; 0]);
}

/// Otherwise a link that was gone for three seconds is called a way on which answers are lost: the edge had stopped waiting, or was about to.
#[test]
fn an_answer_to_a_request_that_was_held_up_for_seconds_is_not_lost() {
    let page = answer("200 OK", "", "ok");
    let held_up = |r: Request| {
        r.takes(3_000)
            .edge(522, 0)
            .connection(|c| c.opens().wait(2_900).asks().wait(1).loses(Origin, &page).resets(Edge))
    };
    for case in incident().healthy(40).failing(6, held_up).judged() {
        assert_ne!(case.happened.outcome, Outcome::Undelivered, "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("connect-timeout"), "{}", case.account);
    }
}

/// The edge waits for so long and closes; the origin answers later, to nobody.
pub fn answered_too_late(r: Request, waits: i64) -> Request {
    let page = answer("200 OK", "", "ok");
    r.edge(524, 0).connection(|c| {
        c.opens().asks().wait(waits).closes(Edge).takes(Origin).wait(1_500).loses(Origin, &page).resets(Edge)
    })
}

/// Otherwise a capture without the edge's log calls a page healthy that is answered when nobody waits for it any more.
#[test]
fn an_answer_that_comes_when_the_edge_is_gone_is_none() {
    let told = incident().healthy(40).failing(6, |r| answered_too_late(r, 3_000));
    let judged = packets_alone(told).judged();
    assert_eq!(judged.len(), 6);
    for case in judged {
        assert_eq!(case.happened.outcome, Outcome::Silent, "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("slow-response"), "{}", case.account);
    }
}

/// Otherwise a capture without the edge's log calls healthy what was on its way, and what waited behind it, while the way was gone.
#[test]
fn an_answer_to_a_host_that_knows_of_no_connection_any_more_has_failed() {
    let page = answer("200 OK", "", "ok");
    let gone =
        |r: Request| r.connection(|c| c.opens().wait(4_000).asks().wait(5).loses(Origin, &page).resets(Edge));
    let judged = packets_alone(incident().healthy(40).failing_within(6, (50, 53), gone)).judged();
    assert_eq!(judged.len(), 6);
    for case in judged {
        assert_eq!(case.happened.outcome, Outcome::Unheard, "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("connect-timeout"), "{}", case.account);
    }
    // Now and then one is lost by itself: that the origin did not answer is not said of it.
    for case in packets_alone(incident().healthy(40).failing(6, gone)).judged() {
        assert_eq!(case.happened.outcome, Outcome::Undelivered, "{}", case.account);
        assert_eq!(case.slug, None, "{}", case.account);
    }
    // Who closes in a hurry acknowledges by the RST itself what came.
    let in_a_hurry =
        |r: Request| r.connection(|c| c.opens().wait(4_000).asks().wait(5).says(Origin, &page).resets(Edge));
    assert_eq!(packets_alone(incident().healthy(40).failing(6, in_a_hurry)).judged().len(), 0);
}

/// Some clients say that they will ask for no more before they read the answer.
#[test]
fn an_answer_that_a_half_closed_client_reads_is_one() {
    let page = answer("200 OK", "", "ok");
    let half_closed = |r: Request| {
        r.edge(200, 200).connection(|c| {
            c.opens().asks().closes(Edge).takes(Origin).wait(1_500).answers(&page).closes(Origin)
        })
    };
    let accounts: Vec<String> = packets_alone(incident().others(20, half_closed))
        .judged()
        .into_iter()
        .map(|case| case.account)
        .collect();
    assert_eq!(accounts, [""; 0]);
}

/// Visitors who leave: each after another time.
fn left_by_visitors(told: Incident, count: usize) -> Incident {
    let leaves = Cell::new(0);
    told.failing(count, |r| {
        leaves.set(leaves.get() + 1);
        answered_too_late(r, 200 + 70 * leaves.get())
    })
}

/// The edge gives up after one time, visitors when they like: otherwise thirty closed pages are a slow origin.
#[test]
fn waits_that_end_after_all_kinds_of_times_were_ended_by_visitors() {
    let judged = packets_alone(left_by_visitors(incident().healthy(40), 30)).judged();
    assert_eq!(judged.len(), 30);
    for case in judged {
        assert_eq!(case.happened.outcome, Outcome::Left, "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("client-abort"), "{}", case.account);
    }
    // Too few to be a failure (docs/failures.md, rule 5), and beside them what the edge gave up itself.
    let told = left_by_visitors(incident().healthy(40).failing(12, |r| answered_too_late(r, 3_000)), 8);
    let judged = packets_alone(told).judged();
    let outcomes: Vec<Outcome> = judged.iter().map(|case| case.happened.outcome).collect();
    assert_eq!(outcomes, [Outcome::Silent; 12]);
    // Three waits show no timer and no spread of times; an edge is never told to give up within a second.
    let told = packets_alone(left_by_visitors(incident().healthy(40), 3));
    assert_eq!(told.judged().len(), 0);
}

/// Otherwise "the application is slow" is told of an application whose own log has the answer seconds before the edge gave up.
#[test]
fn an_answer_that_the_server_logged_while_the_edge_waited_was_lost_behind_it() {
    let answered = |r: Request, seconds: f64| {
        r.takes(100_000).edge(524, 0).access(200).access_field("request_time", seconds)
    };
    let at_once = |r: Request| answered(r, 0.012).logged_after(40);
    let too_late = |r: Request| answered(r, 99.9);
    let peer_left = |r: Request| answered(r, 0.012).access_field("status", 499).logged_after(40);
    for (fails, outcome) in [
        (&at_once as &dyn Fn(Request) -> Request, Outcome::Undelivered),
        (&too_late, Outcome::Silent),
        (&peer_left, Outcome::Silent),
    ] {
        let judged = incident().healthy(40).failing(6, fails).judged();
        assert_eq!(judged.len(), 6);
        for case in judged {
            assert_eq!(case.happened.outcome, outcome, "{}", case.account);
            assert_eq!(
                case.slug.as_deref() == Some("slow-response"),
                outcome == Outcome::Silent,
                "{}",
                case.account
            );
        }
    }
}

/// What the origin answers to a ClientHello, which is sent again so many times; the edge leaves when so many milliseconds have passed.
fn greeting_lost(r: Request, sent: usize, repeats: usize, waits: i64) -> Request {
    let greeting = [hello_of_tls13(), encrypted(2400)].concat();
    r.edge(525, 0).connection(|c| {
        let c = c.opens().says(Edge, &client_hello(HOST, &["h2"], 0)).takes(Origin).wait(2);
        c.loses(Origin, &greeting[..sent]).repeats(Origin, repeats).wait(waits).closes(Edge)
    })
}

/// What an origin answers inside TLS, on a connection that was used before; the edge says good-bye.
fn answer_lost_inside(r: Request, sent: usize) -> Request {
    r.edge(524, 0).connection(|c| {
        let c = established(c, None).says(Edge, &encrypted(400)).takes(Origin).answers(&encrypted(900));
        let c = c.wait(50).says(Edge, &encrypted(410)).takes(Origin).wait(30);
        let c = c.loses(Origin, &encrypted(4000)[..sent]).repeats(Origin, 4);
        c.says(Edge, &encrypted(19)).wait(25_000).closes(Edge)
    })
}

/// A snap length leaves nothing of a ServerHello to read, but how long its segment was and that it was sent in vain.
#[test]
fn what_an_origin_says_in_tls_is_lost_whatever_the_capture_kept_of_it() {
    for snap in [usize::MAX, 140] {
        let told = || {
            let told = incident().others(40, encrypted_well);
            told.failing(6, |r| greeting_lost(r, 1400, 4, 9000)).snapped(snap)
        };
        for told in [told(), packets_alone(told())] {
            let judged = told.judged();
            assert_eq!(judged.len(), 6, "{snap}");
            for case in judged {
                assert_eq!(case.happened.outcome, Outcome::HandshakeSilent, "{snap}: {}", case.account);
                assert_eq!(case.slug.as_deref(), Some("mtu-black-hole"), "{snap}: {}", case.account);
            }
        }
        let inside = incident().others(40, encrypted_well).failing(3, |r| answer_lost_inside(r, 1400));
        let judged = inside.snapped(snap).judged();
        assert_eq!(judged.len(), 3, "{snap}");
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::Undelivered, "{snap}: {}", case.account);
            assert_eq!(case.slug.as_deref(), Some("mtu-black-hole"), "{snap}: {}", case.account);
        }
    }
}

/// Small segments that are lost are no black hole of full ones; what the edge acknowledged was not lost; and who leaves at once has waited for nothing.
#[test]
fn what_looks_like_a_greeting_of_full_size_that_is_lost() {
    let small = [
        incident().others(40, loses_segments).failing(6, |r| greeting_lost(r, 600, 4, 9000)),
        incident().others(40, loses_segments).failing(6, |r| answer_lost_inside(r, 600)),
    ];
    for told in small {
        let judged = told.judged();
        assert_eq!(judged.len(), 6);
        for case in judged {
            assert_eq!(case.slug.as_deref(), Some("packet-loss"), "{}", case.account);
        }
    }
    let at_once = |r: Request| greeting_lost(r, 1400, 1, 100);
    let greeted = |r: Request| {
        let greeting = [hello_of_tls13(), encrypted(2400)].concat();
        r.connection(|c| {
            let c = c.opens().says(Edge, &client_hello(HOST, &["h2"], 0)).takes(Origin);
            c.says(Origin, &greeting).takes(Edge).repeats(Origin, 2).wait(9000).closes(Edge)
        })
    };
    for snap in [usize::MAX, 140] {
        let told = incident().others(20, encrypted_well).others(20, at_once).others(20, greeted);
        let told = packets_alone(told.snapped(snap));
        let accounts: Vec<String> = told.judged().into_iter().map(|case| case.account).collect();
        assert_eq!(accounts, [""; 0], "{snap}");
    }
}

/// The origin resets the connection as the request comes; the edge goes on asking, or does not.
fn reset_is_lost(r: Request, status: u16, goes_on: bool) -> Request {
    r.edge(status, 0).connection(|c| {
        let c = c.opens().was_answered(&answer("200 OK", "", "fine")).wait(3000).asks().resets(Origin);
        if goes_on { c.repeats(Edge, 3) } else { c }
    })
}

/// What an edge that hears of an RST says is 520. One that says that it waited in vain did not hear of it.
#[test]
fn a_reset_that_the_edge_did_not_hear_of_is_lost_and_no_answer() {
    for (status, outcome) in [(522, Outcome::Unheard), (524, Outcome::Undelivered)] {
        let told = incident().others(40, loses_segments).failing(6, |r| reset_is_lost(r, status, true));
        let judged = told.judged();
        assert_eq!(judged.len(), 6, "{status}");
        for case in judged {
            assert_eq!(case.happened.outcome, outcome, "{status}: {}", case.account);
            assert_eq!(case.slug.as_deref(), Some("packet-loss"), "{status}: {}", case.account);
        }
    }
    for (status, goes_on) in [(520, true), (520, false), (524, false)] {
        let told = incident().others(40, loses_segments).failing(6, |r| reset_is_lost(r, status, goes_on));
        for case in told.judged() {
            assert_eq!(case.happened.outcome, Outcome::Reset, "{status} {goes_on}: {}", case.account);
        }
    }
}

/// Attempts that never came as far as the capture: where others of their address come late, the path loses them; where all others come at once, it does not.
#[test]
fn attempts_that_never_arrive_are_lost_where_others_of_their_address_come_late() {
    let page = answer("200 OK", "", "fine");
    let late = |c: Conversation| c.syns(1).syn_acks(2).takes(Edge).asks().answers(&page).ends(Edge);
    let told = |comes_late: bool| {
        let others = incident().healthy(40).others(20, |r| match comes_late {
            true => r.by_edge(EDGES[3]).edge(200, 200).access(200).connection(late),
            false => r.by_edge(EDGES[3]).goes_well(),
        });
        others.failing(6, |r| r.by_edge(EDGES[3]).edge(522, 0)).judged()
    };
    let lost = told(true);
    assert_eq!(lost.len(), 6);
    for case in lost {
        // The path may have another fault, too, of which no packet tells.
        assert!(case.seen.contains(&"others-come-late"), "{}", case.account);
        assert!(matches!(case.slug.as_deref(), Some("packet-loss" | "connect-timeout")), "{}", case.account);
    }
    for case in told(false) {
        assert!(case.slug.as_deref() != Some("packet-loss"), "{}", case.account);
        assert!(!case.seen.contains(&"others-come-late"), "{}", case.account);
    }
}

/// Otherwise a link that drops large packets is unexplained wherever no packets were captured, although the origin's log tells how large each answer was.
#[test]
fn of_what_the_origin_logs_as_answered_only_large_answers_that_are_lost_tell_of_the_link() {
    let answered = |r: Request, bytes: u64| r.access(200).access_field("body_bytes_sent", bytes);
    let told = |sizes: &[u64], answered_after: i64| {
        let numbers = Cell::new(0);
        let lost = |r: Request| {
            let number = numbers.replace(numbers.get() + 1);
            answered(r.takes(15_000).logged_after(answered_after), sizes[number % sizes.len()]).edge(524, 0)
        };
        let well = |bytes: u64| move |r: Request| answered(r, bytes).edge(200, 200);
        let healthy = incident().others(40, well(300)).others(10, well(4_440));
        healthy.failing(6, lost).without(Source::Capture).judged()
    };
    for (sizes, slug) in [(&[4_440][..], Some("mtu-black-hole")), (&[4_440, 300], None)] {
        let judged = told(sizes, 20);
        assert_eq!(judged.len(), 6);
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::Undelivered, "{}", case.account);
            assert_eq!(case.seen.contains(&"large-alone-undelivered"), slug.is_some(), "{}", case.account);
            assert_eq!(case.slug.as_deref(), slug, "{sizes:?}: {}", case.account);
        }
    }
    // What was answered after the edge had gone met nobody, whatever its size.
    for case in told(&[4_440], 18_000) {
        assert!(!case.seen.contains(&"large-alone-undelivered"), "{}", case.account);
        assert_ne!(case.slug.as_deref(), Some("mtu-black-hole"), "{}", case.account);
    }
}

/// A capture behind a translation of addresses has some minutes of the hour. Otherwise the rest of what one wrong route breaks is told as dropped by a firewall.
#[test]
fn what_packets_show_of_some_holds_for_the_rest_whatever_address_they_have() {
    let public = |r: Request| r.field("OriginIP", "198.51.100.77");
    let well = |edge: usize| move |r: Request| public(r.asks_inside().by_edge(EDGES[edge]).goes_well());
    let unseen = |r: Request| public(r.asks_inside().by_edge(EDGES[3]).edge(522, 0));
    let captured = |r: Request| unseen(r).connection(|c| c.syns(1).syn_acks(4));
    let told = incident().others(20, well(0)).others(20, well(2));
    let named = told.failing_within(8, (40, 60), captured).failing_within(40, (40, 110), unseen).named();
    assert_eq!(named, [Some("return-path-broken".to_owned())]);
}
