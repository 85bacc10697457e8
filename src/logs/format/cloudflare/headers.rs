//! The headers and cookies that a Logpush job was told to log (docs: logs/logpush/logpush-job/custom-fields): names and sizes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::text::json::{JsonKey, Scalar};
use crate::text::line::text_within;

/// Header lines of a record that are kept by size; a job logs the few that it was told to.
const MOST_HEADERS: usize = 256;

/// An object of header lines: a value, or several under `preserve_duplicates`. Only sizes leave here.
#[derive(Default)]
pub struct HeaderSizes(Vec<(String, u64)>);

impl<'de> Deserialize<'de> for HeaderSizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderSizes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header lines")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderSizes, A::Error> {
        let mut sizes = HeaderSizes::default();
        while let Some(JsonKey(name)) = map.next_key()? {
            let lengths: ValueLengths = map.next_value()?;
            for length in lengths.0 {
                if sizes.0.len() < MOST_HEADERS {
                    sizes.0.push((text_within(name.as_bytes(), 256).to_ascii_lowercase(), length));
                }
            }
        }
        Ok(sizes)
    }

    fn visit_unit<E>(self) -> Result<HeaderSizes, E> {
        Ok(HeaderSizes::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<HeaderSizes, E> {
        Ok(HeaderSizes::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<HeaderSizes, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(HeaderSizes::default())
    }
}

/// The lengths of one value or of a list of values.
struct ValueLengths(Vec<u64>);

impl<'de> Deserialize<'de> for ValueLengths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LengthVisitor;
        impl<'de> Visitor<'de> for LengthVisitor {
            type Value = ValueLengths;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header value")
            }
            fn visit_str<E>(self, value: &str) -> Result<ValueLengths, E> {
                Ok(ValueLengths(vec![u64::try_from(value.len()).unwrap_or(u64::MAX)]))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<ValueLengths, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<ValueLengths, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<ValueLengths, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<ValueLengths, E> {
                self.visit_str(if value { "true" } else { "false" })
            }
            fn visit_unit<E>(self) -> Result<ValueLengths, E> {
                Ok(ValueLengths(Vec::new()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<ValueLengths, A::Error> {
                let mut all = Vec::new();
                while let Some(value) = sequence.next_element::<Scalar<'de>>()? {
                    if all.len() < MOST_HEADERS {
                        all.push(u64::try_from(value.printed().len()).unwrap_or(u64::MAX));
                    }
                }
                Ok(ValueLengths(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ValueLengths, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(ValueLengths(Vec::new()))
            }
        }
        deserializer.deserialize_any(LengthVisitor)
    }
}

/// Adds the sizes of header lines.
pub fn add_headers(to: &mut Vec<(String, u64)>, sizes: HeaderSizes) {
    to.extend(sizes.0);
}

/// Logged cookies of the request, as `cookie:NAME`: the job logs single cookies and not the header line.
pub fn add_cookies(to: &mut Vec<(String, u64)>, sizes: HeaderSizes) {
    to.extend(sizes.0.into_iter().map(|(name, length)| (format!("cookie:{name}"), length)));
}
