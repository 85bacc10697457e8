//! rayscope names the root cause of Cloudflare 520 errors from packet captures, logs and HAR files.
//!
//! The rooms are one-way floors, each importing only from those before it: `facts`, `source`, `capture`, `packet`, `flow`,
//! `tls`, `http`, `logs`, `har`, `evidence`, `extract`, `correlate`, `job`, `causes`, `diagnose`, `report`, `reports`, `compose`, `tables`, `cli`. `time`, `ray`,
//! `error`, `memory` and `text` are the ground they all stand on. See docs/architecture.md.

pub mod capture;
pub mod causes;
pub mod cli;
pub mod compose;
pub mod correlate;
pub mod diagnose;
mod error;
pub mod evidence;
pub mod extract;
pub mod facts;
pub mod flow;
pub mod har;
pub mod http;
pub mod job;
pub mod logs;
pub mod memory;
pub mod packet;
pub mod ray;
pub mod report;
pub mod reports;
pub mod signs;
pub mod source;
#[cfg(feature = "tables")]
mod tables;
pub mod text;
pub mod time;
pub mod tls;

pub use error::{Error, Result};
