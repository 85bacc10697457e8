//! Requests in the log of a Rails application: `Started GET "/cart" for 172.68.10.9 at 2026-11-17 08:01:01 +0000` and, when it is over,
//! `Completed 500 Internal Server Error in 402ms` (railties lib/rails/rack/logger.rb, actionpack
//! lib/action_controller/log_subscriber.rb), or lograge's one line for both (roidrage/lograge). Between them stand messages of the
//! application.

mod open_requests;

use self::open_requests::{OpenRequests, StartedRequest};
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::named::NamedFields;
use crate::logs::access::pieces::{LinePiece, MOST_COLUMNS, cut};
use crate::logs::access::unit::PlainUnit;
use crate::logs::format::application::{self, ApplicationLog, LineOpening, Trace};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::{LONGEST_FIELD, split_at_byte, split_at_sequence};
use crate::text::number::leading_integer;
use crate::text::quote::unescape;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rails;

/// What was begun and is not over.
#[derive(Debug, Default)]
pub struct RailsMemory {
    requests: OpenRequests,
    trace: Trace,
}

/// A line, as far as it tells of a request.
enum RailsLine<'a> {
    /// A request begins.
    Started(StartedRequest),
    /// A request is over: its status and how long it took.
    Completed(&'a [u8], Duration),
    /// Both in one line.
    Whole(Box<NamedFields>),
}

impl LineFormat for Rails {
    type Memory = RailsMemory;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let tells = |line: &[u8]| match of_request(Line::of(line).text) {
            Some(RailsLine::Completed(..) | RailsLine::Whole(_)) => true,
            Some(RailsLine::Started(_)) | None => false,
        };
        sample.lines.iter().any(|line| tells(line)).then_some(Rails)
    }

    fn id(&self) -> &'static str {
        "rails"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], memory: &mut RailsMemory, clock: &mut LineClock) -> Parsed {
        let whole = Line::of(line);
        let stamp = whole.opening.map(|opening| opening.stamp).or(clock.collected());
        match of_request(whole.text) {
            Some(RailsLine::Started(request)) => {
                memory.requests.begin(whole.key(), request);
                ApplicationLog.parse(line, &mut memory.trace, clock)
            }
            Some(RailsLine::Completed(status, took)) => match memory.requests.end(&whole.key()) {
                Some(request) => completed(request, status, took),
                None => ApplicationLog.parse(line, &mut memory.trace, clock),
            },
            Some(RailsLine::Whole(fields)) => match whole_request(*fields, stamp) {
                Some(row) => Parsed::Access(row),
                // Nothing places it in time.
                None => Parsed::Message(application::parse_text(whole.text)),
            },
            // The lines of a trace have tags and no instant.
            None if whole.opening.is_none() => ApplicationLog.parse(whole.text, &mut memory.trace, clock),
            None => ApplicationLog.parse(line, &mut memory.trace, clock),
        }
    }
}

/// A line without what the logger put before it.
struct Line<'a> {
    opening: Option<LineOpening<'a>>,
    /// `[9f1c…]` of `log_tags`, as it stands.
    tags: &'a [u8],
    text: &'a [u8],
}

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Line<'a> {
        let opening = application::opening(line);
        let text = opening.map_or(line, |opening| opening.text);
        let mut rest = text;
        while let Some((_, after)) = rest.strip_prefix(b"[").and_then(|inner| split_at_sequence(inner, b"] "))
        {
            rest = after;
        }
        let tags = text.get(..text.len().saturating_sub(rest.len())).unwrap_or_default();
        Line { opening, tags, text: rest }
    }

    /// What the lines of one request have in common: tags, and the process.
    fn key(&self) -> Vec<u8> {
        let process = self.opening.and_then(|opening| opening.process).unwrap_or_default();
        let tags = self.tags.get(..self.tags.len().min(256)).unwrap_or_default();
        [&process.to_be_bytes(), tags].concat()
    }
}

fn of_request(text: &[u8]) -> Option<RailsLine<'_>> {
    if let Some(rest) = text.strip_prefix(b"Started ") {
        return started(rest).map(RailsLine::Started);
    }
    if let Some(rest) = text.strip_prefix(b"Completed ") {
        let (status, rest) = split_at_byte(rest, b' ')?;
        let (_, took) = split_at_sequence(rest, b"in ")?;
        let (milliseconds, after) = leading_integer(took)?;
        let took = i64::try_from(milliseconds).ok().filter(|_| after.starts_with(b"ms"))?;
        let whole = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
        return whole.then(|| RailsLine::Completed(status, Duration::from_milliseconds(took)));
    }
    text.starts_with(b"method=").then(|| lograge(text)).flatten()
}

/// `GET "/cart?id=1" for 172.68.10.9 at 2026-11-17 08:01:01 +0000`.
fn started(rest: &[u8]) -> Option<StartedRequest> {
    let (method, rest) = split_at_sequence(rest, b" \"")?;
    let (target, rest) = split_at_sequence(rest, b"\" for ")?;
    let (client, at) = split_at_sequence(rest, b" at ")?;
    let (stamp, _) = timestamp::iso(at.trim_ascii())?;
    let plain = method.len() <= 16 && method.iter().all(u8::is_ascii_uppercase);
    plain.then(|| StartedRequest {
        method: method.to_vec(),
        target: target.get(..LONGEST_FIELD).unwrap_or(target).to_vec(),
        client: client.get(..64).unwrap_or(client).to_vec(),
        stamp,
    })
}

/// lograge's pairs, of which durations count milliseconds.
fn lograge(text: &[u8]) -> Option<RailsLine<'_>> {
    let mut pieces = [LinePiece::default(); MOST_COLUMNS];
    let count = cut(text, b' ', &mut pieces);
    let mut fields = NamedFields::new(PlainUnit::Known(Duration::MILLISECOND));
    let mut seen = 0u8;
    for piece in pieces.iter().take(count).filter(|piece| !piece.key.is_empty()) {
        let Ok(key) = std::str::from_utf8(piece.key) else { continue };
        seen |= match key {
            "path" => 1,
            "status" => 2,
            "duration" => 4,
            _ => 0,
        };
        fields.put(key, &String::from_utf8_lossy(&unescape(piece.value)));
    }
    (seen == 7).then_some(RailsLine::Whole(Box::new(fields)))
}

fn whole_request(mut fields: NamedFields, stamp: Option<Stamp>) -> Option<AccessLine> {
    fields.put_stamp(stamp?);
    fields.finish()
}

fn completed(request: StartedRequest, status: &[u8], took: Duration) -> Parsed {
    let mut draft = AccessDraft::default();
    draft.put_time(Some(request.stamp));
    draft.put(AccessField::Method, &request.method);
    draft.put(AccessField::Target, &request.target);
    draft.put(AccessField::RemoteAddress, &request.client);
    draft.put(AccessField::Status, status);
    draft.line.request_time = Some(took);
    draft.finish().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
}
