//! What is fuzzed: every parser of foreign bytes, and the whole way from a file to a report. Two drivers use it, and know nothing about the
//! parsers: `src/main.rs`, which runs on a stable toolchain, and that of libFuzzer.

mod script;
pub mod seeds;
mod targets;

pub use targets::{TARGETS, Target};
