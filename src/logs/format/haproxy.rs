//! HAProxy's logs, bare, behind an instant of its own or after the syslog prefix (configuration.txt, chapter 8): requests (`option httplog`, `option httpslog`),
//! connections (`option tcplog`), connections that never became a request, and the messages of the process itself.

mod error_codes;
mod stamped;

use self::error_codes::error_words;
pub use self::stamped::zoned;
use self::stamped::{speaks_of_servers, unstamped};
use crate::facts::endings::{self, EndingVocabulary};
use crate::facts::messages::Program;
use crate::logs::access::captures::put_captures;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::{AccessLine, Termination, UpstreamTry};
use crate::logs::row::message::{MessageLine, message_text};
use crate::logs::sample::Sample;
use crate::text::address::{address_and_port, address_colon_port};
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::number::{bounded_integer, duration, integer, integer_after};
use crate::text::quote::closing_quote;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// The format of a bare file, by what its lines are.
#[derive(Clone, Copy, Debug)]
pub enum Haproxy {
    /// Requests, maybe among others.
    Requests,
    /// Connections, and messages of the process.
    Connections,
}

impl LineFormat for Haproxy {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        if sample.lines.iter().any(|line| http_line(unstamped(line).1).is_some()) {
            return Some(Haproxy::Requests);
        }
        let is_own = |line: &&[u8]| {
            let (stamp, text) = unstamped(line);
            is_other_line(text) || stamp.is_some() && speaks_of_servers(text)
        };
        sample.lines.iter().any(is_own).then_some(Haproxy::Connections)
    }

    fn id(&self) -> &'static str {
        match self {
            Haproxy::Requests => "haproxy_http",
            Haproxy::Connections => "haproxy",
        }
    }

    fn kind(&self) -> LogKind {
        match self {
            Haproxy::Requests => LogKind::AccessLog,
            Haproxy::Connections => LogKind::ErrorLog,
        }
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        let (stamp, text) = unstamped(line);
        if let Some(row) = http_line(text) {
            return Parsed::Access(zoned(row, stamp));
        }
        // A stamp of HAProxy's own makes any other line a message of its process.
        if stamp.is_none() && !is_other_line(text) {
            return Parsed::Skip(Skip::Unparsed);
        }
        let row = parse_message(text);
        Parsed::Message(if stamp.is_some() { row.at(stamp) } else { row })
    }
}

/// Whether a line is a connection's or one of the process, by its own shape alone.
fn is_other_line(line: &[u8]) -> bool {
    started(line).is_some_and(|(.., rest)| frontend(rest).is_some()) || of_process(line).is_some()
}

/// The state of a session, where a layout has it and the connections that are open right behind the bytes, and leaves the two cookies out, which few capture.
fn state_alone(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (state, rest) = split_at_byte(rest, b' ')?;
    let (open, _) = split_at_byte(rest, b' ')?;
    let are_counts =
        open.contains(&b'/') && open.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'+'));
    (state.len() == 4 && are_counts).then_some((state, rest))
}

/// The row of `client:port [date] frontend backend/server TR/Tw/Tc/Tr/Ta ST B CC CS tsc conns queues {req} {res} "request"`, with what
/// `option httpslog` adds; `None` where the line is none.
pub fn http_line(line: &[u8]) -> Option<AccessLine> {
    let (peer, stamp, rest) = started(line)?;
    let (frontend, rest) = split_at_byte(rest, b' ')?;
    let (server, rest) = split_at_byte(rest, b' ')?;
    let (timers, rest) = split_at_byte(rest, b' ')?;
    let (status, rest) = split_at_byte(rest, b' ')?;
    let (bytes, rest) = split_at_byte(rest, b' ')?;
    let (state, rest) = state_alone(rest).or_else(|| {
        let (_request_cookie, rest) = split_at_byte(rest, b' ')?;
        let (_response_cookie, rest) = split_at_byte(rest, b' ')?;
        split_at_byte(rest, b' ')
    })?;
    if state.len() != 4 || memchr::memchr(b'/', server).is_none() {
        return None;
    }
    let mut draft = AccessDraft::default();
    draft.put_time(Some(stamp));
    (draft.line.remote_address, draft.line.remote_port) = (Some(peer.0), peer.1);
    // −1: no status was sent.
    if status != b"-1" && !draft.put(AccessField::Status, status) {
        return None;
    }
    draft.put(AccessField::SentBytes, bytes.strip_prefix(b"+").unwrap_or(bytes));
    draft.line.server = Some(text_within(server, 256));
    draft.line.termination =
        Some(Termination { vocabulary: EndingVocabulary::Haproxy, code: text_within(state, 4) });
    put_timers(&mut draft.line, timers, server);
    let quote = memchr::memchr(b'"', rest).unwrap_or(rest.len());
    put_captures(&mut draft.line, rest.get(..quote).unwrap_or_default());
    if let Some(quoted) = rest.get(quote.saturating_add(1)..) {
        // A request that was too long has no closing quote.
        let end = closing_quote(quoted, 0).unwrap_or(quoted.len());
        draft.put(AccessField::Request, quoted.get(..end).unwrap_or(quoted));
        put_server_name(&mut draft.line, quoted.get(end.saturating_add(1)..).unwrap_or_default());
    }
    let mut line = draft.finish()?;
    // A frontend that takes TLS has a tilde (configuration.txt, 8.2.3); what it has decrypted is no handshake.
    line.odd_request_line.take_if(|_| frontend.ends_with(b"~"));
    Some(line)
}

