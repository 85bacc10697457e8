//! An archive in the making: an origin's capture that was rotated every second, so that connections cross its files, and the logs of both sides,
//! rotated and packed. Its figures come from the number of the request alone.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::capture::{ACK, FIN, FileFormat, PSH, RST, SYN, Segment};

/// 2026-11-17T08:00:00Z in nanoseconds.
const BEGIN: i64 = 1_794_902_400_000_000_000;
const MILLISECOND: i64 = 1_000_000;
/// Requests of a connection, and from one to the next: it goes on over several files.
const REQUESTS: usize = 3;
const BETWEEN: i64 = 900 * MILLISECOND;
/// Files of each kind of log.
const LOGS: usize = 60;
const ORIGIN: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// What became of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Page,
    /// The origin closes without a word: 520.
    Nothing,
    /// A header with a NUL: 520.
    BadHeader,
    /// The origin resets the connection: 520.
    Reset,
    /// Too many requests, by a line of nginx's error log.
    Limited,
}

impl Outcome {
    fn of(number: usize) -> Outcome {
        match number {
            _ if number % 41 == 7 => Outcome::Nothing,
            _ if number % 53 == 9 => Outcome::BadHeader,
            _ if number % 67 == 11 => Outcome::Reset,
            _ if number % 29 == 3 => Outcome::Limited,
            _ => Outcome::Page,
        }
    }

    fn bytes(self) -> &'static [u8] {
        match self {
            Outcome::Page => b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello world\n",
            Outcome::BadHeader => b"HTTP/1.1 200 OK\r\nX-Trace: a\0b\r\nContent-Length: 2\r\n\r\nok",
            Outcome::Limited => b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
            Outcome::Nothing | Outcome::Reset => b"",
        }
    }

    fn statuses(self) -> (u16, u16) {
        match self {
            Outcome::Page => (200, 200),
            Outcome::Limited => (429, 429),
            Outcome::Nothing | Outcome::Reset => (520, 0),
            Outcome::BadHeader => (520, 200),
        }
    }

    fn ends_connection(self) -> bool {
        matches!(self, Outcome::Nothing | Outcome::Reset | Outcome::BadHeader)
    }
}

/// Writes the archive of a capture of so many files, and of as many connections as it has room for; beside them 180 logs. Gives the number of
/// files.
pub fn write(folder: &Path, captures: usize) -> usize {
    let logs = || vec![String::new(); LOGS];
    let packets = vec![Vec::new(); captures];
    let mut archive = Archive { packets, edge: logs(), access: logs(), errors: logs() };
    for connection in 0..captures * 2 {
        archive.connection(connection);
    }
    archive.write(folder);
    captures + 3 * LOGS
}

struct Archive {
    packets: Vec<Vec<(i64, Vec<u8>)>>,
    edge: Vec<String>,
    access: Vec<String>,
    errors: Vec<String>,
}

impl Archive {
    fn connection(&mut self, number: usize) {
        let edge = (Ipv4Addr::new(172, 68, 1, (number % 40) as u8), 20_000 + (number % 40_000) as u16);
        let (mut sent, mut answered) = (1_000 + number as u32 * 977, 5_000 + number as u32 * 1_231);
        let mut at = BEGIN + number as i64 * 500 * MILLISECOND + 3 * MILLISECOND;
        let origin = (ORIGIN, 80);
        self.packet(at, [edge, origin], SYN, (sent, 0), b"");
        self.packet(at + MILLISECOND, [origin, edge], SYN | ACK, (answered, sent + 1), b"");
        (sent, answered) = (sent + 1, answered + 1);
        self.packet(at + 2 * MILLISECOND, [edge, origin], ACK, (sent, answered), b"");
        for nth in 0..REQUESTS {
            let request = number * REQUESTS + nth;
            let outcome = Outcome::of(request);
            let target = if outcome == Outcome::Limited {
                "/search".to_owned()
            } else {
                format!("/item/{}", request % 50)
            };
            let asked = format!(
                "GET {target} HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: {:016x}-FRA\r\n\r\n",
                ray(request)
            );
            let answer = outcome.bytes();
            at += 5 * MILLISECOND;
            self.packet(at, [edge, origin], ACK | PSH, (sent, answered), asked.as_bytes());
            sent += asked.len() as u32;
            self.packet(at + MILLISECOND, [origin, edge], ACK, (answered, sent), b"");
            let end = at + 20 * MILLISECOND;
            match outcome {
                Outcome::Nothing => self.packet(end, [origin, edge], ACK | FIN, (answered, sent), b""),
                Outcome::Reset => self.packet(end, [origin, edge], RST | ACK, (answered, sent), b""),
                _ => self.packet(end, [origin, edge], ACK | PSH, (answered, sent), answer),
            }
            answered += answer.len() as u32;
            self.lines(request, at, end, (edge.0, &target), outcome);
            if outcome.ends_connection() {
                break;
            }
            self.packet(end + MILLISECOND, [edge, origin], ACK, (sent, answered), b"");
            at += BETWEEN;
        }
    }

