//! How messages and connections end.

use super::*;

#[test]
fn bodies_without_a_length_end_with_the_connection() {
    let open = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello";
    for (how, state) in [
        (End::Fin, BodyState::Complete),
        (RESET, BodyState::InBody(Cut::Reset(Side::Server))),
        (End::Unseen, BodyState::InBody(Cut::Capture)),
    ] {
        let mut script = Script::new();
        script.ask(GET).answer(open).end(Side::Server, how);
        let exchange = only(script.all());
        assert_eq!(response(&exchange).body.framing, Framing::UntilClose);
        assert_eq!((response(&exchange).body.state, response(&exchange).body.received), (state, 5));
    }
}

#[test]
fn a_response_that_stops_is_cut_where_and_as_the_sender_stopped() {
    let reset = Cut::Reset(Side::Server);
    for (text, how, state) in [
        ("HTTP/1.1 200 OK\r\nServer: x", End::Fin, BodyState::InHead(Cut::Fin)),
        ("HTTP/1.1 200 OK\r\nServer: x\r\n", RESET, BodyState::InHead(reset)),
        ("HTTP", End::Fin, BodyState::InHead(Cut::Fin)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", End::Fin, BodyState::InBody(Cut::Fin)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", End::Unseen, BodyState::InBody(Cut::Capture)),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            RESET,
            BodyState::InBody(reset),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            End::Fin,
            BodyState::InBody(Cut::Fin),
        ),
    ] {
        let mut script = Script::new();
        script.ask(GET).answer(text).end(Side::Server, how).end(Side::Client, how);
        let exchange = only(script.finished());
        assert_eq!(response(&exchange).body.state, state, "{text:?}");
        assert_eq!(response(&exchange).status, text.contains("200").then_some(200));
        assert_eq!(rules(response(&exchange)), []);
    }
}

#[test]
fn a_request_nobody_answered_has_no_response() {
    for how in [End::Fin, RESET, End::Unseen] {
        let mut script = Script::new();
        script.ask(GET).acknowledge(Side::Client).end(Side::Server, how).end(Side::Client, how);
        let exchange = only(script.finished());
        assert_eq!(exchange.response, None);
        assert_eq!(exchange.request.unwrap().acknowledged, Some(packet(2)));
    }
}

/// Otherwise the edge's next try of what was asked behind the end of the answers heals nothing, wherever a capture began in between.
#[test]
fn who_had_closed_before_the_capture_heard_either_answers_nothing_that_is_asked_then() {
    const ASKED: &str = "GET /a HTTP/1.1\r\nHost: a.example\r\nCF-RAY: 9f59effe49c0de3d-AMS\r\n\r\n";
    let left = |closes: bool| {
        let mut script = Script::with_roles(false);
        if closes {
            script.end(Side::Server, End::Fin);
        }
        script.ask(ASKED);
        script.conversation.left_unanswered().is_some()
    };
    assert_eq!((left(true), left(false)), (true, false));
}
