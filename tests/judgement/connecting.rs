//! Ranges that are kept out where hardly anything came of them, requests that nobody took, and connections that somebody did.

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{EDGES, Request};
use super::two_servers::QUEUE_FULL;

fn slugs(judged: &[JudgedCase]) -> Vec<Option<&str>> {
    judged.iter().map(|case| case.slug.as_deref()).collect()
}

/// Otherwise a page that somebody took of a full queue explains whatever the server resets.
#[test]
fn what_a_process_had_taken_did_not_wait_in_a_queue() {
    let told = |fails: fn(Conversation) -> Conversation| {
        let told = incident().healthy(40).file("origin/ss-ltn.txt", QUEUE_FULL);
        told.failing(6, move |r| r.edge(520, 0).connection(fails)).judged()
    };
    let reset = told(|c| c.opens().asks().takes(Origin).wait(30).resets(Origin));
    assert_eq!(slugs(&reset), [Some("reset-before-response"); 6], "{}", reset[0].account);
    let closed = told(|c| c.opens().asks().wait(30).ends(Origin));
    assert_eq!(slugs(&closed), [Some("empty-response"); 6], "{}", closed[0].account);
    let at_its_door = told(|c| c.opens().asks_unheard().resets(Origin));
    let is_open = |case: &JudgedCase| case.unseen.contains(&"ended-by-a-process");
    assert!(at_its_door.iter().all(is_open), "net.ipv4.tcp_abort_on_overflow: {}", at_its_door[0].account);
}

/// Two ranges that the edge hardly uses, of which nothing comes through.
fn hardly_used(told: Incident, fails: fn(Request) -> Request) -> Incident {
    let told = told.failing_within(2, (60, 61), move |r| fails(r.by_edge(EDGES[3])));
    told.failing_within(1, (60, 61), move |r| fails(r.by_edge(EDGES[1])))
}

fn others_are_well() -> Incident {
    [0, 2]
        .into_iter()
        .fold(incident(), |told, edge| told.others(40, move |r| r.by_edge(EDGES[edge]).goes_well()))
}

/// Otherwise a rule that drops a range or two is told as a server that is silent, as long as hardly anybody comes from there.
#[test]
fn all_that_came_of_some_ranges_is_no_chance_where_much_more_came_of_others() {
    let unanswered: fn(Request) -> Request = |r| r.edge(522, 0).connection(|c| c.syns(4));
    let by_packets = hardly_used(others_are_well(), unanswered).judged();
    assert_eq!(slugs(&by_packets), [Some("firewall-drop"); 3], "{}", by_packets[0].account);
    let by_log = |told: Incident| {
        hardly_used(told, |r| r.takes(15_000).edge(522, 0)).without(Source::Capture).judged()
    };
    let told = by_log(others_are_well());
    assert_eq!(slugs(&told), [Some("firewall-drop"); 3], "{}", told[0].account);
    let it_passes = others_are_well().others_within(2, (61, 75), |r| r.by_edge(EDGES[3]).goes_well());
    assert_eq!(slugs(&by_log(it_passes)), [Some("connect-timeout"); 3]);
    let unlogged = |r: Request| r.unlogged("OriginIP");
    let told =
        others_are_well().failing_within(3, (60, 61), move |r| unlogged(r.by_edge(EDGES[3]).edge(522, 0)));
    let named = told.without(Source::Capture).judged();
    assert_ne!(slugs(&named), [Some("firewall-drop"); 3], "which origin it asked nobody knows");
}

/// Otherwise a host with a record of another server, whose requests never came to the captured one, is laid to a firewall.
#[test]
fn what_may_have_been_asked_elsewhere_is_not_dropped_on_its_way() {
    let bare = |r: Request| r.unlogged("EdgeServerIP").unlogged("OriginIP");
    let told = incident().others(160, move |r| bare(r.goes_well()));
    let judged = told.failing_within(6, (20, 90), move |r| bare(r.edge(522, 0))).judged();
    assert_eq!(slugs(&judged), [Some("connect-timeout"); 6], "{}", judged[0].account);
}

