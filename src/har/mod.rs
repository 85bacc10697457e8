//! HAR 1.2: entries, the header and cookie audit, timings.

pub mod entry;
mod error_page;
pub mod read;
mod row;
mod tolerant;

pub use entry::{Entry, HeadAudit, Timings};
pub use read::{Har, HarError, read};
