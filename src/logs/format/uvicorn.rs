//! uvicorn's console: `INFO:     172.68.10.9:41022 - "GET /cart HTTP/1.1" 500 Internal Server Error` and messages with the same levels
//! (src: encode/uvicorn uvicorn/logging.py, config.py). No line has an instant: it is the collector's, or nobody's.

use crate::logs::access::request_line::split_request;
use crate::logs::format::application::{self, ApplicationLog, Trace};
use crate::logs::line_format::{LineFormat, LogKind, Parsed};
use crate::logs::row::access::AccessLine;
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address_and_port;
use crate::text::clock::LineClock;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::number::leading_integer;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Uvicorn;

/// The levels that begin a line, padded to ten bytes.
const LEVELS: [(&[u8], &str); 6] = [
    (b"TRACE:", "debug"),
    (b"DEBUG:", "debug"),
    (b"INFO:", "info"),
    (b"WARNING:", "warning"),
    (b"ERROR:", "error"),
    (b"CRITICAL:", "critical"),
];

/// The width to which uvicorn pads a level.
const LEVEL_WIDTH: usize = 10;

impl LineFormat for Uvicorn {
    type Memory = Trace;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| request(line).is_some()).then_some(Uvicorn)
    }

    fn id(&self) -> &'static str {
        "uvicorn"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], trace: &mut Trace, clock: &mut LineClock) -> Parsed {
        if let Some(row) = request(line) {
            return match clock.collected() {
                Some(stamp) => Parsed::Access(AccessLine { time_is_end: true, ..row }.at(stamp)),
                None => Parsed::Message(without_instant(line, row)),
            };
        }
        match levelled(line) {
            Some((level, text)) => {
                let row = application::parse_text(text);
                let program = row.program.or_else(|| Some("uvicorn".to_owned()));
                trace.begin(clock.collected());
                Parsed::Message(MessageLine { level: Some(level.to_owned()), program, ..row })
            }
            None => ApplicationLog.parse(line, trace, clock),
        }
    }
}

/// A level and what follows its padding.
fn levelled(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let (word, level) = LEVELS.iter().find(|(word, _)| line.starts_with(word))?;
    let (padding, text) = line.get(word.len()..)?.split_at_checked(LEVEL_WIDTH.saturating_sub(word.len()))?;
    padding.iter().all(|byte| *byte == b' ').then_some((*level, text))
}

/// A request, without an instant.
fn request(line: &[u8]) -> Option<AccessLine> {
    let (_, text) = levelled(line)?;
    let (peer, rest) = split_at_sequence(text, b" - \"")?;
    let (peer, port) = address_and_port(peer)?;
    let (request, rest) = split_at_byte(rest, b'"')?;
    let (method, target) = split_request(request)?;
    let (status, _) = leading_integer(rest.strip_prefix(b" ")?)?;
    Some(AccessLine {
        remote_address: Some(peer),
        // Behind a proxy the address is X-Forwarded-For's, and the port 0.
        remote_port: port.filter(|port| *port != 0),
        method: Some(text_within(method, 64)),
        target: Some(field_text(target)),
        status: Some(u16::try_from(status).ok()?),
        ..AccessLine::default()
    })
}

/// A request that nobody knows the time of is a message; one that failed says which it was.
fn without_instant(line: &[u8], row: AccessLine) -> MessageLine {
    let failed = row.status.is_some_and(|status| status >= 500);
    let message = MessageLine::of(line, None);
    MessageLine {
        level: Some("info".to_owned()),
        program: Some("uvicorn".to_owned()),
        client: row.remote_address,
        client_port: row.remote_port,
        request: row.method.zip(row.target).filter(|_| failed),
        ..message
    }
}
