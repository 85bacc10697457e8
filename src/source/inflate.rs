//! Inflating as a stream: any number of members that follow each other, and the same two kinds of error from every library.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::mem;

use bzip2::bufread::BzDecoder;
use flate2::bufread::{DeflateDecoder, GzDecoder};
use liblzma::bufread::XzDecoder;

use super::compression::Compression;
use super::lz4::Lz4Decoder;
use super::utf16::Utf16Reader;

/// A stream of bytes, packed or not.
pub(super) type Input<'a> = Box<dyn BufRead + Send + 'a>;

/// Bytes that a decoder is asked for at a time. Where it meets damage it drops what it has inflated of that piece, so pieces are small.
const PIECE: usize = 16 << 10;
/// Inflated bytes that are held ready between one decoder and the next.
const BETWEEN: usize = 64 << 10;
/// The memory that an xz stream may use. `xz -9` needs 65 MiB; a hostile stream may ask for 4 GiB.
const XZ_MEMORY: u64 = 256 << 20;
/// The largest window of a zstd frame, as a power of two: 128 MiB, which is also the default limit of `zstd -d`.
const ZSTD_WINDOW: u32 = 27;
/// A stream that inflates to more than this many times its size is taken for a decompression bomb. Logs that repeat themselves inflate
/// to a hundred and sixty times their size.
const MOST_TIMES: u64 = 250;
/// So many inflated bytes are never taken for a bomb, however small the packed file is.
const ALWAYS_FINE: u64 = 1 << 30;

