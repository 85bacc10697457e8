//! How much there was and how much failed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::Share;

/// What failures are counted in. Requests and connections are never added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Requests.
    #[default]
    Requests,
    /// Connections, where no record of requests covers the failures: a request that failed counts by its connection.
    Connections,
}

impl Population {
    /// One of them, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Population::Requests => "request",
            Population::Connections => "connection",
        }
    }

    /// What may fail beside those that are counted: connections that no request could be tied to, or requests of which no connection was captured.
    pub fn beside(self) -> Population {
        match self {
            Population::Requests => Population::Connections,
            Population::Connections => Population::Requests,
        }
    }
}

/// How much there was and how much failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Totals {
    /// What failures are counted in: all shares of failures are shares of these.
    #[serde(default)]
    pub population: Population,
    /// How many failures are judged, counted in that: all but `unjudged_failures`.
    #[serde(default)]
    pub failures: u64,
    /// Distinct visitor requests over all sources after joining; the edge log's alone where it covers the window.
    pub requests: u64,
    /// Visitor requests that failed, `unjudged_failures` among them.
    pub failed_requests: u64,
    /// Failures that are not judged, since there are so many: of those that logs tell of and of failing captured connections a sample is,
    /// drawn by ray, or by the initial sequence number, of those on one captured connection the first. What is judged alone makes up `failures`, the causes and
    /// the cases. Absent where all are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged_failures: Option<u64>,
    /// Failed connections to which no request could be tied; never part of `failed_requests`. Where connections are the population, `unjudged_failures` among
    /// them.
    pub failed_connections: u64,
    /// Connections that were captured, each counted once.
    #[serde(default)]
    pub connections: u64,
    /// All failures as a share of all requests, or, where connections are the population, of all connections.
    pub failure_rate: Share,
    /// Requests that visitors gave up on (499), where they are no failure.
    pub client_aborts: u64,
    /// Attempts that failed and that a retry of the same ray healed: no failures.
    pub healed_attempts: u64,
    /// Failures in the origin's own logs, of a time that the edge's log covers, that belong to no failing request of it for certain: not
    /// counted a second time. Absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmatched_origin_failures: Option<u64>,
    /// Failed requests by the edge's status.
    pub edge_statuses: BTreeMap<ReportText, u64>,
    /// Requests by the origin's status, `none` where the origin sent none.
    pub origin_statuses: BTreeMap<ReportText, u64>,
    /// All requests by status, healthy ones too.
    #[serde(default)]
    pub statuses: StatusTable,
    /// How many rays were seen, and where.
    pub rays: RayTotals,
    /// How many there were in truth, estimated, where an edge's log is sampled; absent where none is. All other totals are counts of what
    /// was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Estimated>,
}

impl Totals {
    /// How much of the population failed, judged or not, and how large it is.
    pub fn failed_of_population(&self) -> (u64, u64) {
        match self.population {
            Population::Requests => (self.failed_requests, self.requests),
            Population::Connections => {
                (self.failures.saturating_add(self.unjudged_failures.unwrap_or(0)), self.connections)
            }
        }
    }
}

/// All requests by status, healthy ones too, as one kind of source tells them; `none` where there was no status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct StatusTable {
    /// By the status that the visitor got: of the edge's log, else of the browsers' HARs.
    pub edge: BTreeMap<ReportText, u64>,
    /// By the status that the origin gave: of the edge's log, else of the captures, else of the origin's log.
    pub origin: BTreeMap<ReportText, u64>,
}

/// Estimates of the true numbers behind a sampled log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Estimated {
    /// Visitors' requests.
    pub requests: Estimate,
    /// Of these, failed.
    pub failed_requests: Estimate,
}

/// A number that is estimated from a sample. A record of interval n stands for n requests, with a variance of n(n - 1), since each request
/// was kept with a chance of 1 in n (Bernoulli sampling). A failure that a capture, an origin's log or a HAR shows too stands for itself
/// alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The most likely number.
    pub value: u64,
    /// The lower end of the 95 % interval (1.96 standard deviations); never below what was counted.
    pub low: u64,
    /// The upper end of the 95 % interval. It is at least three times the largest sampling interval above the value: so many requests may
    /// be missing from the sample by chance (the rule of three).
    pub high: u64,
}

/// How many rays were seen, and in which kind of evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct RayTotals {
    /// Rays of all requests, healthy ones too, by the kind of source that shows most of them.
    pub seen: u64,
    /// Rays of failing requests that were found in a capture.
    pub joined_capture: u64,
    /// The same in an origin's log.
    pub joined_origin_log: u64,
    /// The same in an edge log.
    pub joined_edge_log: u64,
    /// The same in a HAR.
    pub joined_har: u64,
}