type Peer = (std::net::IpAddr, Option<u16>);

/// `client:port [date] ` at the start of a line: the client, the date, and what follows. IPv6 addresses stand without brackets.
fn started(line: &[u8]) -> Option<(Peer, Stamp, &[u8])> {
    let (peer, rest) = split_at_sequence(line, b" [")?;
    let (date, rest) = split_at_sequence(rest, b"] ")?;
    let (stamp, b"") = timestamp::common_log(date)? else { return None };
    let peer = address_colon_port(peer).or_else(|| address_and_port(peer))?;
    Some((peer, stamp, rest))
}

/// `TR/Tw/Tc/Tr/Ta` in milliseconds; −1 was never reached, `+` was still running.
fn put_timers(line: &mut AccessLine, timers: &[u8], server: &[u8]) {
    let mut parts = timers.split(|byte| *byte == b'/').map(milliseconds);
    let mut next = || parts.next().flatten();
    let (request, wait, connect, response, total) = (next(), next(), next(), next(), next());
    line.request_time = total;
    let sum =
        |times: &[Option<Duration>]| times.iter().try_fold(Duration::ZERO, |sum, time| Some(sum + (*time)?));
    if !server.ends_with(b"<NOSRV>") {
        line.upstream.push(UpstreamTry {
            address: Some(text_within(server, 256)),
            status: None,
            connect_time: connect,
            header_time: sum(&[connect, response]),
            // The whole less what came before the server was asked.
            response_time: total
                .zip(sum(&[request.or(Some(Duration::ZERO)), wait.or(Some(Duration::ZERO))]))
                .map(|(total, before)| total - before),
        });
    }
}

fn milliseconds(timer: &[u8]) -> Option<Duration> {
    duration(timer.strip_prefix(b"+").unwrap_or(timer), Duration::MILLISECOND)
}

/// What `option httpslog` adds behind the request: `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/resumed sni/version/cipher`. The server's
/// name is the host where no header was captured.
fn put_server_name(line: &mut AccessLine, tail: &[u8]) {
    let mut words = tail.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (Some(errors), Some(tls)) = (words.next(), words.next()) else { return };
    if errors.iter().filter(|byte| **byte == b'/').count() != 4 {
        return;
    }
    let name = tls.split(|byte| *byte == b'/').next().unwrap_or_default();
    if line.host.is_none() && name != b"-" {
        line.host = bare_host(&text_within(name, 256));
    }
}

/// The row of a HAProxy message: a connection's, or one of the process itself.
pub fn parse_message(text: &[u8]) -> MessageLine {
    let mut row = match started(text) {
        Some((peer, stamp, rest)) => {
            // The line of a connection is written as it ends, and is dated as it began.
            let mut row = match tcp_line(rest) {
                Some((row, lasted)) => row.at(Some(Stamp { time: stamp.time.plus(lasted), ..stamp })),
                None => error_line(rest).at(Some(stamp)),
            };
            (row.client, row.client_port) = (Some(peer.0), peer.1);
            row
        }
        None => process_message(text),
    };
    row.program = Some("haproxy".to_owned());
    row
}

