//! The report's model, `rayscope.report/1`: what all three files say. It only grows within a version.

mod audit;
mod case;
mod cause;
mod certainty;
mod certificates;
mod check;
mod figure;
mod input;
mod number;
mod remediation;
mod totals;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::redaction::ReportText;

pub use audit::{CookieSize, Direction, HeaderAudit, HeaderSize, OverBudget, Threshold, ThresholdState};
pub use case::{Attempt, Case, Connection, Hop, Join, SeenIn};
pub use cause::{
    Affected, Cause, ChainLink, ChainRole, ConfidenceTerm, Contrast, Evidence, EvidenceKind, Interval, Layer,
    Setting, Who,
};
pub use certainty::{Candidate, CertaintyStep, Depth, Sign, SignPlace, SignState};
pub use certificates::{
    CertificateObservation, CertificateObservationKind, ChainTrust, ChainTrustKind, ServedCertificate,
    ServedChain, ServedTo,
};
pub use check::{Check, CheckExpect, CheckKind};
pub use figure::{
    Bar, Figure, Ladder, LadderRow, Lane, LaneRole, MarkedRange, RowKind, ScaleMark, ValidityRow,
};
pub use input::{CaptureFacts, Input, InputKind};
pub use number::{Decimal, Moment, Share};
pub use remediation::{Applies, Purpose, Remediation, SnippetPart, Target};
pub use totals::{Estimate, Estimated, Population, RayTotals, StatusTable, Totals};

/// The name and version of the model, as it stands in `schema`.
pub const SCHEMA: &str = "rayscope.report/1";

/// The slug of cases that no cause explains.
pub const UNEXPLAINED: &str = "unexplained";

/// At most this many cases are listed; `cases_omitted` counts the others.
pub const MAX_CASES: usize = 10_000;

/// Everything that one diagnosis says. Times are RFC 3339 in UTC, sizes are bytes, shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The name and version of this format.
    #[schemars(extend("const" = "rayscope.report/1"))]
    pub schema: ReportText,
    /// What wrote the report.
    pub tool: Tool,
    /// Whether cookies, authorization values, query values, visitors' addresses and user names became pseudonyms.
    pub redacted: bool,
    /// The limits that were applied.
    pub profile: Profile,
    /// Every file looked at, also those that were refused, sorted by the bytes of their path.
    pub inputs: Vec<Input>,
    /// From the first to the last evidence that was looked at.
    pub window: Window,
    /// Hosts of the failing requests, or of healthy ones where nothing failed; sorted by name, at most 20.
    #[serde(default)]
    pub hosts: Vec<ReportText>,
    /// Who has to act, and why, in one sentence.
    pub verdict: Verdict,
    /// How much there was and how much failed.
    pub totals: Totals,
    /// What went wrong, ranked by affected requests weighed by confidence; empty where nothing failed.
    pub causes: Vec<Cause>,
    /// One per failing request or failed connection, at most 10,000: of each cause some, over its whole time, and all that are shown as evidence.
    pub cases: Vec<Case>,
    /// How many cases are not listed.
    pub cases_omitted: u64,
    /// Failures that no cause explains.
    pub unexplained: Unexplained,
    /// Sizes of headers and cookies, and those over their budget.
    pub header_audit: HeaderAudit,
    /// The edge's limits against what was measured: early warnings.
    pub thresholds: Vec<Threshold>,
    /// The chains of certificates that servers showed, in the clear or opened with a key log, each once; at most 256 by server and name.
    #[serde(default)]
    pub certificates: Vec<ServedChain>,
    /// Whether there were more.
    #[serde(default)]
    pub certificates_cut: bool,
    /// Requests and failures over time.
    pub timeline: Timeline,
    /// How far the clocks of the sources disagree.
    pub clocks: Vec<Clock>,
    /// How much of the incident the evidence could see.
    pub coverage: Coverage,
    /// What was wrong with the inputs as a whole, each with its effect on the result.
    pub warnings: Vec<ReportText>,
}

impl Default for Report {
    fn default() -> Report {
        Report {
            schema: SCHEMA.into(),
            tool: Tool::default(),
            redacted: true,
            profile: Profile::default(),
            inputs: Vec::new(),
            window: Window::default(),
            hosts: Vec::new(),
            verdict: Verdict::default(),
            totals: Totals::default(),
            causes: Vec::new(),
            cases: Vec::new(),
            cases_omitted: 0,
            unexplained: Unexplained::default(),
            header_audit: HeaderAudit::default(),
            thresholds: Vec::new(),
            certificates: Vec::new(),
            certificates_cut: false,
            timeline: Timeline::default(),
            clocks: Vec::new(),
            coverage: Coverage::default(),
            warnings: Vec::new(),
        }
    }
}

/// What wrote the report.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Tool {
    /// The program's name.
    pub name: ReportText,
    /// Its version.
    pub version: ReportText,
}

