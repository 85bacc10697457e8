//! Every line of a log as a row, healthy ones too, in the order of the lines. Nothing is counted, sampled or told at a glance here.

use rayon::prelude::*;

use super::blocks::{BlockEnd, LogBlock, LogBlocks};
use super::open_message::OpenMessage;
use super::{LogFile, is_read_side_by_side};
use crate::error::Result;
use crate::evidence::place::Place;
use crate::evidence::row::{AccessRow, EdgeRow, MessageRow};
use crate::extract::row_taker::{RowTaker, Rows};
use crate::logs::{LogReader, LogRecord, Parsed, RecordBody, RecordReader, Skip};
use crate::time::Time;

/// Blocks that each thread parses before their rows are handed out.
const BLOCKS_A_THREAD: usize = 2;

/// Hands out every line of a log.
///
/// # Errors
/// That of the taker.
pub fn every_line(
    file: &LogFile<'_>,
    host: Option<&str>,
    reference: Option<Time>,
    taker: &mut dyn RowTaker,
) -> Result<()> {
    let rows = || LineRows::new(file, host, reference);
    if is_read_side_by_side(file.format) {
        side_by_side(file, &rows, taker)
    } else {
        in_order(file, rows(), taker)
    }
}

fn side_by_side<'a>(
    file: &LogFile<'_>,
    reader: &(dyn Fn() -> LineRows<'a> + Sync),
    taker: &mut dyn RowTaker,
) -> Result<()> {
    let blocks = LogBlocks::of(file.content, BlockEnd::AtLineEnds);
    let mut wave: Vec<LogBlock> = Vec::new();
    wave.resize_with(rayon::current_num_threads() * BLOCKS_A_THREAD, LogBlock::default);
    let mut lines = 0;
    loop {
        let filled = wave.iter_mut().map(|block| blocks.next(block)).take_while(|found| *found).count();
        let read = |block: &LogBlock| {
            let mut rows = reader();
            rows.block(block.bytes());
            rows
        };
        let parts: Vec<LineRows<'_>> = wave.par_iter().take(filled).map(read).collect();
        for mut part in parts {
            part.finish();
            part.number_from(lines);
            lines += part.lines;
            part.hand_out(taker)?;
        }
        if filled < wave.len() {
            return Ok(());
        }
    }
}

fn in_order(file: &LogFile<'_>, mut rows: LineRows<'_>, taker: &mut dyn RowTaker) -> Result<()> {
    let (blocks, mut block) = (LogBlocks::of(file.content, BlockEnd::Anywhere), LogBlock::default());
    let mut records = RecordReader::new(file.format.splitting());
    while blocks.next(&mut block) {
        records.feed(block.bytes(), &mut |record| rows.record(record));
        rows.hand_out(taker)?;
    }
    records.finish(&mut |record| rows.record(record));
    rows.finish();
    rows.hand_out(taker)
}

/// The rows of some lines.
struct LineRows<'a> {
    file: &'a LogFile<'a>,
    host: Option<&'a str>,
    reader: LogReader,
    lines: u64,
    access: Vec<AccessRow>,
    edge: Vec<EdgeRow>,
    messages: Vec<MessageRow>,
    /// Where the record began that stands on several lines.
    begun: Option<Place>,
    /// The last message, of which a trace may follow.
    open: OpenMessage,
}

impl<'a> LineRows<'a> {
    fn new(file: &'a LogFile<'a>, host: Option<&'a str>, reference: Option<Time>) -> LineRows<'a> {
        LineRows {
            file,
            host,
            reader: file.format.reader(reference),
            lines: 0,
            access: Vec::new(),
            edge: Vec::new(),
            messages: Vec::new(),
            begun: None,
            open: OpenMessage::default(),
        }
    }

    /// Reads whole lines, and gives them numbers from 1.
    fn block(&mut self, bytes: &[u8]) {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        for line in bytes.split(|byte| *byte == b'\n') {
            self.lines += 1;
            self.record(LogRecord { line: self.lines, before: 0, body: RecordBody::of_line(line) });
        }
    }

    fn record(&mut self, record: LogRecord<'_>) {
        let place = Place::Line { input: self.file.input, line: record.line, before: record.before };
        let RecordBody::Text(text) = record.body else { return };
        match self.reader.parse(text) {
            Parsed::Skip(Skip::Partial) => {
                self.begun.get_or_insert(place);
            }
            parsed => {
                let place = self.begun.take().unwrap_or(place);
                self.parsed(parsed, place);
            }
        }
    }

    fn parsed(&mut self, parsed: Parsed, place: Place) {
        match parsed {
            Parsed::Edge(record) if self.is_asked(record.host.as_deref(), false) => {
                self.edge.push(EdgeRow { place, record });
            }
            Parsed::Access(line) if self.is_asked(line.host.as_deref(), true) => {
                self.access.push(AccessRow { place, line });
            }
            Parsed::Message(line) => self.messages.extend(self.open.next(place, line, true)),
            Parsed::Cause(cause) => self.open.caused_by(place, cause),
            Parsed::Edge(_) | Parsed::Access(_) | Parsed::Skip(_) => {}
        }
    }

    /// Whether a request to this host is asked for; where the line names none, `unnamed` says so.
    fn is_asked(&self, host: Option<&str>, unnamed: bool) -> bool {
        self.host.is_none_or(|wanted| host.map_or(unnamed, |host| host.eq_ignore_ascii_case(wanted)))
    }

    /// There are no more lines.
    fn finish(&mut self) {
        if let Some(place) = self.begun.take() {
            let parsed = self.reader.finish();
            self.parsed(parsed, place);
        }
        self.messages.extend(self.open.close());
    }

    /// Gives the rows of a block the numbers that their lines have in the file.
    fn number_from(&mut self, before: u64) {
        let places = self.access.iter_mut().map(|row| &mut row.place);
        let places = places.chain(self.edge.iter_mut().map(|row| &mut row.place));
        for place in places.chain(self.messages.iter_mut().map(|row| &mut row.place)) {
            if let Place::Line { line, .. } = place {
                *line = line.saturating_add(before);
            }
        }
    }

    fn hand_out(&mut self, taker: &mut dyn RowTaker) -> Result<()> {
        taker.take(Rows::Access(std::mem::take(&mut self.access)))?;
        taker.take(Rows::Edge(std::mem::take(&mut self.edge)))?;
        taker.take(Rows::Messages(std::mem::take(&mut self.messages)))
    }
}
