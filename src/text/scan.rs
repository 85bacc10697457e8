//! Reading values out of the bytes of a line: numbers, durations, addresses, quoted pieces. Nothing here panics on any input.

use std::borrow::Cow;
use std::net::IpAddr;

/// The longest text kept of one field, in bytes; longer ones are cut at a character.
pub const LONGEST_FIELD: usize = 8192;

/// An unsigned decimal number; `None` where it is empty, holds anything but digits or is too large.
pub fn integer(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    let mut value = 0u64;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// [`integer`] that must fit a smaller type.
pub fn small<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    T::try_from(integer(text)?).ok()
}

/// The digits at the start of `text`, and what follows them; `None` where there are none.
pub fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((integer(digits)?, rest))
}

/// The digits that follow the first `before` in `text`.
pub fn integer_after(text: &[u8], before: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, before)?;
    leading_integer(text.get(at.checked_add(before.len())?..)?).map(|(value, _)| value)
}

/// A decimal number of `unit` nanoseconds each (`0.402` of a second), in nanoseconds. Digits past the nanosecond are dropped.
pub fn duration(text: &[u8], unit: i64) -> Option<i64> {
    let (whole, fraction) = match memchr::memchr(b'.', text) {
        Some(at) => (text.get(..at)?, text.get(at.checked_add(1)?..)?),
        None => (text, &b""[..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { i64::try_from(integer(whole)?).ok()? };
    let mut value = whole.checked_mul(unit)?;
    let mut place = unit;
    for &byte in fraction {
        if !byte.is_ascii_digit() {
            return None;
        }
        place /= 10;
        value = value.checked_add(i64::from(byte.wrapping_sub(b'0')).checked_mul(place)?)?;
    }
    Some(value)
}

/// Text of a field: bytes that are no UTF-8 replaced, cut at [`LONGEST_FIELD`].
pub fn text(bytes: &[u8]) -> String {
    text_within(bytes, LONGEST_FIELD)
}

/// Text of at most `longest` bytes, cut at a character.
pub fn text_within(bytes: &[u8], longest: usize) -> String {
    let kept = bytes.get(..longest).unwrap_or(bytes);
    match std::str::from_utf8(kept) {
        Ok(text) => text.to_owned(),
        // A character that the cut went through is left out; other damage is shown as such.
        Err(error) if kept.len() < bytes.len() && error.error_len().is_none() => {
            String::from_utf8_lossy(kept.get(..error.valid_up_to()).unwrap_or_default()).into_owned()
        }
        Err(_) => String::from_utf8_lossy(kept).into_owned(),
    }
}

/// An address, with or without brackets. An IPv4 address inside IPv6 comes back as IPv4.
pub fn address(text: &[u8]) -> Option<IpAddr> {
    // Nothing longer is an address: `ffff:…:255.255.255.255` has 45 bytes.
    if !(2..=47).contains(&text.len()) {
        return None;
    }
    let text = text.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(text);
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// An address and its port: `192.0.2.1:80`, `[2001:db8::1]:80`, or the address alone.
pub fn address_and_port(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    if let Some(alone) = address(text) {
        return Some((alone, None));
    }
    address_colon_port(text)
}

/// An address and its port with no bracket rule: the last colon splits them, as Apache's `%a:%p` writes also IPv6.
pub fn address_colon_port(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let colon = memchr::memrchr(b':', text)?;
    let port = small(text.get(colon.checked_add(1)?..)?)?;
    Some((address(text.get(..colon)?)?, Some(port)))
}

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

/// The part of `text` before the first `end`, and what follows it.
pub fn split_at_sequence<'a>(text: &'a [u8], end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, end)?;
    Some((text.get(..at)?, text.get(at.checked_add(end.len())?..)?))
}

/// The part of `text` before the first `end`, and what follows it.
pub fn split_at_byte(text: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(end, text)?;
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MILLISECOND, SECOND};

    #[test]
    fn durations_keep_their_milliseconds() {
        assert_eq!(duration(b"0.402", SECOND), Some(402 * MILLISECOND));
        assert_eq!(duration(b"12", SECOND), Some(12 * SECOND));
        assert_eq!(duration(b"1.1234567891", SECOND), Some(1_123_456_789));
        assert_eq!(duration(b"-1", SECOND), None);
        assert_eq!(duration(b".", SECOND), None);
        assert_eq!(duration(b"99999999999999999999", SECOND), None);
    }

    #[test]
    fn addresses_join_in_one_form_whatever_the_log_writes() {
        assert_eq!(address(b"::ffff:172.68.10.9"), address(b"172.68.10.9"));
        assert_eq!(address_and_port(b"[2001:db8::1]:443"), Some(("2001:db8::1".parse().unwrap(), Some(443))));
        assert_eq!(address_and_port(b"2001:db8::1"), Some(("2001:db8::1".parse().unwrap(), None)));
        assert_eq!(
            address_colon_port(b"2001:db8::1:41022"),
            Some(("2001:db8::1".parse().unwrap(), Some(41022)))
        );
        assert_eq!(address_and_port(b"unix:"), None);
    }

    #[test]
    fn escapes_of_nginx_and_apache_are_undone_and_strange_ones_survive() {
        assert_eq!(&*unescape(br#"a\x22b\x5C\"c\\d\q\x"#), br#"a"b\"c\d\q\x"#);
        assert_eq!(closing_quote(br#"a\"b\\" c"#, 0), Some(6));
        assert_eq!(closing_quote(br#"a\"#, 0), None);
    }

    #[test]
    fn a_cut_text_ends_at_a_character() {
        assert_eq!(text_within("aé".as_bytes(), 2), "a");
        assert_eq!(text_within(b"a\xff", 9), "a\u{fffd}");
    }
}
