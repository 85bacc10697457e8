//! One request, and what each source tells of it.

use std::net::Ipv4Addr;

use rayscope::ray::Ray;
use rayscope::time::Time;
use serde_json::{Value, json};

use super::conversation::{Conversation, Speaker, answer};
use super::incident::Source;

/// 2026-11-17T08:00:00Z in nanoseconds.
pub const BEGIN: i64 = 1_794_902_400_000_000_000;
/// In nanoseconds.
pub const SECOND: i64 = 1_000_000_000;
const MILLISECOND: i64 = 1_000_000;

/// Addresses of the edge, in three of its published ranges.
pub const EDGES: [Ipv4Addr; 4] = [
    Ipv4Addr::new(162, 158, 84, 5),
    Ipv4Addr::new(162, 158, 166, 40),
    Ipv4Addr::new(172, 68, 10, 9),
    Ipv4Addr::new(104, 22, 56, 201),
];
/// The origin that is captured.
pub const ORIGIN: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
/// A server that is not.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 99);
/// A router between edge and origin.
pub const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Stands for the moment in a line of a proxy's log, whose zone its machine sets.
pub const ACCEPTED: &str = "ACCEPTED";

/// A request in the making.
pub struct Request {
    number: usize,
    at: i64,
    took: i64,
    logged_after: Option<i64>,
    host: String,
    target: String,
    method: &'static str,
    more_head: String,
    edge_address: Ipv4Addr,
    port: u16,
    origin: Ipv4Addr,
    edge: Option<serde_json::Map<String, Value>>,
    subrequests: Vec<serde_json::Map<String, Value>>,
    access: Option<serde_json::Map<String, Value>>,
    browser: Option<Value>,
    errors: Vec<(Source, i64, String)>,
    packets: Vec<(i64, Vec<u8>)>,
    leaves_out_end: bool,
}

/// An instant as the logs write it, in UTC with microseconds.
pub fn clock(at: i64) -> String {
    let text = Time(at).to_string();
    format!("{}Z", &text[..26])
}

impl Request {
    /// Of which nothing is told yet.
    pub fn new(number: usize, at: i64) -> Request {
        Request {
            number,
            at,
            took: 60,
            logged_after: None,
            host: "shop.example".to_owned(),
            target: format!("/item/{number}"),
            method: "GET",
            more_head: String::new(),
            edge_address: EDGES[number % EDGES.len()],
            port: 20_000 + (number % 10_000) as u16,
            origin: ORIGIN,
            edge: None,
            subrequests: Vec::new(),
            access: None,
            browser: None,
            errors: Vec::new(),
            packets: Vec::new(),
            leaves_out_end: false,
        }
    }

    /// Its ray.
    pub fn ray(&self) -> Ray {
        Ray::parse(self.ray_text().as_bytes()).expect("a ray")
    }

    /// When it is asked, in nanoseconds.
    pub fn at(&self) -> i64 {
        self.at
    }

    /// What it asks for.
    pub fn asked(&self) -> &str {
        &self.target
    }

    fn ray_text(&self) -> String {
        format!("{:016x}", 0x9f00_0000_0000_0000_u64 + self.number as u64 * 7_919)
    }

    /// It was answered in order, and all sources say so.
    pub fn goes_well(self) -> Request {
        let page = answer("200 OK", "", "x".repeat(300));
        self.edge(200, 200).access(200).connection(|c| c.opens().asks().answers(&page).ends(Speaker::Edge))
    }

    /// It takes so many milliseconds.
    pub fn takes(mut self, milliseconds: i64) -> Request {
        self.took = milliseconds;
        self
    }

    /// The server has written its line after so many milliseconds, and not when the edge was done.
    pub fn logged_after(mut self, milliseconds: i64) -> Request {
        self.logged_after = Some(milliseconds);
        self
    }

    /// To another host.
    pub fn host(mut self, host: &str) -> Request {
        host.clone_into(&mut self.host);
        self
    }

