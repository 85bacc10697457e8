//! A file's bytes: mapped, read, or inflated block by block. Nothing is ever unpacked to disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memmap2::{Advice, Mmap, UncheckedAdvice};

/// Below this a file is read: mapping costs more than copying, and a small file is the likelier to be still written to.
const MAP_FROM: u64 = 1 << 20;
/// What is handed over at a time.
const BLOCK: usize = 4 << 20;

/// What is given back at a time; whole pages on every machine.
const RELEASE_STEP: usize = 8 << 20;

/// How a file is packed, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), of any number of members.
    Gzip,
}

/// Where and why the bytes of a compressed file end before their time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Inflated bytes that came before.
    pub after: u64,
    /// What the decoder said.
    pub what: String,
}

/// A file's bytes as they lie on the disk.
#[derive(Debug)]
pub struct Content {
    bytes: Bytes,
    compression: Compression,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Read(Vec<u8>),
}

impl Content {
    /// Maps a file of 1 MiB or more, reads a smaller one or one that is no regular file. A file that is cut short by someone
    /// while it is mapped ends the program with SIGBUS: give rayscope captures that are no longer written to.
    pub fn open(path: &Path) -> io::Result<Content> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let bytes = if metadata.is_file() && metadata.len() >= MAP_FROM {
            // SAFETY: the mapping is private and read-only; see above for a file that shrinks meanwhile.
            #[expect(unsafe_code, reason = "the one memory map of the program")]
            let map = unsafe { Mmap::map(&file)? };
            // A hint: where the system does not take it, reading is merely slower.
            let _ = map.advise(Advice::Sequential);
            Bytes::Mapped(map)
        } else {
            let mut read = Vec::new();
            file.read_to_end(&mut read)?;
            Bytes::Read(read)
        };
        Ok(Content::from_bytes(bytes))
    }

    /// Bytes that are no file's, such as a test's.
    pub fn from_vec(bytes: Vec<u8>) -> Content {
        Content::from_bytes(Bytes::Read(bytes))
    }

    fn from_bytes(bytes: Bytes) -> Content {
        let mut content = Content { bytes, compression: Compression::None };
        if content.raw().starts_with(&[0x1f, 0x8b, 8]) {
            content.compression = Compression::Gzip;
        }
        content
    }

    /// The bytes on the disk, packed as they are.
    pub fn raw(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Read(read) => read,
        }
    }

    /// Gives the memory of mapped bytes before `end` back to the system, from `begin` on, both rounded to whole steps; gives the offset up
    /// to which that was done. The bytes stay readable: they come back from the file. So resident memory does not grow with the file.
    pub fn release(&self, begin: usize, end: usize) -> usize {
        let Bytes::Mapped(map) = &self.bytes else { return begin };
        let end = end.min(map.len()) / RELEASE_STEP * RELEASE_STEP;
        if end <= begin {
            return begin;
        }
        // SAFETY: the mapping is read-only and of a file, so that dropped pages are read again from it with the same bytes.
        #[expect(unsafe_code, reason = "advice on the one memory map of the program")]
        let released = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, begin, end - begin) };
        // Where the system does not take the advice, memory is merely given back later.
        if released.is_ok() { end } else { begin }
    }

    /// How they are packed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The bytes, inflated, as a stream.
    pub fn reader(&self) -> Box<dyn Read + Send + '_> {
        match self.compression {
            Compression::None => Box::new(self.raw()),
            Compression::Gzip => Box::new(MultiGzDecoder::new(self.raw())),
        }
    }

    /// The first `limit` bytes, inflated; fewer where there are no more or the file is damaged.
    pub fn head(&self, limit: usize) -> Vec<u8> {
        let raw = self.raw();
        match self.compression {
            Compression::None => raw[..raw.len().min(limit)].to_vec(),
            Compression::Gzip => {
                let mut head = Vec::new();
                // What came before damage is what there is.
                let _ = MultiGzDecoder::new(raw).take(limit as u64).read_to_end(&mut head);
                head
            }
        }
    }

    /// Hands the inflated bytes to `each`, block by block; blocks end anywhere. What came before damage is handed over.
    pub fn blocks(&self, mut each: impl FnMut(&[u8])) -> Option<Damage> {
        if self.compression == Compression::None {
            self.raw().chunks(BLOCK).for_each(each);
            return None;
        }
        let mut reader = self.reader();
        let mut block = Vec::with_capacity(BLOCK);
        let mut after = 0;
        loop {
            block.clear();
            let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut block);
            after += block.len() as u64;
            if !block.is_empty() {
                each(&block);
            }
            match read {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Damage { after, what: error.to_string() }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn drain(content: &Content) -> (Vec<u8>, Option<Damage>) {
        let mut all = Vec::new();
        let damage = content.blocks(|block| all.extend_from_slice(block));
        (all, damage)
    }

    #[test]
    fn a_rotated_log_of_several_gzip_members_is_read_to_its_end() {
        let packed = [gzip(b"first\n"), gzip(b"second\n")].concat();
        let content = Content::from_vec(packed);
        assert_eq!(drain(&content), (b"first\nsecond\n".to_vec(), None));
        assert_eq!(content.head(8), b"first\nse");
    }

    #[test]
    fn a_file_larger_than_a_block_comes_whole_and_in_order() {
        let plain: Vec<u8> = (0..9_000_000u32).map(|number| number as u8).collect();
        assert_eq!(drain(&Content::from_vec(gzip(&plain))), (plain.clone(), None));
        assert_eq!(drain(&Content::from_vec(plain.clone())), (plain, None));
    }

    #[test]
    fn a_gzip_file_cut_in_the_middle_gives_what_came_before_and_says_so() {
        let plain: Vec<u8> =
            (0..200_000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut packed = gzip(&plain);
        packed.truncate(packed.len() / 2);
        let (got, damage) = drain(&Content::from_vec(packed));
        assert!(got.len() > plain.len() / 4 && plain.starts_with(&got));
        assert_eq!(damage.map(|damage| damage.after), Some(got.len() as u64));
    }
}
