//! A line and its parts: what stands before and after a mark, and the text that is kept of a field.

/// The longest text kept of one field, in bytes; longer ones are cut at a character.
pub const LONGEST_FIELD: usize = 8192;

/// A line without CR, NULs and byte order mark: a crash leaves runs of NULs around it.
pub fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [rest @ .., b'\r' | 0] = line {
        line = rest;
    }
    while let [0, rest @ ..] = line {
        line = rest;
    }
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

/// The part of `text` before the first `end`, and what follows that; `None` where it does not stand there.
pub fn split_at_sequence<'a>(text: &'a [u8], end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, end)?;
    Some((text.get(..at)?, text.get(at.checked_add(end.len())?..)?))
}

/// [`split_at_sequence`] for a single byte.
pub fn split_at_byte(text: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(end, text)?;
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

/// Text of a field: bytes that are no UTF-8 replaced, cut at [`LONGEST_FIELD`].
pub fn field_text(bytes: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_ends_at_a_character() {
        assert_eq!(text_within("aé".as_bytes(), 2), "a");
        assert_eq!(text_within(b"a\xff", 9), "a\u{fffd}");
    }
}
