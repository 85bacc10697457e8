//! Writes the two logs of one incident to measure with, the same bytes for the same arguments: the edge's (Logpush, NDJSON) and the
//! origin's (nginx: combined, then request time, CF-RAY and host), in which most requests went well.
//!
//! `log_lines FOLDER LINES FAILING_PER_MILLE [one-address]`; prints what the logs hold as one JSON object. With `one-address` all requests
//! come to the origin from one address, as from a balancer, and its log has no rays. Needs nothing but the standard library:
//! `benches/logs` compiles it with rustc alone.

#[path = "../generate/random.rs"]
#[expect(dead_code, reason = "captures need more of it")]
mod random;

use std::fs::File;
use std::io::{self, BufWriter, Write};

use random::Random;

/// 2026-11-17T08:00:00Z.
const START: u64 = 1_794_902_400;
/// Requests in a second.
const RATE: u64 = 400;
const PATHS: [&str; 6] =
    ["/", "/cart", "/api/items", "/images/products/large", "/search", "/account/orders/history"];
const COLOS: [(&str, &str); 4] = [("FRA", "de"), ("AMS", "nl"), ("LHR", "gb"), ("IAD", "us")];
const EDGE: [&str; 4] = ["172.68.10", "172.70.1", "162.158.88", "141.101.76"];
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];

/// A request, as both logs tell of it.
struct Request {
    ray: u64,
    /// Microseconds since 1970.
    start: u64,
    duration: u64,
    target: String,
    method: &'static str,
    status: u16,
    bytes: u64,
    colo: (&'static str, &'static str),
    edge: String,
    visitor: String,
    agent: &'static str,
    fails: bool,
}

impl Request {
    fn draw(random: &mut Random, number: u64, failing_per_mille: u64) -> Request {
        let path = random.pick(&PATHS);
        let fails = random.between(0, 1000) < failing_per_mille;
        let status = match random.between(0, 40) {
            0 => 404,
            1 => 301,
            2..=5 => 304,
            _ => 200,
        };
        Request {
            ray: 0x9c1f_0000_0000_0000 | random.next() >> 16,
            start: START * 1_000_000 + number * 1_000_000 / RATE,
            duration: random.spread(1_000, 500_000),
            target: format!("{path}?id={}&session={:012x}", random.between(1, 100_000), random.next() >> 16),
            method: if random.one_in(8) { "POST" } else { "GET" },
            status: if fails { 502 } else { status },
            bytes: random.spread(200, 100_000),
            colo: random.pick(&COLOS),
            edge: format!("{}.{}", random.pick(&EDGE), random.between(1, 250)),
            visitor: format!("198.51.{}.{}", random.between(0, 200), random.between(1, 250)),
            agent: random.pick(&AGENTS),
            fails,
        }
    }

    /// Its record in the edge's log: fields of the http_requests data set, by their names.
    fn at_edge(&self, to: &mut impl Write) -> io::Result<()> {
        let (colo, country) = self.colo;
        let (start, end) = (self.start * 1000, (self.start + self.duration) * 1000);
        writeln!(
            to,
            "{{\"CacheCacheStatus\":\"dynamic\",\"ClientCountry\":\"{country}\",\"ClientIP\":\"{}\",\"ClientRequestBytes\":{},\
             \"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"{}\",\"ClientRequestSource\":\"eyeball\",\"ClientRequestURI\":\"{}\",\
             \"ClientRequestUserAgent\":\"{}\",\"EdgeColoCode\":\"{colo}\",\"EdgeEndTimestamp\":{end},\"EdgeResponseBytes\":{},\
             \"EdgeResponseStatus\":{},\"EdgeServerIP\":\"{}\",\"EdgeStartTimestamp\":{start},\
             \"OriginResponseDurationMs\":{},\"OriginResponseStatus\":{},\"OriginTCPHandshakeDurationMs\":0,\"RayID\":\"{:016x}\",\
             \"SecurityAction\":\"\"}}",
            self.visitor,
            800 + self.ray % 700,
            self.method,
            self.target,
            self.agent,
            self.bytes,
            self.status,
            self.edge,
            self.duration / 1000,
            self.status,
            self.ray,
        )
    }

    /// Its line in the origin's log, written when it was over.
    fn at_origin(&self, to: &mut impl Write, one_address: bool) -> io::Result<()> {
        let end = self.start + self.duration;
        let second = end / 1_000_000 - START;
        let (day, clock) = (17 + second / 86_400, second % 86_400);
        let address = if one_address { "10.0.0.2" } else { &self.edge };
        write!(
            to,
            "{address} - - [{day:02}/Nov/2026:{:02}:{:02}:{:02} +0000] \"{} {} HTTP/1.1\" {} {} \"https://shop.example/\" \"{}\" {}.{:03}",
            8 + clock / 3600,
            clock / 60 % 60,
            clock % 60,
            self.method,
            self.target,
            self.status,
            self.bytes,
            self.agent,
            self.duration / 1_000_000,
            self.duration / 1000 % 1000,
        )?;
        if !one_address {
            write!(to, " \"{:016x}-{}\"", self.ray, self.colo.0)?;
        }
        writeln!(to, " shop.example")
    }
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, lines, failing, rest @ ..] = arguments.as_slice() else {
        return Err(io::Error::other("log_lines FOLDER LINES FAILING_PER_MILLE [one-address]"));
    };
    let number = |text: &String| text.parse::<u64>().map_err(io::Error::other);
    let (lines, failing_per_mille) = (number(lines)?, number(failing)?);
    let one_address = rest.iter().any(|word| word == "one-address");
    let mut edge = BufWriter::with_capacity(1 << 20, File::create(format!("{folder}/logpush.ndjson"))?);
    let mut origin = BufWriter::with_capacity(1 << 20, File::create(format!("{folder}/access.log"))?);
    let mut random = Random::new(8);
    let mut failing = 0u64;
    for number in 0..lines {
        let request = Request::draw(&mut random, number, failing_per_mille);
        request.at_edge(&mut edge)?;
        request.at_origin(&mut origin, one_address)?;
        failing += u64::from(request.fails);
    }
    edge.flush()?;
    origin.flush()?;
    println!("{{\"lines\": {lines}, \"failing\": {failing}}}");
    Ok(())
}
