//! Conversations between an edge and an origin: what is sent and when, before it is cut into packets.

use std::fmt::{self, Debug, Formatter};
use std::net::Ipv4Addr;
use std::ops::Range;

use proptest::prelude::*;

/// Addresses of the edge, in three of its published ranges.
const EDGES: [Ipv4Addr; 4] = [
    Ipv4Addr::new(162, 158, 84, 5),
    Ipv4Addr::new(162, 158, 166, 40),
    Ipv4Addr::new(172, 68, 10, 9),
    Ipv4Addr::new(104, 22, 56, 201),
];
/// 2026-11-17T08:00:00Z in microseconds.
const BEGIN: i64 = 1_794_902_400_000_000;
/// Between what one side says and what the other says to it.
const ANSWERED_AFTER: i64 = 30_000;
/// From what is said to its acknowledgement.
const ACKNOWLEDGED_AFTER: i64 = 1_000;
const BETWEEN_EXCHANGES: i64 = 400_000;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Edge,
    Origin,
}

impl From {
    /// Who listens.
    pub fn other(self) -> From {
        if self == From::Edge { From::Origin } else { From::Edge }
    }
}

/// What one side does at an instant.
#[derive(Clone)]
pub enum Act {
    Syn,
    SynAck,
    Acknowledge,
    /// Bytes, none where it only closes, and whether it closes behind them.
    Say {
        bytes: Vec<u8>,
        close: bool,
    },
    Reset,
}

/// One act, in microseconds.
#[derive(Clone)]
pub struct Event {
    pub at: i64,
    pub from: From,
    pub act: Act,
}

/// A connection to the origin's port 80.
#[derive(Clone, Debug)]
pub struct Connection {
    pub edge: (Ipv4Addr, u16),
    pub events: Vec<Event>,
}

impl Debug for Event {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let word = match &self.act {
            Act::Syn => "SYN".to_owned(),
            Act::SynAck => "SYN/ACK".to_owned(),
            Act::Acknowledge => "ACK".to_owned(),
            Act::Say { bytes, close } => {
                format!("{} bytes{}", bytes.len(), if *close { ", FIN" } else { "" })
            }
            Act::Reset => "RST".to_owned(),
        };
        write!(out, "{} {:?} {word}", self.at - BEGIN, self.from)
    }
}

/// How the origin answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Page(u16),
    Chunks(u16),
    NotFound,
    Unavailable,
    // The answers from here on end the connection.
    NulInHeader,
    ConflictingLength,
    BareLf,
    BadChunk,
    NoStatusLine,
    Overrun,
    CutInHead,
    CutInBody,
    ResetInBody,
    Nothing,
    Reset,
    /// The origin had closed the connection before the request came.
    ClosedBefore,
}

impl Answer {
    fn any() -> impl Strategy<Value = Answer> {
        use Answer::*;
        let good = prop_oneof![
            (0u16..4000).prop_map(Page),
            (1u16..3000).prop_map(Chunks),
            Just(NotFound),
            Just(Unavailable),
        ];
        let last = prop::sample::select(vec![
            NulInHeader,
            ConflictingLength,
            BareLf,
            BadChunk,
            NoStatusLine,
            Overrun,
            CutInHead,
            CutInBody,
            ResetInBody,
            Nothing,
            Reset,
            ClosedBefore,
        ]);
        prop_oneof![good, last]
    }

    fn bytes(self) -> Vec<u8> {
        let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nServer: shop\r\n{more}\r\n");
        let of_length = |status: &str, announced: usize, sent: usize| {
            let more = format!("Content-Type: text/html\r\nContent-Length: {announced}\r\n");
            let mut bytes = head(status, &more).into_bytes();
            bytes.extend((0..sent).map(|at| b'a' + (at % 23) as u8));
            bytes
        };
        let chunks = |size: u16, wrong: &str| {
            let (one, chunk) = (usize::from(size), "x".repeat(usize::from(size)));
            let body = format!("{one:x}\r\n{chunk}\r\n{wrong}5\r\nhello\r\n0\r\n\r\n");
            (head("200 OK", "Transfer-Encoding: chunked\r\n") + &body).into_bytes()
        };
        match self {
            Answer::Page(size) => of_length("200 OK", size.into(), size.into()),
            Answer::Chunks(size) => chunks(size, ""),
            Answer::NotFound => of_length("404 Not Found", 300, 300),
            Answer::Unavailable => of_length("503 Service Unavailable", 90, 90),
            Answer::NulInHeader => head("200 OK", "X-Offer: 10\0 percent\r\nContent-Length: 0\r\n").into(),
            Answer::ConflictingLength => head("200 OK", "Content-Length: 3\r\nContent-Length: 4\r\n").into(),
            Answer::BareLf => b"HTTP/1.1 200 OK\nServer: shop\nContent-Length: 2\n\nok".to_vec(),
            Answer::BadChunk => chunks(40, "zz\r\n"),
            Answer::NoStatusLine => b"<html>Fatal error in shop.php</html>".to_vec(),
            Answer::Overrun => of_length("200 OK", 100, 130),
            Answer::CutInHead => b"HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Le".to_vec(),
            Answer::CutInBody | Answer::ResetInBody => of_length("200 OK", 5_000, 2_100),
            Answer::Nothing | Answer::Reset | Answer::ClosedBefore => Vec::new(),
        }
    }

