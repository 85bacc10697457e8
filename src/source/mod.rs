//! Where evidence comes from: the files under the given paths and in their archives, mapped or inflated, in an order that is always the
//! same.

mod archive;
mod compression;
pub(crate) mod content;
pub(crate) mod discover;
mod fingerprint;
#[cfg(test)]
mod fixtures;
mod held;
mod inflate;
mod lz4;
mod mapped;
mod name;
mod own;
mod placed;
mod reread;
pub(crate) mod rotation;
mod standing;
mod tar;
mod utf16;
mod zip;

pub use content::{Compression, Content, Damage};
pub use discover::{FoundFile, discover, discover_within, is_read_once};
pub use own::{CHECKPOINT_ENDING, CHUNK_ENDING, PLAN_FILE, PLAN_SCHEMA, STAGE, is_stage};
pub use placed::PlacedFile;
