//! Cutting a log into its records: lines, or JSON objects where one line holds many or one object spans many lines.
//!
//! Works on chunks of any size. What a chunk leaves unfinished is carried over, at most `LONGEST_RECORD` bytes of it; a longer
//! record is given as [`RecordBody::TooLong`] and read past.

use crate::text::line::trimmed;

/// The longest record that is looked at, in bytes.
pub const LONGEST_RECORD: usize = 1 << 20;

/// One record of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRecord<'a> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// How many records begin on that line before it: 0 for a line, or for the first object of one.
    pub before: u32,
    /// Its bytes.
    pub body: RecordBody<'a>,
}

/// The bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordBody<'a> {
    /// Without line end, byte order mark and the NULs that a crash leaves around. Where the input ends inside the last record, this
    /// is what there is of it: a line without its line end may be whole.
    Text(&'a [u8]),
    /// Longer than `LONGEST_RECORD`.
    TooLong,
}

impl<'a> RecordBody<'a> {
    /// A line as a record.
    pub fn of_line(line: &'a [u8]) -> RecordBody<'a> {
        match line.len() {
            ..=LONGEST_RECORD => RecordBody::Text(trimmed(line)),
            _ => RecordBody::TooLong,
        }
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitting {
    /// A line.
    Lines,
    /// A JSON object that begins inside so many open brackets and braces: 0 for objects behind one another, 1 for `[{…}]`,
    /// 2 for `{"events":[{…}]}`.
    Objects {
        /// Number of containers around a record.
        depth: u16,
    },
    /// A JSON array that begins inside so many: Loki's `["1794902461123000000","line"]`.
    Arrays {
        /// Number of containers around a record.
        depth: u16,
    },
}

/// Cuts a stream of chunks into records.
#[derive(Clone, Debug)]
pub struct RecordReader {
    /// The line that is being read, from 1.
    line: u64,
    carry: Carry,
    /// Where records are JSON objects: how far the scan has come.
    objects: Option<ObjectScan>,
}

/// What earlier chunks hold of the record that is being read.
#[derive(Clone, Debug)]
enum Carry {
    Bytes(Vec<u8>),
    TooLong,
}

#[derive(Clone, Copy, Debug)]
struct ObjectScan {
    /// What a record begins with.
    opens: u8,
    /// Number of containers around a record.
    depth: u32,
    /// Containers that are open.
    open: u32,
    within: Within,
    /// Where the open record begins.
    record: Option<Beginning>,
    /// Where the next record begins, if it begins on the line of the last.
    next: Beginning,
}

/// Where a record begins.
#[derive(Clone, Copy, Debug, Default)]
struct Beginning {
    line: u64,
    before: u32,
}

/// Where in JSON the scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Structure,
    String,
    /// In a string, after a backslash.
    Escape,
}

impl RecordReader {
    /// A reader from the start of an input.
    pub fn new(splitting: Splitting) -> RecordReader {
        let scan = |opens: u8, depth: u16| ObjectScan {
            opens,
            depth: u32::from(depth),
            open: 0,
            within: Within::Structure,
            record: None,
            next: Beginning::default(),
        };
        let objects = match splitting {
            Splitting::Lines => None,
            Splitting::Objects { depth } => Some(scan(b'{', depth)),
            Splitting::Arrays { depth } => Some(scan(b'[', depth)),
        };
        RecordReader { line: 1, carry: Carry::Bytes(Vec::new()), objects }
    }

    /// Gives each record that ends in this chunk to `each`, in order. Records inside the chunk are not copied.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(LogRecord<'_>)) {
        match &mut self.objects {
            None => self.feed_lines(chunk, each),
            Some(scan) => scan.feed(chunk, &mut self.line, &mut self.carry, each),
        }
    }

    /// Gives the record that the input ended in, if there is one.
    pub fn finish(mut self, each: &mut dyn FnMut(LogRecord<'_>)) {
        let begun =
            self.objects.and_then(|scan| scan.record).unwrap_or(Beginning { line: self.line, before: 0 });
        if !self.carry.is_empty() {
            self.carry.end(b"", begun, each);
        }
    }

    fn feed_lines(&mut self, chunk: &[u8], each: &mut dyn FnMut(LogRecord<'_>)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
            rest = after.get(1..).unwrap_or_default();
            self.carry.end(line, Beginning { line: self.line, before: 0 }, each);
            self.line = self.line.saturating_add(1);
        }
        self.carry.keep(rest);
    }
}

impl Carry {
    fn is_empty(&self) -> bool {
        matches!(self, Carry::Bytes(bytes) if bytes.is_empty())
    }

    /// Keeps a part of the record; one that grows too long costs no memory.
    fn keep(&mut self, part: &[u8]) {
        match self {
            Carry::Bytes(bytes) if bytes.len().saturating_add(part.len()) <= LONGEST_RECORD => {
                bytes.extend_from_slice(part);
            }
            _ => *self = Carry::TooLong,
        }
    }

    /// Gives the record that ends with `tail`, and begins anew.
    fn end(
        &mut self,
        tail: &[u8],
        Beginning { line, before }: Beginning,
        each: &mut dyn FnMut(LogRecord<'_>),
    ) {
        match self {
            Carry::Bytes(bytes) if bytes.len().saturating_add(tail.len()) <= LONGEST_RECORD => {
                if bytes.is_empty() {
                    each(LogRecord { line, before, body: RecordBody::Text(trimmed(tail)) });
                } else {
                    bytes.extend_from_slice(tail);
                    each(LogRecord { line, before, body: RecordBody::Text(trimmed(bytes)) });
                    bytes.clear();
                }
            }
            _ => {
                each(LogRecord { line, before, body: RecordBody::TooLong });
                *self = Carry::Bytes(Vec::new());
            }
        }
    }
}

impl ObjectScan {
    fn feed(&mut self, chunk: &[u8], line: &mut u64, carry: &mut Carry, each: &mut dyn FnMut(LogRecord<'_>)) {
        // Where the open record begins in this chunk; 0 for one that began in an earlier chunk.
        let mut from = 0usize;
        let mut at = 0usize;
        while let Some(&byte) = chunk.get(at) {
            if self.within != Within::Structure {
                at = self.pass_string(chunk, at);
                continue;
            }
            match byte {
                b'"' => self.within = Within::String,
                b'{' | b'[' => {
                    if self.begins_record(byte) && self.record.is_none() {
                        self.record = Some(self.begin(*line));
                        from = at;
                    }
                    self.open = self.open.saturating_add(1);
                }
                b'}' | b']' => {
                    self.open = self.open.saturating_sub(1);
                    if let Some(begun) = self.record.filter(|_| self.open <= self.depth) {
                        carry.end(chunk.get(from..=at).unwrap_or_default(), begun, each);
                        self.record = None;
                    }
                }
                b'\n' => *line = line.saturating_add(1),
                _ => {}
            }
            at = at.saturating_add(1);
        }
        if self.record.is_some() {
            carry.keep(chunk.get(from..).unwrap_or_default());
        }
    }

    /// Whether a record begins with this byte.
    fn begins_record(&self, byte: u8) -> bool {
        byte == self.opens && self.open == self.depth
    }

    /// The beginning of a record on this line.
    fn begin(&mut self, line: u64) -> Beginning {
        if self.next.line != line {
            self.next = Beginning { line, before: 0 };
        }
        let begun = self.next;
        self.next.before = self.next.before.saturating_add(1);
        begun
    }

    /// Goes on inside a string from `at`; gives the index after what it passed.
    fn pass_string(&mut self, chunk: &[u8], at: usize) -> usize {
        if self.within == Within::Escape {
            self.within = Within::String;
            return at.saturating_add(1);
        }
        let Some(found) = memchr::memchr2(b'"', b'\\', chunk.get(at..).unwrap_or_default()) else {
            return chunk.len();
        };
        let found = at.saturating_add(found);
        self.within = if chunk.get(found) == Some(&b'"') { Within::Structure } else { Within::Escape };
        found.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], splitting: Splitting, chunk: usize) -> Vec<(u64, String)> {
        let mut reader = RecordReader::new(splitting);
        let mut out = Vec::new();
        let mut each = |record: LogRecord<'_>| {
            let text = match record.body {
                RecordBody::Text(text) => String::from_utf8_lossy(text).into_owned(),
                RecordBody::TooLong => "too long".to_owned(),
            };
            out.push((record.line, text));
        };
        for part in bytes.chunks(chunk) {
            reader.feed(part, &mut each);
        }
        reader.finish(&mut each);
        out
    }

    #[test]
    fn lines_are_the_same_however_the_input_is_chunked() {
        let input = b"\xef\xbb\xbfone\r\n\ntwo\0\0\n\0\0three\nlast without end";
        let expected = [
            (1, "one".to_owned()),
            (2, String::new()),
            (3, "two".to_owned()),
            (4, "three".to_owned()),
            (5, "last without end".to_owned()),
        ];
        for chunk in [1, 2, 3, 7, 1000] {
            assert_eq!(all(input, Splitting::Lines, chunk), expected, "{chunk}");
        }
    }

    #[test]
    fn objects_are_found_under_every_wrapper_and_chunking() {
        let plain = br#"{"a":"}{\"[","b":{"c":[1]}}{"d":2}"#;
        let record = |line, text: &str| (line, text.to_owned());
        for chunk in [1, 5, 1000] {
            assert_eq!(
                all(plain, Splitting::Objects { depth: 0 }, chunk),
                [record(1, r#"{"a":"}{\"[","b":{"c":[1]}}"#), record(1, r#"{"d":2}"#)]
            );
            assert_eq!(
                all(b"{\"events\":[\n{\"d\":2},\n{\"e\"\n:3}]}", Splitting::Objects { depth: 2 }, chunk),
                [record(2, "{\"d\":2}"), record(3, "{\"e\"\n:3}")]
            );
            assert_eq!(
                all(b"[{\"d\":2},\n{\"e\":", Splitting::Objects { depth: 1 }, chunk),
                [record(1, "{\"d\":2}"), record(2, "{\"e\":")]
            );
        }
    }

    #[test]
    fn records_of_one_line_are_told_apart_however_the_input_is_chunked() {
        let input = b"[{\"a\":1},{\"b\":2},\n{\"c\":3},{\"d\":";
        for chunk in [1, 3, 1000] {
            let mut reader = RecordReader::new(Splitting::Objects { depth: 1 });
            let mut places = Vec::new();
            let mut each = |record: LogRecord<'_>| places.push((record.line, record.before));
            for part in input.chunks(chunk) {
                reader.feed(part, &mut each);
            }
            reader.finish(&mut each);
            assert_eq!(places, [(1, 0), (1, 1), (2, 0), (2, 1)], "{chunk}");
        }
    }

    #[test]
    fn a_line_without_end_costs_no_memory_and_loses_no_other_line() {
        let mut input = vec![b'x'; LONGEST_RECORD + 5];
        input.extend_from_slice(b"\nnext\n");
        for chunk in [4096, LONGEST_RECORD * 3] {
            let lines = all(&input, Splitting::Lines, chunk);
            assert_eq!(lines, [(1, "too long".to_owned()), (2, "next".to_owned())], "{chunk}");
        }
        input.truncate(LONGEST_RECORD + 5);
        assert_eq!(all(&input, Splitting::Lines, 4096), [(1, "too long".to_owned())]);
    }
}
