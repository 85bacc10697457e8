//! Draws an incident from a seed: an edge's log, the access logs of one or two servers, and what each line of them is about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayscope::time::{Duration, Time};

use super::messages;
use super::random::Random;

/// 2026-11-17T08:00:00Z.
pub const BEGIN: Time = Time(1_794_902_400_000_000_000);
/// What one way between edge and origin takes at most, beyond the shortest.
pub const JITTER: Duration = Duration::from_milliseconds(40);

/// Which lines of the access logs name the ray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaysIn {
    /// All of them.
    All,
    /// Those of the first server, or of every second request where there is one server.
    Some,
    /// None.
    None,
}

/// How the servers write their lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// nginx's combined format: whole seconds, no duration.
    Seconds,
    /// The same, the duration behind it.
    SecondsAndDuration,
    /// JSON with milliseconds and the duration.
    Milliseconds,
}

/// The zone in which the servers tell the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// That which the line names.
    Told,
    /// So many quarters of an hour east of it, and the line does not say so.
    Untold(i64),
    /// The same up to the middle of the log, then the other.
    Changes(i64, i64),
}

/// What sets an incident apart from a plain one.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    pub requests: usize,
    pub per_second: u64,
    pub rays: RaysIn,
    pub layout: Layout,
    pub zone: Zone,
    /// By how much each server's clock is ahead of the edge's.
    pub ahead: [Duration; 2],
    /// How much more with every minute.
    pub drift: Duration,
    pub servers: usize,
    /// Some lines stand twice in both logs.
    pub duplicates: bool,
    /// Some lines of the servers are lost.
    pub missing: bool,
    /// The servers log the visitor's address.
    pub real_ip: bool,
    /// Some rays come again later.
    pub rays_again: bool,
    /// Some records of the edge are lost.
    pub missing_records: bool,
    /// The servers stand behind a balancer, which logs every request, too: its clock is two seconds ahead of the edge's.
    pub balancer: bool,
    /// The servers write error logs.
    pub errors: bool,
}

/// A request as it truly was, by the edge's clock.
pub struct Request {
    pub ray: u64,
    pub start: Time,
    pub end: Time,
    /// The two ends of it at the origin.
    pub at_origin: (Time, Time),
    pub method: &'static str,
    pub target: String,
    pub edge_status: u16,
    pub origin_status: u16,
    /// What the origin's server logs, if it logs a line.
    pub logged: Option<u16>,
    pub server: usize,
    /// The server's number of its connection.
    pub connection: u64,
    edge_address: u8,
    visitor: u32,
}

impl Request {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.edge_status >= 500
    }
}

/// The files of an incident, and for each line of each file the request that it is about.
pub struct Drawn {
    pub requests: Vec<Request>,
    pub files: BTreeMap<String, (String, Vec<usize>)>,
}

/// Draws an incident.
pub fn draw(axes: &Axes, seed: u64) -> Drawn {
    let mut random = Random(seed);
    let mut requests = Vec::with_capacity(axes.requests);
    let mut start = BEGIN;
    for number in 0..axes.requests {
        let mean = 1_000_000_000 / axes.per_second.max(1);
        start = start.plus(Duration::from_nanoseconds(random.exponential(mean)));
        requests.push(request(axes, number, start, &mut random));
    }
    if axes.rays_again {
        for _ in 0..axes.requests / 50 {
            let (from, to) = (random.below(axes.requests), random.below(axes.requests));
            requests[to].ray = requests[from].ray;
        }
    }
    let mut files = BTreeMap::new();
    files.insert("cloudflare/edge.log".to_owned(), edge_log(axes, &requests, &mut random));
    for server in 0..axes.servers {
        files.insert(
            format!("web{}/access.log", server + 1),
            access_log(axes, &requests, Hop::Server(server), &mut random),
        );
        if axes.errors {
            let log = messages::error_log(axes, &requests, server, &mut random);
            files.insert(format!("web{}/error.log", server + 1), log);
        }
    }
    if axes.balancer {
        let log = access_log(axes, &requests, Hop::Balancer, &mut random);
        files.insert("balancer/access.log".to_owned(), log);
    }
    Drawn { requests, files }
}

