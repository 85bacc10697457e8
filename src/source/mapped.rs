//! A file in a memory map. The map serves look-ups here and there; what is gone through once from one end to the other is read from the
//! file instead.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memmap2::Mmap;

use super::inflate::Input;

/// Bytes that are read ahead for a caller that asks for few at a time.
const BUFFER: usize = 64 << 10;

/// A mapped file.
#[derive(Debug)]
pub(super) struct MappedFile {
    map: Mmap,
    again: Option<Again>,
}

/// How the file is opened again to be read. It is not kept open: a folder of thousands of captures would need as many descriptors.
#[derive(Debug)]
struct Again {
    path: PathBuf,
    written: SystemTime,
}

impl MappedFile {
    /// Maps a file. `path` is where it can be opened again, if anywhere.
    ///
    /// # Errors
    /// Where it cannot be mapped.
    pub fn of(file: &File, metadata: &Metadata, path: Option<&Path>) -> io::Result<MappedFile> {
        // SAFETY: the mapping is private and read-only. `Content::open` says what happens if the file shrinks meanwhile.
        #[expect(unsafe_code, reason = "the one memory map of the program")]
        let map = unsafe { Mmap::map(file)? };
        let again = path.zip(metadata.modified().ok());
        let again = again.map(|(path, written)| Again { path: path.to_owned(), written });
        Ok(MappedFile { map, again })
    }

    /// All its bytes, in the map.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// A part of it as a stream, read from the file: bytes that were just read lie in the processor's cache, and their memory is used
    /// again. From the map each page would be waited for, and would stay in memory. The map is used only where the file cannot be opened
    /// again or has changed.
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
