//! A file in the memory map, which is also read: the map for what is looked up here and there, reading for what is gone through once.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memmap2::Mmap;

use super::inflate::Input;

/// What is read ahead for those who ask for little.
const BUFFER: usize = 64 << 10;

/// A mapped file.
#[derive(Debug)]
pub(super) struct MappedFile {
    map: Mmap,
    again: Option<Again>,
}

/// How the file is opened once more. Kept open, a folder of thousands of captures would need as many descriptors.
#[derive(Debug)]
struct Again {
    path: PathBuf,
    written: SystemTime,
}

impl MappedFile {
    /// Maps a file that lies at `path`, if it lies anywhere.
    ///
    /// # Errors
    /// Where it cannot be mapped.
    pub fn of(file: &File, metadata: &Metadata, path: Option<&Path>) -> io::Result<MappedFile> {
        // SAFETY: the mapping is private and read-only; see `Content::open` for a file that shrinks meanwhile.
        #[expect(unsafe_code, reason = "the one memory map of the program")]
        let map = unsafe { Mmap::map(file)? };
        let again = path.zip(metadata.modified().ok());
        let again = again.map(|(path, written)| Again { path: path.to_owned(), written });
        Ok(MappedFile { map, again })
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// A part of it as a stream. Read from the file, its bytes are in the processor's cache when they are looked at, and its memory is no
    /// longer held once they were; from the map, each page is waited for, and stays. Only where the file cannot be opened again as it
    /// was do they come from the map.
    pub fn reader(&self, range: Range<usize>) -> Input<'_> {
        let length = range.len() as u64;
        match self.opened_at(range.start) {
            Some(file) => Box::new(BufReader::with_capacity(BUFFER, file.take(length))),
            None => Box::new(self.map.get(range).unwrap_or_default()),
        }
    }

    fn opened_at(&self, start: usize) -> Option<File> {
        let again = self.again.as_ref()?;
        let mut file = File::open(&again.path).ok()?;
        let metadata = file.metadata().ok()?;
        let same = metadata.is_file()
            && metadata.len() == self.map.len() as u64
            && metadata.modified().is_ok_and(|written| written == again.written);
        file.seek(SeekFrom::Start(start as u64)).ok().filter(|_| same)?;
        Some(file)
    }
}
