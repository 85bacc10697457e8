//! A file's bytes: mapped, read, or inflated block by block. Nothing is ever unpacked to disk.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use flate2::Crc;
use sha2::{Digest, Sha256};

pub use super::compression::Compression;
use super::compression::unread;
use super::held::HeldBytes;
use super::inflate::{Guarded, Input, inflating};
use super::mapped::MappedFile;
use super::placed::PlacedFile;
use super::reread::RereadFile;
use super::standing::{ArchiveInput, ArchiveStreams, OwnStream, StretchReader};

/// Smaller files are read, not mapped: mapping costs more than copying, and small files are more often still being written to.
const MAP_FROM: u64 = 1 << 20;
/// How many times one file may be packed: `capture.pcap.gz.zst` is packed twice.
const MOST_LAYERS: usize = 2;
/// The first bytes of a file, by which its format is recognised.
const SNIFFED: usize = 512;

/// Where and why the bytes of a compressed file end too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The number of inflated bytes before the damage.
    pub after: u64,
    /// What the decoder said.
    pub what: String,
}

/// A file, or a file within an archive: its bytes, packed or not.
#[derive(Debug)]
pub struct Content {
    store: Store,
    /// How the archive packed the file. Whether the file itself is packed is another question: see `layers`.
    wrapping: Option<Wrapping>,
    /// How the file itself is packed: the outermost compression first.
    layers: Vec<Compression>,
}

#[derive(Debug)]
enum Store {
    Mapped(MappedFile),
    Held(HeldBytes),
    /// A small file for which there is no room: it is read anew whenever it is wanted.
    Reread(RereadFile),
    /// A member whose bytes lie in its archive, packed as the wrapping says.
    Slice {
        archive: Arc<Content>,
        range: Range<usize>,
    },
    /// A member of a packed archive that is not held in memory: whenever it is read, the archive is inflated again.
    Stretch {
        archive: Arc<Content>,
        stretch: Stretch,
        streams: ArchiveStreams,
    },
}

/// Where in the inflated bytes of an archive a member lies, and what was noted when the walk passed over it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Inflated bytes before it.
    pub start: u64,
    /// Its length.
    pub length: u64,
    /// Its first bytes, so that its format can be recognised without inflating its archive again.
    pub head: Vec<u8>,
    /// The SHA-256 of all of them.
    pub digest: [u8; 32],
}

/// What a zip archive says of a packed member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrapping {
    pub compression: Compression,
    /// Its size and CRC-32 before it was packed.
    pub size: u64,
    pub checksum: u32,
}

impl Content {
    /// Maps a regular file of 1 MiB or more; reads any other. If someone cuts an archive short in the moment between the look at its length and that
    /// at what it holds, the system may end the program with SIGBUS: nothing else is read from the map.
    ///
    /// # Errors
    /// Where the file cannot be opened, mapped or read.
    pub fn open(path: &Path) -> io::Result<Content> {
        let mut file = File::open(path)?;
        if let Some(mapped) = Content::mapped(&mut file, Some(path))? {
            return Ok(mapped);
        }
        let mut read = Vec::new();
        file.read_to_end(&mut read)?;
        Ok(Content::from_vec(read))
    }

    /// The same, but a file that would be held in memory and takes more than `memory` bytes is read anew whenever it is wanted.
    ///
    /// # Errors
    /// As with [`Content::open`].
    pub(super) fn open_within(path: &Path, memory: u64) -> io::Result<Content> {
        let metadata = std::fs::metadata(path)?;
        if metadata.is_file() && (memory..MAP_FROM).contains(&metadata.len()) {
            return Ok(Content::of(Store::Reread(RereadFile::of(path, metadata.len())), None));
        }
        Content::open(path)
    }

    /// Standard input to its end: mapped where it is a file (`< capture.pcap`), otherwise held in no more memory than is given.
    ///
    /// # Errors
    /// Where it cannot be read, and `FileTooLarge` where more comes through a pipe than can be held.
    pub fn standard_input(memory: u64) -> io::Result<Content> {
        #[cfg(unix)]
        let input = {
            use std::os::fd::AsFd;
            File::from(io::stdin().as_fd().try_clone_to_owned()?)
        };
        #[cfg(windows)]
        let input = {
            use std::os::windows::io::AsHandle;
            File::from(io::stdin().as_handle().try_clone_to_owned()?)
        };
        let mut input = input;
        match Content::mapped(&mut input, None)? {
            Some(mapped) => Ok(mapped),
            None => Ok(Content::held(HeldBytes::of_pipe(input, memory)?)),
        }
    }

    /// A pipe to its end, in this much memory.
    ///
    /// # Errors
    /// As [`standard_input`](Content::standard_input).
    pub fn pipe(path: &Path, memory: u64) -> io::Result<Content> {
        Ok(Content::held(HeldBytes::of_pipe(File::open(path)?, memory)?))
    }

