//! Access formats that nobody told us: the columns are learned from sample lines.
//!
//! A line is cut into quoted, bracketed and bare pieces; pieces of the form `key=value` are known by their keys. What a column
//! means is voted by the samples.

mod dating;
mod glance;
mod odd_rays;

use self::glance::InferredGlancer;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::guess::{SeenRay, guess, looks_like_upstream, ray_in};
use crate::logs::access::haproxy;
use crate::logs::access::pieces::{
    LinePiece, MOST_COLUMNS, Shape, cut, quoted_before_request, request_column, separator_of, time_column,
    time_of,
};
use crate::logs::access::request_line::split_request;
use crate::logs::access::unit::PlainUnit;
use crate::logs::access::variables::named_field;
use crate::logs::glance::Glancer;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::host::split_absolute;

/// Columns learned from samples. They are counted from two fixed points, the instant and the quoted request line, so that a user
/// name with blanks, or a host that some lines have, shifts nothing behind it.
#[derive(Clone, Debug)]
pub struct InferredFormat {
    separator: u8,
    time_column: usize,
    /// Quoted pieces between the instant and the request line; `None` where no quoted request line follows the instant.
    quoted_before_request: Option<usize>,
    columns: LearnedColumns,
    /// The keys of `key=value` pieces that the samples have, looked up once.
    keys: Vec<(Vec<u8>, AccessField)>,
    writer: AccessWriter,
    /// What durations count whose keys or columns do not say it.
    plain: PlainUnit,
    /// The time stands in brackets, as in every format that descends from the common log format.
    common: bool,
}

/// Whose lines they seem to be. nginx dates a line by the end of the request, the others by its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccessWriter {
    /// nginx, and whoever nothing tells.
    Nginx,
    /// Apache: a line without bytes says `-`, and is dated by the start.
    Apache,
    /// varnishncsa, or a proxy that is asked for absolute URLs (varnish-cache bin/varnishncsa, `%r`, `%t`).
    Varnish,
    /// HAProxy in a layout of its own, dated by the moment at which it accepted the request.
    Haproxy,
    /// Traefik's form of the common log format, which ends in the server's URL and milliseconds (traefik
    /// pkg/middlewares/accesslog/logger_formatters.go).
    Traefik,
}

/// What columns mean: before the instant, between it and the request line, after that.
#[derive(Clone, Debug, Default)]
struct LearnedColumns {
    before: Vec<AccessField>,
    between: Vec<AccessField>,
    tail: Vec<AccessField>,
}

