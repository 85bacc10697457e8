//! Tolerant JSON values: numbers in strings, strings for numbers, null for anything. Borrowed from the input where it can be.

use std::borrow::Cow;
use std::fmt;

use crate::time::Duration;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON value that is no container. Of an array the first scalar is taken (header values as lists); an object is [`Scalar::Nothing`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// null, an object, an empty array.
    #[default]
    Nothing,
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// Any other number, as the double it is.
    Float(f64),
    /// true or false.
    Bool(bool),
}

impl<'a> Scalar<'a> {
    /// Its text; `None` for everything else than a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its text where there is any but `""`.
    pub fn filled(&self) -> Option<&str> {
        self.text().filter(|text| !text.is_empty())
    }

    /// A whole number, also where it is written as a string or with a fraction of zero.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Scalar::Integer(value) => Some(*value),
            Scalar::Float(value) => whole(*value),
            Scalar::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            _ => None,
        }
    }

    /// [`Scalar::integer`] that must fit a type; negative numbers fit no unsigned one.
    pub fn number<T: TryFrom<i64>>(&self) -> Option<T> {
        T::try_from(self.integer()?).ok()
    }

    /// A number of `unit`s; `None` for negative ones (HAR's −1).
    pub fn duration(&self, unit: Duration) -> Option<Duration> {
        let value = match self {
            Scalar::Integer(value) => {
                return unit.checked_mul(*value).filter(|duration| *duration >= Duration::ZERO);
            }
            Scalar::Float(value) => *value,
            Scalar::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        // Rounding, not cutting: 0.402 s is 402 000 000 ns and not one less.
        #[expect(clippy::cast_precision_loss, reason = "units are at most 1e9")]
        let nanoseconds =
            whole((value * unit.nanoseconds() as f64).round()).filter(|nanoseconds| *nanoseconds >= 0);
        nanoseconds.map(Duration::from_nanoseconds)
    }

    /// true, `"true"` or a number other than 0.
    pub fn truth(&self) -> bool {
        match self {
            Scalar::Bool(value) => *value,
            Scalar::Integer(value) => *value != 0,
            Scalar::Text(text) => text.eq_ignore_ascii_case("true") || text == "1",
            _ => false,
        }
    }

    /// The value as a log would print it; empty for nothing.
    pub fn printed(&self) -> Cow<'_, str> {
        match self {
            Scalar::Nothing => Cow::Borrowed(""),
            Scalar::Text(text) => Cow::Borrowed(text),
            Scalar::Integer(value) => Cow::Owned(value.to_string()),
            Scalar::Float(value) => Cow::Owned(value.to_string()),
            Scalar::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        }
    }
}

/// The double as an integer where it is one, within ±2^53.
fn whole(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "past i64 only the size matters")]
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let first = sequence.next_element()?.unwrap_or_default();
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

/// A key of an object, borrowed where it has no escape.
#[derive(Clone, Debug)]
pub struct JsonKey<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for JsonKey<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) => Ok(JsonKey(text)),
            _ => Ok(JsonKey(Cow::Borrowed(""))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Scalar<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_count_whether_they_are_quoted_or_not() {
        for text in ["520", "\"520\"", "520.0", "\" 520 \"", "[520, 1]"] {
            assert_eq!(read(text).integer(), Some(520), "{text}");
        }
        assert_eq!(read("-1").number::<u64>(), None);
        assert_eq!(read("1794902461123000000").integer(), Some(1_794_902_461_123_000_000));
        assert_eq!(read("{\"a\":[1,{}]}"), Scalar::Nothing);
        assert_eq!(read("1e300").integer(), None);
    }

    #[test]
    fn durations_round_and_minus_one_is_none() {
        assert_eq!(read("0.402").duration(Duration::SECOND), Some(Duration::from_milliseconds(402)));
        assert_eq!(read("-1").duration(Duration::MILLISECOND), None);
        assert_eq!(
            read("\"12.5\"").duration(Duration::MILLISECOND),
            Some(Duration::from_microseconds(12_500))
        );
    }
}
