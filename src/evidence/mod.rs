//! The vocabulary of evidence and the typed tables of what was seen: rows with their places, counts, samples, and the partial that
//! carries them from the step of extraction to that of decision.

pub mod browser;
pub mod capture;
pub mod dialogue;
pub mod extract;
pub mod failure;
pub mod input;
pub mod interest;
pub mod overlap;
pub mod partial;
pub mod place;
pub mod row;
pub mod sample;
pub mod shard;
pub mod sightings;
#[cfg(feature = "tables")]
pub mod table;
pub mod tally;
pub mod text;
pub mod view;
pub mod window;

pub use input::{Fact, InputKind, InputSummary};
pub use interest::Interest;
pub use partial::Partial;
pub use place::{InputId, Place};
pub use row::{AccessRow, ConnectionRow, EdgeRow, HarRow, KeptExchange, MessageRow, Protocol, SettingRow};
