//! The program as a person or a script uses it: exit statuses, messages, options, interrupts. The table of exit statuses in README.md is
//! a contract that scripts rely on.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod bad_input;
mod browser;
mod incidents;
mod interruption;
mod messages;
mod options;
mod output;
mod program;
mod redaction;
mod refusals;
#[cfg(feature = "tables")]
mod tables;
mod typed;
mod verdicts;
