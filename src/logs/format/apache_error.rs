//! Apache's error log: `[Tue Nov 17 08:01:01.123456 2026] [module:level] [pid 811:tid 1403] [client 172.68.10.9:41022] AH01071: …`
//! (src: httpd server/log.c). Host-local time. `client ip:port` is the exact key of the flow.

use std::borrow::Cow;

use crate::facts::messages::Program;
use crate::logs::format::rule_message;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, NamedTarget, message_text};
use crate::logs::sample::Sample;
use crate::text::address::{address, address_colon_port};
use crate::text::clock::LineClock;
use crate::text::line::{LONGEST_FIELD, split_at_byte, split_at_sequence, text_within};
use crate::text::number::leading_integer;
use crate::text::timestamp::{self, Stamp};

/// How the module's name begins (`evasive20:error`) that counts what a client asks for and refuses with the words of a rule on addresses (src: jzdziarski/mod_evasive,
/// mod_evasive20.c, `access_checker`).
const COUNTS_CLIENTS: &[u8] = b"evasive";

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApacheError;

impl LineFormat for ApacheError {
    type Memory = ();

    fn detect(_: &Sample<'_>) -> Option<Self> {
        Some(ApacheError)
    }

    fn id(&self) -> &'static str {
        "apache_error"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => Parsed::Message(row),
            None if line.starts_with(b"#") => Parsed::Skip(Skip::Comment),
            None if line.starts_with(b"[") => Parsed::Skip(Skip::Unparsed),
            // PHP and CGI programs write here without a prefix.
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

/// The row of a line.
pub fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = opening(line)?;
    Some(parse_message(rest).at(Some(stamp)))
}

/// The row of what follows the instant; also what Apache sends to syslog.
pub fn parse_message(line: &[u8]) -> MessageLine {
    let mut rest = line;
    let mut level = None;
    let mut process = None;
    let mut module: &[u8] = b"";
    let (mut client, mut client_port) = (None, None);
    while let Some((inside, after)) =
        rest.trim_ascii_start().strip_prefix(b"[").and_then(|inner| split_at_byte(inner, b']'))
    {
        if let Some(peer) = inside.strip_prefix(b"client ").or_else(|| inside.strip_prefix(b"remote ")) {
            (client, client_port) = peer_of(peer);
            rest = after;
            break;
        }
        if let Some(numbers) = inside.strip_prefix(b"pid ") {
            process = leading_integer(numbers).and_then(|(process, _)| u32::try_from(process).ok());
        } else if level.is_none() && is_level(inside) {
            let name = inside.rsplit(|byte| *byte == b':').next().unwrap_or(inside);
            level = Some(text_within(name, 16).to_ascii_lowercase());
            module = inside.strip_suffix(name).unwrap_or_default();
        } else if inside.starts_with(b"R:") || inside.starts_with(b"C:") {
            // Ids of request and connection (`%L`, `%{c}L`), as the documentation's own examples write them.
        } else if level.is_some() {
            // A bracket of the message itself.
            break;
        }
        rest = after;
    }
    let mut message = Cow::Borrowed(after_source(rest.trim_ascii_start()));
    let system_error = system_error(&message);
    // A system error stands before the client: `(104)Connection reset by peer: [client …] AH01075: …`.
    if client.is_none()
        && begins_with_status(&message)
        && let Some((error, after)) = before_peer(after_source(rest.trim_ascii_start()))
        && let Some((peer, after)) = split_at_byte(after, b']')
    {
        (client, client_port) = peer_of(peer);
        message = Cow::Owned([error, b": ", after.trim_ascii_start()].concat());
    }
    let mut row = MessageLine::of(own_words(&message), Some(Program::Apache));
    row.text = message_text(&message);
    row.level = level;
    row.program = Some("apache".to_owned());
    row.process = process;
    row.client = client.or_else(|| client_of_mod_qos(&message));
    row.client_port = client_port;
    row.system_error = system_error;
    if module.starts_with(COUNTS_CLIENTS) {
        row.recognise(line, Some(Program::Apache));
    }
    rule_message::put_request(&mut row, &message);
    row.target = row.target.take().or_else(|| answered_target(own_words(&message)));
    row
}

