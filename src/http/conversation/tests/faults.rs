//! What breaks the grammar, and what is no HTTP at all.

use super::*;

#[test]
fn upgraded_connections_are_tunnels_and_no_malformed_http() {
    let mut script = Script::new();
    script.ask("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    script.answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x01\x02");
    script.say(Side::Client, b"\x81\x05hello").say(Side::Server, b"\x81\x05hello").close();
    let exchange = only(script.finished());
    assert_eq!(response(&exchange).body.framing, Framing::Tunnel);
    assert_eq!((response(&exchange).body.state, response(&exchange).body.received), (BodyState::Complete, 9));
    assert_eq!(rules(response(&exchange)), []);
    assert_eq!(script.conversation.not_http(Side::Server), None);

    let mut script = Script::new();
    script.ask("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    script
        .answer("HTTP/1.1 200 Connection Established\r\n\r\n")
        .say(Side::Client, b"\x16\x03\x01\0\x05hello");
    let exchange = only(script.all());
    assert_eq!((response(&exchange).body.framing, rules(response(&exchange))), (Framing::Tunnel, vec![]));
}

#[test]
fn other_protocols_are_not_called_malformed_http() {
    for (ask, answer) in [
        (&b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"[..], &b"\x15\x03\x03\x00\x02\x02\x28"[..]),
        (b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
        let mut script = Script::new();
        script.say(Side::Client, ask).say(Side::Server, answer).close();
        assert_eq!(script.conversation.not_http(Side::Client), Some(packet(1)));
        assert_eq!(script.all(), []);
    }
}

#[test]
fn http2_in_the_clear_is_noticed_however_it_was_cut() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for (size, known, settings_first) in
        [(64, true, false), (1, true, false), (5, false, true), (64, false, false)]
    {
        let mut script = Script::with_roles(known);
        if settings_first {
            script.say(Side::Server, b"\0\0\x12\x04\0\0\0\0\0");
        }
        for segment in PREFACE.chunks(size) {
            script.say(Side::Client, segment);
        }
        let (exchanges, http2) = script.conversation.finish();
        assert_eq!((exchanges.len(), http2.is_some()), (0, true), "segments of {size} bytes");
    }
    for (token, is_http2) in [("h2c", true), ("websocket", false)] {
        let mut script = Script::new();
        script.ask(&format!("GET / HTTP/1.1\r\nUpgrade: {token}\r\n\r\n"));
        script.answer(&format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {token}\r\n\r\n"));
        assert_eq!(script.conversation.finish().1.is_some(), is_http2, "{token}");
    }
    // An offer that nobody took, and a word that only begins like the preface.
    let mut script = Script::new();
    script
        .ask(GET)
        .answer("HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nContent-Length: 0\r\n\r\n")
        .ask("PRIVMSG #a :b\r\n");
    assert_eq!(script.conversation.finish().1, None);
}

#[test]
fn an_answer_that_is_no_http_is_shown_with_its_bytes() {
    for answer in [
        &b"<html><body>HTTP/0.9 lives and is quite a long page</body></html>"[..],
        b"ICY 200 OK\r\n\r\n",
        b"\nWarning: foo in bar.php\nHTTP/1.1 200 OK\r\n\r\n",
        b"\0\0\0\0",
        b"\x15\x03\x03\x00\x02\x02\x28",
    ] {
        let mut script = Script::new();
        script.ask(GET).say(Side::Server, answer).answer(" and more").end(Side::Server, End::Fin);
        let exchange = only(script.all());
        let response = response(&exchange);
        assert_eq!(response.status, None);
        assert_eq!((response.body.state, response.body.received), (BodyState::Lost, answer.len() as u64 + 9));
        assert_eq!(rules(response), [(Rule::NoStatusLine, 0)]);
        let whole = [answer, b" and more"].concat();
        assert_eq!(response.findings[0].excerpt, whole[..whole.len().min(32)]);
        assert_eq!(response.findings[0].length as usize, whole.len());
    }
}

#[test]
fn bytes_after_a_response_stand_with_that_response() {
    let mut script = Script::new();
    script.ask(GET).answer(&format!("{OK5}\r\n")).answer("junk");
    assert_eq!(script.finished(), []);
    script.ask(GET).answer(OK5).close();
    let all = script.finished();
    assert_eq!(rules(response(&all[0])), [(Rule::BytesAfterBody, 43)]);
    let finding = &response(&all[0]).findings[0];
    assert_eq!((finding.length, usize::from(finding.mark)), (6, 16));
    assert_eq!(finding.excerpt, b"ngth: 5\r\n\r\nhello\r\njunkHTTP/1.1 200 OK\r\nContent-L");
    assert_eq!((outline(&all)[1].1, rules(response(&all[1]))), (200, vec![]));
}

#[test]
fn where_lengths_contradict_each_other_the_rest_is_not_a_second_fault() {
    let mut script = Script::new();
    script
        .ask(GET)
        .answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello")
        .ask(GET)
        .answer(OK5);
    let all = script.all();
    assert_eq!(response(&all[0]).findings.len(), 1);
    assert_eq!(response(&all[0]).findings[0].rule, Rule::ConflictingContentLength);
    assert_eq!(outline(&all)[1].1, 200);
}

#[test]
fn a_chunk_fault_stands_at_its_byte_and_the_next_response_is_found() {
    let mut script = Script::new();
    let broken = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0x5\r\n";
    script.ask(GET).answer(broken).ask(GET).answer(OK5);
    let all = script.all();
    assert_eq!(rules(response(&all[0])), [(Rule::BadChunkSize, 58)]);
    assert_eq!(broken.as_bytes()[58], b'x');
    assert!(
        response(&all[0]).findings[0]
            .excerpt
            .ends_with(b"x5\r\nHTTP/1.1 200 OK\r\nContent-Leng"[..32].as_ref())
    );
    assert_eq!(response(&all[0]).body.state, BodyState::Lost);
    assert_eq!(outline(&all)[1], ("/a".into(), 200, Some(BodyState::Complete)));
}

/// The head of a long body's request has an answer of the right status; what was left of the body comes before it.
#[test]
fn what_an_earlier_body_left_over_comes_before_the_answer_and_both_are_told() {
    let mut script = Script::new();
    script.ask(GET).answer(OK5).ask(GET).answer("nineteen bytes more").answer(OK5).close();
    let all = script.finished();
    let second = response(&all[1]);
    assert_eq!((second.status, rules(second)), (None, vec![(Rule::NoStatusLine, 0)]));
    assert_eq!(second.late_status_line, Some(packet(5)));
    let mut script = Script::new();
    script.ask(GET).answer(OK5).ask(GET).answer("no HTTP at all").answer(" and more").close();
    let all = script.finished();
    assert_eq!(response(&all[1]).late_status_line, None);
}
