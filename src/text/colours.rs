//! Colours of a console, which stand in a log where a program took its output for a terminal.

use std::borrow::Cow;

const ESCAPE: u8 = 0x1b;

/// A text without the escapes that set colours, and those that clear the rest of a line beside them (ECMA-48, 8.3.117 SGR, `ESC [ 1;31 m`; 8.3.41 EL,
/// `ESC [ K`). All others stay.
pub fn without_colours(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(ESCAPE, text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = memchr::memchr(ESCAPE, rest).and_then(|at| rest.split_at_checked(at)) {
        out.extend_from_slice(before);
        rest = match behind_colour(from) {
            Some(behind) => behind,
            None => {
                out.push(ESCAPE);
                from.get(1..).unwrap_or_default()
            }
        };
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// What follows the escape with which `text` begins, if that is one of these.
fn behind_colour(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"\x1b[")?;
    let end = inner.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    matches!(inner.get(end), Some(b'm' | b'K')).then(|| inner.get(end.saturating_add(1)..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_all_else_stays() {
        let plain = |text: &str| String::from_utf8(without_colours(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(plain("\x1b[90m08:01\x1b[0m \x1b[1;31mERR\x1b[0m\x1b[K boom"), "08:01 ERR boom");
        assert_eq!(plain("\x1b[38:5:9mred\x1b[m"), "red");
        for other in ["no escape", "\x1b[2J", "\x1b]0;title\x07", "\x1b", "\x1b[", "\x1b[31", "a\x1b[31;xm"] {
            assert_eq!(plain(other), other);
        }
        assert!(matches!(without_colours(b"no escape"), Cow::Borrowed(_)));
    }
}