    /// For another URL.
    pub fn target(mut self, target: &str) -> Request {
        target.clone_into(&mut self.target);
        self
    }

    /// With a body, and whatever more its head has.
    pub fn post(mut self, more_head: &str) -> Request {
        self.method = "POST";
        self.more_head(more_head)
    }

    /// With more lines in its head.
    pub fn more_head(mut self, lines: &str) -> Request {
        lines.clone_into(&mut self.more_head);
        self
    }

    /// From this address of the edge.
    pub fn by_edge(mut self, address: Ipv4Addr) -> Request {
        self.edge_address = address;
        self
    }

    /// To another server than the one that is captured.
    pub fn asks_elsewhere(mut self) -> Request {
        self.origin = ELSEWHERE;
        self
    }

    /// To a server that has an address of its own network, which the edge never sees.
    pub fn asks_inside(mut self) -> Request {
        self.origin = Ipv4Addr::new(10, 30, 1, 20);
        self
    }

    /// The edge's record: its own status, and the origin's (0: none came).
    pub fn edge(mut self, status: u16, origin_status: u16) -> Request {
        let record = json!({
            "RayID": self.ray_text(), "ClientRequestHost": self.host, "ClientRequestMethod": self.method,
            "ClientRequestURI": self.target, "ClientIP": "198.51.100.7", "ClientRequestBytes": 812,
            "EdgeColoCode": "FRA", "EdgeServerIP": self.edge_address.to_string(), "EdgeResponseStatus": status,
            "OriginResponseStatus": origin_status, "OriginIP": self.origin.to_string(), "ClientRequestSource": "eyeball",
        });
        self.edge = record.as_object().cloned();
        self
    }

    /// The edge's record of a request for which no origin was asked.
    pub fn edge_alone(self, status: u16) -> Request {
        self.edge(status, 0).field("EdgeServerIP", "").field("OriginIP", "")
    }

