//! A part of a file that is read at any place, by any number of threads at once, or from one end to the other.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

/// A part of an open file.
#[derive(Debug)]
pub struct PlacedFile {
    file: File,
    start: u64,
    length: u64,
}

impl PlacedFile {
    /// These bytes of a file.
    pub(super) fn of(file: File, range: Range<usize>) -> PlacedFile {
        PlacedFile { file, start: range.start as u64, length: range.len() as u64 }
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads bytes from `at` on, as many as there is room for or as it has. Gives how many came, and why not all: where the system could not read
    /// them, or the file was cut short (`UnexpectedEof`).
    pub fn read_at(&self, at: u64, room: &mut [u8]) -> (usize, io::Result<()>) {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let most = room.len().min(left);
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..most).filter(|rest| !rest.is_empty()) {
            match read_once(&self.file, self.start.saturating_add(at).saturating_add(filled as u64), rest) {
                Ok(0) => {
                    let cut_short = "it became shorter while it was read";
                    return (filled, Err(io::Error::new(ErrorKind::UnexpectedEof, cut_short)));
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return (filled, Err(error)),
            }
        }
        (filled, Ok(()))
    }

    /// All its bytes as a stream.
    pub(super) fn stream(self) -> PlacedStream {
        PlacedStream { file: self, at: 0 }
    }
}

/// The bytes of a part of a file, one after the other.
#[derive(Debug)]
pub(super) struct PlacedStream {
    file: PlacedFile,
    at: u64,
}

impl Read for PlacedStream {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let (read, outcome) = self.file.read_at(self.at, room);
        self.at = self.at.saturating_add(read as u64);
        // What came before an error is handed on first: it comes again.
        if read > 0 { Ok(read) } else { outcome.map(|()| 0) }
    }
}

#[cfg(unix)]
fn read_once(file: &File, at: u64, room: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, at)
}

#[cfg(windows)]
fn read_once(file: &File, at: u64, room: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, at)
}