impl InferredFormat {
    /// Learns the columns of these lines; `None` where they do not look like an access log.
    pub fn learn(samples: &[&[u8]]) -> Option<InferredFormat> {
        let separator = separator_of(samples);
        let anchors = Anchors::of(samples, separator)?;
        let mut lessons = Lessons { of_haproxy: anchors.of_haproxy, ..Lessons::default() };
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            if let Some(found) = pieces.get(..count)
                && time_column(found) == Some(anchors.time_column)
            {
                lessons.take(found, &anchors);
            }
        }
        let mut seen = Vec::new();
        let [before, between, tail] = lessons.votes.map(|votes| votes.elect(&mut seen));
        let columns = LearnedColumns { before, between, tail };
        // A quoted word in a message is no request: some line must have a status, or an HTTP request line.
        let status = [&columns.before, &columns.between, &columns.tail]
            .iter()
            .any(|part| part.contains(&AccessField::Status));
        let upstream = columns.tail.contains(&AccessField::UpstreamAddress);
        let writer = match columns.tail.last() {
            _ if anchors.of_haproxy => AccessWriter::Haproxy,
            Some(AccessField::RequestTimeWithUnit) if upstream => AccessWriter::Traefik,
            _ if lessons.absolute.saturating_mul(2) > samples.len() => AccessWriter::Varnish,
            _ if lessons.dash_bytes => AccessWriter::Apache,
            _ => AccessWriter::Nginx,
        };
        let format = (status || anchors.asked).then_some(InferredFormat {
            separator,
            time_column: anchors.time_column,
            quoted_before_request: anchors.quoted_before_request,
            columns,
            keys: lessons.keys,
            plain: PlainUnit::of(lessons.durations.iter().copied()),
            writer,
            common: lessons.bracketed_time,
        })?;
        Some(format.dated(samples))
    }

    /// The same, where the samples show that lines are dated by the start of their requests.
    fn dated(mut self, samples: &[&[u8]]) -> InferredFormat {
        let rows = || samples.iter().filter_map(|line| self.parse_line(line));
        if self.writer == AccessWriter::Nginx && dating::by_start(&rows().collect::<Vec<AccessLine>>()) {
            self.writer = AccessWriter::Apache;
        }
        self
    }

    /// The row of a line; `None` where it is none of this format.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        let count = cut(line, self.separator, &mut pieces);
        let pieces = pieces.get(..count)?;
        let (time, stamp) = match pieces.get(self.time_column).and_then(time_of) {
            Some(stamp) => (self.time_column, stamp),
            None => pieces.iter().enumerate().find_map(|(at, piece)| Some((at, time_of(piece)?)))?,
        };
        let request = request_column(pieces, time, self.quoted_before_request);
        // What lacks the request line that all others have in quotes is no request, whatever numbers stand in it.
        if self.quoted_before_request.is_some() && request.is_none() {
            return None;
        }
        let mut draft = AccessDraft::counting(self.plain);
        draft.line.time_is_end = self.writer == AccessWriter::Nginx;
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
            self.take(&mut draft, piece, field.copied().unwrap_or(AccessField::Ignored));
        }
        let row = draft.finish()?;
        // A time and a target alone are any message, and so is a number where no request line is.
        let asked = row.method.is_some() || row.odd_request_line.is_some();
        let answered = row.status.is_some() && (self.common || request.is_some());
        (asked || answered).then_some(row)
    }

    fn take_tail(&self, draft: &mut AccessDraft, pieces: &[LinePiece<'_>], request: Option<usize>) {
        let Some(request) = request else { return };
        if let Some(piece) = pieces.get(request) {
            draft.put(AccessField::Request, piece.value);
        }
        let tail = pieces.get(request.saturating_add(1)..).unwrap_or_default();
        for (index, piece) in tail.iter().enumerate() {
            self.take(draft, piece, self.columns.tail.get(index).copied().unwrap_or(AccessField::Ignored));
        }
    }

    /// Gives a piece to the row under the field of its column, else of its key, else, where it has a ray's form, as the ray.
    fn take(&self, draft: &mut AccessDraft, piece: &LinePiece<'_>, field: AccessField) {
        let field = if piece.key.is_empty() { field } else { self.keyed(piece) };
        if field != AccessField::Ignored && draft.put(field, piece.value) {
            return;
        }
        match ray_in(piece.value) {
            Some(SeenRay::Sure(ray)) => draft.line.ray = draft.line.ray.or(Some(ray)),
            // A key that is no ray's names something else.
            Some(SeenRay::Possible(ray)) if piece.key.is_empty() => {
                draft.line.possible_ray = draft.line.possible_ray.or(Some(ray));
            }
            _ => {}
        }
    }

    /// The field of a `key=value` piece.
    fn keyed(&self, piece: &LinePiece<'_>) -> AccessField {
        let known = self.keys.iter().find(|(key, _)| key == piece.key);
        match known.map_or_else(|| named(piece.key), |(_, field)| *field) {
            // `ua` is the user agent in some logs and the upstream's address in others: the value tells.
            AccessField::UpstreamAddress
                if piece.shape == Shape::Quoted && !looks_like_upstream(piece.value) =>
            {
                AccessField::UserAgent
            }
            // The line has its own time.
            AccessField::Time => AccessField::Ignored,
            other => other,
        }
    }
}

/// The two fixed points that columns are counted from, where most samples have them.
struct Anchors {
    time_column: usize,
    quoted_before_request: Option<usize>,
    /// Some sample has an HTTP request line.
    asked: bool,
    /// Most samples have HAProxy's timers.
    of_haproxy: bool,
}

impl Anchors {
    /// `None` where no sample has an instant.
    fn of(samples: &[&[u8]], separator: u8) -> Option<Anchors> {
        let (mut columns, mut quoted_before) = (Vec::new(), Vec::new());
        let (mut asked, mut timed_by_haproxy) = (false, 0usize);
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        for line in samples {
            let count = cut(line, separator, &mut pieces);
            let found = pieces.get(..count)?;
            if let Some(at) = time_column(found) {
                columns.push(at);
                quoted_before.extend(quoted_before_request(found, at));
                asked |= found.iter().any(|piece| split_request(piece.value).is_some());
                let is_timers = |piece: &LinePiece<'_>| haproxy::is_timers(piece.value);
                timed_by_haproxy += usize::from(found.iter().any(is_timers));
            }
        }
        let of_haproxy = timed_by_haproxy.saturating_mul(2) > columns.len();
        let quoted_before_request = most_frequent(quoted_before);
        Some(Anchors { time_column: most_frequent(columns)?, quoted_before_request, asked, of_haproxy })
    }
}

