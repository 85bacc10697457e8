//! Integers of header blocks (RFC 7541, 5.1).

/// No index, length or size that anybody needs is larger.
const LARGEST: u64 = 1 << 32;

/// An integer whose first byte has so many bits for it: its value, and how many bytes it takes. `None` where the block ends in it or it is
/// larger than any need.
pub(super) fn integer(bytes: &[u8], prefix: u32) -> Option<(usize, usize)> {
    let most = (1u64 << prefix) - 1;
    let first = u64::from(*bytes.first()?) & most;
    if first < most {
        return Some((usize::try_from(first).ok()?, 1));
    }
    let (mut value, mut shift) = (most, 0u32);
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        value = value.checked_add(u64::from(byte & 0x7f).checked_shl(shift)?)?;
        if value > LARGEST {
            return None;
        }
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, at + 1));
        }
        // Bytes that add nothing do not end the number; more than any number needs are refused.
        shift += 7;
        if shift > 35 {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_of_the_rfc() {
        // RFC 7541, C.1.
        assert_eq!(integer(&[0b1110_1010], 5), Some((10, 1)));
        assert_eq!(integer(&[0b0001_1111, 0b1001_1010, 0b0000_1010], 5), Some((1337, 3)));
        assert_eq!(integer(&[42], 8), Some((42, 1)));
        assert_eq!(integer(&[0xff, 0x80, 0x00], 7), Some((127, 3)));
        assert_eq!(integer(&[0x1f, 0x9a], 5), None);
        assert_eq!(integer(&[], 5), None);
        assert_eq!(integer(&[0xff; 12], 5), None);
        assert_eq!(integer(&[0x1f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 5), None);
    }
}
