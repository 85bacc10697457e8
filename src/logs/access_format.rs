//! Access formats that are known: nginx `log_format` and Apache `LogFormat` strings, compiled to one representation.

use memchr::memmem::Finder;

use crate::logs::access::AccessLine;
use crate::logs::access_field::{Draft, Field};
use crate::logs::access_variables::{apache_field, nginx_field};
use crate::logs::format::{Context, Kind, LineFormat, Parsed, Skip};
use crate::text::scan::closing_quote;
use crate::text::timestamp;

/// nginx's built-in format.
const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// A format string, compiled.
#[derive(Clone, Debug)]
pub struct AccessFormat {
    start: Box<[u8]>,
    pieces: Vec<Piece>,
    json: bool,
    time_is_end: bool,
}

#[derive(Clone, Debug)]
struct Piece {
    field: Field,
    end: End,
}

/// Where a value ends.
#[derive(Clone, Debug)]
enum End {
    /// At the end of the line.
    Line,
    /// Where its own grammar says: an instant, which holds blanks.
    Instant(Box<[u8]>),
    /// At an unescaped quote, with which this text begins.
    Quote(Box<[u8]>),
    /// At this byte.
    Byte(u8),
    /// At this text.
    Text(Box<Finder<'static>>),
}

/// Why a format string cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No variable in it.
    #[error(
        "the log format names no field: expected an nginx log_format ($remote_addr …) or an Apache LogFormat (%h …)"
    )]
    NoField,
    /// Lines could not be placed in time.
    #[error("the log format has no time: add $time_local, $time_iso8601, $msec (nginx) or %t (Apache)")]
    NoTime,
    /// Two variables touch, so that nothing says where the first ends.
    #[error("the log format has nothing between {first} and {second}: put a blank between them")]
    Touching {
        /// The variable before.
        first: String,
        /// The variable after.
        second: String,
    },
}

enum Part {
    Literal(Vec<u8>),
    Variable(String, Field),
}

impl AccessFormat {
    /// Compiles a format string of nginx (`$remote_addr - …`) or of Apache (`%h %l …`), or a name that needs no definition:
    /// `combined`, `common`, `vhost_combined`.
    ///
    /// # Errors
    /// Where the string has no field, no time, or two fields with nothing between them.
    pub fn parse(text: &str) -> Result<AccessFormat, FormatError> {
        let text = match text.trim() {
            "combined" => COMBINED,
            "common" => r#"%h %l %u %t "%r" %>s %b"#,
            "vhost_combined" => r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#,
            other => other,
        };
        let nginx = text.contains('$');
        let parts = if nginx { nginx_parts(text) } else { apache_parts(text) };
        compile(parts, text.trim_start().starts_with('{'), nginx)
    }

    /// nginx's `combined`.
    pub fn combined() -> AccessFormat {
        // The constant is tested to compile.
        AccessFormat::parse(COMBINED).unwrap_or(AccessFormat {
            start: Box::default(),
            pieces: Vec::new(),
            json: false,
            time_is_end: true,
        })
    }

    /// The row of a line; `None` where the line is not in this format.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut rest = line.strip_prefix(&*self.start)?;
        let mut draft = Draft::default();
        draft.line.time_is_end = self.time_is_end;
        for piece in &self.pieces {
            let (value, after) = piece.end.split(rest, piece.field)?;
            rest = after;
            if self.json {
                let value = unescape_json(value);
                if !draft.put(piece.field, &value) {
                    return None;
                }
            } else if !draft.put(piece.field, value) {
                return None;
            }
        }
        if rest.is_empty() { draft.finish() } else { None }
    }
}

impl LineFormat for AccessFormat {
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

impl End {
    fn new(field: Field, literal: Vec<u8>, last: bool) -> End {
        match literal.as_slice() {
            [] if last => End::Line,
            _ if field == Field::Time && !literal.starts_with(b"\"") => {
                End::Instant(literal.into_boxed_slice())
            }
            [b'"', ..] => End::Quote(literal.into_boxed_slice()),
            [byte] => End::Byte(*byte),
            _ => End::Text(Box::new(Finder::new(&literal).into_owned())),
        }
    }

    /// The value at the start of `rest`, and what follows the text that ends it.
    fn split<'a>(&self, rest: &'a [u8], field: Field) -> Option<(&'a [u8], &'a [u8])> {
        let (at, length) = match self {
            End::Line => (rest.len(), 0),
            End::Instant(after) => (instant_length(rest, after)?, after.len()),
            End::Quote(after) => {
                let at = closing_quote(rest, 0)?;
                if !rest.get(at..)?.starts_with(after) {
                    return None;
                }
                (at, after.len())
            }
            End::Byte(b' ') if field.is_list() => (list_length(rest), 1),
            End::Byte(byte) => (memchr::memchr(*byte, rest)?, 1),
            End::Text(finder) => (finder.find(rest)?, finder.needle().len()),
        };
        Some((rest.get(..at)?, rest.get(at.checked_add(length)?..)?))
    }
}

