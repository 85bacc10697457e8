//! Logs of the origin and of the edge, one file a format.
//!
//! [`recognise()`] tells what a text is by its head; [`RecordReader`] cuts it; [`LogFormat::reader`] makes a row of each record.
//!
//! The files build on one another in this order: `record` and `sample` (what is cut), `row` (what lines become), `line_format` (what a
//! format must tell), `wrapping` and `log_format` (the format of an input), `access` (what access logs have in common), `format` (the
//! formats), `recognise` (the one list of them).

pub mod access;
mod content;
pub mod format;
pub mod line_format;
pub mod log_format;
pub mod nginx_config;
pub mod recognise;
pub mod record;
pub mod row;
pub mod sample;
pub mod wrapping;

pub use format::access_format::{AccessFormat, FormatError};
pub use format::cloudflare::{EdgeError, parse_record as parse_edge};
pub use line_format::{LineFormat, LogKind, Parsed, Skip};
pub use log_format::{LogFormat, LogReader};
pub use nginx_config::{LogFormatDirective, NginxConfig, NginxSetting};
pub use recognise::{TextContent, recognise, recognise_among};
pub use record::{LogRecord, RecordBody, RecordReader, Splitting};
pub use row::{AccessLine, Dataset, EdgeRecord, MessageLine, RequestSource, UpstreamTry};
pub use sample::Sample;
