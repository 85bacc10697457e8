//! Requests that fail in every kind of input, with a secret in every field of each that may hold one.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::json;

use crate::support::capture::{ACK, FIN, FileFormat, PSH, SYN, Segment};

/// Failing requests.
pub const REQUESTS: u32 = 24;
/// 2026-11-20T09:00:00Z.
const BEGIN: i64 = 1_795_165_200;

/// The secrets that were planted, each with where.
#[derive(Default)]
pub struct Planted {
    /// The secret, and the field that it stands in.
    pub secrets: Vec<(String, String)>,
    request: u32,
    /// What each request asks for: the same in all inputs, as they tell of the same requests.
    targets: Vec<String>,
}

impl Planted {
    /// A new secret, which stands in this field.
    fn secret(&mut self, field: &str) -> String {
        let secret = format!("pl4nted{:04}z", self.secrets.len());
        self.secrets.push((secret.clone(), format!("{field} of request {}", self.request)));
        secret
    }

    fn target(&self, request: u32) -> String {
        self.targets.get(request as usize).cloned().unwrap_or_default()
    }

    /// What is written of each request.
    fn of_each<T>(&mut self, write: impl Fn(u32, &mut Planted) -> T) -> Vec<T> {
        let of_one = |request| {
            self.request = request;
            write(request, self)
        };
        (0..REQUESTS).map(of_one).collect()
    }
}

/// The ray of a request.
pub fn ray(request: u32) -> String {
    format!("9f000000000000{request:02x}")
}

/// The visitor's address of a request: a secret, too, but not in tables.
pub fn visitor(request: u32) -> String {
    format!("198.51.100.{}", 100 + request)
}

type Writer = fn(u32, &mut Planted) -> String;

/// The logs, each with what writes its line about a request.
const LOGS: [(&str, Writer); 8] = [
    (EDGE_LOG, edge),
    ("origin/access.log", access),
    ("origin/error.log", nginx),
    ("apache/error.log", apache),
    ("lb/haproxy.log", haproxy),
    ("php/php-fpm.log", php),
    ("machine/journal.json", journal),
    ("app/app.log", application),
];
const EDGE_LOG: &str = "cloudflare/edge.log";
const HAR: &str = "browser/visit.har";
const CAPTURE: &str = "origin/cap.pcap";

/// What an incident may consist of beside the edge's log, which each has: what one input says, another one would hide.
pub fn inputs() -> impl Iterator<Item = &'static str> {
    LOGS.into_iter().map(|(name, _)| name).chain([HAR, CAPTURE])
}

