//! How sure a cause is and why: certainty at each depth of the tree of causes, candidates, and the signs that were looked for.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::Share;

/// One step from what happened down to the named cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CertaintyStep {
    /// What happened, as in `no answer`, or the slug of a cause.
    pub node: ReportText,
    /// The same in words.
    pub title: ReportText,
    /// How deep it stands.
    pub depth: Depth,
    /// The probability that this much is true.
    pub confidence: Share,
}

/// How deep a node of the tree of causes stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// What happened, without a why.
    #[default]
    Family,
    /// What brought it about, or its plain name.
    Mechanism,
    /// What lies behind the mechanism.
    Root,
}

/// A cause that is not named and that it may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// Its slug in the catalogue.
    pub slug: ReportText,
    /// Its name in words.
    pub title: ReportText,
    /// The probability that it is the true one.
    pub confidence: Share,
}

/// A sign that a cause lets expect, as one case shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Sign {
    /// Its stable name, as in `fin-before-request`.
    pub sign: ReportText,
    /// Whether it is there.
    pub state: SignState,
    /// What is seen, or seen in its place; what it is, where nothing would show it.
    pub text: ReportText,
    /// Why nothing at hand would show it; absent where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<ReportText>,
    /// Where it can be seen; null where it has no single place.
    pub place: Option<SignPlace>,
    /// The slug of the cause that lets expect it: the named one, the mechanism before it, or, of signs that nothing shows, a candidate.
    pub expected_by: ReportText,
    /// What it speaks for that cause, in thousandths of log-odds: above zero for, below zero against, zero where nothing shows it.
    pub weight: i64,
    /// What it speaks where it is seen.
    pub if_seen: i64,
    /// What it speaks where it would be seen and is not.
    pub if_not_seen: i64,
    /// Whether it counts: of signs that tell the same thing only the strongest does. Of one that nothing shows, whether it would.
    pub counts: bool,
}

/// Whether a sign is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignState {
    /// It is.
    Seen,
    /// It is not, and the inputs would show it if it were.
    NotSeen,
    /// Nothing at hand would show it.
    #[default]
    NotVisible,
}

/// Where a sign can be seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SignPlace {
    /// The path of the input.
    pub input: ReportText,
    /// Wireshark's frame number in that file; packets only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// The line from 1; lines only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Which record of the line, from 1, where it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// The entry from 0; HAR entries only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

impl SignPlace {
    /// Where it lies in its input: `frame 81230`, `line 512`, `line 1, record 17`, `entry 14`.
    pub fn spot(&self) -> Option<String> {
        spot(self.frame, (self.line, self.record), self.entry)
    }
}

/// The words for a place: of a packet, of a record in a line, or of an entry.
pub(super) fn spot(
    frame: Option<u64>,
    (line, record): (Option<u64>, Option<u64>),
    entry: Option<u64>,
) -> Option<String> {
    let of_line = |line| match record {
        Some(record) => format!("line {line}, record {record}"),
        None => format!("line {line}"),
    };
    let frame = frame.map(|frame| format!("frame {frame}"));
    frame.or_else(|| line.map(of_line)).or_else(|| entry.map(|entry| format!("entry {entry}")))
}
