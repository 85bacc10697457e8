//! Logs of the origin and of the edge, one file a format.

pub mod access;
pub mod edge;
pub mod message;

pub use access::{AccessLine, UpstreamTry};
pub use edge::{EdgeRecord, RequestSource};
pub use message::MessageLine;