    /// The map of a large regular file. Where another program has already read a part of standard input, only the rest is meant for us, and a map
    /// would show all.
    fn mapped(file: &mut File, path: Option<&Path>) -> io::Result<Option<Content>> {
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() < MAP_FROM || file.stream_position()? > 0 {
            return Ok(None);
        }
        Ok(Some(Content::of(Store::Mapped(MappedFile::of(file, &metadata, path)?), None)))
    }

    /// Bytes that do not come from a file, such as those of a test.
    pub fn from_vec(bytes: Vec<u8>) -> Content {
        Content::held(HeldBytes::Plain(bytes))
    }

    /// Bytes that could be had only once.
    pub(super) fn held(held: HeldBytes) -> Content {
        Content::of(Store::Held(held), None)
    }

    /// The memory that its bytes take as long as it is kept.
    pub fn memory(&self) -> u64 {
        match &self.store {
            Store::Held(held) => held.memory(),
            Store::Stretch { stretch, .. } => stretch.head.len() as u64,
            // Pages of a map are the system's to take back; a slice has none of its own.
            Store::Mapped(_) | Store::Reread(_) | Store::Slice { .. } => 0,
        }
    }

    /// A member that lies in an archive whose bytes are [`plain`](Content::plain).
    pub(super) fn slice(archive: &Arc<Content>, range: Range<usize>, wrapping: Option<Wrapping>) -> Content {
        Content::of(Store::Slice { archive: archive.clone(), range }, wrapping)
    }

    /// A member of a packed archive that is not held in memory.
    pub(super) fn stretch(archive: &Arc<Content>, stretch: Stretch, streams: ArchiveStreams) -> Content {
        Content::of(Store::Stretch { archive: archive.clone(), stretch, streams }, None)
    }

    fn of(store: Store, wrapping: Option<Wrapping>) -> Content {
        let mut content = Content { store, wrapping, layers: Vec::new() };
        while content.layers.len() < MOST_LAYERS {
            match Compression::recognise(&content.head(SNIFFED)) {
                Compression::None => break,
                layer => content.layers.push(layer),
            }
        }
        content
    }

    /// The bytes as they lie in memory or in the map, possibly packed. `None` where they have to be inflated or read anew.
    pub(super) fn raw(&self) -> Option<&[u8]> {
        match &self.store {
            Store::Mapped(file) => Some(file.bytes()),
            Store::Held(held) => held.plain(),
            Store::Slice { archive, range } => archive.raw()?.get(range.clone()),
            Store::Stretch { .. } | Store::Reread(_) => None,
        }
    }

    /// All bytes at once, where they lie unpacked in memory or in the map. Otherwise they come through [`reader`](Content::reader).
    pub fn plain(&self) -> Option<&[u8]> {
        self.raw().filter(|_| self.is_plain())
    }

    fn is_plain(&self) -> bool {
        self.layers.is_empty() && self.wrapping.is_none()
    }

    /// The mapped file in which its bytes lie, and where. The map is used where something is looked up, and nowhere else.
    fn mapped_part(&self) -> Option<(&MappedFile, Range<usize>)> {
        match &self.store {
            Store::Mapped(file) => Some((file, 0..file.length())),
            Store::Slice { archive, range } => match &archive.store {
                Store::Mapped(file) => Some((file, range.clone())),
                _ => None,
            },
            Store::Held(_) | Store::Reread(_) | Store::Stretch { .. } => None,
        }
    }

    /// The outermost compression of the file, which may be that of its archive. `None` where the bytes are [`plain`](Content::plain).
    pub fn compression(&self) -> Compression {
        if let Some(wrapping) = &self.wrapping {
            return wrapping.compression;
        }
        match (&self.store, self.layers.first()) {
            (Store::Stretch { archive, .. }, _) => archive.compression(),
            (_, Some(layer)) => *layer,
            (_, None) => Compression::None,
        }
    }

    /// Why nothing of the file can be read: it is packed in a form that rayscope does not read, or its first bytes cannot be inflated.
    pub fn unread(&self) -> Option<String> {
        let head = self.head(SNIFFED);
        if head.is_empty() {
            let begun = self.reader().read(&mut [0]);
            return begun.err().map(|error| format!("it cannot be inflated: {error}"));
        }
        match Compression::recognise(&head) {
            Compression::None => unread(&head).map(|name| format!("{name} is not read: unpack it")),
            deeper => Some(format!("it is packed with {} below two others: unpack it", deeper.as_str())),
        }
    }

