//! Byte classes of RFC 9110, 5.6, and the version of a start line.

/// HTTP's version, as far as it changes how a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersion {
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

/// Where the first byte stands that no token may hold.
pub(crate) fn not_token(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| !is_token_byte(byte))
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
    without_blanks_behind(bytes)
}

/// The bytes without blanks at their end.
pub(crate) fn without_blanks_behind(mut bytes: &[u8]) -> &[u8] {
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
pub(crate) fn text<T: for<'a> From<&'a str>>(bytes: &[u8], most: usize) -> T {
    let bytes = &bytes[..bytes.len().min(most)];
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => (&*String::from_utf8_lossy(bytes)).into(),
    }
}
