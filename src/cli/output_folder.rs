//! A folder of files that appear together or not at all: also where the disk is full, the run is interrupted, or another run writes there.
//!
//! Files are written on a stage, a folder that this run alone has. Where the folder itself is new, the stage is renamed to it. Otherwise each
//! file is renamed into it while a lock keeps other runs out; what stood there comes back where that fails half way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::folder_lock::FolderLock;
use crate::error::{Error, Result};
use crate::source::{STAGE, is_stage};

/// Folders that were made for files which have no name yet: an interrupt removes them. One list for the process, as a signal is the process's.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// Attempts at a stage that nobody else has: one folder holds no more of them.
const MOST_STAGES: u32 = 1000;
/// How a file is called on the stage, the place of which the new one took.
const REPLACED: &str = ".replaced";

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody whom the user's umask allows.
    AsUsual,
    /// The user alone (0600): evidence holds addresses and paths that no redaction has passed.
    OwnerOnly,
}

/// A folder in which files are being written.
pub struct OutputFolder {
    path: PathBuf,
    readers: Readers,
    stage: PathBuf,
    /// Folders above it that were made for it, each before what lies in it.
    made: Vec<PathBuf>,
    /// Whether it was not there.
    is_new: bool,
    /// Whether the stage has become the folder: what now has its name is somebody else's.
    is_placed: bool,
    /// The names of the files that were begun.
    begun: Mutex<Vec<String>>,
}

impl OutputFolder {
    /// Makes a stage for the files of a folder, beside it where it is not there yet, else in it.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: &Path, readers: Readers) -> Result<OutputFolder> {
        let is_new = !path.is_dir();
        if is_new && fs::symlink_metadata(path).is_ok() {
            // A file, or a link to nowhere: making the folder says what is wrong.
            fs::create_dir(path).map_err(|source| failed("create", path, source))?;
        }
        let around = if is_new { above(path) } else { path };
        let mut unfinished = unfinished();
        let mut made = Vec::new();
        match make_folders(around, &mut made).and_then(|()| make_stage(around)) {
            Ok(stage) => {
                unfinished.extend(made.iter().cloned());
                unfinished.push(stage.clone());
                let (path, begun) = (path.to_owned(), Mutex::default());
                Ok(OutputFolder { path, readers, stage, made, is_new, is_placed: false, begun })
            }
            Err(source) => {
                made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                Err(failed("create", path, source))
            }
        }
    }

    /// Begins a file, on the stage.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(&self, name: &str) -> Result<fs::File> {
        // An interrupt removes the stage with what lies there: a file is made before or not at all.
        let _unfinished = unfinished();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if self.readers == Readers::OwnerOnly {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let file = options.open(self.stage.join(name));
        let file = file.map_err(|source| failed("write", &self.path.join(name), source))?;
        self.begun().push(name.to_owned());
        Ok(file)
    }

    /// Gives all files their names, once they are on the disk.
    ///
    /// # Errors
    /// Where one cannot be written, or another run does not let go of the folder; then what stood there stands there again.
    pub fn place(mut self) -> Result<()> {
        let names = self.begun().clone();
        let on_disk = |name: &String| {
            let file = fs::File::open(self.stage.join(name)).and_then(|file| file.sync_all());
            file.map_err(|source| failed("write", &self.path.join(name), source))
        };
        let synced: Vec<Result<()>> = names.par_iter().map(on_disk).collect();
        synced.into_iter().collect::<Result<()>>()?;
        if self.is_new && self.become_folder()? {
            return Ok(());
        }
        let _lock = FolderLock::of(&self.path).map_err(|source| failed("lock", &self.path, source))?;
        // An interrupt waits until all files have their names: a mixture of a new and an old report would be worse than no report.
        let mut unfinished = unfinished();
        let mut placed: Vec<Placed> = Vec::with_capacity(names.len());
        for name in &names {
            match Placed::by_renaming(&self.stage.join(name), &self.path.join(name)) {
                Ok(one) => placed.push(one),
                Err(source) => {
                    placed.into_iter().rev().for_each(Placed::take_back);
                    return Err(failed("write", &self.path.join(name), source));
                }
            }
        }
        self.keep_made(&mut unfinished);
        Ok(())
    }

    /// Renames the stage to the folder. `false` where another run was faster, and the folder is there.
    fn become_folder(&mut self) -> Result<bool> {
        let mut unfinished = unfinished();
        match fs::rename(&self.stage, &self.path) {
            Ok(()) => {
                self.is_placed = true;
                unfinished.retain(|folder| *folder != self.stage);
                self.keep_made(&mut unfinished);
                Ok(true)
            }
            Err(_) if self.path.is_dir() => Ok(false),
            Err(source) => Err(failed("create", &self.path, source)),
        }
    }

    /// The folders above stay, now that something lies there.
    fn keep_made(&mut self, unfinished: &mut Vec<PathBuf>) {
        unfinished.retain(|folder| !self.made.contains(folder));
        self.made.clear();
    }

    fn begun(&self) -> MutexGuard<'_, Vec<String>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OutputFolder {
    /// What was not placed goes, with the folders that were made for it.
    fn drop(&mut self) {
        if self.is_placed {
            return;
        }
        let mut unfinished = unfinished();
        remove(&self.stage);
        self.made.iter().rev().for_each(|folder| remove(folder));
        unfinished.retain(|folder| *folder != self.stage && !self.made.contains(folder));
    }
}

