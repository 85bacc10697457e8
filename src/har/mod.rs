//! HAR 1.2: entries, the header and cookie audit, timings.

pub(crate) mod entry;
mod error_page;
pub(crate) mod read;
mod row;
mod tolerant;

pub use entry::{Entry, HeadAudit};
pub use read::{Har, HarError, read};
