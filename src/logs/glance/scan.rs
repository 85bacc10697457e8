//! Steps through a line, a few bytes at a time: the pieces of lines are short, and calling a search for each costs more than it saves.

/// The first place of `byte`.
#[inline]
pub fn position(text: &[u8], byte: u8) -> Option<usize> {
    let wanted = LOW * u64::from(byte);
    let mut at = 0;
    for word in text.as_chunks::<8>().0.iter().take(WORDS_BY_HAND) {
        let differs = u64::from_le_bytes(*word) ^ wanted;
        // The lowest bit that is set belongs to the first byte that is zero (Hacker's Delight, 6-1).
        let zeros = differs.wrapping_sub(LOW) & !differs & HIGH;
        if zeros != 0 {
            return Some(at + (zeros.trailing_zeros() / u8::BITS) as usize);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    memchr::memchr(byte, rest).map(|found| at + found)
}

/// The number of digits with which `text` begins.
#[inline]
pub fn digits_at(text: &[u8]) -> usize {
    let mut at = 0;
    for word in text.as_chunks::<8>().0 {
        let others = no_digits(u64::from_le_bytes(*word) ^ (LOW * u64::from(b'0')));
        if others != 0 {
            return at + (others.trailing_zeros() / u8::BITS) as usize;
        }
        at += 8;
    }
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Words after which a search for longer texts is worth its call.
const WORDS_BY_HAND: usize = 4;
const LOW: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// What follows `prefix` at the start of `text`.
#[inline]
pub fn after<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    // Comparing nothing by a call is not free: the C library's masked load from the address of an empty slice costs some hundred cycles.
    if prefix.is_empty() {
        return Some(text);
    }
    let (start, rest) = text.split_at_checked(prefix.len())?;
    let same = match (prefix.last_chunk::<8>(), start.last_chunk::<8>()) {
        // Words, the last of which may overlap the one before.
        (Some(last), Some(same_last)) => {
            last == same_last
                && prefix.as_chunks::<8>().0.iter().zip(start.as_chunks::<8>().0).all(|(a, b)| a == b)
        }
        _ => prefix == start,
    };
    same.then_some(rest)
}

/// Whether a line holds no backslash, no control character and nothing but UTF-8: then a quote in it begins or ends a string of JSON, and
/// no string of it is refused.
pub fn is_plain(line: &[u8]) -> bool {
    // What is below a blank wraps around to what is beyond ASCII. Without a way out of the loop, many bytes are compared at once.
    let most = line.iter().fold(0, |most: u8, byte| most.max(byte.wrapping_sub(b' ')));
    memchr::memchr(b'\\', line).is_none()
        && (most < 0x80 - b' ' || line.iter().all(|byte| *byte >= b' ') && std::str::from_utf8(line).is_ok())
}

/// The number that up to 19 digits are; nothing else may stand there.
#[inline]
pub fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let (words, tail) = text.as_chunks::<8>();
    let mut value = 0u64;
    for word in words {
        value = value * 100_000_000 + eight_digits(u64::from_le_bytes(*word))?;
    }
    for byte in tail {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// The highest bits of those bytes that are above nine: adding 0x76 sets them, where they are not set already.
#[inline]
fn no_digits(values: u64) -> u64 {
    ((values & !HIGH).wrapping_add(LOW * 0x76) | values) & HIGH
}

/// The number that eight digits are, the first of them in the lowest byte.
#[inline]
fn eight_digits(word: u64) -> Option<u64> {
    let values = word ^ (LOW * u64::from(b'0'));
    if no_digits(values) != 0 {
        return None;
    }
    // Pairs, fours, and all eight digits side by side.
    let pairs = (values.wrapping_mul(10).wrapping_add(values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn steps_find_what_plain_searches_find(text in proptest::collection::vec(b'0'..b'@', 0..80), cut in 0usize..80, byte in b'0'..b'@') {
            prop_assert_eq!(position(&text, byte), text.iter().position(|found| *found == byte));
            let prefix = &text[..cut.min(text.len())];
            prop_assert_eq!(after(&text, prefix), text.strip_prefix(prefix));
            prop_assert_eq!(after(prefix, &text), prefix.strip_prefix(text.as_slice()));
            let short = &text[..text.len().min(19)];
            let number = std::str::from_utf8(short).ok().and_then(|text| text.parse::<u64>().ok());
            prop_assert_eq!(digits(short), number);
            prop_assert_eq!(digits_at(&text), text.iter().take_while(|byte| byte.is_ascii_digit()).count());
        }

        #[test]
        fn only_text_that_json_takes_as_it_stands_is_plain(text: Vec<u8>) {
            let plain = text.iter().all(|byte| *byte >= b' ' && *byte != b'\\') && std::str::from_utf8(&text).is_ok();
            prop_assert_eq!(is_plain(&text), plain);
        }
    }
}