/// What the samples teach.
#[derive(Default)]
struct Lessons<'a> {
    of_haproxy: bool,
    /// For the columns before the instant, between it and the request line, and after that.
    votes: [Votes; 3],
    keys: Vec<(Vec<u8>, AccessField)>,
    /// Durations whose keys or columns do not say what they count.
    durations: Vec<&'a [u8]>,
    dash_bytes: bool,
    bracketed_time: bool,
    /// Lines whose request has an absolute URL.
    absolute: usize,
}

impl<'a> Lessons<'a> {
    fn take(&mut self, found: &[LinePiece<'a>], anchors: &Anchors) {
        let time_column = anchors.time_column;
        self.bracketed_time |= found.get(time_column).is_some_and(|piece| piece.shape == Shape::Bracketed);
        for piece in found.iter().filter(|piece| !piece.key.is_empty()) {
            if self.keys.len() < MOST_COLUMNS && !self.keys.iter().any(|(key, _)| key == piece.key) {
                self.keys.push((piece.key.to_vec(), named(piece.key)));
            }
            if named(piece.key) == AccessField::PlainDuration {
                self.durations.push(piece.value);
            }
        }
        let fields = guess(found, time_column, self.of_haproxy, &mut self.dash_bytes);
        let request = request_column(found, time_column, anchors.quoted_before_request);
        let asked = request.and_then(|at| split_request(found.get(at)?.value));
        self.absolute += usize::from(asked.is_some_and(|(_, target)| split_absolute(target).is_some()));
        for (index, field) in fields.into_iter().enumerate() {
            if field == AccessField::PlainDuration {
                self.durations.extend(found.get(index).map(|piece| piece.value));
            }
            let (segment, column) = place(index, time_column, request);
            if let Some(votes) = self.votes.get_mut(segment) {
                votes.add(column, field);
            }
        }
    }
}

/// Votes for the columns of one segment.
#[derive(Debug, Default)]
struct Votes(Vec<Vec<AccessField>>);

impl Votes {
    fn add(&mut self, column: usize, field: AccessField) {
        if self.0.len() <= column {
            self.0.resize_with(column.saturating_add(1), Vec::new);
        }
        if let Some(votes) = self.0.get_mut(column) {
            votes.push(field);
        }
    }

    /// The field of each column. Two columns of one meaning: the first is it.
    fn elect(self, seen: &mut Vec<AccessField>) -> Vec<AccessField> {
        let mut fields: Vec<AccessField> = self.0.into_iter().map(elected).collect();
        for field in &mut fields {
            if seen.contains(field) {
                *field = AccessField::Ignored;
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

impl LineFormat for InferredFormat {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        InferredFormat::learn(&sample.lines)
    }

    fn id(&self) -> &'static str {
        match (self.common, self.writer) {
            (_, AccessWriter::Traefik) => "traefik_access",
            (_, AccessWriter::Haproxy) => "haproxy_http",
            (false, _) => "access",
            (true, AccessWriter::Nginx) => "nginx_access",
            (true, AccessWriter::Apache) => "apache_access",
            (true, AccessWriter::Varnish) => "varnishncsa",
        }
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        if line.starts_with(b"#") {
            return Parsed::Skip(Skip::Comment);
        }
        self.parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }

    fn glancer(&self) -> Option<Box<dyn Glancer>> {
        Some(Box::new(InferredGlancer::new(self)))
    }
}

/// What a key means by the names in common use.
fn named(key: &[u8]) -> AccessField {
    std::str::from_utf8(key).ok().and_then(named_field).unwrap_or(AccessField::Ignored)
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
fn elected(votes: Vec<AccessField>) -> AccessField {
    if votes.contains(&AccessField::Ray) {
        return AccessField::Ray;
    }
    let mut counts: Vec<(usize, AccessField)> = Vec::new();
    // Ignored is the vote of an empty column (`-`), and yields to any other.
    for field in votes.iter().filter(|field| **field != AccessField::Ignored) {
        match counts.iter_mut().find(|(_, known)| known == field) {
            Some((number, _)) => *number += 1,
            None => counts.push((1, *field)),
        }
    }
    // Of two that have as many votes the first one is it.
    let best =
        counts.into_iter().rev().max_by_key(|(number, _)| *number).unwrap_or((0, AccessField::Ignored));
    // A field that one odd line alone suggests is none.
    if best.0.saturating_mul(4) >= votes.len() { best.1 } else { AccessField::Ignored }
}

#[cfg(test)]
mod tests;
