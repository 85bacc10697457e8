//! A command that would confirm or refute a cause, and what its output would say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

/// A command that would confirm or refute a cause on this incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// What it reads, and so where it is run.
    pub kind: CheckKind,
    /// The command, for a POSIX shell.
    pub command: ReportText,
    /// What it prints where this is the cause.
    pub confirms: ReportText,
    /// What it prints where it is not.
    pub refutes: ReportText,
    /// How many lines it prints at least, by the evidence of this report; null of what does not read the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_at_least: Option<u64>,
}

/// What a check reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// The inputs alone: it is run in the deepest folder that holds them all.
    #[default]
    Inputs,
    /// The state of the origin: it is run there.
    Origin,
    /// What answers now: it asks over the network.
    Network,
}

impl CheckKind {
    /// Where it is run, in words.
    pub fn words(self) -> &'static str {
        match self {
            CheckKind::Inputs => "in the folder of the inputs",
            CheckKind::Origin => "at the origin",
            CheckKind::Network => "over the network, by how things are now",
        }
    }
}

/// What the output of a check would say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CheckExpect {
    /// Where this is the cause.
    pub confirms: ReportText,
    /// Where it is not.
    pub refutes: ReportText,
}
