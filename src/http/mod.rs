//! HTTP/1 exchanges with byte-exact conformance findings, sizes and timings.

mod body;
mod chunks;
pub mod conform;
pub(crate) mod conversation;
mod excerpt;
pub mod exchange;
mod head_buffer;
mod probe;
mod queue;
mod requests;
mod responses;
mod resync;
mod roles;

pub use conversation::Conversation;
pub use probe::{Probe, probe};
