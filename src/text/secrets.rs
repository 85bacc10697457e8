//! Where secrets stand in a text, by the kind of text: a line in which anything may stand, or a request target that is nothing else. Who writes it
//! down puts something else in their place; names stay.

use std::borrow::Cow;
use std::ops::Range;

/// In a sentence, a line, a message: the values of queries, who logs in at a URL, and what follows words such as `Cookie:`. What has no name in a
/// query is a flag where it is shorter than `least`, else a value itself.
pub(crate) fn in_line(text: &str, least: usize) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut at = 0;
    while let Some(mark) = memchr::memchr(b'?', &text.as_bytes()[at..]) {
        let from = at + mark + 1;
        let query = &text[from..];
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '”' | '<' | '>' | '…');
        // An apostrophe may stand in a query (RFC 3986, section 3.4): it ends one that another began.
        let in_apostrophes =
            text[..from].rfind(|c| c == '\'' || ends(c)).is_some_and(|at| text[at..].starts_with('\''));
        let is_end = |c: char| ends(c) || in_apostrophes && c == '\'';
        at = from + query.find(is_end).unwrap_or(query.len());
        values(text, from..at, least, &mut secrets);
    }
    secrets.extend(credentials(text));
    user_information(text, &mut secrets);
    apart(secrets)
}

/// In a request target or a URL and nothing else: all that follows its first `?` is query and fragment.
pub(crate) fn in_target(text: &str, least: usize) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let hash = text.find('#');
    if let Some(mark) = text.find('?').filter(|mark| hash.is_none_or(|hash| *mark < hash)) {
        values(text, mark + 1..hash.unwrap_or(text.len()), least, &mut secrets);
    }
    secrets.extend(hash.map(|hash| hash + 1..text.len()));
    user_information(&text[..text.find(['?', '#']).unwrap_or(text.len())], &mut secrets);
    apart(secrets)
}

/// The text with what is written in the place of each of its secrets.
pub(crate) fn replaced<'t>(
    text: &'t str,
    secrets: &[Range<usize>],
    place: impl Fn(&str) -> String,
) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for secret in secrets {
        out.push_str(&text[at..secret.start]);
        out.push_str(&place(&text[secret.clone()]));
        at = secret.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// In their order; those that overlap are one.
fn apart(mut secrets: Vec<Range<usize>>) -> Vec<Range<usize>> {
    secrets.sort_unstable_by_key(|secret| (secret.start, secret.end));
    secrets.dedup_by(|next, last| {
        let same = next.start < last.end || *next == *last;
        last.end = if same { last.end.max(next.end) } else { last.end };
        same
    });
    secrets
}

/// The values of a query (`a=1&b=2`).
fn values(text: &str, query: Range<usize>, least: usize, secrets: &mut Vec<Range<usize>>) {
    let mut at = query.start;
    for pair in text[query].split('&') {
        let end = at + pair.len();
        match pair.find('=') {
            Some(equals) => secrets.push(at + equals + 1..end),
            None if pair.len() >= least => secrets.push(at..end),
            None => {}
        }
        at = end + 1;
    }
}

/// `user:password` of `https://user:password@host/` (RFC 3986, 3.2.1).
fn user_information(text: &str, secrets: &mut Vec<Range<usize>>) {
    for mark in memchr::memmem::find_iter(text.as_bytes(), "://") {
        let from = mark + "://".len();
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '”' | '\'' | '<' | '>');
        let authority = &text[from..];
        let authority = &authority[..authority.find(ends).unwrap_or(authority.len())];
        secrets.extend(authority.rfind('@').map(|end| from..from + end));
    }
}

/// Words that a secret follows, as messages and headers write them; in upper or lower case.
const SECRET_AFTER: [&str; 15] = [
    "cookie:",
    "cookies:",
    "authorization:",
    "bearer ",
    "basic ",
    "password=",
    "passwd=",
    "token=",
    "secret=",
    "api_key=",
    "apikey=",
    "session=",
    "sessionid=",
    "user=",
    "user \"",
];

