//! nginx's error log: `YYYY/MM/DD HH:MM:SS [level] pid#tid: *connection message (errno: text) while ACTION, client: IP, server: …,
//! request: "…", upstream: "…", host: "…"` (src: ngx_log.c, ngx_http_log_error_handler). Host-local time, whole seconds.

use crate::facts::messages::Program;
use crate::logs::access::request_line::split_request;
use crate::logs::format::application;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, message_text, system_error};
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::address::{address, address_and_port};
use crate::text::clock::LineClock;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::number::leading_integer;
use crate::text::quote::closing_quote;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct NginxError;

impl LineFormat for NginxError {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| parse_line(line).is_some()).then_some(NginxError)
    }

    fn id(&self) -> &'static str {
        "nginx_error"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        if line.starts_with(b"# ") {
            return Parsed::Skip(Skip::Comment);
        }
        match parse_line(line) {
            Some(row) => Parsed::Message(row),
            // Passenger writes its messages into nginx's log.
            None => match application::of_passenger(line) {
                Some(row) => Parsed::Message(row),
                None if let Some(part) = end_of_message(line).or_else(|| ray_in_message(line)) => {
                    Parsed::Cause(part)
                }
                // A message of the application that holds line ends goes on here.
                None if timestamp::iso(line).is_none() => Parsed::Skip(Skip::Continuation),
                None => Parsed::Skip(Skip::Unparsed),
            },
        }
    }
}

/// The row of a whole line of the file.
pub fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::iso(line)?;
    if line.get(4) != Some(&b'/') {
        return None;
    }
    let mut row = parse_message(rest.strip_prefix(b" ")?)?;
    row.time = Some(stamp.time);
    row.resolution = stamp.resolution;
    row.time_is_local = true;
    Some(row)
}

/// What the last line tells of a message that holds line ends: nginx writes the bytes of a broken PROXY header as they came, and then
/// `" while reading PROXY protocol, client: 172.68.10.9, server: …` (src: ngx_proxy_protocol.c).
fn end_of_message(line: &[u8]) -> Option<MessageLine> {
    // What was sent may end in the middle of a line.
    let at = memchr::memmem::find(line, b"\" while reading PROXY protocol, ")?;
    let (_, details) = split_details(line.get(at..)?.strip_prefix(b"\" while ")?);
    let mut end = MessageLine::default();
    fill_details(&mut end, details);
    end.client.is_some().then_some(end)
}

/// What a line tells that has the ray of the request of which such a message has the head, all of it as it came.
fn ray_in_message(line: &[u8]) -> Option<MessageLine> {
    let (name, value) = split_at_byte(line, b':')?;
    let is_it = name.eq_ignore_ascii_case(b"cf-ray");
    let ray = RayAtColo::parse(value.trim_ascii()).filter(|_| is_it)?.ray;
    Some(MessageLine { ray: Some(ray), ..MessageLine::default() })
}

/// The row of what follows the instant, `[level] pid#tid: *connection message`: also what nginx sends to syslog.
pub fn parse_message(rest: &[u8]) -> Option<MessageLine> {
    let (level, rest) = split_at_sequence(rest.strip_prefix(b"[")?, b"] ")?;
    let (process, rest) = leading_integer(rest)?;
    let (_thread, rest) = leading_integer(rest.strip_prefix(b"#")?)?;
    let rest = rest.strip_prefix(b": ")?;
    let (connection, rest) = match rest.strip_prefix(b"*").and_then(leading_integer) {
        Some((connection, after)) => (Some(connection), after.strip_prefix(b" ").unwrap_or(after)),
        None => (None, rest),
    };
    let (message, details) = split_details(rest);
    // Only nginx's own words are looked up: what follows is the visitor's.
    let mut row = MessageLine::of(message, Some(Program::Nginx));
    row.text = message_text(rest);
    row.level = Some(text_within(level, 16).to_ascii_lowercase());
    row.program = Some("nginx".to_owned());
    row.process = u32::try_from(process).ok();
    row.connection = connection;
    row.system_error = system_error(message);
    row.action = action(message);
    fill_details(&mut row, details);
    // What came in the place of a PROXY header is the request itself, of which the first line stands here.
    if row.request.is_none() {
        row.request =
            came_as_header(message).map(|(method, target)| (text_within(method, 64), field_text(target)));
    }
    if row.client.is_none() {
        // `client 172.68.10.9 closed keepalive connection`
        row.client = message
            .strip_prefix(b"client ")
            .and_then(|rest| address(split_at_byte(rest, b' ').map_or(rest, |(first, _)| first)));
    }
    Some(row)
}

