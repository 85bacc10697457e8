//! Connections of HTTP/2 written out frame by frame, and what must come of them.

use super::*;
use crate::flow::{Application, End, PacketId, Side};
use crate::http::HttpConversation;
use crate::http::exchange::{BodyState, EndingFrame, Framing};
use crate::time::Time;

mod bounds;
mod losses;
mod lost_bytes;
mod rules;

pub(super) const GET: &[(&str, &str)] =
    &[(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "a.example")];
pub(super) const OK: &[(&str, &str)] = &[(":status", "200"), ("server", "s")];
pub(super) const RESET: End = End::Reset { by: Side::Server };

/// Flags of frames.
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A block of literal fields that are not added to the table.
pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let string = |text: &str, bytes: &mut Vec<u8>| {
        match text.len() {
            length @ ..127 => bytes.push(length as u8),
            length => {
                bytes.push(127);
                let mut rest = length - 127;
                while rest >= 128 {
                    bytes.push((rest % 128 + 128) as u8);
                    rest /= 128;
                }
                bytes.push(rest as u8);
            }
        }
        bytes.extend(text.bytes());
    };
    for (name, value) in fields {
        bytes.push(0);
        string(name, &mut bytes);
        string(value, &mut bytes);
    }
    bytes
}

pub(super) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(1, flags | END_HEADERS, stream, &block(fields))
}

pub(super) fn data(stream: u32, flags: u8, bytes: &[u8]) -> Vec<u8> {
    frame(0, flags, stream, bytes)
}

pub(super) fn settings(rows: &[(u16, u32)]) -> Vec<u8> {
    let rows: Vec<u8> =
        rows.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    frame(4, 0, 0, &rows)
}

pub(super) fn rst_stream(stream: u32, code: u32) -> Vec<u8> {
    frame(3, 0, stream, &code.to_be_bytes())
}

