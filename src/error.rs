//! What can stop a run. Evidence that is bad is no error: it is a warning of its input, and the run goes on.

use std::path::PathBuf;

/// Why no report could be made; each text says what, where and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments cannot mean anything (exit status 2).
    #[error("{what}\n  help: {help}")]
    Usage {
        /// What is wrong with which argument.
        what: String,
        /// What to give instead.
        help: String,
    },
    /// Nothing among the inputs could be used (exit status 2).
    #[error("{what}\n{seen}  help: {help}")]
    NoUsableInput {
        /// The paths that were given.
        what: String,
        /// What was found there: indented lines, each ending in a line end.
        seen: String,
        /// What to add.
        help: String,
    },
    /// The machine failed us while an input was read or an output written (exit status 3).
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

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;
