//! lighttpd's error log: `2026-11-17 08:01:01: (gw_backend.c.311) message` (lighttpd/lighttpd1.4 src/log.c). Host-local time; no levels, no
//! client. File and line of the source change with every version.

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct LighttpdError;

impl LineFormat for LighttpdError {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b": (").then_some(LighttpdError)
    }

    fn id(&self) -> &'static str {
        "lighttpd_error"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => Parsed::Message(row),
            // What an application prints on its standard error stands here without a prefix.
            None if timestamp::iso(line).is_none() => Parsed::Skip(Skip::Continuation),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::iso(line)?;
    let (source, message) = split_at_sequence(rest.strip_prefix(b": (")?, b") ")?;
    if source.len() > 64 || memchr::memmem::find(source, b".c.").is_none() {
        return None;
    }
    Some(parse_message(message).at(Some(stamp)))
}

/// The row of a message without its prefix; also what lighttpd sends to syslog.
pub fn parse_message(message: &[u8]) -> MessageLine {
    // In syslog file and line of the source still stand before it.
    let message = match message.strip_prefix(b"(").and_then(|inner| split_at_sequence(inner, b") ")) {
        Some((source, rest)) if source.len() <= 64 => rest,
        _ => message,
    };
    let mut row = MessageLine::of(message, Some(Program::Lighttpd));
    row.program = Some("lighttpd".to_owned());
    row.upstream = socket_of(message);
    if let Some((host, target)) = request_of(message) {
        row.host = bare_host(&text_within(host, 256));
        row.target = Some(NamedTarget::Whole(field_text(target).into()));
    }
    row
}

/// `socket: tcp:127.0.0.1:9000`: the application's.
fn socket_of(message: &[u8]) -> Option<String> {
    let (_, rest) = split_at_sequence(message, b"socket: ")?;
    let end = rest.iter().position(|byte| matches!(byte, b' ' | b',')).unwrap_or(rest.len());
    let socket = rest.get(..end)?;
    Some(text_within(socket.strip_suffix(b":").unwrap_or(socket), 256))
}

/// ` for shop.example /index.php?q=1` at the end: host and target, an empty query without its mark.
fn request_of(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = split_at_sequence(message, b" for ")?;
    let rest = rest.split(|byte| *byte == b',').next().unwrap_or(rest);
    let (host, target) = split_at_byte(rest, b' ').unwrap_or((b"", rest));
    let target = target.strip_suffix(b"?").unwrap_or(target);
    (target.starts_with(b"/") && memchr::memchr(b' ', target).is_none()).then_some((host, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateways_message_names_socket_host_and_target() {
        let row = parse_line(b"2026-11-17 08:01:01: (mod_fastcgi.c.421) unexpected end-of-file (perhaps the fastcgi process died) on socket: unix:/run/php.sock (pid:811) for shop.example /cart?id=1").unwrap();
        assert_eq!(
            (row.signature, row.upstream.as_deref()),
            (Some("lighttpd-backend-closed-early"), Some("unix:/run/php.sock"))
        );
        assert_eq!(
            (row.host.as_deref(), row.target.as_ref().map(NamedTarget::text)),
            (Some("shop.example"), Some("/cart?id=1"))
        );
        assert!(parse_line(b"2026-11-17 08:01:01: (something) else").is_none());
    }
}
