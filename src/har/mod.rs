//! HAR 1.2: entries, the header and cookie audit, timings.

pub mod entry;

pub use entry::{Entry, HeadAudit, Timings};