/// How much of `rest` an instant takes before `after`. Its own grammar holds blanks and colons.
fn instant_length(rest: &[u8], after: &[u8]) -> Option<usize> {
    let inner = rest.strip_prefix(b"[").unwrap_or(rest);
    let tail = match timestamp::common_log(inner).or_else(|| timestamp::iso(inner)) {
        Some((_, tail)) => tail,
        None => {
            let number = inner.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
            inner.get(number.unwrap_or(inner.len())..)?
        }
    };
    let tail = if rest.len() == inner.len() { tail } else { tail.strip_prefix(b"]")? };
    if after.is_empty() && !tail.is_empty() || !tail.starts_with(after) {
        return None;
    }
    rest.len().checked_sub(tail.len())
}

/// The length of a list of tries that ends at a blank.
pub(super) fn list_length(rest: &[u8]) -> usize {
    let mut from = 0usize;
    loop {
        let tail = rest.get(from..).unwrap_or_default();
        let Some(found) = memchr::memchr(b' ', tail) else { return rest.len() };
        let at = from.saturating_add(found);
        let before = rest.get(..at).unwrap_or_default();
        let after = rest.get(at..).unwrap_or_default();
        if before.ends_with(b",") {
            from = at.saturating_add(1);
        } else if after.starts_with(b" : ") {
            from = at.saturating_add(3);
        } else {
            return at;
        }
    }
}

fn unescape_json(value: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if memchr::memchr(b'\\', value).is_none() {
        return std::borrow::Cow::Borrowed(value);
    }
    let mut quoted = Vec::with_capacity(value.len().saturating_add(2));
    quoted.push(b'"');
    quoted.extend_from_slice(value);
    quoted.push(b'"');
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => std::borrow::Cow::Owned(text.into_bytes()),
        Err(_) => std::borrow::Cow::Borrowed(value),
    }
}

fn compile(parts: Vec<Part>, json: bool, time_is_end: bool) -> Result<AccessFormat, FormatError> {
    let mut start = Vec::new();
    let mut columns: Vec<(String, Field, Vec<u8>)> = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => match columns.last_mut() {
                Some((_, _, literal)) => literal.extend_from_slice(&text),
                None => start.extend_from_slice(&text),
            },
            Part::Variable(name, field) => {
                if let Some((first, before, literal)) = columns.last()
                    && literal.is_empty()
                    && *before != Field::Time
                {
                    return Err(FormatError::Touching { first: first.clone(), second: name });
                }
                columns.push((name, field, Vec::new()));
            }
        }
    }
    if columns.is_empty() {
        return Err(FormatError::NoField);
    }
    if !columns.iter().any(|(_, field, _)| *field == Field::Time) {
        return Err(FormatError::NoTime);
    }
    let last = columns.len().saturating_sub(1);
    let pieces = columns
        .into_iter()
        .enumerate()
        .map(|(index, (_, field, literal))| Piece { field, end: End::new(field, literal, index == last) })
        .collect();
    Ok(AccessFormat { start: start.into_boxed_slice(), pieces, json, time_is_end })
}

fn nginx_parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('$') {
        parts.push(Part::Literal(literal.as_bytes().to_vec()));
        let (name, tail) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(braced) => braced,
            None => {
                let end = after
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(after.len());
                after.split_at_checked(end).unwrap_or((after, ""))
            }
        };
        parts.push(Part::Variable(format!("${name}"), nginx_field(name)));
        rest = tail;
    }
    parts.push(Part::Literal(rest.as_bytes().to_vec()));
    parts
}

fn apache_parts(text: &str) -> Vec<Part> {
    // In the configuration file the quotes inside the string are escaped.
    let text = text.replace("\\\"", "\"").replace("\\t", "\t");
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some((literal, after)) = rest.split_once('%') {
        parts.push(Part::Literal(literal.as_bytes().to_vec()));
        // `%!200,304>{name}i`: conditions and direction come before the name.
        let spec =
            after.trim_start_matches(|letter: char| letter.is_ascii_digit() || "!,<>^".contains(letter));
        let (name, tail) = match spec.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, tail)) => (name, tail),
            None => ("", spec),
        };
        let mut letters = tail.chars();
        let Some(letter) = letters.next() else { break };
        rest = letters.as_str();
        if let ("", Some(kind), true) = (name, rest.chars().next(), after.starts_with('^'))
            && kind.is_ascii_alphabetic()
        {
            rest = rest.get(1..).unwrap_or_default();
        }
        match letter {
            '%' => parts.push(Part::Literal(b"%".to_vec())),
            _ => parts.push(Part::Variable(format!("%{{{name}}}{letter}"), apache_field(letter, name))),
        }
    }
    parts.push(Part::Literal(rest.as_bytes().to_vec()));
    parts
}

#[cfg(test)]
#[path = "access_format_tests.rs"]
mod tests;