/// The method and target of a request that came in the place of a PROXY header.
fn came_as_header(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let came = message.strip_prefix(b"broken header: \"")?;
    let line = split_at_byte(came, b'"').map_or(came, |(line, _)| line).trim_ascii_end();
    // Other bytes may look like a request without a version.
    memchr::memmem::find(line, b" HTTP/").and_then(|_| split_request(line))
}

/// The message, and the `, client: …` that nginx adds to it.
fn split_details(rest: &[u8]) -> (&[u8], &[u8]) {
    let at = [&b", client: "[..], b", server: ", b", upstream: ", b", request: "]
        .iter()
        .filter_map(|mark| memchr::memmem::find(rest, mark))
        .min()
        .unwrap_or(rest.len());
    rest.split_at_checked(at).unwrap_or((rest, b""))
}

/// What nginx was doing: the words after the last ` while `.
fn action(message: &[u8]) -> Option<String> {
    let at = memchr::memmem::rfind(message, b" while ")?;
    Some(text_within(message.get(at.checked_add(7)?..)?.trim_ascii(), 128))
}

/// `, name: value` pairs; values are bare or quoted. Each name counts once, the first time.
fn fill_details(row: &mut MessageLine, details: &[u8]) {
    let mut rest = details;
    while let Some(tail) = rest.strip_prefix(b", ") {
        let Some((name, after)) = split_at_sequence(tail, b": ") else { return };
        let (value, next) = if after.first() == Some(&b'"') {
            let Some(end) = closing_quote(after, 1) else { return };
            (after.get(1..end).unwrap_or_default(), after.get(end.saturating_add(1)..).unwrap_or_default())
        } else {
            let end = memchr::memmem::find(after, b", ").unwrap_or(after.len());
            after.split_at_checked(end).unwrap_or((after, b""))
        };
        fill_detail(row, name, value);
        rest = next;
    }
}

