//! Base 16.

/// Two digits a byte, in small letters (RFC 4648, section 8, has capitals).
pub(crate) fn base16(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(ALPHABET[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::base16;

    #[test]
    fn every_byte_is_two_digits() {
        assert_eq!(base16(b""), "");
        assert_eq!(base16(&[0, 9, 0x0a, 0x7f, 0xff]), "00090a7fff");
    }
}
