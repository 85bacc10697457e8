//! Members of packed archives that are not held, read out of the archive's stream. Where one was read the stream is left standing, and the next member is
//! read from there on: to inflate the archive anew for each of them would cost as many times as it has members.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Streams that are left standing at a time, of all archives together. Each has a file that is open and some 200 kB.
const MOST: usize = 8;

/// The streams of all archives of a run that stand somewhere, the last one left comes last.
#[derive(Default)]
pub(super) struct StandingStreams(Mutex<Vec<LeftStream>>);

/// A stream, so many inflated bytes behind the beginning of its archive.
struct LeftStream {
    archive: ArchiveNumber,
    at: u64,
    stream: OwnStream,
}

/// One that borrows nothing.
pub(super) type OwnStream = Box<dyn Read + Send>;

/// What archives of a run are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ArchiveNumber(u32);

/// The streams of one archive.
#[derive(Clone)]
pub(super) struct ArchiveStreams {
    archive: ArchiveNumber,
    all: Arc<StandingStreams>,
}

/// What numbers the archives of a run.
#[derive(Clone, Default)]
pub(super) struct StreamsOfArchives {
    archives: u32,
    all: Arc<StandingStreams>,
}

impl StreamsOfArchives {
    /// The streams of one archive more.
    pub(super) fn of_next(&mut self) -> ArchiveStreams {
        self.archives += 1;
        ArchiveStreams { archive: ArchiveNumber(self.archives), all: Arc::clone(&self.all) }
    }
}

impl ArchiveStreams {
    /// Takes the stream that stands nearest before this place.
    fn take(&self, place: u64) -> Option<(u64, OwnStream)> {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |left: &LeftStream| left.archive == self.archive && left.at <= place;
        let places = all.iter().enumerate().filter(|(_, left)| fits(left));
        let (index, _) = places.max_by_key(|(_, left)| left.at)?;
        let LeftStream { at, stream, .. } = all.remove(index);
        Some((at, stream))
    }

    /// Leaves a stream standing. The one that was left first goes where there are too many.
    fn leave(&self, at: u64, stream: OwnStream) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(LeftStream { archive: self.archive, at, stream });
    }
}

impl fmt::Debug for ArchiveStreams {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "streams of archive {}", self.archive.0)
    }
}

/// Reads one member out of the inflated bytes of its archive.
pub(super) struct StretchReader<'a> {
    input: ArchiveInput<'a>,
    /// Where in the archive the input stands.
    at: u64,
    start: u64,
    end: u64,
    streams: &'a ArchiveStreams,
}

/// A stream of an archive's inflated bytes.
pub(super) enum ArchiveInput<'a> {
    /// It may be left standing.
    Standing(OwnStream),
    /// It ends with who reads it.
    Once(Box<dyn Read + Send + 'a>),
    /// It was damaged.
    Ended,
}

impl<'a> StretchReader<'a> {
    /// Of the inflated bytes of an archive, those from `start` on, so many; `open` begins a stream of the archive anew.
    pub(super) fn of(
        start: u64,
        length: u64,
        streams: &'a ArchiveStreams,
        open: impl FnOnce() -> ArchiveInput<'a>,
    ) -> StretchReader<'a> {
        let standing = streams.take(start).map(|(at, stream)| (at, ArchiveInput::Standing(stream)));
        let (at, input) = standing.unwrap_or_else(|| (0, open()));
        StretchReader { input, at, start, end: start.saturating_add(length), streams }
    }

    fn input(&mut self) -> io::Result<&mut (dyn Read + Send + 'a)> {
        match &mut self.input {
            ArchiveInput::Standing(stream) => Ok(stream),
            ArchiveInput::Once(reader) => Ok(reader),
            ArchiveInput::Ended => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    fn read_on(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let before = self.start.saturating_sub(self.at);
        if before > 0 {
            let skipped = io::copy(&mut self.input()?.take(before), &mut io::sink())?;
            self.at += skipped;
            if skipped < before {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let left = self.end.saturating_sub(self.at);
        let read = self.input()?.take(left).read(into)?;
        self.at += read as u64;
        if read == 0 && left > 0 && !into.is_empty() {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the archive ends before it does"));
        }
        Ok(read)
    }
}

impl Read for StretchReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.read_on(into);
        if read.is_err() {
            // Where it stands is not known any more.
            self.input = ArchiveInput::Ended;
        }
        read
    }
}

impl Drop for StretchReader<'_> {
    fn drop(&mut self) {
        if let ArchiveInput::Standing(stream) = std::mem::replace(&mut self.input, ArchiveInput::Ended) {
            self.streams.leave(self.at, stream);
        }
    }
}

#[cfg(test)]
mod tests;