/// The bytes with which they end.
const WORD_ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut word = 0;
    while word < SECRET_AFTER.len() {
        if let Some(last) = SECRET_AFTER[word].as_bytes().last() {
            ends[*last as usize] = true;
        }
        word += 1;
    }
    ends
};

/// Where one of these words ends, in upper or lower case, and which.
fn secret_words(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let bytes = text.as_bytes();
    // The letter before the last byte of a word: most bytes are the last of none.
    let may_end = |at: usize, last: u8| {
        let before = at.checked_sub(1).map_or(0, |before| bytes[before].to_ascii_lowercase());
        match last {
            b':' => matches!(before, b'e' | b'n' | b's'),
            b' ' => matches!(before, b'r' | b'c'),
            b'=' => matches!(before, b'd' | b'n' | b't' | b'y' | b'r'),
            _ => before == b' ',
        }
    };
    let is_last = |byte: u8| WORD_ENDS[usize::from(byte)];
    let lasts = bytes.iter().enumerate().filter(move |(_, byte)| is_last(**byte));
    lasts.filter(move |(at, byte)| may_end(*at, **byte)).filter_map(move |(at, _)| {
        let ends = |word: &&&str| {
            let start = (at + 1).checked_sub(word.len());
            start.is_some_and(|start| bytes[start..=at].eq_ignore_ascii_case(word.as_bytes()))
        };
        SECRET_AFTER.iter().find(ends).map(|word| (at + 1, *word))
    })
}

/// What follows one of these words. Where one stands in what follows another that ends at the same characters, or at more of them, it tells nothing
/// new, and the text behind it is not looked through again.
fn credentials(text: &str) -> impl Iterator<Item = Range<usize>> {
    let (mut line_end, mut word_end) = (0, 0);
    secret_words(text).filter_map(move |(from, word)| {
        let to_line_end = matches!(word, "cookie:" | "cookies:" | "authorization:");
        if from < line_end || (from < word_end && !to_line_end) {
            return None;
        }
        let blanks = text[from..].len() - text[from..].trim_start().len();
        let value = &text[from + blanks..];
        let ends = |c: char| {
            matches!(c, '"' | '”' | '\n')
                || (!to_line_end && (c.is_whitespace() || matches!(c, ',' | ';' | '&')))
        };
        let end = from + blanks + value.find(ends).unwrap_or(value.len());
        *(if to_line_end { &mut line_end } else { &mut word_end }) = end;
        Some(from + blanks..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        replaced(text, &in_line(text, 25), |_| "…".to_owned()).into_owned()
    }

    /// Otherwise a word is never looked for.
    #[test]
    fn every_word_that_a_secret_follows_is_found_in_any_case() {
        for word in SECRET_AFTER {
            for text in [word.to_owned(), word.to_uppercase(), format!("a {word}b")] {
                assert_eq!(secret_words(&text).map(|(_, found)| found).collect::<Vec<_>>(), [word], "{text}");
            }
        }
    }

    #[test]
    fn what_overlaps_is_cut_once_and_nothing_between_is_left() {
        for (text, told) in [
            ("GET /a?token=SECRET&x=SECRET then", "GET /a?token=…&x=… then"),
            ("GET /a?b=it's-SECRET HTTP/1.1", "GET /a?b=… HTTP/1.1"),
            ("for 'http://h/a?b=SECRET' failed", "for 'http://h/a?b=…' failed"),
            ("Cookie: a=SECRET?b=SECRET; c", "Cookie: …"),
            ("/a?next=Cookie: SECRET", "/a?next=… …"),
            ("http://anna:SECRET@127.0.0.1:9000/a?b=SECRET\"", "http://…@127.0.0.1:9000/a?b=…\""),
            ("mail anna@example.org, http://h/a@b", "mail anna@example.org, http://h/a@b"),
            ("Authorization: Basic SECRET", "Authorization: …"),
            ("token=Cookie: SECRET SECRET", "token=… …"),
            ("Cookie: token=SECRET SECRET\" token=SECRET, b", "Cookie: …\" token=…, b"),
        ] {
            assert_eq!(cut(text), told);
        }
    }
}
