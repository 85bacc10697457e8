//! HTTP exchanges with byte-exact conformance findings, sizes and timings.
//!
//! [`HttpConversation`] knows who asks and who answers; `http1` makes exchanges of the two streams. Another version of HTTP is read beside
//! `http1` and gives the same exchanges.

pub mod conform;
pub(crate) mod conversation;
pub mod exchange;
mod http1;
mod probe;
mod roles;

pub use conversation::HttpConversation;
pub use probe::{Probe, probe};
