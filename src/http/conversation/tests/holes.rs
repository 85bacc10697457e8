//! What was not captured: nobody is accused for it, and what comes behind it is read.

use super::*;

#[test]
fn a_capture_that_began_late_has_a_response_without_its_request() {
    let mut script = Script::new();
    script.answer(OK5).ask(GET).answer(OK5);
    let all = script.all();
    assert_eq!(outline(&all).iter().map(|line| line.0.as_str()).collect::<Vec<_>>(), ["-", "/a"]);
    // It may have answered a HEAD: then the next response follows its head at once.
    let mut script = Script::new();
    script.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").ask(GET).answer(OK5);
    let all = script.all();
    assert_eq!((outline(&all)[0].1, outline(&all)[0].2), (200, Some(BodyState::Complete)));
    assert_eq!((outline(&all)[1].1, outline(&all)[1].2), (200, Some(BodyState::Complete)));
}

#[test]
fn a_gap_in_a_body_is_no_truncation() {
    let mut script = Script::new();
    script.ask(GET).answer("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\nhello").lose(Side::Server, 900);
    script.answer(&"x".repeat(95)).ask(GET).answer(OK5).close();
    let all = script.finished();
    let body = response(&all[0]).body;
    assert_eq!((body.received, body.missing, body.state), (1000, 900, BodyState::Complete));
    assert_eq!(body.missing_because, Some(Gap::NotCaptured));
    assert_eq!(&*response(&all[0]).error_page, b"hello");
    assert_eq!(outline(&all)[1].1, 200);
    // The stream is shorter than announced although bytes are missing: sequence numbers tell.
    let mut script = Script::new();
    script
        .ask(GET)
        .answer("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\nhello")
        .lose(Side::Server, 900)
        .close();
    assert_eq!(outline(&script.finished())[0].2, Some(BodyState::InBody(Cut::Fin)));
}

#[test]
fn a_gap_in_a_head_or_a_chunk_line_costs_one_message() {
    for first in [
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HT",
    ] {
        let mut script = Script::new();
        script.ask(GET).answer(first).lose(Side::Server, 100).answer("some more text");
        script.ask(GET).answer(OK5).close();
        let all = script.finished();
        let cut = Some(BodyState::InBody(Cut::Capture)).filter(|_| first.len() > 40);
        assert_eq!(outline(&all)[0].2, cut.or(Some(BodyState::InHead(Cut::Capture))), "{first}");
        assert_eq!(rules(response(&all[0])), []);
        assert_eq!(outline(&all)[1], ("/a".into(), 200, Some(BodyState::Complete)));
    }
}

#[test]
fn lost_messages_do_not_shift_the_pairs() {
    let complete = Some(BodyState::Complete);
    // A whole response is missing.
    let mut script = Script::new();
    script.ask(GET).lose(Side::Server, 43).ask(&GET.replace("/a", "/b")).answer(OK5).close();
    let lost = Some(BodyState::InHead(Cut::Capture));
    assert_eq!(outline(&script.finished()), [("/a".into(), 0, lost), ("/b".into(), 200, complete)]);
    // A whole request is missing.
    let mut script = Script::new();
    script
        .ask(GET)
        .answer(OK5)
        .lose(Side::Client, 40)
        .answer(OK5)
        .ask(&GET.replace("/a", "/c"))
        .answer(OK5)
        .close();
    let expected = [("/a".into(), 200, complete), ("-".into(), 200, complete), ("/c".into(), 200, complete)];
    assert_eq!(outline(&script.finished()), expected);
    // The last response is missing: nobody may say that there was none.
    let mut script = Script::new();
    script.ask(GET).lose(Side::Server, 43).close();
    assert_eq!(outline(&script.finished()), [("/a".into(), 0, lost)]);
    // An end further on than the last byte is a gap that nobody told of.
    let mut script = Script::new();
    script.ask(GET);
    script.conversation.end(&mut (), Side::Server, 43, End::Fin, packet(9));
    assert_eq!(outline(&script.all()), [("/a".into(), 0, lost)]);
}

