//! One run at a time gives files of a folder their names.

use std::fs::File;
use std::io;
use std::path::Path;

/// A lock on the folder itself (flock(2)), so that no lock file stays behind; the system lets go of it however a run ends.
#[derive(Debug)]
pub struct FolderLock {
    /// Closing it lets go.
    _folder: Option<File>,
}

impl FolderLock {
    /// Waits for it. A file system that knows no locks, and a system on which folders have none, give one that keeps nobody out.
    ///
    /// # Errors
    /// `WouldBlock` where another program keeps it much longer than giving a few files their names takes.
    #[cfg(unix)]
    pub fn of(folder: &Path) -> io::Result<FolderLock> {
        use rustix::fs::{FlockOperation, flock};
        use rustix::io::Errno;

        const ATTEMPTS: u32 = 1000;
        const BETWEEN: std::time::Duration = std::time::Duration::from_millis(10);
        let folder = File::open(folder)?;
        for _ in 0..ATTEMPTS {
            match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(FolderLock { _folder: Some(folder) }),
                Err(Errno::WOULDBLOCK | Errno::INTR) => std::thread::sleep(BETWEEN),
                Err(_) => return Ok(FolderLock { _folder: None }),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Folders have no locks here.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn of(_folder: &Path) -> io::Result<FolderLock> {
        Ok(FolderLock { _folder: None })
    }
}
