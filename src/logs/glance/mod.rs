//! Looking at a line without parsing it: most lines tell of requests that went well, of which only time, statuses and ray are counted.
//!
//! What is told at a glance is exactly what the format's own parser would tell, or nothing is told and the parser is asked. A property
//! test holds this over lines that were damaged in every way (`tests.rs`).

pub(crate) mod access;
pub(crate) mod json_layout;
pub(crate) mod json_value;
#[cfg(test)]
mod tests;
mod usual_layout;

use crate::logs::row::EdgeRecord;
use crate::ray::Ray;
use crate::time::Time;

/// Layouts of lines that are known at a time: logs have one or two.
pub(crate) const MOST_LAYOUTS: usize = 4;

/// What a line tells at a glance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Glance<'a> {
    /// Of a request, by the edge's log.
    Edge(EdgeGlance<'a>),
    /// Of a request, by an origin's access log.
    Access(AccessGlance<'a>),
}

/// What extraction must know of a record of the edge whose request went well: the fields of
/// [`EdgeRecord`](crate::logs::EdgeRecord) by the same names. The record is of a request, and has no sizes of headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeGlance<'a> {
    /// `start`.
    pub start: Time,
    /// `end`.
    pub end: Option<Time>,
    /// `ray`.
    pub ray: Option<Ray>,
    /// `host`.
    pub host: Option<&'a [u8]>,
    /// `edge_status`.
    pub edge_status: Option<u16>,
    /// `origin_status`.
    pub origin_status: Option<u16>,
    /// Whether there is an `edge_address`.
    pub went_to_origin: bool,
    /// Whether a visitor made the request ([`failure::is_visitors`](crate::evidence)).
    pub is_visitors: bool,
    /// What `stands_for` gives.
    pub stands_for: u32,
}

/// What extraction must know of an access line whose request went well: the fields of [`AccessLine`](crate::logs::AccessLine) by the same
/// names. The line has no `odd_request_line`, and no `ending`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccessGlance<'a> {
    /// `time`.
    pub time: Time,
    /// What `start` gives.
    pub start: Time,
    /// `status`.
    pub status: Option<u16>,
    /// `ray`.
    pub ray: Option<Ray>,
    /// `possible_ray`.
    pub possible_ray: Option<Ray>,
    /// `host`, in the case in which it is written.
    pub host: Option<&'a [u8]>,
    /// `method`.
    pub method: Option<&'a [u8]>,
    /// `target`. It may hold what is no UTF-8, which the row shows as such.
    pub target: Option<&'a [u8]>,
}

/// Looks at the lines of one input.
pub trait Glancer: Send {
    /// What a line without a backslash tells; `None` where only the parser can say.
    fn glance<'a>(&mut self, line: &'a [u8]) -> Option<Glance<'a>>;

    /// What the line with which `text` begins tells, and its length without the line feed: where the layout says that sooner than the line's
    /// end is found. `None` says nothing about the line.
    fn glance_ahead<'a>(&mut self, _text: &'a [u8]) -> Option<(Glance<'a>, usize)> {
        None
    }

    /// The edge's record of a line without a backslash, as the parser would make it, where the layout tells it sooner; `None` where only the
    /// parser can say.
    fn record(&mut self, _: &[u8]) -> Option<EdgeRecord> {
        None
    }

    /// Learns from a line that the parser made a row of.
    fn learn(&mut self, line: &[u8]);
}
