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
    let is_new = !folder.exists();
    fs::create_dir_all(folder).map_err(|source| failed("create", folder, source))?;
    let names: Vec<(PathBuf, PathBuf)> =
        files.iter().map(|(name, _)| (folder.join(format!(".{name}.part")), folder.join(name))).collect();
    // Side by side, they wait for the disk once.
    let write = |((temporary, path), (_, bytes)): (&(PathBuf, PathBuf), &(&str, &[u8]))| {
        write_one(temporary, bytes, readers).map_err(|source| failed("write", path, source))
    };
    let written: Vec<Result<()>> = names.par_iter().zip(files).map(write).collect();
    let written = written.into_iter().collect::<Result<()>>();
    // An interrupt waits until all files have their names: a mixture of a new and an old report would be worse than no report.
    let mut unfinished = unfinished();
    let placed = written.and_then(|()| {
        names.iter().try_for_each(|(temporary, path)| {
            fs::rename(temporary, path).map_err(|source| failed("write", path, source))
        })
    });
    for (temporary, _) in &names {
        unfinished.retain(|path| path != temporary);
        // A file that was renamed is no longer there.
        let _ = fs::remove_file(temporary);
    }
    if placed.is_err() && is_new {
        // Only an empty folder goes; the error is told by the caller.
        let _ = fs::remove_dir(folder);
    }
    placed
}

fn write_one(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let mut file = begin(path, readers)?;
    file.write_all(bytes)?;
    file.sync_all()
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
