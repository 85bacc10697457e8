//! What lines become: rows, whatever format they were in. A field that a format lacks is `None`.

pub(crate) mod access;
pub(crate) mod edge;
pub(crate) mod message;

pub use access::{AccessLine, Termination, UpstreamTry};
pub use edge::{Dataset, EdgeRecord, RequestSource};
pub use message::MessageLine;
