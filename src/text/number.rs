//! Numbers in the text of a line: whole ones, and durations with or without a unit. Nothing here panics on any input.

use crate::text::scan::{digits, digits_at};
use crate::time::Duration;

/// An unsigned decimal number; `None` where it is empty, holds anything but digits or is too large.
pub fn integer(text: &[u8]) -> Option<u64> {
    let Some((last, before)) = text.split_last().filter(|_| text.len() == LONGEST) else {
        return digits(text);
    };
    let last = last.wrapping_sub(b'0');
    digits(before)?.checked_mul(10)?.checked_add(u64::from(last)).filter(|_| last <= 9)
}

/// The digits of the largest number.
const LONGEST: usize = 20;

/// [`integer`] that must fit a smaller type.
pub fn bounded_integer<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    T::try_from(integer(text)?).ok()
}

/// The number that three digits are, as a status is written.
#[inline(always)]
pub fn three_digits(text: &[u8]) -> Option<u16> {
    let [hundreds @ b'0'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = text else { return None };
    let digit = |byte: u8| u16::from(byte - b'0');
    Some(digit(*hundreds) * 100 + digit(*tens) * 10 + digit(*ones))
}

/// The digits at the start of `text`, and what follows them; `None` where there are none.
pub fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = text.split_at_checked(digits_at(text))?;
    Some((integer(number)?, rest))
}

/// The digits that follow the first `before` in `text`.
pub fn integer_after(text: &[u8], before: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, before)?;
    leading_integer(text.get(at.checked_add(before.len())?..)?).map(|(value, _)| value)
}

/// Seconds as servers write them most: one digit and the milliseconds (`0.402`).
#[inline(always)]
pub fn usual_seconds(text: &[u8]) -> Option<Duration> {
    let [ones @ b'0'..=b'9', b'.', parts @ ..] = text else { return None };
    let milliseconds = three_digits(parts)?;
    Some(Duration::from_milliseconds(i64::from(*ones - b'0') * 1_000 + i64::from(milliseconds)))
}

/// A decimal number of `unit`s (`0.402` of a second). Digits past the nanosecond are dropped.
pub fn duration(text: &[u8], unit: Duration) -> Option<Duration> {
    if unit == Duration::SECOND
        && let Some(usual) = usual_seconds(text)
    {
        return Some(usual);
    }
    if unit == Duration::SECOND
        && let Some((whole, [b'.', parts @ ..])) = text.split_last_chunk::<4>()
        && (1..8).contains(&whole.len())
        && let (Some(whole), Some(milliseconds)) = (digits(whole), digits(parts))
    {
        return Some(Duration::from_milliseconds(i64::try_from(whole * 1_000 + milliseconds).ok()?));
    }
    let unit = unit.nanoseconds();
    let (mut whole, mut parts, mut place, mut digits) = (0i64, 0i64, unit, 0usize);
    let mut in_fraction = false;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        match (digit, in_fraction) {
            (0..=9, false) => whole = whole.checked_mul(10)?.checked_add(i64::from(digit))?,
            (0..=9, true) => {
                place /= 10;
                parts = parts.checked_add(place * i64::from(digit))?;
            }
            _ if byte == b'.' && !in_fraction => {
                in_fraction = true;
                continue;
            }
            _ => return None,
        }
        digits += 1;
    }
    let whole = Some(whole).filter(|_| digits > 0)?.checked_mul(unit)?;
    Some(Duration::from_nanoseconds(whole.checked_add(parts)?))
}

/// A duration with its unit behind it (`12ms`, `1.5s`, `300µs`).
pub fn duration_with_unit(text: &[u8]) -> Option<Duration> {
    for (name, unit) in [
        (&b"ms"[..], Duration::MILLISECOND),
        (b"us", Duration::MICROSECOND),
        ("µs".as_bytes(), Duration::MICROSECOND),
        (b"ns", Duration::NANOSECOND),
        (b"s", Duration::SECOND),
    ] {
        if let Some(number) = text.strip_suffix(name) {
            return duration(number, unit);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_their_milliseconds() {
        assert_eq!(duration(b"0.402", Duration::SECOND), Some(Duration::from_milliseconds(402)));
        assert_eq!(duration(b"12", Duration::SECOND), Some(Duration::from_seconds(12)));
        assert_eq!(
            duration(b"1.1234567891", Duration::SECOND),
            Some(Duration::from_nanoseconds(1_123_456_789))
        );
        assert_eq!(duration(b"-1", Duration::SECOND), None);
        assert_eq!(duration(b".", Duration::SECOND), None);
        assert_eq!(duration(b"99999999999999999999", Duration::SECOND), None);
        assert_eq!(duration_with_unit(b"1.5s"), Some(Duration::from_milliseconds(1_500)));
    }
}
