//! The values of queries (`/a?b=value&c=value`), and who logs in at a URL.

use std::ops::Range;

/// The values of all queries in a text in which anything may stand.
pub(super) fn in_line(text: &str, least: usize, secrets: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some((mark, length)) = question_mark(&text[at..]) {
        let from = at + mark + length;
        let query = &text[from..];
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '”' | '<' | '>' | '…');
        // An apostrophe may stand in a query (RFC 3986, section 3.4): it ends one that another began.
        let before = &text[at..from];
        let begun = before.rfind(|c| c == '\'' || ends(c));
        let in_apostrophes = begun.is_some_and(|begun| before[begun..].starts_with('\''));
        // One that is encoded is a value of another one.
        let is_end = |c: char| ends(c) || in_apostrophes && c == '\'' || length > PLAIN && c == '&';
        let end = from + query.find(is_end).unwrap_or(query.len());
        values(text, from..end, length, least, secrets);
        at = end;
    }
}

/// Bytes of a mark that stands as it is, and of one that is percent-encoded once and twice (RFC 3986, 2.1).
pub(super) const PLAIN: usize = 1;
const ENCODED: usize = 3;
const ENCODED_TWICE: usize = 5;

/// The first question mark, and how many bytes it takes.
fn question_mark(text: &str) -> Option<(usize, usize)> {
    let lengths = [PLAIN, ENCODED, ENCODED_TWICE];
    let marks = memchr::memchr2_iter(b'?', b'%', text.as_bytes());
    marks
        .filter_map(|at| {
            lengths
                .into_iter()
                .find(|length| is_mark(&text.as_bytes()[at..], b'?', *length))
                .map(|length| (at, length))
        })
        .next()
}

/// Whether a text begins with this mark, written in so many bytes.
fn is_mark(text: &[u8], mark: u8, length: usize) -> bool {
    let is_digit = |digit: u8, value: u8| char::from(digit).to_digit(16) == Some(u32::from(value));
    match (length, text) {
        (PLAIN, [first, ..]) => *first == mark,
        (ENCODED, [b'%', high, low, ..]) | (ENCODED_TWICE, [b'%', b'2', b'5', high, low, ..]) => {
            is_digit(*high, mark >> 4) && is_digit(*low, mark & 0xf)
        }
        _ => false,
    }
}

/// The first place of a mark that is written in so many bytes.
fn position(text: &str, mark: u8, length: usize) -> Option<usize> {
    let first = if length == PLAIN { mark } else { b'%' };
    memchr::memchr_iter(first, text.as_bytes()).find(|at| is_mark(&text.as_bytes()[*at..], mark, length))
}

/// The values of a query (`a=1&b=2`), whose marks take so many bytes.
pub(super) fn values(
    text: &str,
    query: Range<usize>,
    mark: usize,
    least: usize,
    secrets: &mut Vec<Range<usize>>,
) {
    let mut at = query.start;
    while at <= query.end {
        let rest = &text[at..query.end];
        let pair = &rest[..position(rest, b'&', mark).unwrap_or(rest.len())];
        let end = at + pair.len();
        match position(pair, b'=', mark) {
            Some(equals) => secrets.push(at + equals + mark..end),
            None if pair.len() >= least => secrets.push(at..end),
            None => {}
        }
        at = end + mark;
    }
}

/// `user:password` of `https://user:password@host/` (RFC 3986, 3.2.1).
pub(super) fn user_information(text: &str, secrets: &mut Vec<Range<usize>>) {
    // Texts are short, and hold few colons: making ready to search for all three bytes takes longer.
    for mark in memchr::memchr_iter(b':', text.as_bytes()).filter(|colon| text[*colon..].starts_with("://")) {
        let from = mark + "://".len();
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '”' | '\'' | '<' | '>');
        let authority = &text[from..];
        let authority = &authority[..authority.find(ends).unwrap_or(authority.len())];
        secrets.extend(authority.rfind('@').map(|end| from..from + end));
    }
}
