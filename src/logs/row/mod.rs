//! What lines become: rows, whatever format they were in. A field that a format lacks is `None`.

pub mod access;
pub mod edge;
pub mod message;

pub use access::{AccessLine, UpstreamTry};
pub use edge::{Dataset, EdgeRecord, RequestSource};
pub use message::MessageLine;
