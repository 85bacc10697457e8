//! The framing of a chunked body (RFC 9112, 7.1), read as it comes: chunk data is stepped over, never looked at.

use std::ops::Range;

use memchr::memchr;

use super::conform::Rule;

/// Hex digits of a chunk size that parsers take (httparse 1.10.1 refuses the seventeenth, leading zeros too).
const MOST_DIGITS: u8 = 16;

/// Where in a chunked body the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// In a chunk size.
    Size { digits: u8, value: u64 },
    /// After the size: blanks, which old servers pad it with and every parser takes.
    Blank { value: u64 },
    /// In a chunk extension, up to the line's end.
    Extension { value: u64, carriage_return: bool },
    /// After the CR of the size line.
    SizeFeed { value: u64 },
    /// In a chunk's data.
    Data { left: u64 },
    /// After it.
    DataReturn,
    /// After the CR that follows it.
    DataFeed,
    /// At the start of a trailer line (or of the empty line that ends the body).
    TrailerStart,
    /// In a trailer line.
    Trailer,
    /// After the CR of the empty line.
    LastFeed,
}

/// A chunked body's reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks(Step);

/// What the reader meets; places are in the bytes it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Content.
    Content(Range<usize>),
    /// A fault after which the framing can still be followed.
    Fault(Rule, Range<usize>),
}

/// Where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All bytes belong to the body, which goes on.
    More,
    /// The body ended; so many bytes belong to it.
    Done(usize),
    /// The framing broke here: nothing after it can be told.
    Broken(Rule, Range<usize>),
}

impl Chunks {
    /// At the first chunk size.
    pub fn new() -> Chunks {
        Chunks(Step::Size { digits: 0, value: 0 })
    }

    /// Reads on.
    pub fn read(&mut self, bytes: &[u8], mut event: impl FnMut(Event)) -> Outcome {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let here = at..at + 1;
            match self.0 {
                Step::Data { left } => {
                    let length =
                        usize::try_from(left).map_or(bytes.len() - at, |left| left.min(bytes.len() - at));
                    event(Event::Content(at..at + length));
                    at += length;
                    self.0 = after_data(left.saturating_sub(length as u64));
                    continue;
                }
                Step::Trailer => {
                    let Some(length) = memchr(b'\n', &bytes[at..]) else { return Outcome::More };
                    at += length + 1;
                    self.0 = Step::TrailerStart;
                    continue;
                }
                Step::Size { digits, value } => match (char::from(byte).to_digit(16), byte) {
                    (Some(digit), _) if digits < MOST_DIGITS => {
                        let value = value.wrapping_shl(4) | u64::from(digit);
                        self.0 = Step::Size { digits: digits + 1, value };
                    }
                    (None, b' ' | b'\t') if digits > 0 => self.0 = Step::Blank { value },
                    (None, b';' | b'\r' | b'\n') if digits > 0 => {
                        self.after_size(value, byte, here, &mut event)
                    }
                    _ => return Outcome::Broken(Rule::BadChunkSize, here),
                },
                Step::Blank { value } => match byte {
                    b' ' | b'\t' => {}
                    b';' | b'\r' | b'\n' => self.after_size(value, byte, here, &mut event),
                    _ => return Outcome::Broken(Rule::BadChunkSize, here),
                },
                Step::Extension { value, carriage_return } => match byte {
                    b'\n' if carriage_return => self.0 = chunk(value),
                    b'\n' => self.after_size(value, byte, here, &mut event),
                    _ => self.0 = Step::Extension { value, carriage_return: byte == b'\r' },
                },
                Step::SizeFeed { value } if byte == b'\n' => self.0 = chunk(value),
                Step::SizeFeed { .. } => return Outcome::Broken(Rule::BadChunkSize, here),
                Step::DataReturn => match byte {
                    b'\r' => self.0 = Step::DataFeed,
                    b'\n' => {
                        event(Event::Fault(Rule::BadChunkEnd, here));
                        *self = Chunks::new();
                    }
                    _ => return Outcome::Broken(Rule::BadChunkEnd, here),
                },
                Step::DataFeed if byte == b'\n' => *self = Chunks::new(),
                Step::DataFeed => return Outcome::Broken(Rule::BadChunkEnd, here),
                Step::TrailerStart => match byte {
                    b'\r' => self.0 = Step::LastFeed,
                    b'\n' => {
                        event(Event::Fault(Rule::BareLf, here));
                        return Outcome::Done(at + 1);
                    }
                    _ => self.0 = Step::Trailer,
                },
                Step::LastFeed if byte == b'\n' => return Outcome::Done(at + 1),
                Step::LastFeed => return Outcome::Broken(Rule::BadChunkEnd, here),
            }
            at += 1;
        }
        Outcome::More
    }

    /// Takes bytes without looking at them if all of them are data of a chunk that goes on behind them.
    #[inline]
    pub fn pass(&mut self, length: u64) -> bool {
        match &mut self.0 {
            Step::Data { left } if length < *left => {
                *left -= length;
                true
            }
            _ => false,
        }
    }

    /// Bytes that were not captured; whether the framing can still be followed behind them.
    pub fn skip(&mut self, length: u64) -> bool {
        match self.0 {
            Step::Data { left } if length <= left => {
                self.0 = after_data(left - length);
                true
            }
            _ => false,
        }
    }

    fn after_size(&mut self, value: u64, byte: u8, here: Range<usize>, event: &mut impl FnMut(Event)) {
        self.0 = match byte {
            b';' => Step::Extension { value, carriage_return: false },
            b'\r' => Step::SizeFeed { value },
            _ => {
                // LF alone: some servers read it, httparse (and so Pingora) does not.
                event(Event::Fault(Rule::BadChunkSize, here));
                chunk(value)
            }
        };
    }
}