    /// The inflated bytes as a stream. Its errors are `UnexpectedEof` where the file is cut short, and `InvalidData` where it is damaged or
    /// inflates without end.
    pub fn reader(&self) -> Box<dyn Read + Send + '_> {
        let inflated = self.layers.iter().fold(self.as_stored(), |input, layer| inflating(input, *layer));
        Box::new(Guarded::new(inflated, self.stored_bytes()))
    }

    /// The same as a stream that borrows nothing, of a large file that is packed with gzip. Other decoders may need much more memory (`xz -9` 65 MiB), which
    /// nothing should keep for later.
    fn own_stream(&self) -> Option<OwnStream> {
        match (&self.store, self.layers.as_slice()) {
            (Store::Mapped(file), [layer @ Compression::Gzip]) => {
                let inflated = inflating(file.stream(0..file.length())?, *layer);
                Some(Box::new(Guarded::new(inflated, self.stored_bytes())))
            }
            _ => None,
        }
    }

    /// The bytes that the file would have on the disk: taken out of its archive, but still packed if the file itself is.
    fn as_stored(&self) -> Input<'_> {
        match (&self.store, self.wrapping) {
            (Store::Stretch { archive, stretch, streams }, _) => {
                let open = || match archive.own_stream() {
                    Some(stream) => ArchiveInput::Standing(stream),
                    None => ArchiveInput::Once(archive.reader()),
                };
                Box::new(BufReader::new(StretchReader::of(stretch.start, stretch.length, streams, open)))
            }
            (_, None) => self.raw_reader(),
            (_, Some(wrapping)) => {
                let input = inflating(self.raw_reader(), wrapping.compression).take(wrapping.size);
                Box::new(BufReader::new(Checked { input, checksum: Crc::new(), seen: 0, wrapping }))
            }
        }
    }

    /// The bytes of a large file that is not packed, to be read at any place. `None` where they have to be read in order, or lie in memory.
    pub fn placed(&self) -> Option<PlacedFile> {
        let (file, range) = self.mapped_part().filter(|_| self.is_plain())?;
        file.placed(range)
    }

    /// The bytes as they lie in memory, in the map or on the disk, as a stream.
    fn raw_reader(&self) -> Input<'_> {
        if let Some((file, range)) = self.mapped_part() {
            return file.reader(range);
        }
        match &self.store {
            Store::Held(held) => held.reader(),
            Store::Reread(file) => file.reader(),
            Store::Mapped(_) | Store::Slice { .. } | Store::Stretch { .. } => {
                Box::new(self.raw().unwrap_or_default())
            }
        }
    }

    /// Its size before it is inflated.
    pub(super) fn stored_bytes(&self) -> u64 {
        match &self.store {
            Store::Mapped(file) => file.length() as u64,
            Store::Held(held) => held.length(),
            Store::Reread(file) => file.length(),
            Store::Slice { range, .. } => range.len() as u64,
            Store::Stretch { stretch, .. } => stretch.length,
        }
    }

    /// Bytes that are inflated to reach so many inflated bytes of it: where it lies in a packed archive itself, those before it as well.
    pub(super) fn inflated_to_reach(&self, bytes: u64) -> u64 {
        match &self.store {
            Store::Stretch { archive, stretch, .. } => {
                bytes.saturating_add(archive.inflated_to_reach(stretch.start.saturating_add(stretch.length)))
            }
            _ => bytes,
        }
    }

    /// The first `limit` bytes, inflated; fewer where there are no more or the file is damaged.
    pub fn head(&self, limit: usize) -> Vec<u8> {
        if let Some(plain) = self.plain().filter(|_| self.mapped_part().is_none()) {
            return plain.get(..limit).unwrap_or(plain).to_vec();
        }
        let mut head = Vec::new();
        if let Store::Stretch { stretch, .. } = &self.store {
            let held: Input<'_> = Box::new(&*stretch.head);
            let held = self.layers.iter().fold(held, |input, layer| inflating(input, *layer));
            let _ = held.take(limit as u64).read_to_end(&mut head);
            if head.len() == limit || stretch.head.len() as u64 == stretch.length {
                return head;
            }
            head.clear();
        }
        // Where the file is damaged, the bytes before the damage are its head.
        let _ = self.reader().take(limit as u64).read_to_end(&mut head);
        head
    }

    /// The SHA-256 of the bytes that the file would have on the disk. `None` where it cannot be read to its end.
    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        if let Store::Stretch { stretch, .. } = &self.store {
            return Some(stretch.digest);
        }
        if let Some(raw) = self.raw().filter(|_| self.wrapping.is_none() && self.mapped_part().is_none()) {
            return Some(Sha256::digest(raw).into());
        }
        let (mut input, mut digest, mut block) = (self.as_stored(), Sha256::new(), vec![0; 64 << 10]);
        loop {
            match input.read(&mut block).ok()? {
                0 => return Some(digest.finalize().into()),
                read => digest.update(block.get(..read).unwrap_or_default()),
            }
        }
    }
}

/// Reads a member of a zip archive, and checks its size and its checksum against those that the archive states.
struct Checked<R> {
    input: R,
    checksum: Crc,
    seen: u64,
    wrapping: Wrapping,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.checksum.update(into.get(..read).unwrap_or_default());
        self.seen += read as u64;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        if self.seen < self.wrapping.size {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "zip: it ends before its time"));
        }
        if self.checksum.sum() != self.wrapping.checksum {
            return Err(io::Error::new(ErrorKind::InvalidData, "zip: its checksum is wrong"));
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests;