#[test]
fn a_snap_length_leaves_status_and_pairs_readable() {
    let mut script = Script::new();
    for path in ["/a", "/b"] {
        script.ask(&format!("GET {path} HTTP/1.1\r\nHost: a.exa")).lose(Side::Client, 300);
        script.answer("HTTP/1.1 503 No\r\nServer: ngi").lose(Side::Server, 900);
    }
    script.close();
    let all = script.finished();
    let cut = Some(BodyState::InHead(Cut::Capture));
    assert_eq!(outline(&all), [("/a".into(), 503, cut), ("/b".into(), 503, cut)]);
    assert_eq!(all[0].request.as_ref().unwrap().body.state, BodyState::InHead(Cut::Capture));
    assert!(all.iter().all(|exchange| response(exchange).findings.is_empty()));
}

/// Otherwise a head that the server refuses for its size is found by captures of whole packets alone.
#[test]
fn what_the_server_had_when_it_answered_is_the_head_that_the_capture_cut() {
    let head = |asked: &str| {
        let mut script = Script::new();
        script.ask(asked).lose(Side::Client, 9000).acknowledge(Side::Client).answer(OK5).close();
        let all = script.finished();
        all[0].request.as_ref().unwrap().head_bytes() - asked.len() as u64
    };
    assert_eq!(head("GET /a HTTP/1.1\r\nHost: a.example\r\nCookie: a="), 9000);
    assert_eq!(head("POST /a HTTP/1.1\r\nHost: a.example\r\nCookie: a="), 0, "a body may be among them");
    assert_eq!(head("GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"), 0);
}

/// Otherwise a body that was cut short is found by captures of whole heads alone.
#[test]
fn a_stream_that_is_shorter_than_a_head_announces_was_cut_short_though_the_capture_cut_the_head() {
    const BEGUN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\nServ";
    let ends = |asked: &str, begun: &str, more: u64, closes: bool| {
        let mut script = Script::new();
        script.ask(asked).answer(begun).cut(Side::Server, more);
        if closes {
            script.close();
        }
        let all = script.all();
        let body = response(&all[0]).body;
        (body.state, body.received)
    };
    let (fin, goes_on) = (true, false);
    let unknown = BodyState::InHead(Cut::Capture);
    assert_eq!(ends(GET, BEGUN, 300, fin), (BodyState::InBody(Cut::Fin), 300));
    assert_eq!(ends(GET, BEGUN, 500, fin).0, unknown, "the rest of the head may be among them");
    assert_eq!(ends(GET, BEGUN, 900, fin).0, unknown);
    assert_eq!(ends(GET, BEGUN, 300, goes_on).0, unknown, "the capture ended");
    let asked = GET.replace("GET", "HEAD");
    assert_eq!(ends(&asked, BEGUN, 300, fin).0, unknown, "no body was asked for");
    assert_eq!(ends(GET, &BEGUN.replace("200 OK", "304 No"), 300, fin).0, unknown, "there is none");
    // Of a length that the capture cut, the first digits say too little.
    assert_eq!(ends(GET, "HTTP/1.1 200 OK\r\nContent-Length: 5", 300, fin).0, unknown);
}

/// Otherwise the answer to a HEAD is one that was cut short, wherever the capture has neither what was asked nor what follows.
#[test]
fn an_answer_to_what_nobody_knows_is_not_cut_short_by_bytes_that_were_not_captured() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    let ends = |begun: &str, asked: Option<&str>| {
        let mut script = Script::new();
        match asked {
            Some(asked) => script.ask(asked),
            None => script.cut(Side::Client, 300),
        };
        script.answer(begun).lose(Side::Server, 171).close();
        response(script.all().last().unwrap()).body.state
    };
    assert_eq!(ends(HEAD, None), BodyState::InBody(Cut::Capture));
    assert_eq!(ends(&format!("{HEAD}some of it"), None), BodyState::InBody(Cut::Fin), "a body was begun");
    assert_eq!(ends(HEAD, Some(GET)), BodyState::InBody(Cut::Fin), "one was asked for");
}

