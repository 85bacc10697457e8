//! What a cause can bring about, where it stands in the tree of causes, and which signs it lets expect: its `judgement.toml`. It is data, and
//! short, so that a diagnosis reads it for every cause; what a report tells of a cause (`cause.toml`) is read for those that it names.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::correlate::Outcome;
use crate::signs::{self, Frequency};

/// How a cause is judged.
#[derive(Debug)]
pub struct Expectations {
    /// What the edge shows for it, as a rule: an edge may show something else, which is rare.
    pub edge_statuses: Vec<u16>,
    /// Outcomes of which it is the plain name: it stands for them where nothing more is known.
    pub names: Vec<Outcome>,
    /// Outcomes that it brings about in a way of its own, as a mechanism.
    pub mechanism: Vec<Outcome>,
    /// Outcomes that it may lie behind, as the root of one of the mechanisms `under`.
    pub root: Vec<Outcome>,
    /// Slugs of the mechanisms behind which it may lie.
    pub under: Vec<String>,
    /// Signs by their number, and how often each is seen where this is the cause. All others are seen as often as with other causes.
    pub expects: Vec<(usize, Frequency)>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgementFile {
    edge_statuses: Vec<u16>,
    #[serde(default)]
    names: Vec<Outcome>,
    #[serde(default)]
    mechanism: Vec<Outcome>,
    #[serde(default)]
    root: Vec<Outcome>,
    #[serde(default)]
    under: Vec<String>,
    expects: BTreeMap<String, Frequency>,
}

impl Expectations {
    /// Reads a `judgement.toml`.
    pub(super) fn parse(text: &str) -> Expectations {
        #[expect(clippy::expect_used, reason = "the files are built in, and a test reads them all")]
        let file: JudgementFile = toml::from_str(text).expect("a built-in judgement is valid");
        let expects = file.expects.iter().filter_map(|(id, often)| Some((signs::number_of(id)?, *often)));
        Expectations {
            expects: expects.collect(),
            edge_statuses: file.edge_statuses,
            names: file.names,
            mechanism: file.mechanism,
            root: file.root,
            under: file.under,
        }
    }

    /// How often a sign is seen where this is the cause, where that is another share than with other causes.
    pub fn of(&self, sign: usize) -> Option<Frequency> {
        self.expects.iter().find(|(number, _)| *number == sign).map(|(_, often)| *often)
    }

    /// Whether it can bring an outcome about.
    pub fn brings_about(&self, outcome: Outcome) -> bool {
        self.is_mechanism_of(outcome) || self.root.contains(&outcome)
    }

    /// Whether it is a mechanism for an outcome, by name or in a way of its own.
    pub fn is_mechanism_of(&self, outcome: Outcome) -> bool {
        self.names.contains(&outcome) || self.mechanism.contains(&outcome)
    }
}

#[cfg(test)]
pub(super) fn signs_named_in(text: &str) -> Vec<String> {
    toml::from_str::<JudgementFile>(text).map(|file| file.expects.into_keys().collect()).unwrap_or_default()
}
