//! Numbers and moments as they stand in the report: integers inside, so that equal inputs give equal bytes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::time::Time;

/// A share, rate or probability from 0 to 1, held in thousandths; serialises as a number with at most three decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// A share of so many thousandths; more than 1000 counts as 1000.
    pub fn from_thousandths(thousandths: u16) -> Share {
        Share(thousandths.min(1000))
    }

    /// `part` of `whole`, rounded half up to thousandths; 0 where `whole` is 0, 1 where `part` exceeds it. A part that is
    /// neither nothing nor everything is never rounded to 0 or 1.
    pub fn of(part: u64, whole: u64) -> Share {
        if whole == 0 {
            return Share(0);
        }
        let doubled = u128::from(part.min(whole)) * 2000 + u128::from(whole);
        let rounded = u16::try_from(doubled / (u128::from(whole) * 2)).unwrap_or(1000);
        Share(match part {
            0 => 0,
            part if part >= whole => 1000,
            _ => rounded.clamp(1, 999),
        })
    }

    /// Thousandths, 0 to 1000.
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Share {
    /// Three decimals, as in `0.972`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share, rate or probability with at most three decimals.",
            "type": "number", "minimum": 0, "maximum": 1
        })
    }
}

/// A measured quantity with at most six decimals, held in millionths; whole values serialise as integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

/// Millionths in one.
const UNIT: i64 = 1_000_000;

impl Decimal {
    /// A whole number; values beyond ±9.2·10¹² stop there.
    pub fn whole(value: i64) -> Decimal {
        Decimal(value.saturating_mul(UNIT))
    }

    /// So many millionths.
    pub fn from_millionths(millionths: i64) -> Decimal {
        Decimal(millionths)
    }

    /// `part / whole`, rounded towards zero to millionths; nothing where `whole` is 0.
    pub fn ratio(part: i64, whole: i64) -> Option<Decimal> {
        let millionths = i128::from(part).checked_mul(i128::from(UNIT))?.checked_div(i128::from(whole))?;
        i64::try_from(millionths).ok().map(Decimal)
    }

    /// Millionths.
    pub fn millionths(self) -> i64 {
        self.0
    }

    /// The nearest floating-point number, for drawing.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }
}

impl fmt::Display for Decimal {
    /// Without trailing zeros, as in `65`, `7.31`, `-0.002`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let fraction = format!("{:06}", magnitude % UNIT.unsigned_abs());
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{}{point}{fraction}", magnitude / UNIT.unsigned_abs())
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % UNIT == 0 {
            serializer.serialize_i64(self.0 / UNIT)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A number with at most six decimals.", "type": "number"})
    }
}

/// A moment, RFC 3339 in UTC with nanoseconds, as in `2026-11-18T14:02:11.204000000Z`. Formatting happens where the
/// report is built; renderers only cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Moment(String);

impl Moment {
    /// A moment from a text that a test made up.
    #[cfg(test)]
    pub fn new(text: impl Into<String>) -> Moment {
        Moment(text.into())
    }

    /// The text as it stands in the report.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `2026-11-18`, or all of the text where it is shorter.
    pub fn date(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }

    /// `14:02:11`, or all of the text where it is shorter.
    pub fn clock(&self) -> &str {
        self.0.get(11..19).unwrap_or(&self.0)
    }

    /// `14:02:11.204`, or all of the text where it is shorter.
    pub fn clock_ms(&self) -> &str {
        self.0.get(11..23).unwrap_or(&self.0)
    }

    /// Nanoseconds since 1970, nothing where the text is no RFC 3339 moment that fits.
    pub fn unix_ns(&self) -> Option<i64> {
        let timestamp: jiff::Timestamp = self.0.parse().ok()?;
        i64::try_from(timestamp.as_nanosecond()).ok()
    }
}

impl From<Time> for Moment {
    fn from(time: Time) -> Moment {
        Moment(time.to_string())
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "RFC 3339 in UTC with nanoseconds.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A share that rounds wrongly shows a cause as all of the failures when it is not.
    #[test]
    fn shares_are_rounded_half_up_and_never_leave_0_to_1() {
        assert_eq!(Share::of(338, 412).to_string(), "0.820");
        assert_eq!(Share::of(1, 2000).to_string(), "0.001");
        assert_eq!(Share::of(7, 0), Share::from_thousandths(0));
        assert_eq!(Share::of(9, 3), Share(1000));
        assert_eq!(Share::of(u64::MAX, u64::MAX), Share(1000));
    }

    /// Scripts read these numbers: they must find those that were written.
    #[test]
    fn numbers_are_the_same_in_json() {
        for thousandths in 0..=1000 {
            let text = serde_json::to_string(&Share::from_thousandths(thousandths)).unwrap();
            let read = serde_json::from_str::<f64>(&text).unwrap() * 1000.0;
            assert_eq!(read.round(), f64::from(thousandths), "{text}");
        }
        for millionths in [0, 1, -1, 7_310_000, 900_000_000, -2_000, 123_456_789_012] {
            let text = serde_json::to_string(&Decimal::from_millionths(millionths)).unwrap();
            let read = serde_json::from_str::<f64>(&text).unwrap() * UNIT as f64;
            assert_eq!(read.round() as i64, millionths, "{text}");
        }
        for (millionths, text) in [(65_000_000, "65"), (7_310_000, "7.31"), (-2_000, "-0.002")] {
            let decimal = Decimal::from_millionths(millionths);
            assert_eq!(
                (serde_json::to_string(&decimal).unwrap(), decimal.to_string()),
                (text.into(), text.into())
            );
        }
    }

    /// A broken moment must be shown as it is, not end the program.
    #[test]
    fn moments_are_cut_without_panic() {
        let moment = Moment::new("2026-11-18T14:02:11.204000000Z");
        assert_eq!(
            (moment.date(), moment.clock(), moment.clock_ms()),
            ("2026-11-18", "14:02:11", "14:02:11.204")
        );
        assert_eq!(moment.unix_ns(), Some(1_795_010_531_204_000_000));
        let broken = Moment::new("gestern, später");
        assert_eq!(broken.clock_ms(), "gestern, später");
        assert_eq!(broken.unix_ns(), None);
    }
}
