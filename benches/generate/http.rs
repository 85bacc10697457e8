//! Requests as the edge sends them, and answers as an origin gives them.

use crate::random::Random;

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];
const HOSTS: [&str; 3] = ["shop.example", "www.shop.example", "api.shop.example"];
const PATHS: [&str; 6] = ["/", "/product/", "/static/app.", "/api/cart/", "/search?page=", "/img/"];
const COUNTRIES: [&str; 6] = ["DE", "US", "FR", "JP", "BR", "IN"];

/// What went wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request crosses the origin's FIN.
    KeepaliveRace,
    /// The origin resets after it acknowledged the request.
    ResetBeforeResponse,
    /// The origin closes in the middle of the body.
    TruncatedResponse,
}

impl Fault {
    /// The cause that a diagnosis should name.
    pub fn slug(self) -> &'static str {
        match self {
            Fault::KeepaliveRace => "keepalive-race",
            Fault::ResetBeforeResponse => "reset-before-response",
            Fault::TruncatedResponse => "truncated-response",
        }
    }
}

/// A request; one with a body cannot be tried again by the edge.
pub fn request(random: &mut Random, with_body: bool) -> Vec<u8> {
    let ray = 0x9d00_0000_0000_0000 | random.next() >> 8;
    let body = if with_body { random.spread(64, 4096) as usize } else { 0 };
    let visitor = format!("198.51.{}.{}", random.between(100, 101), random.between(1, 255));
    let mut head = format!(
        "{} {}{} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip, br\r\nCF-RAY: {ray:016x}-FRA\r\nCF-Connecting-IP: {visitor}\r\n\
         CF-IPCountry: {}\r\nCF-Visitor: {{\"scheme\":\"https\"}}\r\nX-Forwarded-For: {visitor}\r\nX-Forwarded-Proto: https\r\n\
         CDN-Loop: cloudflare; loops=1\r\nUser-Agent: {}\r\nAccept: */*\r\nConnection: Keep-Alive\r\n",
        if with_body { "POST" } else { "GET" },
        random.pick(&PATHS),
        random.between(1, 5000),
        random.pick(&HOSTS),
        random.pick(&COUNTRIES),
        random.pick(&AGENTS),
    );
    if !random.one_in(3) {
        let length = random.spread(32, 900) as usize;
        head.push_str(&format!("Cookie: session={}\r\n", letters(random, length)));
    }
    if with_body {
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {body}\r\n"));
    }
    head.push_str("\r\n");
    let mut request = head.into_bytes();
    request.extend(letters(random, body).into_bytes());
    request
}

/// A whole answer.
pub fn response(random: &mut Random, pool: &[u8]) -> Vec<u8> {
    match random.between(0, 40) {
        0..3 => head(random, "304 Not Modified", "").into_bytes(),
        3 => {
            let page = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>\r\n";
            let head = head(random, "404 Not Found", &format!("Content-Length: {}\r\n", page.len()));
            format!("{head}{page}").into_bytes()
        }
        4..12 => chunked(random, pool),
        _ => {
            let body = body(random, pool);
            let mut response =
                head(random, "200 OK", &format!("Content-Length: {}\r\n", body.len())).into_bytes();
            response.extend(body);
            response
        }
    }
}

/// An answer that ends before its announced length.
pub fn truncated(random: &mut Random, pool: &[u8]) -> Vec<u8> {
    let body = body(random, pool);
    let mut response =
        head(random, "200 OK", &format!("Content-Length: {}\r\n", body.len() * 3)).into_bytes();
    response.extend(body);
    response
}

fn chunked(random: &mut Random, pool: &[u8]) -> Vec<u8> {
    let mut response = head(random, "200 OK", "Transfer-Encoding: chunked\r\n").into_bytes();
    for chunk in body(random, pool).chunks(8192) {
        response.extend(format!("{:x}\r\n", chunk.len()).bytes());
        response.extend(chunk);
        response.extend(b"\r\n");
    }
    response.extend(b"0\r\n\r\n");
    response
}

fn head(random: &mut Random, status: &str, more: &str) -> String {
    let cookie = if random.one_in(5) {
        format!("Set-Cookie: session={}; Path=/; HttpOnly\r\n", letters(random, 64))
    } else {
        String::new()
    };
    format!(
        "HTTP/1.1 {status}\r\nServer: nginx/1.28.0\r\nDate: Tue, 17 Nov 2026 08:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n\
         Connection: keep-alive\r\nETag: \"{:x}\"\r\n{cookie}{more}\r\n",
        random.next()
    )
}

/// A body as it comes compressed: a piece of the pool, 512 bytes to 128 KiB.
fn body<'p>(random: &mut Random, pool: &'p [u8]) -> &'p [u8] {
    let length = random.spread(512, 128 << 10) as usize;
    let start = random.between(0, (pool.len() - length) as u64) as usize;
    &pool[start..start + length]
}

fn letters(random: &mut Random, length: usize) -> String {
    random.bytes(length).into_iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}