pub(super) fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(7, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

/// Feeds a conversation; packets are numbered from 1, a millisecond apart.
pub(super) struct Script {
    pub conversation: HttpConversation,
    offsets: [u64; 2],
    packets: u64,
}

impl Script {
    pub fn new() -> Script {
        Script { conversation: HttpConversation::new(true), offsets: [0; 2], packets: 0 }
    }

    /// Both sides have greeted.
    pub fn greeted() -> Script {
        let mut script = Script::new();
        script.say(Side::Client, &[&PREFACE[..], &settings(&[])].concat());
        script.say(Side::Server, &settings(&[]));
        script
    }

    fn next(&mut self) -> Arrival {
        self.packets += 1;
        let time = Time(i64::try_from(self.packets).unwrap() * 1_000_000);
        Arrival { time, packet: PacketId::new(0, self.packets) }
    }

    pub fn say(&mut self, from: Side, bytes: &[u8]) -> &mut Script {
        let at = self.next();
        self.conversation.bytes(&mut (), from, self.offsets[from as usize], bytes, at);
        self.offsets[from as usize] += bytes.len() as u64;
        self
    }

    pub fn ask(&mut self, bytes: &[u8]) -> &mut Script {
        self.say(Side::Client, bytes)
    }

    pub fn answer(&mut self, bytes: &[u8]) -> &mut Script {
        self.say(Side::Server, bytes)
    }

    pub fn lose(&mut self, from: Side, length: usize) -> &mut Script {
        let at = self.next();
        let offset = self.offsets[from as usize];
        self.conversation.gap(&mut (), from, offset, length as u64, Gap::NotCaptured, at);
        self.offsets[from as usize] += length as u64;
        self
    }

    pub fn acknowledge(&mut self) -> &mut Script {
        let at = self.next();
        self.conversation.acknowledged(&mut (), Side::Client, self.offsets[Side::Client as usize], at);
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

    /// Everything, by number, and what the connection told.
    pub fn all(self) -> (Vec<Exchange>, Http2Facts) {
        let (exchanges, facts) = self.told();
        (exchanges, *facts.expect("HTTP/2"))
    }

    pub fn told(mut self) -> (Vec<Exchange>, Option<Box<Http2Facts>>) {
        let mut exchanges: Vec<Exchange> = std::iter::from_fn(|| self.conversation.next_finished()).collect();
        let (rest, facts) = self.conversation.finish();
        exchanges.extend(rest);
        exchanges.sort_by_key(|exchange| exchange.number);
        (exchanges, facts)
    }
}

/// (stream, target or "-", status or 0, bytes of body, state of the response) of each.
pub(super) fn outline(exchanges: &[Exchange]) -> Vec<(u32, String, u16, u64, Option<BodyState>)> {
    let row = |exchange: &Exchange| {
        let target = exchange.request.as_ref().map_or("-".to_owned(), |request| request.target.to_string());
        let response = exchange.response.as_deref();
        (
            exchange.stream.as_ref().map_or(0, |stream| stream.id),
            target,
            response.and_then(|response| response.status).unwrap_or(0),
            response.map_or(0, |response| response.body.received),
            response.map(|response| response.body.state),
        )
    };
    exchanges.iter().map(row).collect()
}

fn complete(stream: u32, status: u16, body: u64) -> (u32, String, u16, u64, Option<BodyState>) {
    (stream, "/a".to_owned(), status, body, Some(BodyState::Complete))
}

#[test]
fn streams_become_exchanges_however_they_overlap() {
    let mut script = Script::greeted();
    script.ask(&headers(1, END_STREAM, GET));
    script.ask(&headers(3, END_STREAM, GET)).acknowledge();
    script.answer(&headers(3, 0, OK)).answer(&headers(1, 0, OK));
    script.answer(&data(1, 0, b"he")).answer(&data(3, END_STREAM, b"three"));
    script.answer(&data(1, END_STREAM, b"llo!")).close();
    let (exchanges, facts) = script.all();
    assert_eq!(outline(&exchanges), [complete(1, 200, 6), complete(3, 200, 5)]);
    assert_eq!((facts.streams, facts.faults.len(), facts.goaways.len()), (2, 0, 0));
    let request = exchanges[0].request.as_ref().unwrap();
    assert_eq!((request.method.as_str(), request.host.as_deref()), ("GET", Some("a.example")));
    assert_eq!(request.body.framing, Framing::None);
    assert!(request.acknowledged.is_some());
    // As lines of HTTP/1: a colon, a blank and a line end beside name and value.
    assert_eq!((request.head.bytes, request.head.lines), (10 + 4 + 11 + 4 + 7 + 4 + 19 + 4, 4));
    let response = exchanges[0].response.as_deref().unwrap();
    assert_eq!((response.server.as_deref(), response.body.framing), (Some("s"), Framing::EndStream));
    assert!(response.findings.is_empty() && request.findings.is_empty());
}

#[test]
fn the_server_may_speak_first_and_the_client_be_missing() {
    let hello = [settings(&[(3, 100)]), headers(1, 0, OK), data(1, END_STREAM, b"x")].concat();
    for cut in 0..hello.len() {
        let mut script = Script::new();
        script.answer(&hello[..cut]).answer(&hello[cut..]).close();
        let (exchanges, facts) = script.all();
        assert_eq!(outline(&exchanges), [(1, "-".to_owned(), 200, 1, Some(BodyState::Complete))], "{cut}");
        assert_eq!(facts.settings[1].max_concurrent_streams, Some(100));
    }
    // In front of the client's preface, which comes in pieces.
    let mut script = Script::new();
    script.ask(&PREFACE[..5]).answer(&settings(&[])).ask(&PREFACE[5..20]);
    script.ask(&[&PREFACE[20..], &settings(&[]), &headers(1, END_STREAM, GET)].concat());
    script.answer(&headers(1, END_STREAM, OK)).close();
    assert_eq!(outline(&script.all().0), [complete(1, 200, 0)]);
}

/// Otherwise the request of a client that does not keep to the protocol that was chosen is lost, with its ray.
#[test]
fn a_request_of_http1_under_the_servers_first_frame_is_one_and_that_frame_no_answer() {
    let mut script = Script::new();
    script.say(Side::Server, &settings(&[(3, 100)]));
    script.ask(b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n");
    script.say(Side::Server, &goaway(0, 1));
    let (exchanges, facts) = script.conversation.finish();
    let first_rule = |exchange: &Exchange| Some(exchange.response.as_deref()?.findings.first()?.rule);
    let told: Vec<_> = exchanges
        .iter()
        .map(|exchange| (exchange.request.as_ref().map(|request| &*request.target), first_rule(exchange)))
        .collect();
    assert_eq!(told, [(Some("/a"), Some(Rule::NoStatusLine))]);
    assert!(facts.is_none());
}

#[test]
fn an_upgrade_makes_the_request_of_http1_the_first_stream() {
    let mut script = Script::new();
    script.ask(b"GET /first HTTP/1.1\r\nHost: a.example\r\n\r\n");
    script.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    script.ask(b"GET /a HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
    let switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    script.answer(&[&switching[..], &settings(&[]), &headers(1, 0, OK)].concat());
    script.ask(&[&PREFACE[..], &settings(&[]), &headers(3, END_STREAM, GET)].concat());
    script.answer(&[data(1, END_STREAM, b"one"), headers(3, END_STREAM, OK)].concat()).close();
    let (exchanges, facts) = script.all();
    let first = (0, "/first".to_owned(), 200, 2, Some(BodyState::Complete));
    assert_eq!(outline(&exchanges), [first, complete(1, 200, 3), complete(3, 200, 0)]);
    let numbers: Vec<u32> = exchanges.iter().map(|exchange| exchange.number).collect();
    assert_eq!((numbers, exchanges[1].interim_responses), (vec![1, 2, 3], 1));
    assert_eq!(facts.streams, 2);
}

/// Otherwise a redirect that three visitors met twice each looks like a loop.
#[test]
fn a_head_without_the_edges_own_header_names_its_visitor_by_who_was_forwarded() {
    let visitor = |more: &[(&str, &str)]| {
        let mut script = Script::greeted();
        script
            .ask(&headers(1, END_STREAM, &[GET, more].concat()))
            .answer(&headers(1, END_STREAM, OK))
            .close();
        let request = script.all().0.remove(0).request.expect("a request");
        request.visitor.map(String::from)
    };
    let forwarded = ("x-forwarded-for", "192.0.2.7, 172.68.1.2");
    assert_eq!(visitor(&[forwarded]).as_deref(), Some("192.0.2.7"));
    assert_eq!(visitor(&[forwarded, ("cf-connecting-ip", "192.0.2.9")]).as_deref(), Some("192.0.2.9"));
}

#[test]
fn frames_that_end_streams_are_told_with_code_and_sender() {
    let mut script = Script::greeted();
    for stream in [1, 3, 5, 7, 9] {
        script.ask(&headers(stream, END_STREAM, GET));
    }
    script.answer(&rst_stream(1, 2));
    script.answer(&headers(3, 0, &[(":status", "200"), ("content-length", "9")]));
    script.answer(&data(3, 0, b"half")).answer(&rst_stream(3, 2)).answer(&headers(5, END_STREAM, OK));
    script.ask(&rst_stream(5, 1)).answer(&goaway(7, 0)).answer(&headers(7, END_STREAM, OK)).close();
    let (exchanges, facts) = script.all();
    let refused: Vec<bool> =
        exchanges.iter().map(|exchange| exchange.refused_by_client().is_some()).collect();
    assert_eq!(refused, [false, false, true, false, false]);
    let ends: Vec<_> = exchanges
        .iter()
        .map(|exchange| exchange.stream.as_ref().unwrap().end.map(|end| (end.frame, end.code, end.from)))
        .collect();
    let rst = EndingFrame::RstStream;
    assert_eq!(
        ends,
        [
            Some((rst, 2, Side::Server)),
            Some((rst, 2, Side::Server)),
            // It had been answered in full: the edge could not use it.
            Some((rst, 1, Side::Client)),
            None,
            Some((EndingFrame::GoAway { last_stream: 7 }, 0, Side::Server)),
        ]
    );
    let cut = Some(BodyState::InBody(Cut::Reset(Side::Server)));
    assert_eq!(outline(&exchanges)[1], (3, "/a".to_owned(), 200, 4, cut));
    assert_eq!(exchanges[0].response, None);
    assert_eq!((facts.goaways[0].last_stream, facts.goaways[0].code, facts.goaways[0].cost), (7, 0, 1));
}

/// HAProxy's `http-request return` resets a POST whose body is under way: which of both a capture has first is luck.
#[test]
fn content_on_its_way_to_a_peer_that_reset_the_stream_was_sent() {
    let body = [data(1, 0, b"abc"), data(1, END_STREAM, b"de")].concat();
    let read = |crosses: bool| {
        let mut script = Script::greeted();
        script.ask(&headers(1, 0, GET)).answer(&headers(1, END_STREAM, OK));
        if !crosses {
            script.ask(&body);
        }
        script.answer(&rst_stream(1, 8));
        if crosses {
            script.ask(&body);
        }
        script.answer(&rst_stream(1, 5)).close();
        let (exchanges, facts) = script.all();
        let sent = exchanges[0].request.as_ref().map(|request| (request.body.received, request.body.state));
        (sent.unwrap(), facts.faults.len())
    };
    assert_eq!(read(false), ((5, BodyState::Complete), 0));
    assert_eq!(read(true), ((5, BodyState::InBody(Cut::Reset(Side::Server))), 0));
}

#[test]
fn a_connection_that_ends_takes_its_open_streams_with_it() {
    for (goaway_code, costs) in [(None, 0), (Some(0), 0), (Some(1), 2)] {
        let mut script = Script::greeted();
        script.ask(&headers(1, END_STREAM, GET)).ask(&headers(3, 0, GET));
        if let Some(code) = goaway_code {
            script.answer(&goaway(3, code));
        }
        script.end(Side::Server, RESET).end(Side::Client, RESET);
        let (exchanges, facts) = script.all();
        assert_eq!(exchanges.len(), 2);
        assert!(exchanges.iter().all(|exchange| exchange.response.is_none()));
        let ended =
            exchanges.iter().filter(|exchange| exchange.stream.as_ref().unwrap().end.is_some()).count();
        assert_eq!((ended, facts.goaways.iter().map(|goaway| goaway.cost as usize).sum()), (costs, costs));
    }
}

#[test]
fn interim_responses_trailers_and_the_status_of_grpc_are_read() {
    let mut script = Script::greeted();
    script.ask(&headers(1, 0, GET)).ask(&data(1, 0, b"abc")).ask(&headers(1, END_STREAM, &[("x-sum", "1")]));
    script.answer(&headers(1, 0, &[(":status", "103")])).answer(&headers(1, 0, OK));
    script.answer(&data(1, 0, b"abcd"));
    script.answer(&headers(1, END_STREAM, &[("grpc-status", "14")])).close();
    let (exchanges, _) = script.all();
    assert_eq!(outline(&exchanges), [complete(1, 200, 4)]);
    assert_eq!(exchanges[0].interim_responses, 1);
    assert_eq!(exchanges[0].stream.as_ref().unwrap().grpc_status, Some(14));
    let body = exchanges[0].request.as_ref().unwrap().body;
    assert_eq!((body.received, body.state), (3, BodyState::Complete));
}

#[test]
fn padding_priorities_and_blocks_in_several_frames_change_nothing() {
    let mut script = Script::greeted();
    let fields = block(GET);
    let padded = [&[3u8, 0, 0, 0, 0, 16][..], &fields[..10], &[0; 3]].concat();
    script.ask(&[frame(1, 0x29, 1, &padded), frame(9, 0, 1, &fields[10..11])].concat());
    script.ask(&frame(9, END_HEADERS, 1, &fields[11..]));
    script.answer(&headers(1, 0, OK)).answer(&frame(0, 0x09, 1, b"\x02body\0\0")).close();
    let (exchanges, facts) = script.all();
    assert_eq!((outline(&exchanges), facts.faults), (vec![complete(1, 200, 4)], vec![]));
}

#[test]
fn pushes_are_read_for_the_table_and_make_no_exchange() {
    let mut script = Script::greeted();
    script.ask(&headers(1, END_STREAM, GET));
    // The pushed request adds an entry to which the answer refers.
    let promise = [&2u32.to_be_bytes()[..], b"\x82\x40\x01x\x01y"].concat();
    script.answer(&frame(5, END_HEADERS, 1, &promise)).answer(&headers(2, END_STREAM, OK));
    script.answer(&frame(1, END_STREAM | END_HEADERS, 1, b"\x88\xbe")).close();
    let (exchanges, facts) = script.all();
    assert_eq!((outline(&exchanges), facts.faults), (vec![complete(1, 200, 0)], vec![]));
    assert_eq!(exchanges[0].response.as_deref().unwrap().head.lines, 2);
}

#[test]
fn a_window_that_is_used_up_is_a_stall_of_its_sender() {
    let mut script = Script::new();
    script.ask(&[&PREFACE[..], &settings(&[(4, 5)]), &headers(1, END_STREAM, GET)].concat());
    script.answer(&settings(&[])).answer(&headers(1, 0, OK)).answer(&data(1, 0, b"12345"));
    let since = script.packets;
    script.ask(&frame(6, 0, 0, &[0; 8])).ask(&frame(8, 0, 1, &3u32.to_be_bytes()));
    script.answer(&data(1, 0, b"678")).end(Side::Client, End::Fin).end(Side::Server, End::Fin);
    let (exchanges, facts) = script.all();
    let stall = exchanges[0].stream.as_ref().unwrap().stall.unwrap();
    assert_eq!((stall.of, stall.since.packet.frame(), stall.is_over), (Side::Server, since, true));
    assert_eq!(stall.until.packet.frame(), since + 2);
    assert!(facts.faults.is_empty());
}
