//! HTTP exchanges with byte-exact conformance findings, sizes and timings.
//!
//! [`HttpConversation`] knows who asks and who answers; `http1` makes exchanges of the two streams, and `http2`, beside it, of the frames: both give
//! the same exchanges.

pub mod conform;
pub(crate) mod conversation;
mod direction;
pub mod exchange;
mod http1;
mod http2;
mod piece;
mod probe;
mod roles;

pub use conversation::HttpConversation;
pub(crate) use http2::begins_with_settings;
pub use http2::{FrameFault, GoAway, Http2Facts, Settings, error_name};
pub use probe::{Probe, probe};