/// Otherwise nothing is told of a request that nobody answers, as long as the edge's log is not at hand and the capture ends before the edge gives up.
#[test]
fn a_request_that_is_sent_again_and_again_in_vain_has_failed() {
    type Tells = fn(Conversation) -> Conversation;
    let told = |asks: Tells| {
        let told = incident().healthy(40).failing(6, move |r| r.connection(asks));
        told.without(Source::EdgeLog).without(Source::AccessLog).judged()
    };
    let ignored = told(|c| c.opens().asks_unheard().repeats(Edge, 5));
    assert_eq!(ignored.len(), 6);
    assert!(ignored.iter().all(|case| case.happened.outcome == Outcome::Unheard), "{}", ignored[0].account);
    let decoys: [(&str, Tells); 3] = [
        ("three times are loss", |c| c.opens().asks_unheard().repeats(Edge, 3)),
        ("the origin takes it at last", |c| c.opens().asks_unheard().repeats(Edge, 5).takes(Origin)),
        ("it answers at last", |c| {
            c.opens().asks_unheard().repeats(Edge, 5).takes(Origin).answers(&answer("200 OK", "", "fine"))
        }),
    ];
    for (mark, asks) in decoys {
        assert_eq!(slugs(&told(asks)), [], "{mark}");
    }
}

/// Otherwise a server that has no file left for what it accepts closes each connection, and nothing is named.
#[test]
fn who_closes_ahead_of_the_first_request_answers_nothing() {
    let closes = |c: Conversation| c.opens().closes(Origin).wait(1).asks_unheard().resets(Origin);
    let judged = incident().healthy(40).failing(6, move |r| r.edge(520, 0).connection(closes)).judged();
    assert!(judged.iter().all(|case| case.seen.contains(&"closed-without-answer")), "{}", judged[0].account);
}

/// Otherwise a filter whose errors a short snap length left without ports is a listener that is gone: the edge says that it was refused, the capture has SYNs alone.
#[test]
fn a_range_whose_refusals_the_capture_cannot_read_is_kept_out_all_the_same() {
    let refused = |r: Request| r.edge(521, 0).unlogged("EdgeServerIP").connection(|c| c.syns(4));
    let told = others_are_well().failing(8, move |r| refused(r.by_edge(EDGES[3])));
    let judged = told.judged();
    assert_eq!(slugs(&judged), [Some("firewall-reset"); 8], "{}", judged[0].account);
}

/// Otherwise a range that is kept out to the end of a capture is told as a server that is silent: the last attempts count as still under way, though two of their SYNs went
/// unanswered.
#[test]
fn a_third_syn_says_that_two_went_unanswered_however_soon_the_capture_ends() {
    let late = |edge: usize| move |r: Request| r.by_edge(EDGES[edge]).goes_well();
    let others = others_are_well().others_within(40, (110, 120), late(0)).others_within(2, (20, 80), late(3));
    let dropped =
        |r: Request| r.by_edge(EDGES[3]).edge(522, 0).unlogged("EdgeServerIP").connection(|c| c.syns(3));
    let judged = others.failing_within(4, (116, 117), dropped).judged();
    assert_eq!(slugs(&judged), [Some("firewall-drop"); 4], "{}", judged[0].account);
}

/// Otherwise a server that was forgotten counts as one that somebody looks after, as soon as it answers two requests over one connection with an error.
#[test]
fn an_address_that_serves_nobody_well_is_not_looked_after() {
    let page = answer("503 Service Unavailable", "", "gone");
    let twice = |r: Request| {
        r.asks_elsewhere()
            .edge(503, 503)
            .connection(|c| c.opens().was_answered(&page).asks().answers(&page).ends(Edge))
    };
    let judged = incident().healthy(40).failing(6, twice).judged();
    assert_eq!(slugs(&judged), [Some("wrong-origin-address"); 6], "{}", judged[0].account);
}
