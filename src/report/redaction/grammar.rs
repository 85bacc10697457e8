//! What a secret looks like, by the kind of text that it stands in. Names stay, values go.

use std::borrow::Cow;

/// A sentence, a line, a message: the values of queries, and what follows words such as `Cookie:`.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    match user_information(text) {
        Cow::Borrowed(text) => credentials(queries(text)),
        Cow::Owned(text) => Cow::Owned(credentials(queries(&text)).into_owned()),
    }
}

/// `http://user:password@host/` as `http://…@host/`.
fn user_information(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, authority) = rest.split_at(start + 3);
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '”' | '\'' | '<' | '>');
        let (authority, after) = authority.split_at(authority.find(ends).unwrap_or(authority.len()));
        let host = authority.rfind('@').unwrap_or(0);
        out.push_str(if host > 0 { "…" } else { "" });
        out.push_str(&authority[host..]);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A request target or a URL and nothing else: all that follows its first `?` is query and fragment.
pub(super) fn target(text: &str) -> Cow<'_, str> {
    let Some((path, rest)) = text.split_once('?') else { return Cow::Borrowed(text) };
    let (query, fragment) = rest.split_once('#').map_or((rest, ""), |(query, _)| (query, "#…"));
    let mut out = format!("{path}?");
    push_pairs(&mut out, query);
    out.push_str(fragment);
    Cow::Owned(out)
}

/// `?a=1&b=2` as `?a=…&b=…`.
fn queries(text: &str) -> Cow<'_, str> {
    if !text.contains('?') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('?') {
        let (before, query) = rest.split_at(start + 1);
        out.push_str(before);
        let end = query
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '\'' | '<' | '>' | '…'))
            .unwrap_or(query.len());
        let (query, after) = query.split_at(end);
        push_pairs(&mut out, query);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn push_pairs(out: &mut String, query: &str) {
    for (index, pair) in query.split('&').enumerate() {
        out.push_str(if index > 0 { "&" } else { "" });
        push_without_value(out, pair);
    }
}

fn push_without_value(out: &mut String, pair: &str) {
    let (kept, is_cut) = match pair.split_once('=') {
        Some((_, "")) => (pair, false),
        Some((name, _)) => (&pair[..=name.len()], true),
        // A query without `=` is a value itself, unless it is as short as a flag.
        None if pair.len() > 24 => ("", true),
        None => (pair, false),
    };
    out.push_str(kept);
    out.push_str(if is_cut { "…" } else { "" });
}

/// Words that a secret follows, as messages and headers write them; in upper or lower case.
const SECRET_AFTER: [&str; 14] = [
    "cookie:",
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
            b':' => matches!(before, b'e' | b'n'),
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

/// The text with `…` in the place of each secret that follows one of these words.
fn credentials(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for (from, word) in secret_words(&text) {
        let blanks = text[from..].len() - text[from..].trim_start().len();
        let value = &text[from + blanks..];
        let to_line_end = matches!(word, "cookie:" | "authorization:");
        let ends = |c: char| {
            matches!(c, '"' | '”' | '\n')
                || (!to_line_end && (c.is_whitespace() || matches!(c, ',' | ';' | '&')))
        };
        let length = value.find(ends).unwrap_or(value.len());
        if length > 0 {
            cuts.push((from + blanks, from + blanks + length));
        }
    }
    if cuts.is_empty() {
        return text;
    }
    cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to) in cuts {
        if from >= at {
            out.push_str(&text[at..from]);
            out.push('…');
            at = to;
        }
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a word is never looked for.
    #[test]
    fn every_word_that_a_secret_follows_is_found_in_any_case() {
        for word in SECRET_AFTER {
            for text in [word.to_owned(), word.to_uppercase(), format!("a {word}b")] {
                assert_eq!(secret_words(&text).map(|(_, found)| found).collect::<Vec<_>>(), [word], "{text}");
            }
        }
    }
}
