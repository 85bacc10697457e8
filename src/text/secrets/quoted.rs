//! What stands in quotes.

use std::ops::Range;

/// What stands in quotes that begin at `from`, which backslashes may precede as within another text in quotes; `None` where none begin there. It ends before the
/// same quote, and with its line.
pub(super) fn quoted(text: &str, from: usize) -> Option<Range<usize>> {
    let escape = text[from..].bytes().take_while(|byte| *byte == b'\\').count();
    let quote = text[from + escape..].chars().next().filter(|c| matches!(c, '"' | '\'' | '`' | '“'))?;
    let begin = from + escape + quote.len_utf8();
    let close = if quote == '“' { '”' } else { quote };
    Some(begin..begin + length(&text[begin..], close, escape))
}

/// How long a text is in quotes of which the first followed so many backslashes: a quote behind more of them belongs to the text.
fn length(text: &str, close: char, escape: usize) -> usize {
    let closes = |(at, _): &(usize, &str)| {
        text[..*at].bytes().rev().take_while(|byte| *byte == b'\\').count() <= escape
    };
    let quoted = &text[..text.match_indices(close).find(closes).map_or(text.len(), |(at, _)| at)];
    quoted.lines().next().unwrap_or_default().trim_end_matches('\\').len()
}
