//! Windows of packets: the serial walk over a capture's records, ahead of everything that can be done side by side.

use std::borrow::Cow;
use std::io::Read;

use crate::capture::{Packet, Reader, Step};
use crate::flow::Clock;
use crate::source::Content;
use crate::time::Time;

/// Packets of a window: enough to keep several threads busy; few enough that their headers, records and decoded segments are still in a
/// core's cache when the shards come to them (docs/performance.md).
const PACKETS: usize = 4 * 1024;
/// What is inflated at a time.
const BLOCK: usize = 4 << 20;

/// A packet's record, without its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Wireshark's frame number.
    pub frame: u64,
    /// When it was captured.
    pub time: Time,
    /// The reading of the capture's clock (`flow::Clock`).
    pub now: i64,
    start: usize,
    length: u32,
    original_length: u32,
    interface: u32,
    link: u16,
    fcs: u8,
    timed: bool,
}

/// Packets that follow each other, and the bytes that they lie in.
pub struct Window<'a> {
    bytes: Cow<'a, [u8]>,
    /// The packets, in order.
    pub records: Vec<Record>,
    /// Bytes of the file that the window covers, inflated.
    pub length: u64,
}

impl Window<'_> {
    /// A record with its bytes.
    pub fn packet(&self, record: &Record) -> Packet<'_> {
        let end = record.start.saturating_add(record.length as usize);
        Packet {
            frame: record.frame,
            time: record.time,
            timed: record.timed,
            original_length: record.original_length,
            // The window's own records lie inside it.
            data: self.bytes.get(record.start..end).unwrap_or_default(),
            link: record.link,
            fcs: record.fcs,
            interface: record.interface,
        }
    }
}

/// Cuts a capture into windows.
pub struct Windows<'a> {
    reader: Reader,
    clock: Clock,
    source: Source<'a>,
}

enum Source<'a> {
    /// The whole file, and how far it has been read.
    Mapped(&'a [u8], usize),
    /// A stream, what is left of the block before, and whether the stream has ended.
    Stream(Box<dyn Read + Send + 'a>, Vec<u8>, bool),
}

impl<'a> Windows<'a> {
    /// Over a file's content; `clock` goes on from the file before it.
    pub fn new(reader: Reader, clock: Clock, content: &'a Content) -> Windows<'a> {
        let source = match content.plain() {
            Some(bytes) => Source::Mapped(bytes, 0),
            None => Source::Stream(content.reader(), Vec::new(), false),
        };
        Windows { reader, clock, source }
    }

    /// What was read so far, and the clock.
    pub fn finish(self) -> (Reader, Clock) {
        (self.reader, self.clock)
    }

    /// The next window; `None` at the end of the capture.
    pub fn next_window(&mut self) -> Option<Window<'a>> {
        let Windows { reader, clock, source } = self;
        let window = match source {
            Source::Mapped(bytes, position) => {
                let bytes: &'a [u8] = bytes;
                let from = *position;
                let (records, _) = walk(reader, clock, bytes, position, true);
                Window { records, length: (*position - from) as u64, bytes: Cow::Borrowed(bytes) }
            }
            Source::Stream(stream, rest, ended) => from_stream(reader, clock, stream, rest, ended),
        };
        (!window.records.is_empty()).then_some(window)
    }
}

/// Walks over the records from `position` on, until the window is full or the bytes do not suffice: then tells how many bytes the next
/// record needs.
fn walk(
    reader: &mut Reader,
    clock: &mut Clock,
    bytes: &[u8],
    position: &mut usize,
    last: bool,
) -> (Vec<Record>, Option<usize>) {
    let mut records = Vec::with_capacity(PACKETS);
    while records.len() < PACKETS {
        let at = *position;
        let rest = bytes.get(at..).unwrap_or_default();
        let (used, step) = reader.next(rest, last);
        *position += used;
        match step {
            Step::Packet(packet) => records.push(record(&packet, rest, at, clock)),
            Step::Damage(_) => {}
            Step::More(needed) => return (records, Some(needed)),
            Step::End => return (records, None),
        }
    }
    (records, Some(0))
}

fn record(packet: &Packet<'_>, rest: &[u8], at: usize, clock: &mut Clock) -> Record {
    let inside = (packet.data.as_ptr() as usize).saturating_sub(rest.as_ptr() as usize);
    Record {
        frame: packet.frame,
        time: packet.time,
        now: clock.tick(packet.time),
        start: at + inside,
        // A record's own length field has 32 bits.
        length: u32::try_from(packet.data.len()).unwrap_or(u32::MAX),
        original_length: packet.original_length,
        interface: packet.interface,
        link: packet.link,
        fcs: packet.fcs,
        timed: packet.timed,
    }
}

/// Inflates blocks until one holds a packet; what is left of a record goes into the next.
fn from_stream<'a>(
    reader: &mut Reader,
    clock: &mut Clock,
    stream: &mut (dyn Read + Send),
    rest: &mut Vec<u8>,
    ended: &mut bool,
) -> Window<'a> {
    let mut wanted = BLOCK;
    loop {
        let mut bytes = std::mem::take(rest);
        if !*ended && bytes.len() < wanted {
            let missing = (wanted - bytes.len()) as u64;
            match Read::take(&mut *stream, missing).read_to_end(&mut bytes) {
                Ok(got) => *ended = (got as u64) < missing,
                Err(error) => {
                    reader.note_damage(format!("the compressed data are damaged or cut short: {error}"));
                    *ended = true;
                }
            }
        }
        let mut position = 0;
        let (records, needed) = walk(reader, clock, &bytes, &mut position, *ended);
        let left = bytes.get(position..).unwrap_or_default();
        if records.is_empty() && !*ended && needed.is_some() {
            wanted = needed.unwrap_or(0).max(left.len() + BLOCK);
            *rest = left.to_vec();
            continue;
        }
        *rest = left.to_vec();
        return Window { length: position as u64, bytes: Cow::Owned(bytes), records };
    }
}
