//! Output files that appear whole or not at all, also where the disk is full or the run is interrupted.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::error::{Error, Result};

/// Files that are being written: an interrupt removes them.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody whom the user's umask allows.
    AsUsual,
    /// The user alone (0600): evidence holds addresses and paths that no redaction has passed.
    OwnerOnly,
}

/// Writes all files of a folder: first each under another name, then, when all are on the disk, under their own.
///
/// # Errors
/// Where one cannot be written; then none appears, and a folder that was made for them is gone again.
pub fn write_all(folder: &Path, files: &[(&str, &[u8])], readers: Readers) -> Result<()> {
    let folder = OutputFolder::create(folder, readers)?;
    // Side by side, they wait for the disk once.
    let write = |(name, bytes): &(&str, &[u8])| {
        let mut file = folder.begin(name)?;
        file.write_all(bytes).map_err(|source| failed("write", &folder.path.join(name), source))
    };
    let written: Vec<Result<()>> = files.par_iter().map(write).collect();
    written.into_iter().collect::<Result<()>>()?;
    folder.place()
}

/// A folder in which files are being written. They appear when all of them are whole; without that none does, and a folder that was made
/// for them is gone again.
pub struct OutputFolder {
    path: PathBuf,
    readers: Readers,
    is_new: bool,
    /// The names of the files that were begun.
    begun: Mutex<Vec<String>>,
}

impl OutputFolder {
    /// Makes the folder, where it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: &Path, readers: Readers) -> Result<OutputFolder> {
        let is_new = !path.exists();
        fs::create_dir_all(path).map_err(|source| failed("create", path, source))?;
        Ok(OutputFolder { path: path.to_owned(), readers, is_new, begun: Mutex::default() })
    }

    /// Begins a file, under another name than its own.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(&self, name: &str) -> Result<fs::File> {
        self.begun().push(name.to_owned());
        begin(&self.part(name), self.readers).map_err(|source| failed("write", &self.path.join(name), source))
    }

    /// Gives all files their names, once they are on the disk.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub fn place(self) -> Result<()> {
        let names = self.begun().clone();
        let on_disk = |name: &String| {
            let file = fs::File::open(self.part(name)).and_then(|file| file.sync_all());
            file.map_err(|source| failed("write", &self.path.join(name), source))
        };
        let synced: Vec<Result<()>> = names.par_iter().map(on_disk).collect();
        synced.into_iter().collect::<Result<()>>()?;
        // An interrupt waits until all files have their names: a mixture of a new and an old report would be worse than no report.
        let mut unfinished = unfinished();
        for name in &names {
            let (part, path) = (self.part(name), self.path.join(name));
            fs::rename(&part, &path).map_err(|source| failed("write", &path, source))?;
            unfinished.retain(|unfinished| *unfinished != part);
        }
        drop(unfinished);
        self.begun().clear();
        Ok(())
    }

    fn part(&self, name: &str) -> PathBuf {
        self.path.join(format!(".{name}.part"))
    }

    fn begun(&self) -> MutexGuard<'_, Vec<String>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OutputFolder {
    /// What was not placed goes.
    fn drop(&mut self) {
        let begun = std::mem::take(&mut *self.begun());
        if begun.is_empty() {
            return;
        }
        let mut unfinished = unfinished();
        for part in begun.iter().map(|name| self.part(name)) {
            unfinished.retain(|path| *path != part);
            // A file that was renamed is no longer there.
            let _ = fs::remove_file(part);
        }
        if self.is_new {
            // Only an empty folder goes; the error is told by the caller.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Creates the file and notes its path under one lock, so that an interrupt sees either both or neither.
fn begin(path: &Path, readers: Readers) -> io::Result<fs::File> {
    let mut unfinished = unfinished();
    // A file that an earlier run left would keep its mode, and a link would lead to another place.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::OwnerOnly {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(path)?;
    unfinished.push(path.to_owned());
    Ok(file)
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    let help = match source.kind() {
        io::ErrorKind::StorageFull => "free some space, or give another folder with --out",
        io::ErrorKind::PermissionDenied => "give a folder that you may write to with --out",
        _ => "give another folder with --out",
    };
    Error::Machine { action, path: path.to_owned(), source, help }
}

/// Ends the program on an interrupt: unfinished files are removed, and no new ones are begun.
pub fn interrupted(status: i32) -> ! {
    let mut unfinished = unfinished();
    for path in unfinished.drain(..) {
        let _ = fs::remove_file(path);
    }
    // The lock is held until the end, so that no other thread can begin or rename a file.
    std::process::exit(status)
}

/// Prints on standard output. It is no error that the reader has closed its end (`| head`).
///
/// # Errors
/// Where standard output cannot be written for another reason.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed("write", Path::new("standard output"), source))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_appears_whole() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/b");
        write_all(&out, &[("x", b"1"), ("y", b"2")], Readers::AsUsual).unwrap();
        let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["x", "y"]);
    }

    #[test]
    fn nothing_half_is_left_where_one_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in the place of the second file's temporary name: it can neither be written nor renamed over.
        fs::create_dir_all(folder.path().join(".y.part")).unwrap();
        let error = write_all(folder.path(), &[("x", b"1"), ("y", b"2")], Readers::AsUsual).unwrap_err();
        assert!(matches!(error, Error::Machine { .. }));
        assert!(!folder.path().join("x").exists() && !folder.path().join(".x.part").exists());
    }
    #[cfg(unix)]
    #[test]
    fn evidence_is_for_its_owner_alone_also_where_others_could_read_what_was_there_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for name in ["x", ".x.part"] {
            fs::write(folder.path().join(name), "old").unwrap();
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
        write_all(folder.path(), &[("x", b"new")], Readers::OwnerOnly).unwrap();
        let path = folder.path().join("x");
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
