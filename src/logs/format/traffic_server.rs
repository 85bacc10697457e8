//! Apache Traffic Server's error.log: `20261117.08h01m01s CONNECT: attempt fail [CONNECTION_ERROR] to 10.0.0.5:8080 for host='shop.example' …
//! url='http://10.0.0.5:8080/cart'` (apache/trafficserver proxy/logging/LogUtils, proxy/http/HttpTransact). Host-local time, whole seconds.

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{LONGEST_FIELD, split_at_byte, split_at_sequence, text_within};
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrafficServerError;

impl LineFormat for TrafficServerError {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| parse_line(line).is_some()).then_some(TrafficServerError)
    }

    fn id(&self) -> &'static str {
        "traffic_server_error"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message)
    }
}

fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::traffic_server(line)?;
    let message = rest.strip_prefix(b" ")?.trim_ascii();
    // An attempt may have several words on one connection; what failed stands first.
    let mut row = MessageLine::of(message, Some(Program::TrafficServer));
    row.program = Some("traffic_server".to_owned());
    row.host = quoted(message, b"host='").and_then(|host| bare_host(&text_within(host, 256)));
    row.upstream = split_at_sequence(message, b" to ")
        .and_then(|(_, rest)| split_at_byte(rest, b' '))
        .map(|(server, _)| text_within(server, 256));
    // The URL is the application's: of the visitor's it has path and query.
    row.target = quoted(message, b"url='").and_then(target_of).map(NamedTarget::Whole);
    Some(row.at(Some(stamp)))
}

/// The value behind a name, to the next quote.
fn quoted<'m>(message: &'m [u8], name: &[u8]) -> Option<&'m [u8]> {
    let (_, rest) = split_at_sequence(message, name)?;
    Some(split_at_byte(rest, b'\'')?.0)
}

fn target_of(url: &[u8]) -> Option<Box<str>> {
    let (_, rest) = split_at_sequence(url, b"://")?;
    let at = memchr::memchr(b'/', rest)?;
    Some(text_within(rest.get(at..)?, LONGEST_FIELD).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn an_attempt_that_failed_names_what_was_asked_of_whom() {
        let row = parse_line(b"20261117.08h01m01s CONNECT: attempt fail [CONNECTION_ERROR] to 10.0.0.5:8081 for host='shop.example' connection_result=Connection refused [111] error=Connection refused [111] attempts=0 url='http://10.0.0.5:8081/api/stock?sku=566'").unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!((row.time_is_local, row.signature), (true, Some("traffic-server-backend-refused")));
        assert_eq!(
            (row.host.as_deref(), row.upstream.as_deref()),
            (Some("shop.example"), Some("10.0.0.5:8081"))
        );
        assert_eq!(row.target, Some(NamedTarget::Whole("/api/stock?sku=566".into())));
        let late = parse_line(b"20261117.08h01m01s CONNECT: attempt fail [INACTIVE_TIMEOUT] to 10.0.0.5:8080 for host='shop.example' connection_result=Connection timed out [110] error=Connection timed out [110] attempts=0 url='http://10.0.0.5:8080/p/1'").unwrap();
        assert_eq!(late.signature, Some("traffic-server-backend-timed-out"));
        assert!(parse_line(b"20261117.08h61m01s CONNECT: x").is_none());
        assert!(parse_line(b"20261117 08:01:01 CONNECT: x").is_none());
    }
}
