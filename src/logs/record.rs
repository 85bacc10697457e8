//! Cutting a log into its records: lines, or JSON objects where one line holds many or one object spans many lines.
//!
//! Works on chunks of any size. What a chunk leaves unfinished is carried over, at most [`LONGEST_RECORD`] bytes of it; a longer
//! record is given as [`Body::TooLong`] and read past.

/// The longest record that is looked at, in bytes.
pub const LONGEST_RECORD: usize = 1 << 20;

/// One record of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Byte at which it begins, from 0.
    pub offset: u64,
    /// Its bytes.
    pub body: Body<'a>,
}

/// The bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// All of them, without line end, byte order mark and the NULs that a crash leaves around.
    Whole(&'a [u8]),
    /// The input ended inside: a line without its line end (it may be whole), an object without its last brace.
    Cut(&'a [u8]),
    /// Longer than [`LONGEST_RECORD`].
    TooLong,
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
}

/// Cuts a stream of chunks into records.
#[derive(Clone, Debug)]
pub struct RecordReader {
    splitting: Splitting,
    line: u64,
    offset: u64,
    carry: Vec<u8>,
    overlong: bool,
    scan: ObjectScan,
}

#[derive(Clone, Copy, Debug, Default)]
struct ObjectScan {
    open: u32,
    in_string: bool,
    escaped: bool,
    in_record: bool,
    record_line: u64,
    record_offset: u64,
}

impl RecordReader {
    /// A reader from the start of an input, or of a part of it that begins at a record.
    pub fn new(splitting: Splitting) -> RecordReader {
        RecordReader {
            splitting,
            line: 1,
            offset: 0,
            carry: Vec::new(),
            overlong: false,
            scan: ObjectScan::default(),
        }
    }

    /// Gives each record that ends in this chunk to `each`, in order. Records inside the chunk are not copied.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let chunk = match chunk.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if self.offset == 0 && self.carry.is_empty() => {
                self.offset = 3;
                rest
            }
            _ => chunk,
        };
        match self.splitting {
            Splitting::Lines => self.feed_lines(chunk, each),
            Splitting::Objects { depth } => self.feed_objects(chunk, u32::from(depth), each),
        }
    }

    /// Gives the record that the input ended in, if there is one.
    pub fn finish(&mut self, each: &mut dyn FnMut(Record<'_>)) {
        let carry = std::mem::take(&mut self.carry);
        let (line, offset) = match self.splitting {
            Splitting::Lines => (self.line, self.offset),
            Splitting::Objects { .. } => (self.scan.record_line, self.scan.record_offset),
        };
        if self.overlong {
            each(Record { line, offset, body: Body::TooLong });
        } else if !carry.is_empty() {
            each(Record { line, offset, body: Body::Cut(trimmed(&carry)) });
        }
        self.overlong = false;
    }

    fn feed_lines(&mut self, chunk: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
            rest = after.get(1..).unwrap_or_default();
            self.end_line(line, each);
        }
        self.keep(rest);
    }

    fn end_line(&mut self, line: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let (number, offset) = (self.line, self.offset);
        let carried = if self.overlong { 0 } else { self.carry.len() };
        let length = carried.saturating_add(line.len());
        if self.overlong || length > LONGEST_RECORD {
            each(Record { line: number, offset, body: Body::TooLong });
        } else if self.carry.is_empty() {
            each(Record { line: number, offset, body: Body::Whole(trimmed(line)) });
        } else {
            self.carry.extend_from_slice(line);
            each(Record { line: number, offset, body: Body::Whole(trimmed(&self.carry)) });
        }
        // `offset` of an over-long record already counts what was dropped of it: see `keep`.
        let dropped = if self.overlong { self.scan.record_offset } else { 0 };
        self.offset = self.offset.saturating_add(wide(length)).saturating_add(dropped).saturating_add(1);
        self.line = self.line.saturating_add(1);
        self.overlong = false;
        self.scan.record_offset = 0;
        self.carry.clear();
    }

    fn keep(&mut self, rest: &[u8]) {
        if self.overlong || self.carry.len().saturating_add(rest.len()) > LONGEST_RECORD {
            let dropped = wide(self.carry.len()).saturating_add(wide(rest.len()));
            self.scan.record_offset = self.scan.record_offset.saturating_add(dropped);
            self.overlong = true;
            self.carry = Vec::new();
        } else {
            self.carry.extend_from_slice(rest);
        }
    }

    fn feed_objects(&mut self, chunk: &[u8], depth: u32, each: &mut dyn FnMut(Record<'_>)) {
        // Where the open record begins in this chunk; 0 for one that began in an earlier chunk.
        let mut from = 0usize;
        let mut at = 0usize;
        while let Some(&byte) = chunk.get(at) {
            let here = at;
            at = at.saturating_add(1);
            if self.scan.in_string {
                at = self.skip_string(chunk, here);
                continue;
            }
            match byte {
                b'"' => self.scan.in_string = true,
                b'{' | b'[' => {
                    if byte == b'{' && self.scan.open == depth && !self.scan.in_record {
                        self.scan.in_record = true;
                        self.scan.record_line = self.line;
                        self.scan.record_offset = self.offset.saturating_add(wide(here));
                        from = here;
                    }
                    self.scan.open = self.scan.open.saturating_add(1);
                }
                b'}' | b']' => {
                    self.scan.open = self.scan.open.saturating_sub(1);
                    if self.scan.in_record && self.scan.open <= depth {
                        self.end_object(chunk.get(from..at).unwrap_or_default(), each);
                    }
                }
                b'\n' => self.line = self.line.saturating_add(1),
                _ => {}
            }
        }
        if self.scan.in_record {
            self.keep_object(chunk.get(from..).unwrap_or_default());
        }
        self.offset = self.offset.saturating_add(wide(chunk.len()));
    }

    /// Goes on inside a string from `at`; gives the index after what it passed.
    fn skip_string(&mut self, chunk: &[u8], at: usize) -> usize {
        if self.scan.escaped {
            self.scan.escaped = false;
            return at.saturating_add(1);
        }
        let Some(found) = memchr::memchr2(b'"', b'\\', chunk.get(at..).unwrap_or_default()) else {
            return chunk.len();
        };
        let found = at.saturating_add(found);
        match chunk.get(found) {
            Some(b'"') => self.scan.in_string = false,
            _ => self.scan.escaped = true,
        }
        found.saturating_add(1)
    }

    fn end_object(&mut self, tail: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let (line, offset) = (self.scan.record_line, self.scan.record_offset);
        let length = self.carry.len().saturating_add(tail.len());
        if self.overlong || length > LONGEST_RECORD {
            each(Record { line, offset, body: Body::TooLong });
        } else if self.carry.is_empty() {
            each(Record { line, offset, body: Body::Whole(tail) });
        } else {
            self.carry.extend_from_slice(tail);
            each(Record { line, offset, body: Body::Whole(&self.carry) });
        }
        self.carry.clear();
        self.overlong = false;
        self.scan.in_record = false;
    }

    fn keep_object(&mut self, rest: &[u8]) {
        if self.overlong || self.carry.len().saturating_add(rest.len()) > LONGEST_RECORD {
            self.overlong = true;
            self.carry = Vec::new();
        } else {
            self.carry.extend_from_slice(rest);
        }
    }
}

