//! Quoted values: where they end, and what their escapes stand for.

use std::borrow::Cow;

/// The end of a quoted value that starts at `from`: the index of the next `"` that no backslash escapes.
pub fn closing_quote(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at.checked_add(memchr::memchr2(b'"', b'\\', text.get(at..)?)?)?;
        if text.get(found) == Some(&b'"') {
            return Some(found);
        }
        at = found.checked_add(2)?;
    }
}

/// Undoes the escapes of nginx (`\xHH`) and Apache (`\"`, `\\`, `\n`, `\t`, `\xHH`). What is no escape stays as it is.
pub fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let (plain, mut rest) = text.split_at_checked(first).unwrap_or((text, b""));
    let mut out = plain.to_vec();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match tail {
            [b'x', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            [escaped @ (b'"' | b'\\' | b'/'), after @ ..] => {
                out.push(*escaped);
                rest = after;
            }
            [letter @ (b'n' | b't' | b'r'), after @ ..] => {
                out.push(match letter {
                    b'n' => b'\n',
                    b't' => b'\t',
                    _ => b'\r',
                });
                rest = after;
            }
            _ => out.push(b'\\'),
        }
    }
    Cow::Owned(out)
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_nginx_and_apache_are_undone_and_strange_ones_survive() {
        assert_eq!(&*unescape(br#"a\x22b\x5C\"c\\d\q\x"#), br#"a"b\"c\d\q\x"#);
        assert_eq!(closing_quote(br#"a\"b\\" c"#, 0), Some(6));
        assert_eq!(closing_quote(br#"a\"#, 0), None);
    }
}
