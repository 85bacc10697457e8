//! The command line: arguments, progress, the terminal summary, exit status. Only this room knows arguments and terminals.

pub(crate) mod args;
pub(crate) mod catalogue;
pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod condition;
pub(crate) mod events;
pub(crate) mod exit;
pub(crate) mod explain;
pub(crate) mod folder_lock;
pub(crate) mod job;
pub(crate) mod job_args;
pub(crate) mod key_logs;
pub(crate) mod manual;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod output_folder;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod report_args;
pub(crate) mod reporting;
pub(crate) mod reports;
pub(crate) mod run;
pub(crate) mod signals;
pub(crate) mod standing;
pub(crate) mod summary;
#[cfg(feature = "tables")]
pub(crate) mod tables;
pub(crate) mod threads;

pub use exit::Exit;
pub use run::main;
