//! Byte classes of RFC 9110, 5.6, and the version of a start line.

/// HTTP's version, as far as it changes how a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// HTTP/1.0: the connection closes unless it is kept alive by word.
    Http10,
    /// HTTP/1.1, or a version that could not be read.
    Http11,
}

/// `tchar` of RFC 9110, 5.6.2.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
};

/// Whether this byte may stand in a token.
#[inline]
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Where the first byte stands that no token may hold. Eight bytes at a time: names are long, and a test a byte costs twice as much.
#[inline]
pub(crate) fn not_token(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = word.iter().rev().fold(0u32, |marks, &byte| marks << 1 | u32::from(!is_token_byte(byte)));
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize);
        }
    }
    rest.iter().position(|&byte| !is_token_byte(byte)).map(|at| words.len() * 8 + at)
}

/// Whether any control byte (HTAB and CR too) or DEL is in there: eight bytes at a time, for nearly every line passes here and nowhere
/// else.
pub(crate) fn has_control(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    match bytes.last_chunk::<8>() {
        Some(last) => words.iter().chain([last]).any(|word| control_marks(u64::from_le_bytes(*word)) != 0),
        None => rest.iter().any(|&byte| byte < 0x20 || byte == 0x7F),
    }
}

/// Where the first control byte stands: in a good line the CR at its end.
#[inline]
pub(crate) fn first_control(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = control_marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&byte| byte < 0x20 || byte == 0x7F)?;
    Some(words.len() * 8 + at)
}

/// Marks the bytes of eight that are below 0x20 or DEL with their highest bits; behind the lowest mark there may be false ones ("hasless"
/// and "haszero" of Bit Twiddling Hacks, S. E. Anderson).
#[inline]
fn control_marks(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    let delete = word ^ (EACH * 0x7F);
    let below = word.wrapping_sub(EACH * 0x20) & !word;
    let zero = delete.wrapping_sub(EACH) & !delete;
    (below | zero) & (EACH * 0x80)
}

/// Whether a field value may not hold this byte: control bytes but HTAB, and DEL (RFC 9110, 5.5). 0x80 to 0xFF are obs-text
/// and allowed.
pub(crate) fn is_forbidden_in_value(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7F
}

/// A blank: SP or HTAB.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The bytes without blanks at either end.
pub(crate) fn trim_blanks(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_blank(*last)
    {
        bytes = rest;
    }
    bytes
}

/// The same in lower case: a header's name.
pub(crate) fn lower_text(bytes: &[u8], most: usize) -> String {
    let mut bytes = bytes[..bytes.len().min(most)].to_vec();
    bytes.make_ascii_lowercase();
    // Nearly every name is ASCII and needs no second copy.
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Text for a person, of at most so many bytes; what is no UTF-8 is replaced.
pub(crate) fn text(bytes: &[u8], most: usize) -> String {
    let bytes = &bytes[..bytes.len().min(most)];
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_the_first_byte_that_no_token_holds() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut name = *b"x-forwarded-for!~_id";
                name[at] = byte;
                assert_eq!(not_token(&name), (!is_token_byte(byte)).then_some(at), "{byte} at {at}");
            }
        }
    }

    /// A control byte that is overlooked in a header is a cause that is not found.
    #[test]
    fn every_control_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let is_control = byte < 0x20 || byte == 0x7F;
            for at in 0..20 {
                let mut bytes = [0x80u8, b' ', b'~', 0xFF, b'a', 0x20, 0x9F, b'z'].repeat(3);
                bytes.truncate(20);
                bytes[at] = byte;
                assert_eq!(has_control(&bytes), is_control, "{byte} at {at}");
                assert_eq!(first_control(&bytes), is_control.then_some(at), "{byte} at {at}");
                if at < 18 {
                    bytes[at + 1] = b'\r';
                    assert_eq!(first_control(&bytes), Some(if is_control { at } else { at + 1 }));
                }
            }
        }
    }
}
