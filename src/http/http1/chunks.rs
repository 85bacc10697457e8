//! The framing of a chunked body (RFC 9112, 7.1), read as it comes: chunk data is stepped over, never looked at.

use memchr::memchr;
use serde::{Deserialize, Serialize};

use crate::http::conform::Rule;

/// Hex digits of a chunk size that parsers take (httparse 1.10.1 refuses the seventeenth, leading zeros too). The zeros of the last chunk
/// may be as many as its sender likes (RFC 9112, 7.1: `1*("0")`).
const MOST_DIGITS: u8 = 16;

/// Where in a chunked body the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum ChunkStep {
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
    /// Behind a fault after which nothing can be told.
    Broken,
}

/// A chunked body's reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunks(ChunkStep);

/// What the reader meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkEvent {
    /// The body goes on behind the bytes that were read.
    GoesOn,
    /// The last bytes read, so many, are content.
    Content(usize),
    /// The next byte breaks a rule. Where the framing can still be followed, the byte is read next as if it did not.
    Fault(Rule),
    /// The body ends with the bytes that were read.
    End,
    /// The framing broke with the next byte, which a fault told before.
    Broken,
}

/// What one byte of framing does.
enum ChunkByte {
    /// It is read; what comes after it.
    To(ChunkStep),
    /// It is read and ends the body.
    End,
    /// It breaks a rule and is read again there.
    Fault(Rule, ChunkStep),
}

impl Chunks {
    /// At the first chunk size.
    pub fn new() -> Chunks {
        Chunks(FIRST)
    }

    /// Reads on up to the next event: how many bytes were read, and what they told.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, ChunkEvent) {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let turn = match self.0 {
                ChunkStep::Data { left } => {
                    let rest = bytes.len() - at;
                    let length = usize::try_from(left).map_or(rest, |left| left.min(rest));
                    self.0 = after_data(left.saturating_sub(length as u64));
                    return (at + length, ChunkEvent::Content(length));
                }
                ChunkStep::Trailer => match memchr(b'\n', &bytes[at..]) {
                    Some(length) => {
                        at += length;
                        ChunkByte::To(ChunkStep::TrailerStart)
                    }
                    None => return (bytes.len(), ChunkEvent::GoesOn),
                },
                ChunkStep::Broken => return (at, ChunkEvent::Broken),
                step => framing(step, byte),
            };
            match turn {
                ChunkByte::To(step) => self.0 = step,
                ChunkByte::End => return (at + 1, ChunkEvent::End),
                ChunkByte::Fault(rule, step) => {
                    self.0 = step;
                    return (at, ChunkEvent::Fault(rule));
                }
            }
            at += 1;
        }
        (at, ChunkEvent::GoesOn)
    }

    /// Takes bytes without looking at them if all of them are data of a chunk that goes on behind them.
    #[inline]
    pub fn pass(&mut self, length: u64) -> bool {
        match &mut self.0 {
            ChunkStep::Data { left } if length < *left => {
                *left -= length;
                true
            }
            _ => false,
        }
    }

    /// Bytes that were not captured; whether the framing can still be followed behind them.
    pub fn skip(&mut self, length: u64) -> bool {
        match self.0 {
            ChunkStep::Data { left } if length <= left => {
                self.0 = after_data(left - length);
                true
            }
            _ => false,
        }
    }
}

const FIRST: ChunkStep = ChunkStep::Size { digits: 0, value: 0 };