/// The inflated bytes of `input`. Its errors are of two kinds: `UnexpectedEof` where it is cut short, `InvalidData` for everything else.
pub(super) fn inflating(input: Input<'_>, compression: Compression) -> Input<'_> {
    match compression {
        Compression::None => return input,
        Compression::Utf16 => return Box::new(BufReader::with_capacity(BETWEEN, Utf16Reader::new(input))),
        _ => {}
    }
    let members = Members { compression, position: StreamPosition::Between(input), has_begun: false };
    Box::new(BufReader::with_capacity(BETWEEN, members))
}

/// Where in the stream we are.
enum StreamPosition<'a> {
    Between(Input<'a>),
    Within(Box<MemberDecoder<'a>>),
    Ended,
}

/// Members, frames or streams of one compression that follow each other.
struct Members<'a> {
    compression: Compression,
    position: StreamPosition<'a>,
    /// A member has been read, or is being read.
    has_begun: bool,
}

enum MemberDecoder<'a> {
    Gzip(GzDecoder<Input<'a>>),
    Zstd(zstd::stream::read::Decoder<'static, Input<'a>>),
    Xz(XzDecoder<Input<'a>>),
    Bzip2(BzDecoder<Input<'a>>),
    Lz4(Lz4Decoder<Input<'a>>),
    Deflate(DeflateDecoder<Input<'a>>),
}

impl<'a> MemberDecoder<'a> {
    fn begin(compression: Compression, input: Input<'a>) -> io::Result<Option<MemberDecoder<'a>>> {
        Ok(Some(match compression {
            Compression::None | Compression::Utf16 => return Ok(None),
            Compression::Gzip => MemberDecoder::Gzip(GzDecoder::new(input)),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?.single_frame();
                decoder.window_log_max(ZSTD_WINDOW)?;
                MemberDecoder::Zstd(decoder)
            }
            Compression::Xz => {
                let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, 0)?;
                MemberDecoder::Xz(XzDecoder::new_stream(input, stream))
            }
            Compression::Bzip2 => MemberDecoder::Bzip2(BzDecoder::new(input)),
            Compression::Lz4 => MemberDecoder::Lz4(Lz4Decoder::new(input)),
            Compression::Deflate => MemberDecoder::Deflate(DeflateDecoder::new(input)),
        }))
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            MemberDecoder::Gzip(decoder) => decoder.read(into),
            MemberDecoder::Zstd(decoder) => decoder.read(into),
            MemberDecoder::Xz(decoder) => decoder.read(into),
            MemberDecoder::Bzip2(decoder) => decoder.read(into),
            MemberDecoder::Lz4(decoder) => decoder.read(into),
            MemberDecoder::Deflate(decoder) => decoder.read(into),
        }
    }

    fn into_input(self) -> Input<'a> {
        match self {
            MemberDecoder::Gzip(decoder) => decoder.into_inner(),
            MemberDecoder::Zstd(decoder) => decoder.finish(),
            MemberDecoder::Xz(decoder) => decoder.into_inner(),
            MemberDecoder::Bzip2(decoder) => decoder.into_inner(),
            MemberDecoder::Lz4(decoder) => decoder.into_inner(),
            MemberDecoder::Deflate(decoder) => decoder.into_inner(),
        }
    }
}

impl<'a> Members<'a> {
    /// The next member, if the input has one.
    fn next(&mut self, mut input: Input<'a>) -> io::Result<Option<MemberDecoder<'a>>> {
        let first = self.first_byte(&mut input)?;
        let follows = mem::replace(&mut self.has_begun, true);
        match first {
            None => Ok(None),
            // What follows a member of a zip archive belongs to another member.
            Some(_) if follows && self.compression == Compression::Deflate => Ok(None),
            Some(first) if follows && !self.compression.begins_with(first) => {
                Err(io::Error::new(ErrorKind::InvalidData, "something else follows their end"))
            }
            Some(_) => MemberDecoder::begin(self.compression, input),
        }
    }

    /// The byte with which the next member begins. Zeros between members are passed over: tapes, preallocated files and xz pad with them.
    fn first_byte(&self, input: &mut Input<'a>) -> io::Result<Option<u8>> {
        loop {
            let ready = input.fill_buf()?;
            let zeros = if self.has_begun { ready.iter().take_while(|byte| **byte == 0).count() } else { 0 };
            if let Some(first) = ready.get(zeros).copied() {
                input.consume(zeros);
                return Ok(Some(first));
            }
            if ready.is_empty() {
                return Ok(None);
            }
            input.consume(zeros);
        }
    }

    fn damage(&self, error: io::Error) -> io::Error {
        let name = self.compression.as_str();
        let kind = match error.kind() {
            ErrorKind::UnexpectedEof => ErrorKind::UnexpectedEof,
            _ => ErrorKind::InvalidData,
        };
        match error.get_ref().and_then(|inner| inner.downcast_ref::<liblzma::stream::Error>()) {
            Some(liblzma::stream::Error::MemLimit) => io::Error::new(
                kind,
                format!("{name}: it asks for more than {} MiB of memory", XZ_MEMORY >> 20),
            ),
            _ => io::Error::new(kind, format!("{name}: {error}")),
        }
    }
}

impl Read for Members<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(PIECE);
        let Some(into) = into.get_mut(..most).filter(|into| !into.is_empty()) else { return Ok(0) };
        loop {
            match mem::replace(&mut self.position, StreamPosition::Ended) {
                StreamPosition::Ended => return Ok(0),
                StreamPosition::Between(input) => {
                    match self.next(input).map_err(|error| self.damage(error))? {
                        Some(member) => self.position = StreamPosition::Within(Box::new(member)),
                        None => return Ok(0),
                    }
                }
                StreamPosition::Within(mut member) => {
                    match member.read(into).map_err(|error| self.damage(error))? {
                        0 => self.position = StreamPosition::Between(member.into_input()),
                        read => {
                            self.position = StreamPosition::Within(member);
                            return Ok(read);
                        }
                    }
                }
            }
        }
    }
}

/// Ends a stream with an error once it has inflated to more than evidence ever does.
pub(super) struct Guarded<'a> {
    input: Input<'a>,
    left: u64,
}

/// The most bytes to which so many packed bytes may inflate.
pub(super) fn most_inflated(packed: u64) -> u64 {
    packed.saturating_mul(MOST_TIMES).saturating_add(ALWAYS_FINE)
}

impl<'a> Guarded<'a> {
    /// Lets through as much as `packed` bytes may inflate to.
    pub(super) fn new(input: Input<'a>, packed: u64) -> Guarded<'a> {
        Guarded { input, left: most_inflated(packed) }
    }
}

impl Read for Guarded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !into.is_empty() {
            let what = format!("they inflate to more than {MOST_TIMES} times their size");
            return Err(io::Error::new(ErrorKind::InvalidData, what));
        }
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.input.read(into.get_mut(..most).unwrap_or_default())?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A decompression bomb must not fill the memory, and evidence that repeats itself must not be taken for one.
    #[test]
    fn a_stream_that_inflates_without_end_is_ended_and_says_why() {
        let mut guarded = Guarded { input: Box::new(BufReader::new(io::repeat(7))), left: 100_000 };
        let mut all = Vec::new();
        let error = guarded.read_to_end(&mut all).expect_err("it has no end");
        assert_eq!((error.kind(), all.len()), (ErrorKind::InvalidData, 100_000));
        assert!(error.to_string().contains("250 times"));
        assert_eq!(most_inflated(1 << 20), (1 << 30) + 250 * (1 << 20));
    }
}
