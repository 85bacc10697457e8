//! Conversations written out byte by byte, and what must come of them.

use super::*;
use crate::flow::PacketId;
use crate::http::conform::Rule;
use crate::http::exchange::{Framing, Response};
use crate::time::Time;

mod corpus;
mod properties;

/// Feeds a conversation; packets are numbered from 1, a millisecond apart.
pub(super) struct Script {
    pub conversation: Conversation,
    offsets: [u64; 2],
    packets: u64,
}

pub(super) fn packet(frame: u64) -> Arrival {
    Arrival { time: Time(i64::try_from(frame).unwrap() * 1_000_000), packet: PacketId { file: 0, frame } }
}

impl Script {
    pub fn new() -> Script {
        Script::with_roles(true)
    }

    pub fn with_roles(known: bool) -> Script {
        Script { conversation: Conversation::new(known), offsets: [0; 2], packets: 0 }
    }

    fn next(&mut self) -> Arrival {
        self.packets += 1;
        packet(self.packets)
    }

    pub fn say(&mut self, from: Side, bytes: &[u8]) -> &mut Script {
        let at = self.next();
        self.conversation.bytes(&mut (), from, self.offsets[from as usize], bytes, at);
        self.offsets[from as usize] += bytes.len() as u64;
        self
    }

    pub fn ask(&mut self, text: &str) -> &mut Script {
        self.say(Side::Client, text.as_bytes())
    }

    pub fn answer(&mut self, text: &str) -> &mut Script {
        self.say(Side::Server, text.as_bytes())
    }

    pub fn lose(&mut self, from: Side, length: u64) -> &mut Script {
        let at = self.next();
        self.conversation.gap(&mut (), from, self.offsets[from as usize], length, Gap::NotCaptured, at);
        self.offsets[from as usize] += length;
        self
    }

    pub fn acknowledge(&mut self, from: Side) -> &mut Script {
        let at = self.next();
        self.conversation.acknowledged(&mut (), from, self.offsets[from as usize], at);
        self
    }

    pub fn end(&mut self, from: Side, how: End) -> &mut Script {
        let at = self.next();
        self.conversation.end(&mut (), from, self.offsets[from as usize], how, at);
        self
    }

    pub fn close(&mut self) -> &mut Script {
        self.end(Side::Server, End::Fin).end(Side::Client, End::Fin)
    }

    pub fn finished(&mut self) -> Vec<Exchange> {
        std::iter::from_fn(|| self.conversation.next_finished()).collect()
    }

    /// Everything, in order.
    pub fn all(mut self) -> Vec<Exchange> {
        let mut exchanges = self.finished();
        exchanges.extend(self.conversation.finish());
        for (index, exchange) in exchanges.iter().enumerate() {
            assert_eq!(exchange.number as usize, index + 1);
        }
        exchanges
    }
}

const GET: &str = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
const OK5: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const RESET: End = End::Reset { by: Side::Server };

#[track_caller]
fn only(exchanges: Vec<Exchange>) -> Exchange {
    assert_eq!(exchanges.len(), 1, "{exchanges:#?}");
    exchanges.into_iter().next().unwrap()
}

#[track_caller]
fn response(exchange: &Exchange) -> &Response {
    exchange.response.as_ref().expect("a response")
}

/// (target or "-", status or 0, response state) of each.
fn outline(exchanges: &[Exchange]) -> Vec<(String, u16, Option<BodyState>)> {
    exchanges
        .iter()
        .map(|exchange| {
            let target = exchange.request.as_ref().map_or("-".to_string(), |request| request.target.clone());
            let response = exchange.response.as_ref();
            let status = response.and_then(|response| response.status).unwrap_or(0);
            (target, status, response.map(|response| response.body.state))
        })
        .collect()
}

fn rules(response: &Response) -> Vec<(Rule, u64)> {
    response.findings.iter().map(|finding| (finding.rule, finding.offset)).collect()
}

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
    assert_eq!(
        (cut.target.as_str(), cut.body.state, cut.acknowledged),
        ("/cut", BodyState::InHead(Cut::Fin), None)
    );
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
    script.answer(&format!("{OK5}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 Not Modified\r\nEtag: x\r\nContent-Length: 9\r\n\r\n"));
    let early = script.finished();
    assert_eq!(early.len(), 4, "the last may still be followed by bytes that nobody asked for");
    let all: Vec<Exchange> = early.into_iter().chain(script.conversation.finish()).collect();
    let complete = Some(BodyState::Complete);
    let expected = [("/a", 200), ("/b", 404), ("/c", 200), ("/d", 200), ("/e", 304)]
        .map(|(path, status)| (path.to_string(), status, complete));
    assert_eq!(outline(&all), expected);
    assert_eq!(response(&all[1]).error_page, b"oops");
    assert_eq!(response(&all[0]).error_page, b"");
    assert_eq!(response(&all[3]).body.framing, Framing::None);
    assert!(all.iter().all(|exchange| response(exchange).findings.is_empty()));
}

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
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", b"\0\0\x12\x04\0\0\0\0\0"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
        let mut script = Script::new();
        script.say(Side::Client, ask).say(Side::Server, answer).close();
        assert_eq!(script.conversation.not_http(Side::Client), Some(packet(1)));
        assert_eq!(script.all(), []);
    }
}

/// Otherwise a capture full of HTTP/2 would be reported to hold none.
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
        assert!(script.conversation.http2().is_some(), "segments of {size} bytes");
        assert_eq!(script.all(), []);
    }
    for (token, http2) in [("h2c", true), ("websocket", false)] {
        let mut script = Script::new();
        script.ask(&format!("GET / HTTP/1.1\r\nUpgrade: {token}\r\n\r\n"));
        script.answer(&format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {token}\r\n\r\n"));
        assert_eq!(script.conversation.http2().is_some(), http2, "{token}");
    }
    // An offer that nobody took, and a word that only begins like the preface.
    let mut script = Script::new();
    script
        .ask(GET)
        .answer("HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nContent-Length: 0\r\n\r\n")
        .ask("PRIVMSG #a :b\r\n");
    assert_eq!(script.conversation.http2(), None);
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

#[test]
fn a_gap_in_a_body_is_no_truncation() {
    let mut script = Script::new();
    script.ask(GET).answer("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\nhello").lose(Side::Server, 900);
    script.answer(&"x".repeat(95)).ask(GET).answer(OK5).close();
    let all = script.finished();
    let body = response(&all[0]).body;
    assert_eq!((body.received, body.missing, body.state), (1000, 900, BodyState::Complete));
    assert_eq!(body.missing_because, Some(Gap::NotCaptured));
    assert_eq!(response(&all[0]).error_page, b"hello");
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

#[test]
fn a_proxy_protocol_header_is_no_part_of_the_request() {
    let mut script = Script::new();
    script.ask(&format!("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n{GET}")).answer(OK5);
    let exchange = only(script.all());
    assert_eq!(exchange.request.as_ref().unwrap().offset, 42);
    assert_eq!(exchange.request.unwrap().findings, []);
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
