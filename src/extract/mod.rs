//! The engine that goes over the inputs and fills partials: the order of the passes, windows of a capture, shards of its connections,
//! the dialogue on each, logs and HAR files, and the tables as Parquet.

pub mod browser;
pub mod capture;
pub mod dialogue;
pub mod log;
mod order;
pub mod shard;
#[cfg(feature = "tables")]
pub mod table;
pub mod window;

pub use order::{Extraction, Progress, extract};
