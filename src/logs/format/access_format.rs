//! Access formats that are known: nginx `log_format` and Apache `LogFormat` strings, compiled to one representation.

mod glance;
mod of_haproxy;

use std::borrow::Cow;

use memchr::memmem::Finder;

use self::glance::AccessFormatGlancer;
use self::of_haproxy::{haproxy_parts, is_of_haproxy};
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::tries::list_length;
use crate::logs::access::variables::{apache_field, nginx_field};
use crate::logs::glance::Glancer;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::text::clock::LineClock;
use crate::text::quote::closing_quote;
use crate::text::timestamp;

/// nginx's built-in format.
const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// A format string, compiled.
#[derive(Clone, Debug)]
pub struct AccessFormat {
    start: Box<[u8]>,
    columns: Vec<FormatColumn>,
    escapes: Escapes,
    writer: FormatWriter,
}

/// Whose format it is: nginx dates a line by the end of the request, the others by its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormatWriter {
    Nginx,
    Apache,
    Haproxy,
}

/// How the server escapes values.
#[derive(Clone, Copy, Debug)]
enum Escapes {
    /// In its own way, which [`AccessDraft`] undoes.
    OfServer,
    /// As JSON strings (nginx's `escape=json`).
    Json,
}

#[derive(Clone, Debug)]
struct FormatColumn {
    field: AccessField,
    end: ColumnEnd,
}

/// Where a value ends.
#[derive(Clone, Debug)]
enum ColumnEnd {
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
        "the log format names no field: expected an nginx log_format ($remote_addr …), an Apache LogFormat (%h …) or a HAProxy log-format (%ci …)"
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

enum FormatPart {
    Literal(Vec<u8>),
    Variable(String, AccessField),
}

impl AccessFormat {
    /// Compiles a format string of nginx (`$remote_addr - …`), of Apache (`%h %l …`) or of HAProxy (`%ci:%cp …`), or a name that needs no definition:
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
        let haproxy = !nginx && is_of_haproxy(text);
        let parts = match (nginx, haproxy) {
            (true, _) => nginx_parts(text),
            (_, true) => haproxy_parts(text),
            _ => apache_parts(text),
        };
        let escapes = if text.trim_start().starts_with('{') { Escapes::Json } else { Escapes::OfServer };
        let writer = match (nginx, haproxy) {
            (true, _) => FormatWriter::Nginx,
            (_, true) => FormatWriter::Haproxy,
            _ => FormatWriter::Apache,
        };
        compile(parts, escapes, writer)
    }

    /// nginx's `combined`.
    pub fn combined() -> AccessFormat {
        // The constant is tested to compile.
        AccessFormat::parse(COMBINED).unwrap_or(AccessFormat {
            start: Box::default(),
            columns: Vec::new(),
            escapes: Escapes::OfServer,
            writer: FormatWriter::Nginx,
        })
    }

    fn time_is_end(&self) -> bool {
        self.writer == FormatWriter::Nginx
    }

    /// Whether HAProxy writes it.
    pub fn is_of_haproxy(&self) -> bool {
        self.writer == FormatWriter::Haproxy
    }

    /// The row of a line; `None` where the line is not in this format.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut rest = line.strip_prefix(&*self.start)?;
        let mut draft = AccessDraft::default();
        draft.line.time_is_end = self.time_is_end();
        for column in &self.columns {
            let (value, after) = column.end.split(rest, column.field)?;
            rest = after;
            let value = match self.escapes {
                Escapes::OfServer => Cow::Borrowed(value),
                Escapes::Json => unescape_json(value),
            };
            if !draft.put(column.field, &value) {
                return None;
            }
        }
        if rest.is_empty() { draft.finish() } else { None }
    }
}

impl LineFormat for AccessFormat {
    type Memory = ();

    fn id(&self) -> &'static str {
        match self.writer {
            FormatWriter::Nginx => "nginx_access",
            FormatWriter::Apache => "apache_access",
            FormatWriter::Haproxy => "haproxy_http",
        }
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match self.parse_line(line) {
            Some(row) => Parsed::Access(row),
            None if line.starts_with(b"#") => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }

    fn glancer(&self) -> Option<Box<dyn Glancer>> {
        Some(Box::new(AccessFormatGlancer::new(self)))
    }
}

