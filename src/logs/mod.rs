//! Logs of the origin and of the edge, one file a format.
//!
//! [`recognise()`] tells what a text is by its head; [`RecordReader`] cuts it; [`LogFormat::reader`] makes a row of each record.
//!
//! The files build on one another in this order: `record` and `sample` (what is cut), `row` (what lines become), `glance` (what is told of a line without parsing it), `line_format` (what a
//! format must tell), `wrapping` and `log_format` (the format of an input), `access` (what access logs have in common), `format` (the
//! formats), `recognise` (the one list of them).

pub(crate) mod access;
mod content;
pub(crate) mod format;
pub(crate) mod glance;
pub(crate) mod line_format;
pub(crate) mod log_format;
pub(crate) mod nginx_config;
pub mod recognise;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod sample;
pub(crate) mod unread;
pub(crate) mod wrapping;

pub use format::access_format::AccessFormat;
pub use format::cloudflare::parse_record as parse_edge;
pub use glance::{AccessGlance, EdgeGlance, Glance};
pub use line_format::{LogKind, Parsed, Skip};
pub use log_format::{LogFormat, LogReader};
pub use nginx_config::NginxConfig;
pub use recognise::{TextContent, recognise};
pub use record::{LONGEST_RECORD, LogRecord, RecordBody, RecordReader, Splitting};
pub use row::{AccessLine, Dataset, EdgeRecord, MessageLine, RequestSource, Termination, UpstreamTry};
pub use sample::Sample;
pub use unread::KnownText;