    fn ends_the_connection(self) -> bool {
        !matches!(self, Answer::Page(_) | Answer::Chunks(_) | Answer::NotFound | Answer::Unavailable)
    }
}

/// A request, its answer, and whether the edge tries it again on a new connection.
#[derive(Clone, Debug)]
struct Exchange {
    post: Option<u16>,
    cookie: u16,
    answer: Answer,
    tried_again: bool,
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let post = prop::option::weighted(0.3, 1u16..2500);
    (post, 0u16..1500, Answer::any(), any::<bool>())
        .prop_map(|(post, cookie, answer, tried_again)| Exchange { post, cookie, answer, tried_again })
}

/// How a connection begins.
#[derive(Clone, Debug)]
enum Opening {
    Established(Vec<Exchange>),
    Refused,
    Unanswered,
}

/// Healthy connections beside those that are drawn at random: among so many segments a few repeated ones do not count as loss.
pub const GROUND: usize = 60;

/// So many connections that overlap in time, among healthy ones.
pub fn conversations(drawn: Range<usize>, ground: usize) -> impl Strategy<Value = Vec<Connection>> {
    let opening = prop_oneof![
        8 => prop::collection::vec(exchange(), 1..4).prop_map(Opening::Established),
        1 => Just(Opening::Refused),
        1 => Just(Opening::Unanswered),
    ];
    prop::collection::vec((0..EDGES.len(), opening), drawn).prop_map(move |openings| {
        let mut told = Teller::default();
        let healthy = Exchange { post: None, cookie: 40, answer: Answer::Page(120), tried_again: false };
        let healthy = Opening::Established(vec![healthy]);
        for (number, (edge, opening)) in openings.iter().enumerate() {
            let share = ground * (number + 1) / openings.len() - ground * number / openings.len();
            (0..share).for_each(|turn| told.connection(turn % EDGES.len(), &healthy));
            told.connection(*edge, opening);
        }
        told.connections
    })
}

#[derive(Default)]
struct Teller {
    connections: Vec<Connection>,
    rays: u64,
    /// What stands before the next request.
    header: Vec<u8>,
}

impl Teller {
    fn connection(&mut self, edge: usize, opening: &Opening) {
        let number = self.connections.len();
        // They overlap, and two connections seldom act at the same instant.
        let mut connection = Connection { edge: (EDGES[edge], 20_000 + number as u16), events: Vec::new() };
        let mut at = BEGIN + number as i64 * 150_007;
        self.connections.push(connection.clone());
        match opening {
            Opening::Refused => {
                connection.act(at, From::Edge, Act::Syn);
                connection.act(at + ACKNOWLEDGED_AFTER, From::Origin, Act::Reset);
            }
            Opening::Unanswered => {
                for seconds in [0, 1, 3, 7] {
                    connection.act(at + seconds * 1_000_000, From::Edge, Act::Syn);
                }
            }
            Opening::Established(exchanges) => {
                connection.act(at, From::Edge, Act::Syn);
                connection.act(at + 10, From::Origin, Act::SynAck);
                connection.act(at + ANSWERED_AFTER, From::Edge, Act::Acknowledge);
                at += ANSWERED_AFTER + 100;
                let mut over = false;
                self.header = balancers_header(number);
                for exchange in exchanges {
                    at = self.exchange(&mut connection, exchange, at);
                    over = exchange.answer.ends_the_connection();
                    if over {
                        break;
                    }
                }
                if !over {
                    connection.close(at, From::Edge);
                }
            }
        }
        self.connections[number] = connection;
    }

