//! The format of an input, and the reader that makes rows of its records.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use crate::logs::glance::{Glance, Glancer};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::Splitting;
use crate::logs::wrapping::{CollectorWrapping, Peeled, Unwrapper};
use crate::text::clock::LineClock;
use crate::text::colours::without_colours;
use crate::text::timestamp::Stamp;
use crate::time::Time;

/// The format of an input: the lines' own, and what a collector wrapped around each.
#[derive(Clone, Debug)]
pub struct LogFormat {
    wrapping: CollectorWrapping,
    /// How the wrapping's own records are cut, where that is not by lines.
    wrapped_in: Option<Splitting>,
    lines: Arc<dyn AnyLineFormat>,
    /// A second format that stands in the same file: a container writes requests and errors into one stream.
    others: Option<Arc<dyn AnyLineFormat>>,
    /// Formats that are asked first: the lines' own reads what is in them, and knows less of what it says.
    ahead: Vec<Arc<dyn AnyLineFormat>>,
    /// A format that is asked last: of its lines the beginning of the file may show none.
    late: Option<Arc<dyn AnyLineFormat>>,
}

impl LogFormat {
    /// A format whose lines stand bare in the file.
    pub fn new(lines: impl LineFormat) -> LogFormat {
        LogFormat {
            wrapping: CollectorWrapping::None,
            wrapped_in: None,
            lines: Arc::new(lines),
            others: None,
            ahead: Vec::new(),
            late: None,
        }
    }

    /// The same, with `second` for the lines that are not in it.
    pub fn or(self, second: &LogFormat) -> LogFormat {
        LogFormat { others: Some(Arc::clone(&second.lines)), ..self }
    }

    /// The same, where what is in `ahead` is taken for such before the lines' own format is asked.
    pub fn behind(mut self, ahead: impl LineFormat) -> LogFormat {
        self.ahead.push(Arc::new(ahead));
        self
    }

    /// The same for a format that was found.
    pub fn behind_requests(mut self, requests: &LogFormat) -> LogFormat {
        self.ahead.push(Arc::clone(&requests.lines));
        self
    }

    /// The same, with `late` for lines that are in none of the others.
    pub fn or_late(self, late: impl LineFormat) -> LogFormat {
        LogFormat { late: Some(Arc::new(late)), ..self }
    }

    /// The same inside a collector's wrapping.
    pub fn within(self, wrapping: CollectorWrapping) -> LogFormat {
        LogFormat { wrapping, ..self }
    }

    /// The same where the wrappings are the objects of a document.
    pub fn in_document(self, splitting: Splitting) -> LogFormat {
        LogFormat { wrapped_in: Some(splitting), ..self }
    }

    /// Its name in the report.
    pub fn id(&self) -> &'static str {
        self.lines.id()
    }

    /// The kind of log that it makes.
    pub fn kind(&self) -> LogKind {
        self.lines.kind()
    }

    /// How records are cut.
    pub fn splitting(&self) -> Splitting {
        self.wrapped_in.unwrap_or_else(|| self.lines.splitting())
    }

    /// The names of the formats that its lines were found to have.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(&self.lines).chain(&self.others).map(|lines| lines.id())
    }

    /// What a person should know of how the lines are read.
    pub fn note(&self) -> Option<&str> {
        self.lines.note()
    }

    /// Whether a line says the same whatever stands before it: so the input can be read from any line on.
    pub fn lines_stand_alone(&self) -> bool {
        let all = std::iter::once(&self.lines).chain(&self.others).chain(&self.ahead).chain(&self.late);
        let remembers = matches!(
            self.wrapping,
            CollectorWrapping::DockerJson | CollectorWrapping::Cri | CollectorWrapping::Table
        );
        !remembers && all.into_iter().all(|lines| lines.lines_stand_alone())
    }

    /// A reader for one input, from its start to its end. Lines without a year are put into the year nearest to `reference`; without
    /// a reference they have no time.
    pub fn reader(&self, reference: Option<Time>) -> LogReader {
        let begun = |format: &Option<Arc<dyn AnyLineFormat>>| {
            format.as_ref().map(|format| Arc::clone(format).reader())
        };
        LogReader {
            unwrapper: Unwrapper::new(self.wrapping),
            glancer: self.lines.glancer().filter(|_| self.wrapping == CollectorWrapping::None),
            empty_lines_matter: self.lines.empty_lines_matter(),
            lines: Arc::clone(&self.lines).reader(),
            others: begun(&self.others),
            ahead: self.ahead.iter().map(|ahead| Arc::clone(ahead).reader()).collect(),
            late: begun(&self.late),
            is_interrupted: false,
            clock: LineClock::near(reference),
            told: None,
        }
    }
}

