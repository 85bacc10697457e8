//! Evidence that is extracted piece by piece, by several processes and over several days, gives the report of one run, byte for byte.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod archive;
mod chunks;
mod cluster;
mod equality;
mod gathered;
mod program;
mod refusals;
mod series;
#[path = "../support/mod.rs"]
mod support;