/// A file that has its name.
struct Placed {
    path: PathBuf,
    /// Where it came from.
    staged: PathBuf,
    /// Where the file is kept that stood there before.
    replaced: Option<PathBuf>,
}

impl Placed {
    fn by_renaming(staged: &Path, path: &Path) -> io::Result<Placed> {
        let mut kept = staged.as_os_str().to_owned();
        kept.push(REPLACED);
        let kept = PathBuf::from(kept);
        // A file system without links keeps none: only a failure half way would show that.
        let replaced = fs::hard_link(path, &kept).is_ok().then_some(kept);
        fs::rename(staged, path)?;
        Ok(Placed { path: path.to_owned(), staged: staged.to_owned(), replaced })
    }

    fn take_back(self) {
        let _ = match &self.replaced {
            Some(kept) => fs::rename(kept, &self.path),
            None => fs::rename(&self.path, &self.staged),
        };
    }
}

/// Makes the folder and those above it that are not there, and notes them.
fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), |above| make_folders(above, made))?;
    match fs::create_dir(folder) {
        Ok(()) => made.push(folder.to_owned()),
        // Another run was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A folder that no other run has: only one can make it. Whose it is shows in its name, should a run be killed.
fn make_stage(around: &Path) -> io::Result<PathBuf> {
    let (process, mut last) = (std::process::id(), io::ErrorKind::AlreadyExists.into());
    for number in 0..MOST_STAGES {
        let stage = around.join(format!("{STAGE}{process}-{number}"));
        match fs::create_dir(&stage) {
            Ok(()) => return Ok(stage),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Removes a stage with the files on it, or another folder where nothing lies there. Folders in it are not the program's.
fn remove(folder: &Path) {
    if is_stage(folder)
        && let Ok(entries) = fs::read_dir(folder)
    {
        entries.flatten().for_each(|entry| drop(fs::remove_file(entry.path())));
    }
    let _ = fs::remove_dir(folder);
}

/// Ends the program on an interrupt: what is unfinished is removed, and nothing new is begun.
pub fn interrupted(status: i32) -> ! {
    let mut unfinished = unfinished();
    unfinished.drain(..).rev().for_each(|folder| remove(&folder));
    // The lock is held until the end, so that no other thread can begin or rename a file.
    std::process::exit(status)
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder that a path lies in: that of the process, where it names none.
pub(super) fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The error of an output, with what to do about it.
pub(super) fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    let help = match source.kind() {
        io::ErrorKind::StorageFull => "free some space, or give another folder with --out",
        io::ErrorKind::PermissionDenied => "give a folder that you may write to with --out",
        _ => "give another folder with --out",
    };
    Error::Machine { action, path: path.to_owned(), source, help }
}

#[cfg(test)]
mod tests;
