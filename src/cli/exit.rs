//! The exit status: a part of the interface, for scripts.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for was done.
    Done,
    /// A condition of `--fail-on` holds.
    ConditionHolds,
    /// The arguments are wrong, or nothing among the inputs is usable.
    Usage,
    /// The machine failed: something could not be read or written.
    Machine,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::ConditionHolds => 1,
            Exit::Usage => 2,
            Exit::Machine => 3,
        })
    }
}
