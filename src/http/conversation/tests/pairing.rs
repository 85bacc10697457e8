//! Which response belongs to which request, and when each of their parts came.

use super::*;

#[test]
fn times_say_when_each_part_came() {
    let mut script = Script::new();
    script.ask("GET /a HTTP/1.1\r\nHo").ask("st: a.example\r\n\r\n").acknowledge(Side::Client);
    script.answer("HTTP/1.1 200 OK\r\n").answer("Content-Length: 5\r\n\r\nhe").answer("llo");
    let exchange = only(script.all());
    let request = exchange.request.as_ref().unwrap();
    assert_eq!((request.first, request.last), (packet(1), packet(2)));
    assert_eq!(request.acknowledged, Some(packet(3)));
    assert_eq!(request.body.state, BodyState::Complete);
    let response = response(&exchange);
    assert_eq!((response.first, response.head_end, response.last), (packet(4), Some(packet(5)), packet(6)));
    assert_eq!((response.offset, response.head.bytes, response.body.received), (0, 38, 5));
}

#[test]
fn an_acknowledgement_of_half_a_request_is_none() {
    let mut script = Script::new();
    script.ask("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").acknowledge(Side::Client).ask("hello");
    let exchange = only(script.all());
    assert_eq!(exchange.request.unwrap().acknowledged, None);
    let mut script = Script::new();
    script
        .ask(GET)
        .answer(OK5)
        .acknowledge(Side::Client)
        .ask("GET /cut HTTP/1.1\r\nHo")
        .end(Side::Client, End::Fin);
    let cut = script.all().pop().unwrap().request.unwrap();
    assert_eq!((&*cut.target, cut.body.state, cut.acknowledged), ("/cut", BodyState::InHead(Cut::Fin), None));
}

#[test]
fn keep_alive_and_pipelined_requests_meet_their_responses() {
    let mut script = Script::new();
    script
        .ask(GET)
        .answer(OK5)
        .ask(&GET.replace("/a", "/b"))
        .answer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\noops");
    let both = GET.replace("/a", "/c") + "HEAD /d HTTP/1.1\r\n\r\nGET /e HTTP/1.1\r\n\r\n";
    script.ask(&both);
    let to_head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let not_modified = "HTTP/1.1 304 Not Modified\r\nEtag: x\r\nContent-Length: 9\r\n\r\n";
    script.answer(&format!("{OK5}{to_head}{not_modified}"));
    let early = script.finished();
    assert_eq!(early.len(), 4, "the last may still be followed by bytes that nobody asked for");
    let all: Vec<Exchange> = early.into_iter().chain(script.conversation.finish().0).collect();
    let complete = Some(BodyState::Complete);
    let expected = [("/a", 200), ("/b", 404), ("/c", 200), ("/d", 200), ("/e", 304)]
        .map(|(path, status)| (path.to_string(), status, complete));
    assert_eq!(outline(&all), expected);
    assert_eq!(&*response(&all[1]).error_page, b"oops");
    assert_eq!(&*response(&all[0]).error_page, b"");
    assert_eq!(response(&all[3]).body.framing, Framing::None);
    assert!(all.iter().all(|exchange| response(exchange).findings.is_empty()));
}

#[test]
fn a_request_on_a_closing_connection_waits_for_its_acknowledgement() {
    let mut script = Script::new();
    script.ask(GET).answer(OK5).end(Side::Server, End::Fin).ask(GET);
    assert_eq!(script.finished().len(), 1);
    script.acknowledge(Side::Client);
    let late = only(script.finished());
    assert_eq!((late.response, late.request.unwrap().acknowledged), (None, Some(packet(5))));
    // The race: a RST instead of an acknowledgement.
    let mut script = Script::new();
    script.ask(GET).answer(OK5).end(Side::Server, End::Fin).ask(GET).end(Side::Client, RESET);
    let late = script.finished().pop().unwrap();
    assert_eq!((late.number, late.response, late.request.unwrap().acknowledged), (2, None, None));
}

#[test]
fn interim_responses_are_counted_and_their_faults_kept() {
    let mut script = Script::new();
    script.ask("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    script.answer("HTTP/1.1 100 Continue\r\n\r\n").ask("hello");
    script.answer("HTTP/1.1 103 Early Hints\r\nLink : x\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n");
    let exchange = only(script.all());
    assert_eq!(exchange.interim_responses, 2);
    assert_eq!(exchange.interim_findings.len(), 1);
    assert_eq!(exchange.interim_findings[0].rule, Rule::SpaceBeforeColon);
    assert_eq!(response(&exchange).status, Some(204));
    assert_eq!(exchange.request.unwrap().body.received, 5);
}

#[test]
fn a_refused_expectation_leaves_the_next_request_readable() {
    let mut script = Script::new();
    script.ask("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n");
    script.answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").ask(GET).answer(OK5);
    let complete = Some(BodyState::Complete);
    assert_eq!(outline(&script.all()), [("/a".into(), 413, complete), ("/a".into(), 200, complete)]);
}

#[test]
fn a_response_may_come_before_the_request_is_whole() {
    let mut script = Script::new();
    script.ask("POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello");
    script.answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad");
    assert_eq!(script.finished(), []);
    script.ask("world").ask(GET).answer(OK5).close();
    let all = script.all();
    assert_eq!(outline(&all)[0].1, 400);
    assert_eq!(all[0].request.as_ref().unwrap().body.received, 10);
    assert_eq!(outline(&all)[1].1, 200);
}

#[test]
fn a_proxy_protocol_header_is_no_part_of_the_request() {
    let mut script = Script::new();
    script.ask(&format!("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n{GET}")).answer(OK5);
    let exchange = only(script.all());
    assert_eq!(exchange.request.as_ref().unwrap().offset, 42);
    assert_eq!(*exchange.request.unwrap().findings, []);
}

#[test]
fn bytes_that_come_twice_count_once() {
    let mut script = Script::new();
    script.ask(GET).answer("HTTP/1.1 200 OK\r\nContent-Le");
    script.conversation.bytes(&mut (), Side::Server, 10, &OK5.as_bytes()[10..], packet(9));
    script.conversation.bytes(&mut (), Side::Server, 0, OK5.as_bytes(), packet(10));
    let exchange = only(script.all());
    assert_eq!((response(&exchange).body.received, rules(response(&exchange))), (5, vec![]));
}

#[test]
fn unanswered_requests_do_not_pile_up_without_bound() {
    let mut script = Script::new();
    for _ in 0..20 {
        script.ask(&"GET / HTTP/1.1\r\n\r\n".repeat(1_000));
    }
    assert_eq!(script.all().len(), 10_000);
}
