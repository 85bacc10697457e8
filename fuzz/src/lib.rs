//! What is fuzzed: every parser of foreign bytes, and the whole way from a file to a report. Neither driver (`src/main.rs`, which runs
//! on a stable toolchain, and libFuzzer's) knows anything of the parsers.

mod script;
pub mod seeds;
mod targets;

pub use targets::{TARGETS, Target};