    fn packet(
        &mut self,
        at: i64,
        ends: [(Ipv4Addr, u16); 2],
        flags: u8,
        (sequence, acknowledged): (u32, u32),
        payload: &[u8],
    ) {
        let ttl = if ends[0].0 == ORIGIN { 64 } else { 57 };
        let frame = Segment { ends, ip_id: 7, ttl, flags, sequence, acknowledged, payload }.frame();
        let last = self.packets.len() - 1;
        self.packets[(((at - BEGIN) / 1_000_000_000) as usize).min(last)].push((at, frame));
    }

    fn lines(
        &mut self,
        request: usize,
        at: i64,
        end: i64,
        (edge, target): (Ipv4Addr, &str),
        outcome: Outcome,
    ) {
        let (to_visitor, of_origin) = outcome.statuses();
        let (log, at, end) = (request / 10 % LOGS, at - 8 * MILLISECOND, end + 8 * MILLISECOND);
        let instant = |time: i64| rayscope::time::Time(time).to_string();
        let record = format!(
            "{{\"RayID\":\"{:016x}\",\"ClientIP\":\"198.51.100.{}\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\
             \"ClientRequestURI\":\"{target}\",\"EdgeColoCode\":\"FRA\",\"EdgeStartTimestamp\":\"{}\",\"EdgeEndTimestamp\":\"{}\",\
             \"EdgeResponseStatus\":{to_visitor},\"EdgeServerIP\":\"{edge}\",\"OriginIP\":\"{ORIGIN}\",\"OriginResponseStatus\":{of_origin}}}",
            ray(request),
            request % 200,
            instant(at),
            instant(end),
        );
        writeln!(self.edge[log], "{record}").unwrap();
        let second = (end - BEGIN) / 1_000_000_000;
        let clock = format!("08:{:02}:{:02}", second / 60, second % 60);
        if of_origin != 0 {
            // Every second file names no ray.
            let ray = if log % 2 == 0 { format!(" \"{:016x}-FRA\"", ray(request)) } else { String::new() };
            writeln!(
                self.access[log],
                "{edge} - - [17/Nov/2026:{clock} +0000] \"GET {target} HTTP/1.1\" {of_origin} 12 \"-\" \"Mozilla/5.0\"{ray}"
            )
            .unwrap();
        }
        let message = match outcome {
            Outcome::Limited => "limiting requests, excess: 20.500 by zone \"shop\"",
            Outcome::Reset => "worker process 811 exited on signal 11",
            _ => return,
        };
        writeln!(
            self.errors[log],
            "2026/11/17 {clock} [error] 811#811: *{request} {message}, client: {edge}, server: shop.example, request: \"GET {target} HTTP/1.1\", \
             host: \"shop.example\""
        )
        .unwrap();
    }

    fn write(mut self, folder: &Path) {
        for (number, packets) in self.packets.iter_mut().enumerate() {
            packets.sort_by_key(|(at, _)| *at);
            let file = FileFormat::Pcap.write(packets.iter().map(|(at, frame)| (*at, &frame[..])));
            fs::write(folder.join(format!("trace-{number:05}.pcap")), file).unwrap();
        }
        for (name, logs) in [("edge", &self.edge), ("access", &self.access), ("error", &self.errors)] {
            for (number, text) in logs.iter().enumerate() {
                let file = File::create(folder.join(format!("{name}-{number:03}.log.gz"))).unwrap();
                let mut encoder = GzEncoder::new(file, Compression::fast());
                encoder.write_all(text.as_bytes()).unwrap();
                encoder.finish().unwrap();
            }
        }
    }
}

fn ray(request: usize) -> u64 {
    0x9c1f_0000_0000_0000 + request as u64 * 7_919
}
