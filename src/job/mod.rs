//! Work that is larger than one sitting or one machine: a plan of it, and a folder in which each finished piece is a chunk of evidence. Whoever holds the
//! folder goes on where others stopped; the report is that of one run over all inputs, since it takes the same road (`extract::Passes`).
//!
//! A job is in one of the states that its folder shows: `plan.json` says what is gone over and how. Of each round there are chunks of its units, or, once all are
//! there, one chunk of the whole round in their place. A round is begun when the one before it is whole. There is no list of what is finished
//! beside the chunks themselves, which could say something else than they do: each has its checksum and says what it covers.

mod checkpoints;
mod folder;
mod part;
mod plan;
mod progress;
mod rounds;

pub use checkpoints::CheckpointSpacing;
pub use part::RoundPart;
pub use plan::{JobOptions, JobPlan, PlannedInput};
pub use progress::{RoundState, Standing};
pub use rounds::Job;
