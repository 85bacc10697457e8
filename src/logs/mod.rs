//! Logs of the origin and of the edge, one file a format.
//!
//! [`recognise()`] tells what a text is by its head; [`RecordReader`] cuts it; [`LogFormat::reader`] makes a row of each record.
//!
//! The files build on one another in this order: `record` and `sample` (what is cut), `row` (what lines become), `glance` (what is told of a line without parsing it), `line_format` (what a
//! format must tell), `wrapping` and `log_format` (the format of an input), `access` (what access logs have in common), `format` (the
//! formats), `document`, `config`, `state` and `events` (texts that are taken as a whole), `documents` (the one list of these), `recognise`
//! (the one list of the formats).

pub(crate) mod access;
pub(crate) mod config;
mod content;
pub(crate) mod document;
pub mod documents;
pub(crate) mod events;
pub(crate) mod format;
pub(crate) mod glance;
pub(crate) mod line_format;
pub(crate) mod log_format;
pub mod recognise;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod sample;
pub(crate) mod state;
pub(crate) mod wrapping;

pub use config::nginx::NginxConfig;
pub use document::{DocumentContent, DocumentFormat, DocumentKind};
pub use format::access_format::AccessFormat;
pub use format::cloudflare::parse_record as parse_edge;
pub use glance::{AccessGlance, EdgeGlance, Glance};
pub use line_format::{LogKind, Parsed, Skip};
pub use log_format::{LogFormat, LogReader};
pub use recognise::{TextContent, recognise};
pub use record::{LONGEST_RECORD, LogRecord, RecordBody, RecordReader, Splitting};
pub use row::{
    AccessLine, ConfiguredProgram, Dataset, EdgeRecord, EventLine, LogFormatDirective, MessageLine,
    NamedTarget, RequestSource, Setting, Termination, UpstreamTry,
};
pub use sample::Sample;
