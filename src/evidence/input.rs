//! What is known about one input as a whole: what it is, what was read of it, and what was not.

use serde::{Deserialize, Serialize};

use super::capture_facts::CaptureFacts;
use super::sampling::Intervals;
use crate::time::Time;

/// An input, as the report lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSummary {
    /// Its name: its path below the deepest folder that all inputs share.
    pub name: String,
    /// What it is evidence of.
    pub kind: InputKind,
    /// Its format as the report names it (`pcapng`, `nginx_access`, …); of an ignored file, what it seems to be.
    pub format: String,
    /// Its size on the disk.
    pub bytes: u64,
    /// Number of packets, lines, records or entries that were read.
    pub records: u64,
    /// Number of those that could not be read.
    pub skipped: u64,
    /// Whether its compressed bytes are damaged or cut short: what lies behind is not known.
    pub damaged: bool,
    /// The earliest time in it.
    pub first: Option<Time>,
    /// The latest time in it.
    pub last: Option<Time>,
    /// Requests of it stand at instants that name no zone: read as UTC, to be corrected by the clocks.
    pub times_are_local: bool,
    /// By how many seconds the clock of its lines is ahead of UTC, where these say so by numbers: what others of its machine may leave out.
    pub ahead_of_utc: Option<i32>,
    /// What the lines of a log told; `None` for what is no log.
    pub lines: Option<LineCounts>,
    /// What a person should know about it.
    pub warnings: Vec<String>,
    /// How many requests each of its records stands for. Only logs of the edge can be sampled.
    pub intervals: Intervals,
    /// The capture at a glance; captures only.
    pub facts: Option<Box<CaptureFacts>>,
}

/// What the lines of a log told, counted: a log without instants or without rays joins less, and nobody would know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    /// Lines (of a document, its records) that were looked at, whatever became of them.
    pub lines: u64,
    /// Those of them with an instant.
    pub with_time: u64,
    /// Those with a status.
    pub with_status: u64,
    /// Those with a ray.
    pub with_ray: u64,
    /// Those that tell something of requests or of faults: every request, and the messages that are known or name a request.
    pub telling: u64,
}

impl LineCounts {
    fn merge(&mut self, other: LineCounts) {
        self.lines += other.lines;
        self.with_time += other.with_time;
        self.with_status += other.with_status;
        self.with_ray += other.with_ray;
        self.telling += other.telling;
    }
}

/// What an input is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InputKind {
    /// Packets.
    Capture,
    /// An origin's access log.
    AccessLog,
    /// An origin's error log.
    ErrorLog,
    /// The system's log.
    SystemLog,
    /// The edge's log.
    EdgeLog,
    /// A browser's HAR file.
    Har,
    /// A configuration file, or what a command said of a state.
    Config,
    /// What changed and when.
    Events,
    /// Secrets of TLS sessions. None of them leaves the program.
    KeyLog,
    /// None of these: it was not read.
    Ignored,
}

impl InputSummary {
    /// Whether most of its records stand for more requests than one.
    pub fn is_sample(&self) -> bool {
        self.intervals.commonest() > 1
    }

    /// Whether it is HTTP.SYS's log of what no worker process was given: it has no messages, and none of what went well.
    pub fn is_of_refused_requests(&self) -> bool {
        self.format == "httperr"
    }

    /// Whether it is one answer that somebody saved: curl's output, or a page of the edge. It tells nothing of any other request.
    pub fn is_saved_answer(&self) -> bool {
        self.kind == InputKind::Har && ["curl", "error_page"].contains(&self.format.as_str())
    }

    /// A summary with nothing counted yet.
    pub fn new(name: &str, kind: InputKind, format: impl Into<String>, bytes: u64) -> InputSummary {
        InputSummary {
            name: name.to_owned(),
            kind,
            format: format.into(),
            bytes,
            records: 0,
            skipped: 0,
            damaged: false,
            first: None,
            last: None,
            times_are_local: false,
            ahead_of_utc: None,
            lines: None,
            warnings: Vec::new(),
            intervals: Intervals::default(),
            facts: None,
        }
    }

    /// Notes a time that occurs in it: `first` and `last` are widened to include it.
    pub fn saw(&mut self, time: Time) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    /// Adds what was read of another part of the same input.
    pub fn merge(&mut self, other: InputSummary) {
        self.records += other.records;
        self.skipped += other.skipped;
        self.damaged |= other.damaged;
        self.times_are_local |= other.times_are_local;
        self.ahead_of_utc = self.ahead_of_utc.into_iter().chain(other.ahead_of_utc).min();
        if let Some(lines) = other.lines {
            self.lines.get_or_insert_default().merge(lines);
        }
        for time in [other.first, other.last].into_iter().flatten() {
            self.saw(time);
        }
        self.warnings.extend(other.warnings);
        self.warnings.sort();
        self.warnings.dedup();
        self.intervals.merge(other.intervals);
        // The facts are made when a capture has been read to its end, so only one part can have them.
        self.facts = self.facts.take().or(other.facts);
    }
}