impl Default for Tool {
    /// This program.
    fn default() -> Tool {
        Tool { name: "rayscope".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// The limits that were applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Profile {
    /// The profile's name, as in `cloudflare`.
    pub name: ReportText,
    /// The day on which its facts were last checked, as in `2026-07-23`.
    pub date: ReportText,
    /// Each limit by name; also the root store's date.
    pub limits: BTreeMap<ReportText, Limit>,
}

/// A limit of the profile.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Limit {
    /// A number in the unit that the limit's name tells.
    Number(Decimal),
    /// A date or another word.
    Text(ReportText),
}

/// From the first to the last evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Window {
    /// The first moment of the evidence; null where no input has a time.
    pub first: Option<Moment>,
    /// The last moment of the evidence; null where no input has a time.
    pub last: Option<Moment>,
}

impl Window {
    /// The time of day of a moment to the millisecond, with the date before it where the window spans several days.
    pub fn clock(&self, moment: &Moment) -> String {
        let one_day = match (&self.first, &self.last) {
            (Some(first), Some(last)) => first.date() == last.date(),
            _ => true,
        };
        match one_day {
            true => moment.clock_ms().to_string(),
            false => format!("{} {}", moment.date(), moment.clock_ms()),
        }
    }
}

/// Who has to act, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Who has to act, or that nobody has to or nobody knows.
    pub kind: VerdictKind,
    /// One sentence that a person can paste into a postmortem.
    pub headline: ReportText,
    /// That of the first cause, or of "nothing failed".
    pub confidence: Share,
}

/// Who has to act, or that nobody has to or nobody knows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// The origin's owner.
    Origin,
    /// Whoever runs the network between edge and origin.
    Path,
    /// Whoever configures the edge.
    Edge,
    /// The visitors' side.
    Client,
    /// Nothing failed.
    Healthy,
    /// Requests failed and no cause reaches 0.5, or more than half of the failures are unexplained; or nothing was seen to fail, but the
    /// outcomes of the requests could not be seen.
    #[default]
    Inconclusive,
}

/// Failures that no cause explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Unexplained {
    /// How many of `totals.failures`.
    #[serde(default)]
    pub failures: u64,
    /// How many requests.
    pub requests: u64,
    /// How many connections to which no request could be tied.
    #[serde(default)]
    pub connections: u64,
    /// Where they stand beside the causes, by their number: before the cause of this rank, or after all causes where none has it; null
    /// where nothing is unexplained.
    #[serde(default)]
    pub rank: Option<u32>,
    /// What is certain of them all the same, from what happened on.
    #[serde(default)]
    pub certainty: Vec<CertaintyStep>,
    /// What they may have been, the likeliest first, from 0.01 on; none of them is likelier than all else together.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// What sets them apart from the healthy requests of the same window, most telling first.
    #[serde(default)]
    pub contrast: Vec<Contrast>,
    /// Why the evidence names no cause.
    pub why: Vec<ReportText>,
    /// What to collect next, the most useful first.
    pub collect_next: Vec<ReportText>,
}

/// Requests and failures over time, in buckets of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Timeline {
    /// The length of a bucket in seconds.
    pub bucket_s: Decimal,
    /// Where the first bucket begins; null where no input has a time.
    pub start: Option<Moment>,
    /// The counts, one per bucket.
    pub series: Series,
    /// Deployments, system events and other marks.
    pub events: Vec<Event>,
}

/// Counts per bucket; every list has the same length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// All requests.
    pub requests: Vec<u64>,
    /// Failed requests.
    pub failed: Vec<u64>,
    /// Failed requests by the slug of their cause; what they lack to `failed` is unexplained.
    pub by_cause: BTreeMap<ReportText, Vec<u64>>,
}

/// A mark on the timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Event {
    /// When it happened.
    pub time: Moment,
    /// What happened, in a few words.
    pub text: ReportText,
    /// What sort of event, as in `deployment`, `system`, `capture`.
    pub kind: ReportText,
}

/// How far the clocks of two sources disagree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Clock {
    /// The source whose clock is taken as right.
    pub a: ReportText,
    /// The source that was shifted.
    pub b: ReportText,
    /// What was added to b's times, in seconds.
    pub offset_s: Decimal,
    /// How much single pairs differ from it, in seconds.
    pub spread_s: Decimal,
    /// How many pairs it stands on.
    pub pairs: u64,
    /// How much b's clock loses against a's with each minute, in milliseconds; absent where it keeps pace. `offset_s` is then that of the
    /// first pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_ms_per_min: Option<Decimal>,
    /// Since when this row holds, by a's clock, where b's clock was set anew (daylight saving) and has a row for each stretch of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
}

/// How much of the incident the evidence could see. Null means not looked at, never zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Coverage {
    /// Share of the failures whose packets were captured; null without a capture or without failures.
    pub captured_share_of_failures: Option<Share>,
    /// Share of the captured connections that are encrypted and were not decrypted; null without a capture.
    pub encrypted_share: Option<Share>,
    /// Packets that the capturing machine says it lost; null where it does not say.
    pub packets_lost_by_capture: Option<u64>,
    /// Packets cut short by the capture's snap length.
    pub snaplen_cut_packets: u64,
    /// What could not be seen and what that means.
    pub notes: Vec<ReportText>,
}
