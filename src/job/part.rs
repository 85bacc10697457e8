//! A share of a round's units, as one of several processes takes it.

use std::fmt;
use std::str::FromStr;

/// The part of this number, counted from 1, of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundPart {
    number: usize,
    of: usize,
}

impl RoundPart {
    /// All of it.
    pub const ALL: RoundPart = RoundPart { number: 1, of: 1 };

    /// Whether the unit that stands at this index is in it.
    pub fn holds(self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

impl fmt::Display for RoundPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl FromStr for RoundPart {
    type Err = String;

    fn from_str(text: &str) -> Result<RoundPart, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(RoundPart { number, of }),
            _ => Err("a part is written as 2/8: the second of eight".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_in_one_part() {
        let parts: Vec<RoundPart> = ["1/3", "2/3", "3/3"].map(|text| text.parse().unwrap()).into();
        for index in 0..100 {
            assert_eq!(parts.iter().filter(|part| part.holds(index)).count(), 1);
        }
        for text in ["0/3", "4/3", "3", "a/b", "1/0", "-1/2"] {
            assert!(text.parse::<RoundPart>().is_err(), "{text}");
        }
    }
}
