//! hitch's log: `20261117T080101.123456 [  811] 172.68.10.9:41022 :0 7:8 message` (varnish/hitch src/logging.c, `VWLOG`, `logproxy`): the client, the
//! port towards the server behind, the descriptors. Host-local time. An error of a connection names no client (`{backend-connect}: …`); the same
//! process then closes that connection, and its next line names it (src/hitch.c, `shutdown_proxy`).

use std::net::IpAddr;

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address_and_port;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::number::bounded_integer;
use crate::text::timestamp::{self, Stamp};

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hitch;

/// The process whose line before this one was an error of a connection that it did not name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NamelessError(Option<u32>);

impl LineFormat for Hitch {
    type Memory = NamelessError;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| written(line).is_some()).then_some(Hitch)
    }

    fn id(&self) -> &'static str {
        "hitch"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], before: &mut NamelessError, _: &mut LineClock) -> Parsed {
        let Some((stamp, process, text)) = written(line) else { return Parsed::Skip(Skip::Unparsed) };
        let is_next = before.0.take() == Some(process);
        let row = parse_message(text);
        if is_next && row.client.is_some() && row.text.starts_with("proxy shutdown req=") {
            let (client, client_port) = (row.client, row.client_port);
            return Parsed::Cause(MessageLine { client, client_port, ..MessageLine::default() });
        }
        before.0 = is_nameless_error(&row).then_some(process);
        Parsed::Message(MessageLine { process: Some(process), ..row.at(Some(stamp)) })
    }
}

/// Instant, process and what follows of a line.
fn written(line: &[u8]) -> Option<(Stamp, u32, &[u8])> {
    let (stamp, rest) = timestamp::compact(line)?;
    let (process, text) = split_at_byte(rest.strip_prefix(b" [")?, b']')?;
    Some((stamp, bounded_integer(process.trim_ascii_start())?, text.strip_prefix(b" ")?))
}

/// The row of a message without its prefix; also what hitch sends to syslog.
pub fn parse_message(text: &[u8]) -> MessageLine {
    let (client, text) = of_connection(text).unwrap_or((None, text));
    let mut row = MessageLine::of(text, Some(Program::Hitch));
    row.program = Some("hitch".to_owned());
    if let Some((client, port)) = client {
        (row.client, row.client_port) = (Some(client), port);
    }
    row
}

/// A client's address and port.
type NamedClient = (IpAddr, Option<u16>);

/// `172.68.10.9:41022 :0 7:8 message`: the client, if hitch could name it, and the message.
fn of_connection(text: &[u8]) -> Option<(Option<NamedClient>, &[u8])> {
    let (client, rest) = split_at_byte(text, b' ')?;
    let (port, rest) = split_at_byte(rest.strip_prefix(b":")?, b' ')?;
    let (descriptors, rest) = split_at_byte(rest, b' ')?;
    let (up, down) = split_at_byte(descriptors, b':')?;
    let are_numbers = [port, up, down].iter().all(|number| bounded_integer::<u32>(number).is_some());
    are_numbers.then(|| (address_and_port(client), rest))
}

/// Whether it is about one connection and does not say which: what stands in braces is a side of it.
fn is_nameless_error(row: &MessageLine) -> bool {
    row.client.is_none()
        && row.signature.is_some()
        && ["{backend-connect}", "{backend}", "{client}"].iter().any(|side| row.text.starts_with(side))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn parsed(lines: &[&str]) -> Vec<Parsed> {
        let mut before = NamelessError::default();
        let mut clock = LineClock::default();
        lines.iter().map(|line| Hitch.parse(line.as_bytes(), &mut before, &mut clock)).collect()
    }

    #[test]
    fn a_line_of_a_connection_names_client_and_port() {
        let lines = [
            "20261117T080101.123456 [  811] 172.68.10.9:41022 :0 7:8 Handshake failure: error:0A0000C1:SSL routines::no shared cipher",
            "20261117T080101.123457 [  811] [2001:db8::1]:41022 :57522 7:8 Connection closed by client",
            "20261117T080101.123458 [  811] n/a:n/a :0 7:8 proxy connect",
        ];
        let [Parsed::Message(tls), Parsed::Message(six), Parsed::Message(nobody)] = &parsed(&lines)[..]
        else {
            panic!()
        };
        assert_eq!(tls.time, Time::parse_rfc3339("2026-11-17T08:01:01.123456Z"));
        assert_eq!((tls.time_is_local, tls.process), (true, Some(811)));
        assert_eq!((tls.client, tls.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41022)));
        assert_eq!(tls.signature, Some("tls-cipher-unshared"));
        assert_eq!(six.client, Some("2001:db8::1".parse().unwrap()));
        assert_eq!((nobody.client, nobody.text.as_str()), (None, "proxy connect"));
        assert!(written(b"20261117T080101 [  811] x").is_none());
        assert!(written(b"20261117T086101.123456 [  811] x").is_none());
    }

    /// Otherwise an error of one connection is told of another, or of none.
    #[test]
    fn an_error_without_a_name_is_of_the_connection_that_its_process_closes_next() {
        let refused = "20261117T080101.123456 [  811] {backend-connect}: Connection refused";
        let closed =
            "20261117T080101.123457 [  811] 172.68.10.9:41022 :0 7:8 proxy shutdown req=SHUTDOWN_HARD";
        let of_another = closed.replace("  811", "  812");
        let Parsed::Cause(named) = &parsed(&[refused, closed])[1] else { panic!() };
        assert_eq!((named.client, named.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41022)));
        assert_eq!((named.text.as_str(), named.time), ("", None));
        for lines in
            [&[refused, of_another.as_str()][..], &[closed, closed], &[refused, of_another.as_str(), closed]]
        {
            assert!(parsed(lines).iter().all(|one| matches!(one, Parsed::Message(_))), "{lines:?}");
        }
    }
}
