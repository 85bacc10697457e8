//! Access formats that nobody told us: the columns are learned from sample lines.
//!
//! A line is cut into quoted, bracketed and bare pieces; pieces of the form `key=value` are known by their keys. What a column
//! means is voted by the samples.

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

/// Columns learned from samples. They are counted from two fixed points, the instant and the quoted request line, so that a user
/// name with blanks, or a host that some lines have, shifts nothing behind it.
#[derive(Clone, Debug)]
pub struct InferredFormat {
    separator: u8,
    time_column: usize,
    /// Quoted pieces between the instant and the request line; `None` where no quoted request line follows the instant.
    quoted_before_request: Option<usize>,
    columns: Columns,
    time_is_end: bool,
    /// The time stands in brackets, as in every format that descends from the common log format.
    common: bool,
}

/// What columns mean: before the instant, between it and the request line, after that.
#[derive(Clone, Debug, Default)]
struct Columns {
    before: Vec<Field>,
    between: Vec<Field>,
    tail: Vec<Field>,
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
        let (mut columns, mut quoted_before) = (Vec::new(), Vec::new());
        let mut asked = false;
        let mut pieces = [Piece::default(); MOST_COLUMNS];
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            if let Some(at) = time_column(pieces.get(..count)?) {
                columns.push(at);
                let found = pieces.get(..count)?;
                quoted_before.extend(quoted_before_request(found, at));
                asked |= found.iter().any(|piece| split_request(piece.value).is_some());
            }
        }
        let time_column = most_frequent(columns)?;
        let quoted_before_request = most_frequent(quoted_before);
        let mut votes = [Votes::default(), Votes::default(), Votes::default()];
        let (mut dash_bytes, mut common) = (false, false);
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            let Some(found) = pieces.get(..count) else { continue };
            if self::time_column(found) != Some(time_column) {
                continue;
            }
            common |= found.get(time_column).is_some_and(|piece| piece.shape == Shape::Bracketed);
            let fields = guess(found, time_column, &mut dash_bytes);
            let request = request_column(found, time_column, quoted_before_request);
            for (index, field) in fields.into_iter().enumerate() {
                let (segment, column) = place(index, time_column, request);
                if let Some(votes) = votes.get_mut(segment) {
                    votes.add(column, field);
                }
            }
        }
        let mut seen = Vec::new();
        let [before, between, tail] = votes.map(|votes| votes.elect(&mut seen));
        let columns = Columns { before, between, tail };
        // A quoted word in a message is no request: some line must have a status, or an HTTP request line.
        let status = [&columns.before, &columns.between, &columns.tail]
            .iter()
            .any(|part| part.contains(&Field::Status));
        (status || asked).then_some(InferredFormat {
            separator,
            time_column,
            quoted_before_request,
            columns,
            time_is_end: !dash_bytes,
            common,
        })
    }

    /// The row of a line; `None` where it is none of this format.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut pieces = [Piece::default(); MOST_COLUMNS];
        let count = cut(line, self.separator, &mut pieces);
        let pieces = pieces.get(..count)?;
        let (time, stamp) = match pieces.get(self.time_column).and_then(time_of) {
            Some(stamp) => (self.time_column, stamp),
            None => pieces.iter().enumerate().find_map(|(at, piece)| Some((at, time_of(piece)?)))?,
        };
        let request = request_column(pieces, time, self.quoted_before_request);
        let mut draft = Draft::default();
        draft.line.time_is_end = self.time_is_end;
        draft.put_time(Some(stamp));
        if request.is_some() {
            self.take_tail(&mut draft, pieces, request);
        }
        for (index, piece) in pieces.iter().enumerate().take(request.unwrap_or(pieces.len())) {
            let field = match place(index, time, request) {
                (0, column) => self.columns.before.get(column),
                (_, column) if index != time => self.columns.between.get(column),
                _ => continue,
            };
            take(&mut draft, piece, field.copied().unwrap_or(Field::Ignored));
        }
        let row = draft.finish()?;
        // A time and a target alone are any message.
        (row.status.is_some() || row.method.is_some() || row.odd_request_line.is_some()).then_some(row)
    }

    fn take_tail(&self, draft: &mut Draft, pieces: &[Piece<'_>], request: Option<usize>) {
        let Some(request) = request else { return };
        if let Some(piece) = pieces.get(request) {
            draft.put(Field::Request, piece.value);
        }
        let tail = pieces.get(request.saturating_add(1)..).unwrap_or_default();
        for (index, piece) in tail.iter().enumerate() {
            take(draft, piece, self.columns.tail.get(index).copied().unwrap_or(Field::Ignored));
        }
    }
}

/// Votes for the columns of one segment.
#[derive(Debug, Default)]
struct Votes(Vec<Vec<Field>>);

impl Votes {
    fn add(&mut self, column: usize, field: Field) {
        if self.0.len() <= column {
            self.0.resize_with(column.saturating_add(1), Vec::new);
        }
        if let Some(votes) = self.0.get_mut(column) {
            votes.push(field);
        }
    }

    /// The field of each column. Two columns of one meaning: the first is it.
    fn elect(self, seen: &mut Vec<Field>) -> Vec<Field> {
        let mut fields: Vec<Field> = self.0.into_iter().map(elected).collect();
        for field in &mut fields {
            if seen.contains(field) {
                *field = Field::Ignored;
            } else {
                seen.push(*field);
            }
        }
        fields
    }
}

/// Segment and column of a piece: 0 before the instant, 1 between it and the request line, 2 after that.
fn place(index: usize, time: usize, request: Option<usize>) -> (usize, usize) {
    match request {
        Some(request) if index > request => (2, index.saturating_sub(request).saturating_sub(1)),
        _ if index < time => (0, index),
        _ => (1, index.saturating_sub(time).saturating_sub(1)),
    }
}

/// Where the request line stands: so many quoted pieces after the instant.
fn request_column(pieces: &[Piece<'_>], time: usize, quoted_before: Option<usize>) -> Option<usize> {
    let quoted_before = quoted_before?;
    pieces
        .iter()
        .enumerate()
        .skip(time.saturating_add(1))
        .filter(|(_, piece)| piece.shape == Shape::Quoted && piece.key.is_empty())
        .map(|(index, _)| index)
        .nth(quoted_before)
}

/// How many quoted pieces stand between the instant and a request line that is HTTP.
fn quoted_before_request(pieces: &[Piece<'_>], time: usize) -> Option<usize> {
    pieces
        .iter()
        .skip(time.saturating_add(1))
        .filter(|piece| piece.shape == Shape::Quoted && piece.key.is_empty())
        .position(|piece| split_request(piece.value).is_some())
}

impl LineFormat for InferredFormat {
    fn id(&self) -> &'static str {
        match (self.common, self.time_is_end) {
            (false, _) => "access",
            (true, true) => "nginx_access",
            (true, false) => "apache_access",
        }
    }

    fn kind(&self) -> Kind {
        Kind::AccessLog
    }

    fn parse(&self, line: &[u8], _: &mut Context) -> Parsed {
        if line.starts_with(b"#") {
            return Parsed::Skip(Skip::Comment);
        }
        self.parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
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
