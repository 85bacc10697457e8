//! What programs write around the name of a user, or around what a user sent.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

use super::quoted::quoted;

/// Words that such data follows, with what ends it.
struct Phrase {
    before: &'static str,
    end: PhraseEnd,
}

#[derive(Clone, Copy)]
enum PhraseEnd {
    /// This byte.
    At(char),
    /// A quote like the one that begins it; without one nothing is told.
    Quoted,
    /// The end of a word, or the quotes around it.
    Word,
    /// What stands in quotes up to the end of a call, as in a stack trace.
    Arguments,
    /// From a colon on, what is left of a text in quotes.
    BehindColon,
}

/// Each with who writes it.
static PHRASES: [Phrase; 13] = [
    // nginx http_auth_basic: `user "x": password mismatch`; MySQL: `Access denied for user 'x'@'h'`; PostgreSQL: `for user "x"`.
    Phrase { before: "user ", end: PhraseEnd::Quoted },
    Phrase { before: "role ", end: PhraseEnd::Quoted },
    // sshd, PAM: `Failed password for invalid user x from`, `Accepted publickey for x from`, `session opened for user x`.
    Phrase { before: "invalid user ", end: PhraseEnd::Word },
    Phrase { before: "for user ", end: PhraseEnd::Word },
    Phrase { before: "password for ", end: PhraseEnd::Word },
    Phrase { before: "publickey for ", end: PhraseEnd::Word },
    // Homes (Filesystem Hierarchy Standard 3.0, 3.8; macOS; Windows).
    Phrase { before: "/home/", end: PhraseEnd::At('/') },
    Phrase { before: "/Users/", end: PhraseEnd::At('/') },
    Phrase { before: "\\Users\\", end: PhraseEnd::At('\\') },
    // ModSecurity 2: `[data "Matched Data: … found within ARGS:q: …"]`; 3: `(Value: `…' )`.
    Phrase { before: "Matched Data: ", end: PhraseEnd::At('"') },
    Phrase { before: "(Value: `", end: PhraseEnd::At('\'') },
    // nginx: `upstream sent invalid header: "Name: value"`, `client sent invalid header line: "Name: value"`.
    Phrase { before: "invalid header", end: PhraseEnd::BehindColon },
    // PHP: `#0 /srv/x.php(12): login('name', 'value')`.
    Phrase { before: "): ", end: PhraseEnd::Arguments },
];

/// Whether any of them stands in a text: in most there is none.
static ANY: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PHRASES.iter().map(|phrase| phrase.before)).ok());

/// Texts are short: making ready to search takes longer than the search.
static FINDERS: LazyLock<Vec<(&Phrase, Finder<'static>)>> =
    LazyLock::new(|| PHRASES.iter().map(|phrase| (phrase, Finder::new(phrase.before))).collect());

/// What follows these words.
pub(super) fn data(text: &str, secrets: &mut Vec<Range<usize>>) {
    if ANY.as_ref().is_some_and(|any| !any.is_match(text)) {
        return;
    }
    for (phrase, finder) in FINDERS.iter() {
        let mut last = 0;
        for at in finder.find_iter(text.as_bytes()) {
            let from = at + phrase.before.len();
            if from >= last {
                last = phrase.end.take(text, from, secrets);
            }
        }
    }
}

impl PhraseEnd {
    /// Takes what begins at `from`; gives where it ends.
    fn take(self, text: &str, from: usize, secrets: &mut Vec<Range<usize>>) -> usize {
        let rest = &text[from..];
        let is_word_end =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | ':' | '(' | ')' | '”');
        let found = match (self, quoted(text, from)) {
            (PhraseEnd::Quoted | PhraseEnd::Word, Some(quoted)) => quoted,
            (PhraseEnd::Quoted, None) => return from,
            (PhraseEnd::Word, None) => from..from + rest.find(is_word_end).unwrap_or(rest.len()),
            (PhraseEnd::At(end), _) => {
                // A name of a folder holds no blanks.
                let is_end = |c: char| c == end || c == '\n' || matches!(end, '/' | '\\') && is_word_end(c);
                from..from + rest.find(is_end).unwrap_or(rest.len())
            }
            (PhraseEnd::Arguments, _) => return arguments(text, from, secrets),
            (PhraseEnd::BehindColon, _) => match header_value(rest) {
                Some(value) => from + value.start..from + value.end,
                None => return from,
            },
        };
        let end = found.end;
        secrets.push(found);
        end
    }
}

/// The quoted arguments of a call with which the text at `from` begins.
fn arguments(text: &str, from: usize, secrets: &mut Vec<Range<usize>>) -> usize {
    let line = text[from..].lines().next().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\\' | ':' | '-' | '>' | '{' | '}');
    let name = line.find(|c| !is_name(c)).unwrap_or(line.len());
    if name == 0 || !line[name..].starts_with('(') {
        return from;
    }
    let mut at = name;
    while let Some(open) = line[at..].find(['\'', '"']) {
        let begin = at + open + 1;
        let quote = &line[begin - 1..begin];
        let length = line[begin..].find(quote).unwrap_or(line.len() - begin);
        secrets.push(from + begin..from + begin + length);
        at = (begin + length + 1).min(line.len());
    }
    from + at
}

/// Of `: "Name: value"`, with which a text begins after a word or two, the value.
fn header_value(rest: &str) -> Option<Range<usize>> {
    let line = rest.lines().next()?;
    let open = line.find('"').filter(|open| *open < 24)?;
    let quoted = &line[open + 1..];
    let quoted = &quoted[..quoted.find('"').unwrap_or(quoted.len())];
    let colon = quoted.find(':')?;
    let begin = open + 1 + colon + 1;
    let blanks = quoted[colon + 1..].len() - quoted[colon + 1..].trim_start().len();
    Some(begin + blanks..open + 1 + quoted.len())
}
