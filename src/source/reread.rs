//! A small file that is opened and read anew whenever it is wanted: thousands of them take no memory and no descriptors.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::held::FailingReader;
use super::inflate::Input;

/// A file that is not held.
#[derive(Debug)]
pub(super) struct RereadFile {
    path: PathBuf,
    length: u64,
}

impl RereadFile {
    /// The file at a path, of so many bytes.
    pub(super) fn of(path: &Path, length: u64) -> RereadFile {
        RereadFile { path: path.to_owned(), length }
    }

    /// Its length when it was found.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Its bytes as a stream. What was written behind them since it was found is not read: all passes over a log that grows see the same lines.
    pub(super) fn reader(&self) -> Input<'_> {
        match File::open(&self.path) {
            Ok(file) => Box::new(BufReader::new(file.take(self.length))),
            Err(error) => Box::new(BufReader::new(FailingReader(Some(error)))),
        }
    }
}
