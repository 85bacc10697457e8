//! One failing request or failed connection.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::figure::Ladder;
use super::input::InputKind;
use super::number::{Moment, Share};

/// One failing request, or one failed connection where no request was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Case {
    /// 16 lower-case hex digits; null where the request has none.
    pub ray: Option<ReportText>,
    /// The edge's place, as in `LAX`.
    pub colo: Option<ReportText>,
    /// When it began, by the corrected clock.
    pub time: Option<Moment>,
    /// The slug of its cause, or `unexplained`.
    pub slug: ReportText,
    /// The probability that this is its cause.
    pub confidence: Share,
    /// The request's method.
    pub method: Option<ReportText>,
    /// The request's host.
    pub host: Option<ReportText>,
    /// The request's path, query values redacted.
    pub path: Option<ReportText>,
    /// The status that the visitor got.
    pub edge_status: Option<u16>,
    /// The status that the origin sent; null where it sent none.
    pub origin_status: Option<u16>,
    /// The kinds of evidence that tell of it.
    pub joined: Vec<InputKind>,
    /// The weakest join between them; null where there is one source.
    pub join: Option<Join>,
    /// Between which hosts it failed.
    pub hop: Option<Hop>,
    /// Every try of the edge for this ray, in time.
    pub attempts: Vec<Attempt>,
    /// The connection it failed on; null where none was seen.
    pub connection: Option<Connection>,
    /// What happened, sentence by sentence.
    pub story: Vec<ReportText>,
    /// The same, message by message; present for one case per cause, and where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
}

/// How two sources were brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// By ray (and host).
    Ray,
    /// By addresses and ports.
    Addresses,
    /// By time and request line.
    Time,
}

/// Between which hosts a case failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
    /// Between visitor and edge.
    ClientEdge,
    /// Within the edge.
    Edge,
    /// Between edge and origin.
    EdgeOrigin,
    /// Within the origin.
    Origin,
    /// Between the origin's server and what stands behind it.
    OriginUpstream,
    /// Between two servers that both stand behind the origin's first one.
    UpstreamUpstream,
}

/// One try of the edge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Attempt {
    /// When it began.
    pub time: Moment,
    /// Whether a later try healed it.
    pub healed: bool,
    /// What became of it.
    pub text: ReportText,
}

/// The connection of a case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Connection {
    /// Address and port of the side that opened it.
    pub client: ReportText,
    /// Address and port of the side that accepted it.
    pub server: ReportText,
    /// The Community ID, version 1; absent where it would reveal a visitor's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community_id: Option<ReportText>,
    /// The captures it was seen in.
    pub seen_in: Vec<SeenIn>,
}

/// Where a connection lies in a capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SeenIn {
    /// The capture's path.
    pub input: ReportText,
    /// Wireshark's `tcp.stream` in that file.
    pub stream: u64,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame.
    pub last_frame: u64,
}