/// One byte of framing at this step.
fn framing(step: ChunkStep, byte: u8) -> ChunkByte {
    let broken = |rule| ChunkByte::Fault(rule, ChunkStep::Broken);
    match (step, byte) {
        (ChunkStep::Size { digits, value }, _) => match (char::from(byte).to_digit(16), byte) {
            (Some(0), _) if value == 0 => {
                ChunkByte::To(ChunkStep::Size { digits: (digits + 1).min(MOST_DIGITS), value })
            }
            (Some(digit), _) if digits < MOST_DIGITS => {
                let value = value.wrapping_shl(4) | u64::from(digit);
                ChunkByte::To(ChunkStep::Size { digits: digits + 1, value })
            }
            (None, _) if digits > 0 => after_size(value, byte),
            _ => broken(Rule::BadChunkSize),
        },
        (ChunkStep::Blank { value }, _) => after_size(value, byte),
        (ChunkStep::Extension { value, carriage_return: true }, b'\n') => ChunkByte::To(chunk(value)),
        (ChunkStep::Extension { value, .. }, b'\n') => after_size(value, byte),
        (ChunkStep::Extension { value, .. }, _) => {
            ChunkByte::To(ChunkStep::Extension { value, carriage_return: byte == b'\r' })
        }
        (ChunkStep::SizeFeed { value }, b'\n') => ChunkByte::To(chunk(value)),
        (ChunkStep::SizeFeed { .. }, _) => broken(Rule::BadChunkSize),
        (ChunkStep::DataReturn, b'\r') => ChunkByte::To(ChunkStep::DataFeed),
        (ChunkStep::DataReturn, b'\n') => ChunkByte::Fault(Rule::BadChunkEnd, ChunkStep::DataFeed),
        (ChunkStep::DataFeed, b'\n') => ChunkByte::To(FIRST),
        (ChunkStep::TrailerStart, b'\r') => ChunkByte::To(ChunkStep::LastFeed),
        (ChunkStep::TrailerStart, b'\n') => ChunkByte::Fault(Rule::BareLf, ChunkStep::LastFeed),
        (ChunkStep::TrailerStart | ChunkStep::Trailer, _) => ChunkByte::To(ChunkStep::Trailer),
        (ChunkStep::LastFeed, b'\n') => ChunkByte::End,
        (ChunkStep::DataReturn | ChunkStep::DataFeed | ChunkStep::LastFeed, _) => broken(Rule::BadChunkEnd),
        // Of these two no byte is framing.
        (ChunkStep::Data { .. } | ChunkStep::Broken, _) => ChunkByte::To(step),
    }
}

/// A byte behind a chunk size that no digit is.
fn after_size(value: u64, byte: u8) -> ChunkByte {
    match byte {
        b' ' | b'\t' => ChunkByte::To(ChunkStep::Blank { value }),
        b';' => ChunkByte::To(ChunkStep::Extension { value, carriage_return: false }),
        b'\r' => ChunkByte::To(ChunkStep::SizeFeed { value }),
        // LF alone: some servers read it, httparse (and so Pingora) does not.
        b'\n' => ChunkByte::Fault(Rule::BadChunkSize, ChunkStep::SizeFeed { value }),
        _ => ChunkByte::Fault(Rule::BadChunkSize, ChunkStep::Broken),
    }
}

fn chunk(size: u64) -> ChunkStep {
    if size == 0 { ChunkStep::TrailerStart } else { ChunkStep::Data { left: size } }
}

fn after_data(left: u64) -> ChunkStep {
    if left == 0 { ChunkStep::DataReturn } else { ChunkStep::Data { left } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a body came to an end.
    #[derive(Debug, PartialEq)]
    enum Outcome {
        /// It goes on.
        More,
        /// Complete, with so many bytes.
        Done(usize),
        /// Its framing broke at this byte.
        Broken(Rule, usize),
    }

    /// (faults that can be followed, outcome, bytes of content), read in pieces of this size.
    fn read_in(body: &str, size: usize) -> (Vec<(Rule, usize)>, Outcome, usize) {
        let (mut chunks, mut faults, mut content, mut at) = (Chunks::new(), Vec::new(), 0, 0);
        for piece in body.as_bytes().chunks(size) {
            let end = at + piece.len();
            while at < end {
                let (read, event) = chunks.next(&piece[piece.len() - (end - at)..]);
                at += read;
                match event {
                    ChunkEvent::GoesOn => assert_eq!(at, end),
                    ChunkEvent::Content(length) => content += length,
                    ChunkEvent::Fault(rule) => faults.push((rule, at)),
                    ChunkEvent::End => return (faults, Outcome::Done(at), content),
                    ChunkEvent::Broken => {
                        let (rule, at) = faults.pop().unwrap();
                        return (faults, Outcome::Broken(rule, at), content);
                    }
                }
            }
        }
        (faults, Outcome::More, content)
    }

    /// The same in one piece and byte by byte.
    fn read(body: &str) -> (Vec<(Rule, usize)>, Outcome, usize) {
        let whole = read_in(body, body.len());
        assert_eq!(whole, read_in(body, 1), "{body:?}");
        whole
    }

    #[test]
    fn what_rfc_9112_allows_is_read_without_a_fault() {
        for (body, content) in [
            ("5\r\nhello\r\n0\r\n\r\n", 5),
            ("5 \r\nhello\r\n0\r\n\r\n", 5),
            ("5\r\nhello\r\n00000000000000000000\r\n\r\n", 5),
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
            assert_eq!(read(body).1, Outcome::Broken(rule, at), "{body:?}");
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