/// Lays out an incident of the edge's log and one other input, or of all; gives what must not be told.
pub fn plant(folder: &Path, only: Option<&str>) -> Planted {
    let mut planted = Planted::default();
    planted.targets = planted.of_each(|request, planted| {
        let (value, quoted) =
            (planted.secret("the target"), planted.secret("a value with a quote in the target"));
        format!("/cart/{request}?voucher={value}&gift=it's-{quoted}")
    });
    let is_wanted = |name: &str| name == EDGE_LOG || only.is_none_or(|only| only == name);
    for (name, line) in LOGS.into_iter().filter(|(name, _)| is_wanted(name)) {
        let lines = planted.of_each(line).into_iter().map(|line| line + "\n");
        write(&folder.join(name), lines.collect::<String>().as_bytes());
    }
    if is_wanted(HAR) {
        let entries = planted.of_each(entry);
        let har = json!({"log": {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": entries}});
        write(&folder.join(HAR), har.to_string().as_bytes());
    }
    if is_wanted(CAPTURE) {
        write(&folder.join(CAPTURE), &capture(&mut planted));
    }
    if only.is_none() {
        write(&folder.join("origin/nginx.conf"), configuration(&mut planted).as_bytes());
        write(&folder.join("changes.csv"), changes(&mut planted).as_bytes());
    }
    planted
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn clock(request: u32) -> String {
    format!("09:00:{:02}", 10 + request)
}

fn edge(request: u32, planted: &mut Planted) -> String {
    let (clock, target) = (clock(request), planted.target(request));
    let mut secret = |field: &str| planted.secret(&format!("edge log: {field}"));
    json!({
        "RayID": ray(request), "EdgeStartTimestamp": format!("2026-11-20T{clock}Z"), "EdgeEndTimestamp": format!("2026-11-20T{clock}.250Z"),
        "ClientIP": visitor(request), "ClientRequestSource": "eyeball", "ClientRequestHost": "shop.example", "ClientRequestMethod": "GET",
        "ClientRequestPath": format!("/cart/{request}"),
        "ClientRequestURI": target,
        "ClientRequestReferer": format!("https://shop.example/login?session={}", secret("ClientRequestReferer")),
        "RequestHeaders": {"cookie": format!("session={}", secret("a cookie")), "authorization": format!("Bearer {}", secret("a token"))},
        "ResponseHeaders": {"set-cookie": format!("session={}", secret("a new cookie"))},
        "EdgeColoCode": "AMS", "EdgeServerIP": "162.158.84.5", "EdgeResponseStatus": 502, "OriginIP": "203.0.113.7", "OriginResponseStatus": 502,
    })
    .to_string()
}

fn access(request: u32, planted: &mut Planted) -> String {
    let (clock, target) = (clock(request), planted.target(request));
    let mut secret = |field: &str| planted.secret(&format!("access log: {field}"));
    format!(
        "162.158.84.5 - {} [20/Nov/2026:{clock} +0000] \"GET {target} HTTP/1.1\" 502 512 \
         \"https://shop.example/?token={}\" \"Mozilla/5.0\" \"{}-AMS\"",
        secret("a user"),
        secret("the referrer"),
        ray(request)
    )
}

fn nginx(request: u32, planted: &mut Planted) -> String {
    let (clock, target) = (clock(request), planted.target(request));
    let mut secret = |field: &str| planted.secret(&format!("nginx: {field}"));
    let message = match request % 4 {
        0 => "upstream prematurely closed connection while reading response header from upstream".to_owned(),
        1 => format!(
            "upstream sent invalid header: \"Set-Cookie: session={}\\x20...\" while reading response header from upstream",
            secret("a header of the upstream")
        ),
        2 => format!(
            "FastCGI sent in stderr: \"PHP message: login failed for user \"{}\", password={}\" while reading response header from upstream",
            secret("a user"),
            secret("a password")
        ),
        _ => "upstream timed out (110: Connection timed out) while reading response header from upstream"
            .to_owned(),
    };
    format!(
        "2026/11/20 {clock} [error] 811#811: *{request} {message}, client: {}, server: shop.example, \
         request: \"GET {target} HTTP/1.1\", upstream: \"http://user:{}@127.0.0.1:9000/cart/{request}?token={}\", \
         host: \"shop.example\", referrer: \"https://shop.example/login?session={}\"",
        visitor(request),
        secret("the upstream's password"),
        secret("the upstream's query"),
        secret("the referrer")
    )
}

fn apache(request: u32, planted: &mut Planted) -> String {
    let clock = clock(request);
    format!(
        "[Fri Nov 20 {clock}.000000 2026] [proxy_http:error] [pid 811] (104)Connection reset by peer: [client {}:4711] AH01102: error reading \
         status line from remote server 127.0.0.1:9000, referer: https://shop.example/login?session={}",
        visitor(request),
        planted.secret("Apache: the referrer")
    )
}

fn haproxy(request: u32, planted: &mut Planted) -> String {
    let (clock, target) = (clock(request), planted.target(request));
    let mut secret = |field: &str| planted.secret(&format!("HAProxy: {field}"));
    format!(
        "Nov 20 {clock} lb haproxy[811]: {}:4711 [20/Nov/2026:{clock}.000] web app/app1 0/0/1/-1/3 502 209 session={} session={} SHVN 1/1/0/0/0 0/0 \
         {{shop.example|session={}}} {{{}}} \"GET {target} HTTP/1.1\"",
        visitor(request),
        secret("a captured cookie"),
        secret("a captured new cookie"),
        secret("a captured header"),
        secret("a captured header of the answer")
    )
}

fn php(request: u32, planted: &mut Planted) -> String {
    let (clock, mut secret) = (clock(request), |field: &str| planted.secret(&format!("php-fpm: {field}")));
    format!(
        "[20-Nov-2026 {clock}] WARNING: [pool www] child 811 said into stderr: \"NOTICE: PHP message: PHP Fatal error: GET /cart/{request}?voucher={} \
         token={} api_key={} Authorization: Bearer {}\"",
        secret("a target"),
        secret("a token"),
        secret("a key"),
        secret("a header")
    )
}

fn journal(request: u32, planted: &mut Planted) -> String {
    let target = planted.target(request);
    let mut secret = |field: &str| planted.secret(&format!("journal: {field}"));
    let message =
        format!("app[811]: segfault while serving GET {target} with Cookie: session={}", secret("a cookie"));
    let at = (BEGIN + 10 + i64::from(request)) * 1_000_000;
    json!({"__REALTIME_TIMESTAMP": at.to_string(), "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "3", "_HOSTNAME": "web1", "MESSAGE": message})
        .to_string()
}

fn application(request: u32, planted: &mut Planted) -> String {
    let (clock, mut secret) =
        (clock(request), |field: &str| planted.secret(&format!("application: {field}")));
    format!(
        "2026-11-20T{clock}Z ERROR worker failed at https://user:{}@db.internal/x?key={} for user={} session={} ray={}",
        secret("a password in a URL"),
        secret("a query"),
        secret("a user"),
        secret("a session"),
        ray(request)
    )
}

fn entry(request: u32, planted: &mut Planted) -> serde_json::Value {
    let (clock, target) = (clock(request), planted.target(request));
    let mut secret = |field: &str| planted.secret(&format!("HAR: {field}"));
    let header = |name: &str, value: String| json!({"name": name, "value": value});
    json!({
        "startedDateTime": format!("2026-11-20T{clock}.000Z"), "time": 250.0, "serverIPAddress": "104.16.1.1",
        "request": {"method": "GET", "url": format!("https://shop.example{target}#access_token={}", secret("a fragment")),
            "httpVersion": "h2",
            "headers": [header("cookie", format!("session={}", secret("a cookie"))), header("authorization", format!("Bearer {}", secret("a token"))),
                        header("referer", format!("https://shop.example/?token={}", secret("the referrer")))],
            "cookies": [header("session", secret("a parsed cookie"))], "queryString": [header("voucher", secret("a parsed value"))],
            "postData": {"mimeType": "text/plain", "text": secret("a body")}, "headersSize": -1, "bodySize": 0},
        "response": {"status": 502, "statusText": "", "httpVersion": "h2",
            "headers": [header("cf-ray", format!("{}-AMS", ray(request))), header("server", "cloudflare".to_owned()),
                        header("location", format!("/login?next={}", secret("a location"))),
                        header("set-cookie", format!("session={}; Secure", secret("a new cookie")))],
            "cookies": [], "content": {"size": 0, "mimeType": "text/html"}, "redirectURL": "", "headersSize": -1, "bodySize": 0},
        "cache": {}, "timings": {"send": 0.0, "wait": 250.0, "receive": 0.0}})
}

fn configuration(planted: &mut Planted) -> String {
    format!(
        "http {{\n  keepalive_timeout 65;\n  server {{\n    listen 80;\n    location / {{\n      proxy_read_timeout 30s;\n      \
         proxy_set_header Authorization \"Basic {}\";\n      proxy_pass http://user:{}@127.0.0.1:9000/?key={};\n    }}\n  }}\n}}\n",
        planted.secret("nginx.conf: a header"),
        planted.secret("nginx.conf: a password in a URL"),
        planted.secret("nginx.conf: a query")
    )
}

fn changes(planted: &mut Planted) -> String {
    format!(
        "time,text\n2026-11-20T08:59:00Z,deploy by https://ci.example/job?token={}\n2026-11-20T08:59:30Z,rollback with api_key={}\n",
        planted.secret("changes: a query"),
        planted.secret("changes: a key")
    )
}

/// From whom to whom, flags, sequence and acknowledgement, and what is carried.
type Step<'a> = ([(Ipv4Addr, u16); 2], u8, [u32; 2], &'a [u8]);

/// The same requests on connections of their own, each answered with a header that breaks a rule.
fn capture(planted: &mut Planted) -> Vec<u8> {
    let origin = (Ipv4Addr::new(203, 0, 113, 7), 80);
    let mut packets: Vec<(i64, Vec<u8>)> = Vec::new();
    for request in 0..REQUESTS {
        planted.request = request;
        let target = planted.target(request);
        let mut secret = |field: &str| planted.secret(&format!("capture: {field}"));
        let edge = (Ipv4Addr::new(162, 158, 84, 5), 40_000 + u16::try_from(request).expect("few requests"));
        let asked = format!(
            "GET {target} HTTP/1.1\r\nHost: shop.example\r\nCF-Ray: {}-AMS\r\nCF-Connecting-IP: {}\r\nCookie: session={}\r\n\
             Authorization: Basic {}\r\nReferer: https://shop.example/?token={}\r\n\r\n",
            ray(request),
            visitor(request),
            secret("a cookie"),
            secret("credentials"),
            secret("the referrer")
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: session={}; Path=/\r\nBad Header: x\r\nLocation: /login?next={}\r\nContent-Length: 0\r\n\r\n",
            secret("a new cookie"),
            secret("a location")
        );
        let (sent, got) = (asked.len() as u32, answer.len() as u32);
        let steps: [Step<'_>; 6] = [
            ([edge, origin], SYN, [99, 0], b""),
            ([origin, edge], SYN | ACK, [499, 100], b""),
            ([edge, origin], ACK, [100, 500], b""),
            ([edge, origin], ACK | PSH, [100, 500], asked.as_bytes()),
            ([origin, edge], ACK | PSH, [500, 100 + sent], answer.as_bytes()),
            ([origin, edge], ACK | FIN, [500 + got, 100 + sent], b""),
        ];
        for (step, (ends, flags, [sequence, acknowledged], payload)) in (0..).zip(steps) {
            let at = (BEGIN + 10 + i64::from(request)) * 1_000_000_000 + step * 200_000;
            let ip_id = u16::try_from(packets.len()).expect("few packets");
            let segment = Segment { ends, ip_id, ttl: 60, flags, sequence, acknowledged, payload };
            packets.push((at, segment.frame()));
        }
    }
    FileFormat::Pcap.write(packets.iter().map(|(at, frame)| (*at, frame.as_slice())))
}