fn chunk(size: u64) -> Step {
    if size == 0 { Step::TrailerStart } else { Step::Data { left: size } }
}

fn after_data(left: u64) -> Step {
    if left == 0 { Step::DataReturn } else { Step::Data { left } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (faults that can be followed, outcome), read in one piece and byte by byte.
    fn read(body: &str) -> (Vec<(Rule, usize)>, Outcome, u64) {
        let (mut faults, mut content) = (Vec::new(), 0);
        let outcome = Chunks::new().read(body.as_bytes(), |event| match event {
            Event::Content(range) => content += range.len() as u64,
            Event::Fault(rule, range) => faults.push((rule, range.start)),
        });
        let mut chunks = Chunks::new();
        let (mut single_faults, mut single_content) = (Vec::new(), 0);
        let mut single = Outcome::More;
        for at in 0..body.len() {
            single = chunks.read(&body.as_bytes()[at..=at], |event| match event {
                Event::Content(range) => single_content += range.len() as u64,
                Event::Fault(rule, _) => single_faults.push((rule, at)),
            });
            match &mut single {
                Outcome::More => continue,
                Outcome::Done(end) => *end += at,
                Outcome::Broken(_, range) => *range = range.start + at..range.end + at,
            }
            break;
        }
        assert_eq!((&faults, &outcome, content), (&single_faults, &single, single_content), "{body:?}");
        (faults, outcome, content)
    }

    #[test]
    fn what_rfc_9112_allows_is_read_without_a_fault() {
        for (body, content) in [
            ("5\r\nhello\r\n0\r\n\r\n", 5),
            ("5 \r\nhello\r\n0\r\n\r\n", 5),
            ("0005;a=\"b c\"\r\nhello\r\n000\r\nVary: *\r\nX: y\r\n\r\n", 5),
            ("a\r\n0123456789\r\nA;x\r\n0123456789\r\n0\r\n\r\n", 20),
        ] {
            assert_eq!(read(body), (vec![], Outcome::Done(body.len()), content), "{body:?}");
        }
    }

    #[test]
    fn every_broken_chunk_is_told_at_its_byte() {
        use Rule::{BadChunkEnd, BadChunkSize, BareLf};
        for (body, rule, at) in [
            ("\r\nhello", BadChunkSize, 0),
            ("0x5\r\nhello", BadChunkSize, 1),
            ("-5\r\nhello", BadChunkSize, 0),
            (" 5\r\nhello", BadChunkSize, 0),
            ("6_0\r\nhello", BadChunkSize, 1),
            ("00000000000000005\r\nhello", BadChunkSize, 16),
            (" ;foo=bar\r\nhello", BadChunkSize, 0),
            ("5\rhello", BadChunkSize, 2),
            ("5\r\nhelloworld", BadChunkEnd, 8),
            ("5\r\nhello\r0\r\n", BadChunkEnd, 9),
            ("0\r\n\rX", BadChunkEnd, 4),
        ] {
            assert_eq!(read(body).1, Outcome::Broken(rule, at..at + 1), "{body:?}");
        }
        for (body, rule, at) in [
            ("5\nhello\r\n0\r\n\r\n", BadChunkSize, 1),
            ("5;a\nhello\r\n0\r\n\r\n", BadChunkSize, 3),
            ("5\r\nhello\n0\r\n\r\n", BadChunkEnd, 8),
            ("5\r\nhello\r\n0\r\n\n", BareLf, 13),
        ] {
            assert_eq!(read(body), (vec![(rule, at)], Outcome::Done(body.len()), 5), "{body:?}");
        }
    }
}
