//! Steps through a text, several bytes at a time: the pieces of lines are short, and calling a search for each costs more than it saves.
//!
//! A word is eight bytes, the first of them its lowest; *marks* are the highest bits of some of its bytes.

use wide::{i8x16, u8x16};

const LOW: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
/// Bytes that are compared at a time.
const STEP: usize = 16;
/// Bytes after which a search made for longer texts is worth its call.
const NEAR: usize = 32;

/// The first place of `byte`.
#[inline(always)]
pub fn position(text: &[u8], byte: u8) -> Option<usize> {
    let Some((near, far)) = text.split_first_chunk::<NEAR>() else { return position_in_short(text, byte) };
    let wanted = LOW * u64::from(byte);
    for (number, word) in near.as_chunks::<8>().0.iter().enumerate() {
        let marks = first_zero(u64::from_le_bytes(*word) ^ wanted);
        if marks != 0 {
            return Some(number * 8 + marked(marks));
        }
    }
    position_in_far(far, byte).map(|at| at + NEAR)
}

/// The first place of `byte` where it is not expected near.
#[inline]
pub fn position_far_off(text: &[u8], byte: u8) -> Option<usize> {
    memchr::memchr(byte, text)
}

#[inline(never)]
fn position_in_far(text: &[u8], byte: u8) -> Option<usize> {
    if text.len() < NEAR { position_in_short(text, byte) } else { memchr::memchr(byte, text) }
}

#[inline(never)]
fn position_in_short(text: &[u8], byte: u8) -> Option<usize> {
    first_marked(text, |word| first_zero(word ^ (LOW * u64::from(byte))))
}

/// The first place of `end`, of `also`, or of a byte that [means itself](means_itself) nowhere: where it is `end`, what stands before it means itself.
/// `None` also where so little follows that it cannot be read at once.
#[inline(always)]
pub fn end_of_plain(text: &[u8], end: u8, also: u8) -> Option<usize> {
    let mut steps = text.as_chunks::<STEP>().0.iter().enumerate();
    steps.find_map(|(number, step)| {
        let ends = ends_of_plain(step, end, also);
        (ends != 0).then(|| number * STEP + ends.trailing_zeros() as usize)
    })
}

/// What [`end_of_plain`] gives, sooner where it is some steps off: four steps are looked at at once, so that no branch tells in which of them the text
/// ends. Such a branch is guessed wrong as often as lengths differ, which takes as long as three steps.
#[inline(always)]
pub fn end_of_long_plain(text: &[u8], end: u8, also: u8) -> Option<usize> {
    let fours = text.as_chunks::<{ 4 * STEP }>().0;
    for (number, four) in fours.iter().enumerate() {
        let steps = four.as_chunks::<STEP>().0.iter().rev();
        let ends = steps.fold(0, |ends, step| ends << STEP | u64::from(ends_of_plain(step, end, also)));
        if ends != 0 {
            return Some(number * 4 * STEP + ends.trailing_zeros() as usize);
        }
    }
    let passed = size_of_val(fours);
    end_of_plain(text.get(passed..)?, end, also).map(|at| passed + at)
}

/// Marks the bytes at which [`end_of_plain`] stops, the first of them lowest.
#[inline(always)]
fn ends_of_plain(step: &[u8; STEP], end: u8, also: u8) -> u32 {
    let bytes = i8x16::new(step.map(u8::cast_signed));
    let is = |byte: u8| bytes.simd_eq(i8x16::splat(byte.cast_signed()));
    // As signed numbers the bytes beyond ASCII lie below zero.
    let odd = bytes.simd_lt(i8x16::splat(b' '.cast_signed()));
    (is(end) | is(also) | is(b'\\') | odd).to_bitmask()
}

/// The first place of one of two bytes.
#[inline(always)]
pub fn position_of_either(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (one, other) = (LOW * u64::from(one), LOW * u64::from(other));
    first_marked(text, |word| first_zero(word ^ one) | first_zero(word ^ other))
}

/// The number of digits with which `text` begins.
#[inline(always)]
pub fn digits_at(text: &[u8]) -> usize {
    let marks = |word| no_digits(word ^ ZEROS);
    // Most numbers are short.
    match text.first_chunk::<8>().map(|first| marks(u64::from_le_bytes(*first))) {
        Some(found) if found != 0 => marked(found),
        _ => first_marked(text, marks).unwrap_or(text.len()),
    }
}

/// The first byte that is marked. Of the marks of a word only the lowest must be right.
#[inline(always)]
fn first_marked(text: &[u8], marks: impl Fn(u64) -> u64) -> Option<usize> {
    for (number, word) in text.as_chunks::<8>().0.iter().enumerate() {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(number * 8 + marked(found));
        }
    }
    let (from, word) = match text.last_chunk::<8>() {
        // What it shares with the word before is not marked.
        Some(last) => (text.len() - 8, u64::from_le_bytes(*last)),
        None => (0, padded(text)),
    };
    let found = marks(word);
    (found != 0).then(|| from + marked(found)).filter(|at| *at < text.len())
}

