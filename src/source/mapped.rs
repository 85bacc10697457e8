//! A file in a memory map. The map serves look-ups here and there; what is gone through once from one end to the other is read from the
//! file instead.

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::inflate::Input;
use super::placed::PlacedFile;

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
    identity: (u64, u64),
}

/// What tells a file from another one that took its name: a log that is rotated, a capture that is begun anew.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    let written = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((written.as_secs(), written.subsec_nanos().into()))
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
        let again = path.zip(identity(metadata));
        let again = again.map(|(path, identity)| Again { path: path.to_owned(), identity });
        Ok(MappedFile { map, again })
    }

    /// All its bytes, in the map: those that it still has. The system ends a program that looks at others (SIGBUS), so this is asked anew before
    /// each use, and what is used is used up soon.
    pub fn bytes(&self) -> &[u8] {
        let now = self.again.as_ref().and_then(|again| {
            let metadata = fs::metadata(&again.path).ok()?;
            (identity(&metadata)? == again.identity).then_some(metadata.len())
        });
        let still = now.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
        self.map.get(..still).unwrap_or(&self.map)
    }

    /// Its length when it was mapped.
    pub fn length(&self) -> usize {
        self.map.len()
    }

    /// A part of it as a stream, read from the file: bytes that were just read lie in the processor's cache, and their memory is used
    /// again. From the map each page would be waited for, and would stay in memory; and a file that was cut short ends with an error. The map
    /// is used only where the file cannot be opened again, since it was moved or removed: then nobody cuts it short either.
    pub fn reader(&self, range: Range<usize>) -> Input<'_> {
        match self.stream(range.clone()) {
            Some(stream) => stream,
            None => Box::new(self.map.get(range).unwrap_or_default()),
        }
    }

    /// The same, and nothing of the map; `None` where the file cannot be opened again.
    pub fn stream(&self, range: Range<usize>) -> Option<Input<'static>> {
        Some(Box::new(BufReader::with_capacity(BUFFER, self.placed(range)?.stream())))
    }

    /// The same, to be read at any place; `None` where the file cannot be opened again.
    pub fn placed(&self, range: Range<usize>) -> Option<PlacedFile> {
        let again = self.again.as_ref()?;
        let file = File::open(&again.path).ok()?;
        let is_same = identity(&file.metadata().ok()?)? == again.identity;
        is_same.then(|| PlacedFile::of(file, range))
    }
}