/// What follows the date of a connection in TCP mode: `frontend backend/server Tw/Tc/Tt bytes ts conns queues`; and how long it lasted.
fn tcp_line(rest: &[u8]) -> Option<(MessageLine, Duration)> {
    let mut words = rest.split(|byte| *byte == b' ');
    let (_frontend, server, timers, bytes, state, counts) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let slashes = |text: &[u8], count| text.iter().filter(|byte| **byte == b'/').count() == count;
    integer(bytes.strip_prefix(b"+").unwrap_or(bytes))?;
    if state.len() != 2 || !slashes(server, 1) || !slashes(timers, 2) || !slashes(counts, 4) {
        return None;
    }
    let (server, state) = (text_within(server, 256), text_within(state, 2));
    let ending = endings::find(EndingVocabulary::Haproxy, &state, None, Some(&server));
    let lasted = timers.rsplit(|byte| *byte == b'/').next().and_then(milliseconds).unwrap_or_default();
    let row = MessageLine {
        text: message_text(rest),
        signature: ending.map(|ending| ending.id),
        upstream: Some(server),
        ..MessageLine::default()
    };
    Some((row, lasted))
}

/// What follows the date of a connection that never became a request: `frontend/bind: message`, or, with `error-log-format`,
/// `frontend[/bind] … fc_err/ssl_fc_err/…`.
fn error_line(rest: &[u8]) -> MessageLine {
    let Some(words) = error_words(rest) else {
        let message = split_at_sequence(rest, b": ").map_or(rest, |(_, message)| message);
        let mut row = MessageLine::of(message, Some(Program::Haproxy));
        row.text = message_text(rest.trim_ascii());
        return row;
    };
    let text = String::from_utf8_lossy(rest.trim_ascii());
    let text = if words.is_empty() { text.into_owned() } else { format!("{words}: {text}") };
    MessageLine::of(text.as_bytes(), Some(Program::Haproxy))
}

/// Whether a line is `client:port [date] frontend/bind: message`, of a connection that never became a request.
pub fn is_words_on_connection(line: &[u8]) -> bool {
    started(line).is_some_and(|(.., rest)| behind_bind(rest).is_some())
}

/// `frontend/bind:` or `frontend~ … codes` at the start of what follows the date: any other text there is not HAProxy's.
fn frontend(rest: &[u8]) -> Option<()> {
    if tcp_line(rest).is_some() || error_words(rest).is_some() {
        return Some(());
    }
    behind_bind(rest)
}

fn behind_bind(rest: &[u8]) -> Option<()> {
    let (name, _) = split_at_sequence(rest, b": ")?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/~".contains(byte);
    (memchr::memchr(b'/', name).is_some() && name.iter().all(plain)).then_some(())
}

/// `[LEVEL]   (pid) : message` of the process itself on its standard error, with day and time of day between them up to 2.2
/// (`[WARNING] 320/080101 (811) : …`).
fn of_process(line: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    let (level, rest) = split_at_byte(line.strip_prefix(b"[")?, b']')?;
    if !matches!(level, b"ALERT" | b"WARNING" | b"NOTICE" | b"DIAG" | b"EMERG") {
        return None;
    }
    let (_, rest) = split_at_byte(rest, b'(')?;
    let (process, rest) = split_at_byte(rest, b')')?;
    Some((level, bounded_integer(process)?, rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start()))
}

