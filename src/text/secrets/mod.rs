//! Where secrets stand in a text, by the kind of text: a line in which anything may stand, or a request target that is nothing else. Who writes it
//! down puts something else in their place; names stay.
//!
//! They are found by grammar: the values of queries (`query`), what a name says is one (`named`), what programs write around a user's name or a
//! user's data (`phrases`), and what has the form of a key, a token, a card's number or a mailbox wherever it stands (`shapes`).

mod named;
mod phrases;
mod query;
mod quoted;
mod shapes;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// In a sentence, a line, a message. What has no name in a query is a flag where it is shorter than `least`, else a value itself.
pub(crate) fn in_line(text: &str, least: usize) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    query::in_line(text, least, &mut secrets);
    named::credentials(text, &mut secrets);
    phrases::data(text, &mut secrets);
    shapes::tokens(text, &mut secrets);
    targets(text, &mut secrets);
    query::user_information(text, &mut secrets);
    apart(secrets)
}

/// In a request target or a URL and nothing else: all that follows its first `?` is query and fragment.
pub(crate) fn in_target(text: &str, least: usize) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let hash = text.find('#');
    if let Some(mark) = text.find('?').filter(|mark| hash.is_none_or(|hash| *mark < hash)) {
        query::values(text, mark + 1..hash.unwrap_or(text.len()), query::PLAIN, least, &mut secrets);
    }
    secrets.extend(hash.map(|hash| hash + 1..text.len()));
    let path = &text[..text.find(['?', '#']).unwrap_or(text.len())];
    query::user_information(path, &mut secrets);
    query::in_line(path, least, &mut secrets);
    shapes::tokens(path, &mut secrets);
    shapes::identifiers(path, 0..path.len(), &mut secrets);
    apart(secrets)
}

/// Methods behind which a request target stands, in messages and access lines (RFC 9110, 9.1).
const METHODS: [&str; 7] = ["GET ", "POST ", "PUT ", "HEAD ", "PATCH ", "DELETE ", "OPTIONS "];

/// What is nobody's name in the request targets and URLs of a line.
fn targets(text: &str, secrets: &mut Vec<Range<usize>>) {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '”' | '\'' | '<' | '>' | '?' | '#');
    let begins = memchr::memchr_iter(b'/', text.as_bytes());
    let is_begun =
        |at: usize| METHODS.iter().any(|method| text[..at].ends_with(method)) || text[..at].ends_with(":/");
    let mut last = 0;
    for at in begins {
        if at >= last && is_begun(at) {
            last = at + text[at..].find(ends).unwrap_or(text.len() - at);
            shapes::identifiers(text, at..last, secrets);
        }
    }
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