fn request(axes: &Axes, number: usize, start: Time, random: &mut Random) -> Request {
    // A shop: a few pages that everybody asks for, many that hardly two ask for.
    let target = match random.below(10) {
        0..4 => format!("/page/{}", random.below(10) * random.below(12)),
        4..9 => format!("/item/{}?from={}", random.below(50_000), random.below(40)),
        _ => format!("/search?q={}", random.below(2_000)),
    };
    let method = if random.below(10) == 0 { "POST" } else { "GET" };
    let milliseconds = |random: &mut Random, least: i64, most: usize| {
        Duration::from_microseconds(least * 1000 + i64::try_from(random.below(most * 1000)).unwrap_or(0))
    };
    let mut took = milliseconds(random, 2, 60);
    let kind = if random.below(50) == 0 { random.below(20) } else { 99 };
    let (edge_status, origin_status, logged) = match kind {
        0..6 => (502, 502, Some(502)),
        6..8 => (504, 504, Some(504)),
        8..11 => (520, 0, Some(200)),
        11..13 => (520, 0, Some(500)),
        13..16 => (520, 0, None),
        16 => (521, 0, None),
        17 => (522, 0, None),
        18 => (524, 0, Some(499)),
        19 => (503, 503, Some(503)),
        _ if random.below(20) == 0 => (404, 404, Some(404)),
        _ => (200, 200, Some(200)),
    };
    match edge_status {
        504 => took += Duration::from_seconds(10),
        522 => took += Duration::from_seconds(19),
        524 => took += Duration::from_seconds(100),
        _ => {}
    }
    let way = Duration::from_milliseconds(5);
    let there = start.plus(way + milliseconds(random, 0, 20));
    let done = there.plus(took);
    let end = done.plus(way + milliseconds(random, 0, 20));
    Request {
        ray: 0x9c1f_0000_0000_0000 | (random.next() & 0xffff_ffff_ff00) | (number as u64 & 0xff),
        start,
        end,
        at_origin: (there, done),
        method,
        target,
        edge_status,
        origin_status,
        logged,
        server: random.below(axes.servers),
        // Forty connections are used by turns, each for two requests; what takes long has one of its own.
        connection: match took > Duration::SECOND {
            true => 1_000_000 + number as u64,
            false => 1_000 + (number / 80 * 40 + number % 40) as u64,
        },
        edge_address: u8::try_from(random.below(12)).unwrap_or(0),
        visitor: u32::try_from(random.below(3_000)).unwrap_or(0),
    }
}

impl Request {
    pub fn edge(&self) -> String {
        format!("172.68.10.{}", self.edge_address + 1)
    }

    pub fn visitor(&self) -> String {
        format!("198.51.{}.{}", 100 + self.visitor / 250, 1 + self.visitor % 250)
    }
}

fn edge_log(axes: &Axes, requests: &[Request], random: &mut Random) -> (String, Vec<usize>) {
    let (mut text, mut about) = (String::new(), Vec::new());
    for (index, request) in requests.iter().enumerate() {
        if axes.missing_records && random.below(50) == 0 {
            continue;
        }
        let asked = if request.edge_status == 521 { String::new() } else { request.edge() };
        let line = format!(
            r#"{{"RayID":"{:016x}","EdgeStartTimestamp":"{}","EdgeEndTimestamp":"{}","ClientIP":"{}","ClientRequestHost":"shop.example","ClientRequestMethod":"{}","ClientRequestURI":"{}","EdgeResponseStatus":{},"OriginResponseStatus":{},"EdgeServerIP":"{asked}","OriginIP":"203.0.113.10","ClientRequestSource":"eyeball"}}"#,
            request.ray,
            request.start,
            request.end,
            request.visitor(),
            request.method,
            request.target,
            request.edge_status,
            request.origin_status,
        );
        let times = if axes.duplicates && random.below(50) == 0 { 2 } else { 1 };
        for _ in 0..times {
            text.push_str(&line);
            text.push('\n');
            about.push(index);
        }
    }
    (text, about)
}

