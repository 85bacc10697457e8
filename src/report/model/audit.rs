//! Sizes of headers and cookies, and the edge's limits against what was measured.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::Decimal;

/// Sizes of headers and cookies over all evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct HeaderAudit {
    /// The largest headers, largest first.
    pub largest: Vec<HeaderSize>,
    /// The largest cookies, largest first.
    pub cookies: Vec<CookieSize>,
    /// What exceeds a limit of the profile.
    pub over_budget: Vec<OverBudget>,
}

/// Which way a header travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the visitor.
    Request,
    /// From the origin.
    #[default]
    Response,
}

impl Direction {
    /// `request` or `response`.
    pub fn words(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
        }
    }
}

/// The size of a header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct HeaderSize {
    /// Which way it travels.
    pub direction: Direction,
    /// Its name in lower case.
    pub name: ReportText,
    /// The largest size of all its lines in one message.
    pub bytes: u64,
    /// How many requests carried it.
    pub requests: u64,
    /// Its size when it was first seen.
    pub first_bytes: u64,
    /// Its size when it was last seen.
    pub last_bytes: u64,
    /// Who sets it, as in a path or a host; null where nothing tells.
    pub setter: Option<ReportText>,
    /// The input in which it is largest.
    pub input: ReportText,
    /// The place in that input, as in `entry 14` or `frame 812`.
    #[serde(rename = "where")]
    pub place: ReportText,
}

/// The size of a cookie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CookieSize {
    /// Its name.
    pub name: ReportText,
    /// The largest size of name and value.
    pub bytes: u64,
    /// How many requests carried or set it.
    pub requests: u64,
    /// Its size when it was first seen.
    pub first_bytes: u64,
    /// Its size when it was last seen.
    pub last_bytes: u64,
    /// Who sets it; null where nothing tells.
    pub setter: Option<ReportText>,
    /// The input in which it is largest.
    pub input: ReportText,
    /// The place in that input.
    #[serde(rename = "where")]
    pub place: ReportText,
}

/// A header, a block of headers or a cookie that exceeds a limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct OverBudget {
    /// Which way it travels.
    pub direction: Direction,
    /// What is too large, as in `cookie` or `all headers`.
    pub name: ReportText,
    /// Its size.
    pub bytes: u64,
    /// The limit.
    pub limit_bytes: u64,
    /// Which limit it is, in words.
    pub limit: ReportText,
    /// How many requests exceed it.
    pub requests: u64,
    /// The input in which it is largest.
    pub input: ReportText,
    /// The place in that input.
    #[serde(rename = "where")]
    pub place: ReportText,
}

/// A limit of the edge against what was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Threshold {
    /// The limit's name in the profile.
    pub name: ReportText,
    /// The limit.
    pub limit: Decimal,
    /// The unit of both numbers.
    pub unit: ReportText,
    /// The largest (or smallest, where the limit is a minimum) measured value; null where none was measured.
    pub measured: Option<Decimal>,
    /// Whether it is close enough to the limit to warn.
    pub state: ThresholdState,
    /// Where it was measured.
    #[serde(rename = "where")]
    pub place: ReportText,
}

impl Threshold {
    /// How the measured value stands to the limit, in words.
    pub fn words(&self) -> &'static str {
        // The one limit that is a minimum: the edge's idle time, which the origin's should outlast.
        let is_minimum = self.name == "origin_idle_timeout";
        let is_past = self.measured.is_some_and(|measured| measured > self.limit);
        match self.state {
            ThresholdState::NotMeasured => "not measured",
            ThresholdState::Ok => "ok",
            ThresholdState::Warn if is_minimum => "too short",
            ThresholdState::Warn if is_past => "exceeded",
            ThresholdState::Warn => "close",
        }
    }
}

/// Whether a measured value comes close to its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdState {
    /// It does not.
    #[default]
    Ok,
    /// It does, or is past it.
    Warn,
    /// Nothing was measured.
    NotMeasured,
}