/// Makes rows of the records of one input.
pub struct LogReader {
    unwrapper: Unwrapper,
    glancer: Option<Box<dyn Glancer>>,
    empty_lines_matter: bool,
    lines: Box<dyn LineReader>,
    others: Option<Box<dyn LineReader>>,
    ahead: Vec<Box<dyn LineReader>>,
    late: Option<Box<dyn LineReader>>,
    /// Whether a request, or a message in a format that is asked first, came since the last message of the others: a trace behind it is of none of them.
    is_interrupted: bool,
    clock: LineClock,
    told: Option<Stamp>,
}

impl LogReader {
    /// What a record tells without being parsed; `None` where that is not enough to know what [`parse`](LogReader::parse) would give: with
    /// a backslash only the parser knows where a value ends.
    pub fn glance<'a>(&mut self, line: &'a [u8], holds_backslash: bool) -> Option<Glance<'a>> {
        self.glancer.as_mut().filter(|_| !holds_backslash)?.glance(line)
    }

    /// What the line with which `text` begins tells, and its length without the line feed, where its layout alone says both. The line may be longer than
    /// [`LONGEST_RECORD`](crate::logs::LONGEST_RECORD).
    pub fn glance_ahead<'a>(&mut self, text: &'a [u8]) -> Option<(Glance<'a>, usize)> {
        self.glancer.as_mut()?.glance_ahead(text)
    }

    /// Whether values stand in the lines as they are read: what a line does not hold as text is no value of it.
    pub fn reads_bare_text(&self) -> bool {
        self.glancer.is_some()
    }

    /// [`parse`](LogReader::parse) of a record, by its layout where that is known.
    pub fn row(&mut self, line: &[u8], holds_backslash: bool) -> Parsed {
        let known = self.glancer.as_mut().filter(|_| !holds_backslash);
        let record = known.and_then(|glancer| glancer.record(line));
        record.map_or_else(|| self.parse(line), Parsed::Edge)
    }

    /// Learns to glance at records like this one, which gave a row.
    pub fn learn(&mut self, line: &[u8]) {
        self.glancer.iter_mut().for_each(|glancer| glancer.learn(line));
    }

    /// Makes a row of a record. Never fails on what a line holds: what it cannot read is [`Parsed::Skip`].
    pub fn parse(&mut self, line: &[u8]) -> Parsed {
        let parsed = self.parse_wrapped(line);
        self.told = parsed.written().filter(|_| !self.clock.has_lent());
        self.told.into_iter().for_each(|told| self.clock.set_told(told));
        parsed
    }

    /// When the line that was parsed last was written at the earliest, where it tells an instant of its own: one that has none has that of a line before it.
    pub fn told(&self) -> Option<Stamp> {
        self.told
    }

    fn parse_wrapped(&mut self, line: &[u8]) -> Parsed {
        let line = &*without_colours(line);
        if line.trim_ascii().is_empty() && !self.empty_lines_matter {
            return Parsed::Skip(Skip::Empty);
        }
        match self.unwrapper.peel(line) {
            Peeled::Bare => self.parse_bare(line),
            Peeled::Inner { text, time } => {
                self.clock.set_collected(time);
                // Within JSON an escape is one only now.
                let mut parsed = self.parse_bare(&without_colours(&text));
                if let (Parsed::Message(message) | Parsed::Cause(message), Some(stamp)) = (&mut parsed, time)
                {
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

    /// The row of what the input ended in; [`Parsed::Skip`] where every record was whole.
    pub fn finish(&mut self) -> Parsed {
        match (self.lines.finish(&mut self.clock), &mut self.others) {
            (Parsed::Skip(_), Some(others)) => others.finish(&mut self.clock),
            (row, _) => row,
        }
    }

    fn parse_bare(&mut self, line: &[u8]) -> Parsed {
        for ahead in &mut self.ahead {
            if let row @ (Parsed::Access(_) | Parsed::Message(_)) = ahead.parse(line, &mut self.clock) {
                self.is_interrupted = true;
                return row;
            }
        }
        match self.parse_in_turn(line) {
            Parsed::Cause(cause) if self.is_interrupted => {
                self.is_interrupted = false;
                Parsed::Message(cause.at(self.clock.at_earliest()))
            }
            parsed => {
                self.is_interrupted |= matches!(parsed, Parsed::Access(_));
                self.is_interrupted &= !matches!(parsed, Parsed::Message(_));
                parsed
            }
        }
    }

    /// The row of a line in the first format that has one for it.
    fn parse_in_turn(&mut self, line: &[u8]) -> Parsed {
        let first = self.lines.parse(line, &mut self.clock);
        if !matches!(first, Parsed::Skip(Skip::Unparsed | Skip::Continuation)) {
            return first;
        }
        let second = self.others.as_mut().map(|others| others.parse(line, &mut self.clock));
        if let Some(row) = second.filter(|row| !matches!(row, Parsed::Skip(_))) {
            return row;
        }
        // A trace belongs to the messages of the formats before it.
        let last = self.late.as_mut().map(|late| late.parse(line, &mut self.clock));
        last.filter(|row| matches!(row, Parsed::Access(_) | Parsed::Message(_))).unwrap_or(first)
    }
}

/// A [`LineFormat`] of whatever memory.
trait AnyLineFormat: fmt::Debug + Send + Sync {
    fn id(&self) -> &'static str;
    fn kind(&self) -> LogKind;
    fn note(&self) -> Option<&str>;
    fn splitting(&self) -> Splitting;
    fn empty_lines_matter(&self) -> bool;
    fn lines_stand_alone(&self) -> bool;
    fn glancer(&self) -> Option<Box<dyn Glancer>>;
    fn reader(self: Arc<Self>) -> Box<dyn LineReader>;
}

impl<F: LineFormat> AnyLineFormat for F {
    fn id(&self) -> &'static str {
        LineFormat::id(self)
    }

    fn kind(&self) -> LogKind {
        LineFormat::kind(self)
    }

    fn note(&self) -> Option<&str> {
        LineFormat::note(self)
    }

    fn splitting(&self) -> Splitting {
        LineFormat::splitting(self)
    }

    fn empty_lines_matter(&self) -> bool {
        LineFormat::empty_lines_matter(self)
    }

    fn lines_stand_alone(&self) -> bool {
        !LineFormat::sets_clock(self) && TypeId::of::<F::Memory>() == TypeId::of::<()>()
    }

    fn glancer(&self) -> Option<Box<dyn Glancer>> {
        LineFormat::glancer(self)
    }

    fn reader(self: Arc<Self>) -> Box<dyn LineReader> {
        Box::new(RememberingReader { format: self, memory: F::Memory::default() })
    }
}

/// A format that reads an input.
trait LineReader: Send {
    fn parse(&mut self, line: &[u8], clock: &mut LineClock) -> Parsed;
    fn finish(&mut self, clock: &mut LineClock) -> Parsed;
}

/// A format and what it remembers of one input.
struct RememberingReader<F: LineFormat> {
    format: Arc<F>,
    memory: F::Memory,
}

impl<F: LineFormat> LineReader for RememberingReader<F> {
    fn parse(&mut self, line: &[u8], clock: &mut LineClock) -> Parsed {
        self.format.parse(line, &mut self.memory, clock)
    }
    fn finish(&mut self, clock: &mut LineClock) -> Parsed {
        self.format.finish(&mut self.memory, clock)
    }
}
