//! The data types of evidence: rows with their places, counts, samples, and the partial that carries all of them from extraction to
//! decision. How a partial is filled is the business of `extract`.

pub(crate) mod capture_facts;
pub(crate) mod certificates;
pub(crate) mod checkpoint;
pub(crate) mod chunk;
pub(crate) mod edge_parser;
mod encrypted;
pub(crate) mod exact_test;
pub(crate) mod failing_lines;
pub(crate) mod failure;
pub(crate) mod input;
pub(crate) mod interest;
pub(crate) mod key_samples;
pub(crate) mod limited_addresses;
pub(crate) mod met_by_browsers;
pub(crate) mod named_as_refused;
pub(crate) mod open_spans;
pub(crate) mod overlap;
pub(crate) mod partial;
pub(crate) mod place;
mod redirect;
pub(crate) mod request_key;
pub(crate) mod rough_offset;
pub(crate) mod row;
pub(crate) mod sample;
pub(crate) mod sampling;
pub(crate) mod server_tally;
pub(crate) mod sightings;
pub(crate) mod suspected_loops;
pub(crate) mod tally;
pub mod view;

pub use capture_facts::{ApplicationFacts, CaptureFacts};
pub use checkpoint::Checkpoint;
pub use chunk::{Chunk, ChunkError, Coverage, Extracted, PlanId};
pub use edge_parser::refused_by_edge;
pub use input::{InputKind, InputSummary, LineCounts};
pub use interest::Interest;
pub use key_samples::{KeySamples, LogSide, LoggedRequest};
pub use partial::Partial;
pub use place::{InputId, Place};
pub use request_key::{AskedAtEdge, Competitor, HostKey, RequestKey};
pub use row::{
    AccessRow, ConnectionRow, EdgeRow, EventRow, ExchangeRow, HarRow, KeptExchange, MessageRow, Protocol,
    SettingRow,
};
pub use sampling::{Intervals, LeftOut};
