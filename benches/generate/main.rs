//! Writes a capture to measure with, the same bytes for the same size and seed: many connections at once from Cloudflare's ranges to
//! one origin, kept alive, with loss and reordering, a quarter of them encrypted, and some failures among the requests.
//!
//! `generate FILE BYTES [SEED]`; prints what the capture holds as one JSON object. Needs nothing but the standard library:
//! `benches/run` compiles it with rustc alone.

mod connection;
mod http;
mod packet;
mod random;
mod tls;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use connection::Connection;
use http::Fault;
use random::Random;

/// 2026-11-17T08:00:00Z.
const START: u64 = 1_794_902_400;
/// Connections open at once.
const AT_ONCE: usize = 256;
/// One request of so many fails.
const FAULT_ONE_IN: u64 = 400;
/// The origin closes a connection that was idle so long, in microseconds.
const IDLE_TIMEOUT: u64 = 65_000_000;
/// Blocks of 64 × 256 addresses from which the edge asks (https://www.cloudflare.com/ips-v4).
const EDGE: [[u8; 3]; 5] = [[172, 68, 0], [172, 70, 0], [162, 158, 0], [141, 101, 64], [108, 162, 192]];

/// A connection and what is still to happen on it.
struct Talk {
    connection: Connection,
    encrypted: bool,
    requests_left: u64,
    over: bool,
}

/// What the capture holds.
#[derive(Default)]
struct Truth {
    packets: u64,
    bytes: u64,
    connections: u64,
    encrypted: u64,
    requests: u64,
    /// Of these, those whose bytes can be read.
    in_the_clear: u64,
    faults: [u64; 3],
}

struct Generator {
    random: Random,
    pool: Vec<u8>,
    truth: Truth,
}

impl Generator {
    fn open(&mut self, now: u64) -> Talk {
        let random = &mut self.random;
        let encrypted = random.one_in(4);
        let port = if encrypted { 443 } else { 80 };
        let [a, b, c] = random.pick(&EDGE);
        let (c, d, edge_port) = (
            u64::from(c) + random.between(0, 64),
            random.between(1, 255),
            random.between(10_000, 65_000) as u16,
        );
        let (edge, origin): (IpAddr, IpAddr) = if random.one_in(8) {
            let edge = Ipv6Addr::new(0x2400, 0xcb00, 0x0017, 0x0400, 0, 0, c as u16, d as u16);
            (edge.into(), Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0x10).into())
        } else {
            (Ipv4Addr::new(a, b, c as u8, d as u8).into(), Ipv4Addr::new(203, 0, 113, 10).into())
        };
        let (edge, origin) = (SocketAddr::new(edge, edge_port), SocketAddr::new(origin, port));
        let mut connection = Connection::open(edge, origin, now, random);
        self.truth.connections += 1;
        if encrypted {
            self.truth.encrypted += 1;
            connection.wait(50);
            connection.send(true, &tls::client_hello(random), random);
            connection.wait(900);
            connection.send(false, &tls::server_flight(random, &self.pool), random);
            connection.wait(50);
            connection.send(true, &tls::client_finished(&self.pool), random);
        }
        let requests_left = random.spread(1, 24);
        Talk { connection, encrypted, requests_left, over: false }
    }

    /// The next thing on a connection whose segments are all written; `closing` once the file is large enough.
    fn go_on(&mut self, talk: &mut Talk, closing: bool) {
        let Generator { random, pool, truth } = self;
        let connection = &mut talk.connection;
        if closing || talk.requests_left == 0 {
            // Half of the connections wait for the origin to close them.
            let by_edge = closing || random.one_in(2);
            connection.wait(if by_edge { 1_000_000 } else { IDLE_TIMEOUT });
            connection.close(by_edge);
            talk.over = true;
            return;
        }
        talk.requests_left -= 1;
        connection.wait(random.spread(2_000, 4_000_000));
        truth.requests += 1;
        truth.in_the_clear += u64::from(!talk.encrypted);
        if talk.encrypted {
            let length = random.between(600, 1800) as usize;
            connection.send(true, &tls::application_data(&pool[..length]), random);
            connection.wait(random.between(3_000, 60_000));
            let response = tls::application_data(&http::response(random, pool));
            connection.send(false, &response, random);
        } else if random.one_in(FAULT_ONE_IN) {
            let fault =
                random.pick(&[Fault::KeepaliveRace, Fault::ResetBeforeResponse, Fault::TruncatedResponse]);
            truth.faults[fault as usize] += 1;
            // A race needs a request before it.
            truth.requests += u64::from(fault == Fault::KeepaliveRace);
            truth.in_the_clear += u64::from(fault == Fault::KeepaliveRace);
            fail(connection, fault, random, pool);
            talk.over = true;
        } else {
            let with_body = random.one_in(8);
            connection.send(true, &http::request(random, with_body), random);
            connection.wait(random.between(3_000, 60_000));
            connection.send(false, &http::response(random, pool), random);
        }
    }
}

