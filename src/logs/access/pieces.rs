//! A line of an unknown access format, cut into quoted, bracketed and bare pieces.

use crate::logs::access::request_line::split_request;
use crate::logs::access::tries::list_length;
use crate::text::number::integer;
use crate::text::quote::closing_quote;
use crate::text::timestamp;

/// Pieces of a line that are looked at.
pub const MOST_COLUMNS: usize = 64;

/// A piece of a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinePiece<'a> {
    /// The key of `key=value`; else empty.
    pub key: &'a [u8],
    /// What stands in the piece, without what encloses it.
    pub value: &'a [u8],
    /// How it is enclosed.
    pub shape: Shape,
}

/// What stands around a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Separators.
    #[default]
    Bare,
    /// `"…"`.
    Quoted,
    /// `[…]`.
    Bracketed,
}

impl Shape {
    /// The byte that stands behind a value, in a line that a blank separates.
    pub fn close(self) -> u8 {
        match self {
            Shape::Bare => b' ',
            Shape::Quoted => b'"',
            Shape::Bracketed => b']',
        }
    }
}

/// Room for the pieces of a line.
pub type Pieces<'a> = [LinePiece<'a>; MOST_COLUMNS];

/// Cuts a line into pieces; gives how many.
pub fn cut<'a>(line: &'a [u8], separator: u8, pieces: &mut Pieces<'a>) -> usize {
    let line = without_quotes(line);
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

/// A line that stands in quotes as a whole, as LiteSpeed can be told to write it: what follows the first quote is no quoted value, since
/// an instant in brackets begins before the next.
fn without_quotes(line: &[u8]) -> &[u8] {
    let Some(inner) = line.strip_prefix(b"\"") else { return line };
    let first = inner.get(..memchr::memchr(b'"', inner).unwrap_or(0)).unwrap_or_default();
    match memchr::memmem::find(first, b" [") {
        Some(_) => inner.strip_suffix(b"\"").unwrap_or(inner),
        None => line,
    }
}

fn piece_at(line: &[u8], at: usize, separator: u8) -> (LinePiece<'_>, usize) {
    let rest = line.get(at..).unwrap_or_default();
    if let Some((value, shape, length)) = enclosed(rest) {
        return (LinePiece { key: b"", value, shape }, at.saturating_add(length));
    }
    let length = match separator {
        b' ' => list_length(rest),
        other => memchr::memchr(other, rest).unwrap_or(rest.len()),
    };
    let bare = rest.get(..length).unwrap_or(rest);
    if let Some(equals) = key_length(bare)
        && let Some((key, tail)) = rest.split_at_checked(equals)
    {
        let tail = tail.get(1..).unwrap_or_default();
        let start = equals.saturating_add(1);
        if let Some((value, shape, length)) = enclosed(tail) {
            return (LinePiece { key, value, shape }, at.saturating_add(start).saturating_add(length));
        }
        let value = bare.get(start..).unwrap_or_default();
        return (LinePiece { key, value, shape: Shape::Bare }, at.saturating_add(length));
    }
    let value = if separator == b' ' { bare } else { bare.trim_ascii() };
    let value = value.strip_suffix(b",").unwrap_or(value);
    (LinePiece { key: b"", value, shape: Shape::Bare }, at.saturating_add(length))
}

/// The length of the key where a piece is `key=value`.
pub fn key_length(bare: &[u8]) -> Option<usize> {
    const LONGEST_KEY: usize = 32;
    for (at, byte) in bare.iter().take(LONGEST_KEY).enumerate() {
        match byte {
            b'=' => return (at > 0).then_some(at),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'$' => {}
            _ => return None,
        }
    }
    None
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

/// The instant that a piece without a key is.
pub fn time_of(piece: &LinePiece<'_>) -> Option<timestamp::Stamp> {
    if !piece.key.is_empty() {
        return None;
    }
    match piece.shape {
        Shape::Bracketed => timestamp::any(piece.value.trim_ascii()).or_else(|| {
            // A zone's name or a fraction may follow; the instant stands first.
            timestamp::common_log(piece.value).map(|(stamp, _)| stamp)
        }),
        Shape::Quoted => timestamp::any(piece.value),
        // A bare whole number may be anything; with milliseconds it is `$msec`.
        Shape::Bare if integer(piece.value).is_some() => None,
        Shape::Bare => timestamp::any(piece.value),
    }
}

/// The first piece that is an instant.
pub fn time_column(pieces: &[LinePiece<'_>]) -> Option<usize> {
    pieces.iter().position(|piece| time_of(piece).is_some())
}

/// What stands between the pieces of most samples: a tab, `|`, else a blank.
pub fn separator_of(samples: &[&[u8]]) -> u8 {
    for separator in [b'\t', b'|'] {
        let enough = |line: &&&[u8]| memchr::memchr_iter(separator, line).count() >= 4;
        // More than half: odd lines there always are.
        if samples.iter().filter(enough).count().saturating_mul(2) > samples.len() {
            return separator;
        }
    }
    b' '
}

/// Where the request line stands: so many quoted pieces after the instant.
pub fn request_column(pieces: &[LinePiece<'_>], time: usize, quoted_before: Option<usize>) -> Option<usize> {
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
pub fn quoted_before_request(pieces: &[LinePiece<'_>], time: usize) -> Option<usize> {
    pieces
        .iter()
        .skip(time.saturating_add(1))
        .filter(|piece| piece.shape == Shape::Quoted && piece.key.is_empty())
        .position(|piece| split_request(piece.value).is_some())
}