/// Otherwise a chunked body that was cut short is found by captures of whole packets alone.
#[test]
fn a_chunked_body_whose_last_bytes_are_no_empty_line_was_cut_short_though_the_capture_cut_its_middle() {
    const BEGUN: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nabc";
    let ends = |asked: &str, last: &str, cut: fn(&mut Script)| {
        let mut script = Script::new();
        script.ask(asked).answer(BEGUN).cut(Side::Server, 2_000).answer(last);
        cut(&mut script);
        script.close();
        outline(&script.all())[0].2
    };
    let whole: fn(&mut Script) = |_| ();
    let unknown = Some(BodyState::InBody(Cut::Capture));
    assert_eq!(ends(GET, "\r\n200\r\nabc", whole), Some(BodyState::InBody(Cut::Fin)));
    assert_eq!(ends(GET, "abc\r\n0\r\n\r\n", whole), unknown, "it may be whole");
    assert_eq!(ends(GET, "abc\r\n0\r\nX: y\r\n\r\n", whole), unknown, "with a trailer");
    assert_eq!(ends(GET, "\n", whole), unknown, "too little of its end is there");
    let cut_at_end: fn(&mut Script) = |script| _ = script.cut(Side::Server, 10);
    assert_eq!(ends(GET, "\r\n200\r\nabc", cut_at_end), unknown, "its last bytes were cut");
    let lost: fn(&mut Script) = |script| _ = script.lose(Side::Server, 60).answer("abc");
    assert_eq!(ends(GET, "abc", lost), unknown, "another answer may begin in a packet that was lost");
    let asked_again: fn(&mut Script) = |script| _ = script.ask(GET).answer("abc");
    assert_eq!(ends(GET, "abc", asked_again), unknown, "another answer is due");
}

/// Otherwise a body that overran is found by captures of whole packets alone.
#[test]
fn what_a_cut_packet_carries_behind_its_body_is_no_answer() {
    const BEGUN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc";
    let complete = Some(BodyState::Complete);
    let mut script = Script::new();
    script.ask(GET).answer(BEGUN).cut(Side::Server, 60).ask(GET).answer(OK5).close();
    let all = script.finished();
    assert_eq!(rules(response(&all[0])), [(Rule::BytesAfterBody, 89)]);
    let finding = &response(&all[0]).findings[0];
    assert_eq!((finding.length, finding.excerpt.len()), (13, 0));
    assert_eq!((outline(&all)[0].2, outline(&all)[1].2), (complete, complete));
    assert_eq!(rules(response(&all[1])), []);
    // No more than announced; a packet of its own, which may hold another answer; and an answer that is due.
    let mut whole = Script::new();
    whole.ask(GET).answer(BEGUN).cut(Side::Server, 47).close();
    let mut lost = Script::new();
    lost.ask(GET).answer(BEGUN).cut(Side::Server, 47).lose(Side::Server, 13).close();
    let mut due = Script::new();
    due.ask(GET).ask(GET).answer(BEGUN).cut(Side::Server, 60).close();
    for mut script in [whole, lost, due] {
        assert_eq!(rules(response(&script.finished()[0])), []);
    }
}

#[test]
fn roles_are_found_where_the_flow_could_only_guess() {
    for asks in [Side::Client, Side::Server] {
        let mut script = Script::with_roles(false);
        script.say(asks.peer(), b"the end of some body").say(asks, b"GE").say(asks, &GET.as_bytes()[2..]);
        script
            .acknowledge(asks)
            .say(asks.peer(), OK5.as_bytes())
            .end(asks.peer(), End::Fin)
            .end(asks, End::Fin);
        assert_eq!(script.conversation.client_side(), Some(asks));
        let exchange = only(script.finished());
        assert_eq!(exchange.request.as_ref().unwrap().first, packet(2));
        assert_eq!(exchange.request.as_ref().unwrap().acknowledged, Some(packet(4)));
        assert_eq!((response(&exchange).status, rules(response(&exchange))), (Some(200), vec![]));
    }
    let mut script = Script::with_roles(false);
    script.say(Side::Client, OK5.as_bytes());
    assert_eq!(script.conversation.client_side(), Some(Side::Server));
}

#[test]
fn a_capture_that_began_inside_a_response_accuses_nobody() {
    let mut script = Script::with_roles(false);
    script
        .ask(GET)
        .answer("the rest of a page whose head came before the capture")
        .ask(GET)
        .answer(OK5)
        .close();
    let all = script.finished();
    assert_eq!(outline(&all)[0].2, Some(BodyState::InHead(Cut::Capture)));
    assert_eq!((rules(response(&all[0])), outline(&all)[1].1), (vec![], 200));
}
