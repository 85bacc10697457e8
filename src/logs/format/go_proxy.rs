//! What Caddy and Traefik say besides requests: Caddy's JSON (`"logger":"http.log.error"` has the whole request; caddyserver/caddy
//! modules/caddyhttp/logging.go), Traefik's text of version 2 (`time="…" level=error msg="…"`) and 3 (`2026-11-17T08:01:01Z ERR file >
//! message error="…"`) and its JSON. Both are written in Go and share the error texts of its library.

use crate::facts::messages::Program;
use crate::logs::format::access_json::leaves;
use crate::logs::format::{application, rule_message};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::log_format::LogFormat;
use crate::logs::row::message::{MessageLine, NamedTarget, message_text};
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::address::address_and_port;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::quote::{closing_quote, unescape};
use crate::text::timestamp::{self, Stamp};

/// The format, by whose messages they are.
#[derive(Clone, Copy, Debug)]
pub enum GoProxy {
    /// Caddy's.
    Caddy,
    /// Traefik's.
    Traefik,
}

/// Names of loggers that Caddy's own modules have.
const CADDY_LOGGERS: [&str; 7] = ["http", "tls", "admin", "caddy", "pki", "events", "watcher"];

impl LineFormat for GoProxy {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        if CADDY_LOGGERS.iter().any(|name| sample.holds(format!("\"logger\":\"{name}").as_bytes())) {
            Some(GoProxy::Caddy)
        } else if sample.holds(b"traefik")
            || sample.holds(b"entryPointName=")
            || sample.holds(b"providerName=")
        {
            Some(GoProxy::Traefik)
        } else {
            None
        }
    }

    fn id(&self) -> &'static str {
        match self {
            GoProxy::Caddy => "caddy",
            GoProxy::Traefik => "traefik",
        }
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match self.message(line) {
            Some(row) => Parsed::Message(row),
            None if timestamp::iso(line).is_none() && !line.starts_with(b"{") => {
                Parsed::Skip(Skip::Continuation)
            }
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

impl GoProxy {
    /// For messages that come later in a stream of which the sample shows Caddy's requests alone: it writes both to one place unless it is told otherwise.
    pub fn beside_requests(sample: &Sample<'_>) -> Option<LogFormat> {
        let is_request = |line: &&[u8]| memchr::memmem::find(line, b"\"logger\":\"http.log.access").is_some();
        sample.lines.iter().any(is_request).then(|| LogFormat::new(GoProxy::Caddy))
    }

    /// The message of a line; `None` where it is none.
    pub fn message(self, line: &[u8]) -> Option<MessageLine> {
        let row = json(line).or_else(|| match self {
            GoProxy::Caddy => None,
            GoProxy::Traefik => text(line),
        })?;
        Some(MessageLine { program: Some(self.id().to_owned()), ..row })
    }
}

/// What the keys of an object say.
#[derive(Default)]
struct ProxyObject {
    stamp: Option<Stamp>,
    level: Option<String>,
    message: String,
    error: String,
    method: Option<String>,
    row: MessageLine,
    is_request: bool,
    is_anothers: bool,
}

impl ProxyObject {
    fn put(&mut self, key: &str, value: &str) {
        let bytes = value.as_bytes();
        match key {
            // Node's loggers number their levels.
            "level" if value.parse::<u16>().is_ok() => self.is_anothers = true,
            "ts" | "time" => self.stamp = self.stamp.or_else(|| timestamp::any(bytes)),
            "level" => self.level = Some(text_within(bytes, 16).to_ascii_lowercase()),
            "msg" | "message" => value.clone_into(&mut self.message),
            "error" => value.clone_into(&mut self.error),
            "logger" => self.is_request |= value.starts_with("http.log.access"),
            // Traefik's access lines.
            "DownstreamStatus" => self.is_request = true,
            "request.remote_ip" => self.row.client = address_and_port(bytes).map(|(client, _)| client),
            "request.remote_port" => self.row.client_port = value.parse().ok(),
            "request.method" => self.method = Some(text_within(bytes, 64)),
            "request.uri" => self.row.target = Some(NamedTarget::Whole(field_text(bytes).into())),
            // Of a certificate it is the name that it is for.
            "request.host" | "identifier" => self.row.host = bare_host(value),
            "upstream" => self.row.upstream = Some(text_within(bytes, 256)),
            _ if key.eq_ignore_ascii_case("request.headers.cf-ray") => {
                self.row.ray = RayAtColo::parse(bytes).map(|ray| ray.ray);
            }
            _ => {}
        }
    }
}

/// The row of a JSON object; `None` where it has no instant or no message, and where it is a request.
fn json(line: &[u8]) -> Option<MessageLine> {
    let mut told = ProxyObject::default();
    leaves(line, &mut |key, value| told.put(key, value))?;
    if told.is_request || told.is_anothers || told.message.is_empty() {
        return None;
    }
    let mut text = told.message;
    if !told.error.is_empty() {
        text.push_str(": ");
        text.push_str(&told.error);
    }
    let mut row = told.row;
    row.text = message_text(text.as_bytes());
    row.recognise(text.as_bytes(), Some(Program::GoProxy));
    rule_message::put_request(&mut row, text.as_bytes());
    // Where the error is an end of file alone, the request that it stands with says whose.
    if row.signature.is_none() && row.target.is_some() && (text == "EOF" || text.ends_with(": EOF")) {
        row.signature = Some("go-proxy-backend-closed-early");
    }
    row.level = told.level;
    put_peer(&mut row, text.as_bytes());
    if let Some(method) = told.method
        && let Some(NamedTarget::Whole(target)) = row.target.take()
    {
        row.request = Some((method, target.into()));
    }
    Some(row.at(Some(told.stamp?)))
}

/// The row of a line of Traefik's text.
fn text(line: &[u8]) -> Option<MessageLine> {
    let (stamp, level, message) = match line.strip_prefix(b"time=\"") {
        Some(rest) => {
            let (stamp, rest) = timestamp::iso(rest)?;
            (stamp, pair(rest, b"level=")?, pair(rest, b"msg=")?)
        }
        None => {
            let (stamp, rest) = timestamp::iso(line)?;
            let (level, rest) = split_at_byte(rest.strip_prefix(b" ")?, b' ')?;
            if !matches!(level, b"ERR" | b"WRN" | b"INF" | b"DBG" | b"FTL" | b"PNC") {
                return None;
            }
            let message = split_at_sequence(rest, b" > ").map_or(rest, |(_, message)| message);
            (stamp, level, message)
        }
    };
    let message = unescape(message);
    let mut row = MessageLine::of(&message, Some(Program::GoProxy)).at(Some(stamp));
    let level = text_within(level, 16).to_ascii_lowercase();
    row.level = Some(match level.as_str() {
        "err" => "error".to_owned(),
        "wrn" => "warning".to_owned(),
        "inf" => "info".to_owned(),
        "dbg" => "debug".to_owned(),
        "ftl" | "pnc" => "fatal".to_owned(),
        _ => level,
    });
    put_peer(&mut row, &message);
    Some(row)
}

/// What the server of Go's library writes names its peer, and no request.
fn put_peer(row: &mut MessageLine, text: &[u8]) {
    if let Some((client, port)) = application::peer_of_go(text).filter(|_| row.client.is_none()) {
        (row.client, row.client_port) = (Some(client), port);
    }
}

/// The value of ` key="value"` or ` key=value`.
fn pair<'a>(rest: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(rest, key)?;
    let value = rest.get(at.checked_add(key.len())?..)?;
    match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.get(..closing_quote(quoted, 0)?),
        None => value.get(..memchr::memchr(b' ', value).unwrap_or(value.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caddys_error_names_the_request_and_its_ray() {
        let row = json(br#"{"level":"error","ts":1794902473.51,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:8080: connect: connection refused","request":{"remote_ip":"172.70.1.2","remote_port":"35120","client_ip":"198.51.100.9","proto":"HTTP/1.1","method":"GET","host":"shop.example:443","uri":"/api/items?page=2","headers":{"Cf-Ray":["9c1f00aa12bc34d3-AMS"]}},"duration":0.000402,"status":502,"err_id":"ak3","err_trace":"reverseproxy.statusError (reverseproxy.go:1267)"}"#).unwrap();
        assert_eq!((row.signature, row.client_port), (Some("go-proxy-backend-refused"), Some(35120)));
        assert_eq!(row.request, Some(("GET".to_owned(), "/api/items?page=2".to_owned())));
        assert_eq!(
            (row.ray.unwrap().to_string().as_str(), row.host.as_deref()),
            ("9c1f00aa12bc34d3", Some("shop.example"))
        );
    }

    /// Otherwise a request that a handler of Caddy's own failed at is cut for no reason that is known.
    #[test]
    fn what_the_server_of_gos_library_says_names_its_peer() {
        let row = json(br#"{"level":"error","ts":1794902473.51,"logger":"http.stdlib","msg":"http: panic serving 172.70.1.2:35120: boom\ngoroutine 31 [running]:\nnet/http.(*conn).serve.func1()"}"#).unwrap();
        assert_eq!(row.signature, Some("go-handler-panicked"));
        assert_eq!((row.client, row.client_port), ("172.70.1.2".parse().ok(), Some(35_120)));
    }

    #[test]
    fn traefiks_text_is_read_in_both_forms() {
        let old = text(br#"time="2026-11-17T08:01:01Z" level=debug msg="'502 Bad Gateway' caused by: dial tcp 172.18.0.3:8080: connect: connection refused""#).unwrap();
        assert_eq!((old.signature, old.level.as_deref()), (Some("go-proxy-backend-refused"), Some("debug")));
        let new = text(br#"2026-11-17T08:01:01Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:100 > 502 Bad Gateway error="dial tcp 172.18.0.3:8080: connect: connection refused""#).unwrap();
        assert_eq!((new.signature, new.level.as_deref()), (Some("go-proxy-backend-refused"), Some("debug")));
        assert!(text(b"2026-11-17T08:01:01Z something else").is_none());
    }
}