    /// Gives the time of the next exchange.
    fn exchange(&mut self, connection: &mut Connection, exchange: &Exchange, mut at: i64) -> i64 {
        self.rays += 1;
        let request = [std::mem::take(&mut self.header), request(self.rays, exchange)].concat();
        let answer = exchange.answer;
        if answer == Answer::ClosedBefore {
            connection.act(at, From::Origin, Act::Say { bytes: Vec::new(), close: true });
            at += ANSWERED_AFTER / 3;
            connection.act(at, From::Edge, Act::Say { bytes: request.clone(), close: false });
            connection.act(at + 20, From::Origin, Act::Reset);
        } else {
            connection.act(at, From::Edge, Act::Say { bytes: request.clone(), close: false });
            connection.act(at + ACKNOWLEDGED_AFTER, From::Origin, Act::Acknowledge);
            at += ANSWERED_AFTER;
            let close =
                answer.ends_the_connection() && !matches!(answer, Answer::Reset | Answer::ResetInBody);
            let bytes = answer.bytes();
            if close || !bytes.is_empty() {
                connection.act(at, From::Origin, Act::Say { bytes, close });
                connection.act(at + ACKNOWLEDGED_AFTER, From::Edge, Act::Acknowledge);
            }
            at += 2 * ACKNOWLEDGED_AFTER;
            if matches!(answer, Answer::Reset | Answer::ResetInBody) {
                connection.act(at, From::Origin, Act::Reset);
            } else if close {
                connection.act(at, From::Edge, Act::Say { bytes: Vec::new(), close: true });
                connection.act(at + ACKNOWLEDGED_AFTER, From::Origin, Act::Acknowledge);
            }
        }
        if exchange.tried_again && matches!(answer, Answer::Nothing | Answer::Reset | Answer::ClosedBefore) {
            self.try_again(connection.edge.0, &request, at + ANSWERED_AFTER);
        }
        at + BETWEEN_EXCHANGES
    }

    fn try_again(&mut self, edge: Ipv4Addr, request: &[u8], mut at: i64) {
        let port = 40_000 + self.connections.len() as u16;
        let mut connection = Connection { edge: (edge, port), events: Vec::new() };
        connection.act(at, From::Edge, Act::Syn);
        connection.act(at + 10, From::Origin, Act::SynAck);
        connection.act(at + ANSWERED_AFTER, From::Edge, Act::Acknowledge);
        at += ANSWERED_AFTER + 100;
        connection.act(at, From::Edge, Act::Say { bytes: request.to_vec(), close: false });
        connection.act(at + ACKNOWLEDGED_AFTER, From::Origin, Act::Acknowledge);
        at += ANSWERED_AFTER;
        connection.act(at, From::Origin, Act::Say { bytes: Answer::Page(80).bytes(), close: false });
        connection.act(at + ACKNOWLEDGED_AFTER, From::Edge, Act::Acknowledge);
        connection.close(at + BETWEEN_EXCHANGES, From::Edge);
        self.connections.push(connection);
    }
}

impl Connection {
    fn act(&mut self, at: i64, from: From, act: Act) {
        self.events.push(Event { at, from, act });
    }

    fn close(&mut self, at: i64, first: From) {
        self.act(at, first, Act::Say { bytes: Vec::new(), close: true });
        self.act(at + ANSWERED_AFTER, first.other(), Act::Say { bytes: Vec::new(), close: true });
        self.act(at + ANSWERED_AFTER + 10, first, Act::Acknowledge);
    }
}

/// What a balancer writes in front of a connection that it forwards: some do, in either version of the PROXY protocol.
fn balancers_header(connection: usize) -> Vec<u8> {
    match connection % 5 {
        1 => b"PROXY TCP4 198.51.100.7 192.0.2.80 51514 80\r\n".to_vec(),
        3 => b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\xc0\0\x02\x50\xc9\x3a\0\x50".to_vec(),
        _ => Vec::new(),
    }
}

/// The ray of a request by its number, from 1.
pub fn ray(number: u64) -> String {
    format!("{:016x}", 0x9f00_0000_0000_0000 + number * 7_919)
}

fn request(ray: u64, exchange: &Exchange) -> Vec<u8> {
    let method = if exchange.post.is_some() { "POST" } else { "GET" };
    let mut head = format!(
        "{method} /product/{ray}?page=1 HTTP/1.1\r\nHost: shop.example\r\nConnection: Keep-Alive\r\n\
         CF-Ray: {}-FRA\r\nCF-Connecting-IP: 198.51.100.7\r\nCookie: sid={}\r\n",
        self::ray(ray),
        "c".repeat(exchange.cookie.into()),
    );
    let body = "b".repeat(exchange.post.unwrap_or(0).into());
    if exchange.post.is_some() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    (head + "\r\n" + &body).into_bytes()
}