/// Gives every record of a whole input to `each`, in order.
pub fn each_record(bytes: &[u8], splitting: Splitting, each: &mut dyn FnMut(Record<'_>)) {
    let mut reader = RecordReader::new(splitting);
    reader.feed(bytes, each);
    reader.finish(each);
}

/// The end of the last whole line within the first `target` bytes, else the end of the first line after them: where to cut an
/// input of lines so that parts can be read at once.
pub fn line_boundary(bytes: &[u8], target: usize) -> usize {
    let head = bytes.get(..target).unwrap_or(bytes);
    match memchr::memrchr(b'\n', head) {
        Some(at) => at.saturating_add(1),
        None => memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at.saturating_add(1)),
    }
}

/// A line without CR, NULs and byte order mark.
pub fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [rest @ .., b'\r' | 0] = line {
        line = rest;
    }
    while let [0, rest @ ..] = line {
        line = rest;
    }
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], splitting: Splitting, chunk: usize) -> Vec<(u64, u64, String)> {
        let mut reader = RecordReader::new(splitting);
        let mut out = Vec::new();
        let mut each = |record: Record<'_>| {
            let text = match record.body {
                Body::Whole(body) => String::from_utf8_lossy(body).into_owned(),
                Body::Cut(body) => format!("cut:{}", String::from_utf8_lossy(body)),
                Body::TooLong => "too long".to_owned(),
            };
            out.push((record.line, record.offset, text));
        };
        for part in bytes.chunks(chunk) {
            reader.feed(part, &mut each);
        }
        reader.finish(&mut each);
        out
    }

    #[test]
    fn lines_are_the_same_however_the_input_is_chunked() {
        let input = b"one\r\n\ntwo\0\0\n\0\0three\nlast without end";
        let expected = [
            (1, 0, "one".to_owned()),
            (2, 5, String::new()),
            (3, 6, "two".to_owned()),
            (4, 12, "three".to_owned()),
            (5, 20, "cut:last without end".to_owned()),
        ];
        for chunk in [1, 2, 3, 7, 1000] {
            assert_eq!(all(input, Splitting::Lines, chunk), expected, "{chunk}");
        }
        assert_eq!(all(b"\xef\xbb\xbfa\n", Splitting::Lines, 100), [(1, 3, "a".to_owned())]);
    }

    #[test]
    fn objects_are_found_under_every_wrapper_and_chunking() {
        let plain = br#"{"a":"}{\"[","b":{"c":[1]}}{"d":2}"#;
        let record = |line, offset, text: &str| (line, offset, text.to_owned());
        for chunk in [1, 5, 1000] {
            assert_eq!(
                all(plain, Splitting::Objects { depth: 0 }, chunk),
                [record(1, 0, r#"{"a":"}{\"[","b":{"c":[1]}}"#), record(1, 27, r#"{"d":2}"#)]
            );
            assert_eq!(
                all(b"{\"events\":[\n{\"d\":2},\n{\"e\"\n:3}]}", Splitting::Objects { depth: 2 }, chunk),
                [record(2, 12, "{\"d\":2}"), record(3, 21, "{\"e\"\n:3}")]
            );
            assert_eq!(
                all(b"[{\"d\":2},{\"e\":", Splitting::Objects { depth: 1 }, chunk),
                [record(1, 1, "{\"d\":2}"), record(1, 9, "cut:{\"e\":")]
            );
        }
    }

    #[test]
    fn a_line_without_end_costs_no_memory_and_loses_no_other_line() {
        let mut input = vec![b'x'; LONGEST_RECORD + 5];
        input.extend_from_slice(b"\nnext\n");
        for chunk in [4096, LONGEST_RECORD * 3] {
            let lines = all(&input, Splitting::Lines, chunk);
            let after = u64::try_from(LONGEST_RECORD).unwrap() + 6;
            assert_eq!(lines, [(1, 0, "too long".to_owned()), (2, after, "next".to_owned())], "{chunk}");
        }
    }

    #[test]
    fn cutting_for_parallel_reading_never_splits_a_line() {
        assert_eq!(line_boundary(b"aa\nbb\ncc", 4), 3);
        assert_eq!(line_boundary(b"aaaaaa\nbb", 4), 7);
        assert_eq!(line_boundary(b"aaaaaa", 4), 6);
    }
}