/// The place of the lowest mark.
#[inline(always)]
fn marked(marks: u64) -> usize {
    (marks.trailing_zeros() / u8::BITS) as usize
}

/// Marks the lowest byte that is zero, and perhaps bytes above it (Hacker's Delight, 6-1).
#[inline(always)]
fn first_zero(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Marks the bytes that are above nine: adding 0x76 sets their highest bits, where they are not set already.
#[inline(always)]
fn no_digits(values: u64) -> u64 {
    ((values & !HIGH).wrapping_add(LOW * 0x76) | values) & HIGH
}

/// The word that fewer than eight bytes are, with zeros behind them.
#[inline(always)]
fn padded(text: &[u8]) -> u64 {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let behind = u64::from(u32::from_le_bytes(*last)) << ((text.len() - 4) * 8);
            u64::from(u32::from_le_bytes(*first)) | behind
        }
        _ => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// What follows `prefix` at the start of `text`.
#[inline(always)]
pub fn after<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    is_same(start, prefix).then_some(rest)
}

/// Whether two short texts are the same. The C library's comparison is a call, and of empty slices a slow one: its masked load from their
/// address costs some hundred cycles.
#[inline(always)]
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // The last chunk may overlap the one before.
    match (a.last_chunk::<16>(), b.last_chunk::<16>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_end), Some(b_end), ..) => {
            a_end == b_end && a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0).all(|(a, b)| a == b)
        }
        (_, _, Some(a_end), Some(b_end)) => a_end == b_end && a.first_chunk::<8>() == b.first_chunk::<8>(),
        _ => padded(a) == padded(b),
    }
}

/// Whether a line holds no control character and nothing but UTF-8: then no string of JSON in it is refused for what it holds, and where it
/// holds no backslash either, each quote begins or ends one.
#[inline]
pub fn is_plain(line: &[u8]) -> bool {
    // What is below a blank wraps around to what is beyond ASCII. Without a way out of the loop, many bytes are compared at once.
    let most = line.iter().fold(0, |most: u8, byte| most.max(byte.wrapping_sub(b' ')));
    most < 0x80 - b' ' || line.iter().all(|byte| *byte >= b' ') && std::str::from_utf8(line).is_ok()
}

/// Whether each byte is a printed one of ASCII, or DEL, and no backslash: then a string of JSON that holds them means what stands there, and they
/// are on one line.
#[inline(always)]
pub fn means_itself(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<16>() else { return short_means_itself(text) };
    // What the last chunk shares with the one before is looked at twice.
    for chunk in text.as_chunks::<16>().0 {
        if has_odd_byte(chunk) {
            return false;
        }
    }
    !has_odd_byte(last)
}

/// Without a way out of the loop, all bytes are looked at at once.
#[inline(always)]
fn has_odd_byte(chunk: &[u8; 16]) -> bool {
    let marks = |is_odd: bool| u8::from(is_odd).wrapping_neg();
    let odd =
        chunk.iter().fold(0, |odd, byte| odd | marks(byte.wrapping_sub(b' ') > 0x5f) | marks(*byte == b'\\'));
    odd != 0
}

#[inline(always)]
fn short_means_itself(text: &[u8]) -> bool {
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            odd_bytes(u64::from_le_bytes(*first)) | odd_bytes(u64::from_le_bytes(*last)) == 0
        }
        // The zeros behind a short text belong to nothing.
        _ => odd_bytes(padded(text)) & ((1 << (text.len() * 8)) - 1) == 0,
    }
}

/// Marks the lowest byte that is a control character, beyond ASCII or a backslash, and perhaps bytes above it.
#[inline(always)]
fn odd_bytes(word: u64) -> u64 {
    (word.wrapping_sub(LOW * u64::from(b' ')) | word) & HIGH | first_zero(word ^ (LOW * u64::from(b'\\')))
}

/// The number that up to 19 digits are; nothing else may stand there.
#[inline(always)]
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