fn fill_detail(row: &mut MessageLine, name: &[u8], value: &[u8]) {
    match name {
        b"client" if row.client.is_none() => match address_and_port(value) {
            Some((client, port)) => {
                row.client = Some(client);
                row.client_port = port;
            }
            None => row.client = None,
        },
        b"request" if row.request.is_none() => {
            row.request =
                split_request(value).map(|(method, target)| (text_within(method, 64), field_text(target)));
        }
        b"upstream" if row.upstream.is_none() => row.upstream = Some(text_within(value, 512)),
        b"host" if row.host.is_none() => row.host = Some(text_within(value, 256)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ray::Ray;
    use crate::time::Time;

    #[test]
    fn every_detail_of_a_message_is_found() {
        let row = parse_line(br#"2026/11/17 08:01:01 [error] 811#812: *8812 recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 172.68.10.9, server: shop.example, request: "POST /cart?q=\x22a, b: c HTTP/1.1", upstream: "fastcgi://unix:/run/php/php-fpm.sock:", host: "shop.example", referrer: "https://shop.example/""#).unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert!(row.time_is_local);
        assert_eq!(
            (row.level.as_deref(), row.process, row.connection),
            (Some("error"), Some(811), Some(8812))
        );
        assert_eq!(row.signature, Some("nginx-upstream-reset"));
        assert_eq!(
            (row.system_error, row.action.as_deref()),
            (Some(104), Some("reading response header from upstream"))
        );
        assert_eq!(row.client, Some("172.68.10.9".parse().unwrap()));
        assert_eq!(row.request, Some(("POST".to_owned(), r"/cart?q=\x22a, b: c".to_owned())));
        assert_eq!(row.upstream.as_deref(), Some("fastcgi://unix:/run/php/php-fpm.sock:"));
        assert_eq!(row.host.as_deref(), Some("shop.example"));
    }

    #[test]
    fn master_process_messages_have_no_connection() {
        let row = parse_line(
            b"2026/11/17 08:01:01 [alert] 7#7: worker process 811 exited on signal 11 (core dumped)",
        )
        .unwrap();
        assert_eq!(
            (row.signature, row.about_process, row.figure),
            (Some("nginx-worker-exited-on-signal"), Some(811), Some(11))
        );
        let info =
            parse_line(b"2026/11/17 08:01:01 [info] 7#7: *5 client 172.68.10.9 closed keepalive connection")
                .unwrap();
        assert_eq!((info.signature, info.client.is_some()), (Some("nginx-keepalive-closed"), true));
    }

    #[test]
    fn words_of_a_visitor_are_not_taken_for_nginx() {
        let row = parse_line(br#"2026/11/17 08:01:01 [error] 7#7: *5 open() "/x" failed (2: No such file or directory), client: 1.2.3.4, server: _, request: "GET /no live upstreams HTTP/1.1", host: "a""#).unwrap();
        assert_eq!((row.signature, row.system_error), (None, Some(2)));
    }

    /// Otherwise a server that waits for a PROXY header in vain names neither the requests that it refused nor the edge.
    #[test]
    fn a_request_in_the_place_of_a_proxy_header_is_told_over_several_lines() {
        let mut clock = LineClock::default();
        let mut parse = |line: &[u8]| NginxError.parse(line, &mut (), &mut clock);
        let first = parse(b"2026/11/17 08:01:01 [error] 7#7: *5 broken header: \"GET /cart?a=1 HTTP/1.1\r");
        let Parsed::Message(mut row) = first else { panic!("{first:?}") };
        assert_eq!(parse(b"Host: shop.example\r"), Parsed::Skip(Skip::Continuation));
        let Parsed::Cause(part) = parse(b"CF-Ray: 9fc81b371d2d0bd4-FRA\r") else { panic!() };
        row.caused_by(part);
        let last = parse(b"\" while reading PROXY protocol, client: 172.68.10.9, server: 0.0.0.0:443");
        let Parsed::Cause(end) = last else { panic!("{last:?}") };
        row.caused_by(end);
        assert_eq!(row.signature, Some("nginx-proxy-header-broken"));
        assert_eq!(row.request, Some(("GET".to_owned(), "/cart?a=1".to_owned())));
        assert_eq!(row.client, Some("172.68.10.9".parse().unwrap()));
        assert_eq!(row.ray, Ray::parse(b"9fc81b371d2d0bd4"));
        let hello = parse(b"2026/11/17 08:01:01 [error] 7#7: *6 broken header: \"\x16\x03\x01\x02");
        let Parsed::Message(hello) = hello else { panic!("{hello:?}") };
        assert_eq!((hello.signature, hello.request), (Some("nginx-proxy-header-broken"), None));
        let last =
            parse(b"\x01\x02\" while reading PROXY protocol, client: 172.68.10.10, server: 0.0.0.0:443");
        let Parsed::Cause(end) = last else { panic!("{last:?}") };
        assert_eq!(end.client, Some("172.68.10.10".parse().unwrap()));
    }

    #[test]
    fn stack_traces_go_on_quietly() {
        let mut clock = LineClock::default();
        assert_eq!(
            NginxError.parse(b"#0 /var/www/x.php(3): boom()", &mut (), &mut clock),
            Parsed::Skip(Skip::Continuation)
        );
    }
}
