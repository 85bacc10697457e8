//! Causes that lie in the streams of HTTP/2, spoken in the clear.

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Incident, incident};
use super::request::Request;
use super::support::http2::{
    CANCEL, END_HEADERS, END_STREAM, GOAWAY, HEADERS, INTERNAL_ERROR, PREFACE, PROTOCOL_ERROR, RST_STREAM,
    SETTINGS, frame,
};
use super::{Decoy, Trial, tls};

/// A message without a body on stream 1.
fn message(fields: &[(&str, &str)]) -> Vec<u8> {
    message_on(1, fields)
}

/// A message without a body: literal fields that are not added to the table.
fn message_on(stream: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    let field = |(name, value): &(&str, &str)| {
        [&[0, name.len() as u8], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
    };
    let block: Vec<u8> = fields.iter().flat_map(field).collect();
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &block)
}

/// An answer of so many fields.
fn of_fields(count: usize) -> Vec<u8> {
    let fields: Vec<_> =
        std::iter::once((":status", "200")).chain((1..count).map(|_| ("set-cookie", "a=b"))).collect();
    message(&fields)
}

fn rst_stream(code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, 1, &code.to_be_bytes())
}

fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

/// What the edge asks, on stream 1.
fn request(r: &Request) -> Vec<u8> {
    request_on(1, r)
}

fn request_on(stream: u32, r: &Request) -> Vec<u8> {
    message_on(
        stream,
        &[
            (":method", "GET"),
            (":scheme", "http"),
            (":path", r.asked()),
            (":authority", "shop.example"),
            ("cf-ray", &format!("{}-FRA", r.ray())),
        ],
    )
}

/// The edge asks over a new connection of HTTP/2, and the story goes on from there.
fn over_http2(r: Request, told: impl FnOnce(Conversation) -> Conversation) -> Request {
    let request = request(&r);
    let (settings, asked) = (frame(SETTINGS, 0, 0, &[]), [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat());
    r.connection(|c| {
        told(c.opens().says(Edge, &asked).says(Origin, &settings).says(Edge, &request).takes(Origin))
    })
}

fn goes_well(r: Request) -> Request {
    over_http2(r.edge(200, 200).access(200), |c| c.says(Origin, &message(&[(":status", "200")])).ends(Edge))
}

/// An incident of HTTP/2 in which the story goes on like this, and the edge says so.
fn failing(edge: u16, origin: u16, told: fn(Conversation) -> Conversation) -> Incident {
    incident().others(40, goes_well).failing(6, |r| over_http2(r.edge(edge, origin), told))
}

/// The edge speaks HTTP/2 to a server that does not.
fn answered_in_http1(r: Request) -> Request {
    let asked = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &request(&r)].concat();
    let refusal = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    r.edge(520, 0)
        .connection(|c| c.opens().says(Edge, &asked).takes(Origin).says(Origin, refusal).ends(Origin))
}

/// The server's first frame waits for a client that speaks HTTP/1.
fn answers_http1(r: Request) -> Request {
    let settings = frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]);
    r.edge(520, 0).connection(|c| c.opens().says(Origin, &settings).asks().takes(Origin).ends(Edge))
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "alpn-mismatch",
        sign: "http2-answers-http1",
        at_work: || incident().healthy(40).failing(6, answers_http1),
        decoys: &[Decoy {
            mark: "other bytes that are no HTTP/1",
            named: Some("invalid-status-line"),
            told: || {
                let other = |r: Request| {
                    r.edge(520, 0).connection(|c| {
                        c.opens().asks().says(Origin, b"\0\0\x06\x05\0\0\0\0\0 no frame\r\n\r\n").ends(Edge)
                    })
                };
                incident().healthy(40).failing(6, other)
            },
        }],
    },
    Trial {
        slug: "response-header-too-large",
        sign: "response-head-too-large",
        at_work: || failing(520, 200, |c| c.says(Origin, &of_fields(300)).ends(Edge)),
        decoys: &[Decoy {
            mark: "the same status, where the origin resets the stream",
            named: Some("http2-protocol-error"),
            told: || failing(520, 0, |c| c.wait(20).says(Origin, &rst_stream(INTERNAL_ERROR)).ends(Edge)),
        }],
    },
    Trial {
        slug: "http2-protocol-error",
        sign: "stream-error-of-origin",
        at_work: || failing(520, 0, |c| c.wait(20).says(Origin, &rst_stream(INTERNAL_ERROR)).ends(Edge)),
        decoys: &[
            Decoy {
                mark: "an origin that answers 503 over HTTP/2",
                named: Some("origin-error-status"),
                told: || failing(503, 503, |c| c.says(Origin, &message(&[(":status", "503")])).ends(Edge)),
            },
            Decoy {
                mark: "an origin that answers HTTP/2 in HTTP/1.1",
                named: Some("alpn-mismatch"),
                told: || incident().others(40, goes_well).failing(6, answered_in_http1),
            },
            Decoy {
                mark: "connections that agreed on HTTP/2 and end inside of TLS",
                named: Some("empty-response"),
                told: tls::http2_ended,
            },
        ],
    },
    Trial {
        slug: "http2-protocol-error",
        sign: "stream-error-of-origin",
        at_work: || failing(520, 0, |c| c.says(Origin, &goaway(0, PROTOCOL_ERROR)).ends(Origin)),
        decoys: &[Decoy {
            mark: "a stream that the edge cancels after its time, with the answer still due",
            named: Some("slow-response"),
            told: || failing(524, 0, |c| c.wait(125_000).says(Edge, &rst_stream(CANCEL)).takes(Origin)),
        }],
    },
    Trial {
        slug: "http2-protocol-error",
        sign: "http2-rule-broken",
        at_work: || {
            failing(520, 0, |c| {
                let forbidden = message(&[(":status", "200"), ("upgrade", "h2,h2c")]);
                c.says(Origin, &forbidden).says(Edge, &rst_stream(PROTOCOL_ERROR)).ends(Edge)
            })
        },
        decoys: &[Decoy {
            mark: "an application that ends within the answer, so that its stream is cut",
            named: Some("truncated-response"),
            told: || {
                failing(520, 200, |c| {
                    let mut begun = message(&[(":status", "200"), ("content-length", "5000")]);
                    begun[4] = 4;
                    c.says(Origin, &begun).says(Origin, &frame(0, 0, 1, b"half of it")).ends(Origin)
                })
            },
        }],
    },
];

