//! The same exchanges over HTTP/1 and over HTTP/2, read from their byte streams: what a version costs, in instructions.
//!
//! ```text
//! cargo bench --no-default-features --bench http2_frames --no-run
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/deps/http2_frames-… http1|http2|build EXCHANGES
//! ```
//!
//! `build` makes the bytes of both and reads neither: what it counts is to be taken off. An exchange over HTTP/2 has four frames.

use std::process::ExitCode;

use rayscope::flow::{Application, Arrival, End, PacketId, Side};
use rayscope::http::HttpConversation;
use rayscope::time::Time;

/// Bytes of a segment.
const SEGMENT: usize = 1_400;
const BODY: usize = 2_000;
/// Exchanges of a connection.
const OF_CONNECTION: usize = 1_000;

/// The fields of a request and of a response; what follows the mark changes with each.
const REQUEST: &[(&str, &str)] = &[
    ("host", "shop.example"),
    ("connection", "Keep-Alive"),
    ("accept-encoding", "gzip, br"),
    ("cf-ray", "!9f00aa12bc34de"),
    ("x-forwarded-for", "198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("cf-visitor", "{\"scheme\":\"https\"}"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "de,en-US;q=0.7,en;q=0.3"),
    ("cf-connecting-ip", "198.51.100.7"),
    ("cookie", "session=6f1c0de5a2b94e0f8c7d; theme=dark; consent=yes"),
];
const RESPONSE: &[(&str, &str)] = &[
    ("server", "nginx"),
    ("date", "Tue, 17 Nov 2026 08:01:01 GMT"),
    ("content-type", "text/html; charset=utf-8"),
    ("content-length", "2000"),
    ("connection", "keep-alive"),
    ("vary", "Accept-Encoding"),
    ("cache-control", "private, no-store"),
    ("x-request-id", "!c0ffee00c0ffee"),
];

/// A value with the exchange's number in the place of its mark.
fn value(value: &str, number: usize) -> String {
    value.replace('!', &format!("{number:04x}"))
}

fn http1(number: usize) -> [Vec<u8>; 2] {
    let lines = |fields: &[(&str, &str)]| -> String {
        fields.iter().map(|(name, text)| format!("{name}: {}\r\n", value(text, number))).collect()
    };
    let request = format!("GET /item/{number} HTTP/1.1\r\n{}\r\n", lines(REQUEST));
    let response = format!("HTTP/1.1 200 OK\r\n{}\r\n{}", lines(RESPONSE), "x".repeat(BODY));
    [request.into_bytes(), response.into_bytes()]
}

/// A field as encoders write it: added to the table the first time, where it does not change, and an index from then on.
struct Encoder {
    added: Vec<(String, String)>,
}

impl Encoder {
    fn field(&mut self, name: &str, text: &str, number: usize, block: &mut Vec<u8>) {
        let changes = text.contains('!');
        let text = value(text, number);
        let known =
            self.added.iter().rev().position(|(a, b)| (a.as_str(), b.as_str()) == (name, text.as_str()));
        match known {
            Some(place) if !changes => block.push(0x80 | (62 + place) as u8),
            _ => {
                block.push(if changes { 0x00 } else { 0x40 });
                for string in [name, &text] {
                    block.push(string.len() as u8);
                    block.extend(string.bytes());
                }
                if !changes {
                    self.added.push((name.to_owned(), text));
                }
            }
        }
    }

    fn block(&mut self, first: &[(&str, &str)], fields: &[(&str, &str)], number: usize) -> Vec<u8> {
        let mut block = Vec::new();
        let fields =
            first.iter().chain(fields.iter().filter(|(name, _)| !matches!(*name, "connection" | "host")));
        fields.for_each(|(name, text)| self.field(name, text, number, &mut block));
        block
    }
}

fn frame(kind: u8, flags: u8, stream: usize, payload: &[u8]) -> Vec<u8> {
    let (length, stream) = ((payload.len() as u32).to_be_bytes(), (stream as u32).to_be_bytes());
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

fn http2(number: usize, encoders: &mut [Encoder; 2]) -> [Vec<u8>; 2] {
    let (path, stream) = (format!("/item/{number}!"), 2 * number + 1);
    let pseudo =
        [(":method", "GET"), (":scheme", "http"), (":authority", "shop.example"), (":path", path.as_str())];
    let mut request = frame(1, 5, stream, &encoders[0].block(&pseudo, REQUEST, number));
    let head = encoders[1].block(&[(":status", "200")], RESPONSE, number);
    let body = vec![b'x'; BODY / 2];
    let response =
        [frame(1, 4, stream, &head), frame(0, 0, stream, &body), frame(0, 1, stream, &body)].concat();
    if number == 0 {
        request = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(4, 0, 0, &[])[..], &request].concat();
        return [request, [frame(4, 0, 0, &[]), response].concat()];
    }
    [request, response]
}

fn say(conversation: &mut HttpConversation, from: Side, offset: &mut u64, bytes: &[u8], frame: &mut u64) {
    for segment in bytes.chunks(SEGMENT) {
        *frame += 1;
        let at = Arrival {
            time: Time(i64::try_from(*frame).unwrap_or(0) * 1_000_000),
            packet: PacketId::new(0, *frame),
        };
        conversation.bytes(&mut (), from, *offset, segment, at);
        *offset += segment.len() as u64;
        conversation.acknowledged(&mut (), from, *offset, at);
    }
}

/// Reads exchanges, a thousand a connection; how many were read.
fn read(exchanges: usize, all: &[[Vec<u8>; 2]]) -> usize {
    let mut read = 0;
    for _ in 0..exchanges / OF_CONNECTION {
        let (mut conversation, mut offsets, mut frame) = (HttpConversation::new(true), [0, 0], 0);
        for [request, response] in all {
            say(&mut conversation, Side::Client, &mut offsets[0], request, &mut frame);
            say(&mut conversation, Side::Server, &mut offsets[1], response, &mut frame);
            while conversation.next_finished().is_some() {
                read += 1;
            }
        }
        let at = Arrival { time: Time(0), packet: PacketId::new(0, frame) };
        conversation.end(&mut (), Side::Server, offsets[1], End::Fin, at);
        conversation.end(&mut (), Side::Client, offsets[0], End::Fin, at);
        read += conversation.finish().0.len();
    }
    read
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let exchanges = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(250_000);
    let mut encoders = [Encoder { added: Vec::new() }, Encoder { added: Vec::new() }];
    let first: Vec<[Vec<u8>; 2]> = (0..OF_CONNECTION).map(http1).collect();
    let second: Vec<[Vec<u8>; 2]> = (0..OF_CONNECTION).map(|number| http2(number, &mut encoders)).collect();
    let read = match words.first().map(String::as_str) {
        Some("http1") => read(exchanges, &first),
        Some("http2") => read(exchanges, &second),
        Some("build") => return ExitCode::SUCCESS,
        _ => {
            println!("usage: http2_frames http1|http2|build [EXCHANGES]");
            return ExitCode::from(2);
        }
    };
    println!("{read} exchanges");
    if read == exchanges / OF_CONNECTION * OF_CONNECTION { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
