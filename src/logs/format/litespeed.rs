//! LiteSpeed's and OpenLiteSpeed's error log: `2026-11-17 08:01:01.123456 [NOTICE] [811] [172.68.10.9:41022:HTTP2-41#shop] message`
//! (samples: crowdsecurity/hub, litespeed). Host-local time. `ip:port` is the exact key of the flow.

use std::net::IpAddr;

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address_and_port;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{split_at_byte, text_within};
use crate::text::number::bounded_integer;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiteSpeedError;

impl LineFormat for LiteSpeedError {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b" [").then_some(LiteSpeedError)
    }

    fn id(&self) -> &'static str {
        "litespeed_error"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => Parsed::Message(row),
            // What PHP prints on its standard error stands here without a prefix.
            None if timestamp::iso(line).is_none() => Parsed::Skip(Skip::Continuation),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The row of a line.
fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::iso(line)?;
    let (level, rest) = bracketed(rest)?;
    let (process, rest) = bracketed(rest)?;
    let process = bounded_integer(process)?;
    if !level.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    // A message about no connection names none.
    let (connection, message) = match bracketed(rest) {
        Some((connection, message)) if connection_of(connection).is_some() => (connection, message),
        _ => (&b""[..], rest),
    };
    let mut row = MessageLine::of(message.trim_ascii(), Some(Program::LiteSpeed)).at(Some(stamp));
    row.level = Some(text_within(level, 16).to_ascii_lowercase());
    row.program = Some("litespeed".to_owned());
    row.process = Some(process);
    if let Some((client, port, host)) = connection_of(connection) {
        (row.client, row.client_port, row.host) = (Some(client), port, host);
    }
    Some(row)
}

/// ` [value]` at the start of `rest`, and what follows it.
fn bracketed(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    split_at_byte(rest.strip_prefix(b" [")?, b']')
}

/// `172.68.10.9:41022:HTTP2-41#shop`: the peer, the stream on its connection, the virtual host, which has a host's name where it has a dot.
fn connection_of(connection: &[u8]) -> Option<(IpAddr, Option<u16>, Option<String>)> {
    let (stream, name) = split_at_byte(connection, b'#').unwrap_or((connection, b""));
    let peer = memchr::memrchr(b'-', stream).and_then(|end| stream.get(..end)).unwrap_or(stream);
    let peer =
        [&b":HTTP2"[..], b":QUIC", b":H2"].iter().find_map(|end| peer.strip_suffix(*end)).unwrap_or(peer);
    let (client, port) = address_and_port(peer)?;
    let name = name.strip_prefix(b"APVH_").unwrap_or(name);
    let host = memchr::memchr(b'.', name).and_then(|_| bare_host(&text_within(name, 256)));
    Some((client, port, host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn the_clients_port_joins_a_message_to_its_flow() {
        for line in [
            "2026-11-17 08:01:01.123456 [NOTICE] [811] [172.68.10.9:41022:HTTP2-41#shop] [STDERR] out of words",
            "2026-11-17 08:01:01.123456 [NOTICE] [811] [172.68.10.9:41022-5#shop] [STDERR] out of words",
            "2026-11-17 08:01:01.123456 [NOTICE] [811] [172.68.10.9:41022] [STDERR] out of words",
        ] {
            let row = parse_line(line.as_bytes()).unwrap();
            assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.123456Z"));
            assert_eq!((row.level.as_deref(), row.process), (Some("notice"), Some(811)));
            assert_eq!((row.client, row.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41022)));
            assert_eq!(row.text, "[STDERR] out of words");
        }
        let started = parse_line(b"2026-11-17 08:01:01.123456 [NOTICE] [811] Loading configuration").unwrap();
        assert_eq!((started.client, started.text.as_str()), (None, "Loading configuration"));
    }
}