fn fail(connection: &mut Connection, fault: Fault, random: &mut Random, pool: &[u8]) {
    let mut request = http::request(random, true);
    match fault {
        Fault::KeepaliveRace => {
            // It crosses in one segment; and the connection has been used, or its age would be no idle age.
            connection.send(true, &request, random);
            connection.wait(20_000);
            connection.send(false, &http::response(random, pool), random);
            connection.wait(IDLE_TIMEOUT);
            request = http::request(random, false);
            request.splice(..3, *b"PUT");
            connection.race(&request);
        }
        Fault::ResetBeforeResponse => {
            connection.send(true, &request, random);
            connection.wait(150_000);
            connection.reset();
        }
        Fault::TruncatedResponse => {
            connection.send(true, &request, random);
            connection.wait(20_000);
            connection.send(false, &http::truncated(random, pool), random);
            connection.close(false);
        }
    }
}

fn generate(path: &str, bytes: u64, seed: u64) -> io::Result<Truth> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut random = Random::new(seed);
    let pool = random.bytes(1 << 20);
    let mut generator = Generator { random, pool, truth: Truth::default() };
    let header = packet::file_header();
    out.write_all(&header)?;
    generator.truth.bytes = header.len() as u64;
    let mut talks: Vec<Talk> = Vec::new();
    let mut due = BinaryHeap::new();
    for index in 0..AT_ONCE {
        talks.push(generator.open(index as u64 * 7_001));
        due.push(Reverse((talks[index].connection.queue[0].time, index)));
    }
    let mut record = Vec::new();
    while let Some(Reverse((time, index))) = due.pop() {
        let closing = generator.truth.bytes >= bytes;
        let talk = &mut talks[index];
        let Some(segment) = talk.connection.queue.pop_front() else { continue };
        record.clear();
        let number = generator.truth.packets as u16;
        packet::record(&mut record, &segment, talk.connection.edge, talk.connection.origin, START, number);
        out.write_all(&record)?;
        generator.truth.packets += 1;
        generator.truth.bytes += record.len() as u64;
        if talk.connection.queue.is_empty() {
            match (talk.over, closing) {
                (false, closing) => generator.go_on(talk, closing),
                (true, false) => *talk = generator.open(time + 200_000),
                (true, true) => {}
            }
        }
        if let Some(next) = talk.connection.queue.front() {
            due.push(Reverse((next.time, index)));
        }
    }
    out.flush()?;
    Ok(generator.truth)
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse().ok());
    let (Some(path), Some(bytes)) = (arguments.get(1), number(2)) else {
        return Err(io::Error::other("usage: generate FILE BYTES [SEED]"));
    };
    let truth = generate(path, bytes, number(3).unwrap_or(1))?;
    let faults = [Fault::KeepaliveRace, Fault::ResetBeforeResponse, Fault::TruncatedResponse];
    let faults: Vec<String> = faults
        .into_iter()
        .map(|fault| format!("\"{}\":{}", fault.slug(), truth.faults[fault as usize]))
        .collect();
    println!(
        "{{\"packets\":{},\"bytes\":{},\"connections\":{},\"encrypted\":{},\"requests\":{},\"in_the_clear\":{},\"faults\":{{{}}}}}",
        truth.packets,
        truth.bytes,
        truth.connections,
        truth.encrypted,
        truth.requests,
        truth.in_the_clear,
        faults.join(",")
    );
    Ok(())
}
