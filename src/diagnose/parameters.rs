//! The numbers of judgement that stand for no single cause: what levels are worth, priors, what the word of a group counts, and how far the
//! summed evidence is believed. They are all that is fitted; the file beside this one holds them, and says how they came about.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::odds::{LogOdds, thousandths};
use crate::signs::{Frequency, Sign};

static CURRENT: LazyLock<Parameters> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is built in, and a test reads it")]
    Parameters::parse(include_str!("parameters.toml")).expect("the built-in parameters are valid")
});

/// All of them.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How often a sign of each level is seen with the cause.
    pub(super) with_cause: LevelShares,
    /// How often a sign of each level is seen otherwise.
    pub(super) otherwise: LevelShares,
    /// What chance brings about.
    pub(super) chance: ChanceParameters,
    /// What a node weighs before any sign is looked at.
    pub(super) prior: PriorOdds,
    /// What groups count.
    pub(super) group: GroupParameters,
    /// How far the summed evidence is believed.
    pub(super) belief: Belief,
}

/// The share that each level stands for.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelShares {
    never: f64,
    seldom: f64,
    often: f64,
    mostly: f64,
    always: f64,
}

/// What chance brings about.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChanceParameters {
    /// In which share of incidents lines of one kind are written all the time, for another reason than the failures.
    written_anyway: f64,
    /// The same of lines that only a server in trouble writes.
    written_in_trouble: f64,
}

/// What a node of the tree weighs before any sign is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriorOdds {
    /// A mechanism that is the plain name of the outcome.
    #[serde(deserialize_with = "log_odds")]
    pub name: LogOdds,
    /// A mechanism in a way of its own.
    #[serde(deserialize_with = "log_odds")]
    pub mechanism: LogOdds,
    /// No mechanism that is known, where packets show what happened.
    #[serde(deserialize_with = "log_odds")]
    pub none_seen: LogOdds,
    /// The same where only the edge's word or a log line does, and that is what a cause is called by (a 522: no SYN was answered).
    #[serde(deserialize_with = "log_odds")]
    pub none_told: LogOdds,
    /// The same where that word names no cause (a 520).
    #[serde(deserialize_with = "log_odds")]
    pub none_unnamed: LogOdds,
    /// A root, against none that is known.
    #[serde(deserialize_with = "log_odds")]
    pub root: LogOdds,
    /// The edge shows a status that it shows for the cause less often.
    #[serde(deserialize_with = "log_odds")]
    pub odd_status: LogOdds,
}

/// What groups count.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupParameters {
    /// What one case's own prior is worth against the word of its group, in cases.
    pub own: f64,
    /// The most that a group's word is worth, in cases.
    pub most: f64,
}

/// How far the summed evidence is believed: signs are not independent, though their odds are added as if they were.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Belief {
    /// The factor on what the signs of a mechanism say together.
    pub mechanism: f64,
    /// The same of a root.
    pub root: f64,
    /// What counts of lines that only their time ties to the request, where a line of the request itself tells of another cause.
    pub beside_own_line: f64,
    /// A mechanism is named where no root is likely enough. So much of what the roots behind it hold together speaks for its name all the same:
    /// it is the right one where nothing at hand could show the root, and the wrong one where something could.
    pub left_open: f64,
}

impl Parameters {
    /// Those that the program judges with.
    pub fn current() -> &'static Parameters {
        &CURRENT
    }

    /// Reads them as `parameters.toml` has them.
    pub fn parse(text: &str) -> Result<Parameters, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether a higher level stands for a larger share, in both columns.
    pub fn levels_rise(&self) -> bool {
        self.with_cause.rise() && self.otherwise.rise()
    }
}

impl ChanceParameters {
    /// In which share of incidents lines of a sign are written all the time, for another reason than the failures.
    pub fn written_anyway(&self, sign: &Sign) -> f64 {
        if sign.is_of_trouble { self.written_in_trouble } else { self.written_anyway }
    }
}

impl LevelShares {
    /// The share that a level stands for.
    pub fn of(&self, frequency: Frequency) -> f64 {
        match frequency {
            Frequency::Never => self.never,
            Frequency::Seldom => self.seldom,
            Frequency::Often => self.often,
            Frequency::Mostly => self.mostly,
            Frequency::Always => self.always,
        }
    }

    fn rise(&self) -> bool {
        [self.never, self.seldom, self.often, self.mostly, self.always].is_sorted()
    }
}

/// Natural log-odds, as the file has them, in thousandths.
fn log_odds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogOdds, D::Error> {
    f64::deserialize(deserializer).map(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_level_is_seen_more_often() {
        assert!(Parameters::current().levels_rise());
    }
}
