//! What is drawn: the ladder of one case and the pictures that prove a cause, as data that scripts can read too.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::{Decimal, Moment};

/// One case, message by message. Times run downwards, hosts are vertical lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Ladder {
    /// The hosts from left to right, only those with evidence.
    pub lanes: Vec<Lane>,
    /// The messages in the order of time.
    pub rows: Vec<LadderRow>,
}

/// A host of the ladder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Lane {
    /// What the host is.
    pub role: LaneRole,
    /// Its name, as in `edge LAX` or `origin :443`.
    pub label: ReportText,
}

/// What a host of the ladder is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LaneRole {
    /// The visitor.
    Client,
    /// The edge.
    Edge,
    /// The origin's server.
    #[default]
    Origin,
    /// What stands behind the origin's server.
    Upstream,
}

/// A message between two hosts, or something that happened at one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct LadderRow {
    /// Nanoseconds since the ladder's first row.
    pub offset_ns: i64,
    /// The lane it leaves, from 0.
    pub from: usize,
    /// The lane it reaches, from 0; the same as `from` for something that happened at one host.
    pub to: usize,
    /// What is written on the arrow, a word or two.
    pub label: ReportText,
    /// What it means, written beside it.
    pub text: ReportText,
    /// Whether it was captured, or is known from a log or inferred.
    pub kind: RowKind,
    /// Whether this is the message that tells.
    pub telling: bool,
    /// Whether it was on its way at the same time as the next row's message.
    #[serde(default)]
    pub crosses_next: bool,
    /// The path of the input it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ReportText>,
    /// Wireshark's frame number in that input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// The line in that input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// How a message of the ladder is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Captured.
    #[default]
    Solid,
    /// Known from a log, or inferred.
    Dashed,
}

/// A picture that proves a cause.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Figure {
    /// How failing and healthy requests spread over a measure.
    Histogram {
        /// What is measured, as in `Idle time before reuse`.
        title: ReportText,
        /// The finding in one sentence.
        finding: ReportText,
        /// The unit of the bounds, as in `s` or `B`.
        unit: ReportText,
        /// The edges of the bins, ascending, one more than there are bins.
        bounds: Vec<Decimal>,
        /// Failing requests per bin.
        failing: Vec<u64>,
        /// Healthy requests per bin.
        healthy: Vec<u64>,
        /// Limits and detected timers.
        marks: Vec<ScaleMark>,
    },
    /// Sizes against a limit, or counts of failing and healthy per row.
    Bars {
        /// What is compared, as in `Response headers by size`.
        title: ReportText,
        /// The finding in one sentence.
        finding: ReportText,
        /// The unit of the values, as in `B` or `connections`.
        unit: ReportText,
        /// One row per header, cookie or address range.
        rows: Vec<Bar>,
        /// The limit that is drawn through all rows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<ScaleMark>,
    },
    /// The offending bytes with their neighbours.
    Hexdump {
        /// What the bytes are, as in `Response head`.
        title: ReportText,
        /// The finding in one sentence.
        finding: ReportText,
        /// The offset of the first byte from the start of the message.
        offset: u64,
        /// The bytes in hex, two digits each, at most 4,096; redaction keeps their number.
        bytes: ReportText,
        /// The offence.
        marked: MarkedRange,
        /// What is wrong there.
        label: ReportText,
    },
    /// Certificates' dates against the moment of the failures.
    Validity {
        /// What is shown, as in `Certificate dates`.
        title: ReportText,
        /// The finding in one sentence.
        finding: ReportText,
        /// One row per certificate.
        rows: Vec<ValidityRow>,
        /// When the failures happened.
        at: Moment,
    },
}

impl Figure {
    /// The figure's title and its finding in one sentence.
    pub fn caption(&self) -> (&str, &str) {
        match self {
            Figure::Histogram { title, finding, .. }
            | Figure::Bars { title, finding, .. }
            | Figure::Hexdump { title, finding, .. }
            | Figure::Validity { title, finding, .. } => (title, finding),
        }
    }
}

/// A value on a scale with its meaning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ScaleMark {
    /// Where it stands, in the figure's unit.
    pub value: Decimal,
    /// What it means, in a few words.
    pub text: ReportText,
}

/// A row of a bar figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Bar {
    /// What the row is.
    pub label: ReportText,
    /// The failing part, in the figure's unit.
    pub failing: Decimal,
    /// The healthy part, in the figure's unit.
    pub healthy: Decimal,
}

/// A run of bytes in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct MarkedRange {
    /// The offset of its first byte from the start of the message.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// A certificate's dates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ValidityRow {
    /// Whose certificate.
    pub label: ReportText,
    /// Not valid before.
    pub not_before: Moment,
    /// Not valid after.
    pub not_after: Moment,
}
