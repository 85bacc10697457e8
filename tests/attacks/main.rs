//! Attacks on a run: what ends it, what it may not write or read, what changes under its hands. Each fault comes at many moments, which are drawn
//! from a fixed seed; whatever the moment, there is a whole report or none, and the exit status is one of those in README.md.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot lay out its fault has failed"
)]
#![cfg(target_os = "linux")]

mod desk;
mod interrupted;
mod odd_inputs;
#[path = "../command_line/program.rs"]
#[allow(dead_code, reason = "each test takes its part")]
mod program;
mod refused;
mod rivals;
mod shrinking;
