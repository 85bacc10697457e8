//! What Caddy writes on a console, and wherever `format console` is set: instant, level, logger and message between tabs, then the fields as an object, as in
//! its JSON (caddyserver/caddy modules/logging/encoders.go, `ConsoleEncoder`; uber-go/zap zapcore/console_encoder.go):
//! `2026/11/17 08:01:01.123<TAB>ERROR<TAB>http.log.error<TAB>dial tcp …: connect: connection refused<TAB>{"request": {…}, "status": 502}`.

use crate::logs::format::access_json::JsonAccess;
use crate::logs::format::application::severity;
use crate::logs::format::go_proxy::GoProxy;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::timestamp;

/// The format, by what its lines are.
#[derive(Clone, Copy, Debug)]
pub enum CaddyConsole {
    /// Requests, maybe among messages.
    Requests,
    /// Messages.
    Messages,
}

/// The logger of requests.
const OF_REQUESTS: &str = "http.log.access";

/// Loggers that only Caddy has; others write with the same library in the same way.
const TELLING: [&str; 8] = [
    "http.log.",
    "http.handlers.",
    "http.stdlib",
    "http.auto_https",
    "tls.cache",
    "tls.issuance",
    "tls.obtain",
    "tls.renew",
];

impl LineFormat for CaddyConsole {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let loggers = || sample.lines.iter().filter_map(|line| ConsoleColumns::of(line)?.logger);
        let has = |begin: &str| loggers().any(|logger| logger.starts_with(begin.as_bytes()));
        let is_caddys = TELLING.iter().any(|begin| has(begin));
        is_caddys.then(|| if has(OF_REQUESTS) { CaddyConsole::Requests } else { CaddyConsole::Messages })
    }

    fn id(&self) -> &'static str {
        "caddy_console"
    }

    fn kind(&self) -> LogKind {
        match self {
            CaddyConsole::Requests => LogKind::AccessLog,
            CaddyConsole::Messages => LogKind::ErrorLog,
        }
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => row,
            // A trace, or a message of several lines.
            None if timestamp::iso(line).is_none() => Parsed::Skip(Skip::Continuation),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The row of a line, a request's or a message's; `None` where it is none of Caddy's console.
pub fn parse_line(line: &[u8]) -> Option<Parsed> {
    let columns = ConsoleColumns::of(line)?;
    let object = columns.as_object();
    if columns.logger.is_some_and(|logger| logger.starts_with(OF_REQUESTS.as_bytes())) {
        return JsonAccess::default().parse_line(&object).map(Parsed::Access);
    }
    GoProxy::Caddy.message(&object).map(Parsed::Message)
}

/// What stands between the tabs.
struct ConsoleColumns<'a> {
    instant: &'a [u8],
    level: &'a [u8],
    logger: Option<&'a [u8]>,
    message: &'a [u8],
    /// The members of the object, without its braces.
    fields: &'a [u8],
}

impl<'a> ConsoleColumns<'a> {
    fn of(line: &'a [u8]) -> Option<ConsoleColumns<'a>> {
        let (instant, rest) = split_at_byte(line, b'\t')?;
        let (level, rest) = split_at_byte(rest, b'\t')?;
        timestamp::any(instant)?;
        severity(level)?;
        let in_braces = |text: &'a [u8]| text.strip_prefix(b"{")?.strip_suffix(b"}");
        let (said, fields) = match memchr::memmem::find(rest, b"\t{").and_then(|at| rest.split_at_checked(at))
        {
            Some((said, object)) => (said, in_braces(object.get(1..)?.trim_ascii())?),
            None => (rest, &b""[..]),
        };
        // The nameless logger leaves its column out.
        let (logger, message) = match split_at_byte(said, b'\t') {
            Some((logger, message)) => (Some(logger), message),
            None => (None, said),
        };
        Some(ConsoleColumns { instant, level, logger, message, fields })
    }

    /// The line as Caddy's JSON has it.
    fn as_object(&self) -> Vec<u8> {
        let mut object = Vec::with_capacity(self.fields.len().saturating_add(256));
        let members = [
            ("level", self.level),
            ("ts", self.instant),
            ("logger", self.logger.unwrap_or_default()),
            ("msg", self.message),
        ];
        for (name, value) in members {
            object.push(if object.is_empty() { b'{' } else { b',' });
            let value = serde_json::Value::from(String::from_utf8_lossy(value));
            object.extend_from_slice(format!("\"{name}\":{value}").as_bytes());
        }
        if !self.fields.trim_ascii().is_empty() {
            object.push(b',');
            object.extend_from_slice(self.fields);
        }
        object.push(b'}');
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn an_error_has_its_request_and_a_request_its_status() {
        let request = r#"{"remote_ip": "172.70.1.2", "remote_port": "35120", "proto": "HTTP/1.1", "method": "GET", "host": "shop.example", "uri": "/api/items?page=2", "headers": {"Cf-Ray": ["9c1f00aa12bc34d3-AMS"]}}"#;
        let error = format!(
            "2026/11/17 08:01:13.510\tERROR\thttp.log.error\tdial tcp 127.0.0.1:9000: connect: connection refused\t{{\"request\": {request}, \"duration\": 0.0004, \"status\": 502}}"
        );
        let Some(Parsed::Message(row)) = parse_line(error.as_bytes()) else { panic!() };
        assert_eq!(row.signature, Some("go-proxy-backend-refused"));
        assert_eq!(
            (row.time, row.level.as_deref()),
            (Time::parse_rfc3339("2026-11-17T08:01:13.51Z"), Some("error"))
        );
        assert_eq!(row.request, Some(("GET".to_owned(), "/api/items?page=2".to_owned())));
        assert_eq!((row.client_port, row.ray.is_some()), (Some(35_120), true));
        let access = format!(
            "2026/11/17 08:01:13.511\tERROR\thttp.log.access.log0\thandled request\t{{\"request\": {request}, \"duration\": 0.0005, \"size\": 0, \"status\": 502}}"
        );
        let Some(Parsed::Access(row)) = parse_line(access.as_bytes()) else { panic!() };
        assert_eq!((row.status, row.target.as_deref()), (Some(502), Some("/api/items?page=2")));
        assert!(row.ray.is_some() && row.time_is_local);
    }

    #[test]
    fn other_columns_are_not_caddys() {
        for line in [
            "2026/11/17 08:01:13.510 ERROR http.log.error dial tcp",
            "2026/11/17 08:01:13.510\t502\thttp.log.error\tx",
            "no instant\tERROR\thttp.log.error\tx",
        ] {
            assert!(parse_line(line.as_bytes()).is_none(), "{line}");
        }
        let nameless = parse_line(b"2026/11/17 08:00:00.000\tINFO\tserving initial configuration");
        let Some(Parsed::Message(row)) = nameless else { panic!() };
        assert_eq!(row.signature, Some("go-proxy-restarted"));
    }
}
