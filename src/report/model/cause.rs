//! A cause as the report tells it: what, how much, how sure, on what evidence, and what to change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::Population;
use super::certainty::{Candidate, CertaintyStep, Sign, spot};
use super::check::{Check, CheckExpect};
use super::figure::{Figure, Ladder};
use super::number::{Decimal, Moment, Share};
use super::remediation::Remediation;

/// One cause of failures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Cause {
    /// 1 is the first.
    pub rank: u32,
    /// The stable id in the catalogue.
    pub slug: ReportText,
    /// Its name in words.
    pub title: ReportText,
    /// Where in the stack it lies.
    pub layer: Layer,
    /// Who has to act.
    pub who: Who,
    /// The probability that it is the true cause of the cases attributed to it.
    pub confidence: Share,
    /// The interval within which the confidence lies by calibration; absent where none was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence_interval: Option<Interval>,
    /// How sure it is at each depth, from what happened down to this cause: no step is surer than the one before it, and the last one has
    /// this slug and this confidence. Means over its cases.
    #[serde(default)]
    pub certainty: Vec<CertaintyStep>,
    /// What may lie behind it, where it is a mechanism behind which no root is named; the likeliest first, from 0.01 on. No two of them can
    /// be true of one case, so together they are at most as likely as this cause.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// What it is where it is not this cause; the likeliest first, from 0.01 on. No two of them can be true of one case.
    #[serde(default)]
    pub otherwise: Vec<Candidate>,
    /// Which of its forms it has here, where a sign of the evidence tells; null where none does.
    #[serde(default)]
    pub form: Option<ReportText>,
    /// The signs that it lets expect, as its clearest case shows them: what speaks for it, what against it, and what could not be seen.
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// What speaks for and against it.
    #[serde(default)]
    pub confidence_terms: Vec<ConfidenceTerm>,
    /// Evidence that was not at hand and that would move the confidence: what is missing, and what it would tell.
    #[serde(default)]
    pub missing: Vec<ReportText>,
    /// How much it explains.
    pub affected: Affected,
    /// Its first failure; null where no case has a time.
    pub first: Option<Moment>,
    /// Its last failure; null where no case has a time.
    pub last: Option<Moment>,
    /// Its failed requests by the edge's status.
    pub edge_statuses: BTreeMap<ReportText, u64>,
    /// The ray of every affected request that has one, in the order of time.
    pub rays: Vec<ReportText>,
    /// What such a cause is, in plain words; the same for every incident.
    #[serde(default)]
    pub meaning: ReportText,
    /// Two or three sentences with the measured figures in them.
    pub summary: ReportText,
    /// Causes that stand before and after it.
    pub chain: Vec<ChainLink>,
    /// The few most telling pieces; each can be opened by hand.
    pub evidence: Vec<Evidence>,
    /// Settings among the inputs that matter for it.
    pub settings: Vec<Setting>,
    /// What sets these failures apart from the healthy requests of the same window, most telling first.
    pub contrast: Vec<Contrast>,
    /// What to change: what fits the servers that were seen comes first, and of that the best.
    pub remediation: Vec<Remediation>,
    /// The first of `checks`; empty where there is none.
    pub check: ReportText,
    /// What the output of `check` would say.
    #[serde(default)]
    pub check_expect: CheckExpect,
    /// Commands that would confirm or refute it on this incident: first those that read the inputs, then those that are run at the origin or
    /// ask over the network. None has a gap to be filled in.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// The ray or place of the case that the ladder shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder_case: Option<ReportText>,
    /// One representative case, message by message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// Pictures that prove it.
    #[serde(default)]
    pub figures: Vec<Figure>,
}

impl Cause {
    /// Whether it explains none of the failures that are counted, but what failed beside them ([`Population::beside`]).
    pub fn is_beside_failures(&self) -> bool {
        self.affected.failures == 0
    }

    /// How many failures of this population it explains, and what one of them is; or how many beside them.
    pub fn amount(&self, population: Population) -> (u64, &'static str) {
        let affected = &self.affected;
        match (self.is_beside_failures(), population.beside()) {
            (true, Population::Connections) => (affected.connections, Population::Connections.noun()),
            (true, Population::Requests) => (affected.requests, Population::Requests.noun()),
            (false, _) => (affected.failures, population.noun()),
        }
    }