    /// A field of the edge's record.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Request {
        self.edge.as_mut().expect("its record first").insert(name.to_owned(), value.into());
        self
    }

    /// What a Worker asks for it of a host: the edge's record of its own, which has an address of an origin or none.
    pub fn subrequest(mut self, host: &str, status: u16, origin: &str) -> Request {
        let parent = self.subrequests.last().or(self.edge.as_ref()).expect("its record first");
        let (mut record, ray) = (parent.clone(), parent["RayID"].clone());
        let number = self.number + 50_000 + 10_000 * self.subrequests.len();
        let edge = if origin.is_empty() { String::new() } else { self.edge_address.to_string() };
        for (name, value) in [
            ("RayID", Request::new(number, self.at).ray_text().into()),
            ("ParentRayID", ray),
            ("WorkerSubrequest", true.into()),
            ("ClientRequestSource", "edgeWorkerFetch".into()),
            ("ClientRequestHost", host.into()),
            ("EdgeServerIP", edge.into()),
            ("OriginIP", origin.into()),
            ("EdgeResponseStatus", status.into()),
            ("OriginResponseStatus", 0.into()),
        ] {
            record.insert(name.to_owned(), value);
        }
        self.subrequests.push(record);
        self
    }

    /// A log of the edge that leaves a field out.
    pub fn unlogged(mut self, name: &str) -> Request {
        self.leaves_out_end |= name == "EdgeEndTimestamp";
        self.edge.as_mut().expect("its record first").remove(name);
        self
    }

    /// The origin's access line.
    pub fn access(mut self, status: u16) -> Request {
        let line = json!({
            "remote_addr": self.edge_address.to_string(), "remote_port": self.port, "request_method": self.method,
            "request_uri": self.target, "host": self.host, "status": status, "body_bytes_sent": 300,
            "cf_ray": format!("{}-FRA", self.ray_text()),
        });
        self.access = line.as_object().cloned();
        self
    }

    /// A field of the access line.
    pub fn access_field(mut self, name: &str, value: impl Into<Value>) -> Request {
        self.access.as_mut().expect("its line first").insert(name.to_owned(), value.into());
        self
    }

    /// A line of nginx's error log about it, which names its peer, its request line and its upstream.
    pub fn nginx(mut self, level: &str, text: &str) -> Request {
        let (edge, host, number) = (self.edge_address, &self.host, self.number + 10);
        let (method, target) = (self.method, &self.target);
        let line = format!(
            "[{level}] 811#811: *{number} {text}, client: {edge}, server: {host}, request: \"{method} {target} HTTP/1.1\", upstream: \"http://127.0.0.1:8080{target}\", host: \"{host}\""
        );
        let at = self.at + (self.took - 10) * MILLISECOND;
        self.errors.push((Source::ErrorLog, at, line));
        self
    }

    /// The same of a server behind at an address of its own, which may have the protocol in which it is asked before it.
    pub fn nginx_behind(self, server: &str, text: &str) -> Request {
        let mut told = self.nginx("error", text);
        if let Some((_, _, line)) = told.errors.last_mut() {
            let is_whole = server.contains("://");
            let server = if is_whole { server.to_owned() } else { format!("http://{server}") };
            *line = line.replace("http://127.0.0.1:8080", &server);
        }
        told
    }

    /// A line of nginx's error log about its connection, on which no request came: it names the peer's address alone.
    pub fn nginx_without_request(mut self, level: &str, text: &str) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND;
        let number = self.number + 10;
        let line = format!(
            "[{level}] 811#811: *{number} {text}, client: {}, server: {}:443",
            self.edge_address, self.origin
        );
        self.errors.push((Source::ErrorLog, at, line));
        self
    }

    /// A line of nginx's stream module about its connection, written as it ends.
    pub fn nginx_stream(self, text: &str) -> Request {
        let (client, after) = (self.edge_address.to_string(), self.took - 10);
        self.nginx_stream_of(&client, after, text)
    }

    /// The same of some client, so many milliseconds after the request's beginning.
    pub fn nginx_stream_of(mut self, client: &str, after: i64, text: &str) -> Request {
        let number = self.number + 10;
        let line = format!(
            "[error] 811#811: *{number} {text}, client: {client}, server: 0.0.0.0:443, upstream: \"10.0.0.5:443\", bytes from/to client:0/0, bytes from/to upstream:0/0"
        );
        self.errors.push((Source::ErrorLog, self.at + after * MILLISECOND, line));
        self
    }

    /// HAProxy's line of its connection in TCP mode: the server, how many milliseconds it lasted, and how it ended.
    pub fn haproxy_tcp(mut self, server: &str, lasted: i64, state: &str) -> Request {
        let accepted = self.at + 20 * MILLISECOND;
        let date = format!("17/Nov/2026:{}", &clock(accepted)[11..23]);
        let line = format!(
            "haproxy[812]: {}:{} [{date}] tls-in {server} 0/-1/{lasted} 0 {state} 1/1/0/0/3 0/0",
            self.edge_address, self.port
        );
        self.errors.push((Source::SystemLog, accepted + lasted * MILLISECOND, line));
        self
    }

    /// What stunnel, which ends TLS, says of its connection, from when it was taken on.
    pub fn stunnel(self, said: &[&str]) -> Request {
        let client = format!("{}:{}", self.edge_address, self.port);
        self.stunnel_of(&client, said)
    }

    /// The same of some client's, at the moment of the request.
    pub fn stunnel_of(mut self, client: &str, said: &[&str]) -> Request {
        let number = self.number;
        let taken = format!("LOG5[{number}]: Service [web] accepted connection from {client}");
        self.errors.push((Source::StunnelLog, self.at + 5 * MILLISECOND, taken));
        for (at, text) in (self.took - 10..).zip(said) {
            self.errors.push((
                Source::StunnelLog,
                self.at + at * MILLISECOND,
                format!("LOG{text}").replace('#', &number.to_string()),
            ));
        }
        self
    }

    /// What hitch says of an error of its connection, and that it closes it then.
    pub fn hitch(self, said: &str) -> Request {
        let client = format!("{}:{}", self.edge_address, self.port);
        self.hitch_of(&client, said)
    }

    /// The same of some client's, at the moment of the request.
    pub fn hitch_of(mut self, client: &str, said: &str) -> Request {
        let named = |text: &str| format!("[  811] {client} :0 7:8 {text}");
        let closed = self.at + (self.took - 10) * MILLISECOND;
        for (at, line) in [
            (self.at + 5 * MILLISECOND, named("proxy connect")),
            (closed, format!("[  811] {said}")),
            (closed + 1_000, named("proxy shutdown req=SHUTDOWN_HARD")),
        ] {
            self.errors.push((Source::HitchLog, at, line));
        }
        self
    }

    /// What Flask-Limiter says in the journal of a request that it refuses: the peer's address alone.
    pub fn flask_limited(mut self) -> Request {
        let line = format!(
            "gunicorn[811]: [2026-11-17 08:00:00] INFO in extension: ratelimit 3 per 1 second ({}) exceeded at endpoint: shop",
            self.edge_address
        );
        self.errors.push((Source::SystemLog, self.at + (self.took - 10) * MILLISECOND, line));
        self
    }

    /// What its application says of it in the system log: these words, and its path.
    pub fn says(mut self, words: &str) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND;
        self.errors.push((Source::SystemLog, at, format!("{words}{}", self.target)));
        self
    }

    /// A line of the system log that names nothing of it, so many milliseconds after its end.
    pub fn in_system_log(mut self, after: i64, line: &str) -> Request {
        let at = self.at + (self.took - 10 + after) * MILLISECOND;
        self.errors.push((Source::SystemLog, at, line.to_owned()));
        self
    }

    /// Its peer as a server knows it: the edge's address and port.
    pub fn peer(&self) -> String {
        format!("{}:{}", self.edge_address, self.port)
    }

    /// What cloudflared writes as it ends, after the instant: on the console, or an object.
    pub fn cloudflared(mut self, text: &str) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND;
        self.errors.push((Source::TunnelLog, at, text.to_owned()));
        self
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("https://{}{}", self.host, self.target)
    }

    /// What a Go program writes as it ends.
    pub fn go(self, text: &str) -> Request {
        let at = self.took - 10;
        self.go_later(at, text)
    }

    /// What a Go program writes so many milliseconds after its beginning.
    pub fn go_later(mut self, after: i64, text: &str) -> Request {
        self.errors.push((Source::GoLog, self.at + after * MILLISECOND, text.to_owned()));
        self
    }

    /// A line of Apache's error log about it, which names its peer's address and port.
    pub fn apache(mut self, level: &str, text: &str) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND;
        let line = format!("[{level}] [pid 811:tid 140] [client {}:{}] {text}", self.edge_address, self.port);
        self.errors.push((Source::ApacheErrorLog, at, line));
        self
    }

    /// The line before it that the same worker writes, and that names no peer (modules/proxy/proxy_util.c, `ap_proxy_connect_backend`).
    pub fn apache_says_first(mut self, level: &str, text: &str) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND - 1;
        self.errors.push((Source::ApacheErrorLog, at, format!("[{level}] [pid 811:tid 140] {text}")));
        self
    }

    /// The line behind it that the same worker writes, and that names no peer (httpd modules/ssl/ssl_engine_log.c, `ssl_log_ssl_error`).
    pub fn apache_goes_on(mut self, level: &str, text: &str) -> Request {
        // Lines of one moment stand in the order of their texts.
        let at = self.at + (self.took - 10) * MILLISECOND + 1;
        self.errors.push((Source::ApacheErrorLog, at, format!("[{level}] [pid 811:tid 140] {text}")));
        self
    }

    /// HAProxy's line of a connection on which no request came: what it made of a ClientHello.
    pub fn haproxy_without_request(mut self) -> Request {
        let at = self.at + (self.took - 10) * MILLISECOND;
        let accepted = format!("17/Nov/2026:{}", &clock(at)[11..23]);
        let line = format!(
            "haproxy[812]: {}:{} [{accepted}] web web/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"",
            self.edge_address, self.port
        );
        self.errors.push((Source::SystemLog, at, line));
        self
    }

    /// HAProxy's line of it in the system log: the server, if any, and how it ended.
    pub fn haproxy(mut self, server: &str, status: u16, state: &str) -> Request {
        let (at, end) = (self.at, self.at + (self.took - 10) * MILLISECOND);
        let accepted = format!("17/Nov/2026:{}", &clock(at)[11..23]);
        let line = format!(
            "haproxy[812]: {}:{} [{accepted}] web~ {server} 0/-1/-1/-1/{} {status} 217 - - {state} 1/1/0/0/0 0/0 {{{}-FRA|{}}} \"{} {} HTTP/1.1\"",
            self.edge_address,
            self.port,
            self.took - 10,
            self.ray_text(),
            self.host,
            self.method,
            self.target
        );
        self.errors.push((Source::SystemLog, end, line));
        self
    }

    /// HAProxy's line of it in the system log, in a layout that has the state right behind the request and neither its cookies nor its counters.
    pub fn haproxy_own_layout(mut self, server: &str, status: u16, state: &str) -> Request {
        let (at, end) = (self.at, self.at + (self.took - 10) * MILLISECOND);
        let accepted = format!("17/Nov/2026:{}", &clock(at)[11..23]);
        let line = format!(
            "haproxy[812]: {}:{} [{accepted}] \"{} {} HTTP/1.1\" {status} {state} web~ {server} 0/0/-1/-1/{} 217 {{{}-FRA|{}}}",
            self.edge_address,
            self.port,
            self.method,
            self.target,
            self.took - 10,
            self.ray_text(),
            self.host
        );
        self.errors.push((Source::SystemLog, end, line));
        self
    }

    /// The line of it in a log of HAProxy's own that names neither ray nor zone.
    pub fn proxy(mut self, server: &str, status: u16, state: &str) -> Request {
        let line = format!(
            "haproxy[812]: {}:{} [{ACCEPTED}] web {server} 0/0/-1/-1/{} {status} 217 - - {state} 1/1/0/0/0 0/0 \"{} {} HTTP/1.1\"",
            self.edge_address,
            self.port,
            self.took - 10,
            self.method,
            self.target
        );
        self.errors.push((Source::ProxyLog, self.at, line));
        self
    }

    /// The packets of its connection, from five milliseconds after its beginning on.
    pub fn connection(mut self, told: impl FnOnce(Conversation) -> Conversation) -> Request {
        let (edge, origin) = ((self.edge_address, self.port), (self.origin, 443));
        let begin = self.at + 5 * MILLISECOND;
        let conversation = told(Conversation::new(edge, origin, begin, self.head(), self.earlier_head()));
        self.took = self.took.max((conversation.now() - self.at) / MILLISECOND + 5);
        self.packets = conversation.packets();
        self
    }

    /// The packets of the edge's second try, on another connection, so many milliseconds after the request has begun.
    pub fn tries_again(mut self, after: i64, told: impl FnOnce(Conversation) -> Conversation) -> Request {
        let (edge, origin) = ((self.edge_address, self.port + 20_000), (self.origin, 443));
        let begin = self.at + after * MILLISECOND;
        let conversation = told(Conversation::new(edge, origin, begin, self.head(), self.earlier_head()));
        self.packets.extend(conversation.packets());
        self
    }

    /// The packets of a proxy's own try at the server behind it, from eight milliseconds after its beginning on.
    pub fn tries_behind(mut self, told: impl FnOnce(Conversation) -> Conversation) -> Request {
        let (proxy, server) = ((Ipv4Addr::new(10, 0, 0, 2), self.port), (Ipv4Addr::new(10, 0, 0, 5), 8080));
        let begin = self.at + 8 * MILLISECOND;
        let conversation = Conversation::new(proxy, server, begin, self.head(), self.earlier_head());
        self.packets.extend(told(conversation).packets());
        self
    }

    /// What the same connection was asked before, by another visitor.
    fn earlier_head(&self) -> Vec<u8> {
        Request::new(self.number + 10_000, self.at).host(&self.host).head()
    }

    /// What the edge sends.
    pub fn head(&self) -> Vec<u8> {
        format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: Keep-Alive\r\nCF-Ray: {}-FRA\r\nCF-Visitor: {{\"scheme\":\"https\"}}\r\n{}\r\n",
            self.method,
            self.target,
            self.host,
            self.ray_text(),
            self.more_head
        )
        .into_bytes()
    }

    /// The edge's error page of this code as the visitor's browser has it.
    pub fn page(self, status: u16, code: u16) -> Request {
        self.browser(status, &[], &format!("error code: {code}"))
    }

    /// What the visitor's browser has of the answer.
    pub fn browser(mut self, status: u16, headers: &[(&str, &str)], body: &str) -> Request {
        let ray = format!("{}-FRA", self.ray_text());
        let own = [("server", "cloudflare"), ("cf-ray", ray.as_str())];
        let all = own.iter().chain(headers);
        let headers: Vec<Value> = all.map(|(name, value)| json!({"name": name, "value": value})).collect();
        let content = json!({"size": body.len(), "mimeType": "text/plain", "text": body});
        let url = format!("https://{}{}", self.host, self.target);
        self.browser = Some(json!({
            "startedDateTime": clock(self.at), "time": self.took,
            "request": {"method": self.method, "url": url, "headers": []},
            "response": {"status": status, "headers": headers, "content": content},
        }));
        self
    }

    /// By a clock that is so much behind, and in steps of `resolution`.
    pub(super) fn edge_records(&self, behind: i64, resolution: i64) -> Vec<(i64, String)> {
        let written = |at: i64| match resolution {
            SECOND => format!("{}Z", &clock(at)[..19]),
            _ => clock(at),
        };
        let start = self.at - behind;
        let end = start + self.took * MILLISECOND;
        let dated = |record: &serde_json::Map<String, Value>| {
            let mut record = record.clone();
            record.insert("EdgeStartTimestamp".to_owned(), written(start).into());
            if !self.leaves_out_end {
                record.insert("EdgeEndTimestamp".to_owned(), written(end).into());
            }
            (end, Value::Object(record).to_string())
        };
        self.edge.iter().chain(&self.subrequests).map(dated).collect()
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.origin == ELSEWHERE
    }

    pub(super) fn access_line(&self) -> Option<(i64, String)> {
        let mut line = self.access.clone()?;
        let end = self.at + self.logged_after.unwrap_or(self.took - 8) * MILLISECOND;
        line.insert("time".to_owned(), clock(end).into());
        line.entry("request_time").or_insert_with(|| json!((self.took - 16) as f64 / 1000.0));
        Some((end, Value::Object(line).to_string()))
    }

    pub(super) fn browser_entry(&self) -> Option<Value> {
        self.browser.clone()
    }

    pub(super) fn lines(&self, source: Source) -> impl Iterator<Item = (i64, &str)> {
        let own = self.errors.iter().filter(move |(of, ..)| *of == source);
        own.map(|(_, at, text)| (*at, text.as_str()))
    }

    pub(super) fn packets(&self) -> Vec<(i64, Vec<u8>)> {
        self.packets.clone()
    }
}
