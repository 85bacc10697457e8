//! What tells a file from another one without reading all of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::FoundFile;

/// Bytes at each end of a file that are looked at.
const LOOKED_AT: u64 = 64 << 10;

impl FoundFile {
    /// The SHA-256 of its size, its first and its last 64 KiB; of a member of an archive, of its size and its first 64 KiB, inflated. Captures
    /// and logs grow, are rotated and are replaced, all of which shows at their ends; a change in the middle that keeps the size does not.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn fingerprint(&self) -> io::Result<[u8; 32]> {
        let mut digest = Sha256::new();
        digest.update(self.bytes.to_le_bytes());
        match self.path() {
            None => digest.update(self.open()?.head(usize::try_from(LOOKED_AT).unwrap_or(usize::MAX))),
            Some(path) => {
                let mut file = File::open(path)?;
                let length = file.metadata()?.len();
                let mut ends = Vec::new();
                file.by_ref().take(LOOKED_AT).read_to_end(&mut ends)?;
                if length > LOOKED_AT {
                    file.seek(SeekFrom::Start((length - LOOKED_AT).max(LOOKED_AT)))?;
                    file.take(LOOKED_AT).read_to_end(&mut ends)?;
                }
                digest.update(&ends);
            }
        }
        Ok(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use crate::source::discover;

    #[test]
    fn another_size_beginning_or_end_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capture");
        let print = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            discover(std::slice::from_ref(&path)).unwrap()[0].fingerprint().unwrap()
        };
        let mut bytes = vec![7u8; 300_000];
        let first = print(&bytes);
        assert_eq!(print(&bytes), first);
        for at in [0, 65_535, 299_999, 240_000] {
            bytes[at] = 8;
            assert_ne!(print(&bytes), first, "byte {at}");
            bytes[at] = 7;
        }
        assert_ne!(print(&bytes[..299_999]), first);
        assert_ne!(print(&bytes[..70_000]), print(&bytes[..69_999]));
    }
}
