//! The vocabulary of evidence: rows with their places, counts, samples, and the partial that carries them from the step of extraction
//! to that of decision. Knows no engine: what fills a partial is `extract`.

pub mod capture_facts;
pub mod failure;
pub mod input;
pub mod interest;
pub mod overlap;
pub mod partial;
pub mod place;
pub mod row;
pub mod sample;
pub mod sampling;
pub mod sightings;
pub mod tally;
pub mod view;

pub use capture_facts::{ApplicationFacts, CaptureFacts};
pub use input::{InputKind, InputSummary};
pub use interest::Interest;
pub use partial::Partial;
pub use place::{InputId, Place};
pub use row::{AccessRow, ConnectionRow, EdgeRow, HarRow, KeptExchange, MessageRow, Protocol, SettingRow};
pub use sampling::{Intervals, LeftOut};
