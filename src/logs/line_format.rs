//! What one log format must tell: its name, how it is known, and what row its lines make.

use std::fmt;

use crate::logs::glance::Glancer;
use crate::logs::record::Splitting;
use crate::logs::row::{AccessLine, EdgeRecord, MessageLine};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::timestamp::Stamp;

/// What kind of input a format makes (`inputs[].kind` of the report).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// Requests that the origin answered.
    AccessLog,
    /// Messages of the web server or the application.
    ErrorLog,
    /// Messages of the kernel and of services.
    SystemLog,
    /// Requests that the edge saw.
    EdgeLog,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// A request.
    Access(AccessLine),
    /// A message.
    Message(MessageLine),
    /// What a line of a trace adds to the message before it: the exception that it is about.
    Cause(MessageLine),
    /// A record of the edge.
    Edge(EdgeRecord),
    /// Nothing to keep.
    Skip(Skip),
}

impl Parsed {
    /// When a line was written at the earliest, where it has an instant: that of a request when the request was over.
    pub fn written(&self) -> Option<Stamp> {
        match self {
            Parsed::Access(row) => {
                let over = row.end().unwrap_or(row.time);
                Some(Stamp { time: over, resolution: row.resolution, local: row.time_is_local })
            }
            Parsed::Message(row) => row.stamp(),
            _ => None,
        }
    }
}

/// Why a line gave no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Nothing on it.
    Empty,
    /// A comment or a header of the file.
    Comment,
    /// It goes on with the message before it (a stack trace): quiet.
    Continuation,
    /// A part of a record that stands on several lines; the row comes with its last part.
    Partial,
    /// It is not in the file's format: counted and told.
    Unparsed,
    /// Longer than `logs::record::LONGEST_RECORD`: counted and told.
    TooLong,
}

impl Skip {
    /// Whether the person should hear of it: the line may have held something.
    pub fn is_loss(self) -> bool {
        matches!(self, Skip::Unparsed | Skip::TooLong)
    }
}

/// A log format: one file in `logs::format`, and one line in [`crate::logs::recognise::DETECTORS`].
///
/// The value itself is what is known before the first line (a format string, learned columns). It does not change while lines are
/// read, so that one format serves many inputs; what must be remembered from line to line is its `Memory`, which nobody else sees.
pub trait LineFormat: fmt::Debug + Send + Sync + Sized + 'static {
    /// What is remembered from one line of an input to the next; `()` where every line stands alone.
    type Memory: Default + Send + 'static;

    /// Proposes the format for a text; whether it is taken depends on how many of the lines it reads. `None` where the text cannot be
    /// in it, and always for a format that must be told.
    fn detect(_: &Sample<'_>) -> Option<Self> {
        None
    }

    /// Its name in the report (`inputs[].format`).
    fn id(&self) -> &'static str;

    /// The kind of log that it makes.
    fn kind(&self) -> LogKind;

    /// What a person should know of how its lines are read.
    fn note(&self) -> Option<&str> {
        None
    }

    /// Makes a row of a record, which comes without its line end. What cannot be read is a [`Parsed::Skip`], never an error.
    fn parse(&self, line: &[u8], memory: &mut Self::Memory, clock: &mut LineClock) -> Parsed;

    /// The row of what the input ended in, where a record ends only with the next one.
    fn finish(&self, _: &mut Self::Memory, _: &mut LineClock) -> Parsed {
        Parsed::Skip(Skip::Empty)
    }

    /// How records are cut.
    fn splitting(&self) -> Splitting {
        Splitting::Lines
    }

    /// Whether a line may tell when the machine started ([`LineClock::set_boot`]), which later lines stand on.
    fn sets_clock(&self) -> bool {
        false
    }

    /// Looks at the lines of one input without parsing them. `None` where the format knows no such way, or its lines do not stand alone.
    fn glancer(&self) -> Option<Box<dyn Glancer>> {
        None
    }

    /// Whether an empty line ends something. Where it does not, empty lines never come to `parse`.
    fn empty_lines_matter(&self) -> bool {
        false
    }
}
