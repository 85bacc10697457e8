//! What can stop a run. Bad evidence cannot: the input gets a warning, and the run goes on.

use std::path::PathBuf;

/// Why no report could be made. Each text says what is wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments make no sense (exit status 2).
    #[error("{what}\n  help: {help}")]
    Usage {
        /// What is wrong with which argument.
        what: String,
        /// What to give instead.
        help: String,
    },
    /// None of the inputs could be used (exit status 2).
    #[error("{what}\n{seen}  help: {help}")]
    NoUsableInput {
        /// The paths that were given.
        what: String,
        /// What was found there: indented lines, each ending in a line end.
        seen: String,
        /// What to add.
        help: String,
    },
    /// The system refused to read an input or to write an output (exit status 3).
    #[error("cannot {action} {}: {source}\n  help: {help}", path.display())]
    Machine {
        /// `read`, `write`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do.
        help: &'static str,
    },
}

/// The result of what can stop a run.
pub type Result<T> = std::result::Result<T, Error>;