/// mod_qos names the client behind its message, as the last value or before the id of the request (src: mod_qos.c: `…, c=%s`, `…, c=%s, id=%s`).
fn client_of_mod_qos(message: &[u8]) -> Option<std::net::IpAddr> {
    message.starts_with(b"mod_qos(").then_some(())?;
    let (_, client) = message.split_at_checked(memchr::memmem::rfind(message, b", c=")?)?;
    let client = client.strip_prefix(b", c=")?;
    address(client.split(|byte| *byte == b',').next()?)
}

/// The path of the request that a proxy's message is about (src: httpd modules/proxy/proxy_util.c, ap_proxyerror): `… returned by /cart`.
fn answered_target(message: &[u8]) -> Option<NamedTarget> {
    let (_, path) = message.split_at_checked(memchr::memmem::rfind(message, b" returned by /")?)?;
    let path = path.strip_prefix(b" returned by ")?;
    Some(NamedTarget::Path(text_within(path, LONGEST_FIELD).into()))
}

/// What stands before the peer, and what from its address on. Where no request is at hand, as in the streams of HTTP/2, the peer is the
/// connection's: `[remote …]` (`ap_errorlog`'s format, server/log.c).
fn before_peer(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let split = |name: &[u8]| split_at_sequence(message, name);
    [split(b": [client "), split(b": [remote ")].into_iter().flatten().min_by_key(|(before, _)| before.len())
}

/// The message behind the file and line of Apache's source that `ErrorLogFormat`'s `%F` writes: `mod_proxy.c(123): `.
fn after_source(message: &[u8]) -> &[u8] {
    let rest = split_at_sequence(message.get(..64).unwrap_or(message), b"): ").and_then(|(source, _)| {
        let (file, line) = split_at_byte(source, b'(')?;
        let named = file.ends_with(b".c")
            && file.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let numbered = !line.is_empty() && line.iter().all(u8::is_ascii_digit);
        (named && numbered).then(|| message.get(source.len().checked_add(3)?..))?
    });
    rest.unwrap_or(message)
}

/// 2.4 writes the port after IPv6 addresses without brackets; 2.2 wrote no port.
fn peer_of(peer: &[u8]) -> (Option<std::net::IpAddr>, Option<u16>) {
    match address_colon_port(peer) {
        Some((address, port)) => (Some(address), port),
        None => (address(peer), None),
    }
}

fn opening(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let inner = line.strip_prefix(b"[")?;
    let (stamp, rest) = timestamp::apache_error(inner).or_else(|| {
        // `ErrorLogFormat` with an ISO instant; a level must follow, or anything in brackets would fit.
        let (stamp, rest) = timestamp::iso(inner)?;
        let (level, _) = split_at_byte(rest.strip_prefix(b"] [")?, b']')?;
        is_level(level).then_some((stamp, rest))
    })?;
    Some((stamp, rest.strip_prefix(b"]")?))
}

/// `error` or `module:error`.
fn is_level(inside: &[u8]) -> bool {
    let name = inside.rsplit(|byte| *byte == b':').next().unwrap_or(inside);
    let numbered = name.strip_prefix(b"trace").is_some_and(|number| number.len() == 1);
    numbered
        || matches!(name, b"emerg" | b"alert" | b"crit" | b"error" | b"warn" | b"notice" | b"info" | b"debug")
}

