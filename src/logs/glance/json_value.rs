//! A scalar value of an object whose layout is known, as it stands there.

use std::borrow::Cow;

use crate::text::json::Scalar;
use crate::text::scan::{after, digits, digits_at, position};

/// A scalar value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonValue<'a> {
    /// What stands between the quotes; it has no escapes.
    Text(&'a [u8]),
    /// A number that has no exponent, as it is written.
    Number(&'a [u8]),
    /// true or false.
    Bool(bool),
    /// null.
    Null,
}

impl<'a> JsonValue<'a> {
    /// The value as the parser sees it; `None` for numbers that it may not read as whole ones.
    pub fn scalar(self) -> Option<Scalar<'a>> {
        Some(match self {
            JsonValue::Text(text) => Scalar::Text(Cow::Borrowed(std::str::from_utf8(text).ok()?)),
            JsonValue::Number(number) => Scalar::Integer(i64::try_from(digits(number)?).ok()?),
            JsonValue::Bool(value) => Scalar::Bool(value),
            JsonValue::Null => Scalar::Nothing,
        })
    }

    /// The scalar with which `text` begins, and what follows it. `None` where it begins with none.
    #[inline(always)]
    pub fn split(text: &'a [u8]) -> Option<(JsonValue<'a>, &'a [u8])> {
        let (first, rest) = text.split_first()?;
        match first {
            b'"' => {
                let (text, behind) = rest.split_at_checked(position(rest, b'"')?)?;
                Some((JsonValue::Text(text), behind.get(1..)?))
            }
            b'0'..=b'9' | b'-' => {
                let (number, behind) = text.split_at_checked(number_length(text)?)?;
                Some((JsonValue::Number(number), behind))
            }
            _ => JsonValue::split_word(text),
        }
    }

    #[inline(never)]
    fn split_word(text: &'a [u8]) -> Option<(JsonValue<'a>, &'a [u8])> {
        let words = [
            (&b"true"[..], JsonValue::Bool(true)),
            (b"false", JsonValue::Bool(false)),
            (b"null", JsonValue::Null),
        ];
        words.into_iter().find_map(|(word, value)| Some((value, after(text, word)?)))
    }
}

/// The length of a whole number without a sign, as [`number_length`] has it. What is no digit behind it must be what follows a value.
#[inline(always)]
pub fn whole_length(text: &[u8]) -> Option<usize> {
    let length = digits_at(text);
    let sound = length > 0 && length <= MOST_DIGITS && (length == 1 || text.first() != Some(&b'0'));
    sound.then_some(length)
}

/// The length of a number as RFC 8259 (6) has it, without an exponent and with fewer digits than could be out of range.
#[inline(always)]
fn number_length(text: &[u8]) -> Option<usize> {
    // Most are whole ones without a sign.
    let length = digits_at(text);
    match (text, text.get(length)) {
        ([b'1'..=b'9', ..], Some(b',' | b'}')) if length <= MOST_DIGITS => Some(length),
        _ => any_number_length(text),
    }
}

const MOST_DIGITS: usize = 19;

#[inline(never)]
fn any_number_length(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits_at(text.get(sign..)?);
    let leading_zero = whole > 1 && text.get(sign) == Some(&b'0');
    if whole == 0 || whole > MOST_DIGITS || leading_zero {
        return None;
    }
    let end = sign + whole;
    match text.get(end) {
        Some(b'.') => {
            let fraction = digits_at(text.get(end + 1..)?);
            let exponent = matches!(text.get(end + 1 + fraction), Some(b'e' | b'E'));
            (fraction > 0 && fraction <= MOST_DIGITS && !exponent).then_some(end + 1 + fraction)
        }
        Some(b'e' | b'E') => None,
        _ => Some(end),
    }
}
