//! The command line: arguments, progress, the terminal summary, exit status. Only this room knows arguments and terminals.

pub mod args;
pub mod catalogue;
pub mod condition;
pub mod exit;
pub mod explain;
pub mod output;
pub mod plan;
pub mod progress;
pub mod run;
pub mod summary;

pub use exit::Exit;
pub use run::main;