/// A proxy that has lost its application in the middle of an answer ends the stream in order: the length alone tells, and its line why.
#[test]
fn a_stream_that_ends_short_of_its_length_is_an_answer_cut_short() {
    const CLOSED: &str = "upstream prematurely closed connection while reading upstream";
    let answers = |length: &'static str, c: Conversation| {
        let mut begun = message(&[(":status", "200"), ("content-length", length)]);
        begun[4] = END_HEADERS;
        c.says(Origin, &begun).says(Origin, &frame(0, END_STREAM, 1, b"half of it"))
    };
    let refused = |length: &'static str| {
        failing_with(move |c| answers(length, c).says(Edge, &rst_stream(PROTOCOL_ERROR)).ends(Edge), None)
    };
    let left = |line| failing_with(move |c| answers("5000", c).ends(Edge), line);
    let named = |slug: &str| [Some(slug.to_owned())];
    assert_eq!(refused("5000").named(), named("truncated-response"));
    assert_eq!(left(None).named(), named("truncated-response"));
    assert_eq!(left(Some(CLOSED)).named(), named("upstream-closed-early"));
    let longer = refused("3").named();
    assert!(!longer.contains(&Some("truncated-response".to_owned())), "more than was announced: {longer:?}");
}

/// Otherwise a server that breaks its streams off in HTTP/2's own words is told as one that stops in the middle.
#[test]
fn a_stream_that_the_origin_resets_in_the_middle_is_broken_off_in_http2() {
    let reset = |c: Conversation| {
        let mut begun = message(&[(":status", "200"), ("content-length", "5000")]);
        begun[4] = END_HEADERS;
        let c = c.says(Origin, &begun).says(Origin, &frame(0, 0, 1, b"half of it"));
        c.says(Origin, &rst_stream(INTERNAL_ERROR)).ends(Edge)
    };
    assert_eq!(failing_with(reset, None).named(), [Some("http2-protocol-error".to_owned())]);
}

/// The edge cannot use what comes like this; of each such request nginx says so much.
fn failing_with(told: impl Fn(Conversation) -> Conversation + Copy, line: Option<&'static str>) -> Incident {
    incident().others(40, goes_well).failing(6, move |r| {
        let r = line.into_iter().fold(r.edge(520, 200).access(200), |r, line| r.nginx("[error]", line));
        over_http2(r, told)
    })
}

/// Otherwise an answer among bytes that the capture lacks is told as an application that is too slow, as soon as the edge closes the connection.
#[test]
fn an_edge_that_closes_behind_an_answer_that_was_not_captured_did_not_give_up() {
    let gave_up = |told: fn(Conversation) -> Conversation| {
        let judged = failing(500, 500, told).judged();
        judged.iter().filter(|case| case.seen.contains(&"edge-gave-up")).count()
    };
    assert_eq!(gave_up(|c| c.wait(4_000).ends(Edge)), 6, "the server says nothing");
    let is_lost =
        |c: Conversation| c.wait(40).loses(Origin, &message(&[(":status", "500")])).wait(4_000).ends(Edge);
    assert_eq!(gave_up(is_lost), 0);
}

/// Otherwise a race on a connection of which the capture lacks what was asked before is told as a fault of the origin's HTTP/2.
#[test]
fn a_stream_that_the_server_says_it_took_was_asked_before_on_its_connection() {
    let refused = |last: u32| {
        let told = incident().others(40, goes_well).failing(6, |r| {
            let r = r.edge(520, 0);
            let asked = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
            let later = request_on(3, &r);
            r.connection(|c| {
                let c = c.opens().says(Edge, &asked).says(Origin, &frame(SETTINGS, 0, 0, &[])).wait(2_000);
                c.says(Origin, &goaway(last, 0)).closes(Origin).says(Edge, &later).resets(Origin)
            })
        });
        let judged = told.judged();
        let again = judged.iter().filter(|case| case.seen.contains(&"connection-used-again")).count();
        (again, judged.len())
    };
    assert_eq!(refused(1), (6, 6));
    assert_eq!(refused(0), (0, 6), "it took none");
}
