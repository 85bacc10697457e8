//! The threads of a run. Their number changes nothing but its time.

use std::io;
use std::num::NonZero;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// More than this help nobody: each holds blocks of its own in memory.
const MOST: usize = 512;

/// Does the work with so many threads, or with one for each processor. Where the system gives fewer (`ulimit -u`, a container's limit), it is
/// done with these, and where it gives none, with the one that is there.
///
/// # Errors
/// Where the number makes no sense.
pub fn with<T: Send>(threads: Option<usize>, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let usage = |why: &str| {
        let what = format!("--threads {}: {why}", threads.unwrap_or_default());
        Err(Error::Usage { what, help: format!("give 1 to {MOST}, or leave it out: one for each processor") })
    };
    match threads {
        Some(0) => return usage("no work without a thread"),
        Some(threads) if threads > MOST => return usage("so many help nobody"),
        _ => {}
    }
    let processors = || thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
    let pool = pool(threads.unwrap_or_else(processors)).map_err(|error| Error::Machine {
        action: "start",
        path: "threads".into(),
        source: io::Error::other(error),
        help: "end other programs of this user, or raise the limit (ulimit -u)",
    })?;
    pool.install(work)
}

/// As many threads as there are to be had, up to this number; at last the one that there always is.
fn pool(count: usize) -> std::result::Result<ThreadPool, ThreadPoolBuildError> {
    let builder = ThreadPoolBuilder::new().num_threads(count);
    if count == 1 {
        return builder.use_current_thread().build();
    }
    builder.build().or_else(|_| pool(count / 2))
}