/// The number that eight digits are.
#[inline(always)]
fn eight_digits(word: u64) -> Option<u64> {
    let values = word ^ ZEROS;
    if no_digits(values) != 0 {
        return None;
    }
    // Pairs, fours, and all eight digits side by side.
    let pairs = (values.wrapping_mul(10).wrapping_add(values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff)
}

/// The number that sixteen hex digits of either case are.
#[inline(always)]
pub fn hex(text: &[u8; 16]) -> Option<u64> {
    let bytes = u8x16::new(*text);
    // Not zero for what is no digit, and for what is no letter from a to f of either case.
    let no_digits = (bytes - u8x16::splat(b'0')).saturating_sub(u8x16::splat(9));
    let no_letters = ((bytes | u8x16::splat(0x20)) - u8x16::splat(b'a')).saturating_sub(u8x16::splat(5));
    if no_digits.min(no_letters) != u8x16::ZERO {
        return None;
    }
    let letters = (bytes & u8x16::splat(0x40)).simd_eq(u8x16::splat(0x40));
    let values = ((bytes & u8x16::splat(0x0f)) + (letters & u8x16::splat(9))).to_array();
    let [high, low] = values.as_chunks::<8>().0 else { return None };
    Some(in_fours(u64::from_be_bytes(*high)) << 32 | in_fours(u64::from_be_bytes(*low)))
}

/// Eight values of four bits, a byte each, as one number, the highest of them first.
#[inline(always)]
fn in_fours(values: u64) -> u64 {
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (fours | fours >> 16) & 0xffff_ffff
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
            let other = byte.wrapping_add(1);
            let either = text.iter().position(|found| *found == byte || *found == other);
            prop_assert_eq!(position_of_either(&text, byte, other), either);
            prop_assert_eq!(digits_at(&text), text.iter().take_while(|byte| byte.is_ascii_digit()).count());
        }

        #[test]
        fn what_means_itself_ends_where_another_byte_stands(printed in "[ -~]{0,200}", odd: u8, at in 0usize..200, end in b'#'..b'A') {
            let mut text = printed.into_bytes();
            if let Some(byte) = text.get_mut(at) {
                *byte = odd;
            }
            let ends = |byte: &u8| *byte == end || *byte == b'=' || !means_itself(&[*byte]);
            let length = text.len();
            text.extend_from_slice(&[0; 16]);
            prop_assert_eq!(end_of_plain(&text, end, b'='), text.iter().position(ends));
            prop_assert_eq!(end_of_long_plain(&text, end, b'='), end_of_plain(&text, end, b'='));
            prop_assert_eq!(end_of_long_plain(&text[..length], end, b'='), end_of_plain(&text[..length], end, b'='));
            prop_assert_eq!(end_of_plain(&text[..length], end, b'=').is_none(), text[..length / 16 * 16].iter().position(ends).is_none());
        }

        #[test]
        fn a_text_means_itself_where_each_of_its_bytes_does(printed in "[ -~]{0,40}", odd: u8, at in 0usize..40) {
            let mut text = printed.replace('\\', "/").into_bytes();
            prop_assert!(means_itself(&text));
            if let Some(byte) = text.get_mut(at) {
                *byte = odd;
                prop_assert_eq!(means_itself(&text), (0x20..0x80).contains(&odd) && odd != b'\\');
            }
        }

        #[test]
        fn sixteen_hex_digits_are_read_as_the_standard_library_reads_them(text: [u8; 16], hex_digits in "[0-9a-fA-F]{16}", at in 0usize..16) {
            let mut damaged: [u8; 16] = hex_digits.as_bytes().try_into().unwrap();
            prop_assert_eq!(hex(&damaged), u64::from_str_radix(&hex_digits, 16).ok());
            damaged[at] = text[at];
            let is_hex = damaged.iter().all(u8::is_ascii_hexdigit);
            let expected = std::str::from_utf8(&damaged).ok().filter(|_| is_hex).and_then(|text| u64::from_str_radix(text, 16).ok());
            prop_assert_eq!(hex(&damaged), expected);
        }

        #[test]
        fn texts_are_the_same_where_all_bytes_are(text in proptest::collection::vec(b'0'..b'2', 0..80), at in 0usize..80) {
            let mut other = text.clone();
            prop_assert!(is_same(&text, &other));
            if let Some(byte) = other.get_mut(at) {
                *byte = b'3';
                prop_assert!(!is_same(&text, &other));
            }
            other.push(b'0');
            prop_assert!(!is_same(&text, &other));
        }

        #[test]
        fn only_text_that_json_takes_as_it_stands_is_plain(text: Vec<u8>, mut long in proptest::collection::vec(b' '..b'[', 60..200), at in 0usize..200, byte: u8) {
            let plain = text.iter().all(|byte| *byte >= b' ') && std::str::from_utf8(&text).is_ok();
            prop_assert_eq!(is_plain(&text), plain);
            prop_assert!(is_plain(&long));
            if let Some(place) = long.get_mut(at) {
                *place = byte;
                prop_assert_eq!(is_plain(&long), (b' '..0x80).contains(&byte));
            }
            let mut accented = "é".repeat(40).into_bytes();
            prop_assert!(is_plain(&accented));
            accented.truncate(at.min(78) | 1);
            prop_assert!(!is_plain(&accented));
        }
    }
}
