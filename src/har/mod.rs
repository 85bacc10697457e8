//! What a visitor saw: HAR 1.2 (entries, the header and cookie audit, timings), and single answers that were saved by hand.

mod curl;
mod edge_at_fault;
pub(crate) mod entry;
mod error_page;
pub(crate) mod read;
mod row;
mod saved;
mod tolerant;

pub use curl::SavedAnswers;
pub use entry::{Entry, HeadAudit};
pub(crate) use error_page::wants_certificate;
pub use read::{Har, HarError, read};
pub use saved::Saved;