/// Whose log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hop {
    /// Each request passes one of the servers.
    Server(usize),
    /// All requests pass it.
    Balancer,
}

fn access_log(axes: &Axes, requests: &[Request], hop: Hop, random: &mut Random) -> (String, Vec<usize>) {
    let passed = |index: &usize| hop == Hop::Balancer || hop == Hop::Server(requests[*index].server);
    let mut in_order: Vec<usize> = (0..requests.len()).filter(passed).collect();
    in_order.sort_by_key(|&index| requests[index].at_origin.1);
    let half = in_order.get(in_order.len() / 2).map_or(BEGIN, |&index| requests[index].at_origin.1);
    let (mut text, mut about) = (String::new(), Vec::new());
    for index in in_order {
        let request = &requests[index];
        let Some(status) = request.logged else { continue };
        if axes.missing && random.below(50) == 0 {
            continue;
        }
        let names_ray = match axes.rays {
            RaysIn::All => true,
            RaysIn::Some if axes.servers > 1 => hop == Hop::Server(0),
            RaysIn::Some => index % 2 == 0,
            RaysIn::None => false,
        };
        let line = access_line(axes, request, (hop, status), names_ray, half);
        let times = if axes.duplicates && random.below(50) == 0 { 2 } else { 1 };
        for _ in 0..times {
            text.push_str(&line);
            text.push('\n');
            about.push(index);
        }
    }
    (text, about)
}

/// An instant by the edge's clock, as a server's clock and zone show it.
pub fn shown(axes: &Axes, server: usize, half: Time, time: Time) -> Time {
    let minute = Duration::from_seconds(60);
    let drifted = time.since(BEGIN).in_units_of(minute) * axes.drift.in_units_of(Duration::SECOND);
    let quarters = match axes.zone {
        Zone::Told => 0,
        Zone::Untold(quarters) => quarters,
        Zone::Changes(before, after) => {
            if time < half {
                before
            } else {
                after
            }
        }
    };
    time.plus(
        axes.ahead[server] + Duration::from_seconds_f64(drifted) + Duration::from_seconds(quarters * 900),
    )
}

fn access_line(
    axes: &Axes,
    request: &Request,
    (hop, status): (Hop, u16),
    names_ray: bool,
    half: Time,
) -> String {
    // A balancer sees a little more of a request than the server behind it.
    let way = Duration::from_microseconds(if hop == Hop::Balancer { 600 } else { 0 });
    let (from, to) = (request.at_origin.0.plus(-way), request.at_origin.1.plus(way));
    let logged = match hop {
        Hop::Server(server) => shown(axes, server, half, to),
        Hop::Balancer => to.plus(Duration::from_seconds(2)),
    };
    let logged = logged.to_string();
    let address = match hop {
        Hop::Server(_) if axes.balancer => "10.0.0.5".to_owned(),
        _ if axes.real_ip => request.visitor(),
        _ => request.edge(),
    };
    let ray = if names_ray { format!("{:016x}-FRA", request.ray) } else { "-".to_owned() };
    let (method, target) = (request.method, &request.target);
    let took = to.since(from).in_units_of(Duration::SECOND);
    if axes.layout == Layout::Milliseconds {
        let zone = if axes.zone == Zone::Told { "Z" } else { "" };
        return format!(
            r#"{{"time":"{}{zone}","remote_addr":"{address}","request_method":"{method}","request_uri":"{target}","host":"shop.example","status":{status},"body_bytes_sent":512,"request_time":{took:.3},"cf_ray":"{ray}"}}"#,
            &logged[..23],
        );
    }
    let mut line = format!(
        r#"{address} - - [{}/Nov/{}:{} +0000] "{method} {target} HTTP/1.1" {status} 512 "-" "Mozilla/5.0""#,
        &logged[8..10],
        &logged[..4],
        &logged[11..19],
    );
    if axes.layout == Layout::SecondsAndDuration {
        let _ = write!(line, " rt={took:.3}");
    }
    let _ = write!(line, " ray={ray}");
    line
}
