//! What lines become: rows, whatever format they were in. A field that a format lacks is `None`.

pub(crate) mod access;
pub(crate) mod edge;
pub(crate) mod event;
pub(crate) mod message;
pub(crate) mod setting;

pub use access::{AccessLine, Termination, UpstreamTry};
pub use edge::{Dataset, EdgeRecord, RequestSource};
pub use event::EventLine;
pub use message::{MessageLine, NamedTarget};
pub use setting::{ConfiguredProgram, LogFormatDirective, Setting};
