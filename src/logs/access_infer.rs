//! Access formats that nobody told us: the columns are learned from sample lines.
//!
//! A line is cut into quoted, bracketed and bare pieces; pieces of the form `key=value` are known by their keys. What a column
//! means is voted by the samples. Columns left of the time and right of it are counted from the time, so that a user name with
//! blanks shifts nothing.

use crate::logs::access::AccessLine;
use crate::logs::access_field::{Draft, Field, duration_with_unit, split_request};
use crate::logs::access_variables::named_field;
use crate::logs::clock;
use crate::logs::format::{Context, Kind, LineFormat, Parsed, Skip};
use crate::logs::scan::{address, address_and_port, closing_quote, integer};
use crate::ray::RayAtColo;
use crate::time::SECOND;

/// Columns that are looked at.
const MOST_COLUMNS: usize = 64;

/// Columns learned from samples.
#[derive(Clone, Debug)]
pub struct InferredFormat {
    separator: u8,
    time_column: usize,
    before: Vec<Field>,
    after: Vec<Field>,
    time_is_end: bool,
}

/// A piece of a line.
#[derive(Clone, Copy, Debug, Default)]
struct Piece<'a> {
    key: &'a [u8],
    value: &'a [u8],
    shape: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Bare,
    Quoted,
    Bracketed,
}

type Pieces<'a> = [Piece<'a>; MOST_COLUMNS];

impl InferredFormat {
    /// Learns the columns of these lines; `None` where they do not look like an access log.
    pub fn learn(samples: &[&[u8]]) -> Option<InferredFormat> {
        let separator = separator_of(samples);
        let mut columns: Vec<usize> = Vec::new();
        let mut pieces = [Piece::default(); MOST_COLUMNS];
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            if let Some(at) = time_column(pieces.get(..count)?) {
                columns.push(at);
            }
        }
        let time_column = most_frequent(columns)?;
        let mut votes: Vec<Vec<Field>> = Vec::new();
        let mut dash_bytes = false;
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            let Some(found) = pieces.get(..count) else { continue };
            if self::time_column(found) != Some(time_column) {
                continue;
            }
            let fields = guess(found, time_column, &mut dash_bytes);
            for (index, field) in fields.into_iter().enumerate() {
                if votes.len() <= index {
                    votes.push(Vec::new());
                }
                if let Some(column) = votes.get_mut(index) {
                    column.push(field);
                }
            }
        }
        let mut fields: Vec<Field> = votes.into_iter().map(elected).collect();
        keep_first_of_each(&mut fields);
        let after = fields.split_off(time_column.saturating_add(1).min(fields.len()));
        fields.truncate(time_column);
        let useful =
            |fields: &[Field]| fields.iter().any(|field| matches!(field, Field::Request | Field::Status));
        if !useful(&after) && !useful(&fields) {
            return None;
        }
        Some(InferredFormat { separator, time_column, before: fields, after, time_is_end: !dash_bytes })
    }

    /// The row of a line; `None` where it is none of this format.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut pieces = [Piece::default(); MOST_COLUMNS];
        let count = cut(line, self.separator, &mut pieces);
        let pieces = pieces.get(..count)?;
        let time = match pieces.get(self.time_column).and_then(time_of) {
            Some(stamp) => (self.time_column, stamp),
            None => pieces.iter().enumerate().find_map(|(at, piece)| Some((at, time_of(piece)?)))?,
        };
        let mut draft = Draft::default();
        draft.line.time_is_end = self.time_is_end;
        draft.put_time(Some(time.1));
        for (piece, field) in pieces.iter().take(time.0).zip(&self.before) {
            take(&mut draft, piece, *field);
        }
        let rest = pieces.get(time.0.saturating_add(1)..)?;
        for (index, piece) in rest.iter().enumerate() {
            take(&mut draft, piece, self.after.get(index).copied().unwrap_or(Field::Ignored));
        }
        let row = draft.finish()?;
        // A time and a target alone are any message.
        (row.status.is_some() || row.method.is_some() || row.odd_request_line.is_some()).then_some(row)
    }
}