impl ColumnEnd {
    fn new(field: AccessField, literal: Vec<u8>, last: bool) -> ColumnEnd {
        match literal.as_slice() {
            [] if last => ColumnEnd::Line,
            _ if field == AccessField::Time && !literal.starts_with(b"\"") => {
                ColumnEnd::Instant(literal.into_boxed_slice())
            }
            [b'"', ..] => ColumnEnd::Quote(literal.into_boxed_slice()),
            [byte] => ColumnEnd::Byte(*byte),
            _ => ColumnEnd::Text(Box::new(Finder::new(&literal).into_owned())),
        }
    }

    /// The value at the start of `rest`, and what follows the text that ends it.
    fn split<'a>(&self, rest: &'a [u8], field: AccessField) -> Option<(&'a [u8], &'a [u8])> {
        let (at, length) = match self {
            ColumnEnd::Line => (rest.len(), 0),
            ColumnEnd::Instant(after) => (instant_length(rest, after)?, after.len()),
            ColumnEnd::Quote(after) => {
                let at = closing_quote(rest, 0)?;
                if !rest.get(at..)?.starts_with(after) {
                    return None;
                }
                (at, after.len())
            }
            ColumnEnd::Byte(b' ') if field.is_list() => (list_length(rest), 1),
            ColumnEnd::Byte(byte) => (memchr::memchr(*byte, rest)?, 1),
            ColumnEnd::Text(finder) => (finder.find(rest)?, finder.needle().len()),
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

fn unescape_json(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut quoted = Vec::with_capacity(value.len().saturating_add(2));
    quoted.push(b'"');
    quoted.extend_from_slice(value);
    quoted.push(b'"');
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => Cow::Owned(text.into_bytes()),
        Err(_) => Cow::Borrowed(value),
    }
}

fn compile(
    parts: Vec<FormatPart>,
    escapes: Escapes,
    writer: FormatWriter,
) -> Result<AccessFormat, FormatError> {
    let mut start = Vec::new();
    let mut columns: Vec<(String, AccessField, Vec<u8>)> = Vec::new();
    for part in parts {
        match part {
            FormatPart::Literal(text) => match columns.last_mut() {
                Some((_, _, literal)) => literal.extend_from_slice(&text),
                None => start.extend_from_slice(&text),
            },
            FormatPart::Variable(name, field) => {
                if let Some((first, before, literal)) = columns.last()
                    && literal.is_empty()
                    && *before != AccessField::Time
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
    if !columns.iter().any(|(_, field, _)| *field == AccessField::Time) {
        return Err(FormatError::NoTime);
    }
    let last = columns.len().saturating_sub(1);
    let columns = columns
        .into_iter()
        .enumerate()
        .map(|(index, (_, field, literal))| FormatColumn {
            field,
            end: ColumnEnd::new(field, literal, index == last),
        })
        .collect();
    Ok(AccessFormat { start: start.into_boxed_slice(), columns, escapes, writer })
}

fn nginx_parts(text: &str) -> Vec<FormatPart> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('$') {
        parts.push(FormatPart::Literal(literal.as_bytes().to_vec()));
        let (name, tail) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(braced) => braced,
            None => {
                let end = after
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(after.len());
                after.split_at_checked(end).unwrap_or((after, ""))
            }
        };
        parts.push(FormatPart::Variable(format!("${name}"), nginx_field(name)));
        rest = tail;
    }
    parts.push(FormatPart::Literal(rest.as_bytes().to_vec()));
    parts
}

fn apache_parts(text: &str) -> Vec<FormatPart> {
    // In the configuration file the quotes inside the string are escaped.
    let text = text.replace("\\\"", "\"").replace("\\t", "\t");
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some((literal, after)) = rest.split_once('%') {
        parts.push(FormatPart::Literal(literal.as_bytes().to_vec()));
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
            '%' => parts.push(FormatPart::Literal(b"%".to_vec())),
            _ => parts.push(FormatPart::Variable(format!("%{{{name}}}{letter}"), apache_field(letter, name))),
        }
    }
    parts.push(FormatPart::Literal(rest.as_bytes().to_vec()));
    parts
}

#[cfg(test)]
mod tests;
