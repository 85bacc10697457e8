//! What a log format is to the rest of the program: something that makes a row of a line.

use std::fmt;
use std::sync::Arc;

use crate::logs::record::Splitting;
use crate::logs::wrapping::{Peeled, Wrapping};
use crate::logs::{AccessLine, EdgeRecord, MessageLine};
use crate::time::Time;

/// What kind of input a format makes (`inputs[].kind` of the report).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
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
    /// A record of the edge.
    Edge(EdgeRecord),
    /// Nothing to keep.
    Skip(Skip),
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
    /// The first part of a message that a container runtime cut in two; the row comes with its last part.
    Partial,
    /// It is not in the file's format: counted and told.
    Unparsed,
    /// Longer than [`crate::logs::record::LONGEST_RECORD`]: counted and told.
    TooLong,
}

impl Skip {
    /// Whether the person should hear of it: the line may have held something.
    pub fn is_loss(self) -> bool {
        matches!(self, Skip::Unparsed | Skip::TooLong)
    }
}

/// What lines need to know that they do not say themselves, and what they leave for the next line. One for each input.
#[derive(Clone, Debug, Default)]
pub struct Context {
    reference: Option<(Time, i16)>,
    /// When the machine started, for kernel lines that count from there.
    pub boot: Option<Time>,
    /// The parts of a message that a container runtime cut.
    pub(crate) partial: Vec<u8>,
    /// The fields of the journal entry that is being read.
    pub(crate) journal: super::journal::Entry,
    /// The columns that a header line of the file named.
    pub(crate) columns: Vec<super::access_field::Field>,
}

impl Context {
    /// For an input that was written around `reference`: lines without a year are put into the year nearest to it. Without a
    /// reference such lines have no time.
    pub fn new(reference: Option<Time>) -> Context {
        Context { reference: reference.map(|time| (time, year_of(time))), ..Context::default() }
    }

    /// The instant that a line without its year means.
    pub(crate) fn place(&self, yearless: &crate::text::timestamp::Yearless) -> Option<Time> {
        let (reference, year) = self.reference?;
        yearless.nearest(reference, year)
    }
}

fn year_of(time: Time) -> i16 {
    time.to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or(1970)
}

/// A format of lines. A new one is a file of its own and a line in [`crate::logs::recognise::DETECTORS`].
pub trait LineFormat: fmt::Debug + Send + Sync {
    /// Its name in the report (`inputs[].format`).
    fn id(&self) -> &'static str;
    /// The kind of log that it makes.
    fn kind(&self) -> Kind;
    /// Makes a row of a line, which comes without its line end.
    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed;
    /// How records are cut.
    fn splitting(&self) -> Splitting {
        Splitting::Lines
    }
    /// Whether a line is read by what stood before it, so that the file cannot be read in parts at once.
    fn is_sequential(&self) -> bool {
        false
    }
    /// Whether an empty line ends something.
    fn empty_lines_matter(&self) -> bool {
        false
    }
}

/// The format of an input: the lines' own, and what a collector wrapped around each.
#[derive(Clone, Debug)]
pub struct Format {
    wrapping: Wrapping,
    lines: Arc<dyn LineFormat>,
    /// A second format that stands in the same file: a container writes requests and errors into one stream.
    others: Option<Arc<dyn LineFormat>>,
}

impl Format {
    /// A format whose lines stand bare in the file.
    pub fn new(lines: impl LineFormat + 'static) -> Format {
        Format { wrapping: Wrapping::None, lines: Arc::new(lines), others: None }
    }

    /// The same, with `second` for the lines that are not in it.
    pub fn or(self, second: &Format) -> Format {
        Format { others: Some(Arc::clone(&second.lines)), ..self }
    }

    /// The same inside a collector's wrapping.
    pub fn within(self, wrapping: Wrapping) -> Format {
        Format { wrapping, ..self }
    }

    /// Its name in the report.
    pub fn id(&self) -> &'static str {
        self.lines.id()
    }

    /// The kind of log that it makes.
    pub fn kind(&self) -> Kind {
        self.lines.kind()
    }

    /// What is wrapped around each line.
    pub fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// How records are cut.
    pub fn splitting(&self) -> Splitting {
        self.lines.splitting()
    }

    /// Whether the input must be read from its start to its end: parts of it, cut at line ends and read at once, would give other
    /// rows. All other formats can be cut with [`line_boundary`](super::line_boundary).
    pub fn is_sequential(&self) -> bool {
        // Collectors cut long lines in parts, which are put together in order.
        self.lines.is_sequential()
            || self.others.as_ref().is_some_and(|others| others.is_sequential())
            || matches!(self.wrapping, Wrapping::DockerJson | Wrapping::Cri)
            || self.splitting() != Splitting::Lines
    }

    /// Makes a row of a record. Never fails on what a line holds: what it cannot read is [`Parsed::Skip`].
    pub fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        if line.trim_ascii().is_empty() && !self.lines.empty_lines_matter() {
            return Parsed::Skip(Skip::Empty);
        }
        match self.wrapping.peel(line, context) {
            Peeled::Bare => self.parse_bare(line, context),
            Peeled::Inner { text, time } => {
                let mut parsed = self.parse_bare(&text, context);
                if let (Parsed::Message(message), Some(stamp)) = (&mut parsed, time) {
                    // A message without a zone of its own takes the collector's time, which has one.
                    if message.time.is_none() || message.time_is_local {
                        message.time = Some(stamp.time);
                        message.resolution = stamp.resolution;
                        message.time_is_local = false;
                    }
                }
                parsed
            }
            Peeled::Skip(skip) => Parsed::Skip(skip),
        }
    }

    fn parse_bare(&self, line: &[u8], context: &mut Context) -> Parsed {
        let first = self.lines.parse(line, context);
        match (&first, &self.others) {
            (Parsed::Skip(Skip::Unparsed | Skip::Continuation), Some(others)) => {
                match others.parse(line, context) {
                    Parsed::Skip(_) => first,
                    row => row,
                }
            }
            _ => first,
        }
    }
}