impl LineFormat for InferredFormat {
    fn id(&self) -> &'static str {
        if self.time_is_end { "nginx_access" } else { "apache_access" }
    }

    fn kind(&self) -> Kind {
        Kind::AccessLog
    }

    fn parse(&self, line: &[u8], _: &mut Context) -> Parsed {
        match self.parse_line(line) {
            Some(row) => Parsed::Access(row),
            None if line.starts_with(b"#") => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// Gives a piece to the row under the field of its column, else of its key, else, where it has a ray's form, as the ray.
fn take(draft: &mut Draft, piece: &Piece<'_>, field: Field) {
    let field = if piece.key.is_empty() { field } else { keyed(piece) };
    if field != Field::Ignored && draft.put(field, piece.value) {
        return;
    }
    if draft.line.ray.is_none()
        && let Some(ray) = ray_in(piece.value)
    {
        draft.line.ray = Some(ray);
    }
}

/// The field of a `key=value` piece.
fn keyed(piece: &Piece<'_>) -> Field {
    let field = std::str::from_utf8(piece.key).ok().and_then(named_field).unwrap_or(Field::Ignored);
    match field {
        // `ua` is the user agent in some logs and the upstream's address in others: the value tells.
        Field::UpstreamAddress if piece.shape == Shape::Quoted && !looks_like_upstream(piece.value) => {
            Field::UserAgent
        }
        // The line has its own time.
        Field::Time => Field::Ignored,
        other => other,
    }
}

fn looks_like_upstream(value: &[u8]) -> bool {
    let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
    first == b"-" || first.starts_with(b"unix:") || address_and_port(first).is_some()
}

/// A ray in a piece that no column names. Sixteen digits alone may be a time in microseconds: they need a letter or a data centre.
fn ray_in(value: &[u8]) -> Option<RayAtColo> {
    if !(16..=22).contains(&value.len()) {
        return None;
    }
    let ray = RayAtColo::parse(value)?;
    (ray.colo.is_some() || value.iter().any(u8::is_ascii_alphabetic)).then_some(ray)
}

/// Cuts a line into pieces; gives how many.
fn cut<'a>(line: &'a [u8], separator: u8, pieces: &mut Pieces<'a>) -> usize {
    let mut count = 0usize;
    let mut at = 0usize;
    while let (Some(&first), Some(slot)) = (line.get(at), pieces.get_mut(count)) {
        if first == separator || first == b' ' {
            at = at.saturating_add(1);
            continue;
        }
        let (piece, end) = piece_at(line, at, separator);
        *slot = piece;
        count = count.saturating_add(1);
        at = end.max(at.saturating_add(1));
    }
    count
}

fn piece_at(line: &[u8], at: usize, separator: u8) -> (Piece<'_>, usize) {
    let rest = line.get(at..).unwrap_or_default();
    if let Some((value, shape, length)) = enclosed(rest) {
        return (Piece { key: b"", value, shape }, at.saturating_add(length));
    }
    let length = match separator {
        b' ' => super::access_format::list_length(rest),
        other => memchr::memchr(other, rest).unwrap_or(rest.len()),
    };
    let bare = rest.get(..length).unwrap_or(rest);
    if let Some(equals) = memchr::memchr(b'=', bare.get(..32).unwrap_or(bare))
        && let Some((key, tail)) = rest.split_at_checked(equals)
        && !key.is_empty()
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$'))
    {
        let tail = tail.get(1..).unwrap_or_default();
        let start = equals.saturating_add(1);
        if let Some((value, shape, length)) = enclosed(tail) {
            return (Piece { key, value, shape }, at.saturating_add(start).saturating_add(length));
        }
        let value = bare.get(start..).unwrap_or_default();
        return (Piece { key, value, shape: Shape::Bare }, at.saturating_add(length));
    }
    let value = bare.trim_ascii().strip_suffix(b",").unwrap_or(bare.trim_ascii());
    (Piece { key: b"", value, shape: Shape::Bare }, at.saturating_add(length))
}

/// A quoted or bracketed value at the start: the value, its shape and the length with what encloses it.
fn enclosed(rest: &[u8]) -> Option<(&[u8], Shape, usize)> {
    let (end, shape) = match rest.first()? {
        b'"' => (closing_quote(rest, 1)?, Shape::Quoted),
        // Only an instant stands in brackets; an address in brackets has a port behind it.
        b'[' => (memchr::memchr(b']', rest.get(..48).unwrap_or(rest))?, Shape::Bracketed),
        _ => return None,
    };
    if shape == Shape::Bracketed && rest.get(end.checked_add(1)?) == Some(&b':') {
        return None;
    }
    Some((rest.get(1..end)?, shape, end.checked_add(1)?))
}

fn time_of(piece: &Piece<'_>) -> Option<clock::Stamp> {
    if !piece.key.is_empty() {
        return None;
    }
    match piece.shape {
        Shape::Bracketed => clock::any(piece.value.trim_ascii()).or_else(|| {
            // A zone's name or a fraction may follow; the instant stands first.
            clock::common_log(piece.value).map(|(stamp, _)| stamp)
        }),
        Shape::Quoted => clock::any(piece.value),
        // A bare whole number may be anything; with milliseconds it is `$msec`.
        Shape::Bare if integer(piece.value).is_some() => None,
        Shape::Bare => clock::any(piece.value),
    }
}

fn time_column(pieces: &[Piece<'_>]) -> Option<usize> {
    pieces.iter().position(|piece| time_of(piece).is_some())
}

fn separator_of(samples: &[&[u8]]) -> u8 {
    for separator in [b'\t', b'|'] {
        let enough = |line: &&&[u8]| memchr::memchr_iter(separator, line).count() >= 4;
        // More than half: odd lines there always are.
        if samples.iter().filter(enough).count().saturating_mul(2) > samples.len() {
            return separator;
        }
    }
    b' '
}

fn most_frequent(mut values: Vec<usize>) -> Option<usize> {
    values.sort_unstable();
    let mut best = (0usize, None);
    for group in values.chunk_by(|a, b| a == b) {
        if group.len() > best.0 {
            best = (group.len(), group.first().copied());
        }
    }
    best.1
}

/// The field that most samples gave a column. A ray counts if any sample has one: most requests may not come through the edge.
fn elected(votes: Vec<Field>) -> Field {
    if votes.contains(&Field::Ray) {
        return Field::Ray;
    }
    let count = |wanted: Field| votes.iter().filter(|field| **field == wanted).count();
    let mut best = (0usize, Field::Ignored);
    for field in &votes {
        // Ignored is the vote of an empty column (`-`), and yields to any other.
        let number = if *field == Field::Ignored { 0 } else { count(*field) };
        if number > best.0 {
            best = (number, *field);
        }
    }
    // A field that one odd line alone suggests is none.
    if best.0.saturating_mul(4) >= votes.len() { best.1 } else { Field::Ignored }
}

/// Two columns of one meaning: the first is it.
fn keep_first_of_each(fields: &mut [Field]) {
    let mut seen: Vec<Field> = Vec::new();
    for field in fields {
        if seen.contains(field) {
            *field = Field::Ignored;
        } else {
            seen.push(*field);
        }
    }
}

/// What each piece of one line seems to be.
fn guess(pieces: &[Piece<'_>], time_column: usize, dash_bytes: &mut bool) -> Vec<Field> {
    let mut fields = vec![Field::Ignored; pieces.len()];
    let mut guesser = Guesser::default();
    for (index, (piece, field)) in pieces.iter().zip(&mut fields).enumerate() {
        if piece.key.is_empty() && index != time_column {
            *field = guesser.next(piece, index < time_column);
        }
    }
    *dash_bytes |= guesser.dash_bytes;
    fields
}

#[derive(Default)]
struct Guesser {
    addressed: bool,
    asked: bool,
    status: bool,
    bytes: bool,
    referer: bool,
    agent: bool,
    timed: bool,
    upstream_timed: bool,
    dash_bytes: bool,
}

impl Guesser {
    fn next(&mut self, piece: &Piece<'_>, before_time: bool) -> Field {
        let value = piece.value;
        if ray_in(value).is_some() {
            return Field::Ray;
        }
        match piece.shape {
            Shape::Bracketed => Field::Ignored,
            Shape::Quoted if before_time && !self.asked && split_request(value).is_none() => Field::Ignored,
            Shape::Quoted => self.quoted(value),
            // Between other separators than blanks the request stands unquoted.
            Shape::Bare if !self.asked && split_request(value).is_some() => self.quoted(value),
            Shape::Bare if self.asked && (!before_time || self.status) => self.figure(value),
            Shape::Bare => self.peer(value, before_time),
        }
    }

    fn quoted(&mut self, value: &[u8]) -> Field {
        if !self.asked {
            self.asked = true;
            return Field::Request;
        }
        if !self.status || self.agent {
            // Past the agent: the visitor's address, or what Traefik chose.
            return if value.starts_with(b"http://") || value.starts_with(b"https://") {
                Field::UpstreamAddress
            } else {
                Field::Ignored
            };
        }
        if !self.referer {
            self.referer = true;
            return Field::Ignored;
        }
        self.agent = true;
        Field::UserAgent
    }

    /// A bare piece after the request: status, bytes, then durations.
    fn figure(&mut self, value: &[u8]) -> Field {
        if !self.status {
            self.status = matches!(integer(value), Some(0 | 100..=599)) && value.len() == 3;
            return if self.status { Field::Status } else { Field::Ignored };
        }
        if !self.bytes && (value == b"-" || integer(value).is_some()) {
            self.bytes = true;
            self.dash_bytes |= value == b"-";
            return Field::BodyBytes;
        }
        if duration_with_unit(value).is_some() && !self.timed {
            self.timed = true;
            return Field::RequestTimeWithUnit;
        }
        if seconds_with_milliseconds(value) {
            if !self.timed {
                self.timed = true;
                return Field::RequestTime(SECOND);
            }
            if !self.upstream_timed {
                self.upstream_timed = true;
                return Field::UpstreamResponseTime(SECOND);
            }
        }
        if is_host(value) { Field::Host } else { Field::Ignored }
    }

    fn peer(&mut self, value: &[u8], before_time: bool) -> Field {
        if !self.addressed {
            if address(value).is_some() {
                self.addressed = true;
                return Field::RemoteAddress;
            }
            if let Some((_, Some(_))) = address_and_port(value) {
                self.addressed = true;
                return Field::RemoteAddressAndPort;
            }
        }
        if is_host(value) && (!self.addressed || !before_time) { Field::Host } else { Field::Ignored }
    }
}

/// A host name with a dot, with or without its port.
fn is_host(value: &[u8]) -> bool {
    let name = value.split(|byte| *byte == b':').next().unwrap_or_default();
    memchr::memchr(b'.', name).is_some()
        && name.iter().any(u8::is_ascii_alphabetic)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// `0.402`, or a list of such: nginx's durations have exactly three digits of fraction.
fn seconds_with_milliseconds(value: &[u8]) -> bool {
    let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
    let Some(point) = memchr::memchr(b'.', first) else { return false };
    first.len().saturating_sub(point) == 4
        && first.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && point <= 6
}

#[cfg(test)]
#[path = "access_infer_tests.rs"]
mod tests;
