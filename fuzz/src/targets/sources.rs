//! Compressed files and archives, on the disk as a person gives them.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use rayscope::source::{Content, FoundFile, discover};

/// A folder of this process alone, made anew for every input.
static FOLDER: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("rayscope-fuzz-{}", std::process::id())));

/// Bytes that may be compressed, read as a stream, in blocks, and by their head.
pub fn compression(bytes: &[u8]) {
    let content = Content::from_vec(bytes.to_vec());
    let head = content.head(4096);
    let mut streamed: Vec<u8> = Vec::new();
    let (mut reader, mut block) = (content.reader(), vec![0; 1 << 16]);
    while let Ok(read @ 1..) = reader.read(&mut block) {
        let room = 4096usize.saturating_sub(streamed.len());
        streamed.extend(block[..read].iter().take(room));
    }
    assert!(head == streamed, "a head of {} bytes, a stream of {}", head.len(), streamed.len());
    let _ = content.unread();
}

/// A file that may be an archive: all its members are found, opened and looked at.
pub fn archive(bytes: &[u8]) {
    found_in(&[bytes], |found| {
        for file in found {
            if let Ok(content) = file.open() {
                let _ = content.head(1 << 16);
            }
        }
    });
}

/// Lays these files out in a folder and tells what is found there.
pub(crate) fn found_in(files: &[&[u8]], look: impl FnOnce(Vec<FoundFile>)) {
    let write = |(number, bytes): (usize, &&[u8])| fs::write(FOLDER.join(format!("input-{number}")), bytes);
    let written = fs::create_dir_all(&*FOLDER).and_then(|()| files.iter().enumerate().try_for_each(write));
    if written.is_ok() {
        look(discover(&[FOLDER.clone()]).unwrap_or_default());
    }
    let _ = fs::remove_dir_all(&*FOLDER);
}