/// A message of the process itself, with or without its own prefix.
fn process_message(text: &[u8]) -> MessageLine {
    let (level, process, message) = match of_process(text) {
        Some((level, process, message)) => (Some(level), Some(process), message),
        None => (None, None, text),
    };
    let mut row = MessageLine::of(message, Some(Program::Haproxy));
    row.level = level.map(|level| text_within(level, 16).to_ascii_lowercase());
    row.process = process;
    if let Some((_, rest)) = split_at_sequence(message, b"Server ")
        && let Some((server, _)) = split_at_sequence(rest, b" is ")
    {
        row.upstream = Some(text_within(server, 256));
    }
    row.system_error = integer_after(message, b"errno=").and_then(|number| u32::try_from(number).ok());
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    /// Else each line of such a layout is one of a connection that became no request, and its timers are codes of errors.
    #[test]
    fn a_layout_may_leave_out_the_cookies_and_the_queues() {
        let line = br#"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe~ app/web1 0/0/1/-1/3002 504 217 sH-- 40/40/12/9/0 {{9c1f00aa12bc34de-FRA}} "GET /cart HTTP/1.1" TLSv1.3"#;
        let row = http_line(line).unwrap();
        assert_eq!(
            (row.status, row.sent_bytes, row.target.as_deref()),
            (Some(504), Some(217), Some("/cart"))
        );
        assert_eq!(row.ending().unwrap().id, "haproxy-server-timed-out");
        assert_eq!(row.ray.map(|named| named.ray.to_string()).as_deref(), Some("9c1f00aa12bc34de"));
    }

    #[test]
    fn an_http_line_gives_ray_state_and_timers() {
        let row = http_line(br#"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe~ app/web1 0/0/1/-1/3002 502 217 - - SH-- 40/40/12/9/0 0/0 {9c1f00aa12bc34de-FRA|shop.example} "GET /cart HTTP/1.1""#).unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.123Z").unwrap());
        assert!(row.time_is_local && !row.time_is_end);
        assert_eq!((row.remote_port, row.status, row.sent_bytes), (Some(41022), Some(502), Some(217)));
        assert_eq!(
            (row.ending().unwrap().id, row.server.as_deref()),
            ("haproxy-server-closed-early", Some("app/web1"))
        );
        assert_eq!(row.ray.unwrap().ray.to_string(), "9c1f00aa12bc34de");
        assert_eq!((row.host.as_deref(), row.target.as_deref()), (Some("shop.example"), Some("/cart")));
        assert_eq!(row.request_time, Some(Duration::from_milliseconds(3002)));
        assert_eq!(
            (row.upstream[0].connect_time, row.upstream[0].header_time),
            (Some(Duration::MILLISECOND), None)
        );
    }

    #[test]
    fn lines_without_server_status_or_request_are_rows_too() {
        let line = |frontend: &str, state: &str| {
            let line = format!(
                r#"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] {frontend} fe/<NOSRV> -1/-1/-1/-1/5 400 0 - - {state} 1/1/0/0/0 0/0 "<BADREQ>""#
            );
            http_line(line.as_bytes()).unwrap()
        };
        let row = line("fe", "PR--");
        assert_eq!((row.status, row.upstream.len()), (Some(400), 0));
        assert_eq!(row.odd_request_line.as_deref(), Some("<BADREQ>"));
        assert!(row.holds_no_request());
        assert!(!line("fe~", "PR--").holds_no_request(), "it came inside TLS");
        assert!(!line("fe", "CR--").holds_no_request(), "the client left");
        assert!(!line("fe", "cR--").holds_no_request(), "the client sent nothing in time");
        assert!(http_line(b"Proxy prod_http_in started.").is_none());
    }

    #[test]
    fn an_address_of_version_6_keeps_its_port() {
        let row = http_line(br#"2a06:98c0::9:4102 [17/Nov/2026:08:01:01.123] fe~ app/web1 0/0/1/2/3 200 217 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/2.0""#).unwrap();
        assert_eq!(
            (row.remote_address, row.remote_port),
            (Some("2a06:98c0::9".parse().unwrap()), Some(4102))
        );
    }

    #[test]
    fn a_connection_in_tcp_mode_tells_how_it_ended() {
        let row = parse_message(
            b"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] tls_in app/web1 1/-1/5007 0 sC 1/1/1/1/3 0/0",
        );
        assert_eq!((row.signature, row.client_port), (Some("haproxy-connect-timed-out"), Some(41022)));
        assert_eq!(row.upstream.as_deref(), Some("app/web1"));
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:06.130Z"), "as it ended");
    }

    #[test]
    fn messages_of_the_process_are_read_in_every_version() {
        for line in [
            &b"[WARNING] 320/080101 (811) : Server app/web1 is DOWN, reason: Layer4 timeout, check duration: 2001ms."[..],
            b"[WARNING]  (811) : Server app/web1 is DOWN, reason: Layer4 timeout, check duration: 2001ms.",
        ] {
            assert!(is_other_line(line));
            let row = parse_message(line);
            assert_eq!((row.signature, row.process), (Some("haproxy-server-down"), Some(811)));
            assert_eq!((row.upstream.as_deref(), row.level.as_deref()), (Some("app/web1"), Some("warning")));
        }
        assert!(!is_other_line(b"[WARNING] disk is full"));
    }
}
