//! stunnel's log: `2026.11.17 08:01:01 LOG3[41]: message` (mtrojnar/stunnel src/log.c, `s_log`), and a file of what it sends to syslog, where
//! syslog's prefix stands in the instant's place. Host-local time, whole seconds; the number of the level is syslog's.
//!
//! In brackets stands the connection. Only the line that takes it names the client (src/client.c, `local_start`), so that is remembered.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::facts::messages::Program;
use crate::logs::format::syslog::envelope::open_envelope;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address_and_port;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::timestamp::{self, Stamp, StampAndRest};

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stunnel;

/// So many connections are known at a time; of more the oldest are forgotten.
const MOST_CONNECTIONS: usize = 4096;

/// What is said of a connection for which no server is left to try (src/client.c, `connect_remote`).
const NO_SERVER_LEFT: &[u8] = b"No more addresses to connect";

/// What is known of a connection.
#[derive(Debug, Default)]
struct TakenConnection {
    /// Which one it was: what stands in brackets may be used again.
    number: u64,
    client: Option<(IpAddr, Option<u16>)>,
    /// The last server that was tried in vain. Another one may be there.
    tried: Option<MessageLine>,
}

/// The last connections by what stands in brackets.
#[derive(Debug, Default)]
pub struct TakenConnections {
    known: HashMap<Box<[u8]>, TakenConnection>,
    oldest: VecDeque<(u64, Box<[u8]>)>,
    count: u64,
}

/// What a line says behind its instant.
struct StunnelLine<'a> {
    level: &'static str,
    connection: &'a [u8],
    text: &'a [u8],
}

impl LineFormat for Stunnel {
    type Memory = TakenConnections;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b"LOG").then_some(Stunnel)
    }

    fn id(&self) -> &'static str {
        "stunnel"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], connections: &mut TakenConnections, clock: &mut LineClock) -> Parsed {
        match written(line, clock) {
            Some((stamp, process, said)) => match connections.row(&said, stamp) {
                Some(row) => Parsed::Message(MessageLine { process, ..row }),
                // It comes with the line that gives up.
                None => Parsed::Skip(Skip::Comment),
            },
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

impl TakenConnections {
    /// The row of a line; `None` where a server was tried in vain, since the next one may be there.
    fn row(&mut self, said: &StunnelLine<'_>, stamp: Option<Stamp>) -> Option<MessageLine> {
        if let Some(client) = taken_from(said.text) {
            self.take(said.connection, client);
        }
        let mut row = message(said).at(stamp);
        if is_in_vain(&row) {
            self.of(said.connection).tried = Some(row);
            return None;
        }
        let Some(open) = self.known.get_mut(said.connection) else { return Some(row) };
        if said.text == NO_SERVER_LEFT
            && let Some(tried) = open.tried.take()
        {
            // Why, and that it is over: one event.
            row = MessageLine { text: format!("{}: {}", tried.text, row.text), ..tried }.at(stamp);
        }
        if said.text.starts_with(b"s_connect: connected ") {
            open.tried = None;
        }
        if let Some((client, port)) = open.client {
            (row.client, row.client_port) = (Some(client), port);
        }
        // The last word on a connection. A level may be set at which the next one of this name is not told of.
        if [&b"Connection closed: "[..], b"Connection reset: "].iter().any(|end| said.text.starts_with(end)) {
            self.known.remove(said.connection);
        }
        Some(row)
    }

    /// Begins a connection.
    fn take(&mut self, name: &[u8], client: (IpAddr, Option<u16>)) {
        self.known.remove(name);
        self.of(name).client = Some(client);
    }

    /// What is known of a connection, which may have begun before the log did.
    fn of(&mut self, name: &[u8]) -> &mut TakenConnection {
        if !self.known.contains_key(name) {
            self.count = self.count.saturating_add(1);
            self.oldest.push_back((self.count, name.into()));
            if self.oldest.len() > MOST_CONNECTIONS
                && let Some((number, name)) = self.oldest.pop_front()
                && self.known.get(&name).is_some_and(|known| known.number == number)
            {
                self.known.remove(&name);
            }
        }
        let number = self.count;
        self.known
            .entry(name.into())
            .or_insert_with(|| TakenConnection { number, ..TakenConnection::default() })
    }
}

/// Instant, process and words of a line, in a file of stunnel's own or behind syslog's prefix.
fn written<'a>(line: &'a [u8], clock: &LineClock) -> Option<(Option<Stamp>, Option<u32>, StunnelLine<'a>)> {
    if let Some((stamp, rest)) = instant(line) {
        return Some((Some(stamp), None, said(rest.strip_prefix(b" ")?)?));
    }
    let envelope = open_envelope(line, clock)?;
    Some((envelope.stamp, envelope.process, said(envelope.text)?))
}

/// `2026.11.17 08:01:01`.
fn instant(line: &[u8]) -> StampAndRest<'_> {
    let (head, rest) = line.split_at_checked(19)?;
    let mut iso = <[u8; 19]>::try_from(head).ok()?;
    for dot in [4, 7] {
        let place = iso.get_mut(dot).filter(|byte| **byte == b'.')?;
        *place = b'-';
    }
    let (stamp, b"") = timestamp::iso(&iso)? else { return None };
    Some((stamp, rest))
}

/// `LOG3[41]: message`.
fn said(text: &[u8]) -> Option<StunnelLine<'_>> {
    let [level @ b'0'..=b'7', b'[', rest @ ..] = text.strip_prefix(b"LOG")? else { return None };
    let (connection, rest) = split_at_byte(rest, b']')?;
    let level = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
        .get(usize::from(level.wrapping_sub(b'0')))?;
    // Twenty-two letters are the longest (src/log.c, `log_id`).
    (connection.len() <= 32).then_some(StunnelLine { level, connection, text: rest.strip_prefix(b": ")? })
}

/// The row of a message in syslog, which stands alone there: what its connection is nobody knows.
pub fn parse_message(text: &[u8]) -> Option<MessageLine> {
    said(text).map(|said| message(&said))
}

fn message(said: &StunnelLine<'_>) -> MessageLine {
    let mut row = MessageLine::of(said.text, Some(Program::Stunnel));
    row.level = Some(said.level.to_owned());
    row.program = Some("stunnel".to_owned());
    row.upstream = server_of(said.text);
    row
}

/// Whether a server was tried in vain.
fn is_in_vain(row: &MessageLine) -> bool {
    row.level.as_deref() == Some("err") && row.text.starts_with("s_connect: ")
}

/// `Service [web] accepted connection from 172.68.10.9:41022`.
fn taken_from(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let (_, client) = split_at_sequence(text.strip_prefix(b"Service [")?, b"] accepted connection from ")?;
    address_and_port(client)
}

/// `s_connect: connect 10.0.0.5:8080: Connection refused (111)`: the server behind.
fn server_of(text: &[u8]) -> Option<String> {
    let rest = text.strip_prefix(b"s_connect: ")?;
    let (_, rest) = split_at_byte(rest, b' ')?;
    let (server, _) = split_at_sequence(rest, b": ")?;
    (!server.is_empty()).then(|| text_within(server, 256))
}

#[cfg(test)]
mod tests;