/// The message without the part that a visitor writes.
fn own_words(message: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(message, b", referer: ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message)
}

/// Whether a status of APR stands first: the system's `(104)`, the resolver's `(EAI 2)`, on Windows `(OS 10061)` or `(os 0x8007274d)` (src: httpd
/// server/log.c, log_apr_status).
fn begins_with_status(message: &[u8]) -> bool {
    let status = message.strip_prefix(b"(").and_then(|inner| split_at_byte(inner, b')'));
    status.is_some_and(|(status, _)| {
        let number = [&b"EAI "[..], b"OS ", b"os 0x"].iter().find_map(|kind| status.strip_prefix(*kind));
        let number = number.unwrap_or(status);
        !number.is_empty() && number.iter().all(u8::is_ascii_hexdigit)
    })
}

/// `(104)Connection reset by peer: …`: the number that stands first. APR's own begin at 20000 and are kept too.
fn system_error(message: &[u8]) -> Option<u32> {
    let (number, rest) = leading_integer(message.strip_prefix(b"(")?)?;
    rest.starts_with(b")").then(|| u32::try_from(number).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    /// Otherwise a limit on connections, which closes them without a word, is joined to none of the requests that it costs.
    #[test]
    fn mod_qos_names_the_client_behind_its_message() {
        let of = |rest: &str| {
            let line = format!(
                "[Tue Nov 17 08:01:01.1 2026] [qos:error] [pid 9:tid 8] mod_qos(031): access denied, QS_SrvMaxConnPerIP rule: max=3, concurrent connections=4{rest}"
            );
            let row = parse_line(line.as_bytes()).unwrap();
            (row.signature, row.client)
        };
        let client = "172.68.10.9".parse().ok();
        assert_eq!(of(", c=172.68.10.9"), (Some("apache-connections-limited"), client));
        assert_eq!(of(", c=172.68.10.9, id=9f"), (Some("apache-connections-limited"), client));
        assert_eq!(of(""), (Some("apache-connections-limited"), None));
    }

    #[test]
    fn the_clients_port_and_the_ah_number_are_found() {
        let row = parse_line(b"[Tue Nov 17 08:01:01.123456 2026] [proxy_fcgi:error] [pid 811:tid 1403] (104)Connection reset by peer: [client 172.68.10.9:41022] AH01075: Error dispatching request to :").unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.123456Z"));
        assert_eq!((row.level.as_deref(), row.process), (Some("error"), Some(811)));
        assert_eq!((row.client, row.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41022)));
        assert_eq!((row.signature, row.system_error), (Some("apache-fastcgi-failed"), Some(104)));
        assert_eq!(row.text, "(104)Connection reset by peer: AH01075: Error dispatching request to :");
        let late = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [proxy_fcgi:error] [pid 811] (70007)The timeout specified has expired: [client 172.68.10.9:41022] AH01075: Error dispatching request to : (polling)").unwrap();
        assert_eq!((late.signature, late.client_port), (Some("apache-backend-timed-out"), Some(41022)));
        let unknown = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [proxy:error] [pid 9:tid 8] (EAI 2)Name or service not known: [client 172.68.10.9:41022] AH00898: DNS lookup failure for: app.internal returned by /cart").unwrap();
        assert_eq!((unknown.client, unknown.client_port), (row.client, Some(41_022)));
        assert_eq!((unknown.system_error, unknown.signature), (None, Some("apache-backend-unresolved")));
        assert_eq!((unknown.target, row.target), (Some(NamedTarget::Path("/cart".into())), None));
        // A stream of HTTP/2 has no request of the connection's own.
        let stream = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [proxy:error] [pid 9:tid 8] (70007)The timeout specified has expired: [remote 172.68.10.9:41022] AH01102: error reading status line from remote server 127.0.0.1:9000").unwrap();
        assert_eq!((stream.client, stream.client_port), (row.client, Some(41_022)));
        assert_eq!(stream.signature, Some("apache-backend-timed-out"));
        let windows = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [proxy:error] [pid 9:tid 8] (OS 10061)No connection could be made because the target machine actively refused it.  : [client 172.68.10.9:41022] AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (*) failed").unwrap();
        assert_eq!(windows.client_port, Some(41_022));
        let six = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [authz_core:error] [pid 9] [client 2001:db8::1:41022] AH01630: client denied by server configuration: /x").unwrap();
        assert_eq!((six.client, six.client_port), (Some("2001:db8::1".parse().unwrap()), Some(41022)));
    }

    #[test]
    fn php_messages_inside_are_recognised() {
        let row = parse_line(b"[Tue Nov 17 08:01:01.1 2026] [proxy_fcgi:error] [pid 9:tid 8] [client 172.68.10.9:41022] AH01071: Got error 'PHP message: PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried'").unwrap();
        assert_eq!((row.signature, row.figure), (Some("php-memory-exhausted"), Some(134_217_728)));
    }

    #[test]
    fn lines_of_apache_2_2_are_read_too() {
        let row = parse_line(b"[Sat Jun 01 02:17:42 2013] [error] [client 192.168.33.1] File does not exist: /srv/[client 192.168.0.1] x").unwrap();
        assert_eq!((row.client, row.client_port), (Some("192.168.33.1".parse().unwrap()), None));
        assert_eq!(row.text, "File does not exist: /srv/[client 192.168.0.1] x");
        assert!(parse_line(b"[2022-02-11 13:41:28] events.INFO: x").is_none());
    }
}