    /// Its checks; of a report of an earlier version the only one.
    pub fn all_checks(&self) -> Vec<Check> {
        if !self.checks.is_empty() || self.check.is_empty() {
            return self.checks.clone();
        }
        let CheckExpect { confirms, refutes } = self.check_expect.clone();
        vec![Check { command: self.check.clone(), confirms, refutes, ..Check::default() }]
    }
}

/// Where in the stack a cause lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Reaching the origin, and keeping the connection.
    Tcp,
    /// The handshake with the origin.
    Tls,
    /// The messages of HTTP.
    #[default]
    Http,
    /// The application and the host behind it.
    Application,
    /// The edge itself.
    Edge,
    /// The visitors' side.
    Client,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The origin's owner.
    #[default]
    Origin,
    /// Whoever runs the network between edge and origin.
    Path,
    /// Whoever configures the edge.
    Edge,
    /// The visitors' side.
    Client,
}

/// The interval of a confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Interval {
    /// Its lower end.
    pub low: Share,
    /// Its upper end.
    pub high: Share,
}

/// One piece that speaks for or against a cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ConfidenceTerm {
    /// What was found, with its figure.
    pub text: ReportText,
    /// How strongly it speaks, in thousandths of log-odds: above zero for, below zero against.
    pub weight: i64,
}

/// How much a cause explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Affected {
    /// How many of `totals.failures`.
    #[serde(default)]
    pub failures: u64,
    /// Failed requests.
    pub requests: u64,
    /// Failed connections to which no request could be tied.
    pub connections: u64,
    /// `failures` as a share of `totals.failures`.
    pub share_of_failures: Share,
}

/// A cause before or after the one that is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ChainLink {
    /// Its slug in the catalogue.
    pub slug: ReportText,
    /// Where it stands in the chain.
    pub role: ChainRole,
    /// What it did here.
    pub text: ReportText,
}

/// Where a link stands in its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChainRole {
    /// It began here.
    #[default]
    Root,
    /// It followed.
    Consequence,
}

/// A piece of evidence that can be opened by hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// What sort of place it is.
    pub kind: EvidenceKind,
    /// The path of the input.
    pub input: ReportText,
    /// Wireshark's frame number in that file; packets only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// The line from 1; lines and edge records only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Which record of the line, from 1, where a line holds several (a JSON document without line ends) and it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// The entry from 0; HAR entries only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// When it happened, by the corrected clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// The request it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ray: Option<ReportText>,
    /// A Wireshark display filter that shows its connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<ReportText>,
    /// What it shows.
    pub text: ReportText,
}

impl Evidence {
    /// Where it lies in its input: `frame 81230`, `line 512`, `line 1, record 17`, `entry 14`.
    pub fn spot(&self) -> Option<String> {
        spot(self.frame, (self.line, self.record), self.entry)
    }
}

/// What sort of place a piece of evidence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A packet of a capture.
    #[default]
    Packet,
    /// A line of a log or of a configuration.
    Line,
    /// An entry of a HAR.
    Entry,
    /// A record of the edge's log.
    Edge,
}

/// A setting that was found among the inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Setting {
    /// The path of the configuration.
    pub input: ReportText,
    /// The line from 1.
    pub line: u64,
    /// Whose configuration it is: nginx, apache, haproxy, php-fpm, caddy, varnish, systemd, linux or firewall.
    pub program: ReportText,
    /// The block that it stands in, as the configuration heads it.
    pub block: Option<ReportText>,
    /// The directive's name.
    pub directive: ReportText,
    /// Its value as it is.
    pub value: ReportText,
    /// What it should be.
    pub wanted: ReportText,
}

/// An attribute in which the failing requests differ from the healthy ones, or do not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Contrast {
    /// The attribute's name, as in `edge_range`.
    pub attribute: ReportText,
    /// Its value.
    pub value: ReportText,
    /// Share of the failing requests that have it.
    pub failing_share: Share,
    /// Share of the healthy requests that have it.
    pub healthy_share: Share,
    /// The first over the second; null where no healthy request has it.
    pub lift: Option<Decimal>,
    /// The probability of such a difference by chance, corrected for the number of attributes looked at.
    pub q: Share,
    /// How many failing requests have it.
    #[serde(default)]
    pub failing: u64,
    /// How many healthy requests have it.
    #[serde(default)]
    pub healthy: u64,
    /// Whether it sets the failures apart; false for attributes that people suspect first and that do not.
    #[serde(default = "differs")]
    pub differs: bool,
}

fn differs() -> bool {
    true
}
