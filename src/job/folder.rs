//! The folder of a job: its plan, and chunks under names that say what they are of. A file appears whole or not at all, however the process ends.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::evidence::{Chunk, Coverage, InputId};
use crate::extract::Round;
use crate::source::{CHECKPOINT_ENDING, CHUNK_ENDING, PLAN_FILE, STAGE};

/// The folder of a job.
#[derive(Clone, Debug)]
pub(super) struct JobFolder {
    path: PathBuf,
}

impl JobFolder {
    /// The folder at a path.
    pub(super) fn at(path: &Path) -> JobFolder {
        JobFolder { path: path.to_owned() }
    }

    /// The plan's file.
    pub(super) fn plan(&self) -> PathBuf {
        self.path.join(PLAN_FILE)
    }

    /// The chunk of a whole round.
    pub(super) fn whole(&self, round: Round) -> PathBuf {
        self.path.join(format!("{}{CHUNK_ENDING}", prefix(round)))
    }

    /// The chunk of a unit, by the first of its inputs.
    pub(super) fn unit(&self, round: Round, first: InputId) -> PathBuf {
        self.path.join(format!("{}-unit-{:08}{CHUNK_ENDING}", prefix(round), first.0))
    }

    /// How far the reading of a unit has come, by the first of its inputs.
    pub(super) fn checkpoint(&self, round: Round, first: InputId) -> PathBuf {
        self.path.join(format!("{}-unit-{:08}{CHECKPOINT_ENDING}", prefix(round), first.0))
    }

    /// Takes away a file, if it is there.
    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(cannot("remove", path, source)),
            _ => Ok(()),
        }
    }

    /// The chunks of units of a round that are there, in the order of their names.
    pub(super) fn units(&self, round: Round) -> Result<Vec<PathBuf>> {
        let begins = format!("{}-unit-", prefix(round));
        let is_unit = |name: &str| name.starts_with(&begins) && name.ends_with(CHUNK_ENDING);
        self.files(is_unit)
    }

    /// The inputs that chunks of a round cover, whatever these are called. What is damaged covers nothing.
    ///
    /// # Errors
    /// Where a file cannot be read, or `check` refuses what one is part of.
    pub(super) fn covered(
        &self,
        round: Round,
        check: impl Fn(&Coverage) -> Result<()>,
    ) -> Result<BTreeSet<InputId>> {
        let mut covered = BTreeSet::new();
        for path in self.units(round)? {
            let Some(bytes) = read_if_there(&path)? else { continue };
            if let Ok(coverage) = Coverage::of(&bytes) {
                check(&coverage)?;
                covered.extend(coverage.inputs);
            }
        }
        Ok(covered)
    }

    /// Writes a file under its name in one step.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stage = self.path.join(format!("{STAGE}{name}-{}", std::process::id()));
        let written = write_own(&stage, bytes).and_then(|()| fs::rename(&stage, path));
        written.map_err(|source| {
            let _ = fs::remove_file(&stage);
            cannot("write", path, source)
        })
    }

    /// Makes the folder, and writes its plan.
    pub(super) fn create(&self, plan: &str) -> Result<()> {
        fs::create_dir_all(&self.path).map_err(|source| cannot("create", &self.path, source))?;
        self.write(&self.plan(), plan.as_bytes())
    }

    /// Takes away the chunks of a round's units, their checkpoints, and what killed processes left of them.
    pub(super) fn clear_units(&self, round: Round) -> Result<()> {
        let round = prefix(round);
        let mine = ["-unit-", ".evidence"].map(|rest| format!("{STAGE}{round}{rest}"));
        let is_left = |name: &str| {
            name.starts_with(&format!("{round}-unit-")) || mine.iter().any(|staged| name.starts_with(staged))
        };
        self.files(is_left)?.iter().try_for_each(|path| self.remove(path))
    }

    fn files(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|source| cannot("read", &self.path, source))? {
            let name = entry.map_err(|source| cannot("read", &self.path, source))?.file_name();
            if name.to_str().is_some_and(&is_wanted) {
                paths.push(self.path.join(name));
            }
        }
        paths.sort();
        Ok(paths)
    }
}

/// With what the names of a round's files begin.
fn prefix(round: Round) -> String {
    format!("round-{}", round.number())
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| cannot("read", path, source))
}

/// Reads a chunk; `None` where there is no such file.
pub(super) fn read_chunk(path: &Path) -> Result<Option<Chunk>> {
    let Some(bytes) = read_if_there(path)? else { return Ok(None) };
    Chunk::decode(&bytes).map(Some).map_err(|error| Error::Usage {
        what: format!("{}: {error}", path.display()),
        help: "remove this file and extract again: only what it covers is read anew".to_owned(),
    })
}

/// Reads a file that another process may take away: `None` where there is none.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(cannot("read", path, source)),
    }
}

/// Evidence holds addresses and paths that no redaction has passed: never for a moment may others read it.
fn write_own(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

fn cannot(action: &'static str, path: &Path, source: io::Error) -> Error {
    let help = match source.kind() {
        io::ErrorKind::StorageFull => "free some space; what is finished stays, and the same command goes on",
        io::ErrorKind::NotFound => "make a plan first: `rayscope plan PATH... --out DIR`",
        _ => "check the permissions of the job's folder",
    };
    Error::Machine { action, path: path.to_owned(), source, help }
}
